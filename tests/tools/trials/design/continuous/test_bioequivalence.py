"""Average bioequivalence against the published numbers of PowerTOST and against simulated trials."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchside.tools.trials.design.continuous.bioequivalence import DESIGNS, Bioequivalence, log_sd
from benchside.tools.trials.design.continuous.endpoints import CrossoverMeans, TwoMeans
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority, Superiority

BE = Equivalence(lower=0.8, upper=1.25)


def split(n: int, k: int) -> np.ndarray:
    return np.array([n // k + (i < n % k) for i in range(k)], dtype=float)


# sizes and powers printed in README.md, man/*.Rd and vignettes of Detlew/PowerTOST (bc54622a), and in the tests of
# ClinicalTrialUtilities.jl, which were checked with it
SIZES = [
    # cv, ratio, lower, upper, study, alpha, target, n, power, digits
    (0.45, 0.90, 0.8, 1.25, "2x2x3", 0.05, 0.8, 124, 0.800125, 6),
    (0.125, 0.975, 0.9, 1 / 0.9, "2x2", 0.05, 0.8, 32, 0.800218, 6),
    (0.20, 0.95, 0.8, 1.25, "2x2", 0.05, 0.8, 20, 0.834680, 6),
    (0.20, 0.95, 0.8, 1.25, "2x2", 0.05, 0.9, 26, 0.9176333, 7),
    (0.40, 0.90, 0.75, 1 / 0.75, "2x2x4", 0.05, 0.8, 30, 0.822929, 6),
    (0.30, 0.95, 0.8, 1.25, "2x2", 0.05, 0.8, 40, 0.815845, 6),
    (0.30, 0.90, 0.8, 1.25, "2x2x3", 0.05, 0.8, 60, 0.81002, 5),
    (0.17, 0.95, 0.8, 1.25, "2x2", 0.05, 0.8, 14, 0.80568, 5),
    (0.10, 0.975, 0.9, 1 / 0.9, "2x2x4", 0.05, 0.8, 12, 0.85628, 5),
    (0.10, 0.975, 0.9, 1 / 0.9, "2x2x3", 0.05, 0.8, 16, 0.81393, 5),
    (0.10, 0.975, 0.9, 1 / 0.9, "2x2x2", 0.05, 0.8, 22, 0.81702, 5),
    (0.30, 1.00, 0.8, 1.25, "2x2", 0.05, 0.9, 40, 0.9095603, 7),
    (0.347, 0.95, 0.8, 1.25, "2x2", 0.05, 0.8, 52, 0.8136415, 7),
    (0.40, 1.05, 0.8, 1.25, "2x2", 0.05, 0.85, 74, 0.8558178, 7),
    (0.40, 1.05, 0.9, 1.25, "2x2", 0.05, 0.85, 108, 0.8506248, 7),
    (0.50, 1.05, 0.8, 1.20, "2x2", 0.05, 0.8, 158, 0.8039191, 7),
]


@pytest.mark.parametrize(("cv", "ratio", "lower", "upper", "study", "alpha", "target", "n", "power", "digits"), SIZES)
def test_sizes_are_the_published_ones(
    cv: float, ratio: float, lower: float, upper: float, study: str, alpha: float, target: float, n: int, power: float,
    digits: int,
) -> None:  # fmt: skip
    endpoint = Bioequivalence.model_validate({"cv": cv, "ratio": ratio, "study": study})
    size, reached = endpoint.balanced_size(Equivalence(lower=lower, upper=upper), alpha, target)
    assert size == n
    assert reached == pytest.approx(power, abs=0.5001 * 10.0**-digits)


POWERS = [
    (0.35, 0.95, "parallel", (52, 49), 0.8011186),
    (0.30, 0.95, "parallel", 31, 0.2949476),
    (0.30, 0.95, "parallel", 32, 0.3166927),
    (0.25, 0.95, "2x2", 24, 0.7391155),
    (0.25, 0.95, "2x2", (10, 12), 0.6912935),
    (0.25, 0.95, "2x2", 22, 0.6953401),
    (0.20, 0.95, "2x2", 27, 0.9264366),
    (0.20, 0.95, "2x2", 29, 0.9419008),
    (0.40, 0.95, "2x2x4", 35, 0.829747),
    (1.00, 0.95, "2x2x4", 35, 0.0142495),
    (0.40, 0.95, "2x4x4", 35, 0.8291076),
    (0.40, 0.95, "2x4x4", 34, 0.8180596),
    (0.40, 0.95, "2x4x4", 33, 0.8069565),
    (0.40, 0.95, "2x3x3", 32, 0.5976873),
    (0.40, 0.95, "2x3x3", 30, 0.5614358),
    (0.40, 0.95, "3x3", 30, 0.3847067),
    (0.40, 0.95, "3x6x3", 30, 0.3847067),
    (0.40, 0.95, "2x4x2", 30, 0.0001786),
]


@pytest.mark.parametrize(("cv", "ratio", "study", "n", "power"), POWERS)
def test_powers_are_the_published_ones(
    cv: float, ratio: float, study: str, n: int | tuple[int, ...], power: float
) -> None:
    statistic = Bioequivalence.model_validate({"cv": cv, "ratio": ratio, "study": study}).make("t", BE)
    sizes = split(n, statistic.study.sequences) if isinstance(n, int) else np.asarray(n, dtype=float)
    assert float(statistic.power(sizes, 0.05, 1)) == pytest.approx(power, abs=5.1e-7)


def test_non_inferiority_has_the_published_sizes() -> None:
    # man/sampleN.noninf.Rd of PowerTOST
    assert Bioequivalence(cv=0.3).balanced_size(NonInferiority(margin=0.8), 0.025, 0.8)[0] == 48
    worse = Bioequivalence(cv=0.3, ratio=1.05)
    assert worse.balanced_size(NonInferiority(margin=1.25), 0.025, 0.9)[0] == 62
    down, up = Bioequivalence(cv=0.25), Bioequivalence(cv=0.25, ratio=1 / 0.95)
    mirrored = up.balanced_size(NonInferiority(margin=1.25), 0.025, 0.8)
    assert down.balanced_size(NonInferiority(margin=0.8), 0.025, 0.8) == pytest.approx(mirrored)


@pytest.mark.parametrize(
    ("difference", "margin", "sd", "alpha", "target", "n", "power"),
    [  # additive model in the 2x2 crossover, tests of ClinicalTrialUtilities.jl
        (0, 0.2, 0.5, 0.05, 0.8, 110, 0.8074124),
        (0, 0.2, 2.0, 0.05, 0.8, 1716, 0.8005618),
        (0, 0.2, 2.0, 0.001, 0.8, 3828, 0.8001454),
        (0, 0.2, 2.0, 0.01, 0.99, 4810, 0.9900151),
    ],
)
def test_the_additive_model_has_the_published_sizes(
    difference: float, margin: float, sd: float, alpha: float, target: float, n: int, power: float
) -> None:
    statistic = CrossoverMeans(difference=difference, sd_within=sd).make("t", Equivalence(lower=-margin, upper=margin))
    total = statistic.total(alpha, 1, target, (0.5, 0.5))
    assert n - 2 < total <= n
    assert float(statistic.power(np.array([n / 2, n / 2]), alpha, 1)) == pytest.approx(power, abs=5.1e-8)


def test_a_parallel_group_study_on_the_original_scale() -> None:
    # man/sampleN.TOST.Rd: n = 48, power = 0.815435
    statistic = TwoMeans(difference=-0.05, sd=0.2).make("t", Equivalence(lower=-0.2, upper=0.2))
    assert float(statistic.power(np.array([24.0, 24]), 0.05, 1)) == pytest.approx(0.815435, abs=5.1e-7)
    assert 46 < statistic.total(0.05, 1, 0.8, (0.5, 0.5)) <= 48


def test_a_ratio_next_to_a_margin_needs_a_million() -> None:
    # the strange setting in man/sampleN.TOST.Rd, which does not print its answer; a normal approximation does
    n, reached = Bioequivalence(cv=0.2, ratio=0.8005).balanced_size(BE, 0.05, 0.8)
    z = stats.norm.isf(0.05) + stats.norm.isf(0.2)
    assert n == pytest.approx(2 * (z * log_sd(0.2) / np.log(0.8005 / 0.8)) ** 2, rel=1e-5)
    assert reached >= 0.8


@pytest.mark.parametrize("study", sorted(DESIGNS))
def test_the_variance_of_each_design_is_that_of_its_least_squares_fit(study: str) -> None:
    sequences = {
        "parallel": None, "paired": ("TR",), "2x2": ("TR", "RT"), "2x2x2": ("TR", "RT"), "2x2x3": ("TRT", "RTR"),
        "2x2x4": ("TRTR", "RTRT"), "2x4x4": ("TRTR", "RTRT", "TRRT", "RTTR"), "2x3x3": ("TRR", "RTR", "RRT"),
        "2x4x2": ("TR", "RT", "TT", "RR"), "2x2x2r": ("TRTR", "RTRT"), "3x3": ("TRS", "RST", "STR"),
        "3x6x3": ("TRS", "TSR", "RTS", "RST", "STR", "SRT"), "4x4": ("TRSU", "RUTS", "USRT", "STUR"),
    }[study]  # fmt: skip
    each = 3
    design = DESIGNS[study]
    if sequences is None:
        assert design.constant * 2 / each == pytest.approx(2 / each)
        return
    letters = [s for s in sequences for _ in range(each)]
    periods = len(letters[0])
    columns = []
    for i in range(len(letters)):
        columns.append([j == i for j in range(len(letters)) for _ in range(periods)])
    if study != "paired":  # pairs have no period effect
        for p in range(periods):
            columns.append([q == p for _ in letters for q in range(periods)])
    for treatment in [*sorted({c for s in letters for c in s} - {"R", "T"}), "T"]:
        columns.append([c == treatment for s in letters for c in s])
    matrix = np.array(columns, dtype=float).T
    df = len(letters) * periods - np.linalg.matrix_rank(matrix)
    assert float(design.degrees(np.array(float(len(letters))))) == df + (2 if study == "2x2x2r" else 0)
    if study == "2x4x2":  # its variance is that with carry-over, its degrees of freedom are those without
        carried = [i > 0 and s[i - 1] == "T" for s in letters for i in range(periods)]
        matrix = np.column_stack([matrix[:, :-1], carried, matrix[:, -1]])
    variance = np.linalg.pinv(matrix.T @ matrix)[-1, -1]
    assert design.constant * len(sequences) / each == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("study", ["2x2", "2x2x4", "3x6x3", "parallel"])
def test_exact_power_is_that_of_simulated_trials(study: str) -> None:
    statistic = Bioequivalence.model_validate({"cv": 0.3, "study": study}).make("t", BE)
    k = statistic.study.sequences
    sizes = (24 // k,) * k
    z = statistic.sample(np.random.default_rng(1), sizes, (1.0,), 100_000)
    seen = float((z >= stats.norm.isf(0.05)).mean())
    stated = float(statistic.power(np.array(sizes, dtype=float), 0.05, 1))
    assert stated == pytest.approx(seen, abs=3.3 * np.sqrt(seen * (1 - seen) / 100_000))


def test_robust_degrees_of_freedom_cost_power() -> None:
    endpoint = Bioequivalence(cv=0.4, study="2x2x4")
    usual, robust = endpoint.make("t", BE), endpoint.make("robust", BE)
    sizes = np.array([17.0, 17])
    assert float(robust.df(sizes)) == 32
    assert float(robust.power(sizes, 0.05, 1)) < float(usual.power(sizes, 0.05, 1))


def test_out_of_scope_and_impossible_things_are_named() -> None:
    endpoint = Bioequivalence(cv=0.3)
    with pytest.raises(OutOfScopeError):
        endpoint.statistic(None, Superiority())
    with pytest.raises(OutOfScopeError, match="two-stage"):
        endpoint.statistic(None, BE).monitored()
    with pytest.raises(ImpossibleInputError, match="no ratio"):
        endpoint.statistic(None, NonInferiority(margin=-0.2))
    with pytest.raises(ContradictoryInputError):
        Bioequivalence(cv=0.3, ratio=0.8).statistic(None, BE)
    with pytest.raises(ContradictoryInputError):
        endpoint.balanced_size(BE, 0.05, 0.04)
