"""Desirability, means, limits and Pareto ranks against values worked out by hand or by brute force."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchside.tools.screening.profile import Desirability, Filter, Profile, Shape
from benchside.tools.screening.scoring import FLOOR, desirability, failed_filters, pareto_rank, score_table

HIGHER = Desirability(column="qed", shape=Shape.HIGHER, low=0.2, high=0.7)
LOWER = Desirability(column="sa_score", shape=Shape.LOWER, low=2, high=6)
RANGE = Desirability(column="logp", shape=Shape.RANGE, low=-1, ideal_low=1, ideal_high=3, high=5)
HIGHER_POINTS = [(-5, 0), (0.2, 0), (0.45, 0.5), (0.7, 1), (9, 1)]
LOWER_POINTS = [(-9, 1), (2, 1), (3, 0.75), (6, 0), (99, 0)]
RANGE_POINTS = [(-2, 0), (-1, 0), (0, 0.5), (1, 1), (2, 1), (3, 1), (4.5, 0.25), (5, 0), (6, 0)]


@pytest.mark.parametrize(("part", "points"), [(HIGHER, HIGHER_POINTS), (LOWER, LOWER_POINTS), (RANGE, RANGE_POINTS)])
def test_desirability_at_between_and_beyond_its_points(part: Desirability, points: list[tuple[float, float]]) -> None:
    values, expected = np.array(points, dtype=float).T
    np.testing.assert_allclose(desirability(values, part), expected, atol=1e-12)
    assert math.isnan(desirability(np.array([np.nan]), part)[0])


def test_a_range_may_be_open_at_an_end_or_a_single_point() -> None:
    step = Desirability(column="logp", shape=Shape.RANGE, low=1, ideal_low=1, ideal_high=3, high=3)
    np.testing.assert_array_equal(desirability(np.array([0.99, 1, 2, 3, 3.01]), step), [0, 1, 1, 1, 0])
    peak = Desirability(column="logp", shape=Shape.RANGE, low=0, ideal_low=1, ideal_high=1, high=2)
    np.testing.assert_allclose(desirability(np.array([0, 0.5, 1, 1.5, 2]), peak), [0, 0.5, 1, 0.5, 0])


@given(st.floats(-1e6, 1e6), st.sampled_from([HIGHER, LOWER, RANGE]))
def test_desirability_is_between_0_and_1(value: float, part: Desirability) -> None:
    assert 0 <= desirability(np.array([value]), part)[0] <= 1


def profile(combine: str = "geometric") -> Profile:
    parts = [HIGHER.model_copy(update={"weight": 3.0}), LOWER]
    return Profile(name="p", combine=combine, score=tuple(parts))  # type: ignore[arg-type]


TABLE = pd.DataFrame({"qed": [0.45, 0.7, np.nan, np.nan, 0.1], "sa_score": [3.0, 6.0, 3.0, np.nan, 2.0]})


def test_the_geometric_mean_by_hand() -> None:
    made = score_table(TABLE, profile(), profile().score)
    expected = [(0.5**3 * 0.75) ** 0.25, FLOOR**0.25, 0.75, np.nan, FLOOR**0.75]
    np.testing.assert_allclose(made["score"], expected)
    np.testing.assert_allclose(made["d_qed"], [0.5, 1, np.nan, np.nan, 0])
    np.testing.assert_allclose(made["d_sa_score"], [0.75, 0, 0.75, np.nan, 1])
    assert list(made.columns) == ["score", "d_qed", "d_sa_score", "score_missing"]


def test_the_arithmetic_mean_by_hand() -> None:
    made = score_table(TABLE, profile("arithmetic"), profile().score)
    np.testing.assert_allclose(made["score"], [(3 * 0.5 + 0.75) / 4, 3 / 4, 0.75, np.nan, 1 / 4])


def test_a_part_without_a_value_gives_its_weight_to_the_others_and_is_named() -> None:
    made = score_table(TABLE, profile(), profile().score)
    assert made["score_missing"].tolist() == ["", "", "QED", "QED; Synthetic accessibility", ""]


def test_scores_of_integers_with_nulls_and_of_yes_and_no() -> None:
    parts = (
        Desirability(column="hbd", shape=Shape.LOWER, low=0, high=4),
        Desirability(column="lipinski", shape=Shape.HIGHER, low=0, high=1),
    )
    table = pd.DataFrame(
        {"hbd": pd.array([1, None, 4], dtype="Int64"), "lipinski": pd.array([True, False, None], dtype="boolean")}
    )
    for frame in (table, table.astype("object").where(table.notna(), None)):
        made = score_table(frame, Profile(name="p", combine="arithmetic", score=parts), parts)
        np.testing.assert_allclose(made["score"], [(0.75 + 1) / 2, 0, 0])
        assert made["score_missing"].tolist() == ["", "H-bond donors", "Lipinski"]


def test_no_rows_no_parts_and_a_column_without_any_value() -> None:
    made = score_table(TABLE.iloc[:0], profile(), profile().score)
    assert list(made.columns) == ["score", "d_qed", "d_sa_score", "score_missing"]
    assert len(made) == 0
    assert score_table(TABLE, profile(), ())["score"].isna().all()
    nothing = pd.DataFrame({"qed": [None, None], "sa_score": [None, None]}, dtype="object")
    assert score_table(nothing, profile(), profile().score)["score"].isna().all()
    assert failed_filters(TABLE.iloc[:0], [Filter(column="qed", min=0.5)]).tolist() == []
    assert failed_filters(TABLE, []).tolist() == [""] * 5


def test_the_index_of_the_table_is_kept() -> None:
    table = TABLE.set_axis([7, 3, 9, 1, 5])
    assert score_table(table, profile(), profile().score).index.tolist() == [7, 3, 9, 1, 5]
    failed = failed_filters(table, [Filter(column="sa_score", max=5)])
    assert failed.index.tolist() == [7, 3, 9, 1, 5]
    assert failed[3] != ""


def test_limits_are_inclusive() -> None:
    table = pd.DataFrame({"tpsa": [39.99, 40.0, 90.0, 140.0, 140.01]})
    assert (failed_filters(table, [Filter(column="tpsa", min=40, max=140)]) == "").tolist() == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_the_reason_names_value_and_limit() -> None:
    table = pd.DataFrame(
        {
            "molecular_weight": [612.4, 300.0],
            "logp": [5.501, np.nan],
            "lipinski_violations": pd.array([2, 0], dtype="Int64"),
            "lipinski": pd.array([False, None], dtype="boolean"),
        }
    )
    limits = [
        Filter(column="molecular_weight", min=150, max=550),
        Filter(column="logp", max=5.5),
        Filter(column="lipinski_violations", max=1),
        Filter(column="lipinski", equals=True),
    ]
    assert failed_filters(table, limits).tolist() == [
        "Molecular weight (average) 612.40 (wanted: 150 to 550); Crippen logP 5.501 (wanted: at most 5.5); "
        "Lipinski violations 2 (wanted: at most 1); not Lipinski: yes",
        "Crippen logP is not available (wanted: Crippen logP at most 5.5); "
        "Lipinski is not available (wanted: Lipinski: yes)",
    ]


def test_a_value_just_outside_is_shown_with_the_digits_that_show_it() -> None:
    table = pd.DataFrame({"qed": [0.4999999999, 0.5 - 1e-15]})
    first, second = failed_filters(table, [Filter(column="qed", min=0.5)])
    assert first == "QED 0.4999999999 (wanted: at least 0.5)"
    assert second == "QED 0.499999999999999 (wanted: at least 0.5)"


def test_yes_no_and_text_limits_with_and_without_values() -> None:
    flags = pd.DataFrame({"lipinski": pd.array([True, False, None], dtype="boolean")})
    for frame in (flags, flags.astype("object").where(flags.notna(), None)):
        assert failed_filters(frame, [Filter(column="lipinski", equals=False)]).tolist() == [
            "not Lipinski: no",
            "",
            "Lipinski is not available (wanted: Lipinski: no)",
        ]
    texts = pd.DataFrame({"scaffold": ["c1ccccc1", None, "C1CC1"]})
    for frame in (texts, texts.astype("object"), texts.astype("string")):
        failed = failed_filters(frame, [Filter(column="scaffold", equals="c1ccccc1")])
        assert [bool(text) for text in failed] == [False, True, True]


def test_a_column_that_is_null_throughout_fails_everywhere() -> None:
    for values in ([None, None], [np.nan, np.nan], pd.array([None, None], dtype="Int64")):
        failed = failed_filters(pd.DataFrame({"hbd": values}), [Filter(column="hbd", max=5)])
        assert failed.str.startswith("H-bond donors is not available").all()


def brute_force(points: np.ndarray) -> list[int]:
    """Ranks by the definition: the front is what nothing dominates; take it away, and so on."""
    left, ranks, rank = set(range(len(points))), [0] * len(points), 1

    def dominates(a: np.ndarray, b: np.ndarray) -> bool:
        return bool((a >= b).all() and (a > b).any())

    while left:
        front = {i for i in left if not any(dominates(points[j], points[i]) for j in left)}
        for i in front:
            ranks[i] = rank
        left, rank = left - front, rank + 1
    return ranks


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(0, 14), st.integers(0, 4)),
        elements=st.sampled_from([0.0, 0.25, 0.5, 1.0, 0.1, 0.9]),
    )
)
def test_pareto_ranks_are_those_of_the_definition(points: np.ndarray) -> None:
    assert pareto_rank(points).tolist() == brute_force(points)


def test_equal_compounds_share_a_rank_and_a_missing_part_counts_as_0() -> None:
    points = np.array([[0.5, 0.5], [0.5, 0.5], [np.nan, 0.9], [0.4, 0.4], [0.0, 0.9], [0.6, np.nan]])
    assert pareto_rank(points).tolist() == [1, 1, 1, 2, 1, 1]
    assert pareto_rank(np.linspace(0, 1, 50)[:, None]).tolist() == list(range(50, 0, -1))
