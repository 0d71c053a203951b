"""The Bayesian optimal interval design: escalate at or below one observed DLT rate, de-escalate at or above another.

The two boundaries minimise the probability of a wrong decision at a dose whose rate is the target, a safe one or a
toxic one (Liu and Yuan 2015).
"""

from __future__ import annotations

from math import ceil, floor, log
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.stats import binom

from benchside.tools.trials.design.checks import between, probability
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.phase1.engine import Ints
from benchside.tools.trials.design.phase1.interval import DOWN, STAY, UP, IntervalDesign
from benchside.tools.trials.design.phase1.outcomes import Path
from benchside.tools.trials.design.results import Paragraph, Quantity

ROUNDING = 1e-9  # a rate that equals a boundary must count as at it
SAFE, TOXIC = 0.6, 1.4  # the authors' recommendation, times the target


def boin_boundaries(target: float, p_saf: float | None = None, p_tox: float | None = None) -> tuple[float, float]:
    """Escalation and de-escalation boundary of the observed DLT rate (Liu and Yuan 2015, equation 4).

    Args:
        target: target DLT rate.
        p_saf: highest rate that is too low, so that escalation is right; 0.6 times the target by default.
        p_tox: lowest rate that is too high, so that de-escalation is right; 1.4 times the target by default.

    Raises:
        ImpossibleInputError: not probabilities.
        ContradictoryInputError: not p_saf < target < p_tox.
    """
    phi = probability("target", target)
    low = probability("p_saf", SAFE * phi if p_saf is None else p_saf)
    high = probability("p_tox", TOXIC * phi if p_tox is None else p_tox)
    if not low < phi < high:
        raise ContradictoryInputError(
            f"{low:g}, {phi:g} and {high:g} are not in order",
            where="p_saf" if low >= phi else "p_tox",
            hint="p_saf lies below the target, p_tox above it.",
        )
    escalate = log((1 - low) / (1 - phi)) / log(phi * (1 - low) / (low * (1 - phi)))
    deescalate = log((1 - phi) / (1 - high)) / log(high * (1 - phi) / (phi * (1 - high)))
    return escalate, deescalate


class BoinRules(IntervalDesign):
    """What BOIN and TITE-BOIN share: two boundaries of the observed DLT rate."""

    least: ClassVar[int] = 3
    selection_prior: ClassVar[float] = 0.05
    p_saf: float | None = Field(None, description="highest DLT rate that is too low; 0.6 times the target by default")
    p_tox: float | None = Field(None, description="lowest DLT rate that is too high; 1.4 times the target by default")
    bound_mtd: bool = Field(False, description="whether the MTD's estimate must be below the de-escalation boundary")

    @model_validator(mode="after")
    def _boundaries_exist(self) -> Self:
        for name in ("p_saf", "p_tox"):
            if (value := getattr(self, name)) is not None:
                between(name, value, 0, 1)
        boin_boundaries(self.target, self.p_saf, self.p_tox)
        return self

    @property
    def lambdas(self) -> tuple[float, float]:
        """Escalation and de-escalation boundary."""
        return boin_boundaries(self.target, self.p_saf, self.p_tox)

    def letter(self, n: int, y: int) -> int:
        """By comparison of the observed rate with the boundaries."""
        escalate, deescalate = self.lambdas
        if y <= floor(escalate * n + ROUNDING):
            return UP
        return DOWN if y >= ceil(deescalate * n - ROUNDING) else STAY

    def direct(self, n: int, y: int) -> int:
        """By the definition: the hypothesis (too low, on target, too high) that is likeliest at equal prior weights.

        With point hypotheses and equal weights the optimal decision compares binomial likelihoods two at a time.
        """
        phi = self.target
        low = SAFE * phi if self.p_saf is None else self.p_saf
        high = TOXIC * phi if self.p_tox is None else self.p_tox
        target, safe, toxic = binom.logpmf(y, n, [phi, low, high])
        if safe - target >= -ROUNDING:
            return UP
        return DOWN if toxic - target >= -ROUNDING else STAY

    def _upper_bound(self) -> float:
        return self.lambdas[1] if self.bound_mtd else float("inf")

    def _because(self, path: Path, move: int) -> str:
        escalate, deescalate = self.lambdas
        return {
            UP: f"escalate, at or below {escalate:.4f}",
            DOWN: f"de-escalate, at or above {deescalate:.4f}",
            STAY: f"stay, between {escalate:.4f} and {deescalate:.4f}",
        }[move]

    def assumptions(self) -> tuple[Quantity, ...]:
        """The fields, and the boundaries that follow from them."""
        escalate, deescalate = self.lambdas
        return (
            *super().assumptions(),
            Quantity("lambda_e", "escalation boundary of the observed DLT rate", escalate, "1"),
            Quantity("lambda_d", "de-escalation boundary of the observed DLT rate", deescalate, "1"),
        )


class Boin(BoinRules):
    """BOIN with elimination, isotonic choice of the MTD, and optional accelerated titration.

    Titration treats one patient at each dose until the first DLT or the highest dose; that dose is then filled up to a
    full cohort, and the design goes on as usual.
    """

    kind: Literal["boin"] = "boin"
    family: ClassVar[str] = "BOIN design"
    cites: ClassVar[tuple[str, ...]] = ("liu-yuan-2015", "yuan-2016", "barlow-1972")
    titration: bool = Field(False, description="whether single patients are treated until the first DLT")

    def _because(self, path: Path, move: int) -> str:
        if self.titration and self.cohort_size > 1 and self._titrates(path):
            return "titration goes on" if move == UP else "the cohort is filled up"
        return super()._because(path, move)

    # titration: still on while every dose had at most one patient

    @staticmethod
    def _titrates(path: Path) -> bool:
        return max(path.patients) <= 1

    def _move(self, path: Path) -> int:
        if self.titration and self.cohort_size > 1 and self._titrates(path):
            return UP if sum(path.dlts) == 0 and path.dose < self.doses else STAY
        return super()._move(path)

    def _size(self, path: Path, dose: int) -> int:
        if not self.titration or self.cohort_size == 1 or not self._titrates(path):
            return self.cohort_size
        return 1 if path.patients[dose - 1] == 0 else self.cohort_size - 1

    def sizes(self, counts: Ints, dose: Ints) -> Ints:
        """Full cohorts, or single patients in titration."""
        full = super().sizes(counts, dose)
        if not self.titration or self.cohort_size == 1:
            return full
        n = counts.sum(axis=2)
        new = n[np.arange(len(dose)), dose - 1] == 0
        return np.where(n.max(axis=1) <= 1, np.where(new, 1, self.cohort_size - 1), full)

    def moves(self, counts: Ints, dose: Ints, latest: Ints) -> Ints:
        """By look-up; in titration up until the first DLT."""
        move = super().moves(counts, dose, latest)
        if not self.titration or self.cohort_size == 1:
            return move
        titrates = counts.sum(axis=2).max(axis=1) <= 1
        up = (counts[:, :, 1].sum(axis=1) == 0) & (dose < self.doses)
        return np.where(titrates, np.where(up, dose + 1, dose), move)

    def to_text(self) -> Paragraph:
        """The rule in words."""
        titration = (
            " Single patients are treated at rising doses until the first dose-limiting toxicity, where the cohort is "
            "then filled up."
            if self.titration
            else ""
        )
        stop = (
            " The trial ends early once {stop_at} patients were treated at a dose at which the next cohort would stay."
            if self.stop_at is not None
            else ""
        )
        return self.written(
            "Dose escalation follows the {design} over {levels} dose levels with a target rate of dose-limiting "
            "toxicity "
            "of {target}, in cohorts of {cohort_size} from dose level {start_dose}." + titration + " The dose is "
            "escalated when the observed rate at the current dose is at most {lambda_e}, de-escalated when it is at "
            "least {lambda_d}, and kept otherwise. A dose is eliminated, with all above it, when the posterior "
            "probability that its rate exceeds the target is above {elimination}; the trial stops without a dose when "
            "the lowest is eliminated."
            + stop
            + " At most {n_total} patients are treated. The maximum tolerated dose is "
            "the one whose isotonic estimate is nearest to the target."
        )
