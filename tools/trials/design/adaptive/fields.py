"""What the designs of this folder share: numbers from text, truths of a simulation, shares with their error."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from benchside.tools.trials.design.base import Design, checked_trials
from benchside.tools.trials.design.checks import LARGEST_N, finite, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.fields import number_list
from benchside.tools.trials.design.results import Cell, Estimate, Quantity, sequence_note
from benchside.tools.trials.design.statistic import Floats

CHUNK = 10_000


Numbers = Annotated[tuple[float, ...], BeforeValidator(number_list)]


def assumed(design: Design, *names: str) -> tuple[Quantity, ...]:
    """Fields of a design as quantities, with their descriptions and sources; empty ones are left out."""
    found = []
    for name in names:
        value = getattr(design, name)
        if value is None or value in ((), ""):
            continue
        about = type(design).model_fields[name].description or name.replace("_", " ")
        shown: Cell = sequence_note(value) if isinstance(value, tuple) else value
        found.append(Quantity(name, about, shown, note=design.sources.get(name, "")))
    return tuple(found)


def by_name(*quantities: Quantity) -> dict[str, Quantity]:
    """Quantities by their names, for the slots of a paragraph."""
    return {q.name: q for q in quantities}


def effects_of(truth: Any, assumed: Sequence[float], null: Sequence[float]) -> tuple[tuple[float, ...], str]:
    """The effects of a truth of several arms, and the truth in words: none, `null`, or a sequence of effects."""
    if truth is None:
        return tuple(assumed), "the assumed effects"
    if isinstance(truth, str):
        if truth != "null":
            raise ImpossibleInputError(f"the truth {truth!r} is not known", where="truth", hint="Give null or effects.")
        return tuple(null), "the null"
    if isinstance(truth, bool) or not isinstance(truth, Sequence):
        raise ImpossibleInputError(f"the truth is {truth!r}", where="truth", hint="Give null, or an effect per arm.")
    if len(truth) != len(assumed):
        raise ContradictoryInputError(
            f"{len(truth)} effects for {len(assumed)} arms", where="truth", hint="Give one for each arm."
        )
    found = tuple(finite("truth", e) for e in truth)
    return found, "effects " + ", ".join(f"{e:g}" for e in found)


def effect_of(truth: Any, assumed: float, null: float = 0.0, name: str = "effect") -> tuple[float, str]:
    """The effect of a truth of two arms, and the truth in words: none, `null`, or a number."""
    if truth is None:
        return assumed, f"the assumed {name} {assumed:g}"
    if isinstance(truth, str):
        if truth != "null":
            raise ImpossibleInputError(
                f"the truth {truth!r} is not known", where="truth", hint="Give null or a number."
            )
        return null, f"the null: {name} {null:g}"
    return finite("truth", truth), f"{name} {float(truth):g}"


def chunks(trials: int, seed: int, size: int = CHUNK) -> Iterator[tuple[np.random.Generator, int]]:
    """One generator and the number of trials of each chunk, in order."""
    checked_trials(trials)
    rng = np.random.default_rng(whole("seed", seed, 0, 2**63 - 1))
    done = 0
    while done < trials:
        count = min(size, trials - done)
        yield rng, count
        done += count


def share(name: str, label: str, hits: float, trials: int) -> Estimate:
    """A simulated share; its standard error is never 0, for a share of 0 or 1 is uncertain too."""
    smoothed = (hits + 1) / (trials + 2)
    return Estimate(name, label, hits / trials, math.sqrt(smoothed * (1 - smoothed) / trials), "1")


def mean(name: str, label: str, values: Floats, unit: str = "") -> Estimate:
    """A simulated mean with its standard error."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Estimate(name, label, float(np.mean(values)), spread / math.sqrt(len(values)), unit)


def smallest(power: Callable[[int], float], wanted: float, start: int, unit: str, largest: int = LARGEST_N) -> int:
    """The smallest whole size with the wanted power, for a power that rises with it; doubling, then bisection.

    Raises:
        UnreachableError: none up to `largest`.
    """
    high = max(start, 1)
    low = high - 1
    while power(high) < wanted:
        low = high
        high *= 2
        if high > largest:
            raise UnreachableError(
                f"{largest:,} {unit} do not reach a power of {wanted:g}",
                where="power",
                hint="Assume a larger effect or a smaller spread, or ask for less power.",
            )
    if low == max(start, 1) - 1:
        low = 0
    while high - low > 1:
        middle = (low + high) // 2
        if power(middle) >= wanted:
            high = middle
        else:
            low = middle
    return high
