"""Numbers in running text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchside.tools.grounding.formatting import format_number, format_value
from benchside.tools.grounding.numbers import find_numbers


def seen(text: str) -> list[tuple[float, str]]:
    return [(n.value, n.unit) for n in find_numbers(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MW 499.6 Da", [(499.6, "Da")]),
        ("−5.2 kcal/mol, -3 and +3", [(-5.2, "kcal/mol"), (-3, ""), (3, "")]),
        ("1,234,567 rows, 12\u2009345 more", [(1234567, ""), (12345, "")]),
        ("1e-5, 1.2×10⁻³, 3 x 10^4, 10^-6 M, 2·10⁻³", [(1e-5, ""), (1.2e-3, ""), (3e4, ""), (1e-6, "M"), (2e-3, "")]),
        ("p<0·001", [(0.001, "")]),
        ("45% and 30 percent", [(45, "%"), (30, "percent")]),
        ("5mg, a 12-week trial, 3-fold, 10x", [(5, "mg"), (12, "week"), (3, "fold"), (10, "fold")]),
        ("97.7 Å2 or 97.7 Å²", [(97.7, "Å2"), (97.7, "Å²")]),
        ("60 mL/min/1.73 m2", [(60, "mL/min/1.73 m2")]),
        ("at 37 °C", [(37, "°C")]),
        ("3 million, 1.5k, 2 thousand", [(3e6, ""), (1500, ""), (2000, "")]),
        ("0,05 or 5,000", [(0.05, ""), (5000, "")]),
        ("½", [(0.5, "")]),
        ("5 mg/2 mL", [(5, "mg"), (2, "mL")]),
        ("The dose was 5.", [(5, "")]),
        ("5 m is not 5 metric", [(5, "m"), (5, "")]),
    ],
)
def test_values_and_units(text: str, expected: list[tuple[float, str]]) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "CHEMBL25, CYP3A4, IC50, E17, EC50, H2O, C9H8O4, p53, NCT01234567, Q9Y6K9",
        "COX-2, IL-6, Caco-2, SARS-CoV-2, GPT-4, 5-HT2A",
        "1,2-dichlorobenzene, 4-fluorophenyl, 2,2'-bipyridine",
        "https://example.org/12, doi:10.1021/jm12345, 10.1000/182, v1.2, 1.2.3",
        "50-78-2, BSYNRYMUTXBXSQ-UHFFFAOYSA-N, InChI=1S/CH4/h1H4, a5@b.org",
        "no one, one another, that one, at once, per second, everyone, someone, tend, weight, often",
    ],
)
def test_names_are_no_numbers(text: str) -> None:
    assert find_numbers(text) == []


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("twelve", 12, "word"),
        ("twenty-five", 25, "word"),
        ("one hundred and five", 105, "word"),
        ("two thousand three hundred", 2300, "word"),
        ("a dozen", 12, "word"),
        ("two dozen", 24, "word"),
        ("twice", 2, "multiple"),
        ("half", 0.5, "multiple"),
        ("two thirds", 2 / 3, "multiple"),
        ("a quarter", 0.25, "multiple"),
        ("ten-fold", 10, "multiple"),
        ("twofold", 2, "multiple"),
        ("second", 2, "ordinal"),
        ("3rd", 3, "ordinal"),
        ("Phase III", 3, "ordinal"),
        ("hundreds", 100, "word"),
        ("none", 0, "multiple"),
    ],
)
def test_words(text: str, value: float, kind: str) -> None:
    (number,) = find_numbers(f"It is {text} here")
    assert (number.value, number.kind, number.text) == (pytest.approx(value), kind, text)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-05-12", "2024-05-12"),
        ("12 May 2024", "2024-05-12"),
        ("May 12, 2024", "2024-05-12"),
        ("3rd September 2021", "2021-09-03"),
        ("May 2024", "2024-05"),
    ],
)
def test_dates(text: str, date: str) -> None:
    (number,) = find_numbers(f"On {text}, it began")
    assert (number.kind, number.date) == ("date", date)


def test_ranges_share_their_unit() -> None:
    for text in ("5–10 mg", "5-10 mg", "5 to 10 mg", "5 mg to 10 mg", "between 5 and 10 mg"):
        low, high = find_numbers(text)
        assert [(n.value, n.unit, n.range_end) for n in (low, high)] == [(5, "mg", "low"), (10, "mg", "high")], text
    value, spread = find_numbers("5.2 ± 0.3 nM")
    assert (value.unit, spread.relation, spread.range_end) == ("nM", "±", "")
    assert [n.range_end for n in find_numbers("5 and 10 mg")] == ["", ""]


@pytest.mark.parametrize(
    ("text", "relation"),
    [("p < 5", "<"), ("≥ 5", ">="), ("at least 5", ">="), ("about 5", "~"), ("more than 5", ">"), ("is 5", "")],
)
def test_relations(text: str, relation: str) -> None:
    assert find_numbers(text)[0].relation == relation


def test_precision() -> None:
    quanta = [n.quantum for n in find_numbers("3.14, 3, 1.2e-5, 3 million, 1,200, twice")]
    assert quanta == pytest.approx([0.01, 1, 1e-6, 1e6, 1, 0])


@given(st.text(max_size=200))
def test_spans_are_exact_and_nothing_crashes(text: str) -> None:
    numbers = find_numbers(text)
    assert all(text[n.start : n.end] == n.text for n in numbers)
    assert all(a.end <= b.start for a, b in pairwise(numbers))


@given(st.text(alphabet="0123456789.,-−–+eE×^⁻²³ %mgkL/()½αabC", max_size=60))
def test_spans_are_exact_in_numeric_noise(text: str) -> None:
    assert all(text[n.start : n.end] == n.text for n in find_numbers(text))


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_what_is_printed_is_read_back(value: float) -> None:
    printed = format_number(value)
    (number,) = find_numbers(f"It is {printed} here")
    assert number.text == printed
    assert number.value == pytest.approx(value, rel=6e-4, abs=1e-300)


def test_a_long_text_takes_no_longer_a_number() -> None:
    text = "Of 5,000 compounds 12.5% pass, twice as many as the 3 nM ones. " * 2000
    assert len(find_numbers(text)) == 8000


def test_formatting() -> None:
    assert format_value(499.619, "Da") == "499.6 Da"
    assert format_value(45, "%") == "45%"
    assert format_value(0.000012, "mol/L") == "1.2×10⁻⁵ mol/L"
    assert format_value(1234567) == "1,234,567"
    assert format_value(-5.0) == "−5"
    assert format_value(97.69, "Ang2", ".1f") == "97.7 Å²"
    assert format_value(True) == "yes"
    assert format_value(0.91, "probability") == "0.91"
