"""Activity cells: value, unit, censoring and pvalue, or the reason why there is none."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.chemistry.activities import (
    P_UNIT,
    PROBLEMS,
    companion_columns,
    concentration_unit,
    header_unit,
    parse_activities,
    parse_activity,
)


@pytest.mark.parametrize(
    ("cell", "header", "value", "unit", "relation", "pvalue"),
    [
        (">10 uM", "IC50", 10, "uM", ">", 5.0),
        ("<= 5nM", "", 5, "nM", "<", 8.30103),
        ("3.2e-7 M", "", 3.2e-7, "M", "=", 6.49485),
        ("12 µM", "", 12, "uM", "=", 4.920819),
        ("12 μM", "", 12, "uM", "=", 4.920819),
        ("7.5", "pIC50", 7.5, P_UNIT, "=", 7.5),
        ("7.5", "-log(IC50)", 7.5, P_UNIT, "=", 7.5),
        (6.2, "pChEMBL Value", 6.2, P_UNIT, "=", 6.2),
        ("> 5", "pKi", 5, P_UNIT, ">", 5.0),
        ("7.5", "IC50 (nM)", 7.5, "nM", "=", 8.124939),
        ("10", "Ki_nM", 10, "nM", "=", 8.0),
        ("10", "IC50/nM", 10, "nM", "=", 8.0),
        ("12", "IC50 [µmol/L]", 12, "uM", "=", 4.920819),
        ("1", "EC50, uM", 1, "uM", "=", 6.0),
        ("1 uM", "IC50 (nM)", 1, "uM", "=", 6.0),
        ("2", "log IC50 (nM)", 2, "log10(nM)", "=", 7.0),
        ("3.2 × 10⁻⁷ M", "", 3.2e-7, "M", "=", 6.49485),
        ("3,4", "IC50 (nM)", 3.4, "nM", "=", 8.468521),
        ("1,234.5", "IC50 (nM)", 1234.5, "nM", "=", 5.908508),
        ("1.234,5", "IC50 (nM)", 1234.5, "nM", "=", 5.908508),
        ("5.1 ± 0.3", "pKi", 5.1, P_UNIT, "=", 5.1),
        ("~ 3 nM", "", 3, "nM", "~", 8.522879),
        ("≥30", "IC50 (μM)", 30, "uM", ">", 4.522879),
        ("10 nmol/L", "", 10, "nM", "=", 8.0),
        ("10 nM (n=3)", "", 10, "nM", "=", 8.0),
        ("100000", "IC50 (nM)", 100_000, "nM", "=", 4.0),
    ],
)
def test_cells(cell: object, header: str, value: float, unit: str, relation: str, pvalue: float) -> None:
    activity = parse_activity(cell, header)
    assert activity.problem is None
    assert activity.value == pytest.approx(value)
    assert (activity.unit, activity.relation) == (unit, relation)
    assert activity.pvalue == pytest.approx(pvalue, abs=1e-6)


@pytest.mark.parametrize(
    ("cell", "header", "code", "value"),
    [
        ("50 %", "IC50", "percent", 50),
        ("50", "Inhibition (%)", "percent", 50),
        ("63", "% inhibition at 10 uM", "percent", 63),
        ("1", "IC50", "no_unit", 1),
        ("10 ug/mL", "MIC", "mass_unit", 10),
        ("10", "MIC (µg/ml)", "mass_unit", 10),
        ("0", "IC50 (nM)", "not_positive", 0),
        ("-3", "IC50 (nM)", "not_positive", -3),
        ("35", "pIC50", "implausible", 35),
        ("8.1", "pKa", "not_a_potency", 8.1),
        ("10 parsec", "", "unknown_unit", 10),
        ("1,234", "IC50 (nM)", "ambiguous_number", None),
        ("10-20", "IC50 (nM)", "range", None),
        ("10 - 20 nM", "", "range", None),
        ("10; 20", "IC50 (nM)", "range", None),
        ("ND", "IC50 (nM)", "not_determined", None),
        ("inactive", "IC50 (nM)", "inactive", None),
        ("", "IC50 (nM)", "missing", None),
        (None, "IC50 (nM)", "missing", None),
        (math.nan, "IC50 (nM)", "missing", None),
        ("1e999", "IC50 (nM)", "not_determined", None),
        ("see text", "IC50 (nM)", "not_determined", None),
    ],
)
def test_cells_without_a_pvalue_say_why(cell: object, header: str, code: str, value: float | None) -> None:
    activity = parse_activity(cell, header)
    assert activity.pvalue is None
    assert activity.problem is not None
    assert (activity.problem.code, activity.value) == (code, value)
    assert PROBLEMS[code] in activity.problem.message


def test_a_bound_turns_round_on_the_p_scale() -> None:
    assert parse_activity(">10 uM").pvalue_relation == "<"
    assert parse_activity("<10 uM").pvalue_relation == ">"
    assert parse_activity(">5", "pIC50").pvalue_relation == ">"
    assert parse_activity("~10 uM").pvalue_relation == "~"


def test_a_column() -> None:
    frame = parse_activities([">10 uM", "7.5", None, "50 %"], "IC50 (nM)")
    assert list(frame.columns) == [
        "activity_value",
        "activity_unit",
        "activity_relation",
        "activity_pvalue",
        "activity_problem",
    ]
    assert frame["activity_value"].isna().tolist() == [False, False, True, False]
    assert frame["activity_pvalue"].isna().tolist() == [False, False, True, True]
    assert frame["activity_relation"].tolist()[:2] == [">", "="]
    assert pd.isna(frame["activity_relation"][2])
    assert frame["activity_unit"].tolist()[:2] == ["uM", "nM"]
    assert "per cent" in frame["activity_problem"][3]


def test_units_and_relations_of_other_columns() -> None:
    columns = ["Standard Type", "Standard Relation", "Standard Value", "Standard Units"]
    assert companion_columns("Standard Value", columns) == ("Standard Units", "Standard Relation")
    assert companion_columns("IC50", ["IC50", "IC50 unit"]) == ("IC50 unit", None)
    frame = parse_activities(["10", "20"], "Standard Value", units=["nM", "uM"], relations=["'='", "'>'"])
    assert frame["activity_pvalue"].tolist() == pytest.approx([8.0, 4.69897], abs=1e-5)
    assert frame["activity_relation"].tolist() == ["=", ">"]
    with pytest.raises(ValueError, match="zip"):
        parse_activities(["10"], "x", units=["nM", "nM"])


def test_headers_and_units() -> None:
    assert header_unit("hERG IC50 (uM)").unit == "uM"
    assert header_unit("pEC50").scale == "p"
    assert header_unit("Activity").unit is None
    assert concentration_unit("mmol/l") == "mM"
    assert concentration_unit("M") == "M"
    assert concentration_unit("m") is None


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.none()), st.text(max_size=12))
def test_any_cell_gives_a_pvalue_or_a_reason(cell: object, header: str) -> None:
    activity = parse_activity(cell, header)
    assert (activity.pvalue is None) == (activity.problem is not None)
    assert activity.relation in {"=", ">", "<", "~"}


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-3, 1e6), st.sampled_from(["M", "mM", "uM", "nM", "pM"]))
def test_the_pvalue_is_minus_the_logarithm_of_the_molar_concentration(value: float, unit: str) -> None:
    molar = value * {"M": 1, "mM": 1e-3, "uM": 1e-6, "nM": 1e-9, "pM": 1e-12}[unit]
    activity = parse_activity(f"{value!r} {unit}")
    if activity.problem is None:
        assert activity.pvalue == pytest.approx(-math.log10(molar))
    else:
        assert not 1e-16 <= molar <= 10
