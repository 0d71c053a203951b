"""Activities with the units and relations that stand in columns of their own."""

from __future__ import annotations

import pandas as pd
import pytest

from benchside.tools.chemistry.readers import ReadOptions, read_library
from benchside.tools.screening.measured import ACTIVITY_COLUMNS, activities_of


def test_units_and_relations_beside_the_value_are_used() -> None:
    frame = pd.DataFrame(
        {
            "Smiles": ["CCO", "CCN", "CCC"],
            "Standard Relation": ["'='", "'>'", "'<'"],
            "Standard Value": ["50", "10", "2"],
            "Standard Units": ["nM", "uM", "mM"],
        }
    )
    library = read_library(frame, options=ReadOptions(activity_column="Standard Value"))
    made = activities_of(list(library), library)
    assert tuple(made.columns) == ACTIVITY_COLUMNS
    assert made["activity_value"].tolist() == [50, 10, 2]
    assert made["activity_unit"].tolist() == ["nM", "uM", "mM"]
    assert made["activity_relation"].tolist() == ["=", ">", "<"]
    assert made["activity_pvalue"].tolist() == pytest.approx([7.30103, 5, 2.69897])


def test_a_library_without_activities() -> None:
    library = read_library(["CCO", "CCN"])
    made = activities_of(list(library), library)
    assert tuple(made.columns) == ACTIVITY_COLUMNS
    assert made.isna().all(axis=None)
    assert len(made) == 2


def test_censoring_in_the_cell_and_a_unit_in_the_header() -> None:
    frame = pd.DataFrame({"smiles": ["CCO", "CCN", "CCC"], "IC50 (nM)": [">10000", "250", "n.d."]})
    library = read_library(frame, options=ReadOptions(activity_column="IC50 (nM)"))
    made = activities_of(list(library), library)
    assert made["activity_relation"].tolist()[:2] == [">", "="]
    assert made["activity_pvalue"].tolist()[:2] == pytest.approx([5, 6.60206])
    assert isinstance(made["activity_problem"].iloc[2], str)
