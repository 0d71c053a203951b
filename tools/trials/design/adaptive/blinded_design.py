"""Designs whose nuisance parameter is re-estimated from blinded data: two equal arms, means or proportions."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.special import ndtr, ndtri
from scipy.stats import chi2
from scipy.stats import t as student

from benchside.tools.trials.design.adaptive.blinded import (
    BinaryOutcome,
    Limits,
    exact_binary,
    expected_size,
    size_distribution_means,
    size_for_rate,
    size_for_variance,
)
from benchside.tools.trials.design.adaptive.blinded_exact import rejection_means
from benchside.tools.trials.design.adaptive.fields import assumed, by_name, effect_of, verified
from benchside.tools.trials.design.allocation import ceiling, with_dropout
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.checks import LARGEST_N, between, error_rates, finite, positive, probability
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, UnreachableError
from benchside.tools.trials.design.montecarlo import chunks, mean, share
from benchside.tools.trials.design.results import (
    Column,
    Paragraph,
    Quantity,
    SampleSize,
    Simulation,
    Table,
    Verification,
)
from benchside.tools.trials.design.statistic import Floats

LARGEST_EFFECT = 10.0
FARTHEST = 20.0  # factor by which the true standard deviation may differ from the assumed one
MOST_EXACT = 400  # largest final arm that is enumerated


class BlindedReestimation(Design):
    """Two equal arms; at a look the variance (means) or the pooled rate (proportions) is re-estimated blinded.

    Means end in the t test, proportions in the z test with pooled variance; no stop at the look, alpha is not adjusted.
    """

    family: ClassVar[str] = "blinded sample-size re-estimation"
    kind: Literal["blinded-reestimation"] = "blinded-reestimation"
    endpoint: Literal["means", "proportions"] = Field("means", description="means or proportions")
    effect: float = Field(description="assumed difference, treatment less control")
    sd: float = Field(1.0, description="assumed standard deviation within arms (means)")
    rate: float = Field(0.5, description="assumed pooled rate over both arms (proportions)")
    adjust: bool = Field(True, description="whether the one-sample variance is corrected for the assumed difference")
    alpha: float = Field(0.025, description="type I error, total over the sides")
    sides: int = Field(1, description="1 or 2")
    power: float = Field(0.9, description="wanted power")
    timing: float = Field(0.5, description="share of the planned size at the look")
    least: float = Field(0.0, description="least final size, as a share of the planned one; never below the look's")
    most: float = Field(2.0, description="largest final size, as a share of the planned one")
    true_sd: float | None = Field(None, description="standard deviation for power, where the assumed one is wrong")
    true_rate: float | None = Field(None, description="pooled rate for power, where the assumed one is wrong")
    dropout: float = Field(0.0, description="share lost to the analysis")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        error_rates(self.alpha, self.sides, self.power)
        if finite("effect", self.effect) == 0 or (self.sides == 1 and self.effect < 0):
            raise ContradictoryInputError(
                f"the effect is {self.effect:g}", where="effect", hint="Give a difference above 0 for one-sided tests."
            )
        positive("sd", self.sd)
        between("timing", self.timing, 0.05, 1, closed=True)
        between("least", self.least, 0, 1, closed=True)
        between("most", self.most, 1, 20, closed=True)
        between("dropout", self.dropout, 0, 0.95, closed=True)
        if abs(self.effect) > LARGEST_EFFECT * self.sd:
            raise ImpossibleInputError(
                f"the effect is {abs(self.effect) / self.sd:g} standard deviations",
                where="effect",
                hint=f"Re-estimation is worked out for effects of up to {LARGEST_EFFECT:g} standard deviations.",
            )
        if self.true_sd is not None:
            between("true_sd", self.true_sd, self.sd / FARTHEST, self.sd * FARTHEST, closed=True)
        if self.endpoint == "proportions":
            probability("rate", self.rate)
            self._rates(self.effect, self.rate, "rate")
            if self.true_rate is not None:
                probability("true_rate", self.true_rate)
                self._rates(self.effect, self.true_rate, "true_rate")
        if self.planned * self.most > LARGEST_N:
            raise UnreachableError(
                f"{self.planned * self.most:,.0f} participants per arm might be needed",
                where="effect",
                hint="Assume a larger effect, or a smaller largest size.",
            )
        return self

    def _rates(self, effect: float, pooled: float, where: str) -> tuple[float, float]:
        found = (pooled + effect / 2, pooled - effect / 2)
        if not all(0 <= p <= 1 for p in found):
            raise ImpossibleInputError(
                f"a pooled rate of {pooled:g} with the difference {effect:g} gives {found[0]:g} and {found[1]:g}",
                where=where,
                hint="Give a rate farther from 0 and 1, or a smaller effect.",
            )
        return found

    def _size(self, nuisance: Floats | float) -> Floats:
        """Size of an arm, not rounded, at a variance or a pooled rate."""
        if self.endpoint == "means":
            return size_for_variance(nuisance, self.effect, alpha=self.alpha, sides=self.sides, power=self.power)
        return size_for_rate(nuisance, self.effect, alpha=self.alpha, sides=self.sides, power=self.power)

    @cached_property
    def planned(self) -> int:
        """Planned size of an arm."""
        return max(2, ceiling(float(self._size(self.sd**2 if self.endpoint == "means" else self.rate))))

    @cached_property
    def pilot(self) -> int:
        """Size of an arm at the look."""
        return max(2, ceiling(self.timing * self.planned))

    @cached_property
    def limits(self) -> Limits:
        """Limits of the final size of an arm."""
        least = max(self.pilot, ceiling(self.least * self.planned))
        return Limits(least, max(least, ceiling(self.most * self.planned)))

    @property
    def _critical(self) -> float:
        return -float(ndtri(self.alpha / self.sides))

    @cached_property
    def sizes_by_count(self) -> Floats:
        """Final size of an arm by the pooled number of responders at the look, shape (2 pilot + 1,); proportions."""
        counts = np.arange(2 * self.pilot + 1) / (2 * self.pilot)
        return self.limits.within(self._size(counts))

    def _truth(self) -> float:
        """The nuisance parameter that is true: standard deviation, or pooled rate."""
        if self.endpoint == "means":
            return self.sd if self.true_sd is None else self.true_sd
        return self.rate if self.true_rate is None else self.true_rate

    def expected_arm(self, effect: float) -> float:
        """Exact expected final size of an arm at a true difference."""
        if self.endpoint == "means":
            found = size_distribution_means(
                self.pilot,
                effect,
                self._truth(),
                limits=self.limits,
                size=self._size,
                assumed=self.effect,
                adjust=self.adjust,
            )
            return expected_size(*found)[0]
        return float(self._law(effect) @ self.sizes_by_count)

    def _law(self, effect: float) -> Floats:
        from scipy.stats import binom

        laws = [
            binom.pmf(np.arange(self.pilot + 1), self.pilot, p) for p in self._rates(effect, self._truth(), "truth")
        ]
        return np.asarray(np.convolve(*laws), dtype=float)

    def exact(self, effect: float) -> BinaryOutcome | None:
        """Exact rejection for proportions, None for means and for arms too large to enumerate."""
        if self.endpoint == "means" or self.limits.most > MOST_EXACT:
            return None
        rates = self._rates(effect, self._truth(), "truth")
        return exact_binary(self.pilot, rates, self.sizes_by_count, self._critical, self.sides)

    def rejection(self, effect: float) -> float:
        """Probability to reject: by quadrature for means, by enumeration for proportions up to `MOST_EXACT`.

        Beyond, for proportions, the normal approximation is averaged over the exact distribution of the size.
        """
        found = self.exact(effect)
        if found is not None:
            return found.reject
        if self.endpoint == "means":
            return self._means(effect)
        rates = self._rates(effect, self._truth(), "truth")
        pooled = sum(rates) / 2
        law, n = self._law(effect), self.sizes_by_count
        se0, se1 = np.sqrt(2 * pooled * (1 - pooled) / n), np.sqrt(sum(p * (1 - p) for p in rates) / n)
        power = ndtr((effect - self._critical * se0) / se1)
        if self.sides == 2:
            power = power + ndtr((-effect - self._critical * se0) / se1)
        return float(law @ power)

    def _means(self, effect: float) -> float:
        sd = self._truth()
        df = 2 * self.pilot - 1
        shift = 0.25 * 2 * self.pilot / df * self.effect**2 if self.adjust else 0.0

        def size(squares: Floats) -> Floats:
            return self.limits.within(self._size(np.maximum(squares * sd**2 / df - shift, 0.0)))

        return rejection_means(self.pilot, effect / sd, size, self.alpha, self.sides)[0]

    @property
    def exactness(self) -> Literal["exact", "asymptotic"]:
        """Whether `rejection` is exact."""
        return "exact" if self.endpoint == "means" or self.limits.most <= MOST_EXACT else "asymptotic"

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen."""
        own = ("sd", "adjust", "true_sd") if self.endpoint == "means" else ("rate", "true_rate")
        return assumed(
            self, "endpoint", "effect", *own, "alpha", "sides", "power", "timing", "least", "most", "dropout"
        )

    def sample_size(self) -> SampleSize:
        """Planned sizes; the look and the limits are extra."""
        n = self.planned
        return SampleSize(
            arms=("treatment", "control"),
            evaluable=(n, n),
            enrolled=with_dropout((n, n), self.dropout),
            unrounded=2 * float(self._size(self.sd**2 if self.endpoint == "means" else self.rate)),
            power=self.rejection(self.effect),
            rule="planned size of each arm rounded up; before re-estimation",
            extra=(
                Quantity("n_pilot", "participants at the look", 2 * self.pilot, digits=0),
                Quantity("n_least", "least final size", 2 * self.limits.least, digits=0),
                Quantity("n_largest", "largest final size", 2 * self.limits.most, digits=0),
                Quantity("expected_n", "expected participants at the assumed effect",
                         2 * self.expected_arm(self.effect), digits=5),
                Quantity("expected_n_null", "expected participants at the null", 2 * self.expected_arm(0.0), digits=5),
                Quantity("type_1_error", "type I error", self.rejection(0.0), "1", note=self.exactness),
            ),
        )  # fmt: skip

    def decision_table(self) -> Table:
        """Final size by what is re-estimated."""
        rows = []
        if self.endpoint == "means":
            shift = 0.25 * 2 * self.pilot / (2 * self.pilot - 1) * self.effect**2 if self.adjust else 0.0
            for factor in np.linspace(0.5, 1.6, 12):
                seen = factor * math.sqrt(self.sd**2 + shift)
                n = self.limits.within(self._size(max(seen**2 - shift, 0.0)))
                rows.append((float(seen), 2 * int(n)))
            label = "standard deviation of the pooled data"
        else:
            for p in np.linspace(0.05, 0.95, 19):
                rows.append((float(p), 2 * int(self.limits.within(self._size(p)))))
            label = "pooled rate"
        columns = (Column("seen", label), Column("n", "final size", digits=0))
        return Table("final_size", "Final size by the blinded estimate", columns, tuple(rows))

    def operating_characteristics(self) -> Table:
        """Type I error, power and expected size when the nuisance parameter is not what was assumed."""
        rows = []
        for value in self._scenarios():
            key = "true_sd" if self.endpoint == "means" else "true_rate"
            other = self.model_copy(update={key: value})
            rows.append(
                (value, other.rejection(0.0), other.rejection(self.effect), 2 * other.expected_arm(self.effect))
            )
        columns = (
            Column("truth", "true standard deviation" if self.endpoint == "means" else "true pooled rate"),
            Column("type_1_error", "type I error", "1"),
            Column("power", "power", "1"),
            Column("expected_n", "expected participants"),
        )
        return Table("operating_characteristics", "When the assumption is wrong", columns, tuple(rows))

    def _scenarios(self) -> list[float]:
        if self.endpoint == "means":
            return [self.sd * f for f in (0.7, 0.85, 1.0, 1.15, 1.3)]
        half = abs(self.effect) / 2
        wanted = (self.rate - 0.1, self.rate - 0.05, self.rate, self.rate + 0.05, self.rate + 0.1)
        return [p for p in wanted if half <= p <= 1 - half and 0 < p < 1]

    def _run(self, effect: float, trials: int, seed: int) -> tuple[float, Floats, Floats]:
        """Rejections, final sizes of an arm, blinded estimates."""
        n1, rejects = self.pilot, 0.0
        sizes, seen = [], []
        if self.endpoint == "proportions":
            rates = self._rates(effect, self._truth(), "truth")
        for rng, count in chunks(trials, seed):
            if self.endpoint == "means":
                sd = self._truth()
                means = rng.normal((effect, 0.0), sd / math.sqrt(n1), (count, 2))
                squares = sd**2 * rng.chisquare(2 * n1 - 2, count)
                gap = means[:, 0] - means[:, 1]
                variance = (squares + n1 / 2 * gap**2) / (2 * n1 - 1)
                shift = 0.25 * 2 * n1 / (2 * n1 - 1) * self.effect**2 if self.adjust else 0.0
                n = self.limits.within(self._size(np.maximum(variance - shift, 0.0)))
                more = n - n1
                safe = np.maximum(more, 1)
                later = rng.normal(0, 1, (count, 2)) * sd / np.sqrt(safe)[:, None] + np.asarray((effect, 0.0))
                both = squares + np.where(
                    more > 1, sd**2 * chi2.rvs(np.maximum(2 * more - 2, 1), random_state=rng), 0.0
                )
                both += ((n1 * more / n)[:, None] * (means - later) ** 2).sum(axis=1)
                final = (n1 * means + more[:, None] * later) / n[:, None]
                t = (final[:, 0] - final[:, 1]) / np.sqrt(both / (2 * n - 2) * 2 / n)
                limit = student.isf(self.alpha / self.sides, 2 * n - 2)
                rejects += float(((np.abs(t) if self.sides == 2 else t) >= limit).sum())
                seen.append(variance)
            else:
                first = rng.binomial(n1, rates, (count, 2))
                n = self.sizes_by_count[first.sum(axis=1)]
                more = (n - n1).astype(int)
                total = first + rng.binomial(more[:, None], np.asarray(rates))
                p = total.sum(axis=1) / (2 * n)
                error = np.sqrt(np.maximum(p * (1 - p), 1e-300) * 2 / n)
                z = (total[:, 0] - total[:, 1]) / n / error
                rejects += float(((np.abs(z) if self.sides == 2 else z) >= self._critical - 1e-12).sum())
                seen.append(first.sum(axis=1) / (2 * n1))
            sizes.append(n)
        return rejects, np.concatenate(sizes), np.concatenate(seen)

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials with re-estimation, from sufficient statistics of both stages; a truth is `null` or a difference."""
        effect, words = effect_of(truth, self.effect, name="difference")
        rejects, sizes, seen = self._run(effect, trials, seed)
        label = "one-sample variance" if self.endpoint == "means" else "pooled rate"
        estimates = (
            share("rejected", "share of trials that reject", rejects, trials),
            mean("expected_n", "participants", 2 * sizes),
            mean("blinded_estimate", f"blinded {label} at the look", seen),
        )
        return Simulation(words, trials, seed, estimates)

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """Exact expected sizes, and rejection (exact for proportions), against simulated trials."""
        return verified(
            self, self.effect, self.rejection, lambda effect: 2 * self.expected_arm(effect),
            exactness=self.exactness, trials=trials, seed=seed,
        )  # fmt: skip

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        values = by_name(*self.assumptions(), *self.sample_size().quantities())
        values["sidedness"] = Quantity("sidedness", "sides", "one-sided" if self.sides == 1 else "two-sided")
        if self.endpoint == "means":
            correction = ", corrected for the assumed difference," if self.adjust else ""
            what = "a standard deviation of {sd}"
            how = f"the one-sample variance of the pooled data{correction} replaces the assumed one"
            cites: tuple[str, ...] = ("kieser-2003",)
        else:
            what = "a pooled rate of {rate}"
            how = "the pooled rate replaces the assumed one"
            cites = ("gould-1992", "friede-2004")
        text = (
            "{n_total} participants in two equal arms are planned for a difference of {effect} and " + what + " "
            "({sidedness} alpha {alpha}, power {power}). After {n_pilot} participants the size is re-estimated without "
            "breaking the blind: " + how + ", and the final size lies between {n_least} and {n_largest}. The power is "
            "{achieved_power} with {expected_n} participants expected; the type I error is {type_1_error}."
        )
        return Paragraph(text, values, cites)
