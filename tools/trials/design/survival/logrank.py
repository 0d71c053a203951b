"""Log-rank and Fleming-Harrington scores of many trials at once: one sort of packed keys, then running sums.

A key is the bits of the (non-negative) time with its two lowest bits replaced by "censored" and "treatment", so that a
plain integer sort orders times, puts events before censorings of the same time, and carries the arm along. Times that
differ by less than four units in the last place count as tied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.checks import positive
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.survival.moments import LOG_RANK, Weight, checked_weight

Keys = NDArray[np.int64]
Flags = NDArray[np.bool_]
_TREATED, _CENSORED, _FLAGS = np.int64(1), np.int64(2), np.int64(3)
_ABSENT = np.int64(-2)  # censored, and before time 0, so that it is never at risk
_CELLS = 1 << 15  # of one block, which then stays in the cache of a core


@dataclass(frozen=True)
class Scores:
    """Weighted log-rank scores of trials.

    Attributes:
        score: sum of weight times observed minus expected events of the treatment arm, shape (trials, K).
        covariance: hypergeometric, shape (trials, K, K).
    """

    score: Floats
    covariance: Floats

    @property
    def z(self) -> Floats:
        """Standardised scores, shape (trials, K); negative where the treatment has fewer events, 0 without any."""
        spread = np.sqrt(np.einsum("tkk->tk", self.covariance))
        return np.asarray(np.divide(self.score, spread, out=np.zeros_like(self.score), where=spread > 0))


def logrank(
    time: Floats,
    event: Flags,
    treatment: Flags,
    *,
    stratum: NDArray[np.integer] | None = None,
    weights: Sequence[Weight] = (LOG_RANK,),
    hazard_ratio: float = 1.0,
) -> Scores:
    """Scores of observed data, with ties and strata.

    The weights use the pooled Kaplan-Meier estimate of the stratum just before each time (Fleming and Harrington 1991,
    chapter 7), the variance is hypergeometric, and strata are summed. With `hazard_ratio` other than 1 it is the score
    test of a Cox model at that ratio, as for a non-inferiority margin.

    Args:
        time: observed times since entry, not negative, shape (trials, n) or (n,).
        event: whether the time is that of an event; same shape.
        treatment: whether the participant had the treatment; same shape, or (n,).
        stratum: of the participants, same shape, or (n,).
        weights: powers (rho, gamma), K of them; the log-rank test when not given.
        hazard_ratio: of the null hypothesis.

    Raises:
        ImpossibleInputError: a time that is negative or no number, a ratio that is not positive.
        ContradictoryInputError: shapes that do not fit.
    """
    times = np.atleast_2d(np.asarray(time, dtype=float))
    if times.ndim != 2 or times.size == 0:
        raise ContradictoryInputError(f"times of shape {times.shape}", where="time", hint="Give trials x participants.")
    if not (times >= 0).all():
        raise ImpossibleInputError("a time is negative or not a number", where="time", hint="Give times since entry.")
    try:
        happened = np.broadcast_to(np.asarray(event, dtype=bool), times.shape)
        treated = np.broadcast_to(np.asarray(treatment, dtype=bool), times.shape)
        level = None if stratum is None else np.broadcast_to(np.asarray(stratum), times.shape)
    except ValueError:
        raise ContradictoryInputError(
            f"events, arms or strata do not have the shape {times.shape} of the times",
            where="event",
            hint="Give one value for each participant.",
        ) from None
    chosen = tuple(checked_weight(*w) for w in weights)
    ratio = positive("hazard_ratio", hazard_ratio)
    keys = packed(times, happened, treated)
    if level is None:
        return scores(keys, chosen, ratio)
    parts = [scores(np.where(level == value, keys, _ABSENT), chosen, ratio) for value in np.unique(level)]
    return Scores(sum(p.score for p in parts), sum(p.covariance for p in parts))  # type: ignore[arg-type]


def packed(time: Floats, event: Flags, treated: Flags, absent: Flags | None = None) -> Keys:
    """Keys of times; those who are `absent` (not in the trial yet) are never at risk."""
    keys = np.ascontiguousarray(time, dtype=np.float64).view(np.int64) & ~_FLAGS
    keys |= np.where(event, np.int64(0), _CENSORED)
    keys |= treated
    if absent is not None:
        np.copyto(keys, _ABSENT, where=absent)
    return keys


def scores(
    keys: Keys, weights: tuple[Weight, ...] = (LOG_RANK,), hazard_ratio: float = 1.0, *, ties: bool = True
) -> Scores:
    """Scores of packed trials, shape (trials, n), by blocks; drawn times have no `ties` to look for."""
    trials, n = keys.shape
    score = np.empty((trials, len(weights)))
    covariance = np.empty((trials, len(weights), len(weights)))
    step = max(1, _CELLS // n)
    for first in range(0, trials, step):
        block = slice(first, first + step)
        score[block], covariance[block] = _block(np.sort(keys[block], axis=1), weights, hazard_ratio, ties)
    return Scores(score, covariance)


def _block(keys: Keys, weights: tuple[Weight, ...], hazard_ratio: float, ties: bool) -> tuple[Floats, Floats]:
    n = keys.shape[1]
    event = (keys & _CENSORED) == 0
    treated = (keys & _TREATED).astype(np.float64)
    treated_at_risk = np.cumsum(treated[:, ::-1], axis=1)[:, ::-1]
    at_risk: Floats = np.arange(n, 0, -1, dtype=np.float64)
    deaths: Floats | None = None
    if ties and (event[:, 1:] & event[:, :-1] & ((keys[:, 1:] ^ keys[:, :-1]) <= _FLAGS)).any():
        at_risk, treated_at_risk, deaths = _grouped(keys, event, treated_at_risk)
    if hazard_ratio == 1:
        expected = treated_at_risk / at_risk
    else:
        weighted = hazard_ratio * treated_at_risk
        expected = weighted / (weighted + (at_risk - treated_at_risk))
    happened = event.astype(np.float64)
    if deaths is None and weights == (LOG_RANK,):
        expecting = happened * expected
        excess = np.einsum("tn,tn->t", happened, treated) - expecting.sum(axis=1)
        return excess[:, None], (expecting.sum(axis=1) - np.einsum("tn,tn->t", expecting, expected))[:, None, None]
    excess = happened * (treated - expected)
    variance = happened * (expected * (1 - expected))
    if deaths is not None and hazard_ratio == 1:
        variance *= (at_risk - deaths) / np.maximum(at_risk - 1, 1)
    surviving = _surviving(event, at_risk, deaths)
    w = np.stack([surviving**rho * (1 - surviving) ** gamma for rho, gamma in weights])
    return np.einsum("ktn,tn->tk", w, excess), np.einsum("ktn,ltn,tn->tkl", w, w, variance, optimize=True)


def _surviving(event: Flags, at_risk: Floats, deaths: Floats | None) -> Floats:
    """Pooled Kaplan-Meier estimate just before each position."""
    alive = np.ones(event.shape)
    if deaths is None:
        np.cumprod(1 - event[:, :-1] / at_risk[:-1], axis=1, out=alive[:, 1:])
        return alive
    # within a group of ties each event carries its root of the group's factor, and all of them the value before it
    with np.errstate(divide="ignore"):
        factor = np.where(event, np.log1p(-deaths / at_risk) / np.maximum(deaths, 1), 0.0)
    np.exp(np.cumsum(factor[:, :-1], axis=1), out=alive[:, 1:])
    position = np.broadcast_to(np.arange(event.shape[1]), event.shape)
    first = event.shape[1] - np.rint(at_risk).astype(np.int64)
    return np.take_along_axis(alive, np.where(event, first, position), axis=1)


def _grouped(keys: Keys, event: Flags, treated_at_risk: Floats) -> tuple[Floats, Floats, Floats]:
    """At risk, treated at risk and deaths at each position, the same for all events of one time."""
    trials, n = keys.shape
    clock = keys >> 2
    position = np.broadcast_to(np.arange(n), (trials, n))
    starts = np.ones((trials, n), dtype=bool)
    starts[:, 1:] = clock[:, 1:] != clock[:, :-1]
    first = np.maximum.accumulate(np.where(starts, position, 0), axis=1)
    counted = np.cumsum(event, axis=1)
    ends = np.ones((trials, n), dtype=bool)
    ends[:, :-1] = starts[:, 1:]
    last = n - 1 - np.maximum.accumulate(np.where(ends[:, ::-1], position, 0), axis=1)[:, ::-1]
    until = np.take_along_axis(counted, last, axis=1)
    before: NDArray[np.int64] = np.take_along_axis(counted - event, first, axis=1)
    return (n - first).astype(float), np.take_along_axis(treated_at_risk, first, axis=1), (until - before).astype(float)
