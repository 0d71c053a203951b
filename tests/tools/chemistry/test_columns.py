"""The column table."""

from __future__ import annotations

import pytest

from benchside.tools.chemistry.columns import COLUMNS, DTYPES, UnknownColumnError, column


def test_every_column_names_itself_its_source_and_a_known_type() -> None:
    for name, found in COLUMNS.items():
        assert found.name == name
        assert found.label
        assert found.source
        assert found.type in DTYPES


def test_the_two_molecular_weights_are_told_apart() -> None:
    assert "average" in column("molecular_weight").label
    assert "monoisotopic" in column("monoisotopic_weight").label
    assert column("molecular_weight").unit == column("monoisotopic_weight").unit == "Da"


def test_a_predicted_column_carries_the_measured_quality_and_an_unreliable_one_says_so() -> None:
    assert column("hERG").kind == "predicted"
    assert "AUROC 0.84" in column("hERG").source
    assert "unreliable" in column("VDss_Lombardo").source
    assert "not an error bar" in column("VDss_Lombardo_spread").note


def test_labels_are_unique() -> None:
    labels = [found.label for found in COLUMNS.values()]
    assert len(labels) == len(set(labels))


def test_an_unknown_column_lists_the_closest_names() -> None:
    with pytest.raises(UnknownColumnError, match="tpsa"):
        column("tpsaa")
