"""Cluster-randomised event rates: Poisson counts over person-time, and rates that vary between clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from benchside.tools.trials.design.checks import between, finite, not_negative, positive
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.fields import sound_number
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority, direction_of
from benchside.tools.trials.design.looks import counts_at
from benchside.tools.trials.design.statistic import Exactness, Floats, Statistic
from benchside.tools.trials.design.student import normal_power, t_power, to_normal

LABELS = {
    "hayes-bennett": "t test of cluster rates, sized by Hayes and Bennett",
    "t": "t test of cluster rates",
}
LARGEST_COUNT = 1e9


class ClusterRates(Endpoint):
    """Event rates in clusters that are randomised whole; sizes count clusters, the effect is a difference of rates.

    Tests: `hayes-bennett` (the default: normal, with one cluster less in each arm) and `t` (k_t + k_c - 2 degrees of
    freedom); both are analysed by the t test of cluster rates.
    """

    kind: Literal["cluster-rates"] = "cluster-rates"
    treatment: float = Field(description="events per unit of person-time in treatment")
    control: float = Field(description="events per unit of person-time in control")
    person_time: float = Field(description="person-time observed in a cluster")
    cv_between: float = Field(description="coefficient of variation of the true rates between clusters of an arm")
    tests: ClassVar[dict[str, tuple[str, ...]]] = {"superiority": tuple(LABELS), "non-inferiority": tuple(LABELS)}
    effect_name: ClassVar[str] = "rate difference"
    _no_bools = field_validator("*", mode="before")(sound_number)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name in ("treatment", "control", "person_time"):
            positive(name, getattr(self, name))
        not_negative("cv_between", self.cv_between)
        between("cv_between", self.cv_between, 0, 10, closed=True)
        for name in ("treatment", "control"):
            between(f"events per cluster in {name}", getattr(self, name) * self.person_time, 0, LARGEST_COUNT)
        return self

    def effect(self) -> float:
        """The rate difference."""
        return self.treatment - self.control

    def with_effect(self, effect: float) -> Self:
        """Another rate in treatment."""
        treatment = positive("treatment", self.control + finite("effect", effect))
        return type(self).model_validate(self.model_dump() | {"treatment": treatment})

    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """The t test of cluster rates, with that formula for its power."""
        null = hypothesis.nulls(self.no_effect)[0]
        return ClusterRatesTest(
            label=LABELS[test],
            direction=direction_of(self.effect(), hypothesis, self.no_effect),
            test=test,
            rates=(self.treatment, self.control),
            null=null,
            person_time=self.person_time,
            cv_between=self.cv_between,
        )


@dataclass(frozen=True)
class ClusterRatesTest(Statistic):
    """The t test of cluster rates; one cluster has the variance rate / person-time + (cv rate)^2.

    So Hayes and Bennett (1999). Both powers are approximations, as rates are not normal. The wrong side of a two-sided
    `hayes-bennett` is not counted. Simulated rates are gamma distributed between clusters and counts Poisson within.
    """

    label: str
    direction: int
    test: str
    rates: tuple[float, float]
    null: float
    person_time: float
    cv_between: float
    exactness: Exactness = "asymptotic"
    references: tuple[str, ...] = ("hayes-bennett-1999",)
    unit: ClassVar[str] = "clusters"

    def power(self, sizes: Floats, alpha: float, sides: int) -> Floats:
        """Power by the formula of the test; 0 where an arm has one cluster or less."""
        k = np.asarray(sizes, dtype=float)
        rate = np.asarray(self.rates)
        variance = rate / self.person_time + (self.cv_between * rate) ** 2
        usable = np.all(k > 1, axis=-1)
        divisor = np.where(usable[..., None], k - 1 if self.test == "hayes-bennett" else k, 1.0)
        shift = self.direction * (rate[0] - rate[1] - self.null) / np.sqrt((variance / divisor).sum(axis=-1))
        if self.test == "hayes-bennett":
            found = normal_power(np.asarray(shift), alpha / sides)
        else:
            found = t_power(np.asarray(k.sum(axis=-1) - 2), np.asarray(shift), alpha / sides, both=sides == 2)
        return np.asarray(np.where(usable, found, 0.0))

    def sample(self, rng: np.random.Generator, sizes: Sequence[int], fractions: Sequence[float], trials: int) -> Floats:
        """t statistics of simulated clusters, each with its own true rate, on the normal scale."""
        rates = []
        for arm in (0, 1):
            mean = self.rates[arm] * self.person_time
            shape = (trials, sizes[arm])
            cv = self.cv_between
            true = rng.gamma(1 / cv**2, mean * cv**2, shape) if cv > 1e-6 else np.full(shape, mean)
            rates.append(rng.poisson(true) / self.person_time)
        found = np.zeros((trials, len(fractions)))
        for look, fraction in enumerate(fractions):
            k = counts_at(sizes, fraction)
            if min(k) < 2:
                continue  # no spread between clusters can be told: the test can't reject
            y = [values[:, :count] for values, count in zip(rates, k, strict=True)]
            variance = y[0].var(axis=1, ddof=1) / k[0] + y[1].var(axis=1, ddof=1) / k[1]
            apart = self.direction * (y[0].mean(axis=1) - y[1].mean(axis=1) - self.null)
            t = np.where(variance > 0, apart / np.sqrt(np.where(variance > 0, variance, 1.0)), np.sign(apart) * 38.0)
            found[:, look] = to_normal(t, k[0] + k[1] - 2)
        return found
