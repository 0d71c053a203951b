"""Graphical procedures against published examples, closed tests by enumeration, and properties of random graphs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.multiplicity.closure import closed_p_values
from benchside.tools.trials.design.multiplicity.graph import HypothesisGraph
from benchside.tools.trials.design.multiplicity.power import graph_rejections

# Bretz et al. 2011, Biometrical Journal 53: 894-913, Figure 3, three primary and three secondary hypotheses
SIX = HypothesisGraph(
    ("H11", "H21", "H31", "H12", "H22", "H32"),
    (1 / 3, 1 / 3, 1 / 3, 0, 0, 0),
    (
        (0, 1 / 2, 0, 1 / 2, 0, 0),
        (1 / 3, 0, 1 / 3, 0, 1 / 3, 0),
        (0, 1 / 2, 0, 0, 0, 1 / 2),
        (0, 1, 0, 0, 0, 0),
        (1 / 2, 0, 1 / 2, 0, 0, 0),
        (0, 1, 0, 0, 0, 0),
    ),
)
# two doses with a primary and a secondary endpoint each, as in graphicalMCP and lrstat
FOUR = HypothesisGraph(
    ("A1", "A2", "B1", "B2"), (0.5, 0.5, 0, 0), ((0, 0, 1, 0), (0, 0, 0, 1), (0, 1, 0, 0), (1, 0, 0, 0))
)
P_SIX = (0.1, 0.008, 0.005, 0.15, 0.04, 0.006)


def test_the_example_of_the_gmcp_package() -> None:
    # kornl/gMCP tests: after three rejections H11 passes 2/3 to H12 and 1/3 to H22, H12 one half to each of H11 and
    # H22, and H22 all to H11
    found = SIX.test(P_SIX, 0.05)
    assert set(found.rejected) == {"H21", "H31", "H32"}
    last = found.steps[-1].graph
    assert last.names == ("H11", "H12", "H22")
    assert np.array(last.transitions) == pytest.approx(np.array([[0, 2 / 3, 1 / 3], [1 / 2, 0, 1 / 2], [1, 0, 0]]))
    assert sum(last.weights) == pytest.approx(1)


def test_adjusted_p_values_of_lrstat_and_of_graphicalmcp() -> None:
    # lrstat, fadjpbon: rows (0.02, 0.01, 0.03, 0.03) and (0.04, 0.03, 0.04, 0.04)
    assert list(FOUR.adjusted_p_values((0.01, 0.005, 0.015, 0.022)).values()) == [0.02, 0.01, 0.03, 0.03]
    assert list(FOUR.adjusted_p_values((0.02, 0.015, 0.010, 0.023)).values()) == [0.04, 0.03, 0.04, 0.04]
    # graphicalMCP README: 0.02, 0.04, 0.06, 0.06, and A1 and A2 are rejected at 0.05
    assert list(FOUR.adjusted_p_values((0.01, 0.02, 0.03, 0.05)).values()) == [0.02, 0.04, 0.06, 0.06]
    assert FOUR.test((0.01, 0.02, 0.03, 0.05), 0.05).rejected == ("A1", "A2")


def test_the_weights_of_all_intersections_of_graphicalmcp() -> None:
    # README of graphicalMCP, generate_weights: rows 5, 6, 9, 11 and 13
    assert FOUR.intersection_weights(("A1", "B1", "B2")) == pytest.approx({"A1": 0.5, "B1": 0, "B2": 0.5})
    assert FOUR.intersection_weights(("A1", "B1")) == pytest.approx({"A1": 1, "B1": 0})
    assert FOUR.intersection_weights(("A2", "B1", "B2")) == pytest.approx({"A2": 0.5, "B1": 0.5, "B2": 0})
    assert FOUR.intersection_weights(("A2", "B2")) == pytest.approx({"A2": 1, "B2": 0})
    assert FOUR.intersection_weights(("B1", "B2")) == pytest.approx({"B1": 0.5, "B2": 0.5})


def test_a_tie_with_alpha_is_a_rejection_as_on_paper() -> None:
    # graphicalMCP: a p value that meets its level but for floating point is rejected
    graph = HypothesisGraph(("a", "b", "c"), (1 / 3, 1 / 3, 1 / 3), ((0, 0, 0),) * 3)
    assert graph.test((0.01, 0.2, 0.01), 0.03).rejected == ("a", "c")
    assert graph.adjusted_p_values((0.01, 0.2, 0.01))["a"] == 0.03


@st.composite
def graphs(draw: st.DrawFn) -> tuple[HypothesisGraph, tuple[float, ...]]:
    m = draw(st.integers(1, 5))
    parts = draw(st.lists(st.integers(0, 4), min_size=m, max_size=m))
    total = max(sum(parts), 1) + draw(st.integers(0, 2))
    rows = []
    for i in range(m):
        row = draw(st.lists(st.integers(0, 3), min_size=m, max_size=m))
        row[i] = 0
        whole = max(sum(row), 1) + draw(st.integers(0, 1))
        rows.append(tuple(v / whole for v in row))
    p = tuple(draw(st.lists(st.floats(0, 1), min_size=m, max_size=m)))
    return HypothesisGraph(tuple(f"H{i}" for i in range(m)), tuple(w / total for w in parts), tuple(rows)), p


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from([0.01, 0.025, 0.05, 0.2]))
def test_the_shortcut_is_the_closed_test_and_agrees_with_its_adjusted_p_values(
    case: tuple[HypothesisGraph, tuple[float, ...]], alpha: float
) -> None:
    graph, p = case
    shortcut = graph.adjusted_p_values(p)
    assert shortcut == pytest.approx(closed_p_values(graph, p), rel=1e-9, abs=1e-12)
    found = graph.test(p, alpha)
    assert set(found.rejected) == {n for n, a in shortcut.items() if a <= alpha}
    for step in found.steps:
        assert step.p_value <= step.local_alpha * (1 + 1e-9)
        assert sum(step.graph.weights) <= 1 + 1e-9
    at_once = graph_rejections(graph, np.array([p]), alpha)[0]
    clear = [abs(a - alpha) > 1e-9 for a in shortcut.values()]
    assert [bool(r) for r, c in zip(at_once, clear, strict=True) if c] == [
        n in found.rejected for n, c in zip(graph.names, clear, strict=True) if c
    ]


@settings(max_examples=60, deadline=None)
@given(graphs(), st.data())
def test_smaller_p_values_reject_no_less_and_names_do_not_matter(
    case: tuple[HypothesisGraph, tuple[float, ...]], data: st.DataObject
) -> None:
    graph, p = case
    smaller = tuple(v * data.draw(st.floats(0, 1)) for v in p)
    before, after = graph.adjusted_p_values(p), graph.adjusted_p_values(smaller)
    assert all(after[n] <= before[n] + 1e-12 for n in graph.names)
    order = data.draw(st.permutations(range(len(p))))
    again = HypothesisGraph(
        tuple(graph.names[i] for i in order),
        tuple(graph.weights[i] for i in order),
        tuple(tuple(graph.transitions[i][k] for k in order) for i in order),
    ).adjusted_p_values([p[i] for i in order])
    assert {n: again[n] for n in graph.names} == pytest.approx(before, rel=1e-9, abs=1e-12)


def test_networkx_holds_weights_and_edges() -> None:
    graph = SIX.to_networkx()
    assert graph.nodes["H11"]["weight"] == pytest.approx(1 / 3)
    assert graph.edges["H32", "H21"]["weight"] == 1
    assert graph.number_of_edges() == 11


@pytest.mark.parametrize(
    ("names", "weights", "rows"),
    [
        ((), (), ()),
        (("a", "a"), (0.5, 0.5), ((0, 1), (1, 0))),
        (("a", " "), (0.5, 0.5), ((0, 1), (1, 0))),
        (("a", "b"), (0.6, 0.6), ((0, 1), (1, 0))),
        (("a", "b"), (-0.1, 0.6), ((0, 1), (1, 0))),
        (("a", "b"), (float("nan"), 0.6), ((0, 1), (1, 0))),
        (("a", "b"), (0.5, 0.5), ((0.5, 0.5), (1, 0))),
        (("a", "b", "c"), (0.5, 0.5, 0), ((0, 0.7, 0.7), (1, 0, 0), (0, 0, 0))),
        (("a", "b"), (0.5, 0.5), ((0, 1),)),
        (("a", "b"), (0.5, 0.5), ((0, float("inf")), (1, 0))),
        (tuple(map(str, range(99))), (0.0,) * 99, ((0.0,) * 99,) * 99),
    ],
)
def test_graphs_that_are_none(
    names: tuple[str, ...], weights: tuple[float, ...], rows: tuple[tuple[float, ...], ...]
) -> None:
    with pytest.raises(DesignError) as caught:
        HypothesisGraph(names, weights, rows)
    assert caught.value.where


@pytest.mark.parametrize("p", [(0.1,), (0.1, 0.2, 0.3, 1.2), (0.1, 0.2, 0.3, float("nan")), (-0.1, 0.2, 0.3, 0.4)])
def test_p_values_that_are_none(p: tuple[float, ...]) -> None:
    with pytest.raises(DesignError) as caught:
        FOUR.test(p, 0.05)
    assert caught.value.where == "p_values"


def test_too_many_intersections_are_refused() -> None:
    m = 20
    graph = HypothesisGraph(tuple(map(str, range(m))), (1 / m,) * m, ((0.0,) * m,) * m)
    with pytest.raises(DesignError):
        closed_p_values(graph, [0.5] * m)
