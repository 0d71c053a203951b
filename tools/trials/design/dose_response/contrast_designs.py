"""Designs that test one contrast of dose groups, of means or of proportions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, field_validator
from scipy.stats import norm
from scipy.stats import t as student

from benchside.tools.trials.design.checks import positive, probability
from benchside.tools.trials.design.dose_response.contrasts import (
    binary_contrast_total,
    checked_contrast,
    checked_groups,
    contrast_value,
    means_contrast_power,
)
from benchside.tools.trials.design.dose_response.trial import DEFAULT_POWER, DoseTrial, Flags
from benchside.tools.trials.design.fields import number_list
from benchside.tools.trials.design.results import Quantity, sequence_note
from benchside.tools.trials.design.statistic import Exactness, Floats


class DoseResponseMeans(DoseTrial):
    """A contrast of normal means over dose groups, tested by t with the pooled variance."""

    family: ClassVar[str] = "dose-response trial with one contrast of means"
    kind: Literal["dose-response-means"] = "dose-response-means"
    means: tuple[float, ...] = Field(description="mean of each group, control first")
    sd: float = Field(description="standard deviation within a group")
    contrast: tuple[float, ...] = Field(description="coefficients of the groups, which sum to 0")
    exactness: ClassVar[Exactness] = "exact"
    cites: ClassVar[tuple[str, ...]] = ("chow-2008-dose",)
    test_label: ClassVar[str] = "t test of a contrast, pooled variance"
    _lists = field_validator("means", "contrast", mode="before")(number_list)

    def check(self) -> None:
        """Groups, contrast and spread."""
        mu = checked_groups("means", self.means)
        contrast_value(checked_contrast(self.contrast, mu.size), mu)
        positive("sd", self.sd)

    def truths(self) -> dict[str, Floats]:
        """The assumed means."""
        return {"the assumed means": np.asarray(self.means)}

    def null(self) -> Floats:
        """All groups as control."""
        return np.full(len(self.means), self.means[0])

    def power_at(self, sizes: Floats) -> Floats:
        """Exact power of the t test."""
        return np.array(
            [
                means_contrast_power(
                    np.asarray(self.means),
                    np.asarray(self.contrast),
                    self.sd,
                    sizes,
                    alpha=self.alpha,
                    sides=self.sides,
                )
            ]
        )

    def rejects(self, rng: np.random.Generator, sizes: Sequence[int], truth: Floats, trials: int) -> Flags:
        """t tests of simulated participants."""
        c, n = np.asarray(self.contrast), np.asarray(sizes)
        estimate, squares = np.zeros(trials), np.zeros(trials)
        for coefficient, size, mean in zip(c, n, truth, strict=True):
            y = self.sd * rng.standard_normal((trials, int(size)), dtype=np.float32)
            centre = y.mean(axis=1, dtype=float)
            estimate += coefficient * (mean + centre)
            squares += np.einsum("ij,ij->i", y, y, dtype=float) - size * centre**2
        df = int(n.sum()) - n.size
        direction = np.sign(c @ np.asarray(self.means))
        t = direction * estimate / np.sqrt(squares / df * float((c**2 / n).sum()))
        return np.asarray((np.abs(t) if self.sides == 2 else t) >= student.isf(self.alpha / self.sides, df))

    def _scaled(self, scale: float) -> Self:
        base = self.means[0]
        return self.model_copy(update={"means": tuple(base + scale * (m - base) for m in self.means)})

    def own_assumptions(self) -> tuple[Quantity, ...]:
        """Means, spread and contrast."""
        return (
            Quantity("means", "means of the groups", sequence_note(self.means)),
            Quantity("sd", "standard deviation within a group", self.sd),
            Quantity("contrast", "contrast", sequence_note(self.contrast)),
        )


class DoseResponseBinary(DoseTrial):
    """A contrast of proportions over dose groups, tested against its variance at the common proportion."""

    family: ClassVar[str] = "dose-response trial with one contrast of proportions"
    kind: Literal["dose-response-binary"] = "dose-response-binary"
    proportions: tuple[float, ...] = Field(description="proportion of each group, control first")
    contrast: tuple[float, ...] = Field(description="coefficients of the groups, which sum to 0")
    exactness: ClassVar[Exactness] = "asymptotic"
    cites: ClassVar[tuple[str, ...]] = ("chow-2008-dose",)
    test_label: ClassVar[str] = "score test of a contrast of proportions"
    _lists = field_validator("proportions", "contrast", mode="before")(number_list)

    def check(self) -> None:
        """Proportions and contrast."""
        p = checked_groups("proportions", self.proportions)
        for value in self.proportions:
            probability("proportions", value)
        contrast_value(checked_contrast(self.contrast, p.size), p)

    def truths(self) -> dict[str, Floats]:
        """The assumed proportions."""
        return {"the assumed proportions": np.asarray(self.proportions)}

    def null(self) -> Floats:
        """All groups at the mean proportion, where the critical value is taken."""
        return np.full(len(self.proportions), float(np.mean(self.proportions)))

    def checked_truth(self, values: Sequence[float]) -> Floats:
        """Proportions."""
        return np.array([probability("truth", v) for v in values])

    def total(self) -> float:
        """The formula of Chow, Shao & Wang."""
        if self.n is not None:
            return float(self.n)
        return binary_contrast_total(
            self.proportions, self.contrast, self.sharing().weights,
            alpha=self.alpha, sides=self.sides, power=DEFAULT_POWER if self.power is None else self.power,
        )  # fmt: skip

    def power_at(self, sizes: Floats) -> Floats:
        """Normal power; the wrong side of a two-sided test is not counted."""
        p, c = np.asarray(self.proportions), np.asarray(self.contrast)
        mean = float(p.mean())
        null = np.sqrt((c**2 / sizes).sum() * mean * (1 - mean))
        assumed = np.sqrt((c**2 * p * (1 - p) / sizes).sum())
        return np.array([norm.cdf((abs(float(c @ p)) - norm.isf(self.alpha / self.sides) * null) / assumed)])

    def rejects(self, rng: np.random.Generator, sizes: Sequence[int], truth: Floats, trials: int) -> Flags:
        """Score tests of simulated counts, the common proportion estimated from all groups."""
        c, n = np.asarray(self.contrast), np.asarray(sizes)
        events = rng.binomial(n, truth, (trials, n.size))
        common = events.sum(axis=1) / n.sum()
        spread = np.sqrt(common * (1 - common) * float((c**2 / n).sum()))
        estimate = np.sign(c @ np.asarray(self.proportions)) * ((events / n) @ c)
        z = np.where(spread > 0, estimate / np.where(spread > 0, spread, 1.0), 0.0)
        return np.asarray((np.abs(z) if self.sides == 2 else z) >= norm.isf(self.alpha / self.sides))

    def _scaled(self, scale: float) -> Self:
        base = self.proportions[0]
        moved = tuple(probability("proportions", base + scale * (p - base)) for p in self.proportions)
        return self.model_copy(update={"proportions": moved})

    def own_assumptions(self) -> tuple[Quantity, ...]:
        """Proportions and contrast."""
        return (
            Quantity("proportions", "proportions of the groups", sequence_note(self.proportions)),
            Quantity("contrast", "contrast", sequence_note(self.contrast)),
        )
