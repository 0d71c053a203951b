"""What all dose-finding designs share: truths, advice for the next cohort, simulation, and the check by enumeration.

A concrete design adds its rules twice: as scalar advice with a reason (`advise`), and vectorised over trials (`sizes`,
`moves`, `selections`). `verify` holds the exact distribution that follows from the one against the simulation that
follows from the other.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design, checked_trials
from benchside.tools.trials.design.checks import MOST_ARMS, between, finite, whole
from benchside.tools.trials.design.errors import ImpossibleInputError
from benchside.tools.trials.design.montecarlo import generator
from benchside.tools.trials.design.phase1 import outcomes as oc
from benchside.tools.trials.design.phase1.advice import Advice
from benchside.tools.trials.design.phase1.engine import Ints, Runs, run
from benchside.tools.trials.design.phase1.enumeration import longest
from benchside.tools.trials.design.phase1.scenarios import Scenario, curve, default_curves, toxicity_scenario
from benchside.tools.trials.design.phase1.summary import characteristics_table, checks, dose_table, summarise
from benchside.tools.trials.design.results import (
    Check,
    Paragraph,
    Quantity,
    SampleSize,
    Simulation,
    Table,
    Verification,
    sequence_note,
)

CHARACTERISTICS_TRIALS = 10_000
MOST_SCENARIOS = 30
LARGEST_TRIAL = 500


class DoseFinding(Design):
    """Base of the dose-finding designs.

    Attributes:
        categories: number of outcome categories of a patient, 2 (DLT or not) or 4 (with efficacy).
        remembers_last: whether advice depends on the last cohort beyond the counts by dose.
        most_states: how many states `verify` may enumerate.
    """

    categories: ClassVar[int] = 2
    remembers_last: ClassVar[bool] = False
    most_states: ClassVar[int] = 6_000
    cites: ClassVar[tuple[str, ...]] = ()
    scenarios: tuple[tuple[float, ...], ...] = Field(
        (),
        description="true DLT rates by dose, one row for each truth to judge the design under; empty for a default set",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _numbers(cls, value: Any, info: Any) -> Any:
        """Refuse what pydantic would convert silently; read comma-separated text as a list of numbers."""
        annotation = str(cls.model_fields[info.field_name].annotation)
        parts = value if isinstance(value, list | tuple) else (value,)
        if any(isinstance(v, bool) for v in parts) and "bool" not in annotation:
            raise ImpossibleInputError(f"{info.field_name} is {value}", where=info.field_name, hint="Give a number.")
        if isinstance(value, str) and annotation.startswith("tuple[") and info.field_name != "title":
            rows = [[v for v in row.split(",") if v.strip()] for row in value.split(";")]
            return rows if annotation.startswith("tuple[tuple") else rows[0]
        if isinstance(value, float):
            return finite(info.field_name, value)
        return value

    # what a concrete design says about itself

    @property
    @abstractmethod
    def levels(self) -> int:
        """Number of dose levels."""

    @property
    @abstractmethod
    def toxicity_target(self) -> float:
        """The DLT rate that the design is after."""

    @abstractmethod
    def first(self) -> int:
        """Level of the first cohort."""

    @abstractmethod
    def limit(self) -> int:
        """Largest number of patients."""

    @abstractmethod
    def cohort(self) -> int:
        """Usual size of a cohort."""

    @abstractmethod
    def advise(self, path: oc.Path, limit: int | None = None) -> Advice:
        """What to do after these outcomes, when at most `limit` (the design's own by default) are treated."""

    @abstractmethod
    def sizes(self, counts: Ints, dose: Ints) -> Ints:
        """Sizes of the next cohorts, shape (trials,)."""

    @abstractmethod
    def moves(self, counts: Ints, dose: Ints, latest: Ints) -> Ints:
        """Levels of the next cohorts, shape (trials,); 0 stops without a dose, -1 stops and selects."""

    @abstractmethod
    def selections(self, counts: Ints) -> Ints:
        """Selected levels of finished trials, shape (trials,); 0 for none."""

    @abstractmethod
    def shortened(self, limit: int) -> Self:
        """The same rules for at most `limit` patients."""

    # questions

    def next_dose(self, outcomes: str | oc.Path) -> Advice:
        """What to do next, with the reason.

        Args:
            outcomes: all outcomes so far, such as `1NNN 2NTN` (N no DLT, T DLT; with efficacy also E efficacy alone and
                B both), or a path made by `tally`.

        Raises:
            ImpossibleInputError: outcomes that cannot be read, or a dose that the design does not have.
        """
        if isinstance(outcomes, oc.Path):
            return self.advise(outcomes)
        letters = oc.TOXICITY if self.categories == 2 else oc.TOXICITY_EFFICACY
        return self.advise(oc.read_path(outcomes, self.levels, letters))

    def follow(self, cohorts: str) -> tuple[Advice, ...]:
        """The advice after each of the cohorts, as if asked at that time; the path need not obey it."""
        parts = cohorts.replace(",", " ").split()
        return tuple(self.next_dose(" ".join(parts[: i + 1])) for i in range(len(parts)))

    def truths(self) -> list[Scenario]:
        """The truths that the design is judged under."""
        if self.scenarios:
            return [self._scenario(f"truth {i}", row) for i, row in enumerate(self.scenarios, 1)]
        return [self._scenario(name, row) for name, row in default_curves(self.toxicity_target, self.levels)]

    def truth(self, given: Any = None) -> Scenario:
        """A truth: none for the middle one of `truths`, "null" for doses that are all too toxic, or DLT rates."""
        if given is None:
            known = self.truths() if self.scenarios else self.truths()[:-2]
            return known[len(known) // 2]
        if isinstance(given, str):
            named = {s.name: s for s in self.truths()} | {"null": self._null()}
            if given not in named:
                raise ImpossibleInputError(
                    f"there is no truth {given[:60]!r}", where="truth", hint=f"Known: {', '.join(named)}."
                )
            return named[given]
        return self._scenario("given rates", given)

    def _null(self) -> Scenario:
        curves = dict(default_curves(self.toxicity_target, self.levels))
        return self._scenario("all doses too toxic", curves["all doses too toxic"])

    def _scenario(self, name: str, rates: Sequence[float]) -> Scenario:
        return toxicity_scenario(name, curve("scenarios", rates, self.levels), self.toxicity_target)

    def runs(self, scenario: Scenario, trials: int, rng: np.random.Generator) -> Runs:
        """Simulated trials under a truth."""
        return run(self, scenario, trials, rng)

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Simulated trials under a truth of `truth`."""
        scenario = self.truth(truth)
        runs = self.runs(scenario, checked_trials(trials), generator(seed))
        estimates = summarise(runs, scenario)
        return Simulation(
            f"{scenario.name}: DLT rates {sequence_note(scenario.toxicity, 3)}",
            trials,
            seed,
            estimates,
            (dose_table(estimates, scenario),),
        )

    def operating_characteristics(self, *, trials: int = CHARACTERISTICS_TRIALS, seed: int = DEFAULT_SEED) -> Table:
        """Selection, patients, overdoses, size and early stopping under each truth, with Monte Carlo errors.

        The right dose is the one whose DLT rate is nearest to the target, none when even the lowest dose exceeds 1.4
        times the target; patients at higher doses are overdoses.
        """
        rng = generator(seed)
        checked_trials(trials)
        found = [(s, summarise(self.runs(s, trials, rng), s)) for s in self.truths()]
        return characteristics_table(found, trials, seed)

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """The exact distribution of the trial, or of as much of it as can be enumerated, against the simulation."""
        scenario = self.truth(None)
        exact = longest(self, scenario, self.limit(), self.cohort(), self.most_states)
        design = self if exact.limit == self.limit() else self.shortened(exact.limit)
        runs = design.runs(scenario, checked_trials(trials), generator(seed))
        note = (
            f"Exact enumeration of {exact.states:,} states, for at most {exact.limit} patients, under {scenario.name}."
        )
        if exact.limit < self.limit():
            note += f" The whole trial of {self.limit()} patients has too many; the same rules and code simulate it."
        return Verification((*checks(exact, runs, scenario), *self.rule_checks()), trials, seed, (note,))

    def rule_checks(self) -> tuple[Check, ...]:
        """Further checks of the rules by another method, as counts of disagreements."""
        return ()

    def sample_size(self) -> SampleSize:
        """The largest number of patients; dose finding has no power."""
        n = self.limit()
        return SampleSize(
            ("patients",), (n,), (n,), float(n), None, "largest sample size, fixed by the design", "participants"
        )

    def assumptions(self) -> tuple[Quantity, ...]:
        """Every field of the design, by its own name."""
        found = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name in ("kind", "title", "sources") or value is None or value == ():
                continue
            label = type(self).model_fields[name].description or name.replace("_", " ")
            if isinstance(value, tuple):
                nested = bool(value) and isinstance(value[0], tuple)
                shown = "; ".join(sequence_note(v) for v in value) if nested else sequence_note(value)
            else:
                shown = value
            found.append(Quantity(name, label, shown))
        return tuple(found)

    def written(self, template: str, **words: str) -> Paragraph:
        """A paragraph whose slots are the design's fields, the sizes and the given words."""
        values = {q.name: q for q in (*self.assumptions(), *self.sample_size().quantities())}
        values["levels"] = Quantity("levels", "dose levels", self.levels, digits=0)
        values["design"] = Quantity("design", "design", self.family)
        values |= {name: Quantity(name, name.replace("_", " "), text) for name, text in words.items()}
        return Paragraph(template, values, self.cites)


class CohortDesign(DoseFinding):
    """Base of the designs that treat cohorts up to a largest sample size."""

    cohort_size: int = Field(3, description="patients in a cohort")
    max_n: int = Field(36, description="largest number of patients")
    start_dose: int = Field(1, description="level of the first cohort, from 1")
    stop_at: int | None = Field(
        None, description="stop and select once this many were treated at a dose and the next cohort would go there too"
    )

    def first(self) -> int:
        """Level of the first cohort."""
        return self.start_dose

    def limit(self) -> int:
        """Largest number of patients."""
        return self.max_n

    def cohort(self) -> int:
        """Usual size of a cohort."""
        return self.cohort_size

    def sizes(self, counts: Ints, dose: Ints) -> Ints:
        """A full cohort."""
        return np.full(len(dose), self.cohort_size, dtype=np.int64)

    def shortened(self, limit: int) -> Self:
        """The same rules for at most `limit` patients."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**(fields | {"max_n": limit}))

    @model_validator(mode="after")
    def _cohorts(self) -> Self:
        whole("cohort_size", self.cohort_size, 1, 50)
        whole("max_n", self.max_n, self.cohort_size, LARGEST_TRIAL)
        checked_levels(self.levels)
        whole("start_dose", self.start_dose, 1, self.levels)
        if self.stop_at is not None:
            whole("stop_at", self.stop_at, self.cohort_size, LARGEST_TRIAL)
        checked_scenarios(self)
        return self


def checked_levels(levels: int) -> int:
    """A feasible number of dose levels."""
    return whole("doses", levels, 1, MOST_ARMS)


def checked_target(target: float) -> float:
    """A feasible target DLT rate; none above 0.6 makes sense in dose finding."""
    return between("target", target, 0.01, 0.6, closed=True)


def checked_scenarios(design: DoseFinding) -> None:
    """Truths that fit the design."""
    if len(design.scenarios) > MOST_SCENARIOS:
        raise ImpossibleInputError(
            f"{len(design.scenarios)} scenarios", where="scenarios", hint=f"At most {MOST_SCENARIOS}."
        )
    for row in design.scenarios:
        curve("scenarios", row, design.levels)


def closed_from(unsafe: NDArray[np.bool_]) -> Ints:
    """Number of levels below the lowest unsafe one, by row; toxicity rises, so all above it are closed too."""
    levels = unsafe.shape[1]
    return np.asarray(np.where(unsafe.any(axis=1), unsafe.argmax(axis=1), levels), dtype=np.int64)
