"""A comparison of one or two groups, composed: endpoint x hypothesis x test x monitoring x allocation.

Everything that is the same for all of them is here, once: from the fixed size through the inflation of interim looks
to whole participants, and back from a given size to its power.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import SerializeAsAny, field_validator, model_validator
from scipy.optimize import brentq

from benchside.tools.trials.design import characteristics, wording
from benchside.tools.trials.design import trials as trials_of
from benchside.tools.trials.design.allocation import Allocation, ceiling, with_dropout
from benchside.tools.trials.design.assured import assurance
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design, fields_of
from benchside.tools.trials.design.calendar import EventDriven, calendar, information
from benchside.tools.trials.design.checks import LARGEST_N, between, error_rates, positive, whole
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.hypotheses import Equivalence, Hypothesis, Superiority
from benchside.tools.trials.design.monitoring import Monitoring
from benchside.tools.trials.design.multiplicity.model import Multiplicity, shared_equally
from benchside.tools.trials.design.results import Paragraph, Quantity, SampleSize, Simulation, Table, Verification
from benchside.tools.trials.design.statistic import Floats, Statistic

if TYPE_CHECKING:
    from benchside.tools.trials.design.sequential.plan import Plan

DEFAULT_POWER = 0.9


class Comparison(Design):
    """A trial that tests one hypothesis about one effect, perhaps with interim looks.

    Attributes:
        endpoint: what is measured, and the assumptions about it.
        hypothesis: superiority, non-inferiority or equivalence.
        test: name of the test statistic; the endpoint's default for the hypothesis when not given.
        alpha: type I error, total over the sides; for equivalence the level of each of the two one-sided tests.
        sides: 1 or 2.
        power: wanted; 0.9 when neither power nor n is given.
        n: evaluable participants (or pairs, clusters) in all, to answer with the power instead.
        allocation: shares of the arms; equal when not given.
        monitoring: interim looks, None for a fixed design.
        dropout: share lost to the analysis; more are enrolled.
        effect_sd: uncertainty of the assumed effect (of its logarithm, for ratios), for the assurance.
        multiplicity: the procedure that shares alpha among several hypotheses; `bonferroni:3` for three equal ones.
        hypothesis_name: which of them this one is; the first when not given. It is tested at its share of alpha.
    """

    family: ClassVar[str] = "comparison"
    kind: Literal["comparison"] = "comparison"
    endpoint: SerializeAsAny[Endpoint]
    hypothesis: Hypothesis = Superiority()
    test: str | None = None
    alpha: float = 0.025
    sides: int = 1
    power: float | None = None
    n: int | None = None
    allocation: Allocation | None = None
    monitoring: Monitoring | None = None
    dropout: float = 0.0
    effect_sd: float | None = None
    multiplicity: Multiplicity | None = None
    hypothesis_name: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("power") is None and given.get("n") is None:
            return given | {"power": DEFAULT_POWER}
        return given

    @field_validator("endpoint", mode="before")
    @classmethod
    def _of_its_kind(cls, given: Any) -> Any:
        if isinstance(given, dict):
            from benchside.tools.trials.design.catalogue import endpoint_class

            return endpoint_class(str(given.get("kind", ""))).model_validate(given)
        return given

    @field_validator("multiplicity", mode="before")
    @classmethod
    def _from_words(cls, given: Any) -> Any:
        return shared_equally(given) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _sound(self) -> Comparison:
        error_rates(self.alpha, self.sides, self.power)
        if self.power is not None and self.n is not None:
            raise ContradictoryInputError(
                "both a power and a size are given", where="n", hint="Give one; the other follows from it."
            )
        if self.n is not None:
            whole("n", self.n, 2, LARGEST_N)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        if self.effect_sd is not None:
            positive("effect_sd", self.effect_sd)
        if isinstance(self.hypothesis, Equivalence) and self.sides != 1:
            raise ContradictoryInputError(
                "equivalence is two one-sided tests, each at alpha", where="sides", hint="Give sides 1."
            )
        if self.monitoring is not None and self.monitoring.interim:
            if isinstance(self.hypothesis, Equivalence):
                raise ContradictoryInputError(
                    "interim looks of an equivalence test are out of scope", where="looks", hint="Leave out the looks."
                )
            self.statistic.monitored()
        self._shares()
        error_rates(self.level, self.sides, self.power)
        return self

    @cached_property
    def level(self) -> float:
        """The alpha at which this hypothesis is tested: its share, where several share one."""
        if self.multiplicity is None:
            if self.hypothesis_name is not None:
                raise ContradictoryInputError(
                    "a hypothesis is named without a multiplicity procedure",
                    where="hypothesis_name",
                    hint="Give multiplicity, or leave the name out.",
                )
            return self.alpha
        share = self.multiplicity.local_alpha(self.hypothesis_name or self.multiplicity.names[0], self.alpha)
        if share <= 0:
            raise ContradictoryInputError(
                f"{self.hypothesis_name or self.multiplicity.names[0]} has no alpha of its own at the start",
                where="hypothesis_name",
                hint="Design the hypotheses that come first, or give this one a weight.",
            )
        return share

    @cached_property
    def statistic(self) -> Statistic:
        """The test statistic under the assumptions."""
        return self.endpoint.statistic(self.test, self.hypothesis)

    def statistic_at(self, effect: float) -> Statistic:
        """The same test where the true effect is another one; the direction stays that of the design."""
        made = self.endpoint.with_effect(effect).statistic(self.test_name, self.hypothesis, at_null=True)
        designed = getattr(self.statistic, "direction", None)
        return made if designed is None else dataclasses.replace(made, direction=designed)  # type: ignore[type-var]

    @property
    def test_name(self) -> str:
        """The test by name, the default spelt out."""
        return self.test or self.endpoint.default_test(self.hypothesis)

    @property
    def nulls(self) -> tuple[float, ...]:
        """The effects to be excluded."""
        return self.hypothesis.nulls(self.endpoint.no_effect)

    @property
    def arm_names(self) -> tuple[str, ...]:
        """Names of the arms, in the order of sizes."""
        arms = self.statistic.arms
        if arms == 1:
            return ("all",)
        usual = ("treatment", "control") if arms == 2 else tuple(f"sequence {i + 1}" for i in range(arms))
        return tuple(getattr(self.statistic, "arm_names", usual))

    def _shares(self) -> tuple[float, ...]:
        if len(self.shared.ratio) != self.statistic.arms:
            raise ContradictoryInputError(
                f"{len(self.shared.ratio)} shares for {self.statistic.arms} arms",
                where="allocation",
                hint="One for each arm.",
            )
        return self.shared.weights

    @cached_property
    def shared(self) -> Allocation:
        """The allocation; equal shares where none is given, and nothing to share in one group."""
        arms = self.statistic.arms
        return Allocation(ratio=(1.0,) * arms) if arms == 1 or self.allocation is None else self.allocation

    @cached_property
    def plan(self) -> Plan | None:
        """The boundaries, None without interim looks."""
        if self.monitoring is None or not self.monitoring.interim:
            return None
        if self.power is not None:
            return self._plan_of(self.power)
        drift = float(self.statistic.drift(np.asarray(self._given(), dtype=float), self.level, self.sides))
        if self.monitoring.futility is None:
            return self._plan_of(DEFAULT_POWER)  # efficacy boundaries do not depend on the power

        def off(power: float) -> float:
            return self._plan_of(power).drift - drift

        low, high = self.level + 1e-4, 1 - 1e-6
        if off(low) > 0 or off(high) < 0:
            raise ImpossibleInputError(
                f"{self.n} {self.statistic.unit} leave no room for a futility boundary by beta spending",
                where="n",
                hint="Give another n, or leave out futility.",
            )
        return self._plan_of(float(brentq(off, low, high, xtol=1e-10)))

    def _plan_of(self, power: float) -> Plan:
        from benchside.tools.trials.design.sequential.plan import plan

        assert self.monitoring is not None
        return plan(
            self.monitoring.looks,
            self.level,
            self.sides,
            power,
            self.monitoring.spending,
            futility=self.monitoring.futility,
            binding=self.monitoring.binding,
        )

    def _given(self) -> tuple[int, ...]:
        """The whole arms of a given n."""
        assert self.n is not None
        sizes = self.shared.rounded(self.n)
        if sum(sizes) != self.n:
            step = sum(self.shared.block() or (1,))
            below = self.n // step * step
            raise ContradictoryInputError(
                f"{self.n} {self.statistic.unit} cannot be shared {self.shared.text()}",
                where="n",
                hint=f"Give {below} or {below + step}, or another allocation.",
            )
        return sizes

    @cached_property
    def _size(self) -> tuple[float, tuple[int, ...]]:
        """Unrounded total and whole evaluable arms."""
        if self.n is not None:
            return float(self.n), self._given()
        assert self.power is not None
        total = self.statistic.total(self.level, self.sides, self.power, self._shares())
        if self.plan is not None:
            total = self.statistic.inflated(total, float(self.plan.inflation), self._shares())
        if total > LARGEST_N:
            raise UnreachableError(
                f"{total:.3g} {self.statistic.unit} would be needed",
                where="power",
                hint="Assume a larger effect, or ask for less power.",
            )
        return total, self.shared.rounded(total)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Whole evaluable sizes of the arms."""
        return self._size[1]

    def power_of(self, statistic: Statistic, sizes: Sequence[float] | Floats) -> float:
        """Power of the design (its boundaries kept) at sizes, under the assumptions of a statistic."""
        arms = np.asarray(sizes, dtype=float)
        if self.plan is None:
            return float(statistic.power(arms, self.level, self.sides))
        return float(self.plan.rejection(float(statistic.drift(arms, self.level, self.sides))))

    def sample_size(self) -> SampleSize:
        """Sizes and the power of the rounded design."""
        return self._sample_size

    @cached_property
    def _sample_size(self) -> SampleSize:
        total, sizes = self._size
        statistic = self.statistic
        extra: list[Quantity] = []
        if self.plan is not None:
            drift = float(statistic.drift(np.asarray(sizes, dtype=float), self.level, self.sides))
            counted = information(self)
            extra = [
                Quantity("inflation", "inflation factor of the looks", float(self.plan.inflation), "1"),
                Quantity(f"expected_{counted.name}_null", f"expected {counted.label} at the null",
                         counted.total * float(self.plan.expected_information(0.0)), digits=5),
                Quantity(f"expected_{counted.name}", f"expected {counted.label} at the assumed effect",
                         counted.total * float(self.plan.expected_information(drift)), digits=5),
            ]  # fmt: skip
        if self.effect_sd is not None:
            extra.append(assurance(self, self.effect_sd))
        events = None
        if isinstance(statistic, EventDriven):
            events = ceiling(float(statistic.events(np.asarray(sizes, dtype=float))))
        return SampleSize(
            arms=self.arm_names,
            evaluable=sizes,
            enrolled=with_dropout(sizes, self.dropout),
            unrounded=total,
            power=self.power_of(statistic, sizes),
            rule=self.shared.rule() if self.n is None else "as given",
            unit=statistic.unit,
            events=events,
            extra=tuple(extra),
        )

    def changed(self, part: str, field: str, value: float) -> Comparison:
        """The same design at the same power with another value of one field of `endpoint` or `hypothesis`."""
        owner = getattr(self, part)
        settings = fields_of(self) | {"n": None, "effect_sd": None, "power": self.power or DEFAULT_POWER}
        settings[part] = type(owner).model_validate(owner.model_dump() | {field: value})
        return type(self).model_validate(settings)

    def assumptions(self) -> tuple[Quantity, ...]:
        """Fields of the endpoint, hypothesis and design, by name."""
        return wording.assumptions(self)

    def boundaries(self) -> Table:
        """Boundaries by look, on every scale, with what they spend and how often they are crossed."""
        if self.plan is None:
            return super().boundaries()
        return characteristics.boundary_table(self)

    def operating_characteristics(self) -> Table:
        """Power, expected size and stopping from the null to beyond the assumed effect."""
        return characteristics.power_curve(self)

    def sensitivity(self) -> Table:
        """How size and power move when each assumption is a tenth larger or smaller."""
        return characteristics.sensitivity(self)

    def simulate(
        self, truth: float | str | None = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED
    ) -> Simulation:
        """Simulated trials at an effect: None is the assumed one, "null" the null, a number is that effect."""
        return trials_of.simulate(self, truth, trials=trials, seed=seed)

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Power, type I error and expected size by formula against simulated trials."""
        return trials_of.verify(self, trials=trials, seed=seed)

    def to_text(self) -> Paragraph:
        """The sample-size paragraph."""
        return wording.paragraph(self)

    def tables(self) -> tuple[Table, ...]:
        """Boundaries where there are looks, the power curve, the calendar where events drive it, the sensitivity."""
        return (*super().tables(), *calendar(self), self.sensitivity())
