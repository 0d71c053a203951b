"""Paired proportions: McNemar's test, its exact form, and score tests of a difference that is not zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.stats import binom

from benchside.tools.trials.design.binomial import binomial_p_values, exact_power_of_sides
from benchside.tools.trials.design.checks import between, finite, positive, probability
from benchside.tools.trials.design.counted import ExactCount, NormalCount, OneSampleTwoOneSided, standardised
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.looks import Counts, counts_at
from benchside.tools.trials.design.sawtooth import walk
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic

_CELLS = 4_000_000
Data = tuple[Counts, Counts, Counts]
"""Pairs with only the treatment's event, with only the control's, and all pairs."""


def null_variance(p10: Any, p01: Any, null: float) -> Floats:
    """Variance per pair of p10 - p01 at the likeliest probabilities whose difference is the null.

    The root of the likelihood equation of Tango (1998), equation 10; at a null of 0 it is p10 + p01, as in McNemar's
    test. Arrays broadcast.
    """
    p10, p01 = np.asarray(p10, dtype=float), np.asarray(p01, dtype=float)
    b = -p10 - p01 + (2 - p10 + p01) * null
    q01 = (np.sqrt(np.maximum(b**2 + 8 * p01 * null * (1 - null), 0.0)) - b) / 4
    q01 = np.clip(q01, max(0.0, -null), (1 - null) / 2)
    return np.asarray(np.maximum(2 * q01 + null * (1 - null), 0.0), dtype=float)


def _draw(
    rng: np.random.Generator, only: tuple[float, float], pairs: int, fractions: Sequence[float], trials: int
) -> Data:
    p10, p01 = only
    at = counts_at(pairs, fractions)
    new = np.diff(at, prepend=0)
    first = rng.binomial(new, p10, size=(trials, len(at)))
    second = rng.binomial(new - first, p01 / (1 - p10))
    return np.cumsum(first, axis=1), np.cumsum(second, axis=1), at


@dataclass(frozen=True, kw_only=True)
class PairedTest(NormalCount):
    """Normal test of p10 - p01 in pairs.

    Attributes:
        p10, p01: true probabilities that only the treatment, or only the control, has the event.
        null: difference to be excluded.
        variance: `restricted` to the null (McNemar, Tango) or `observed` (Wald).
    """

    arms: ClassVar[int] = 1
    unit: ClassVar[str] = "pairs"
    p10: float
    p01: float
    null: float
    direction: int
    label: str
    variance: Literal["restricted", "observed"] = "restricted"
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ()

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`; Connett, Smith and McHugh (1987), and Nam (1997) for other nulls."""
        n = sizes[..., 0]
        difference = self.p10 - self.p01
        true = np.sqrt((self.p10 + self.p01 - difference**2) / n)
        stated = true if self.variance == "observed" else np.sqrt(null_variance(self.p10, self.p01, self.null) / n)
        return np.full(n.shape, difference - self.null), stated, true

    def draw(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Data:
        """Cumulative discordant pairs and pairs."""
        return _draw(rng, (self.p10, self.p01), sizes[0], fractions, trials)

    def standardise(self, data: Data) -> Floats:
        """Score or Wald statistic."""
        b, c, n = data
        p10, p01 = b / n, c / n
        observed = self.variance == "observed"
        variance = p10 + p01 - (p10 - p01) ** 2 if observed else null_variance(p10, p01, self.null)
        return standardised(p10 - p01 - self.null, variance / n)


@dataclass(frozen=True, kw_only=True)
class ExactMcNemar(ExactCount):
    """Exact McNemar test: the binomial test of one half among the discordant pairs, powered over their number.

    Two-sided, each side has half of alpha, and both sides count as power.
    """

    arms: ClassVar[int] = 1
    unit: ClassVar[str] = "pairs"
    p10: float
    p01: float
    direction: int
    label: str = "exact McNemar test"
    exactness: Exactness = "exact"
    references: tuple[str, ...] = ("connett-smith-mchugh-1987",)

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Exact power at whole sizes (others are rounded down)."""
        n = np.floor(np.asarray(sizes, dtype=float)[..., 0] + 1e-9)
        flat = n.ravel()
        discordant = self.p10 + self.p01
        m = np.arange(1, int(flat.max(initial=0)) + 1)
        given = exact_power_of_sides(m, 0.5, self.p10 / discordant, alpha, sides=sides, direction=self.direction)
        found = np.zeros(len(flat))
        step = max(1, _CELLS // max(len(m), 1))
        for start in range(0, len(flat), step):
            part = flat[start : start + step]
            found[start : start + step] = binom.pmf(m[None, :], part[:, None], discordant) @ given
        return np.minimum(found, 1.0).reshape(n.shape)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The smallest number of pairs whose exact power is reached, though a larger one may fall short again."""
        near = PairedTest(p10=self.p10, p01=self.p01, null=0.0, direction=self.direction, label="")
        start = round(near.total(alpha, sides, power, (1.0,)))
        return float(walk(lambda n: float(self.power(np.array([float(n)]), alpha, sides)), start, power)[0])

    def draw(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Data:
        """Cumulative discordant pairs and pairs."""
        return _draw(rng, (self.p10, self.p01), sizes[0], fractions, trials)

    def p_values(self, data: Data) -> tuple[Floats, Floats]:
        """Of the binomial test of the discordant pairs."""
        b, c, _ = data
        return binomial_p_values(b, b + c, 0.5)


class PairedProportions(Endpoint):
    """Event with treatment and with control in the same participants (or in matched pairs).

    The effect is the difference of both proportions, which is that of the discordant pairs. Tests: `mcnemar`
    (asymptotic), `exact` (binomial test of the discordant pairs), `score` (Tango) and `wald` for margins.
    """

    kind: Literal["mcnemar"] = "mcnemar"
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("mcnemar", "exact", "wald", "score"),
        "non-inferiority": ("score", "wald"),
        "equivalence": ("score", "wald"),
    }
    effect_name: ClassVar[str] = "difference of paired proportions"
    treatment_only: float = Field(description="proportion of pairs with the event only under treatment")
    control_only: float = Field(description="proportion of pairs with the event only under control")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        probability("treatment_only", self.treatment_only)
        probability("control_only", self.control_only)
        if self.treatment_only + self.control_only > 1:
            raise ImpossibleInputError(
                f"{self.treatment_only:g} and {self.control_only:g} of the pairs are more than all",
                where="control_only",
                hint="The discordant proportions must sum to 1 or less.",
            )
        return self

    @classmethod
    def from_ratio(cls, ratio: float, discordant: float) -> Self:
        """From the ratio of the discordant proportions, treatment only by control only, and their sum."""
        share = positive("ratio", ratio) / (1 + ratio)
        whole = between("discordant", discordant, 0, 1, closed=True)
        return cls(treatment_only=whole * share, control_only=whole * (1 - share))

    def effect(self) -> float:
        """Treatment less control."""
        return self.treatment_only - self.control_only

    def with_effect(self, effect: float) -> Self:
        """The share of discordant pairs stays, what they say changes.

        Raises:
            ImpossibleInputError: more than the discordant pairs would have to differ.
        """
        value = finite("effect", effect)
        if value == self.effect():
            return self.model_copy()
        discordant = self.treatment_only + self.control_only
        if not abs(value) < discordant:
            raise ImpossibleInputError(
                f"a difference of {value:g} needs more than the {discordant:g} of discordant pairs",
                where="effect",
                hint="The difference must be smaller than the discordant share.",
            )
        moved = {"treatment_only": (discordant + value) / 2, "control_only": (discordant - value) / 2}
        return self.model_copy(update=moved)

    def default_test(self, hypothesis: Superiority | NonInferiority | Equivalence) -> str:
        """McNemar's test of no effect, and Tango's score test of any other null."""
        return "mcnemar" if hypothesis.nulls(self.no_effect) == (self.no_effect,) else "score"

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """See `Endpoint.make`.

        Raises:
            ImpossibleInputError: a margin outside (-1, 1).
            OutOfScopeError: McNemar's tests against another null than 0.
        """
        nulls = tuple(between("margin", null, -1, 1) for null in hypothesis.nulls(self.no_effect))
        if test in ("mcnemar", "exact") and nulls != (0.0,):
            raise OutOfScopeError(
                f"McNemar's test is one of no difference, not of {nulls[0]:g}",
                where="test",
                hint="Choose the test score for another null.",
            )
        if isinstance(hypothesis, Equivalence):
            return PairsTwoOneSided.of(self._of(test, nulls[0], 1), self._of(test, nulls[1], -1))
        direction = direction_of(self.effect(), hypothesis, self.no_effect)
        if test == "exact":
            return ExactMcNemar(p10=self.treatment_only, p01=self.control_only, direction=direction)
        return self._of(test, nulls[0], direction)

    def _of(self, test: str, null: float, direction: int) -> PairedTest:
        names = {
            "mcnemar": ("McNemar test", ("connett-smith-mchugh-1987",)),
            "score": ("score test of paired proportions (Tango)", ("tango-1998", "nam-1997")),
            "wald": ("Wald test of paired proportions", ("connett-smith-mchugh-1987",)),
        }
        label, references = names[test]
        return PairedTest(
            p10=self.treatment_only,
            p01=self.control_only,
            null=null,
            direction=direction,
            label=label,
            references=references,
            variance="observed" if test == "wald" else "restricted",
        )


@dataclass(frozen=True, kw_only=True)
class PairsTwoOneSided(OneSampleTwoOneSided):
    """As `TwoOneSided`, in pairs."""

    unit: ClassVar[str] = "pairs"


def pairs_from_margins(treatment: float, control: float, correlation: float) -> tuple[float, float]:
    """Discordant proportions of two marginal proportions and the correlation of the events of a pair.

    Returns:
        The proportions with the event only under treatment and only under control.

    Raises:
        ImpossibleInputError: a correlation that these proportions cannot have.
    """
    p, q = probability("treatment", treatment), probability("control", control)
    rho = between("correlation", correlation, -1, 1, closed=True)
    both = p * q + rho * math.sqrt(p * (1 - p) * q * (1 - q))
    if not max(0.0, p + q - 1) <= both <= min(p, q):
        raise ImpossibleInputError(
            f"proportions of {p:g} and {q:g} cannot have a correlation of {rho:g}",
            where="correlation",
            hint="Bring it nearer to 0.",
        )
    return p - both, q - both
