"""Spending functions: how much of an error rate may be used by each fraction of the information.

A spending function gets the whole error rate of the side that it serves: the one-sided alpha, half of a two-sided
alpha, or beta. At and beyond fraction 1 all of it is spent. Boundary families (Pocock, O'Brien-Fleming, Wang-Tsiatis,
Haybittle-Peto) fix the shape of the bounds instead of the spending; they are in `families.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from benchside.tools.trials.design.checks import between, finite, increasing, probability
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError

Floats = NDArray[np.float64]
LARGEST_GAMMA = 40.0
LINEAR_GAMMA = 1e-10  # below it the family is linear to all digits, and the quotient may not exist
LARGEST_RHO = 50.0


class SpendingFunction(ABC):
    """Cumulative error as a function of the information fraction."""

    references: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def label(self) -> str:
        """As the field names it."""

    @abstractmethod
    def share(self, t: Floats, total: float) -> Floats:
        """Cumulative error at fractions within [0, 1], shape of t."""

    def cumulative(self, t: ArrayLike, total: float) -> Floats:
        """Error that may be spent up to information fractions, shape of t.

        Args:
            t: fractions from 0; from 1 on, all is spent.
            total: the error rate of this side, strictly between 0 and 1.
        """
        probability("total", total)
        fractions = np.asarray(t, dtype=float)
        if not np.isfinite(fractions).all() or (fractions < 0).any():
            raise ImpossibleInputError(
                f"the information fractions are {fractions.tolist()}", where="t", hint="Give fractions from 0 on."
            )
        spent = np.clip(self.share(np.minimum(fractions, 1.0), total), 0.0, total)
        return np.asarray(np.where(fractions >= 1, total, spent))


@dataclass(frozen=True, slots=True)
class LanDeMetsOF(SpendingFunction):
    """O'Brien-Fleming type of Lan & DeMets (1983): 2 - 2 * Phi(z / sqrt(t)), z the upper total/2 quantile."""

    references: ClassVar[tuple[str, ...]] = ("lan-demets-1983", "obrien-fleming-1979")

    @property
    def label(self) -> str:
        """As the field names it."""
        return "Lan-DeMets O'Brien-Fleming type"

    def share(self, t: Floats, total: float) -> Floats:
        """Cumulative error."""
        z = ndtri(total / 2)
        with np.errstate(divide="ignore"):
            return np.asarray(2 * ndtr(z / np.sqrt(t)))


@dataclass(frozen=True, slots=True)
class LanDeMetsPocock(SpendingFunction):
    """Pocock type of Lan & DeMets (1983): total * log(1 + (e - 1) * t)."""

    references: ClassVar[tuple[str, ...]] = ("lan-demets-1983", "pocock-1977")

    @property
    def label(self) -> str:
        """As the field names it."""
        return "Lan-DeMets Pocock type"

    def share(self, t: Floats, total: float) -> Floats:
        """Cumulative error."""
        return np.asarray(total * np.log1p(np.expm1(1.0) * t))


@dataclass(frozen=True, slots=True)
class KimDeMets(SpendingFunction):
    """Power family of Kim & DeMets (1987): total * t**rho; rho 1 is near Pocock, 3 near O'Brien-Fleming."""

    rho: float
    references: ClassVar[tuple[str, ...]] = ("kim-demets-1987",)

    def __post_init__(self) -> None:
        between("rho", self.rho, 0, LARGEST_RHO)

    @property
    def label(self) -> str:
        """As the field names it."""
        return f"Kim-DeMets power, rho {self.rho:g}"

    def share(self, t: Floats, total: float) -> Floats:
        """Cumulative error."""
        return np.asarray(total * t**self.rho)


@dataclass(frozen=True, slots=True)
class HwangShihDeCani(SpendingFunction):
    """Family of Hwang, Shih & De Cani (1990): total * (1 - exp(-gamma t)) / (1 - exp(-gamma)); 0 is linear."""

    gamma: float
    references: ClassVar[tuple[str, ...]] = ("hwang-1990",)

    def __post_init__(self) -> None:
        between("gamma", self.gamma, -LARGEST_GAMMA, LARGEST_GAMMA, closed=True)

    @property
    def label(self) -> str:
        """As the field names it."""
        return f"Hwang-Shih-DeCani, gamma {self.gamma:g}"

    def share(self, t: Floats, total: float) -> Floats:
        """Cumulative error."""
        if abs(self.gamma) < LINEAR_GAMMA:
            return np.asarray(total * t)
        return np.asarray(total * np.expm1(-self.gamma * t) / np.expm1(-self.gamma))


@dataclass(frozen=True, slots=True)
class Exponential(SpendingFunction):
    """Exponential family of Anderson & Clark (2010): total ** (t ** -nu); 0.75 is close to O'Brien-Fleming."""

    nu: float
    references: ClassVar[tuple[str, ...]] = ("anderson-clark-2010",)

    def __post_init__(self) -> None:
        between("nu", self.nu, 0, 10)

    @property
    def label(self) -> str:
        """As the field names it."""
        return f"exponential, nu {self.nu:g}"

    def share(self, t: Floats, total: float) -> Floats:
        """Cumulative error."""
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(total ** (t**-self.nu))


@dataclass(frozen=True, slots=True)
class Custom(SpendingFunction):
    """Cumulative error given look by look, linear between the looks.

    Attributes:
        values: cumulative error at the planned looks; the last is the whole.
        fractions: information fractions of those looks; none until `at` gives them.
    """

    values: tuple[float, ...]
    fractions: tuple[float, ...] | None = None
    references: ClassVar[tuple[str, ...]] = ("lan-demets-1983",)

    def __post_init__(self) -> None:
        if not self.values:
            raise ImpossibleInputError("no spending values", where="spending", hint="Give one for each look.")
        before = 0.0
        for value in self.values:
            if finite("spending", value) < before:
                raise ContradictoryInputError(
                    f"cumulative spending falls from {before:g} to {value:g}",
                    where="spending",
                    hint="Give cumulative values, which never fall.",
                )
            before = value
        probability("spending", before)
        if self.fractions is not None:
            increasing("fractions", self.fractions)
            if len(self.fractions) != len(self.values):
                raise ContradictoryInputError(
                    f"{len(self.values)} spending values for {len(self.fractions)} looks",
                    where="spending",
                    hint="Give one cumulative value for each look.",
                )

    @property
    def label(self) -> str:
        """As the field names it."""
        return "user-given spending"

    def at(self, fractions: Sequence[float]) -> Custom:
        """The same, with the planned fractions of its values."""
        return self if self.fractions is not None else Custom(self.values, tuple(float(f) for f in fractions))

    def share(self, t: Floats, total: float) -> Floats:
        """Cumulative error, scaled when `total` is not the last value."""
        if self.fractions is None:
            if t.shape != (len(self.values),):
                raise ContradictoryInputError(
                    f"{len(self.values)} spending values for {t.size} looks",
                    where="spending",
                    hint="Give one cumulative value for each look.",
                )
            return np.asarray(self.values) * (total / self.values[-1])
        known = (0.0, *self.fractions)
        return np.asarray(np.interp(t, known, (0.0, *self.values)) * (total / self.values[-1]))


PLAIN: dict[str, type[LanDeMetsOF | LanDeMetsPocock]] = {
    "lan-demets-of": LanDeMetsOF,
    "lan-demets-obrien-fleming": LanDeMetsOF,
    "lan-demets-pocock": LanDeMetsPocock,
}
WITH_PARAMETER: dict[str, type[KimDeMets | HwangShihDeCani | Exponential]] = {
    "kim-demets": KimDeMets,
    "hsd": HwangShihDeCani,
    "exponential": Exponential,
}
SPENDING_FORMS = ("lan-demets-of", "lan-demets-pocock", "kim-demets:RHO", "hsd:GAMMA", "exponential:NU", "custom:A,B,C")


def number_in(text: str, where: str) -> float:
    """The number in the text of a rule."""
    try:
        return finite(where, float(text))
    except ValueError as error:
        raise ImpossibleInputError(f"{text!r} is not a number", where=where, hint="Give a number.") from error


def parse_spending(text: str, where: str = "spending") -> SpendingFunction:
    """A spending function from its text form, one of `SPENDING_FORMS`; `custom` takes cumulative values by look.

    Raises:
        OutOfScopeError: no such function; the hint names those there are.
        ImpossibleInputError: a parameter that is missing, not a number, or out of range.
    """
    name, colon, rest = text.strip().lower().partition(":")
    if name in PLAIN and not colon:
        return PLAIN[name]()
    if name in WITH_PARAMETER:
        return WITH_PARAMETER[name](number_in(rest, where))
    if name == "custom":
        return Custom(tuple(number_in(part, where) for part in rest.split(",")))
    raise OutOfScopeError(
        f"there is no spending function {text!r}", where=where, hint=f"Choose one of: {', '.join(SPENDING_FORMS)}."
    )
