"""How participants are shared between arms, and the one place where sizes become whole numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from benchside.tools.trials.design.checks import MOST_ARMS, positive
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError

LARGEST_BLOCK = 12
_SLACK = 1e-9  # 50.0000000001 is 50: what a root finder leaves must not cost a participant
_RATIO = re.compile(r"\s*(?:(?P<names>[\w -]+(?::[\w -]+)+)\s*=)?\s*(?P<numbers>[0-9.]+(?:\s*:\s*[0-9.]+)*)\s*")


class Allocation(BaseModel):
    """Shares of the arms: `2:1`, `treatment:control=2:1`, or 2 for two treated per control.

    Attributes:
        ratio: one positive number per arm, treatment first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    ratio: tuple[float, ...] = (1.0, 1.0)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        if isinstance(given, bool):
            raise ImpossibleInputError(f"the allocation is {given!r}", where="allocation", hint="Write 2:1.")
        if isinstance(given, int | float):
            return {"ratio": (positive("allocation", given), 1.0)}
        if isinstance(given, list | tuple):
            return {"ratio": tuple(given)}
        if isinstance(given, str):
            return {"ratio": _parsed(given)}
        return given

    @model_validator(mode="after")
    def _positive(self) -> Allocation:
        if not 1 <= len(self.ratio) <= MOST_ARMS:
            raise ImpossibleInputError(f"{len(self.ratio)} arms", where="allocation", hint=f"1 to {MOST_ARMS}.")
        for share in self.ratio:
            positive("allocation", share)
        if max(self.ratio) / min(self.ratio) > 1000:
            raise ImpossibleInputError(
                f"the allocation {self.text()} leaves an arm almost empty", where="allocation", hint="Up to 1000:1."
            )
        return self

    @property
    def weights(self) -> tuple[float, ...]:
        """Shares that sum to 1."""
        total = sum(self.ratio)
        return tuple(r / total for r in self.ratio)

    def block(self) -> tuple[int, ...] | None:
        """The smallest whole numbers of this ratio, None where there are none of a sum up to twelve."""
        for scale in range(1, LARGEST_BLOCK + 1):
            multiple = [r / min(self.ratio) * scale for r in self.ratio]
            whole = [round(m) for m in multiple]
            if sum(whole) <= LARGEST_BLOCK and all(abs(m - w) < 1e-9 for m, w in zip(multiple, whole, strict=True)):
                return tuple(whole)
        return None

    def text(self) -> str:
        """As people write it: `2:1`."""
        return ":".join(f"{r:g}" for r in self.block() or self.ratio)

    def rounded(self, total: float) -> tuple[int, ...]:
        """Whole sizes of the arms for an unrounded total, by the rule that `rule` states."""
        block = self.block()
        if block is not None:
            blocks = ceiling(total / sum(block))
            return tuple(blocks * b for b in block)
        return tuple(ceiling(total * w) for w in self.weights)

    def rule(self) -> str:
        """How `rounded` rounds, in words."""
        if len(self.ratio) == 1:
            return "rounded up to the next whole number"
        if self.block() is not None:
            return f"rounded up to whole blocks of the allocation {self.text()}"
        return "each arm rounded up to the next whole number"


def ceiling(value: float) -> int:
    """The next whole number at or above, at least 1; what numerics add in the ninth digit does not count."""
    return max(1, math.ceil(value * (1 - _SLACK) - _SLACK))


def with_dropout(sizes: Sequence[int], dropout: float) -> tuple[int, ...]:
    """Sizes to enrol so that the evaluable ones remain after a loss of `dropout`: n / (1 - dropout), rounded up."""
    return tuple(ceiling(n / (1 - dropout)) if dropout else n for n in sizes)


def _parsed(text: str) -> tuple[float, ...]:
    found = _RATIO.fullmatch(text)
    if found is None:
        raise ImpossibleInputError(
            f"the allocation {text[:60]!r} cannot be read",
            where="allocation",
            hint="Write treatment:control=2:1 or 2:1.",
        )
    numbers = []
    for part in found["numbers"].split(":"):
        try:
            numbers.append(float(part))
        except ValueError:
            raise ImpossibleInputError(f"{part!r} is no number", where="allocation", hint="Write 2:1.") from None
    if len(numbers) == 1:
        numbers.append(1.0)
    if found["names"]:
        names = [n.strip().lower() for n in found["names"].split(":")]
        if len(names) != len(numbers):
            raise ContradictoryInputError(
                f"{len(names)} names and {len(numbers)} shares", where="allocation", hint="One share for each arm."
            )
        if names == ["control", "treatment"]:
            numbers.reverse()
        elif names != ["treatment", "control"]:
            raise ContradictoryInputError(
                f"the arms {', '.join(names)} are not known", where="allocation", hint="Write treatment:control=2:1."
            )
    return tuple(numbers)
