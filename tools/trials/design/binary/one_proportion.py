"""One proportion against a reference value, by the exact binomial test or by the normal approximation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from benchside.tools.trials.design.binomial import binomial_p_values, exact_power_of_sides
from benchside.tools.trials.design.checks import finite, probability
from benchside.tools.trials.design.counted import (
    ExactCount,
    NormalCount,
    OneSampleTwoOneSided,
    binomial_looks,
    standardised,
)
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.looks import Counts
from benchside.tools.trials.design.sawtooth import scan
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic

Data = tuple[Counts, Counts]
"""Events and sizes."""


@dataclass(frozen=True, kw_only=True)
class OneProportionTest(NormalCount):
    """z test of one proportion; the variance in the test is that of the null, or the observed one (Wald).

    Attributes:
        truth, null: proportions.
        variance: `null` (score test) or `observed`.
    """

    arms: ClassVar[int] = 1
    truth: float
    null: float
    direction: int
    label: str
    variance: Literal["null", "observed"] = "null"
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ("lachin-2011",)

    def moments(self, sizes: Floats) -> tuple[Floats, Floats, Floats]:
        """See `NormalCount.moments`."""
        n = sizes[..., 0]
        true = np.sqrt(self.truth * (1 - self.truth) / n)
        stated = np.sqrt(self.null * (1 - self.null) / n) if self.variance == "null" else true
        return np.full(n.shape, self.truth - self.null), stated, true

    def draw(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Data:
        """Cumulative events and sizes."""
        return binomial_looks(rng, sizes[0], fractions, self.truth, trials)

    def standardise(self, data: Data) -> Floats:
        """z statistic."""
        x, n = data
        found = x / n
        at = np.full(found.shape, self.null) if self.variance == "null" else found
        return standardised(found - self.null, at * (1 - at) / n)


@dataclass(frozen=True, kw_only=True)
class ExactBinomialTest(ExactCount):
    """Exact binomial test. Two-sided, each side has half of alpha, and both sides count as power."""

    arms: ClassVar[int] = 1
    truth: float
    null: float
    direction: int
    label: str = "exact binomial test"
    exactness: Exactness = "exact"
    references: tuple[str, ...] = ("chernick-liu-2002",)

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Exact power at whole sizes (others are rounded down)."""
        n = np.floor(np.asarray(sizes, dtype=float)[..., 0] + 1e-9)
        return exact_power_of_sides(n, self.null, self.truth, alpha, sides=sides, direction=self.direction)

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The smallest size whose exact power is reached, though a larger one may fall short again.

        gsDesign's nBinomial1Sample calls it not conservative; `stable_total` is its conservative answer.
        """
        return float(self._search(alpha, sides, power)[0])

    def stable_total(self, alpha: float, sides: int, power: float) -> float:
        """The smallest size from which on every larger one has the power too."""
        return float(self._search(alpha, sides, power)[1])

    def _search(self, alpha: float, sides: int, power: float) -> tuple[int, int]:
        near = OneProportionTest(truth=self.truth, null=self.null, direction=self.direction, label="")
        end = _end(near.total(alpha, sides, power, (1.0,)), self.null, self.truth)
        return scan(lambda n: self.power(n[:, None], alpha, sides), end, power)

    def draw(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Data:
        """Cumulative events and sizes."""
        return binomial_looks(rng, sizes[0], fractions, self.truth, trials)

    def p_values(self, data: Data) -> tuple[Floats, Floats]:
        """Of the binomial test."""
        return binomial_p_values(*data, self.null)


@dataclass(frozen=True, kw_only=True)
class ExactTwoOneSided(OneSampleTwoOneSided):
    """Two exact binomial tests; the counts that both reject form one interval, so that the power is exact."""

    whole: ClassVar[bool] = True
    nulls: tuple[float, float]
    truth: float

    def total(self, alpha: float, sides: int, power: float, weights: Sequence[float]) -> float:
        """The smallest size whose exact power is reached, though a larger one may fall short again."""
        (low, high), nearest = self.nulls, 0.0
        for null, direction in ((low, 1), (high, -1)):
            near = OneProportionTest(truth=self.truth, null=null, direction=direction, label="")
            nearest = max(nearest, near.total(alpha, sides, (1 + power) / 2, (1.0,)))
        end = _end(nearest, low, high, self.truth)
        return float(scan(lambda n: self.power(n[:, None], alpha, sides), end, power)[0])


def _end(near: float, *proportions: float) -> float:
    """A size beyond all teeth: one tooth is about a count wide, that is the inverse of the proportion in sizes."""
    return 2 * near + 10 / min(min(p, 1 - p) for p in proportions) + 50


class OneProportion(Endpoint):
    """Proportion with an event in one group, against a reference value.

    Effects and margins are differences to the reference. Tests: `exact` (binomial), `z` (variance of the null in the
    test) and `wald` (observed variance).
    """

    kind: Literal["one-proportion"] = "one-proportion"
    tests: ClassVar[dict[str, tuple[str, ...]]] = {
        "superiority": ("exact", "z", "wald"),
        "non-inferiority": ("exact", "z", "wald"),
        "equivalence": ("exact", "z", "wald"),
    }
    effect_name: ClassVar[str] = "difference to the reference proportion"
    proportion: float = Field(description="proportion with the event")
    reference: float = Field(description="reference proportion")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        probability("proportion", self.proportion)
        probability("reference", self.reference)
        return self

    def effect(self) -> float:
        """Proportion less reference."""
        return self.proportion - self.reference

    def with_effect(self, effect: float) -> Self:
        """The reference stays, the proportion moves.

        Raises:
            ImpossibleInputError: it would leave (0, 1).
        """
        value = finite("effect", effect)
        moved = self.proportion if value == self.effect() else self.reference + value
        if not 0 < moved < 1:
            raise ImpossibleInputError(
                f"an effect of {value:g} puts the proportion at {moved:g}",
                where="effect",
                hint="It must lie strictly between 0 and 1.",
            )
        return self.model_copy(update={"proportion": moved})

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """See `Endpoint.make`.

        Raises:
            ImpossibleInputError: a margin that puts the null proportion outside (0, 1).
        """
        nulls = hypothesis.nulls(self.no_effect)
        for null in nulls:
            if not 0 < self.reference + null < 1:
                raise ImpossibleInputError(
                    f"the margin {null:g} puts the null proportion at {self.reference + null:g}",
                    where="margin",
                    hint="It must lie strictly between 0 and 1.",
                )
        if isinstance(hypothesis, Equivalence):
            lower, upper = self._of(test, nulls[0], 1), self._of(test, nulls[1], -1)
            if test == "exact":
                return ExactTwoOneSided(
                    lower=lower,
                    upper=upper,
                    label=f"two one-sided tests, {lower.label}",
                    exactness="exact",
                    references=lower.references,
                    nulls=(self.reference + nulls[0], self.reference + nulls[1]),
                    truth=self.proportion,
                )
            return OneSampleTwoOneSided.of(lower, upper)
        return self._of(test, nulls[0], direction_of(self.effect(), hypothesis, self.no_effect))

    def _of(self, test: str, null: float, direction: int) -> ExactBinomialTest | OneProportionTest:
        at = self.reference + null
        if test == "exact":
            return ExactBinomialTest(truth=self.proportion, null=at, direction=direction)
        return OneProportionTest(
            truth=self.proportion,
            null=at,
            direction=direction,
            variance="null" if test == "z" else "observed",
            label=f"z test of one proportion, {'null' if test == 'z' else 'observed'} variance",
        )
