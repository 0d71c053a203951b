"""The shortlist takes the best, a few of each cluster, and is short only where there are no more."""

from __future__ import annotations

import pandas as pd
import pytest

from benchside.tools.screening.profile import Selection
from benchside.tools.screening.shortlist import draw_shortlist

ACIDS = [f"{'C' * n}CCCCCCCC(=O)O" for n in range(1, 7)]
RINGS = ["c1ccc2[nH]ccc2c1", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "CC(=O)Oc1ccccc1C(=O)O"]


def draw(smiles: list[str], top: int, **selection: float) -> tuple[list[int], list[bool], list[str]]:
    made = draw_shortlist(pd.Series(smiles, dtype="object"), top, Selection(**selection))  # type: ignore[arg-type]
    return made.cluster.tolist(), made.taken.tolist(), made.passed_over.tolist()


def test_at_most_so_many_of_a_cluster_and_the_reason_for_the_others() -> None:
    clusters, taken, reasons = draw([*ACIDS, *RINGS], 4, max_per_cluster=2)
    assert clusters == [1] * 6 + [2, 3, 4]
    assert taken == [True, True, False, False, False, False, True, True, False]
    assert reasons == ["", "", *["cluster 1 already has 2 on the shortlist"] * 4, "", "", ""]


def test_the_best_of_those_passed_over_fill_the_rest() -> None:
    _, taken, reasons = draw([*ACIDS, *RINGS], 7, max_per_cluster=2)
    assert taken == [True] * 4 + [False] * 2 + [True] * 3
    assert [bool(r) for r in reasons] == [False] * 4 + [True] * 2 + [False] * 3


def test_a_top_beyond_the_list_takes_all() -> None:
    _, taken, reasons = draw([*ACIDS, *RINGS], 50, max_per_cluster=1)
    assert all(taken)
    assert reasons == [""] * 9


def test_0_is_no_limit() -> None:
    _, taken, _ = draw(ACIDS, 5, max_per_cluster=0)
    assert taken == [True] * 5 + [False]


def test_a_pool_smaller_than_top_grows_to_it_and_what_is_beyond_has_no_cluster() -> None:
    clusters, taken, _ = draw([*RINGS, *ACIDS], 4, pool=2, max_per_cluster=3)
    assert taken == [True] * 4 + [False] * 5
    assert clusters[:4] == [1, 2, 3, 4]
    assert all(pd.isna(c) for c in clusters[4:])


@pytest.mark.parametrize("top", [0, 3])
def test_nothing_to_draw_from(top: int) -> None:
    made = draw_shortlist(pd.Series([], dtype="object"), top, Selection())
    assert len(made.cluster) == len(made.taken) == len(made.passed_over) == 0
    assert str(made.cluster.dtype) == "Int64"


def test_clusters_are_numbered_by_their_best_member_and_the_index_is_kept() -> None:
    order = [RINGS[0], ACIDS[0], RINGS[1], ACIDS[1]]
    made = draw_shortlist(pd.Series(order, index=[9, 4, 7, 1]), 2, Selection())
    assert made.cluster.tolist() == [1, 2, 3, 2]
    assert made.taken.index.tolist() == [9, 4, 7, 1]
