"""Slots: parsing, checking prose, rendering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchside.tools.grounding.slots import SlotError, check_prose, compare, parse_slots, render
from benchside.tools.grounding.spans import Span
from benchside.workspaces.errors import NotFoundError

Make = Callable[..., Any]


def codes(text: str, allowed: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(f.code, f.span.text) for f in check_prose(text, allowed)]


def test_parse() -> None:
    slots = parse_slots("a {E17} b {E17[CHEMBL25]:.2f} c {compare:E1,E2[x y]} d {cite:E31, E32}")
    assert [(s.kind, [str(r) for r in s.references], s.format) for s in slots] == [
        ("value", ["E17"], ""),
        ("value", ["E17[CHEMBL25]"], ".2f"),
        ("compare", ["E1", "E2[x y]"], ""),
        ("cite", ["E31", "E32"], ""),
    ]
    assert slots[0].span == Span(2, 7, "{E17}")


@pytest.mark.parametrize(
    "text",
    ["{E}", "{E0}", "{e17}", "{17}", "{E17", "E17}", "{}", "{E17:s}", "{compare:E1}", "{cite:}", "{E17:{E18}}", "{x}"],
)
def test_bad_slots(text: str) -> None:
    with pytest.raises(SlotError):
        parse_slots(text)
    assert "bad_slot" in [code for code, _ in codes(text)]


@pytest.mark.parametrize(
    "text",
    [
        "The weight of {E1[CHEMBL25]} is {E17}, {compare:E17,E18} that of CHEMBL25 {cite:E31}.",
        "It inhibits CYP3A4 and COX-2 with an IC50 of {E2}.",
        "Neighbours often interact at the hinge; furthermore, rather than guess, no one said so.",
        "",
    ],
)
def test_clean_prose(text: str) -> None:
    assert codes(text.replace("Neither", "")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The weight is 180 Da.", [("number", "180")]),
        ("It is twice as potent.", [("number_word", "twice")]),
        ("Three of them pass.", [("number_word", "Three")]),
        ("It is more potent than {E1}.", [("comparative", "more")]),
        ("A higher dose", [("comparative", "higher")]),
        ("It is safer than that", [("comparative", "safer than")]),
        ("the best compound", [("comparative", "best")]),
        ("as shown [12]", [("citation", "[12]")]),
        ("Smith et al. (2019) said", [("citation", "Smith et al. (2019)")]),
        ("see https://x.org/1", [("citation", "https://x.org/1")]),
        ("doi:10.1000/182", [("citation", "doi:10.1000/182")]),
        ("PMID 123456", [("citation", "PMID 123456")]),
        ("see E17", [("bad_slot", "E17")]),
        ("on 12 May 2024", [("number", "12 May 2024")]),
    ],
)
def test_what_prose_may_not_say(text: str, found: list[tuple[str, str]]) -> None:
    assert codes(text) == found


def test_allowed_names() -> None:
    assert codes("a phase 2 trial of GPT-4", ("phase 2",)) == []
    assert codes("a phase 2 trial") == [("number", "2")]
    assert codes("phase 25", ("phase 2",)) == [("number", "25")]


def test_render(evidence: Make) -> None:
    known = {
        ("E17", None): evidence("E17", 499.619, "Da"),
        ("E18", "CHEMBL25"): evidence("E18", 180.159, "Da"),
        ("E31", None): evidence("E31", "Smith 2019"),
    }

    def lookup(id: str, row: str | None) -> Any:
        if (id, row) not in known:
            raise NotFoundError(f"no {id}")
        return known[id, row]

    text = "It weighs {E17:.1f}, {compare:E17,E18[CHEMBL25]} {E18[CHEMBL25]} {cite:E31}."
    made = render(text, lookup)
    assert made.text == "It weighs 499.6 Da, higher than 180.2 Da [E31]."
    assert made.used == ["E17", "E18[CHEMBL25]", "E31"]
    assert made.cited == ["E31"]
    assert all(made.text[f.span.start : f.span.end] == f.span.text for f in made.filled)
    assert render("{cite:E31}", lookup, cite=lambda e: f"({e.value})").text == "(Smith 2019)"
    with pytest.raises(NotFoundError):
        render("{E99}", lookup)


def test_values_that_cannot_be_printed(evidence: Make) -> None:
    for value, text in ((None, "{E1}"), ("a text", "{E1:.2f}"), ({"artifact": "x"}, "{E1}")):
        with pytest.raises(SlotError):
            render(text, lambda id, row, value=value: evidence(id, value))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ((5, "nM"), (1, "nM"), "higher than"),
        ((500, "nM"), (1, "uM"), "lower than"),
        ((45, "%"), (0.45, ""), "equal to"),
        ((1.00001, "g"), (1, "g"), "equal to"),
        ((-5, ""), (-4, ""), "lower than"),
    ],
)
def test_compare(evidence: Make, a: tuple[float, str], b: tuple[float, str], said: str) -> None:
    assert compare(evidence("E1", *a), evidence("E2", *b)) == said


def test_what_cannot_be_compared(evidence: Make) -> None:
    for a, b in (((1, "nM"), (1, "mg")), (("x", ""), (1, "")), ((True, ""), (1, "")), ((1, "bogus"), (1, "g"))):
        with pytest.raises(SlotError):
            compare(evidence("E1", *a), evidence("E2", *b))


@given(st.text(max_size=120))
def test_checking_never_crashes_and_spans_are_exact(text: str) -> None:
    assert all(text[f.span.start : f.span.end] == f.span.text for f in check_prose(text))
