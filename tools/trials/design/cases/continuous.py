"""Published cases of means, crossovers, bioequivalence and ranks; each answered by the engine's own functions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchside.tools.trials.design.cases.methods import Answer, Methods
from benchside.tools.trials.design.continuous.bioequivalence import Bioequivalence
from benchside.tools.trials.design.continuous.endpoints import (
    AnyHypothesis,
    CrossoverMeans,
    MeanEndpoint,
    OneMean,
    TwoMeans,
    WilliamsMeans,
)
from benchside.tools.trials.design.continuous.fieller import RatioOfMeans
from benchside.tools.trials.design.continuous.formulas import carryover_size, equivalence_size, mean_size, wilcoxon_size
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority

METHODS = Methods()
Inputs = Mapping[str, Any]


def _total(endpoint: MeanEndpoint, hypothesis: AnyHypothesis, alpha: float, sides: int, beta: float) -> float:
    """Unrounded total size of the z test with equal groups."""
    statistic = endpoint.statistic("z", hypothesis)
    return statistic.total(alpha, sides, 1 - beta, (1 / statistic.arms,) * statistic.arms)


def _up(exact: float) -> int:
    """Rounded up, as all examples of Chow (2003) are but one."""
    return math.ceil(exact - 1e-9)


def _margin(inputs: Inputs) -> AnyHypothesis:
    """Non-inferiority with a negative margin, superiority by a margin with a positive one; 0 is plain superiority."""
    margin = inputs["margin"]
    return NonInferiority(margin=margin) if margin else Superiority()


def _arguments(inputs: Inputs, names: str) -> list[float]:
    """The positional arguments of a published function."""
    args = list(inputs["args"])
    if len(args) != len(names.split()):
        raise ImpossibleInputError(f"args has {len(args)} values", where="args", hint=f"Give {names}.")
    return args


@METHODS.method("two_means_z", inputs="sigma delta alpha_two_sided beta ratio", expected="n_per_arm exact")
def two_means_z(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 3.2.4, TrialSize TwoSampleMean.Equality: n of the first arm, `ratio` times that of the second."""
    ratio = inputs.get("ratio", 1)
    statistic = TwoMeans(difference=inputs["delta"], sd=inputs["sigma"]).statistic("z", Superiority())
    share = ratio / (1 + ratio)
    total = statistic.total(inputs["alpha_two_sided"], 2, 1 - inputs["beta"], (share, 1 - share))
    return {"exact": total * share, "n_per_arm": _up(total * share)}


@METHODS.method("two_means_z_ni", inputs="sigma true_diff margin alpha beta", expected="n_per_arm exact")
def two_means_z_ni(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 3.2.4, TrialSize TwoSampleMean.NIS."""
    endpoint = TwoMeans(difference=inputs["true_diff"], sd=inputs["sigma"])
    exact = _total(endpoint, _margin(inputs), inputs["alpha"], 1, inputs["beta"]) / 2
    return {"exact": exact, "n_per_arm": _up(exact)}


@METHODS.method("two_means_z_equiv", inputs="sigma true_diff margin alpha beta", expected="n_per_arm exact")
def two_means_z_equiv(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 3.2.4, TrialSize TwoSampleMean.Equivalence.

    The formula halves beta and so asks for too much where there is a difference. The source drops the fraction of its
    example (107.05 to 107); the rule here is to round down where the exact power of the rounded-down size of the two
    one-sided z tests still is the wanted one, and up elsewhere. Plainly up, it would be 108.
    """
    sigma, difference, margin = inputs["sigma"], inputs["true_diff"], inputs["margin"]
    exact = equivalence_size(2 * sigma**2, difference, margin, inputs["alpha"], inputs["beta"])
    statistic = TwoMeans(difference=difference, sd=sigma).statistic("z", Equivalence(lower=-margin, upper=margin))
    down = math.floor(exact)
    enough = float(statistic.power(np.array([down, down], dtype=float), inputs["alpha"], 1)) >= 1 - inputs["beta"]
    return {"exact": exact, "n_per_arm": down if enough else _up(exact)}


@METHODS.method("one_mean_z", inputs="sigma delta alpha_two_sided beta", expected="n exact")
def one_mean_z(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 3.1, TrialSize OneSampleMean.Equality."""
    endpoint = OneMean(difference=inputs["delta"], sd=inputs["sigma"])
    exact = _total(endpoint, Superiority(), inputs["alpha_two_sided"], 2, inputs["beta"])
    return {"exact": exact, "n": _up(exact)}


@METHODS.method("one_mean_z_ni", inputs="sigma margin true_diff alpha beta", expected="n exact")
def one_mean_z_ni(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 3.1, TrialSize OneSampleMean.NIS."""
    endpoint = OneMean(difference=inputs["true_diff"], sd=inputs["sigma"])
    exact = _total(endpoint, _margin(inputs), inputs["alpha"], 1, inputs["beta"])
    return {"exact": exact, "n": _up(exact)}


@METHODS.method("one_mean_z_equiv", inputs="sigma margin true_diff alpha beta", expected="n exact")
def one_mean_z_equiv(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 3.1, TrialSize OneSampleMean.Equivalence, whose example is at no difference (34.3, rounded to 35)."""
    exact = equivalence_size(
        inputs["sigma"] ** 2, inputs["true_diff"], inputs["margin"], inputs["alpha"], inputs["beta"]
    )
    return {"exact": exact, "n": _up(exact)}


@METHODS.method("crossover_means_ni", inputs="sigma margin true_diff alpha beta", expected="n_per_sequence exact")
def crossover_means_ni(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 3.3.4, TrialSize TwoSampleCrossOver.NIS; sigma is that of within-subject differences."""
    endpoint = CrossoverMeans(difference=inputs["true_diff"], sd_within=inputs["sigma"] / math.sqrt(2))
    exact = _total(endpoint, _margin(inputs), inputs["alpha"], 1, inputs["beta"]) / 2
    return {"exact": exact, "n_per_sequence": _up(exact)}


@METHODS.method("crossover_means_equiv", inputs="sigma margin true_diff alpha beta", expected="n_per_sequence exact")
def crossover_means_equiv(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """TrialSize TwoSampleCrossOver.Equivalence, which before 1.4 takes beta whole, as its man page's example needs.

    With a difference that is not nought nearly all of beta lies on one side, so that this is near the exact power,
    where the book's halved beta (Chow 2003, 3.3.4) is conservative.
    """
    room = inputs["margin"] - abs(inputs["true_diff"])
    exact = mean_size(inputs["sigma"] ** 2 / 2, room, inputs["alpha"], inputs["beta"])
    return {"exact": exact, "n_per_sequence": _up(exact)}


@METHODS.method("crossover_carryover", inputs="args", expected="n")
def crossover_carryover(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 6.5.2, TrialSize Carry.Over(alpha, beta, sigma1, sigma2, gamma); alpha is that of one side."""
    alpha, beta, first, second, carryover = _arguments(inputs, "alpha beta sigma1 sigma2 gamma")
    return {"n": _up(carryover_size(alpha, beta, first, second, carryover))}


@METHODS.method("crossover_abe", inputs="sigma margin eps alpha beta", expected="n_per_sequence exact")
def crossover_abe(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 10.2, TrialSize ABE, with the quantiles of 1 - alpha/2 and 1 - beta."""
    room = inputs["margin"] - abs(inputs["eps"])
    exact = mean_size(inputs["sigma"] ** 2 / 2, room, inputs["alpha"] / 2, inputs["beta"])
    return {"exact": exact, "n_per_sequence": _up(exact)}


@METHODS.method("tost_crossover_log", inputs="cv theta0 lower upper design alpha target", expected="n_total power")
def tost_crossover_log(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """PowerTOST sampleN.TOST: total size with equal sequences, exact power by Owen's Q."""
    endpoint = Bioequivalence(cv=inputs["cv"], ratio=inputs["theta0"], study=inputs["design"])
    margins = Equivalence(lower=inputs["lower"], upper=inputs["upper"])
    n, power = endpoint.balanced_size(margins, inputs["alpha"], inputs["target"])
    return {"n_total": n, "power": power}


@METHODS.method("tost_fieller_ratio", inputs="cv_w cv_b theta0 alpha target design", expected="n power")
def tost_fieller_ratio(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """PowerTOST sampleN.RatioF with its margins 0.8 and 1.25.

    The power is given to six digits, as the source prints it: its own is a randomised lattice rule, good to about
    1e-5 (for its first example 0.807774; two quadratures here agree on 0.8077637).
    """
    endpoint = RatioOfMeans(
        cv=inputs["cv_w"], cv_between=inputs["cv_b"], ratio=inputs["theta0"], study=inputs["design"]
    )
    n, power = endpoint.balanced_size(Equivalence(lower=0.8, upper=1.25), inputs["alpha"], inputs["target"])
    return {"n": n, "power": round(power, 6)}


@METHODS.method("wilcoxon_two_sample", inputs="alpha beta k p1 p2 p3", expected="n")
def wilcoxon_two_sample(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 14.3, TrialSize Nonpara.Two.Sample: n of the second group; its example has p2 above p1."""
    exact = wilcoxon_size(
        inputs["alpha"], inputs["beta"], ratio=inputs["k"], coherent=False, **{p: inputs[p] for p in ("p1", "p2", "p3")}
    )
    return {"n": _up(exact)}


@METHODS.method("williams_means_equality", inputs="args", expected="n")
def williams_means_equality(inputs: Inputs, wanted: frozenset[str]) -> Answer:
    """Chow (2003) 3.5.4, TrialSize MeanWilliamsDesign.Equality(alpha, beta, sigma, k, margin), per sequence.

    Alpha is that of one side. The source divides by k, where a design of an odd number of treatments has 2k sequences.
    """
    alpha, beta, sigma, k, margin = _arguments(inputs, "alpha beta sigma k margin")
    endpoint = WilliamsMeans(difference=margin, sd_difference=sigma, treatments=k)  # type: ignore[arg-type]
    return {"n": _up(_total(endpoint, Superiority(), alpha, 1, beta) / k)}
