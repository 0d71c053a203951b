"""Patient-level trials, many at once: entries, events and dropout, then the cut of each look and its log-rank scores.

A look takes place at the calendar time at which its number of events has happened in that trial, as a trial team would
call it. A trial that runs out of participants before is analysed with all that it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.statistic import Floats
from benchside.tools.trials.design.survival.events import EventModel
from benchside.tools.trials.design.survival.logrank import Scores, packed, scores
from benchside.tools.trials.design.survival.moments import LOG_RANK, Weight
from benchside.tools.trials.design.survival.rates import PiecewiseRates

_CELLS = 1 << 15  # participants drawn at a time, so that their arrays stay in the cache of a core


MOST_PATIENTS = 2_000_000_000  # at about 50 ns each


@dataclass(frozen=True)
class Patients:
    """Participants of simulated trials, shape (trials, n) each; the first `treated` columns had the treatment.

    Attributes:
        entry: calendar time.
        time: since entry, to the event, dropout or the end of a participant's follow-up.
        event: whether it is an event.
        stratum: of each participant, None when there is one.
        treated: number of columns.
    """

    entry: Floats
    time: Floats
    event: NDArray[np.bool_]
    stratum: NDArray[np.intp] | None
    treated: int

    @property
    def treatment(self) -> NDArray[np.bool_]:
        """Whether a column had the treatment, shape (n,)."""
        return np.arange(self.entry.shape[1]) < self.treated


def patients(model: EventModel, sizes: Sequence[int], trials: int, rng: np.random.Generator) -> Patients:
    """Draw all participants of `trials` trials; `sizes` are treatment and control."""
    n = sum(sizes)
    shape = (trials, n)
    entry = model.accrual.quantile(rng.random(shape))
    time = np.empty(shape)
    event = np.ones(shape, dtype=bool)
    stratum = None
    if len(model.strata) > 1:
        edges = np.cumsum([s.share for s in model.strata])[:-1]
        stratum = np.searchsorted(edges, rng.random(shape), side="right")
    for arm, columns in enumerate((slice(0, sizes[0]), slice(sizes[0], n))):
        if sizes[arm] == 0:
            continue
        exposure = rng.standard_exponential((trials, sizes[arm]))
        leaving = rng.standard_exponential((trials, sizes[arm])) if _any_dropout(model, arm) else None
        for i, one in enumerate(model.strata):
            risk = one.arms[arm]
            here = slice(None) if stratum is None else stratum[:, columns] == i
            at = _drawn(risk.event, exposure[here])
            if leaving is not None:
                gone = _drawn(risk.dropout, leaving[here])
                event[:, columns][here] = at <= gone
                at = np.minimum(at, gone)
            time[:, columns][here] = at
    if np.isfinite(model.longest):
        event &= time <= model.longest
        np.minimum(time, model.longest, out=time)
    return Patients(entry, time, event, stratum, int(sizes[0]))


def cuts(drawn: Patients, events: Sequence[int]) -> Floats:
    """Calendar time of each number of events, shape (trials, looks); infinite where a trial never has them."""
    happened = np.where(drawn.event & np.isfinite(drawn.time), drawn.entry + drawn.time, np.inf)
    ranks = np.minimum(np.asarray(events), happened.shape[1]) - 1
    found = np.sort(happened, axis=1)[:, ranks]  # faster than a partition at several ranks
    return np.where(np.asarray(events) > happened.shape[1], np.inf, found)


def scores_at(
    drawn: Patients, cut: Floats, weights: Sequence[Weight] = (LOG_RANK,), hazard_ratio: float = 1.0
) -> Scores:
    """Scores of the data that are there at a calendar time of each trial, shape (trials,); stratified."""
    since = cut[:, None] - drawn.entry
    event = drawn.event & (drawn.entry + drawn.time <= cut[:, None])
    time = np.where(event, drawn.time, np.minimum(drawn.time, since))
    chosen = tuple(weights)
    absent = since < 0
    if drawn.stratum is None:
        return scores(packed(time, event, drawn.treatment, absent), chosen, hazard_ratio, ties=False)
    parts = [
        scores(packed(time, event, drawn.treatment, absent | (drawn.stratum != s)), chosen, hazard_ratio, ties=False)
        for s in range(int(drawn.stratum.max()) + 1)
    ]
    return Scores(sum(p.score for p in parts), sum(p.covariance for p in parts))  # type: ignore[arg-type]


def chunks(trials: int, n: int) -> Iterator[int]:
    """Numbers of trials to draw at a time, so that memory stays bounded."""
    step = max(1, _CELLS // max(n, 1))
    while trials > 0:
        yield min(step, trials)
        trials -= step


def checked_draws(trials: int, sizes: Sequence[int]) -> None:
    """Pass when that many patients can be drawn in minutes.

    Raises:
        ImpossibleInputError: otherwise.
    """
    if trials * sum(sizes) > MOST_PATIENTS:
        raise ImpossibleInputError(
            f"{trials:,} trials of {sum(sizes):,} participants",
            where="trials",
            hint=f"Simulate at most {MOST_PATIENTS // sum(sizes):,} trials of that size at a time.",
        )


def look_events(total: float, fractions: Sequence[float]) -> tuple[int, ...]:
    """Whole numbers of events of the looks: the nearest, at least one more than at the look before."""
    found: list[int] = []
    for fraction in fractions:
        found.append(max(round(total * fraction), found[-1] + 1 if found else 1))
    return tuple(found)


def simulated_z(
    model: EventModel,
    sizes: Sequence[int],
    events: Sequence[int],
    trials: int,
    rng: np.random.Generator,
    *,
    weights: Sequence[Weight] = (LOG_RANK,),
    hazard_ratio: float = 1.0,
) -> Floats:
    """Standardised scores at each look, shape (trials, looks, K); negative where the treatment has fewer events.

    Raises:
        ImpossibleInputError: more participants in all than can be drawn in minutes.
    """
    checked_draws(trials, sizes)
    parts = []
    for count in chunks(trials, sum(sizes)):
        drawn = patients(model, sizes, count, rng)
        at = cuts(drawn, events)
        parts.append(
            np.stack([scores_at(drawn, at[:, k], weights, hazard_ratio).z for k in range(len(events))], axis=1)
        )
    return np.concatenate(parts)


def _any_dropout(model: EventModel, arm: int) -> bool:
    return any(max(s.arms[arm].dropout.rates) > 0 for s in model.strata)


def _drawn(rates: PiecewiseRates, exposure: Floats) -> Floats:
    return rates.inverse(exposure)
