"""Estimate, p value and confidence interval after a two-stage trial, which a look at the pooled rate gets wrong.

Outcomes are ordered as the trial stops: any that went on to the second stage is above any that stopped for lack of
activity, and within a stage more responses are above fewer. With stopping for lack of activity only, the order by the
unbiased estimate is the same (Jung et al. 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import binom

from benchside.tools.trials.design.checks import between, probability, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.single_arm.stages import LARGEST_TRIAL

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TwoStageAnalysis:
    """What a two-stage trial showed.

    Attributes:
        stage: at which it ended.
        responses, n: in all.
        mle: responses over patients; biased after a trial that may stop early.
        umvue: uniformly minimum variance unbiased estimate.
        median_unbiased: the rate at which this outcome or a higher one has probability one half.
        p_value: one-sided, at p0.
        interval, confidence: exact equal-tailed interval from the same order of outcomes.
    """

    stage: int
    responses: int
    n: int
    mle: float
    umvue: float | None
    median_unbiased: float
    p_value: float
    interval: tuple[float, float]
    confidence: float


def simon_umvue(responses: int, stage: int, *, r1: int, n1: int, n: int) -> float:
    """Unbiased estimate of the response rate after a two-stage trial (Jung and Kim 2004, equation 3).

    At the second stage it is the expectation of the first-stage rate given that the trial went on and the total.

    Args:
        responses: in all.
        stage: 1 or 2, at which the trial ended.
        r1, n1, n: of the design; the second stage has its planned size.
    """
    _checked(responses, stage, r1, n1, n)
    if stage == 1:
        return responses / n1
    x1 = np.arange(max(r1 + 1, responses - (n - n1)), min(responses, n1) + 1)
    ways = _log_choose(n1, x1) + _log_choose(n - n1, responses - x1)
    weights = np.exp(ways - ways.max())
    return float((weights * x1).sum() / weights.sum() / n1)


def simon_p_value(responses: int, stage: int, p: float, *, r1: int, n1: int, n: int) -> float:
    """Probability at rate p of this outcome or a higher one (Jung et al. 2006; Koyama and Chen 2008)."""
    _checked(responses, stage, r1, n1, n)
    rate = between("p", p, 0, 1, closed=True)
    if stage == 1:
        return float(binom.sf(responses - 1, n1, rate))
    x1 = np.arange(r1 + 1, n1 + 1)
    return float(min(1.0, (binom.pmf(x1, n1, rate) * binom.sf(responses - x1 - 1, n - n1, rate)).sum()))


def analyse_simon(
    responses: int,
    stage: int,
    *,
    r1: int,
    n1: int,
    n: int,
    p0: float,
    confidence: float = 0.9,
) -> TwoStageAnalysis:
    """Everything that is reported after a Simon trial with its planned sizes.

    The interval inverts the two one-sided tests, each with the observed outcome counted, as Clopper and Pearson do, so
    that its coverage is at least nominal (Jung and Kim 2004). Koyama and Chen (2008) take the upper limit from the same
    p value as the lower one, which leaves the observed outcome out and gives a shorter interval.

    Args:
        responses: in all.
        stage: 1 or 2, at which the trial ended.
        r1, n1, n: of the design.
        p0: null response rate.
        confidence: of the two-sided interval; 0.9 goes with a one-sided alpha of 0.05.
    """
    level = probability("confidence", confidence)
    null = probability("p0", p0)
    _checked(responses, stage, r1, n1, n)

    def at_least(p: float) -> float:
        return simon_p_value(responses, stage, p, r1=r1, n1=n1, n=n)

    def above(p: float) -> float:
        return _above(responses, stage, p, r1=r1, n1=n1, n=n)

    size = n1 if stage == 1 else n
    tail = (1 - level) / 2
    low = 0.0 if responses == 0 else _solve(at_least, tail)
    high = 1.0 if responses == size else _solve(above, 1 - tail)
    return TwoStageAnalysis(
        stage,
        responses,
        size,
        responses / size,
        simon_umvue(responses, stage, r1=r1, n1=n1, n=n),
        0.0 if responses == 0 else _solve(at_least, 0.5),
        at_least(null),
        (low, high),
        level,
    )


def koyama_chen_p_value(
    first: int, second: int, second_size: int, *, r1: int, n1: int, r: int, n: int, p0: float
) -> float:
    """p value when the second stage did not have its planned size (Koyama and Chen 2008, section 3.3).

    The conditional p value of the second stage is set against the planned conditional power at the first-stage count:
    the rate at which both agree gives the conditional errors of every other first-stage count, and their mean under p0
    is the p value. With the planned size it is that of `simon_p_value`, and it is at most alpha whenever the second
    stage is significant at the conditional error that was planned.

    Args:
        first: responses among the first n1, above r1.
        second, second_size: responses and patients of the second stage as it was.
        r1, n1, r, n: the design.
        p0: null response rate.
    """
    null = probability("p0", p0)
    _checked(whole("first", first, 0, n1), 2, r1, n1, n)
    m = whole("second_size", second_size, 1, LARGEST_TRIAL)
    x2 = whole("second", second, 0, m)
    whole("r", r, r1, n)
    x1 = np.arange(r1 + 1, n1 + 1)
    at_null = binom.pmf(x1, n1, null)
    if m == n - n1:
        return float(min(1.0, (at_null * binom.sf(first + x2 - x1 - 1, m, null)).sum()))
    conditional = float(binom.sf(x2 - 1, m, null))

    def planned(p: float) -> float:
        return float(binom.sf(r - first, n - n1, p))

    if first > r:
        raise ContradictoryInputError(
            f"{first} responses in the first stage exceed r {r} already",
            where="first",
            hint="The null is rejected whatever the second stage shows; analyse with the planned size.",
        )
    rate = 1.0 if conditional >= 1 else 0.0 if conditional <= 0 else _solve(planned, conditional)
    return float(min(1.0, (at_null * binom.sf(r - x1, n - n1, rate)).sum()))


def _above(responses: int, stage: int, p: float, *, r1: int, n1: int, n: int) -> float:
    """Probability at rate p of a strictly higher outcome."""
    if stage == 1:
        return float(binom.sf(responses, n1, p))
    if responses >= n:
        return 0.0
    x1 = np.arange(r1 + 1, n1 + 1)
    return float(min(1.0, (binom.pmf(x1, n1, p) * binom.sf(responses - x1, n - n1, p)).sum()))


def _checked(responses: int, stage: int, r1: int, n1: int, n: int) -> None:
    whole("n", n, 2, LARGEST_TRIAL)
    whole("n1", n1, 1, n - 1)
    whole("r1", r1, 0, n1 - 1)
    if stage not in (1, 2) or isinstance(stage, bool):
        raise ImpossibleInputError(f"stage is {stage!r}", where="stage", hint="Give 1 or 2.")
    whole("responses", responses, 0, n1 if stage == 1 else n)
    if stage == 1 and responses > r1:
        raise ContradictoryInputError(
            f"{responses} responses among the first {n1} do not stop the trial",
            where="responses",
            hint=f"It stops at {r1} or fewer; give the second stage too.",
        )
    if stage == 2 and responses <= r1:
        raise ContradictoryInputError(
            f"{responses} responses cannot come from a trial that went on",
            where="responses",
            hint=f"It goes on with more than {r1} responses in the first stage.",
        )


def _solve(function: object, target: float) -> float:
    assert callable(function)
    return float(brentq(lambda p: function(p) - target, 0.0, 1.0, xtol=1e-12))


def _log_choose(n: int, k: NDArray[np.int64]) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=float)
