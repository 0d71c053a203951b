"""Ligand efficiency and LLE by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from benchside.tools.chemistry.efficiency import efficiencies


def test_values_by_hand() -> None:
    frame = efficiencies(pd.Series([8.0]), pd.Series([27]), pd.Series([3.5]))
    assert frame["ligand_efficiency"][0] == pytest.approx(1.37 * 8 / 27)
    assert frame["lle"][0] == pytest.approx(4.5)
    assert frame["efficiency_relation"][0] == "="


def test_a_bound_stays_a_bound() -> None:
    # Above 10 µM: the pActivity is at most 5, and so are the efficiencies at most what follows from it.
    frame = efficiencies(pd.Series([5.0, 9.0]), pd.Series([20, 20]), pd.Series([2.0, 2.0]), pd.Series(["<", ">"]))
    assert frame["efficiency_relation"].tolist() == ["<", ">"]
    assert frame["lle"].tolist() == [3.0, 7.0]


def test_nulls_and_the_index_are_kept() -> None:
    frame = efficiencies(
        pd.Series([None, 7.0], index=[4, 9], dtype="float64"),
        pd.Series([20, 0], index=[4, 9], dtype="Int64"),
        pd.Series([1.0, 1.0], index=[4, 9]),
        pd.Series([None, None], index=[4, 9], dtype="string"),
    )
    assert list(frame.index) == [4, 9]
    assert frame.loc[4].isna().all()
    assert pd.isna(frame.loc[9, "ligand_efficiency"])
    assert frame.loc[9, "lle"] == 6.0
    assert frame.loc[9, "efficiency_relation"] == "="
