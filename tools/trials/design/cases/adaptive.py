"""Published cases of adaptive designs: combination tests, re-estimation, multi-arm multi-stage, Dunnett."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchside.tools.trials.design.adaptive.dunnett import dunnett_constant
from benchside.tools.trials.design.adaptive.fisher import fisher_design
from benchside.tools.trials.design.adaptive.mams_design import MultiArmMultiStage
from benchside.tools.trials.design.adaptive.reestimation import Combination, Reestimation, TwoStage
from benchside.tools.trials.design.cases.methods import Methods
from benchside.tools.trials.design.checks import MOST_ARMS, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, OutOfScopeError
from benchside.tools.trials.design.sequential.plan import plan

METHODS = Methods()

# gsDesign's names of the final tests
_COMBINATIONS: dict[str, Combination] = {"z2Z": "sufficient", "z2NC": "inverse-normal", "z2Fisher": "fisher"}

# the inputs of a case that others refer to: the second design of keaven/gsDesign test-independent-test-Power.ssrCP.R
_SSR: dict[str, dict[str, Any]] = {
    "ssr-cp-2": {
        "k": 2,
        "sides": "2 symmetric",
        "n_fix": 3200,
        "timing": 0.5,
        "delta1": 0.1146049,
        "z1": 1.2,
        "maxinc": 2,
        "target_beta": 0.2,
        "cpadj": [0.3, 0.8],
        "combination": "z2Z",
        "theta": 0.057302441,
    }
}


@METHODS.method("dunnett_one_sided_inf_df", inputs="alpha k ratio", expected="c")
def dunnett_one_sided(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Dunnett's constant, known variance; ratio is the size of a treatment arm per size of the control."""
    return {"c": dunnett_constant(inputs["alpha"], inputs["k"], ratio=inputs.get("ratio", 1))}


@METHODS.method("fisher_combination", inputs="k alpha equal_alpha scale", expected="critical cum_alpha")
def fisher_combination(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Fisher's product test as rpact's getDesignFisher; levels that are not equal give the full level to the end."""
    method = "equal-alpha" if inputs.get("equal_alpha", True) else "full-alpha"
    found = fisher_design(inputs["k"], inputs["alpha"], method=method, scale=inputs.get("scale", ()))  # type: ignore[arg-type]
    return {"critical": list(found.test.critical()), "cum_alpha": list(found.alpha_spent)}


@METHODS.method(
    "sample_size_reestimation",
    inputs="k sides n_fix timing delta1 z1 maxinc target_beta cpadj combination theta as",
    expected="uncond_power",
)
def sample_size_reestimation(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """gsDesign's ssrCP and Power.ssrCP: a symmetric two-look design, Hwang-Shih-DeCani spending, 2.5% and 90% power.

    The interim `z1` is an example of gsDesign's call; the power averages over it. `delta1` is the effect on the scale
    of the outcome and cancels: `theta` is the standardised one.
    """
    given = dict(inputs)
    if "as" in given:
        case = str(given.pop("as"))
        if case not in _SSR:
            raise OutOfScopeError(f"the case {case!r} is not known", where="as", hint=f"Known: {', '.join(_SSR)}.")
        given = _SSR[case] | given
    if given.get("k", 2) != 2:
        raise ContradictoryInputError(f"{given['k']} stages", where="k", hint="Re-estimation has two.")
    name = given.get("combination", "z2NC")
    if name not in _COMBINATIONS:
        raise OutOfScopeError(f"combination {name!r}", where="combination", hint=f"One of {', '.join(_COMBINATIONS)}.")
    sides = given.get("sides", "2 symmetric")
    if sides != "2 symmetric":
        raise OutOfScopeError(f"sides {sides!r}", where="sides", hint="Give 2 symmetric.")
    base = plan((given["timing"], 1.0), 0.05, 2, 0.9, "hsd:-4")
    planned = given["n_fix"] * base.inflation
    upper, final = (float(z) for z in base.upper)
    stages = TwoStage(given["timing"] * planned, planned, -upper, upper, final)
    low, high = given["cpadj"]
    rule = Reestimation(stages, _COMBINATIONS[name], low, high, 1 - given["target_beta"], given["maxinc"])
    return {"uncond_power": rule.behaviour(given["theta"]).reject}


@METHODS.method(
    "mams",
    inputs="K J alpha_fwer_one_sided power p p0 ushape lower r",
    expected="n_per_arm_stage N_max upper lower sim_reject_any sim_reject_first",
)
def mams(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """The MAMS package's simultaneous design with a fixed lower boundary; its simulated rates are answered exactly."""
    stages = whole("J", inputs["J"], 1, 50)
    looks = tuple(float(r) for r in inputs.get("r", range(1, stages + 1)))
    if len(looks) != stages:
        raise ContradictoryInputError(f"{len(looks)} looks for {stages} stages", where="r", hint="One each.")
    lower = inputs.get("lower", 0)
    design = MultiArmMultiStage.from_probabilities(
        inputs["p"],
        inputs["p0"],
        treatments=whole("K", inputs["K"], 1, MOST_ARMS),
        looks=looks,
        alpha=inputs["alpha_fwer_one_sided"],
        power=inputs["power"],
        upper=inputs.get("ushape", "obf"),
        lower=lower if isinstance(lower, str) else f"fixed:{lower}",
    )
    found: dict[str, Any] = {"upper": list(design.limits.upper), "lower": list(design.limits.lower)}
    if wanted - {"upper", "lower"}:
        size = design.sample_size()
        found |= {
            "n_per_arm_stage": design.stage_size,
            "N_max": size.total,
            "sim_reject_any": design.characteristics.any,
            "sim_reject_first": design.characteristics.first,
        }
    return found
