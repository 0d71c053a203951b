"""Noncentral t, Owen's Q and two one-sided tests against adaptive quadrature, scipy and published values."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import ndtr, stdtrit

from benchside.tools.trials.design.student import (
    both_below,
    correlated_tost_power,
    log_density,
    normal_power,
    normal_tost_power,
    owens_q,
    t_power,
    t_tail,
    to_normal,
    tost_power,
)


def of(value: float) -> np.ndarray:
    return np.asarray(float(value))


def chi_density(s: float, df: float) -> float:
    """Density of sqrt(chi-square / df) by scipy, independent of the code under test."""
    return float(stats.chi.pdf(s * np.sqrt(df), df) * np.sqrt(df))


def reference(integrand, df: float, bends: list[float], high: float = np.inf) -> float:
    """Adaptive quadrature over the density of s, piece by piece."""
    low, top = stats.chi.ppf(1e-17, df) / np.sqrt(df), stats.chi.isf(1e-17, df) / np.sqrt(df)
    points = np.unique(
        np.clip([low, *bends, 1 - 3 / np.sqrt(2 * df), 1, 1 + 3 / np.sqrt(2 * df), top], low, min(top, high))
    )
    return sum(
        integrate.quad(lambda s: integrand(s) * chi_density(s, df), a, b, epsabs=1e-14, limit=400)[0]
        for a, b in pairwise(points)
    )


@pytest.mark.parametrize("df", [1, 1.5, 2, 7, 60, 3000])
@pytest.mark.parametrize("alpha", [0.3, 0.025, 1e-5])
def test_the_noncentral_t_tail_is_that_of_adaptive_quadrature(df: float, alpha: float) -> None:
    t = float(stats.t.isf(alpha, df))
    for shift in (-2.0, 0.0, 1.0, 6.0):
        expected = reference(lambda s, d=shift: ndtr(d - t * s), df, [(shift + k) / t for k in (-8, -3, 0, 3, 8)])
        assert float(t_tail(of(df), of(t), of(shift))) == pytest.approx(expected, abs=1e-10)


def test_the_noncentral_t_tail_is_that_of_scipy_where_scipy_is_sound() -> None:
    df, shift = np.array([3.0, 18, 62, 400])[:, None], np.array([0.1, 1.5, 3.3])[None, :]
    t = stdtrit(df, 0.975)
    assert t_tail(df, t, shift) == pytest.approx(stats.nct.sf(t, df, shift), abs=1e-10)


def test_at_the_null_the_power_is_alpha_however_small() -> None:
    for df in (1.0, 2.0, 5.5, 40.0, 1e5, 1e8):
        for alpha in (0.2, 0.025, 1e-6):
            assert float(t_power(of(df), of(0), alpha)) == pytest.approx(alpha, rel=1e-9)


def test_many_degrees_of_freedom_are_a_normal_test() -> None:
    exact = float(stats.norm.sf(stats.norm.isf(0.025) - 3))
    assert float(t_power(of(1e9), of(3), 0.025)) == pytest.approx(exact, abs=2e-9)


@pytest.mark.parametrize("df", [1, 2, 5, 12.3, 50, 9000])
@pytest.mark.parametrize(("low", "up"), [(2, 3), (1, 1), (6, 6), (0, 8), (-1, 5), (0.2, 0.1), (20, 25)])
def test_two_one_sided_tests_are_those_of_adaptive_quadrature(df: float, low: float, up: float) -> None:
    for alpha in (0.2, 0.05, 0.001):
        t = float(stdtrit(df, 1 - alpha))
        expected = reference(
            lambda s, t=t: ndtr(up - t * s) - ndtr(t * s - low), df,
            [(b + k) / t for b in (low, up) for k in (-5, 0, 5)], high=(low + up) / 2 / t,
        )  # fmt: skip
        assert float(tost_power(of(df), of(low), of(up), alpha)) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(
    ("df", "t", "shift", "high", "value", "digits"),
    [
        (2, 2.92, 4.2135, 2.0407, 0.0731726, 7),  # PowerTOST man/OwensQ.Rd
        (4, 100, 40, np.inf, 0.9584071, 7),  # ClinicalTrialUtilities.jl test/runtests.jl, checked with PowerTOST
        (1, 1, 1, np.inf, 0.42202, 5),
        (4, 100, 30, 0.8, 0.02702275, 8),
        (1, 100, 40, 1, 0.3718607, 7),
        (1, 2, 1, 1, 0.321429, 6),
        (2, 1, 0.5, 0.2, 0.006781741, 9),
        (4, 2, 1, 1, 0.03739024, 8),
        (3, 2, 1, np.inf, 0.7436299, 7),
    ],
)
def test_owens_q_has_its_published_values(
    df: float, t: float, shift: float, high: float, value: float, digits: int
) -> None:
    assert owens_q(df, t, shift, 0, high) == pytest.approx(value, abs=0.5001 * 10.0**-digits)


def test_one_published_value_of_owens_q_is_wrong_in_the_fifth_digit() -> None:
    # ClinicalTrialUtilities.jl has 0.001888241 by repeated integration by parts, whose T function is good to 1e-8 only;
    # two quadratures, one with 30 digits (mpmath), agree on another value
    import mpmath

    with mpmath.workdps(30):
        integral = mpmath.quad(lambda x: mpmath.ncdf(2 * x / mpmath.sqrt(7) - 1) * x**6 * mpmath.npdf(x), [0, 1])
        constant = mpmath.sqrt(2 * mpmath.pi) / (mpmath.gamma(mpmath.mpf(7) / 2) * mpmath.mpf(2) ** mpmath.mpf("2.5"))
        exact = float(constant * integral)
    assert exact == pytest.approx(0.00188817562, abs=1e-11)
    assert owens_q(7, 2, 1, 0, 1) == pytest.approx(exact, abs=1e-14)
    assert abs(exact - 0.001888241) > 5e-8


def test_owens_q_where_published_programs_failed() -> None:
    # PowerTOST R/OwensQ.R tells that its integrator once gave 5.6e-12 here; the value is 1
    assert owens_q(3000, 1.64, -10, 0, 350) == pytest.approx(1, abs=1e-12)


def test_the_difference_of_two_of_owens_q_is_the_power() -> None:
    t = float(stdtrit(22.0, 0.95))
    low, up = 2.4, 3.1
    end = (low + up) * np.sqrt(22) / (2 * t)
    difference = owens_q(22, -t, -up, 0, end) - owens_q(22, t, low, 0, end)
    assert float(tost_power(of(22), of(low), of(up), 0.05)) == pytest.approx(difference, abs=1e-12)


def test_the_bivariate_normal_is_that_of_scipy() -> None:
    for h, k, rho in [(0, 0, 0.5), (1, -1, 0.3), (-1, 2, -0.8), (0.5, 0.3, 0.99), (0, -1, 0.5), (-2, -1, -0.3)]:
        expected = stats.multivariate_normal.cdf([h, k], cov=[[1, rho], [rho, 1]])
        assert float(both_below(of(h), of(k), of(rho))) == pytest.approx(float(expected), abs=1e-7)


def test_a_correlation_near_one_is_the_test_of_one_estimate() -> None:
    exact = float(tost_power(of(20), of(3), of(4), 0.05))
    near = float(correlated_tost_power(of(20), of(3), of(4), of(1 - 1e-10), 0.05))
    assert near == pytest.approx(exact, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(df=st.floats(1, 1e6), shift=st.floats(-5, 30), alpha=st.floats(1e-6, 0.49))
def test_a_power_is_a_probability_that_rises_with_the_shift(df: float, shift: float, alpha: float) -> None:
    power, more = float(t_power(of(df), of(shift), alpha)), float(t_power(of(df), of(shift + 0.1), alpha))
    assert 0 <= power <= more + 1e-12 <= 1 + 2e-12


@settings(max_examples=60, deadline=None)
@given(df=st.floats(1, 1e4), low=st.floats(-5, 20), up=st.floats(-5, 20), alpha=st.floats(1e-4, 0.4))
def test_margins_may_change_places(df: float, low: float, up: float, alpha: float) -> None:
    one, other = tost_power(of(df), of(low), of(up), alpha), tost_power(of(df), of(up), of(low), alpha)
    assert float(one) == pytest.approx(float(other), abs=1e-11)
    assert 0 <= float(one) <= 1


def test_fewer_than_one_degree_of_freedom_is_no_test() -> None:
    assert float(t_power(of(0.5), of(3), 0.05)) == 0
    assert float(tost_power(of(0.5), of(3), of(3), 0.05)) == 0


def test_the_density_integrates_to_one() -> None:
    for df in (1.0, 3.0, 100.0, 1e6):
        width = 1 / np.sqrt(2 * df)
        points = np.clip([1e-12, 1 - 12 * width, 1 - 4 * width, 1, 1 + 4 * width, 1 + 14 * width], 1e-12, None)
        total = sum(
            integrate.quad(lambda s, d=df: float(np.exp(log_density(of(s), of(d)))), a, b, epsabs=1e-13)[0]
            for a, b in pairwise(points)
            if b > a
        )
        assert total == pytest.approx(1, abs=1e-9)


def test_t_tails_never_fail() -> None:
    """Also where scipy's series cancels to NaN."""
    df = np.array([1.0, 3.0, 8.0, 60.0, 1e6])[:, None, None]
    shift = np.array([-1e9, -40, -7.5, -6, -1, 0, 1, 6, 40, 9999, 10_001, 1e12])[None, :, None]
    critical = np.array([0.5, 2.0, 12.7, 1e4])[None, None, :]
    tail = t_tail(df, critical, shift)
    assert np.all((tail >= 0) & (tail <= 1 + 1e-12))
    assert np.all(np.diff(tail, axis=1) >= -1e-9)
    assert np.all(tail[:, shift[0, :, 0] < 0] <= np.minimum(stats.t.sf(critical, df), 1) + 1e-12)
    usual = t_tail(of(20), of(2.086), of(3))
    assert usual == pytest.approx(stats.nct.sf(2.086, 20, 3.0), abs=1e-12)


def test_normal_powers_are_the_limit_of_those_of_t() -> None:
    shift, df = np.array([-1.0, 0.0, 0.7, 3.0]), of(1e9)
    for both in (False, True):
        assert normal_power(shift, 0.05, both=both) == pytest.approx(t_power(df, shift, 0.05, both=both), abs=1e-8)
    assert normal_tost_power(shift, of(3), 0.05) == pytest.approx(tost_power(df, shift, of(3), 0.05), abs=1e-8)


def test_a_t_statistic_keeps_its_p_value_on_the_normal_scale() -> None:
    t = np.array([-40.0, -2.0, 0.0, 0.5, 12.0])
    z = to_normal(t, 7)
    assert stats.norm.sf(np.abs(z)) == pytest.approx(stats.t.sf(np.abs(t), 7), rel=1e-10)
    assert (np.sign(z) == np.sign(t)).all()
    assert (to_normal(t, None) == t).all()
