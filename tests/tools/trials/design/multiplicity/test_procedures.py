"""Named procedures: textbook examples, statsmodels, the closure principle, error control and power by simulation."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from benchside.tools.reporting.svg import tidy
from benchside.tools.trials.design.errors import DesignError, OutOfScopeError
from benchside.tools.trials.design.multiplicity import procedures
from benchside.tools.trials.design.multiplicity.closure import closed_p_values
from benchside.tools.trials.design.multiplicity.drawing import description, draw_graph
from benchside.tools.trials.design.multiplicity.graph import HypothesisGraph
from benchside.tools.trials.design.multiplicity.model import Multiplicity
from benchside.tools.trials.design.multiplicity.power import drifts_of

UNGATED = ("bonferroni", "holm", "hochberg", "hommel", "fixed-sequence", "fallback")
GATED = ("serial-gatekeeping", "parallel-gatekeeping")


def made(procedure: str, m: int = 3) -> Multiplicity:
    if procedure in GATED:
        hypotheses = [{"name": n, "family": f} for n, f in (("P1", 1), ("P2", 1), ("S1", 2), ("S2", 2))]
    else:
        hypotheses = [{"name": f"H{i}"} for i in range(1, m + 1)]
    return Multiplicity(procedure=procedure, hypotheses=hypotheses)  # type: ignore[arg-type]


def test_three_p_values_by_hand() -> None:
    p = (0.01, 0.02, 0.03)
    wanted = {
        "bonferroni": [0.03, 0.06, 0.09],
        "holm": [0.03, 0.04, 0.04],
        "hochberg": [0.03, 0.03, 0.03],
        "hommel": [0.03, 0.03, 0.03],
        "fixed-sequence": [0.01, 0.02, 0.03],
        "fallback": [0.03, 0.03, 0.03],
    }
    for procedure, adjusted in wanted.items():
        assert list(made(procedure).adjusted_p_values(p).values()) == pytest.approx(adjusted), procedure


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=7), st.sampled_from([0.01, 0.05, 0.2]))
def test_hochberg_1988_by_its_definition(p: list[float], alpha: float) -> None:
    # with the p values in order, all up to the last one at most alpha / (m - j + 1) are rejected
    m = len(p)
    order = sorted(range(m), key=lambda i: p[i])
    last = max((j for j in range(1, m + 1) if p[order[j - 1]] * (m - j + 1) <= alpha), default=0)
    assert {i for i, a in enumerate(procedures.hochberg(np.array(p))) if a <= alpha} == set(order[:last]) | {
        i for i in range(m) if last and p[i] == p[order[last - 1]]
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_hommel_is_the_closed_test_of_simes_and_the_order_of_strictness_holds(p: list[float]) -> None:
    m = len(p)
    graph = procedures.holm_graph([f"H{i}" for i in range(m)], procedures.equal_weights(m))
    values = np.array(p)
    assert procedures.hommel(values) == pytest.approx(list(closed_p_values(graph, p, "simes").values()), abs=1e-9)
    assert procedures.holm(values) == pytest.approx(list(closed_p_values(graph, p).values()), abs=1e-9)
    bonferroni = np.minimum(values * m, 1)
    assert (procedures.holm(values) <= bonferroni + 1e-12).all()
    assert (procedures.hochberg(values) <= procedures.holm(values) + 1e-12).all()
    assert (procedures.hommel(values) <= procedures.hochberg(values) + 1e-12).all()
    assert (procedures.hommel(values) >= values - 1e-12).all()


def test_weighted_holm_is_its_graph() -> None:
    weights = (0.5, 0.3, 0.1)  # 0.9 in all: a tenth of alpha stays unused
    graph = procedures.holm_graph(("a", "b", "c"), weights)
    rng = np.random.default_rng(4)
    for p in rng.beta(0.4, 3, (50, 3)):
        by_graph = list(graph.adjusted_p_values(p).values())
        assert procedures.holm(p, weights) == pytest.approx(by_graph, abs=1e-9)


def test_fallback_of_wiens_2003_by_hand() -> None:
    # weights 0.8 and 0.2: the second is tested at 0.2 alpha, or at all of alpha once the first is rejected
    found = Multiplicity(
        procedure="fallback",
        hypotheses=[{"name": "death", "weight": 0.8}, {"name": "stroke", "weight": 0.2}],  # type: ignore[arg-type]
    )
    assert found.rejected((0.5, 0.009), 0.05) == ("stroke",)
    assert found.rejected((0.5, 0.011), 0.05) == ()
    assert found.rejected((0.039, 0.049), 0.05) == ("death", "stroke")
    assert found.rejected((0.041, 0.049), 0.05) == ()
    assert found.local_alpha("death", 0.05) == pytest.approx(0.04)


def test_parallel_gatekeeping_as_the_closed_test_of_dmitrienko_2003() -> None:
    # the modified Bonferroni weights of their Table I: primary hypotheses keep one half each while they stay, their
    # halves go to the secondary ones, in equal parts, once they are out
    graph = procedures.parallel_gatekeeping_graph((("P1", "P2"), ("S1", "S2")), (0.5, 0.5))
    assert graph.intersection_weights(("P1", "P2", "S1", "S2")) == pytest.approx(
        {"P1": 0.5, "P2": 0.5, "S1": 0, "S2": 0}
    )
    assert graph.intersection_weights(("P1", "S1", "S2")) == pytest.approx({"P1": 0.5, "S1": 0.25, "S2": 0.25})
    assert graph.intersection_weights(("P1", "S1")) == pytest.approx({"P1": 0.5, "S1": 0.5})
    assert graph.intersection_weights(("S1", "S2")) == pytest.approx({"S1": 0.5, "S2": 0.5})
    found = made("parallel-gatekeeping")
    assert found.rejected((0.6, 0.7, 0.0001, 0.0001), 0.05) == ()  # the gate is shut
    assert found.rejected((0.02, 0.7, 0.012, 0.03), 0.05) == ("P1", "S1")


def test_serial_gatekeeping_needs_the_whole_family() -> None:
    found = made("serial-gatekeeping")
    assert found.rejected((0.02, 0.06, 0.0001, 0.0001), 0.05) == ("P1",)
    assert found.rejected((0.02, 0.04, 0.02, 0.06), 0.05) == ("P1", "P2", "S1")
    adjusted = found.adjusted_p_values((0.01, 0.02, 0.03, 0.001))
    assert adjusted == {"P1": 0.02, "P2": 0.02, "S1": 0.03, "S2": 0.02}
    # its graph has an edge of weight 1e-6 for the gate, and comes to the same but for that
    assert found.graph().adjusted_p_values((0.01, 0.02, 0.03, 0.001)) == pytest.approx(adjusted, abs=1e-6)


@pytest.mark.parametrize("procedure", [*UNGATED, *GATED])
@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.sampled_from([0.01, 0.025, 0.05]))
def test_rejected_exactly_when_the_adjusted_p_value_is_at_most_alpha(
    procedure: str, p: list[float], alpha: float
) -> None:
    found = made(procedure, 4)
    adjusted = found.adjusted_p_values(p)
    assert found.rejected(p, alpha) == tuple(n for n in found.names if adjusted[n] <= alpha)
    assert all(a >= v - 1e-12 for a, v in zip(adjusted.values(), p, strict=True))


@pytest.mark.parametrize("procedure", [*UNGATED, *GATED])
@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_the_familywise_error_rate_is_kept(procedure: str, correlation: float) -> None:
    found = made(procedure, 4)
    for drifts in ((0, 0, 0, 0), (4, 0, 3, 0), (0, 5, 5, 0)):
        error = found.power(0.05, drifts=drifts, correlation=correlation, trials=40_000, seed=11)["familywise"]
        assert error.value <= 0.05 + 3 * error.standard_error


def test_power_of_bonferroni_and_of_a_fixed_sequence_in_closed_form() -> None:
    alpha, powers, rho = 0.025, (0.9, 0.8), 0.5
    drifts = drifts_of(powers, alpha)
    both = multivariate_normal(drifts, [[1, rho], [rho, 1]])
    kwargs = {"marginal_power": powers, "correlation": rho, "trials": 200_000, "seed": 5}
    two = made("bonferroni", 2).power(alpha, **kwargs)  # type: ignore[arg-type]
    z = norm.isf(alpha / 2)
    some = 1 - both.cdf([z, z])
    assert two["disjunctive"].value == pytest.approx(some, abs=3 * two["disjunctive"].standard_error)
    sequence = made("fixed-sequence", 2).power(alpha, **kwargs)  # type: ignore[arg-type]
    z = norm.isf(alpha)
    all_of_them = 1 - norm.cdf(z - drifts[0]) - norm.cdf(z - drifts[1]) + both.cdf([z, z])
    assert sequence["conjunctive"].value == pytest.approx(all_of_them, abs=3 * sequence["conjunctive"].standard_error)
    assert sequence["disjunctive"].value == pytest.approx(0.9, abs=3 * sequence["disjunctive"].standard_error)
    assert sequence["rejections"].value == pytest.approx(0.9 + all_of_them, abs=0.006)
    table = sequence.tables[0]
    assert table.column("power")[0] == pytest.approx(0.9, abs=0.003)


def test_power_of_holm_over_independent_tests_by_enumeration() -> None:
    # two tests: reject both when the smaller p is at most alpha/2 and the larger at most alpha
    alpha, powers = 0.05, (0.85, 0.6)
    d = drifts_of(powers, alpha)
    half = [float(norm.sf(norm.isf(alpha / 2) - x)) for x in d]
    full = powers
    both = full[0] * full[1] - (full[0] - half[0]) * (full[1] - half[1])
    found = made("holm", 2).power(alpha, marginal_power=powers, trials=200_000, seed=6)
    assert found["conjunctive"].value == pytest.approx(both, abs=3 * found["conjunctive"].standard_error)
    each = [half[0] + (full[0] - half[0]) * half[1], half[1] + (full[1] - half[1]) * half[0]]
    assert found.tables[0].column("power") == pytest.approx(tuple(each), abs=0.004)


def test_power_over_a_graph_of_six_is_quick() -> None:
    begin = time.perf_counter()
    found = made("holm", 6).power(0.025, marginal_power=[0.9] * 6, correlation=0.5)
    assert time.perf_counter() - begin < 4
    assert found["disjunctive"].value > found["conjunctive"].value


def test_the_allocation_of_alpha() -> None:
    rows = made("parallel-gatekeeping").allocation(0.05).rows
    assert rows[0] == ("P1", 0.5, 0.025, 0.025, "S1 (0.5), S2 (0.5)")
    assert rows[2] == ("S1", 0.0, 0.0, 0.05, "S2 (1)")
    assert made("serial-gatekeeping").allocation(0.05).rows[0][-1] == "P2 (1); then S1, S2"
    assert made("fixed-sequence").allocation(0.025).column("largest_alpha") == (0.025,) * 3
    text = made("holm").to_text(0.025)
    assert not re.search(r"\d", re.sub(r"\{\w+\}", "", text.template))
    assert "kept at 0.025" in text.render()


@pytest.mark.parametrize("procedure", [p for p in (*UNGATED, *GATED) if p not in ("hochberg", "hommel")])
def test_the_graph_is_drawn_and_told_in_words(procedure: str) -> None:
    found = made(procedure, 4)
    svg = str(found.svg())
    assert svg.startswith("<svg")
    assert svg.count("<ellipse") == len(found.names)
    assert svg.count("<polygon") == sum(g > 0 for row in found.graph().transitions for g in row)
    assert str(tidy(svg, prefix="x")) == svg  # already fit for a report
    assert all(name in svg for name in found.names)
    assert description(found.graph()) in svg
    box = [float(v) for v in re.findall(r'viewBox="0 0 (\S+) (\S+)"', svg)[0]]
    for x, y in re.findall(r'<ellipse cx="(\S+?)" cy="(\S+?)"', svg):
        assert 40 <= float(x) <= box[0] - 40
        assert 26 <= float(y) <= box[1] - 26


def test_names_are_escaped_in_the_drawing() -> None:
    graph = HypothesisGraph(("<script>", 'b"&'), (0.5, 0.5), ((0, 1), (1, 0)))
    assert "<script" not in str(draw_graph(graph))


def test_a_graph_of_its_own_survives_as_plain_data() -> None:
    found = Multiplicity(
        procedure="graph",
        hypotheses=[{"name": "a", "weight": 1.0}, {"name": "b", "weight": 0.0}],  # type: ignore[arg-type]
        transitions=[{"source": "a", "target": "b", "share": 1.0}],  # type: ignore[arg-type]
    )
    assert Multiplicity.model_validate(found.as_dict()) == found
    assert found.steps((0.01, 0.02), 0.025).rejected == ("a", "b")
    assert found.adjusted_p_values((0.01, 0.02)) == {"a": 0.01, "b": 0.02}


H = [{"name": "a"}, {"name": "b"}]


@pytest.mark.parametrize(
    "given",
    [
        {"procedure": "holm", "hypotheses": []},
        {"procedure": "holm", "hypotheses": [{"name": "a"}, {"name": "a"}]},
        {"procedure": "holm", "hypotheses": [{"name": "a", "weight": 0.0}, {"name": "b", "weight": 1.0}]},
        {"procedure": "holm", "hypotheses": [{"name": "a", "weight": 0.9}, {"name": "b", "weight": 0.9}]},
        {"procedure": "holm", "hypotheses": [{"name": "a", "weight": 0.9}, {"name": "b"}]},
        {"procedure": "holm", "hypotheses": [{"name": "a"}, {"name": "b", "family": 2}]},
        {"procedure": "holm", "hypotheses": H, "transitions": [{"source": "a", "target": "b", "share": 1}]},
        {"procedure": "hochberg", "hypotheses": [{"name": "a", "weight": 0.5}, {"name": "b", "weight": 0.5}]},
        {"procedure": "serial-gatekeeping", "hypotheses": H},
        {"procedure": "parallel-gatekeeping", "hypotheses": [{"name": "a"}, {"name": "b", "family": 3}]},
        {"procedure": "parallel-gatekeeping", "hypotheses": [{"name": "b", "family": 2}, {"name": "a"}]},
        {"procedure": "parallel-gatekeeping", "hypotheses": [{"name": "a"}, {"name": "b", "family": 2, "weight": 0.1}]},
        {"procedure": "graph", "hypotheses": H, "transitions": [{"source": "a", "target": "c", "share": 1}]},
        {"procedure": "graph", "hypotheses": H, "transitions": [{"source": "a", "target": "a", "share": 1}]},
        {"procedure": "graph", "hypotheses": H, "transitions": [{"source": "a", "target": "b", "share": 1.5}]},
        {"procedure": "graph", "hypotheses": H, "transitions": [{"source": "a", "target": "b", "share": float("nan")}]},
    ],
    ids=str,
)
def test_bad_input_gets_a_named_error(given: dict[str, object]) -> None:
    with pytest.raises(DesignError) as caught:
        Multiplicity(**given)  # type: ignore[arg-type]
    assert caught.value.where


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"drifts": (1, 2, 3), "marginal_power": (0.8, 0.8, 0.8)},
        {"drifts": (1, 2)},
        {"drifts": (1, 2, float("nan"))},
        {"marginal_power": (0.8, 0.8, 1.0)},
        {"drifts": (1, 2, 3), "correlation": -0.9},
        {"drifts": (1, 2, 3), "correlation": 1.5},
        {"drifts": (1, 2, 3), "correlation": True},
        {"drifts": (1, 2, 3), "correlation": [[1, 0], [0, 1]]},
        {"drifts": (1, 2, 3), "correlation": [[1, 0.5, 0], [0.2, 1, 0], [0, 0, 1]]},
        {"drifts": (1, 2, 3), "trials": 5},
    ],
    ids=str,
)
def test_bad_scenarios_get_a_named_error(given: dict[str, object]) -> None:
    with pytest.raises(DesignError) as caught:
        made("holm").power(0.025, **given)  # type: ignore[arg-type]
    assert caught.value.where


def test_what_is_no_graph_is_refused_by_name() -> None:
    for procedure in ("hochberg", "hommel"):
        with pytest.raises(OutOfScopeError, match=procedure):
            made(procedure).svg()
    with pytest.raises(OutOfScopeError, match="serial gatekeeping"):
        made("serial-gatekeeping").steps((0.1, 0.1, 0.1, 0.1), 0.05)
    with pytest.raises(DesignError):
        made("holm").local_alpha("H9", 0.05)
