"""What an endpoint is to the engine: assumptions, an effect, and the test statistics that it allows."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator

from benchside.tools.trials.design.errors import ContradictoryInputError, OutOfScopeError
from benchside.tools.trials.design.fields import ComparedByFields, refuse_booleans
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority
from benchside.tools.trials.design.statistic import Statistic


class Endpoint(ComparedByFields, BaseModel, ABC):
    """Base of the endpoints. Its fields are the assumptions of the design.

    A concrete endpoint adds `kind: Literal["two-proportions"] = "two-proportions"`, its assumptions with a description
    and unit each, and checks them in a validator with the functions of `checks.py`.

    Attributes:
        tests: test names that `statistic` knows, by hypothesis kind; the first of each is usually the default.
        usual: settings of a design that are usual for this endpoint and differ from the general ones (alpha, margins).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    tests: ClassVar[dict[str, tuple[str, ...]]]
    usual: ClassVar[dict[str, float]] = {}

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_numbers(cls, given: Any) -> Any:
        return refuse_booleans(cls, given)

    @property
    @abstractmethod
    def effect_name(self) -> str:
        """For people and columns, such as "risk difference" or "hazard ratio"; a class variable where it is fixed."""

    @property
    def no_effect(self) -> float:
        """0 for differences, 1 for ratios."""
        return 0.0

    @abstractmethod
    def effect(self) -> float:
        """The assumed effect on the scale of `effect_name`, treatment against control."""

    @abstractmethod
    def with_effect(self, effect: float) -> Self:
        """The same endpoint at another true effect; what describes the control arm and the spread stays."""

    @abstractmethod
    def make(self, test: str, hypothesis: Superiority | NonInferiority | Equivalence) -> Statistic:
        """The statistic of a test that `tests` names; called by `statistic` after its checks."""

    def default_test(self, hypothesis: Superiority | NonInferiority | Equivalence) -> str:
        """The test where none is named: the first of `tests`, or the first that can exclude this null."""
        return self.tests[hypothesis.kind][0]

    def statistic(
        self, test: str | None, hypothesis: Superiority | NonInferiority | Equivalence, *, at_null: bool = False
    ) -> Statistic:
        """The test statistic under these assumptions.

        Args:
            test: a name of `tests`; none is `default_test`.
            hypothesis: what is to be shown.
            at_null: whether the true effect may equal the null (for type I error), which is otherwise an error.

        Raises:
            OutOfScopeError: no such test for this endpoint and hypothesis; the hint names those there are.
            ContradictoryInputError: the assumed effect equals a null, or lies outside the equivalence margins.
        """
        known = self.tests.get(hypothesis.kind, ())
        if not known:
            raise OutOfScopeError(
                f"{hypothesis.kind} is not offered for {self.effect_name}",
                where="hypothesis",
                hint=f"Offered: {', '.join(self.tests)}.",
            )
        if test is not None and test not in known:
            raise OutOfScopeError(
                f"there is no test {test!r} of {hypothesis.kind} for this endpoint",
                where="test",
                hint=f"Choose one of: {', '.join(known)}.",
            )
        nulls = hypothesis.nulls(self.no_effect)
        effect = self.effect()
        if not at_null and any(math.isclose(effect, null, rel_tol=1e-9) for null in nulls):
            raise ContradictoryInputError(
                f"the assumed {self.effect_name} {effect:g} equals the null",
                where="effect",
                hint="No trial can show a difference that is not there: change the assumed effect, null or margin.",
            )
        if not at_null and len(nulls) == 2 and not nulls[0] < effect < nulls[1]:
            raise ContradictoryInputError(
                f"the assumed {self.effect_name} {effect:g} is outside the margins {nulls[0]:g} to {nulls[1]:g}",
                where="effect",
                hint="Equivalence can be shown only for an effect between the margins.",
            )
        return self.make(test or self.default_test(hypothesis), hypothesis)
