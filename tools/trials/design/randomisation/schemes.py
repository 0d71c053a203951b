"""How the next arm is drawn: complete, permuted blocks, Efron's coin, Wei's urn, the big stick."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchside.tools.trials.design.checks import between, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.randomisation.stream import Stream

LARGEST_BLOCK = 60
Drawn = list[tuple[int, int]]  # (arm, block) by number; blocks count from 1, 0 where there are none


class Arm(BaseModel):
    """A treatment arm with its part of the allocation ratio."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=80, description="name of the arm, such as placebo")
    ratio: int = Field(1, ge=1, le=20, description="whole part of the allocation ratio")


def checked_arms(arms: tuple[Arm, ...]) -> tuple[Arm, ...]:
    """Two to ten arms of different names."""
    if not 2 <= len(arms) <= 10:
        raise ImpossibleInputError(f"{len(arms)} arms", where="arms", hint="Give between 2 and 10.")
    if len({a.name for a in arms}) < len(arms):
        raise ContradictoryInputError("two arms have the same name", where="arms", hint="Name them differently.")
    return arms


class Scheme(BaseModel, ABC):
    """Base of the schemes: a sequence of arms for one stratum."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    label: ClassVar[str]
    cites: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def sequence(self, stream: Stream, n: int, ratio: tuple[int, ...]) -> Drawn:
        """At least n assignments; more only to complete a block."""

    def check(self, ratio: tuple[int, ...]) -> None:
        """Whether the scheme can have this allocation ratio."""


class _TwoEqualArms(Scheme, ABC):
    def check(self, ratio: tuple[int, ...]) -> None:
        """Two arms, one to one."""
        if len(ratio) != 2 or ratio[0] != ratio[1]:
            raise OutOfScopeError(
                f"{self.label} with {len(ratio)} arms of ratio {':'.join(map(str, ratio))}",
                where="scheme",
                hint="It is for two arms of equal size; permuted blocks have any ratio.",
            )


class Complete(Scheme):
    """Each assignment on its own; balance comes with numbers only."""

    label: ClassVar[str] = "complete randomisation"
    kind: Literal["complete"] = "complete"

    def sequence(self, stream: Stream, n: int, ratio: tuple[int, ...]) -> Drawn:
        """Independent draws in proportion to the ratio."""
        cells = [arm for arm, r in enumerate(ratio) for _ in range(r)]
        return [(cells[stream.below(len(cells))], 0) for _ in range(n)]


class PermutedBlocks(Scheme):
    """Balance after each block; several sizes, drawn at random, make the end of a block harder to foresee."""

    label: ClassVar[str] = "permuted blocks"
    cites: ClassVar[tuple[str, ...]] = ("zelen-1974",)
    kind: Literal["permuted-blocks"] = "permuted-blocks"
    sizes: tuple[int, ...] = Field((4, 6), description="block sizes, multiples of the sum of the ratio")

    @model_validator(mode="after")
    def _sizes(self) -> PermutedBlocks:
        if not self.sizes:
            raise ImpossibleInputError("there is no block size", where="sizes", hint="Give one or several.")
        for size in self.sizes:
            whole("sizes", size, 2, LARGEST_BLOCK)
        return self

    def check(self, ratio: tuple[int, ...]) -> None:
        """Each block holds the ratio a whole number of times."""
        for size in self.sizes:
            if size % sum(ratio):
                raise ContradictoryInputError(
                    f"a block of {size} cannot have the ratio {':'.join(map(str, ratio))}",
                    where="sizes",
                    hint=f"Give multiples of {sum(ratio)}.",
                )

    def sequence(self, stream: Stream, n: int, ratio: tuple[int, ...]) -> Drawn:
        """Whole blocks until n are reached."""
        out: Drawn = []
        block = 0
        while len(out) < n:
            block += 1
            size = self.sizes[stream.below(len(self.sizes))] if len(self.sizes) > 1 else self.sizes[0]
            cells = [arm for arm, r in enumerate(ratio) for _ in range(r * size // sum(ratio))]
            out.extend((arm, block) for arm in stream.shuffled(cells))
        return out


class BiasedCoin(_TwoEqualArms):
    """Efron's coin: the smaller arm with probability p, either with one half when they are equal."""

    label: ClassVar[str] = "Efron's biased coin"
    cites: ClassVar[tuple[str, ...]] = ("efron-1971",)
    kind: Literal["biased-coin"] = "biased-coin"
    p: float = Field(2 / 3, description="probability of the smaller arm, from 0.5 to 1")

    @model_validator(mode="after")
    def _probability(self) -> BiasedCoin:
        between("p", self.p, 0.5, 1, closed=True)
        return self

    def sequence(self, stream: Stream, n: int, ratio: tuple[int, ...]) -> Drawn:
        """One toss per assignment."""
        counts, out = [0, 0], Drawn()
        for _ in range(n):
            first = 0.5 if counts[0] == counts[1] else self.p if counts[0] < counts[1] else 1 - self.p
            arm = 0 if stream.uniform() < first else 1
            counts[arm] += 1
            out.append((arm, 0))
        return out


class BigStick(_TwoEqualArms):
    """A fair coin until the difference reaches a limit, which is then never exceeded."""

    label: ClassVar[str] = "big stick"
    cites: ClassVar[tuple[str, ...]] = ("soares-wu-1983",)
    kind: Literal["big-stick"] = "big-stick"
    limit: int = Field(3, ge=1, le=50, description="largest difference of the arms")

    def sequence(self, stream: Stream, n: int, ratio: tuple[int, ...]) -> Drawn:
        """One toss per assignment, except at the limit."""
        ahead, out = 0, Drawn()
        for _ in range(n):
            arm = stream.below(2) if abs(ahead) < self.limit else (1 if ahead > 0 else 0)
            ahead += 1 if arm == 0 else -1
            out.append((arm, 0))
        return out


class Urn(Scheme):
    """Wei's urn UD(start, add): a drawn arm goes back and balls of each other arm are added."""

    label: ClassVar[str] = "Wei's urn"
    cites: ClassVar[tuple[str, ...]] = ("wei-1978",)
    kind: Literal["urn"] = "urn"
    start: int = Field(1, ge=0, le=1000, description="balls of each arm at the start")
    add: int = Field(1, ge=1, le=1000, description="balls of each other arm added after an assignment")

    def check(self, ratio: tuple[int, ...]) -> None:
        """Equal arms."""
        if len(set(ratio)) != 1:
            raise OutOfScopeError(
                f"{self.label} with the ratio {':'.join(map(str, ratio))}",
                where="scheme",
                hint="It is for arms of equal size; permuted blocks have any ratio.",
            )

    def sequence(self, stream: Stream, n: int, ratio: tuple[int, ...]) -> Drawn:
        """One ball per assignment; an empty urn gives each arm the same chance."""
        balls, out = [self.start] * len(ratio), Drawn()
        for _ in range(n):
            at = stream.below(sum(balls)) if sum(balls) else -1
            arm = 0
            if at < 0:
                arm = stream.below(len(ratio))
            else:
                while at >= balls[arm]:
                    at -= balls[arm]
                    arm += 1
            balls = [b + (0 if i == arm else self.add) for i, b in enumerate(balls)]
            out.append((arm, 0))
        return out


AnyScheme = Annotated[Complete | PermutedBlocks | BiasedCoin | BigStick | Urn, Field(discriminator="kind")]
