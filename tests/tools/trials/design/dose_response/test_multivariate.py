"""Box probabilities of the multivariate normal and t: Dunnett's tables, quadrature, scipy, singular correlations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm
from scipy.stats import t as student

from benchside.tools.trials.design.dose_response.multivariate import (
    box_probability,
    critical_value,
    pivoted_root,
    rejection_probability,
)
from benchside.tools.trials.design.errors import DesignError


def half(k):
    return 0.5 * np.ones((k, k)) + 0.5 * np.eye(k)


def dunnett(alpha, k, df):
    """One-sided critical value with equal groups, by one integral over control and one over the spread."""
    x, w = np.polynomial.legendre.leggauss(200)
    z, wz = 8 * x, 8 * w * np.exp(-32 * x**2) / math.sqrt(2 * math.pi)
    u = (1 + x) / 2
    s = np.ones(1) if math.isinf(df) else np.sqrt(special.gammaincinv(df / 2, u) * 2 / df)
    ws = np.ones(1) if math.isinf(df) else w / 2

    def level(c):
        inside = special.ndtr(z[None, :] + c * math.sqrt(2) * s[:, None]) ** k
        return 1 - float(ws @ (inside @ wz))

    return brentq(lambda c: level(c) - alpha, 1, 6)


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("df", [10.0, 60.0, math.inf])
def test_critical_values_of_dunnett(k, df):
    assert critical_value(half(k), 0.05, df=df) == pytest.approx(dunnett(0.05, k, df), abs=2e-4)


def test_one_statistic_is_normal_or_t():
    one = np.ones((1, 1))
    assert critical_value(one, 0.05, df=7, sides=2) == pytest.approx(student.isf(0.025, 7))
    for df in (1.0, 3.0, 50.0):
        assert rejection_probability(one, 2.0, df=df) == pytest.approx(student.sf(2.0, df), abs=1e-6)
    assert rejection_probability(one, 1.5, shift=2.0) == pytest.approx(norm.sf(-0.5), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_against_scipy(seed):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((4, 6))
    covariance = a @ a.T
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    upper, shift = rng.uniform(0, 2, 4), rng.uniform(-1, 1, 4)
    expected = multivariate_normal(mean=shift, cov=correlation, seed=1, maxpts=200_000).cdf(upper)
    got = box_probability(correlation, np.full(4, -np.inf), upper, shift=shift)
    assert got == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("df", [7.0, math.inf])
@pytest.mark.parametrize("sides", [1, 2])
def test_dependent_statistics_against_simulation(df, sides):
    """Five statistics in three dimensions, whose correlation is singular."""
    rng = np.random.default_rng(3)
    directions = rng.standard_normal((5, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    shift = np.array([1.0, 0.5, 2.0, 0.3, -1.0])
    values = rng.standard_normal((400_000, 3)) @ directions.T + shift
    if math.isfinite(df):
        values /= np.sqrt(rng.chisquare(df, 400_000) / df)[:, None]
    largest = np.abs(values).max(axis=1) if sides == 2 else values.max(axis=1)
    got = rejection_probability(directions @ directions.T, 2.0, shift=shift, df=df, sides=sides)
    assert got == pytest.approx((largest >= 2).mean(), abs=3 * 0.5 / math.sqrt(400_000))


def test_root_of_a_singular_matrix():
    rng = np.random.default_rng(1)
    a = rng.standard_normal((5, 2))
    root, order = pivoted_root(a @ a.T)
    assert root.shape == (5, 2)
    assert root @ root.T == pytest.approx((a @ a.T)[np.ix_(order, order)])


def test_the_same_statistic_twice_costs_nothing():
    assert critical_value(np.ones((2, 2)), 0.025) == pytest.approx(norm.isf(0.025), abs=1e-6)
    assert critical_value(np.array([[1, -1], [-1, 1.0]]), 0.05) == pytest.approx(norm.isf(0.025), abs=1e-5)


def test_too_many_statistics_are_refused():
    with pytest.raises(DesignError):
        box_probability(np.eye(21), np.full(21, -np.inf), np.ones(21))
