"""Published cases of group-sequential tests (gsDesign, rpact, East, Jennison & Turnbull).

Alphas: `alpha_two_sided` is a total; `alpha_per_side` and, as in gsDesign, `alpha` of a symmetric two-sided design are
for one side. What a case leaves out has the default of gsDesign: alpha 0.025 for one side, beta 0.1, equally spaced
looks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.cases.methods import Methods
from benchside.tools.trials.design.continuous.endpoints import OneMean, TwoMeans
from benchside.tools.trials.design.errors import ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import Superiority
from benchside.tools.trials.design.sequential.conditional import (
    DiscretePrior,
    conditional_power,
    conditional_power_resized,
    probability_of_success,
)
from benchside.tools.trials.design.sequential.exact_binomial import binomial_crossing
from benchside.tools.trials.design.sequential.families import HaybittlePeto, Rule, WangTsiatis
from benchside.tools.trials.design.sequential.plan import Plan, efficacy_bounds, plan, spends_of
from benchside.tools.trials.design.sequential.recursion import crossing_probabilities
from benchside.tools.trials.design.sequential.scales import boundary_scales, nominal_p, t_effect_at
from benchside.tools.trials.design.sequential.simpson import simpson_efficacy
from benchside.tools.trials.design.sequential.spending import (
    Exponential,
    HwangShihDeCani,
    KimDeMets,
    LanDeMetsOF,
    LanDeMetsPocock,
    SpendingFunction,
)

METHODS = Methods()
Inputs = Mapping[str, Any]
_DESIGN = re.compile(
    r"WT\s+(?P<delta>[-.\d]+)\s+timing\s+(?P<timing>[./\d]+)\s+alpha\s+(?P<alpha>[.\d]+)\s+(?P<sides>[12])-sided"
    r"\s+beta\s+(?P<beta>[.\d]+)"
)


@METHODS.method(
    "group_sequential",
    inputs="alpha_two_sided K bound timing alpha sides delta k alpha_per_side beta spending rho n_I gamma symmetric",
    expected="C_P C_B z z_exact final_z cum_alpha stage_levels spend inflation E_N_ratio_h0 E_N_ratio_h1 E_N_h0 "
    "E_N_ratio_at_0_0.5_1_1.5_delta cum_cross_h0 cum_cross_h1",
)
def group_sequential(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """Bounds, inflation and expected sizes; for a list of K, the constant of a boundary family for each."""
    if "K" in inputs:
        constants = [_plan(dict(inputs) | {"k": k}).upper[-1] for k in np.atleast_1d(inputs["K"])]
        return {"C_P": constants, "C_B": constants}
    found = _plan(inputs)
    drifts = found.drift * np.array([0.0, 0.5, 1.0, 1.5])
    crossing = found.crossing(drifts)
    ratios = found.expected_inflation(drifts)
    spend = crossing.upper[0]
    sizes = np.asarray(inputs.get("n_I", found.inflation * found.fractions), dtype=float)
    return {
        "z": found.upper,
        "z_exact": found.upper,
        "final_z": found.upper[-1],
        "cum_alpha": np.cumsum(spend),
        "stage_levels": nominal_p(found.upper),
        "spend": spend,
        "inflation": found.inflation,
        "E_N_ratio_h0": ratios[0],
        "E_N_ratio_h1": ratios[2],
        "E_N_h0": crossing.expected(sizes)[0],
        "E_N_ratio_at_0_0.5_1_1.5_delta": ratios,
        "cum_cross_h0": np.cumsum(spend),
        "cum_cross_h1": np.cumsum(crossing.upper[2]),
    }


@METHODS.method(
    "group_sequential_effect_scale",
    inputs="k alpha beta spending delta1 timing",
    expected="z effect_at_bound inflation",
)
def group_sequential_effect_scale(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """Bounds on the scale of the effect that the design has its power for."""
    found = _plan(inputs)
    return {
        "z": found.upper,
        "effect_at_bound": boundary_scales(found, inputs["delta1"]).effect,
        "inflation": found.inflation,
    }


@METHODS.method(
    "group_sequential_futility",
    inputs="k alpha beta upper lower_beta_spend lower_h0_spend binding n_fix astar timing",
    expected="inflation E_N_ratio_at_0_0.5_1_delta lower_z upper_z E_N_ratio_h0 E_N_ratio_h1 n_ratio N E_N_h0 E_N_h1 "
    "cum_lower_h0 cum_lower_h1 type1_if_futility_obeyed",
)
def group_sequential_futility(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """One-sided efficacy with lower bounds that spend beta, or probability under the null (gsDesign types 3 to 6)."""
    null = "lower_h0_spend" in inputs
    alpha, astar = float(inputs.get("alpha", 0.025)), inputs.get("astar", 0)
    if astar == 0 or math.isclose(astar, 1 - alpha):
        astar = None  # 0 is gsDesign's word for 1 - alpha
    found = plan(
        _fractions(inputs),
        alpha,
        1,
        1 - inputs.get("beta", 0.1),
        _spending(inputs.get("upper", ["HSD", -4])),
        futility=_spending(inputs["lower_h0_spend"] if null else inputs.get("lower_beta_spend", ["HSD", -2])),
        binding=bool(inputs.get("binding", False)),
        futility_under="null" if null else "alternative",
        lower_total=astar if null else None,
    )
    drifts = found.drift * np.array([0.0, 0.5, 1.0])
    crossing = found.crossing(drifts)
    ratios = found.expected_inflation(drifts)
    fixed = inputs.get("n_fix", 1)
    sizes = found.inflation * found.fractions
    return {
        "inflation": found.inflation,
        "E_N_ratio_at_0_0.5_1_delta": ratios,
        "lower_z": found.lower,
        "upper_z": found.upper,
        "E_N_ratio_h0": ratios[0],
        "E_N_ratio_h1": ratios[2],
        "n_ratio": sizes,
        "N": np.ceil(fixed * sizes),
        "E_N_h0": fixed * ratios[0],
        "E_N_h1": fixed * ratios[2],
        "cum_lower_h0": np.cumsum(crossing.lower[0]),
        "cum_lower_h1": np.cumsum(crossing.lower[2]),
        "type1_if_futility_obeyed": crossing.reject[0],
    }


@METHODS.method("group_sequential_type1_naive", inputs="k z_each_look upper_tail_only", expected="prob")
def group_sequential_type1_naive(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """Type I error of testing again and again at a fixed bound; trials stop at either, one or both are counted."""
    k = int(inputs["k"])
    bound = np.full(k, float(inputs["z_each_look"]))
    crossing = crossing_probabilities(np.arange(1, k + 1) / k, -bound, bound, 0.0)
    upper = float(crossing.reject)
    return {"prob": upper if inputs.get("upper_tail_only", False) else upper + float(crossing.accept)}


@METHODS.method("obrien_fleming_constants", inputs="alpha_two_sided K", expected="correct_C_B")
def obrien_fleming_constants(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """The final bound of the two-sided O'Brien-Fleming test; 2.178 for two looks is Pocock's constant."""
    return {"correct_C_B": _plan({**inputs, "k": inputs["K"], "bound": "OBrien-Fleming"}).upper[-1]}


@METHODS.method(
    "conditional_power",
    inputs="k sides spending n_fix i z theta alpha_per_side alpha beta timing z1 n2",
    expected="cp_upper_sum cp",
)
def conditional_power_case(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """Sum of the upper crossing probabilities of the later looks; or of a second stage of n2 participants."""
    found = _plan(inputs)
    largest = inputs.get("n_fix", 1) * found.inflation
    if "z1" in inputs:
        first = largest * float(found.fractions[0])
        theta = inputs.get("theta")
        trend = inputs["z1"] / math.sqrt(first)
        effect = trend if theta is None or isinstance(theta, str) else float(theta)
        second = inputs.get("n2", largest - first)
        return {"cp": conditional_power_resized(found, inputs["z1"], effect, second)}
    theta = inputs.get("theta", "design alternative")
    drift = _stated_drift(found, theta, largest)
    return {"cp_upper_sum": float(conditional_power(found, inputs["i"], inputs["z"], drift))}


@METHODS.method("predictive_power_pos", inputs="k sides spending n_fix theta weights alpha beta", expected="pos")
def predictive_power_pos(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """Power averaged over a discrete prior of theta, weights as given."""
    found = _plan(inputs)
    root = math.sqrt(inputs.get("n_fix", 1) * found.inflation)
    prior = DiscretePrior(tuple(t * root for t in inputs["theta"]), tuple(inputs["weights"]))
    return {"pos": probability_of_success(found, prior)}


@METHODS.method("binomial_group_sequential_exact", inputs="n a b p", expected="lower upper EN")
def binomial_group_sequential_exact(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """Exact stopping probabilities of a single proportion, one row for each rate."""
    crossing = binomial_crossing(inputs["n"], inputs["a"], inputs["b"], np.atleast_1d(inputs["p"]))
    return {"lower": crossing.lower, "upper": crossing.upper, "EN": crossing.expected(inputs["n"])}


@METHODS.method("numerics_note", inputs="as package", expected="z_r18 z_exact")
def numerics_note(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """Bounds on the grid of 18 that ports of gsDesign use by default, and the accurate ones."""
    if inputs["as"] != "gs-hsd4-k5-1s":
        raise OutOfScopeError(
            f"no design is known as {inputs['as']!r}", where="as", hint="Known: gs-hsd4-k5-1s (five looks, HSD -4)."
        )
    t = np.arange(1, 6) / 5
    spends = spends_of(HwangShihDeCani(-4), t, 0.025)
    return {
        "z_r18": simpson_efficacy(t, spends, 18),
        "z_exact": efficacy_bounds(t, 0.025, HwangShihDeCani(-4), symmetric=False),
    }


@METHODS.method(
    "sample_size_means_gs",
    inputs="design groups theta0 sd alternative t_test",
    expected="max_n n_per_stage E_N_h0 E_N_h1 reject_per_stage crit_effect_scale",
)
def sample_size_means_gs(inputs: Inputs, wanted: frozenset[str]) -> dict[str, Any]:
    """Means in one or two equal groups as rpact sizes them: the fixed t test times the inflation of the Z plan."""
    read = _DESIGN.fullmatch(str(inputs["design"]).strip())
    if read is None:
        raise ImpossibleInputError(
            f"the design {inputs['design']!r} cannot be read",
            where="design",
            hint="Write it as: WT .3 timing .2/.5/1 alpha .025 1-sided beta .1",
        )
    sides = int(read["sides"])
    found = plan(
        [float(t) for t in read["timing"].split("/")],
        float(read["alpha"]),
        sides,
        1 - float(read["beta"]),
        WangTsiatis(float(read["delta"])),
    )
    groups, null, sd = int(inputs.get("groups", 2)), float(inputs.get("theta0", 0)), float(inputs["sd"])
    test = "t" if inputs.get("t_test", True) else "z"
    kind = OneMean if groups == 1 else TwoMeans
    endpoint = kind.model_validate({"difference": inputs["alternative"], "sd": sd})
    statistic = endpoint.statistic(test, Superiority(null=null))
    fixed = statistic.total(found.alpha, sides, found.target_power, (1.0,) if groups == 1 else (0.5, 0.5))
    largest = fixed * found.inflation
    sizes = largest * found.fractions
    error = sd * groups / np.sqrt(sizes)
    direction = 1 if inputs["alternative"] > null else -1
    crossing = found.crossing([0.0, found.drift])
    expected = crossing.expected(sizes)
    bound = (
        t_effect_at(found.upper, error, sizes - groups) if test == "t" else np.asarray(found.upper * error)
    )  # above the null
    return {
        "max_n": largest,
        "n_per_stage": sizes,
        "E_N_h0": expected[0],
        "E_N_h1": expected[1],
        "reject_per_stage": crossing.upper[1],
        "crit_effect_scale": null + direction * bound,
    }


def _fractions(inputs: Inputs) -> Sequence[float]:
    timing = inputs.get("timing")
    if "n_I" in inputs:
        sizes = np.asarray(inputs["n_I"], dtype=float)
        return [float(f) for f in sizes / sizes[-1]]
    if timing is None or (np.ndim(timing) == 0 and timing >= 1):
        k = int(inputs.get("k", 3))
        return [(j + 1) / k for j in range(k)]
    values = [float(t) for t in np.atleast_1d(np.asarray(timing, dtype=float))]
    return values if values[-1] == 1 else [*values, 1.0]  # gsDesign allows the final 1 to be left out


def _sides_and_alpha(inputs: Inputs) -> tuple[int, float]:
    """Number of sides and total alpha."""
    stated = inputs.get("sides", 2 if "alpha_two_sided" in inputs else 1)
    symmetric = bool(inputs.get("symmetric", False)) or stated == "2 symmetric"
    sides = 2 if symmetric else int(str(stated)[:1])  # 1, 2, or such as "2-sided"
    if "alpha_two_sided" in inputs:
        return 2, float(inputs["alpha_two_sided"])
    if "alpha_per_side" in inputs:
        return sides, sides * float(inputs["alpha_per_side"])
    if "alpha" in inputs and sides == 2 and not symmetric:
        return 2, float(inputs["alpha"])
    return sides, sides * float(inputs.get("alpha", 0.025))


def _plan(inputs: Inputs) -> Plan:
    sides, alpha = _sides_and_alpha(inputs)
    return plan(_fractions(inputs), alpha, sides, 1 - float(inputs.get("beta", 0.1)), _rule(inputs))


def _rule(inputs: Inputs) -> Rule:
    if "bound" in inputs:
        return _family(str(inputs["bound"]), inputs.get("delta"))
    given = inputs.get("spending", ["HSD", -4])
    parameter = inputs.get("rho", inputs.get("gamma"))
    return _spending([given, parameter] if isinstance(given, str) and parameter is not None else given)


def _spending(given: Any) -> SpendingFunction:
    """A spending function from its name, or a list of its name and parameter."""
    return _named(given) if isinstance(given, str) else _named(*given)


def _family(name: str, delta: float | None) -> Rule:
    word = name.lower().replace("'", "")
    if word.startswith("pocock"):
        return WangTsiatis(0.5)
    if word.startswith(("obrien", "of")):
        return WangTsiatis(0.0)
    if word.startswith("wang") and delta is not None:
        return WangTsiatis(float(delta))
    if word.startswith("haybittle"):
        return HaybittlePeto(3.0)
    raise OutOfScopeError(f"there is no boundary {name!r}", where="bound", hint="Pocock, OBrien-Fleming, Wang-Tsiatis.")


def _named(name: str, *parameters: float) -> SpendingFunction:
    word = name.lower()
    if word == "hsd":
        return HwangShihDeCani(float(parameters[0]) if parameters else -4.0)
    if word in ("power", "kim-demets power", "kim-demets"):
        return KimDeMets(float(parameters[0]) if parameters else 1.0)
    if word in ("lan-demets of", "of", "ldof"):
        return LanDeMetsOF()
    if word in ("lan-demets pocock", "pocock", "ldpocock"):
        return LanDeMetsPocock()
    if word == "exponential":
        return Exponential(float(parameters[0]) if parameters else 0.75)
    raise OutOfScopeError(
        f"there is no spending function {name!r}",
        where="spending",
        hint="Known: HSD, power, Lan-DeMets OF, Lan-DeMets Pocock, exponential.",
    )


def _stated_drift(found: Plan, theta: Any, largest: float) -> float | NDArray[np.float64] | None:
    """Drift of a stated theta, by participant; the design's own where the case says so."""
    if isinstance(theta, str):
        return found.drift if theta == "design alternative" else None
    return float(theta) * math.sqrt(largest)
