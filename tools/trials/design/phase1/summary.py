"""What simulated trials amount to: selection, patients and overdoses, each with its Monte Carlo standard error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.montecarlo import mean, share
from benchside.tools.trials.design.phase1.engine import Runs
from benchside.tools.trials.design.phase1.enumeration import Exact
from benchside.tools.trials.design.phase1.scenarios import Scenario
from benchside.tools.trials.design.results import Cell, Check, Column, Estimate, Table, sequence_note


def _hits(name: str, label: str, hits: NDArray[np.bool_]) -> Estimate:
    return share(name, label, float(hits.sum()), len(hits))


def overdoses(runs: Runs, scenario: Scenario) -> NDArray[np.float64]:
    """Patients treated above the true MTD in each trial."""
    return np.asarray(runs.patients[:, scenario.mtd :].sum(axis=1), dtype=float)


def overdose_share(runs: Runs, scenario: Scenario) -> NDArray[np.float64]:
    """Share of the patients of each trial that were treated above the true MTD."""
    return np.asarray(overdoses(runs, scenario) / np.maximum(runs.patients.sum(axis=1), 1), dtype=float)


def summarise(runs: Runs, scenario: Scenario) -> tuple[Estimate, ...]:
    """All figures of one truth, trial-wide ones first."""
    n = runs.patients.astype(float)
    found = [
        _hits("correct_selection", "selects the right dose", runs.selected == scenario.best),
        _hits("selected_none", "selects no dose", runs.selected == 0),
        _hits("early_stop", "stops before the largest sample size", runs.early),
        mean("n", "patients", n.sum(axis=1)),
        mean("dlts", "patients with a DLT", runs.dlts.sum(axis=1).astype(float)),
        mean("overdose_share", "share of patients above the MTD", overdose_share(runs, scenario), "1"),
    ]
    if len(runs.duration):
        found.append(mean("duration", "duration of the trial", runs.duration, "assessment windows"))
    for level in range(1, len(scenario.toxicity) + 1):
        found.append(_hits(f"selected_{level}", f"selects dose {level}", runs.selected == level))
        found.append(mean(f"patients_{level}", f"patients at dose {level}", n[:, level - 1]))
    return tuple(found)


def dose_table(estimates: Sequence[Estimate], scenario: Scenario) -> Table:
    """By dose: the truth, how often it is selected, how many are treated there."""
    by_name = {e.name: e for e in estimates}
    rows: list[tuple[Cell, ...]] = []
    for level, rate in enumerate(scenario.toxicity, 1):
        s, n = by_name[f"selected_{level}"], by_name[f"patients_{level}"]
        efficacy: tuple[Cell, ...] = (scenario.efficacy[level - 1],) if scenario.efficacy else ()
        rows.append((level, rate, *efficacy, s.value, s.standard_error, n.value, n.standard_error))
    effect = (Column("efficacy", "true response rate", "1", 3),) if scenario.efficacy else ()
    return Table(
        "by_dose",
        f"By dose, under {scenario.name}",
        (
            Column("dose", "dose level", digits=0),
            Column("toxicity", "true DLT rate", "1", 3),
            *effect,
            Column("selected", "selected", "1", 3),
            Column("selected_se", "Monte Carlo SE", "1", 2),
            Column("patients", "mean patients", "", 3),
            Column("patients_se", "Monte Carlo SE", "", 2),
        ),
        tuple(rows),
    )


def characteristics_table(
    found: Sequence[tuple[Scenario, tuple[Estimate, ...]]], trials: int, seed: int, notes: tuple[str, ...] = ()
) -> Table:
    """One row for each truth: selection and patients by dose, overdoses, size, early stopping."""
    levels = len(found[0][0].toxicity)
    timed = any(e.name == "duration" for e in found[0][1])
    trial_wide = ("correct_selection", "selected_none", "overdose_share", "early_stop", "dlts", "n")
    rows: list[tuple[Cell, ...]] = []
    largest = 0.0
    for scenario, estimates in found:
        by_name = {e.name: e for e in estimates}
        doses = [f"{what}_{level}" for what in ("selected", "patients") for level in range(1, levels + 1)]
        largest = max(largest, *(by_name[d].standard_error for d in doses[:levels]))
        rows.append(
            (
                scenario.name,
                sequence_note(scenario.toxicity, 2),
                *((sequence_note(scenario.efficacy, 2),) if scenario.efficacy else ()),
                scenario.best or "none",
                *(by_name[name].value for name in trial_wide),
                by_name["correct_selection"].standard_error,
                by_name["overdose_share"].standard_error,
                by_name["n"].standard_error,
                *((by_name["duration"].value,) if timed else ()),
                *(by_name[name].value for name in doses),
            )
        )
    columns = (
        Column("scenario", "truth", digits=0),
        Column("toxicity", "true DLT rates", digits=0),
        *((Column("efficacy", "true response rates", digits=0),) if found[0][0].efficacy else ()),
        Column("best", "right dose", digits=0),
        Column("correct_selection", "selects it", "1", 3),
        Column("selected_none", "selects none", "1", 3),
        Column("overdose_share", "patients above the MTD", "1", 3),
        Column("early_stop", "stops early", "1", 3),
        Column("dlts", "DLTs", "", 3),
        Column("n", "mean patients", "", 3),
        Column("correct_selection_se", "SE of selection", "1", 2),
        Column("overdose_share_se", "SE of overdoses", "1", 2),
        Column("n_se", "SE of patients", "", 2),
        *((Column("duration", "duration", "windows", 3),) if timed else ()),
        *(Column(f"selected_{level}", f"selects dose {level}", "1", 3) for level in range(1, levels + 1)),
        *(Column(f"patients_{level}", f"patients at dose {level}", "", 3) for level in range(1, levels + 1)),
    )
    error = f"Monte Carlo standard error of a selection probability at most {largest:.2g}."
    return Table(
        "operating_characteristics",
        f"Operating characteristics, {trials:,} simulated trials for each truth (seed {seed})",
        columns,
        tuple(rows),
        (error, *notes),
    )


def checks(exact: Exact, runs: Runs, scenario: Scenario) -> tuple[Check, ...]:
    """Exact figures against simulated ones; every standard error is that of the exact distribution.

    A sample that happens to hold none of the rare courses of a trial would understate its own error.
    """
    trials = len(runs.selected)
    found = []
    for level, p in enumerate(exact.selected):
        label = f"selects dose {level}" if level else "selects no dose"
        simulated = float((runs.selected == level).mean())
        error = _error({0: 1 - p, 1: p}, trials)
        found.append(Check(f"selected_{level or 'none'}", label, p, simulated, error, "exact"))
    for name, label, distribution, values in (
        ("n", "mean patients", exact.sizes, runs.patients.sum(axis=1)),
        ("dlts", "mean DLTs", exact.toxicities, runs.dlts.sum(axis=1)),
        ("overdoses", "mean patients above the MTD", exact.overdoses, overdoses(runs, scenario)),
    ):
        stated = sum(value * p for value, p in distribution.items())
        error = _error(distribution, trials)
        found.append(Check(name, label, stated, float(values.mean()), error, "exact"))
    return tuple(found)


def _error(distribution: dict[int, float], trials: int) -> float:
    """Standard error of a mean over trials, one trial at the far end of the distribution more or less included.

    The addition matters only for events expected about once in all trials, which the normal limits do not fit.
    """
    possible = {value: p for value, p in distribution.items() if p > 0}
    mean = sum(value * p for value, p in possible.items())
    variance = sum((value - mean) ** 2 * p for value, p in possible.items())
    farthest = max(abs(value - mean) for value in possible)
    return float(np.sqrt((variance + farthest**2 / trials) / trials))
