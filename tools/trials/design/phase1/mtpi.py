"""mTPI and mTPI-2: the interval of the toxicity rate with the largest unit probability mass decides.

The unit probability mass of an interval is its posterior probability divided by its length. mTPI has three intervals;
mTPI-2 cuts those outside the equivalence interval into pieces of its length, which removes the bias of mTPI towards
staying.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.integrate import quad
from scipy.special import betainc, betaincc
from scipy.stats import beta

from benchside.tools.trials.design.checks import positive
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.phase1.interval import DOWN, STAY, UP, IntervalDesign
from benchside.tools.trials.design.phase1.outcomes import Path
from benchside.tools.trials.design.results import Paragraph

Interval = tuple[float, float, int]  # from, to, decision
SHORTEST = 0.005


class UnitProbabilityMass(IntervalDesign):
    """Base of mTPI and mTPI-2."""

    epsilon_below: float = Field(0.05, description="the equivalence interval reaches this far below the target")
    epsilon_above: float = Field(0.05, description="the equivalence interval reaches this far above the target")
    prior: tuple[float, float] = Field((1.0, 1.0), description="parameters of the beta prior of each DLT rate")

    @model_validator(mode="after")
    def _intervals_exist(self) -> Self:
        for name in ("epsilon_below", "epsilon_above"):
            if positive(name, getattr(self, name)) < SHORTEST:
                raise ImpossibleInputError(
                    f"{name} is {getattr(self, name):g}", where=name, hint=f"At least {SHORTEST:g}."
                )
        for value in self.prior:
            positive("prior", value)
        if self.target - self.epsilon_below <= 0 or self.target + self.epsilon_above >= 1:
            raise ContradictoryInputError(
                f"the equivalence interval leaves the range of a probability around {self.target:g}",
                where="epsilon_below" if self.target <= self.epsilon_below else "epsilon_above",
                hint="Narrow the equivalence interval.",
            )
        return self

    @abstractmethod
    def intervals(self) -> tuple[Interval, ...]:
        """Intervals from 0 to 1 with the decision of each."""

    def overdose_probability(self, n: int, y: int) -> float:
        """Posterior probability that the DLT rate exceeds the target."""
        a, b = self.prior
        return float(betaincc(a + y, b + n - y, self.target))

    def letter(self, n: int, y: int) -> int:
        """The decision of the interval with the largest unit probability mass."""
        a, b = self.prior
        low, high, decision = (np.array(v, dtype=float) for v in zip(*self.intervals(), strict=True))
        mass = (betainc(a + y, b + n - y, high) - betainc(a + y, b + n - y, low)) / (high - low)
        return int(decision[mass.argmax()])

    def direct(self, n: int, y: int) -> int:
        """The same by numerical integration of the posterior density."""
        a, b = self.prior
        density = beta(a + y, b + n - y).pdf
        mass = [quad(density, low, high)[0] / (high - low) for low, high, _ in self.intervals()]
        return self.intervals()[int(np.argmax(mass))][2]

    def _because(self, path: Path, move: int) -> str:
        low, high = self.target - self.epsilon_below, self.target + self.epsilon_above
        where = {UP: f"below {low:g}", STAY: f"from {low:g} to {high:g}", DOWN: f"above {high:g}"}[move]
        return f"{super()._because(path, move)}, as the unit probability mass is largest {where}"

    def to_text(self) -> Paragraph:
        """The rule in words."""
        return self.written(
            "Dose escalation follows the {design} over {levels} dose levels with a target rate of dose-limiting "
            "toxicity of {target}, in cohorts of {cohort_size} from dose level {start_dose}. The decision is that of "
            "the interval with the largest unit probability mass: {pieces}, where the equivalence interval reaches "
            "from {epsilon_below} below to {epsilon_above} above the target. A dose is eliminated, with all above it, "
            "when the posterior probability that its rate exceeds the target is above {elimination}; the trial stops "
            "without a dose when the lowest is eliminated. At most {n_total} patients are treated. The maximum "
            "tolerated dose is the one whose isotonic estimate is nearest to the target.",
            pieces=self.pieces,
        )

    pieces: ClassVar[str]


class Mtpi(UnitProbabilityMass):
    """The modified toxicity probability interval design (Ji and others 2010)."""

    kind: Literal["mtpi"] = "mtpi"
    family: ClassVar[str] = "mTPI design"
    cites: ClassVar[tuple[str, ...]] = ("ji-2010", "barlow-1972")
    pieces: ClassVar[str] = "below, within or above the equivalence interval"

    def intervals(self) -> tuple[Interval, ...]:
        """Under-dosing, equivalence, over-dosing."""
        low, high = self.target - self.epsilon_below, self.target + self.epsilon_above
        return ((0.0, low, UP), (low, high, STAY), (high, 1.0, DOWN))


class Mtpi2(UnitProbabilityMass):
    """mTPI-2 (Guo and others 2017)."""

    kind: Literal["mtpi-2"] = "mtpi-2"
    family: ClassVar[str] = "mTPI-2 design"
    cites: ClassVar[tuple[str, ...]] = ("guo-2017", "ji-2010", "barlow-1972")
    pieces: ClassVar[str] = "the equivalence interval, or one of the pieces of its length below and above it"

    def intervals(self) -> tuple[Interval, ...]:
        """The equivalence interval and pieces of its length on both sides; the outermost ones may be shorter."""
        low, high = self.target - self.epsilon_below, self.target + self.epsilon_above
        width = high - low
        below = [
            (max(low - (k + 1) * width, 0.0), low - k * width, UP) for k in range(int(np.ceil(low / width - 1e-9)))
        ]
        above = [
            (high + k * width, min(high + (k + 1) * width, 1.0), DOWN)
            for k in range(int(np.ceil((1 - high) / width - 1e-9)))
        ]
        return (*reversed(below), (low, high, STAY), *above)
