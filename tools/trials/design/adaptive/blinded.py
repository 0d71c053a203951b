"""Blinded re-estimation: what may be learnt from pooled data, and the exact distribution of the size that follows.

For means the one-sample variance of all data overstates the variance within arms by a known amount when the assumed
difference is true (Kieser & Friede 2003); for proportions the pooled rate is re-estimated and the assumed difference
kept (Gould 1992). The new size is a function of one blinded statistic, so its distribution is exact, and for
proportions so are type I error and power, by enumeration.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom, ncx2

from benchside.tools.trials.design.checks import between, error_rates, finite, not_negative, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.statistic import Floats


@dataclass(frozen=True)
class Limits:
    """Limits of the re-estimated size of an arm."""

    least: int
    most: int

    def within(self, n: Floats) -> Floats:
        """Sizes rounded up and put between the limits."""
        return np.asarray(np.clip(np.ceil(n - 1e-9), self.least, self.most), dtype=float)


def one_sample_variance(values: Floats) -> float:
    """Variance of all observations about their common mean, arms unknown; values of shape (n,), n of 2 or more."""
    data = np.asarray(values, dtype=float)
    if data.ndim != 1 or len(data) < 2 or not np.isfinite(data).all():
        raise ContradictoryInputError(
            "a variance needs two finite observations or more", where="values", hint="Give the pooled observations."
        )
    return float(data.var(ddof=1))


def adjusted_variance(variance: float, total: int, effect: float, *, share: float = 0.5) -> float:
    """The one-sample variance less what the assumed difference adds to it (Kieser & Friede 2003).

    Args:
        variance: one-sample variance of the pooled data.
        total: participants in it, over both arms.
        effect: assumed difference.
        share: of the treatment arm; 0.5 when the arms are equal.

    Returns:
        An unbiased estimate of the variance within arms when the assumed difference is true; 0 where it would be
        negative.
    """
    not_negative("variance", variance)
    n = whole("total", total, 2)
    between("share", share, 0, 1)
    return max(variance - share * (1 - share) * n / (n - 1) * finite("effect", effect) ** 2, 0.0)


def size_for_variance(
    variance: Floats | float, effect: float, *, alpha: float, sides: int, power: float, margin: float = 0.0
) -> Floats:
    """Size of each arm by the normal formula, not rounded: 2 variance (z_alpha + z_beta)^2 / (effect - margin)^2."""
    error_rates(alpha, sides, power)
    distance = finite("effect", effect) - finite("margin", margin)
    if distance == 0:
        raise ContradictoryInputError(
            "the effect equals the margin", where="effect", hint="Give another effect or margin."
        )
    z = -float(ndtri(alpha / sides)) + float(ndtri(power))
    return np.asarray(2 * np.asarray(variance, dtype=float) * (z / distance) ** 2, dtype=float)


def size_for_rate(rate: Floats | float, effect: float, *, alpha: float, sides: int, power: float) -> Floats:
    """Size of each arm, not rounded, for a pooled rate and an assumed difference: the formula with pooled variance.

    2 p (1 - p) (z_alpha + z_beta)^2 / effect^2, which depends on the pooled rate p only (Gould 1992; Friede & Kieser
    2004); it falls to 0 at rates of 0 and 1, where limits on the size take over.
    """
    p = np.asarray(rate, dtype=float)
    return size_for_variance(p * (1 - p), effect, alpha=alpha, sides=sides, power=power)


def size_distribution_means(
    pilot: int,
    effect: float,
    sd: float,
    *,
    limits: Limits,
    size: Callable[[Floats], Floats],
    assumed: float,
    adjust: bool,
) -> tuple[Floats, Floats]:
    """Exact distribution of the re-estimated size of an arm, normal data in two equal arms.

    The one-sample sum of squares over the variance is noncentral chi-squared on 2 pilot - 1 degrees of freedom with
    noncentrality pilot / 2 (effect / sd)^2.

    Args:
        pilot: size of each arm at the look.
        effect, sd: the truth.
        limits: of the size.
        size: the size of an arm, not rounded, from variances within arms; linear, 0 at 0.
        assumed: difference that an adjustment takes away.
        adjust: whether to adjust.

    Returns:
        Sizes (k,) and their probabilities (k,).
    """
    positive("sd", sd)
    n1 = whole("pilot", pilot, 2, 1_000_000)
    total = 2 * n1
    unit = float(size(np.asarray(1.0)))
    shift = 0.25 * total / (total - 1) * assumed**2 if adjust else 0.0
    sizes = np.arange(limits.least, limits.most + 1, dtype=float)
    edges = (sizes[:-1] / unit + shift) * (total - 1) / sd**2  # at most this sum of squares gives at most this size
    noncentral = n1 / 2 * (effect / sd) ** 2
    below = ncx2.cdf(edges, total - 1, noncentral) if noncentral > 0 else _chi2_cdf(edges, total - 1)
    return sizes, np.diff(np.concatenate(([0.0], below, [1.0])))


def _chi2_cdf(x: Floats, df: int) -> Floats:
    from scipy.special import gammainc

    return np.asarray(gammainc(df / 2, x / 2), dtype=float)


@dataclass(frozen=True)
class BinaryOutcome:
    """Exact rejection probability and expected size of an arm."""

    reject: float
    expected: float


def exact_binary(
    pilot: int,
    rates: tuple[float, float],
    sizes: Floats,
    critical: float,
    sides: int,
) -> BinaryOutcome:
    """Rejection by the pooled z test after blinded re-estimation, by enumeration.

    Args:
        pilot: size n1 of each arm at the look.
        rates: true rates of treatment and control.
        sizes: final size of an arm for each pooled count at the look, shape (2 n1 + 1,), whole, n1 or more.
        critical: of the z test with pooled variance; `sides` 1 rejects for a larger treatment rate.
        sides: 1 or 2.
    """
    n1 = whole("pilot", pilot, 1, 2_000)
    first = [binom.pmf(np.arange(n1 + 1), n1, p) for p in rates]
    reject = expected = 0.0
    for count in range(2 * n1 + 1):
        low, high = max(0, count - n1), min(n1, count)
        treated = np.arange(low, high + 1)
        weight = first[0][treated] * first[1][count - treated]
        chance = float(weight.sum())
        if chance < 1e-16:
            continue
        n = int(sizes[count])
        expected += chance * n
        more = n - n1
        later = [binom.pmf(np.arange(more + 1), more, p) for p in rates]
        region = rejection_region(n, critical, sides)
        if more == 0:
            reject += float(weight @ region[treated, count - treated])
            continue
        spread = np.zeros((len(treated), n + 1))
        other = np.zeros((len(treated), n + 1))
        for i, x in enumerate(treated):
            spread[i, x : x + more + 1] = later[0]
            y = count - x
            other[i, y : y + more + 1] = later[1]
        reject += float(weight @ ((spread @ region) * other).sum(axis=1))
    return BinaryOutcome(reject, expected)


def rejection_region(n: int, critical: float, sides: int) -> Floats:
    """Whether counts (treatment, control) of n each reject by the pooled z test, shape (n + 1, n + 1)."""
    x, y = np.arange(n + 1)[:, None], np.arange(n + 1)[None, :]
    p = (x + y) / (2 * n)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (x - y) / n / np.sqrt(p * (1 - p) * 2 / n)
    z = np.where(np.isfinite(z), z, 0.0)
    return np.asarray((np.abs(z) if sides == 2 else z) >= critical - 1e-12, dtype=float)


def expected_size(sizes: Floats, probabilities: Floats) -> tuple[float, float]:
    """Mean and standard deviation of a size."""
    centre = float(sizes @ probabilities)
    return centre, math.sqrt(max(float(sizes**2 @ probabilities) - centre**2, 0.0))
