"""Sizes on a saw-tooth power curve: the first that reaches a power, and the one from which all larger ones do."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from benchside.tools.trials.design.errors import UnreachableError
from benchside.tools.trials.design.statistic import Floats

_BATCH = 1024
MOST_SIZES = 300_000  # looked at in one scan
_LEAST_STEPS = 40  # of a walk, to see the largest tooth
_MOST_STEPS = 20_000
_MARGIN = 5e-4  # power beyond the teeth before a walk ends


def scan(power_at: Callable[[Floats], Floats], end: float, power: float) -> tuple[int, int]:
    """The first whole size of that power, and the smallest from which on every larger one has it: all up to an end.

    Args:
        power_at: power at an array of sizes.
        end: size beyond which no tooth falls below the power.
        power: wanted.

    Raises:
        UnreachableError: there is none up to `end`, or `end` is too far for an exact search.
    """
    if end > MOST_SIZES:
        raise too_many(end)
    first = short = 0
    for start in range(1, int(end) + 1, _BATCH):
        sizes = np.arange(start, min(start + _BATCH, int(end) + 1))
        reached = power_at(sizes.astype(float)) >= power
        if first == 0 and reached.any():
            first = int(sizes[reached.argmax()])
        if not reached.all():
            short = int(sizes[~reached][-1])
    if first == 0 or short >= int(end):
        raise _none(power)
    return first, short + 1


def walk(power_at: Callable[[int], float], near: int, power: float) -> tuple[int, int]:
    """As `scan`, where a power is costly: up and down from a size near, until the curve is clear of the target.

    Clear is three times the largest tooth that the walk has seen (or nearly at a power of 0 or 1), after forty sizes.

    Args:
        power_at: power at one whole size, 1 or more.
        near: where to begin.
        power: wanted.

    Raises:
        UnreachableError: the walk does not end.
    """
    at = lru_cache(maxsize=None)(power_at)
    middle = _crossing(at, max(1, near), power)
    reached, short = [n for n in (middle,) if at(n) >= power], [n for n in (middle,) if at(n) < power]
    for direction in (-1, 1):
        tooth, before, size = 0.0, at(middle), middle
        for step in range(1, _MOST_STEPS + 1):
            size += direction
            if size < 1:
                break
            here = at(size)
            (reached if here >= power else short).append(size)
            # a tooth is a step of the curve against its trend, towards the target again
            tooth, before = max(tooth, here - before if direction < 0 else before - here), here
            clear = (power - here) if direction < 0 else (here - power)
            room = power if direction < 0 else 1 - power
            if step >= _LEAST_STEPS and clear >= min(3 * tooth + min(_MARGIN, room / 4), 0.95 * room):
                break
        else:
            raise too_many(size)
    if not reached:
        raise _none(power)
    last = max(short, default=0)
    return min(reached), min(n for n in reached if n > last)


def _crossing(at: Callable[[int], float], near: int, power: float) -> int:
    """A size where the curve, taken as rising, crosses the power."""
    low, high = 0, near
    while at(high) < power:
        low, high = high, 2 * high
        if high > MOST_SIZES:
            raise too_many(high)
    while high - low > 1:
        middle = (low + high) // 2
        if at(middle) < power:
            low = middle
        else:
            high = middle
    return high


def too_many(size: float) -> UnreachableError:
    """The error for sizes that an exact search does not reach."""
    return UnreachableError(
        f"sizes near {size:,.0f} are too large for an exact search",
        where="power",
        hint="Use the normal approximation of the test, which is accurate at such sizes.",
    )


def _none(power: float) -> UnreachableError:
    return UnreachableError(
        f"no size has a power of {power:g}", where="power", hint="Assume a larger effect, or ask for less power."
    )
