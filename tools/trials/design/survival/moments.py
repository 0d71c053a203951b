"""Mean and variance of weighted log-rank scores at a calendar time, under hazards of any shape.

Those at risk at time t since entry, when the calendar says s, are the ones who entered by s - t and have neither event
nor dropout; the score and its variance are integrals over t (Tsiatis 1982; Yung and Liu 2020). Weights are those of
Fleming and Harrington, w(t) = S(t-)**rho (1 - S(t-))**gamma with the pooled survival S of the stratum. The pooled
survival is closed form; the outer integrals are Gauss-Legendre on pieces on which everything is smooth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import xlogy

from benchside.tools.trials.design.checks import between
from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.survival.events import EventModel
from benchside.tools.trials.design.survival.rates import Risk

Weight = tuple[float, float]
LOG_RANK: Weight = (0.0, 0.0)
STEEPEST_WEIGHT = 10.0
_NODES, _SHARES = np.polynomial.legendre.leggauss(40)


@dataclass(frozen=True)
class Moments:
    """Of K weighted log-rank scores at one calendar time, expected at the accrual rates of the model.

    Attributes:
        score: sum of weight times observed minus expected events of the treatment arm, shape (K,); negative where the
            treatment has fewer.
        covariance: of the scores, shape (K, K).
        events: expected in all.
    """

    score: Floats
    covariance: Floats
    events: float

    @property
    def z(self) -> Floats:
        """Mean of the standardised scores, shape (K,)."""
        return np.asarray(self.score / np.sqrt(np.diag(self.covariance)))

    @property
    def correlation(self) -> Floats:
        """Of the standardised scores, shape (K, K)."""
        spread = np.sqrt(np.diag(self.covariance))
        return np.asarray(self.covariance / np.outer(spread, spread))


def checked_weight(rho: float, gamma: float) -> Weight:
    """Powers of a Fleming-Harrington weight, each from 0 to 10.

    Raises:
        ImpossibleInputError: outside.
    """
    return (
        between("rho", rho, 0, STEEPEST_WEIGHT, closed=True),
        between("gamma", gamma, 0, STEEPEST_WEIGHT, closed=True),
    )


def moments(model: EventModel, time: float, weights: Sequence[Weight] = (LOG_RANK,)) -> Moments:
    """Mean and covariance of the scores of `weights` at a calendar time; strata are summed (stratified tests).

    Args:
        model: entry and hazards; scores grow in proportion to the accrual rates.
        time: calendar time of the analysis, above 0.
        weights: powers (rho, gamma), K of them.
    """
    return _moments(model, float(time), tuple(weights))


@lru_cache(maxsize=4096)
def _moments(model: EventModel, time: float, weights: tuple[Weight, ...]) -> Moments:
    score, covariance, events = np.zeros(len(weights)), np.zeros((len(weights), len(weights))), 0.0
    p = model.treatment_share
    last = min(time, model.longest)
    entry_steps = [time - step for step in model.accrual.steps()]
    for stratum in model.strata:
        steps = {0.0, last, *entry_steps, *map(float, stratum.treatment.starts), *map(float, stratum.control.starts)}
        cuts = np.asarray(sorted(s for s in steps if 0 <= s <= last))
        low, half = cuts[:-1, None], np.diff(cuts)[:, None] / 2
        t = (low + half * (1 + _NODES)).ravel()
        dt = (half * _SHARES).ravel()
        entered = model.accrual.entered(time - t) * stratum.share
        treated = p * entered * stratum.treatment.at_risk(t)
        control = (1 - p) * entered * stratum.control.at_risk(t)
        alive = treated + control
        inside = alive > 0
        share = np.divide(treated, alive, out=np.zeros_like(t), where=inside)
        hazard_t, hazard_c = stratum.treatment.event.rate(t), stratum.control.event.rate(t)
        rate = treated * hazard_t + control * hazard_c
        surviving = pooled_survival(stratum.treatment, stratum.control, p, t)
        failed = -np.expm1(np.log(np.maximum(surviving, 1e-300)))
        w = np.stack([np.exp(xlogy(rho, surviving) + xlogy(gamma, failed)) for rho, gamma in weights])
        score += w @ (dt * alive * share * (1 - share) * (hazard_t - hazard_c))
        covariance += (w * (dt * share * (1 - share) * rate)) @ w.T
        events += float(dt @ rate)
    return Moments(score, covariance, events)


def pooled_survival(treatment: Risk, control: Risk, share: float, t: Floats) -> Floats:
    """What the Kaplan-Meier curve of both arms together estimates, at times `t` since entry; shape of `t`.

    Its hazard is the mean of the two hazards weighted by those still at risk, which integrates in closed form on pieces
    of constant hazards. With equal dropout it is the mean of the two survival curves.
    """
    starts = np.asarray(sorted({*map(float, treatment.starts), *map(float, control.starts)}))
    ends = np.append(starts[1:], np.inf)
    exponent = np.zeros(np.shape(t))
    for start, end in zip(starts, ends, strict=True):
        at = np.asarray([start])
        span = np.clip(np.minimum(t, end) - start, 0, None)
        lambda_t, lambda_c = float(treatment.event.rate(at)[0]), float(control.event.rate(at)[0])
        k = lambda_t + float(treatment.dropout.rate(at)[0]) - lambda_c - float(control.dropout.rate(at)[0])
        left_t, left_c = share * float(treatment.at_risk(at)[0]), (1 - share) * float(control.at_risk(at)[0])
        if left_t + left_c == 0:
            continue
        q = left_c / (left_t + left_c)
        exponent += lambda_c * span + (lambda_t - lambda_c) * _share_of_treatment(q, k, span)
    return np.asarray(np.exp(-exponent))


def _share_of_treatment(q: float, k: float, span: Floats) -> Floats:
    """Integral from 0 to `span` of (1-q) / (1-q + q exp(k x)): the share of the treatment arm among those at risk."""
    if q in (0.0, 1.0) or abs(k) * float(np.max(span, initial=0.0)) < 1e-9:
        return np.asarray((1 - q) * span)
    growth = k * span
    near = np.log1p(q * np.expm1(np.clip(growth, -1, 1)))
    far = np.logaddexp(np.log1p(-q), np.log(q) + growth)
    return np.asarray(span - np.where(np.abs(growth) <= 1, near, far) / k)
