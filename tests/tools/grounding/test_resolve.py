"""Whether a text says what the evidence says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchside.tools.grounding.numbers import find_numbers
from benchside.tools.grounding.resolve import resolve, verify_text
from benchside.tools.grounding.slots import render

Make = Callable[..., Any]


@dataclass(frozen=True)
class FakeEvidence:
    """The attributes that grounding needs; hypothesis takes no fixtures."""

    id: str
    value: object
    unit: str = ""
    subject: str = "aspirin"
    quantity: str = "molecular weight"


def how(text: str, value: object, unit: str = "", quantity: str = "x") -> str | None:
    (number,) = find_numbers(text)
    match = resolve(number, [FakeEvidence("E1", value, unit, quantity=quantity)], text)
    return match.how if match else None


@pytest.mark.parametrize(
    ("text", "value", "unit", "expected"),
    [
        ("499.6 Da", 499.619, "Da", "rounded"),
        ("500 Da", 499.619, "Da", "rounded"),
        ("499.619 Da", 499.619, "Da", "exact"),
        ("499.7 Da", 499.619, "Da", None),
        ("0.5 uM", 500, "nM", "converted"),
        ("45%", 0.45, "", "converted"),
        ("0.45", 45, "%", "converted"),
        ("45", 45, "%", None),
        ("45", 0.45, "", None),
        ("−5.2 kcal/mol", -5.2, "kcal/mol", "exact"),
        ("5.2 kcal/mol", -5.2, "kcal/mol", None),
        ("5.2", 5.2, "nM", None),
        ("5.2 nM", 5.2, "", None),
        ("5.2 nM", 5.2, "nm", None),
        ("0.00", 0.0004, "", None),
        ("0", 0, "", "exact"),
        ("twelve compounds", 12, "", "exact"),
        ("twice", 2, "", "exact"),
        ("twice", 2.1, "", None),
        ("1.2×10⁻³", 0.00123, "", "rounded"),
        ("3 million", 3_200_000, "", "rounded"),
        ("1,234,567", 1234567, "", "exact"),
        ("0.5", 0.45, "", "rounded"),
        ("-4.5", -4.52, "log10(mol/L)", "rounded"),
        ("p < 0.05", 0.0003, "", None),
        ("2024-05-12", "2024-05-12", "", "exact"),
        ("May 2024", "2024-05-12", "", "exact"),
        ("12 May 2023", "2024-05-12", "", None),
        ("1", True, "", None),
        ("1", "1", "", None),
        ("5", float("nan"), "", None),
        ("12 uL/min/10^6 cells", 12.3, "uL/min/10^6 cells", None),
    ],
)
def test_resolve(text: str, value: object, unit: str, expected: str | None) -> None:
    if "10^6 cells" in text:
        # a unit of the evidence that the table does not find in running text
        report = verify_text(text, [FakeEvidence("E1", value, unit)])
        assert report.ok
        return
    assert how(text, value, unit) == expected


def test_a_p_value_may_be_given_as_a_bound() -> None:
    assert how("p < 0.001", 0.0003, quantity="p value") == "bound"
    assert how("p < 0.0001", 0.0003, quantity="p value") is None
    assert how("p > 0.0001", 0.0003, quantity="p value") is None


VALUES = st.floats(min_value=1e-6, max_value=1e9, allow_nan=False) | st.floats(min_value=-1e9, max_value=-1e-6)


@given(VALUES, st.integers(0, 6))
def test_a_rounded_value_resolves(value: float, decimals: int) -> None:
    printed = f"{value:.{decimals}f}"
    assume(float(printed) != 0)
    assert how(printed, value) in {"exact", "rounded"}


@given(VALUES, st.integers(1, 8))
def test_a_value_in_significant_digits_resolves(value: float, digits: int) -> None:
    assert how(f"It is {value:.{digits}e} now", value) in {"exact", "rounded"}


@given(VALUES, st.integers(0, 4), st.integers(1, 9), st.booleans())
def test_an_altered_value_does_not_resolve(value: float, decimals: int, by: int, up: bool) -> None:
    quantum = 10.0**-decimals
    altered = round(value, decimals) + (by if up else -by) * quantum
    # an alteration of one can still be the other way to round a half
    assume(abs(altered - value) > quantum * 0.51)
    assert how(f"It is {altered:.{decimals}f} now", value) is None


@given(VALUES, st.integers(0, 3))
def test_the_wrong_sign_does_not_resolve(value: float, decimals: int) -> None:
    printed = f"{-value:.{decimals}f}"
    assume(float(printed) != 0)
    assert how(printed, value) is None


@given(st.floats(min_value=0.001, max_value=1e6), st.sampled_from([("nM", "uM"), ("mg", "g"), ("h", "min"), ("%", "")]))
def test_a_converted_value_resolves(value: float, units: tuple[str, str]) -> None:
    from benchside.tools.grounding.units import convert

    there = convert(value, *units)
    assert how(f"It is {there:.3e} {units[1]}", value, units[0]) == "converted"


@given(
    st.floats(min_value=1e-5, max_value=1e6),
    st.sampled_from(["nM", "Da", "%", "Ang2", "", "log10(mol/L)", "mL/min/kg"]),
)
def test_what_is_rendered_verifies(value: float, unit: str) -> None:
    entry = FakeEvidence("E1", value, unit)
    text = render("It is {E1} in all.", lambda *_: entry).text
    report = verify_text(text, [entry])
    assert len(report.resolved) == 1
    assert report.ok, text


def test_the_context_chooses_among_equal_values(evidence: Make) -> None:
    a = evidence("E1", 5, "nM", subject="aspirin")
    b = evidence("E2", 5, "nM", subject="imatinib")
    (number,) = find_numbers("imatinib has 5 nM")
    match = resolve(number, [a, b], "imatinib has 5 nM")
    assert match is not None
    assert (match.evidence.id, match.named, match.others) == ("E2", True, ("E1",))


def test_report(evidence: Make) -> None:
    entries = [
        evidence("E1", 499.619, "Da", subject="osimertinib"),
        evidence("E2", 180.159, "Da", subject="aspirin"),
        evidence("E3", "Smith 2019, doi 10.1000/182"),
    ]
    text = (
        "Osimertinib has 499.6 Da, higher than the 180.2 Da of aspirin [E3]. "
        "Aspirin at 180.2 Da is higher than osimertinib at 499.6 Da (doi:10.1000/182). "
        "It has −180.2 Da and 7 rings [E9]."
    )
    report = verify_text(text, entries)
    assert [c.number.text for c in report.resolved] == ["499.6", "180.2", "180.2", "499.6"]
    assert [(c.number.text, c.reason) for c in report.unresolved] == [
        ("−180.2", "E2 has this value with the other sign"),
        ("7", "no evidence has this value"),
    ]
    assert [d.holds for d in report.directions] == [True, False]
    assert [c.evidence_id for c in report.citations] == ["E3", "E3", None]
    assert not report.ok


def test_a_missing_unit_is_explained(evidence: Make) -> None:
    (checked,) = verify_text("It has 499.6.", [evidence("E1", 499.619, "Da")]).unresolved
    assert checked.reason == "E1 has this value in 'Da', the text says 'no unit'"


def test_a_text_without_numbers_is_fine() -> None:
    assert verify_text("Nothing to see.", []).ok
