"""A randomisation list: one reproducible sequence of arms for each stratum."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchside.tools.trials.design.checks import whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.randomisation.schemes import AnyScheme, Arm, PermutedBlocks, checked_arms
from benchside.tools.trials.design.randomisation.stream import ALGORITHM, Stream, checked_seed, new_seed
from benchside.tools.trials.design.results import Cell, Column, Paragraph, Quantity, Table

MOST_STRATA = 500
MOST_ROWS = 200_000
EVERYONE = "all"


class Factor(BaseModel):
    """A stratification factor, such as the site or the stage of disease."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=80, description="name of the factor")
    levels: tuple[str, ...] = Field(description="its levels, at least two different ones")

    @model_validator(mode="after")
    def _levels(self) -> Factor:
        if len(set(self.levels)) != len(self.levels) or len(self.levels) < 2 or not all(s.strip() for s in self.levels):
            raise ContradictoryInputError(
                f"the levels of {self.name} are {list(self.levels)}",
                where=self.name,
                hint="Give at least two levels with different names.",
            )
        return self


def checked_factors(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """Factors of different names."""
    if len({f.name for f in factors}) < len(factors):
        raise ContradictoryInputError(
            "two factors have the same name", where="factors", hint="Name each factor differently."
        )
    return factors


class RandomisationPlan(BaseModel):
    """What the protocol says: arms and ratio, the scheme, the strata, how long the lists are."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    arms: tuple[Arm, ...] = Field(description="arms with their ratio")
    scheme: AnyScheme = Field(description="how the next arm is drawn")
    factors: tuple[Factor, ...] = Field((), description="stratification factors; none for one list")
    n: int = Field(description="assignments of each stratum, at least; blocks are completed")

    @model_validator(mode="after")
    def _consistent(self) -> RandomisationPlan:
        checked_arms(self.arms)
        checked_factors(self.factors)
        self.scheme.check(self.ratio)
        whole("n", self.n, 1, MOST_ROWS)
        count = 1
        for f in self.factors:
            count *= len(f.levels)
        if count > MOST_STRATA or count * self.n > MOST_ROWS:
            raise ImpossibleInputError(
                f"{count} strata of {self.n} assignments",
                where="factors",
                hint=f"At most {MOST_STRATA} strata and {MOST_ROWS:,} assignments; minimisation has no strata.",
            )
        return self

    @property
    def ratio(self) -> tuple[int, ...]:
        """Parts of the arms."""
        return tuple(a.ratio for a in self.arms)

    def strata(self) -> tuple[str, ...]:
        """Each combination of levels, as text."""
        if not self.factors:
            return (EVERYONE,)
        return tuple(
            ", ".join(f"{f.name}={level}" for f, level in zip(self.factors, levels, strict=True))
            for levels in product(*(f.levels for f in self.factors))
        )

    def to_text(self) -> Paragraph:
        """The methods sentence; block sizes are not told."""
        values: dict[str, Quantity] = {
            "arms": Quantity("arms", "arms", ", ".join(a.name for a in self.arms)),
            "ratio": Quantity("ratio", "ratio", ":".join(str(r) for r in self.ratio)),
            "scheme": Quantity("scheme", "scheme", self.scheme.label),
        }
        text = "Patients are randomised to {arms} in the ratio {ratio} by {scheme}"
        if isinstance(self.scheme, PermutedBlocks):
            text += " whose sizes are not disclosed to the sites"
        if self.factors:
            text += ", stratified by {factors}"
            values["factors"] = Quantity("factors", "factors", " and ".join(f.name for f in self.factors))
        text += (
            ". The list is made by a computer from a seed that is known to the unblinded party only, and its "
            "fingerprint is filed before the first patient."
        )
        return Paragraph(text, values, self.scheme.cites)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One row of a list, for unblinded eyes only.

    Attributes:
        identifier: randomisation number, unique in the list; tells the stratum and the place in it.
        stratum: as `RandomisationPlan.strata` writes it.
        sequence: place in the stratum, from 1.
        arm: name.
        block: number of the block, 0 where there are none.
    """

    identifier: str
    stratum: str
    sequence: int
    arm: str
    block: int


@dataclass(frozen=True, slots=True)
class RandomisationList:
    """A list with what it was made from; unblinded, to be sealed at once.

    Attributes:
        plan: arms, scheme, strata.
        seed: gives the list away, and so never leaves the sealed part.
        algorithm: by which the seed gives the list, with its version.
        rows: by stratum and sequence.
    """

    plan: RandomisationPlan
    seed: int
    algorithm: str
    rows: tuple[Assignment, ...]

    def balance(self) -> Table:
        """Assignments by stratum and arm, what the ratio asks for, and the largest imbalance on the way."""
        arms = [a.name for a in self.plan.arms]
        share = {a.name: a.ratio / sum(self.plan.ratio) for a in self.plan.arms}
        rows: list[tuple[Cell, ...]] = []
        for stratum in (*self.plan.strata(), None):
            members = [r for r in self.rows if stratum is None or r.stratum == stratum]
            counts = Counter(r.arm for r in members)
            final = max(abs(counts[a] - share[a] * len(members)) for a in arms)
            running: Counter[str] = Counter()
            worst = 0.0
            for i, r in enumerate(members, 1):
                running[r.arm] += 1
                worst = max(worst, *(abs(running[a] - share[a] * i) for a in arms))
            label = stratum if stratum is not None else "all strata"
            rows.append(
                (label, len(members), *(counts[a] for a in arms), final, worst if stratum is not None else None)
            )
        if len(rows) == 2:  # one stratum is the whole
            rows = rows[:1]
        return Table(
            "balance",
            "Balance of the list",
            (
                Column("stratum", "stratum", digits=0),
                Column("n", "assignments", digits=0),
                *(Column(f"n_{i}", name, digits=0) for i, name in enumerate(arms, 1)),
                Column("imbalance", "largest deviation from the ratio, at the end", digits=3),
                Column("worst", "largest on the way", digits=3),
            ),
            tuple(rows),
        )


def make_list(plan: RandomisationPlan, seed: int | None = None) -> RandomisationList:
    """The list of a plan; the same plan and seed give the same list on each machine.

    Each stratum has its own stream, so that a further level of the last factor changes no other list.

    Args:
        plan: what the protocol says.
        seed: up to 128 bits; none draws one that nobody can guess, which is the safe choice.
    """
    number = new_seed() if seed is None else checked_seed(seed)
    rows: list[Assignment] = []
    for k, stratum in enumerate(plan.strata()):
        drawn = plan.scheme.sequence(Stream(number, k), plan.n, plan.ratio)
        rows.extend(
            Assignment(f"{k + 1:03d}-{i:04d}", stratum, i, plan.arms[arm].name, block)
            for i, (arm, block) in enumerate(drawn, 1)
        )
    return RandomisationList(plan, number, ALGORITHM, tuple(rows))


def check_list(found: RandomisationList) -> Table:
    """Whether a list is what its plan and seed say, check by check."""
    plan = found.plan
    names = {a.name for a in plan.arms}
    by_stratum = {s: [r for r in found.rows if r.stratum == s] for s in plan.strata()}
    checks = [
        ("identifiers are unique", len({r.identifier for r in found.rows}) == len(found.rows)),
        ("each row belongs to a stratum of the plan", sum(map(len, by_stratum.values())) == len(found.rows)),
        ("each arm is one of the plan", all(r.arm in names for r in found.rows)),
        (
            "sequences run from one without gaps",
            all([r.sequence for r in rows] == list(range(1, len(rows) + 1)) for rows in by_stratum.values()),
        ),
        ("each stratum is long enough", all(len(rows) >= plan.n for rows in by_stratum.values())),
    ]
    if isinstance(plan.scheme, PermutedBlocks):
        whole_blocks = all(_whole_blocks(plan, rows) for rows in by_stratum.values())
        checks.append(("each block is complete and has the ratio", whole_blocks))
    checks.append(("the seed gives the same list again", make_list(plan, found.seed).rows == found.rows))
    return Table(
        "list_checks",
        "Checks of the list",
        (Column("check", "check", digits=0), Column("holds", "holds", digits=0)),
        tuple(checks),
    )


def _whole_blocks(plan: RandomisationPlan, rows: list[Assignment]) -> bool:
    assert isinstance(plan.scheme, PermutedBlocks)
    ratio = {a.name: a.ratio for a in plan.arms}
    total = sum(plan.ratio)
    blocks: dict[int, Counter[str]] = {}
    for r in rows:
        blocks.setdefault(r.block, Counter())[r.arm] += 1
    return all(
        sum(c.values()) in plan.scheme.sizes and all(c[a] * total == r * sum(c.values()) for a, r in ratio.items())
        for c in blocks.values()
    )
