"""Patient-level survival simulation: log-rank statistics of many trials at once against a loop over lifelines.

    python benchmarks/trial_survival.py

Both sides analyse the same simulated patients (300 in two arms, exponential hazards, accrual, dropout) at the look that
the last expected event calls. lifelines is no dependency: where it cannot be imported, only ours is timed. The run
fails if the statistics differ by more than 1e-8, or if ours is not 100 times faster.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
import time
from dataclasses import dataclass

import numpy as np

from benchside.tools.trials.design.hypotheses import Superiority
from benchside.tools.trials.design.survival.endpoint import Survival
from benchside.tools.trials.design.survival.logrank import packed, scores
from benchside.tools.trials.design.survival.simulation import cuts, look_events, patients

ENDPOINT = Survival(control_median=12, hazard_ratio=0.7, accrual=18, follow_up=12, dropout_hazard=0.01)
SIZES = (150, 150)
WANTED_RATIO = 100.0
ALLOWED_DIFFERENCE = 1e-8


@dataclass(frozen=True)
class LogRankTiming:
    """Milliseconds a trial for the log-rank statistic alone, and how far the two sides are apart.

    Attributes:
        test: which statistic.
        ours_ms: of `logrank.scores`, packing and sorting included.
        trials: analysed by ours.
        lifelines_ms: of `lifelines.statistics.logrank_test`, none where it is skipped.
        compared: trials analysed by both.
        difference: largest difference of the absolute z values.
        skipped: why lifelines was not timed.
    """

    test: str
    ours_ms: float
    trials: int
    lifelines_ms: float | None = None
    compared: int = 0
    difference: float = 0.0
    skipped: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times faster ours is."""
        return None if self.lifelines_ms is None else self.lifelines_ms / self.ours_ms


@dataclass(frozen=True)
class SimulationTiming:
    """Seconds for a whole simulation with looks: drawing, looks called by events, statistics.

    Attributes:
        seconds, trials, looks: what was done in how long.
        power, standard_error: share above the one-sided 2.5% quantile at the last look.
        stated: the power by formula.
    """

    seconds: float
    trials: int
    looks: int
    power: float
    standard_error: float
    stated: float


def logrank_speed(trials: int = 20_000, compared: int = 200, seed: int = 1) -> tuple[LogRankTiming, ...]:
    """Time the log-rank and a Fleming-Harrington (0, 1) statistic against a loop over lifelines."""
    statistic = ENDPOINT.statistic("schoenfeld", Superiority())
    events = look_events(float(statistic.events(np.asarray(SIZES, dtype=float))), (1.0,))
    model = statistic.model_of(SIZES)
    drawn = patients(model, SIZES, trials, np.random.default_rng(seed))
    at = cuts(drawn, events)[:, 0]
    since = at[:, None] - drawn.entry
    event = drawn.event & (drawn.entry + drawn.time <= at[:, None])
    time_at_cut = np.where(event, drawn.time, np.minimum(drawn.time, since))
    absent = since < 0
    found = []
    for name, weight in (("log-rank", (0.0, 0.0)), ("Fleming-Harrington (0, 1)", (0.0, 1.0))):
        start = time.perf_counter()
        z = scores(packed(time_at_cut, event, drawn.treatment, absent), (weight,), ties=False).z[:, 0]
        ours = (time.perf_counter() - start) / trials * 1e3
        if importlib.util.find_spec("lifelines") is None:
            found.append(LogRankTiming(name, ours, trials, skipped="the package lifelines is not installed here"))
            continue
        logrank_test = importlib.import_module("lifelines.statistics").logrank_test

        options = {} if weight == (0.0, 0.0) else {"weightings": "fleming-harrington", "p": 0, "q": 1}
        n, loop, furthest = SIZES[0], 0.0, 0.0
        for i in range(compared):
            here = ~absent[i]
            one, other = here[:n].nonzero()[0], n + here[n:].nonzero()[0]
            start = time.perf_counter()
            result = logrank_test(time_at_cut[i, one], time_at_cut[i, other], event[i, one], event[i, other], **options)
            loop += time.perf_counter() - start
            furthest = max(furthest, abs(math.sqrt(result.test_statistic) - abs(float(z[i]))))
        found.append(LogRankTiming(name, ours, trials, loop / compared * 1e3, compared, furthest))
    return tuple(found)


def survival_trials(trials: int = 100_000, seed: int = 2) -> SimulationTiming:
    """Time 100,000 patient-level trials with three looks through the interface that every design simulates with."""
    statistic = ENDPOINT.statistic("schoenfeld", Superiority())
    fractions = (1 / 3, 2 / 3, 1.0)
    start = time.perf_counter()
    z = statistic.sample(np.random.default_rng(seed), SIZES, fractions, trials)
    seconds = time.perf_counter() - start
    power = float((z[:, -1] >= 1.959963984540054).mean())
    stated = float(statistic.power(np.asarray(SIZES, dtype=float), 0.025, 1))
    return SimulationTiming(seconds, trials, len(fractions), power, math.sqrt(power * (1 - power) / trials), stated)


def main() -> int:
    """Print the timings; 1 when a target is missed."""
    missed = False
    for timing in logrank_speed():
        line = (
            f"{timing.test}: {timing.ours_ms * 1e3:.1f} us a trial of {sum(SIZES)} patients, {timing.trials:,} trials"
        )
        if timing.ratio is None:
            print(f"{line}; not compared: {timing.skipped}")
            continue
        print(
            f"{line}; lifelines {timing.lifelines_ms:.2f} ms: {timing.ratio:,.0f} times faster, "
            f"largest difference of z {timing.difference:.1e} in {timing.compared} trials"
        )
        missed |= timing.ratio < WANTED_RATIO or timing.difference > ALLOWED_DIFFERENCE
    whole = survival_trials()
    print(
        f"simulation of {whole.trials:,} trials with {whole.looks} looks: {whole.seconds:.1f} s; power "
        f"{whole.power:.4f} (standard error {whole.standard_error:.4f}), by formula {whole.stated:.4f}"
    )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
