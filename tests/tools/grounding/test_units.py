"""Units and their conversion, against published factors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchside.tools.chemistry.columns import COLUMNS
from benchside.tools.grounding.units import UnitError, compatible, convert, from_p_scale, parse_unit, to_p_scale


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (1, "kcal/mol", "kJ/mol", 4.184),
        (500, "nM", "uM", 0.5),
        (1, "µM", "umol/L", 1),
        (1, "M", "mol/m3", 1000),
        (45, "%", "", 0.45),
        (0.45, "1", "%", 45),
        (25, "°C", "K", 298.15),
        (300, "K", "Cel", 26.85),
        (1, "mg/kg", "ug/g", 1),
        (2, "weeks", "d", 14),
        (90, "min", "h", 1.5),
        (1, "kDa", "g/mol", 1000),
        (1, "Å²", "nm2", 0.01),
        (1, "cm/s", "10^-6 cm/s", 1e6),
        (1, "mL/min/kg", "mL min-1 kg-1", 1),
        (1, "g/dL", "mg/mL", 10),
        (1, "mmHg", "Pa", 133.322387415),
        (1, "uL/min/10^6 cells", "uL.min-1.(10^6 cells)-1", 1),
        (1, "eV", "J", 1.602176634e-19),
        (120, "mL/min/1.73 m2", "L/h/1.73 m2", 7.2),
    ],
)
def test_conversions(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("mg/kg", "%"),
        ("mg/kg", ""),
        ("mol/L", "log10(mol/L)"),
        ("log10(mol/L)", "log10(cm/s)"),
        ("log10(mol/kg)", "-log10(mol/kg)"),
        ("nM", "nm"),
        ("U/L", "IU/L"),
        ("g", "mol"),
        ("%", "percentage points"),
        ("mM", "mm"),
    ],
)
def test_what_must_not_be_converted(source: str, target: str) -> None:
    assert not compatible(source, target)
    with pytest.raises(UnitError):
        convert(1, source, target)


@pytest.mark.parametrize("text", ["bogus", "mg//kg", "mg/bogus", "/", "5 apples", "m g", "pKa"])
def test_unknown_units(text: str) -> None:
    with pytest.raises(UnitError):
        parse_unit(text)


def test_p_scale() -> None:
    assert from_p_scale(9, "nM") == pytest.approx(1)
    assert to_p_scale(50, "nM") == pytest.approx(7.30103)
    with pytest.raises(ValueError, match="positive"):
        to_p_scale(0, "nM")


def test_every_unit_of_the_columns_is_known() -> None:
    for column in COLUMNS.values():
        parse_unit(column.unit)


@given(
    st.floats(min_value=1e-6, max_value=1e6),
    st.sampled_from([("nM", "mol/L"), ("kcal/mol", "kJ/mol"), ("d", "h"), ("mg/kg", "g/kg"), ("°C", "K")]),
)
def test_there_and_back(value: float, units: tuple[str, str]) -> None:
    assert convert(convert(value, *units), *reversed(units)) == pytest.approx(value, rel=1e-9, abs=1e-9)
