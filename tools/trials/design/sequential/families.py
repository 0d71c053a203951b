"""Boundary families: bounds of a given shape, whose one constant is set by the error rate.

Pocock, O'Brien-Fleming and Wang-Tsiatis bounds are C * t**(delta - 1/2); Haybittle-Peto keeps one high bound at the
interim looks and adjusts the last. They need the looks where they were planned; for looks that moved, the error that a
family spends at its planned looks serves as a spending function (see `monitoring.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.checks import between
from benchside.tools.trials.design.errors import OutOfScopeError
from benchside.tools.trials.design.sequential.spending import (
    PLAIN,
    SPENDING_FORMS,
    WITH_PARAMETER,
    SpendingFunction,
    number_in,
    parse_spending,
)

Floats = NDArray[np.float64]
LARGEST_INTERIM_Z = 8.0


class BoundaryFamily(ABC):
    """Bounds of a given shape."""

    references: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def label(self) -> str:
        """As the field names it."""


@dataclass(frozen=True, slots=True)
class WangTsiatis(BoundaryFamily):
    """Wang & Tsiatis (1987): C * t**(delta - 1/2); delta 0 is O'Brien-Fleming, 1/2 is Pocock."""

    delta: float
    references: ClassVar[tuple[str, ...]] = ("wang-tsiatis-1987", "jennison-turnbull-2000")

    def __post_init__(self) -> None:
        between("delta", self.delta, -2, 1, closed=True)

    @property
    def label(self) -> str:
        """As the field names it."""
        named = {0.0: "O'Brien-Fleming", 0.5: "Pocock"}
        return named.get(float(self.delta), f"Wang-Tsiatis, delta {self.delta:g}")

    def shape(self, fractions: Floats) -> Floats:
        """Bounds for C = 1, shape of the fractions."""
        return np.asarray(fractions ** (self.delta - 0.5))


@dataclass(frozen=True, slots=True)
class HaybittlePeto(BoundaryFamily):
    """Haybittle (1971) and Peto et al. (1976): one bound at all interim looks, the last adjusted to the error rate."""

    z: float
    references: ClassVar[tuple[str, ...]] = ("haybittle-1971", "peto-1976")

    def __post_init__(self) -> None:
        between("z", self.z, 0, LARGEST_INTERIM_Z)

    @property
    def label(self) -> str:
        """As the field names it."""
        return f"Haybittle-Peto, interim Z {self.z:g}"


Rule = SpendingFunction | BoundaryFamily
FAMILY_FORMS = ("pocock", "obrien-fleming", "wang-tsiatis:DELTA", "haybittle-peto:Z")


def parse_rule(text: str, where: str = "efficacy") -> Rule:
    """A spending function or a boundary family from its text form (`SPENDING_FORMS`, `FAMILY_FORMS`).

    Raises:
        OutOfScopeError: no such rule; the hint names those there are.
        ImpossibleInputError: a parameter that is missing, not a number, or out of range.
    """
    name, colon, rest = text.strip().lower().partition(":")
    if name == "pocock" and not colon:
        return WangTsiatis(0.5)
    if name == "obrien-fleming" and not colon:
        return WangTsiatis(0.0)
    if name == "wang-tsiatis":
        return WangTsiatis(number_in(rest, where))
    if name == "haybittle-peto":
        return HaybittlePeto(number_in(rest, where) if colon else 3.0)
    if (name in PLAIN and not colon) or name in WITH_PARAMETER or name == "custom":
        return parse_spending(text, where)
    raise OutOfScopeError(
        f"there is no boundary {text!r}",
        where=where,
        hint=f"Choose one of: {', '.join((*SPENDING_FORMS, *FAMILY_FORMS))}.",
    )
