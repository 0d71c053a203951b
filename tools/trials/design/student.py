"""Power of t tests as an average of normal probabilities over the distribution of the sample standard deviation.

Given the sample standard deviation s (in units of the true one), a t test is a normal test: it rejects when
Z + shift >= t s. So the noncentral t distribution, Owen's Q and the two one-sided tests are one integral over the
density of s = sqrt(chi-square / df), done here once by Gauss-Legendre panels placed where the integrand bends. The
absolute error is below 1e-10 from one degree of freedom on (held against adaptive quadrature in the tests), also in
the far tails, where scipy.special.nctdtr gives NaN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import gammaincc, gammainccinv, gammaincinv, gammaln, ndtr, ndtri, owens_t, stdtr, stdtrit

from benchside.tools.trials.design.statistic import Floats

_TAIL = 1e-18  # what is left out of the density of s on either side
_REACH = 9.0  # ndtr(-9) is 1e-19
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


def log_density(s: Floats, df: Floats) -> Floats:
    """Logarithm of the density of sqrt(chi-square / df) at s > 0."""
    a = df / 2
    # a log a - a - gammaln(a) cancels at large a, where Stirling's series is exact to the last digit
    series = 0.5 * np.log(a / (2 * np.pi)) - 1 / (12 * a) + 1 / (360 * a**3) - 1 / (1260 * a**5)
    small = np.minimum(a, 60.0)
    constant = np.where(a > 50, series, small * np.log(small) - small - gammaln(small))
    x = s - 1
    return np.asarray(np.log(2.0) + constant + df * (np.log(s) - x - x * x / 2) - np.log(s), dtype=float)


def support(df: Floats) -> tuple[Floats, Floats]:
    """Where sqrt(chi-square / df) lies but for 1e-18 on either side."""
    a = df / 2
    low = np.sqrt(gammaincinv(a, _TAIL) / a)
    high = np.sqrt(gammainccinv(a, _TAIL) / a)
    return np.maximum(low, 1e-300), high


def average(
    integrand: Callable[[Floats], Floats],
    df: Floats,
    bends: tuple[Floats, ...],
    *,
    low: Floats | None = None,
    high: Floats | None = None,
) -> Floats:
    """Integral of `integrand(s)` times the density of s, over the support or a part of it.

    Args:
        integrand: takes s of shape (..., panels, nodes); anything it closes over has the shape (..., 1, 1).
        df: degrees of freedom, shape (...), at least 1.
        bends: values of s, shape (...) each, between which the integrand is smooth; any order, any value.
        low, high: limits of s, shape (...).
    """
    start, end = support(df)
    if low is not None:
        start = np.maximum(start, low)
    if high is not None:
        end = np.minimum(end, high)
    end = np.maximum(end, start)
    spread = 3 / np.sqrt(2 * df)
    inner = [*bends, 1 - spread, np.ones_like(df), 1 + spread]
    edges = np.sort(np.stack([start, end, *(np.clip(b, start, end) for b in inner)], axis=-1), axis=-1) ** 0.25
    half = np.diff(edges, axis=-1)[..., None] / 2
    middle = (edges[..., :-1] + edges[..., 1:])[..., None] / 2
    root = middle + half * _NODES  # in s^(1/4) the density is smooth at 0 for fractional degrees of freedom too
    s = root**4
    values = integrand(s) * np.exp(log_density(s, df[..., None, None])) * 4 * root**3
    return np.asarray((values * half * _WEIGHTS).sum(axis=(-2, -1)), dtype=float)


def normal_power(shift: Floats, alpha: float, *, both: bool = False) -> Floats:
    """Power of a normal test of level `alpha` on its side; arguments as in `t_power`."""
    shift, critical = np.asarray(shift, dtype=float), -ndtri(alpha)
    power = ndtr(shift - critical)
    return np.asarray(power + ndtr(-shift - critical) if both else power, dtype=float)


def normal_tost_power(above_lower: Floats, below_upper: Floats, alpha: float) -> Floats:
    """Power of two one-sided normal tests of one estimate, each of level `alpha`; arguments as in `tost_power`."""
    critical = -ndtri(alpha)
    return np.asarray(np.maximum(ndtr(above_lower - critical) + ndtr(below_upper - critical) - 1, 0.0), dtype=float)


def t_tail(df: Floats, critical: Floats, shift: Floats) -> Floats:
    """P(T >= critical) for a noncentral t variable, all arguments of one shape (or broadcast)."""
    df, critical, shift = (np.asarray(a, dtype=float) for a in np.broadcast_arrays(df, critical, shift))
    scale = np.where(np.abs(critical) < 1e-12, 1e-12, critical)
    bends = (
        (shift - _REACH) / scale,
        (shift - 3) / scale,
        shift / scale,
        (shift + 3) / scale,
        (shift + _REACH) / scale,
    )
    c, d = critical[..., None, None], shift[..., None, None]
    return np.clip(average(lambda s: ndtr(d - c * s), df, bends), 0.0, 1.0)


def t_power(df: Floats, shift: Floats, alpha: float, *, both: bool = False) -> Floats:
    """Power of a t test of level `alpha` on its side; 0 below one degree of freedom.

    Args:
        df: degrees of freedom, shape (...).
        shift: mean of the normal statistic, (effect - null) / its true standard error, towards the alternative.
        alpha: level of one side.
        both: whether rejections on the other side count too (`alpha` is then that of either side).
    """
    df, shift = (np.asarray(a, dtype=float) for a in np.broadcast_arrays(df, shift))
    enough = df >= 1
    safe = np.where(enough, df, 1.0)
    critical = stdtrit(safe, 1 - alpha)
    power = t_tail(safe, critical, shift)
    if both:
        power = power + t_tail(safe, critical, -shift)
    return np.where(enough, power, 0.0)


def tost_power(df: Floats, above_lower: Floats, below_upper: Floats, alpha: float) -> Floats:
    """Exact power of two one-sided t tests, each of level `alpha` (Phillips 1990); 0 below one degree of freedom.

    Args:
        df: degrees of freedom, shape (...).
        above_lower, below_upper: (effect - lower margin) and (upper margin - effect) over the true standard error.
        alpha: level of each test, below 0.5.
    """
    df = np.asarray(df, dtype=float)
    enough = df >= 1
    safe = np.where(enough, df, 1.0)
    return np.where(enough, tost_power_at(safe, stdtrit(safe, 1 - alpha), above_lower, below_upper), 0.0)


def tost_power_at(df: Floats, critical: Floats, above_lower: Floats, below_upper: Floats) -> Floats:
    """P(T1 >= critical and T2 <= -critical) for t statistics of one estimate, critical above 0; see `tost_power`."""
    df, t, low, up = (np.asarray(a, dtype=float) for a in np.broadcast_arrays(df, critical, above_lower, below_upper))
    ends = np.maximum((low + up) / (2 * t), 0.0)  # beyond, the confidence interval is wider than the margins
    bends = tuple((b + k) / t for b in (low, up) for k in (-_REACH, -3.0, 0.0, 3.0, _REACH))
    c, a, b = t[..., None, None], low[..., None, None], up[..., None, None]
    return np.clip(average(lambda s: ndtr(b - c * s) - ndtr(c * s - a), df, bends, high=ends), 0.0, 1.0)


def correlated_tost_power(
    df: Floats, above_lower: Floats, below_upper: Floats, correlation: Floats, alpha: float
) -> Floats:
    """P(T1 >= t and T2 <= -t) where two t statistics share s and their normal parts have a correlation below 1.

    A bivariate noncentral t probability (Hauschke 1999), by Owen's T function given s. Arguments as in `tost_power`.
    """
    df, low, up, rho = (
        np.asarray(a, dtype=float) for a in np.broadcast_arrays(df, above_lower, below_upper, correlation)
    )
    enough = df >= 1
    safe = np.where(enough, df, 1.0)
    t = stdtrit(safe, 1 - alpha)
    bends = tuple((b + k) / t for b in (low, up) for k in (-_REACH, -3.0, 0.0, 3.0, _REACH))
    bends = (*bends, (low + up) / (2 * t))
    tt, a, b, r = (x[..., None, None] for x in (t, low, up, rho))
    power = average(lambda s: both_below(a - tt * s, b - tt * s, -r), safe, bends)
    return np.where(enough, np.clip(power, 0.0, 1.0), 0.0)


def both_below(h: Floats, k: Floats, rho: Floats) -> Floats:
    """P(X <= h and Y <= k) of standard normals with correlation -1 < rho < 1 (Owen 1956)."""
    root = np.sqrt(1 - rho * rho)
    h, k = np.where(h == 0, 1e-300, h), np.where(k == 0, 1e-300, k)
    first = owens_t(h, (k / h - rho) / root)
    second = owens_t(k, (h / k - rho) / root)
    opposite = np.where((h < 0) != (k < 0), 0.5, 0.0)
    return np.asarray((ndtr(h) + ndtr(k)) / 2 - first - second - opposite, dtype=float)


def owens_q(df: float, t: float, shift: float, low: float, high: float) -> float:
    """Owen's Q function: the integral of ndtr(t x / sqrt(df) - shift) over the chi density, x from `low` to `high`.

    Owen (1965), formula 1.1, with 1 or more degrees of freedom; the building block of published TOST programs. Here
    for comparison with them, `tost_power` integrates once what they take as a difference of two.
    """
    nu = np.asarray(float(df))
    root = np.sqrt(nu)
    start, end = np.asarray(low) / root, np.asarray(min(high, 1e300)) / root
    if abs(t) < 1e-12:
        return float(ndtr(-shift) * (gammaincc(nu / 2, low**2 / 2) - gammaincc(nu / 2, min(high, 1e150) ** 2 / 2)))
    bends = tuple(np.asarray((shift + k) / t) for k in (-_REACH, -3.0, 0.0, 3.0, _REACH))
    return float(average(lambda s: ndtr(t * s - shift), nu, bends, low=start, high=end))


def to_normal(statistic: Floats, df: Floats | float | None) -> Floats:
    """A t statistic put on the normal scale through its p value; as it is where `df` is None."""
    if df is None:
        return np.asarray(statistic, dtype=float)
    tail = np.maximum(stdtr(df, -np.abs(statistic)), 1e-300)  # the scale ends at 37, far beyond any boundary
    return np.asarray(np.sign(statistic) * -ndtri(tail), dtype=float)
