"""Simulated trials of scaled bioequivalence: their key statistics, or participants and a least-squares analysis.

Under normal log values the residual space of a balanced replicate design falls apart into contrasts within
participants that are independent: reference against reference, test against test, test against reference, and a few
between the sequences. Drawing their chi-squares gives the statistics without the participants; exactly so at equal
variances. The participants are for the check.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchside.tools.trials.design.continuous.scaled_decision import KeyStatistics
from benchside.tools.trials.design.statistic import Floats

SEQUENCES: dict[str, tuple[str, ...]] = {
    "2x3x3": ("TRR", "RTR", "RRT"),
    "2x2x4": ("TRTR", "RTRT"),
    "2x2x3": ("TRT", "RTR"),
}
_FREE = {"2x3x3": (2, 3), "2x2x4": (3, 4), "2x2x3": (2, 3)}  # a, b of the residual degrees of freedom a n - b
_VALUES = 4_000_000


@dataclass(frozen=True, slots=True)
class Replicates:
    """A balanced replicate design.

    Attributes:
        study: 2x3x3, 2x2x4 or 2x2x3.
        each: participants per sequence.
        var_test, var_reference: within-subject variances on the log scale.
    """

    study: str
    each: int
    var_test: float
    var_reference: float

    @property
    def total(self) -> int:
        """Participants in all."""
        return self.each * len(SEQUENCES[self.study])


def key_statistics(
    rng: np.random.Generator, trial: Replicates, log_ratio: float, contrasts: bool, trials: int
) -> KeyStatistics:
    """Key statistics of the analysis by within-subject contrasts, or by analysis of variance."""
    t, r, n, m = trial.var_test, trial.var_reference, trial.total, trial.each

    def squares(variance: float, df: int) -> Floats:
        return variance * rng.chisquare(df, trials)

    if trial.study == "2x2x4":
        variance = (t + r) / 2  # of a participant's mean test less mean reference
        within_reference, df_reference = squares(r, n - 2), n - 2
        test_reference, df_contrast = squares(variance, n - 2), n - 2
        residual = [within_reference, squares(t, n - 2), test_reference, squares((t + r) / 2, 2)]
    elif trial.study == "2x3x3":
        variance = t + r / 2
        within_sequences, between = squares(r, n - 3), squares(r, 1)
        # by analysis of variance the reference has one more degree of freedom, from between the sequences
        within_reference = within_sequences if contrasts else within_sequences + between
        df_reference = n - 3 if contrasts else n - 2
        test_reference, df_contrast = squares(variance, n - 3), n - 3
        residual = [within_sequences, between, test_reference * 2 / 3, squares((t + 2 * r) / 3, 2)]
    else:
        variances = (r + t / 2, t + r / 2)  # in TRT and RTR; of one against the mean of two
        variance = sum(variances) / 2
        within_reference, df_reference = squares(r, m - 1), m - 1
        test_reference, df_contrast = squares(variances[0], m - 1) + squares(variances[1], m - 1), n - 2
        residual = [within_reference, squares(t, m - 1), test_reference * 2 / 3, squares((t + r) / 2, 1)]
    estimate = log_ratio + np.sqrt(variance / n) * rng.standard_normal(trials)
    if contrasts:
        error, df = np.sqrt(test_reference / df_contrast / n), df_contrast
    else:
        slope, lost = _FREE[trial.study]
        df = slope * n - lost
        unit = {"2x2x4": 1.0, "2x3x3": 1.5, "2x2x3": 1.5}[trial.study]
        error = np.sqrt(sum(residual) / df * unit / n)
    return KeyStatistics(estimate, np.asarray(error), df, within_reference / df_reference, df_reference)


def participants(
    rng: np.random.Generator, trial: Replicates, log_ratio: float, contrasts: bool, trials: int
) -> KeyStatistics:
    """The same from simulated participants and least squares on their values; independent of `key_statistics`."""
    letters = np.array([list(s) for s in SEQUENCES[trial.study] for _ in range(trial.each)])
    test = (letters == "T").ravel()
    sd = np.where(test, np.sqrt(trial.var_test), np.sqrt(trial.var_reference))
    analyse = _Contrasts(letters) if contrasts else _Variance(letters)
    parts = []
    most = max(1, _VALUES // test.size)
    for start in range(0, trials, most):
        # effects of participants and periods are taken out by both analyses, and so need not be drawn
        values = log_ratio * test + sd * rng.standard_normal((min(most, trials - start), test.size))
        parts.append(analyse(values))
    first = parts[0]
    estimate, error, reference = (
        np.concatenate([getattr(p, name) for p in parts]) for name in ("estimate", "error", "reference")
    )
    return KeyStatistics(estimate, error, first.df, reference, first.df_reference)


class _Fit:
    """Least squares on a design matrix: coefficients, residual variance, degrees of freedom."""

    def __init__(self, matrix: Floats) -> None:
        left, singular, _ = np.linalg.svd(matrix, full_matrices=False)
        self.basis = left[:, singular > 1e-9 * singular[0]]
        self.df = matrix.shape[0] - self.basis.shape[1]

    def residual(self, values: Floats) -> Floats:
        """Residual variance by row of values (trials, observations)."""
        return np.asarray(((values**2).sum(axis=1) - ((values @ self.basis) ** 2).sum(axis=1)) / self.df, dtype=float)


def _dummies(codes: np.ndarray) -> Floats:
    return np.asarray(codes[:, None] == np.unique(codes)[None, :], dtype=float)


class _Variance:
    """Analysis of variance with participants, periods and treatment fixed; the reference alone likewise (EMA)."""

    def __init__(self, letters: np.ndarray) -> None:
        n, periods = letters.shape
        subject, period = np.repeat(np.arange(n), periods), np.tile(np.arange(periods), n)
        test = (letters == "T").ravel()
        nuisance = np.hstack([_dummies(subject), _dummies(period)])
        self.full = _Fit(np.column_stack([nuisance, test]))
        basis = _Fit(nuisance).basis
        pure = test - basis @ (basis.T @ test)  # treatment adjusted for participants and periods
        self.weights = pure / (pure @ pure)
        self.unit = float(1 / (pure @ pure))
        self.rows = np.flatnonzero(~test)
        self.reference = _Fit(nuisance[self.rows])

    def __call__(self, values: Floats) -> KeyStatistics:
        error = np.sqrt(self.full.residual(values) * self.unit)
        reference = self.reference.residual(values[:, self.rows])
        return KeyStatistics(values @ self.weights, error, self.full.df, reference, self.reference.df)


class _Contrasts:
    """Within-subject contrasts of test against reference and of reference against reference, by sequence (FDA)."""

    def __init__(self, letters: np.ndarray) -> None:
        self.letters = letters
        self.sequence = np.unique(letters, axis=0, return_inverse=True)[1].ravel()
        self.groups = _dummies(self.sequence)

    def __call__(self, values: Floats) -> KeyStatistics:
        grid = values.reshape(len(values), *self.letters.shape)
        test = self.letters == "T"
        difference = (grid * test).sum(axis=2) / test.sum(axis=1) - (grid * ~test).sum(axis=2) / (~test).sum(axis=1)
        fit = _Fit(self.groups)
        sizes = self.groups.sum(axis=0)
        estimate = (difference @ self.groups / sizes).mean(axis=1)
        error = np.sqrt(fit.residual(difference) * (1 / sizes).sum() / len(sizes) ** 2)
        twice = np.flatnonzero((~test).sum(axis=1) == 2)
        signs = np.zeros(test.shape)
        for row in twice:
            signs[row, np.flatnonzero(~test[row])] = (1.0, -1.0)
        within = (grid * signs).sum(axis=2)[:, twice] / np.sqrt(2)
        reference = _Fit(_dummies(self.sequence[twice]))
        return KeyStatistics(estimate, error, fit.df, reference.residual(within), reference.df)
