"""Checks of inputs: each raises a named error that says the field, what was given and what is allowed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError

LARGEST_N = 10_000_000  # a search for a sample size ends here
LARGEST = 1e100  # beyond it a number is a mistake, and its square overflows
SMALLEST_ALPHA = 1e-12
MOST_LOOKS = 50
MOST_ARMS = 20


def finite(name: str, value: float) -> float:
    """A finite number; bool, NaN and infinity are refused."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST < value < LARGEST:
        raise ImpossibleInputError(f"{name} is {str(value)[:40]}", where=name, hint="Give a finite number.")
    return float(value)


def between(name: str, value: float, low: float, high: float, *, closed: bool = False) -> float:
    """A number in the open interval (low, high), or in the closed one."""
    number = finite(name, value)
    inside = low <= number <= high if closed else low < number < high
    if not inside:
        word = "from" if closed else "strictly between"
        raise ImpossibleInputError(
            f"{name} is {number:g}", where=name, hint=f"It must be {word} {low:g} {'to' if closed else 'and'} {high:g}."
        )
    return number


def probability(name: str, value: float) -> float:
    """A probability strictly between 0 and 1."""
    return between(name, value, 0, 1)


def positive(name: str, value: float) -> float:
    """A finite number above 0."""
    number = finite(name, value)
    if number <= 0:
        raise ImpossibleInputError(f"{name} is {number:g}", where=name, hint="It must be above 0.")
    return number


def not_negative(name: str, value: float) -> float:
    """A finite number, 0 or above."""
    number = finite(name, value)
    if number < 0:
        raise ImpossibleInputError(f"{name} is {number:g}", where=name, hint="It must not be negative.")
    return number


def whole(name: str, value: float, low: int, high: int = LARGEST_N) -> int:
    """A whole number from `low` to `high`, both included; 3.0 counts as 3."""
    number = between(name, value, low, high, closed=True)
    if number != int(number):
        raise ImpossibleInputError(f"{name} is {number:g}", where=name, hint="Give a whole number.")
    return int(number)


def error_rates(alpha: float, sides: int, power: float | None = None) -> None:
    """Alpha (total over the sides), the number of sides, and a power that exceeds what the null gives."""
    between("alpha", alpha, SMALLEST_ALPHA, 0.5 * sides if sides in (1, 2) else 0.5)
    if sides not in (1, 2):
        raise ImpossibleInputError(f"sides is {sides!r}", where="sides", hint="Give 1 or 2.")
    if power is not None and probability("power", power) <= alpha:
        raise ContradictoryInputError(
            f"the power {power:g} is not above alpha {alpha:g}",
            where="power",
            hint="A test rejects with probability alpha at no effect; ask for a power above it, such as 0.8 or 0.9.",
        )


def increasing(name: str, values: Sequence[float], *, low: float = 0.0) -> tuple[float, ...]:
    """Strictly increasing finite numbers above `low`."""
    if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray):
        raise ImpossibleInputError(f"{name} is {values!r}", where=name, hint="Give a list of numbers.")
    found = tuple(finite(name, v) for v in values)
    if not found:
        raise ImpossibleInputError(f"{name} is empty", where=name, hint="Give at least one value.")
    if found[0] <= low:
        raise ImpossibleInputError(f"{name} starts at {found[0]:g}", where=name, hint=f"Start above {low:g}.")
    for a, b in itertools.pairwise(found):
        if b <= a:
            raise ContradictoryInputError(
                f"{name} is out of order: {b:g} follows {a:g}", where=name, hint="Give strictly increasing values."
            )
    return found


def information_fractions(name: str, values: Sequence[float]) -> tuple[float, ...]:
    """Strictly increasing fractions in (0, 1] that end in 1, at most `MOST_LOOKS`."""
    found = increasing(name, values)
    if len(found) > MOST_LOOKS:
        raise ImpossibleInputError(f"{len(found)} looks", where=name, hint=f"At most {MOST_LOOKS}.")
    if found[-1] > 1:
        raise ImpossibleInputError(
            f"{name} ends in {found[-1]:g}", where=name, hint="Information fractions are shares of the whole: end in 1."
        )
    if found[-1] < 1:
        raise ContradictoryInputError(
            f"{name} ends in {found[-1]:g}", where=name, hint="The last look is the final analysis: end in 1."
        )
    return found
