"""What every design is: typed assumptions with their sources, and the same questions that it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchside.tools.trials.design.checks import whole
from benchside.tools.trials.design.errors import ContradictoryInputError, OutOfScopeError
from benchside.tools.trials.design.fields import ComparedByFields, refuse_booleans
from benchside.tools.trials.design.results import (
    Paragraph,
    Quantity,
    Results,
    SampleSize,
    Simulation,
    Table,
    Verification,
)

DEFAULT_TRIALS = 100_000
DEFAULT_SEED = 20_261_124
MOST_TRIALS = 20_000_000


class Design(ComparedByFields, BaseModel, ABC):
    """Base of all designs; a concrete one adds `kind: Literal["..."]`, its assumptions, and what it can answer.

    A question that a design has no answer to (boundaries of a design without looks) raises OutOfScopeError and names
    it; it never answers with something else.

    Attributes:
        title: for headings; the family's own name when empty.
        sources: where each assumption comes from, by field name: an evidence id such as `E12`, or a citation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    family: ClassVar[str]  # as people call it: "two-stage design of Simon"
    title: str = Field("", max_length=300, description="heading of the report")
    sources: dict[str, str] = Field(default_factory=dict, description="assumption to evidence id or citation")

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_numbers(cls, given: Any) -> Any:
        return refuse_booleans(cls, given)

    @abstractmethod
    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen, each by field name."""

    @abstractmethod
    def sample_size(self) -> SampleSize:
        """The sizes, rounded once, with the power of the rounded design."""

    @abstractmethod
    def operating_characteristics(self) -> Table:
        """How the design behaves over a range of truths: power, expected size, selection, stopping."""

    @abstractmethod
    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Simulated trials under a truth of the family; none is the assumed alternative, "null" the null."""

    @abstractmethod
    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """The closed form held against a simulation."""

    @abstractmethod
    def to_text(self) -> Paragraph:
        """The methods paragraph of a protocol, with slots for its numbers."""

    def boundaries(self) -> Table:
        """Stopping boundaries by look."""
        raise OutOfScopeError(f"the {self.family} has no stopping boundaries", hint="Give looks, or ask for its sizes.")

    def decision_table(self) -> Table:
        """What to do at each outcome, to hang on the wall of the ward."""
        raise OutOfScopeError(f"the {self.family} has no decision table", hint="Ask for its boundaries or sizes.")

    def tables(self) -> tuple[Table, ...]:
        """The tables of the report, in order; each of the two above that the design has, and its characteristics."""
        found = []
        for question in (self.boundaries, self.decision_table, self.operating_characteristics):
            try:
                found.append(question())
            except OutOfScopeError:
                continue
        return tuple(found)

    def sourced(self) -> tuple[Quantity, ...]:
        """The assumptions with their sources as notes.

        Raises:
            ContradictoryInputError: a source is named for what is no assumption of this design.
        """
        assumed = self.assumptions()
        strange = sorted(set(self.sources) - {q.name for q in assumed})
        if strange:
            raise ContradictoryInputError(
                f"a source is given for {', '.join(strange)}, which this design does not assume",
                where="sources",
                hint=f"It assumes {', '.join(q.name for q in assumed)}.",
            )
        return tuple(replace(q, note=self.sources.get(q.name, q.note)) for q in assumed)

    def results(self) -> Results:
        """Everything at once: assumptions and sizes, tables, text."""
        size = self.sample_size()
        return Results((*self.sourced(), *size.quantities()), self.tables(), self.to_text())


def fields_of(model: BaseModel) -> dict[str, Any]:
    """Field values by name; iterating over a model would give its cached properties too."""
    return {name: getattr(model, name) for name in type(model).model_fields}


def checked_trials(trials: int) -> int:
    """A number of trials that ends in reasonable time."""
    return whole("trials", trials, 100, MOST_TRIALS)
