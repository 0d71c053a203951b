"""What the designs of this folder share: numbers from text, truths of a simulation, searches, the usual check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator

from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.checks import LARGEST_N, finite
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.fields import number_list
from benchside.tools.trials.design.results import Cell, Check, Quantity, Verification, sequence_note
from benchside.tools.trials.design.statistic import Exactness

Numbers = Annotated[tuple[float, ...], BeforeValidator(number_list)]


def assumed(design: Design, *names: str) -> tuple[Quantity, ...]:
    """Fields of a design as quantities, with their descriptions; empty ones are left out."""
    found = []
    for name in names:
        value = getattr(design, name)
        if value is None or value in ((), ""):
            continue
        about = type(design).model_fields[name].description or name.replace("_", " ")
        shown: Cell = sequence_note(value) if isinstance(value, tuple) else value
        found.append(Quantity(name, about, shown))
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


def verified(
    design: Design,
    effect: float,
    power: Callable[[float], float],
    expected: Callable[[float], float],
    *,
    exactness: Exactness,
    trials: int,
    seed: int,
) -> Verification:
    """Rejection and expected size by formula against simulated trials, at the assumed effect and at none."""
    checks = []
    for name, label, true, run in (
        ("power", "power", effect, design.simulate(trials=trials, seed=seed)),
        ("type_1_error", "type I error", 0.0, design.simulate("null", trials=trials, seed=seed + 1)),
    ):
        one, size = run["rejected"], run["expected_n"]
        checks += [
            Check(name, label, power(true), one.value, one.standard_error, exactness),
            Check(f"{name}_expected_n", f"expected size, {run.truth}", expected(true), size.value,
                  size.standard_error, "exact"),
        ]  # fmt: skip
    return Verification(tuple(checks), trials, seed)


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
