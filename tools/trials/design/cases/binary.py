"""Cases of binary endpoints: gsDesign's nBinomial, simBinomial, ciBinomial and nBinomial1Sample, and TrialSize.

In these sources group 1 comes first, `ratio` is n2 / n1, alpha is one-sided unless a key says otherwise, and nulls of
ratios are logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchside.tools.trials.design.binary.enumeration import rejection_probability
from benchside.tools.trials.design.binary.intervals import score_interval
from benchside.tools.trials.design.binary.paired import PairedProportions
from benchside.tools.trials.design.binary.scores import Scale, score
from benchside.tools.trials.design.binary.two_proportions import TwoProportions
from benchside.tools.trials.design.binomial import exact_power
from benchside.tools.trials.design.cases.methods import Methods
from benchside.tools.trials.design.checks import positive, probability
from benchside.tools.trials.design.errors import ContradictoryInputError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import Superiority

METHODS = Methods()

SCALES: dict[str, Scale] = {"difference": "difference", "rr": "risk-ratio", "or": "odds-ratio"}

# the risk-difference example of keaven/gsDesign, vignettes/binomialTwoSample.Rmd: two treated per control
VIGNETTE = {"pe": 0.2, "pc": 0.1, "alpha": 0.025, "beta": 0.15, "ratio": 0.5}


def _size(inputs: Mapping[str, Any], test: str, scale: Scale = "difference", null: float | None = None) -> list[float]:
    """Unrounded sizes of groups 1 and 2; group 2 is the reference of effect and null."""
    ratio = positive("ratio", inputs.get("ratio", 1.0))
    endpoint = TwoProportions(treatment=inputs["p1"], control=inputs["p2"], scale=scale)
    statistic = endpoint.statistic(test, Superiority(null=null))
    weights = (1 / (1 + ratio), ratio / (1 + ratio))
    total = statistic.total(inputs["alpha"], 1, 1 - probability("beta", inputs["beta"]), weights)
    return [total * w for w in weights]


def _whole(value: float) -> int:
    return math.ceil(value - 1e-9)


@METHODS.method("two_proportions", inputs="pc pe alpha beta variance note", expected="n_total_even n")
def two_proportions(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Pooled z test; a note and nothing but numbers of it means the example of the vignette on two binomial arms."""
    if inputs.get("variance", "H0 and H1") != "H0 and H1":
        raise OutOfScopeError(
            f"the variance {inputs['variance']!r}", where="variance", hint="H0 and H1 is the pooled test."
        )
    example = "note" in inputs and all(inputs.get(k, value) == value for k, value in VIGNETTE.items())
    given = {**VIGNETTE, **inputs} if example else inputs
    total = sum(_size({**given, "p1": given["pe"], "p2": given["pc"]}, "pooled"))
    return {"n": _whole(total), "n_total_even": 2 * _whole(total / 2)}


@METHODS.method("two_proportions_unpooled", inputs="p1 p2 alpha_two_sided beta", expected="exact_per_arm n_per_arm")
def two_proportions_unpooled(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """TrialSize's TwoSampleProportion.Equality with equal arms."""
    per_arm = _size({**inputs, "alpha": inputs["alpha_two_sided"] / 2}, "unpooled")[0]
    return {"exact_per_arm": per_arm, "n_per_arm": _whole(per_arm)}


@METHODS.method("two_proportions_farrington_manning", inputs="p1 p2 delta0 alpha beta ratio", expected="n1_n2 n_total")
def two_proportions_farrington_manning(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """nBinomial on the scale of differences."""
    sizes = _size(inputs, "farrington-manning", "difference", inputs.get("delta0", 0.0))
    return {"n1_n2": sizes, "n_total": sum(sizes)}


@METHODS.method("two_proportions_farrington_manning_rr", inputs="p1 p2 log_rr0 alpha beta ratio", expected="n1_n2")
def two_proportions_farrington_manning_rr(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """nBinomial on the scale of risk ratios."""
    sizes = _size(inputs, "farrington-manning", "risk-ratio", math.exp(inputs.get("log_rr0", 0.0)))
    return {"n1_n2": sizes}


@METHODS.method("two_proportions_odds_ratio", inputs="p1 p2 alpha beta scale log_or0 ratio", expected="n_total n1_n2")
def two_proportions_odds_ratio(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """nBinomial on the scale of odds ratios."""
    scale = inputs.get("scale", "or")
    if str(scale).lower() != "or":
        raise ContradictoryInputError(f"the scale {scale!r} of an odds ratio", where="scale", hint="It is or.")
    sizes = _size(inputs, "farrington-manning", "odds-ratio", math.exp(inputs.get("log_or0", 0.0)))
    return {"n1_n2": sizes, "n_total": sum(sizes)}


@METHODS.method("two_proportions_simulated_power", inputs="p1 p2 delta0 n1 n2 alpha", expected="power")
def two_proportions_simulated_power(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """What simBinomial estimates, without Monte Carlo error: the score test enumerated over all tables."""
    null = float(inputs.get("delta0", 0.0))
    p1, p2 = inputs["p1"], inputs["p2"]
    power = rejection_probability(
        lambda *table: score("difference", null, table),
        (inputs["n1"], inputs["n2"]),
        (p1, p2),
        inputs["alpha"],
        direction=1 if p1 - p2 >= null else -1,
    )
    return {"power": power}


@METHODS.method("miettinen_nurminen_ci", inputs="x1 x2 n1 n2 adj scale", expected="ci")
def miettinen_nurminen_ci(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """ciBinomial at its 95%; `adj` is 1 with N / (N - 1)."""
    scale = SCALES.get(str(inputs.get("scale", "difference")).lower())
    if scale is None or inputs.get("adj", 0) not in (0, 1):
        raise OutOfScopeError(
            f"the scale {inputs.get('scale')!r} with adj {inputs.get('adj')!r}",
            where="scale",
            hint="Scales are difference, rr and or; adj is 0 or 1.",
        )
    limits = score_interval(
        inputs["x1"], inputs["n1"], inputs["x2"], inputs["n2"], scale=scale, adjusted=bool(inputs.get("adj", 0))
    )
    return {"ci": list(limits)}


@METHODS.method("one_sample_binomial_exact", inputs="p0 p1 alpha n", expected="power")
def one_sample_binomial_exact(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """nBinomial1Sample at a given size; towards the side of p1."""
    direction = 1 if inputs["p1"] >= inputs["p0"] else -1
    return {"power": float(exact_power(inputs["n"], inputs["p0"], inputs["p1"], inputs["alpha"], direction))}


@METHODS.method("mcnemar", inputs="alpha beta psi paid", expected="n")
def mcnemar(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """TrialSize's McNemar.Test, two-sided: ratio of the discordant proportions and their sum."""
    statistic = PairedProportions.from_ratio(inputs["psi"], inputs["paid"]).statistic("mcnemar", Superiority())
    return {"n": _whole(statistic.total(inputs["alpha"], 2, 1 - probability("beta", inputs["beta"]), (1.0,)))}
