"""The adapters of published longitudinal cases: numbers of the sources, refusals."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.cases.longitudinal import METHODS
from benchside.tools.trials.design.errors import DesignError

MMRM = {"retention": [1, 1], "sigma": 1, "delta": 1, "alpha_two_sided": 0.05, "power": 0.8}
ANSWER = {name: method.answer for name, method in METHODS.by_name.items()}


def test_longpower_numbers():
    slope = {
        "t": [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5], "sig2_i": 55, "sig2_s": 24, "sig2_e": 10, "corr_si": 0.8,
        "delta": 1.5, "alpha_two_sided": 0.05, "power": 0.8,
    }  # fmt: skip
    assert ANSWER["lmm_slope"](slope, frozenset())["n_per_arm"] == pytest.approx(207.310093300903)
    table = {"t": [0, 2, 5], "d": 0.5, "rho": [0.2, 0.8], "sigma2": [100], "alpha_one_sided": 0.05, "power": 0.8}
    assert ANSWER["slope_difference_exchangeable"](table, frozenset())["n_per_group"] == [[313], [79]]
    lu = {"phi1": [1, 2], "phi2": [1, 2], "lambda": [1, 2], "alpha_two_sided": 0.05, "power": 0.9, "delta": 0.5}
    totals = ANSWER["mmrm_ancova_unequal"](lu, frozenset())["n_total_z"]
    assert totals == pytest.approx([168.11876898305, 378.267230211862])
    assert ANSWER["ancova_factor"]({"n_ttest_per_arm": 64, "rho": 0.5}, frozenset())["n_per_arm"] == 48


@pytest.mark.parametrize("words", ["exchangeable .25 (4x4)", "exchangeable 0.25", "Exchangeable .25 (4x4)"])
def test_correlations_in_words(words):
    inputs = {
        "Ra": words,
        "retention": [1, 0.9, 0.8, 0.7],
        "sigma": 1,
        "delta": 0.5,
        "alpha_two_sided": 0.05,
        "power": 0.8,
    }
    assert ANSWER["mmrm_general"](inputs, frozenset())["n_total"] == 174
    inputs["Ra"] = [[1 if i == j else 0.25 for j in range(4)] for i in range(4)]
    assert ANSWER["mmrm_general"](inputs, frozenset())["n_total"] == 174


@pytest.mark.parametrize(
    ("method", "inputs"),
    [
        ("mmrm_general", MMRM | {"Ra": "banded .3"}),
        ("mmrm_general", MMRM | {"Ra": "exchangeable .3 (3x3)"}),
        ("mmrm_ar1_phi", {"J": 4, "dropout_last": 0.1, "retention": "steps", "rho_1J": [0.5]}),
        ("mmrm_ar1_phi", {"J": 1, "dropout_last": 0.1, "retention": "linear", "rho_1J": [0.5]}),
        ("mmrm_ar1_phi", {"J": 3, "dropout_last": 1.0, "retention": "linear", "rho_1J": [0.5]}),
        ("ancova_factor", {"n_ttest_per_arm": -3, "rho": 0.5}),
        ("ancova_factor", {"n_ttest_per_arm": 30, "rho": 1.5}),
        ("mmrm_ancova_unequal", MMRM | {"phi1": [1], "phi2": [1, 2], "lambda": [1]}),
    ],
)  # fmt: skip
def test_refusals_are_named(method, inputs):
    with pytest.raises(DesignError):
        ANSWER[method](inputs, frozenset())
