"""Simulated trials of a comparison, and the closed form held against them.

A statistic draws itself at each look; boundaries are applied here, once for all comparisons. Trials are drawn in
chunks from one generator, so that memory stays bounded and the same seed gives the same figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from benchside.tools.trials.design.calendar import information
from benchside.tools.trials.design.checks import finite
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.montecarlo import chunks, share_error
from benchside.tools.trials.design.results import Check, Column, Estimate, Simulation, Table, Verification
from benchside.tools.trials.design.statistic import Statistic

if TYPE_CHECKING:
    from benchside.tools.trials.design.compared import Compared


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over simulated trials: stops by look, for efficacy and futility, shape (looks,)."""

    trials: int
    efficacy: NDArray[np.int64]
    futility: NDArray[np.int64]
    efficacy_alone: int
    """Trials that would reject were futility ignored."""

    @property
    def rejected(self) -> float:
        """Share that rejects."""
        return float(self.efficacy.sum()) / self.trials

    def expected(self, n: NDArray[np.float64]) -> tuple[float, float]:
        """Mean size at the stop and its standard error, for cumulative sizes by look."""
        stops = (self.efficacy + self.futility).astype(float)
        stops[-1] += self.trials - stops.sum()
        share = stops / self.trials
        mean = float(share @ n)
        return mean, math.sqrt(max(float(share @ n**2) - mean**2, 0.0) / self.trials)


def run(design: Compared, statistic: Statistic, trials: int, seed: int) -> Tally:
    """Draw trials of a statistic and stop each at its first crossing."""
    plan = design.plan
    fractions = (1.0,) if plan is None else tuple(float(t) for t in plan.fractions)
    upper = np.array([norm.isf(design.level / design.sides)]) if plan is None else np.asarray(plan.upper, dtype=float)
    stops_low = plan is not None and design.monitoring is not None and design.monitoring.futility is not None
    lower = np.asarray(plan.lower, dtype=float) if plan is not None and stops_low else np.full(len(fractions), -np.inf)
    efficacy = np.zeros(len(fractions), dtype=np.int64)
    futility = np.zeros(len(fractions), dtype=np.int64)
    alone = 0
    for rng, count in chunks(trials, seed):
        z = statistic.sample(rng, design.sizes, fractions, count)
        up = (np.abs(z) if design.sides == 2 else z) >= upper
        down = (z < lower) & ~up
        down[:, -1] = False  # at the last look, not to reject is no stop
        first_up = np.where(up.any(axis=1), up.argmax(axis=1), len(fractions))
        first_down = np.where(down.any(axis=1), down.argmax(axis=1), len(fractions))
        wins = (first_up < len(fractions)) & (first_up < first_down)
        loses = (first_down < len(fractions)) & (first_down < first_up)
        efficacy += np.bincount(first_up[wins], minlength=len(fractions))
        futility += np.bincount(first_down[loses], minlength=len(fractions))
        alone += int((first_up < len(fractions)).sum())
    return Tally(trials, efficacy, futility, alone)


def simulate(design: Compared, truth: float | str | None, *, trials: int, seed: int) -> Simulation:
    """Simulated trials under a truth; see `comparison.Comparison.simulate`."""
    statistic, words = _truth(design, truth)
    tally = run(design, statistic, trials, seed)
    counted = information(design)
    n = counted.total * np.asarray((1.0,) if design.plan is None else design.plan.fractions, dtype=float)
    mean, error = tally.expected(n)
    estimates = [
        Estimate("rejected", "share of trials that reject", tally.rejected, share_error(tally.rejected, trials), "1")
    ]
    tables: tuple[Table, ...] = ()
    if design.plan is not None:
        alone = tally.efficacy_alone / trials
        estimates += [
            Estimate("rejected_futility_ignored", "share that rejects were futility ignored", alone,
                     share_error(alone, trials), "1"),
            Estimate(f"expected_{counted.name}", f"expected {counted.label}", mean, error),
        ]  # fmt: skip
        tables = (_by_look(design, tally),)
    return Simulation(words, trials, seed, tuple(estimates), tables)


def _truth(design: Compared, truth: float | str | None) -> tuple[Statistic, str]:
    name = design.endpoint.effect_name
    if truth is None:
        return design.statistic, f"the assumed {name} {design.endpoint.effect():g}"
    if truth == "null":
        return design.statistic_at(design.nulls[0]), f"the null: {name} {design.nulls[0]:g}"
    if isinstance(truth, str):
        raise ImpossibleInputError(f"the truth {truth!r} is not known", where="truth", hint="Give null or an effect.")
    return design.statistic_at(finite("truth", truth)), f"{name} {truth:g}"


def _by_look(design: Compared, tally: Tally) -> Table:
    assert design.plan is not None
    rows = []
    for k, t in enumerate(design.plan.fractions):
        up, down = tally.efficacy[k] / tally.trials, tally.futility[k] / tally.trials
        rows.append((k + 1, float(t), float(up), share_error(float(up), tally.trials), float(down)))
    columns = (
        Column("look", "look", digits=0),
        Column("information_fraction", "information fraction"),
        Column("efficacy", "stops for efficacy", "1"),
        Column("standard_error", "Monte Carlo SE", "1", 2),
        Column("futility", "stops for futility", "1"),
    )
    return Table("simulated_looks", "Stops by look, simulated", columns, tuple(rows))


def verify(design: Compared, *, trials: int, seed: int) -> Verification:
    """Power at the assumed effect, rejection at each null, and expected size, by formula and by simulation."""
    plan = design.plan
    exact = design.statistic.exactness == "exact" and (plan is None or design.statistic.brownian)
    kind = "exact" if exact else "asymptotic"
    power = run(design, design.statistic, trials, seed)
    sizes = np.asarray(design.sizes, dtype=float)
    checks = [
        Check("power", "power at the assumed effect", design.power_of(design.statistic, sizes), power.rejected,
              share_error(power.rejected, trials), kind)  # type: ignore[arg-type]
    ]  # fmt: skip
    binding = design.monitoring is not None and design.monitoring.binding
    tallies = [("at the assumed effect", design.statistic, power)]
    for i, null in enumerate(design.nulls):
        statistic = design.statistic_at(null)
        tally = run(design, statistic, trials, seed + 1 + i)
        simulated = tally.rejected if plan is None or binding else tally.efficacy_alone / trials
        stated = design.level
        if plan is None and design.statistic.exactness == "exact":
            stated = float(statistic.power(sizes, design.level, design.sides))
        words = f"rejection at the null {null:g}" + ("" if plan is None or binding else ", futility ignored")
        checks.append(Check(f"type1_{i}" if i else "type1", words, stated, simulated,
                            share_error(simulated, trials), kind))  # type: ignore[arg-type]  # fmt: skip
        tallies.append((f"at the null {null:g}", statistic, tally))
    if plan is not None:
        counted = information(design)
        n = counted.total * np.asarray(plan.fractions, dtype=float)
        for i, (where, statistic, tally) in enumerate(tallies[:2]):
            drift = float(statistic.drift(sizes, design.level, design.sides)) if i == 0 else 0.0
            mean, error = tally.expected(n)
            checks.append(
                Check(f"expected_{counted.name}{'_null' if i else ''}", f"expected {counted.label} {where}",
                      counted.total * float(plan.expected_information(drift)), mean, error,
                      kind, tolerance=0.01 * counted.total)  # type: ignore[arg-type]
            )  # fmt: skip
    return Verification(tuple(checks), trials, seed, tuple(_notes(checks)))


def _notes(checks: list[Check]) -> list[str]:
    found = []
    for check in checks:
        if check.exactness == "asymptotic" and check.name in ("power", "type1", "type1_1"):
            points = 100 * check.bias
            if not check.agrees:
                word = "flagged: above one point"
            elif abs(check.bias) > check.tolerance:
                word = "above one point, but not by more than the Monte Carlo error"
            else:
                word = "within one point"
            found.append(f"{check.label}: the approximation is {points:+.2f} points off ({word}).")
    return found
