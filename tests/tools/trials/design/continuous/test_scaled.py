"""Scaled bioequivalence against the published sizes of PowerTOST and against simulated participants."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchside.tools.trials.design.continuous.bioequivalence import log_sd
from benchside.tools.trials.design.continuous.references import REFERENCES
from benchside.tools.trials.design.continuous.scaled import ScaledBioequivalence
from benchside.tools.trials.design.continuous.scaled_decision import RULES, KeyStatistics, decide, limits
from benchside.tools.trials.design.continuous.scaled_trials import (
    SEQUENCES,
    Replicates,
    key_statistics,
    participants,
)
from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError, OutOfScopeError


# README.md, vignettes and man pages of Detlew/PowerTOST; its powers have a Monte Carlo error of 0.0013 too
@pytest.mark.parametrize(
    ("assumed", "n", "power"),
    [
        ({"cv_reference": 0.45}, 39, 0.8059),
        ({"cv_reference": 0.45, "study": "2x2x3"}, 42, 0.80017),
        ({"cv_reference": 0.45, "study": "2x2x4"}, 28, 0.81116),
        ({"cv_reference": 0.3}, 54, 0.8159),
        ({"cv_reference": 0.35, "study": "2x2x4"}, 34, 0.812),
        ({"cv_reference": 0.5, "cv_test": 0.4, "study": "2x2x4", "agency": "FDA"}, 20, 0.81509),
        ({"cv_reference": 0.3, "agency": "FDA"}, 45, 0.80344),
    ],
)
def test_sizes_are_the_published_ones(assumed: dict[str, object], n: int, power: float) -> None:
    size = ScaledBioequivalence.model_validate(assumed).sample_size()
    assert size.total == n
    assert size.power == pytest.approx(power, abs=0.006)
    assert size.extra[0].value == pytest.approx(math.sqrt(power * (1 - power) / 100_000), rel=0.02)


def test_powers_at_given_sizes_are_the_published_ones() -> None:
    # man/power.scABEL.Rd: 0.81727 in all, 0.82078 scaled, 0.85385 point estimate, 0.27542 unscaled
    trial = Replicates("2x3x3", 18, log_sd(0.5) ** 2, log_sd(0.5) ** 2)
    found = key_statistics(np.random.default_rng(1), trial, math.log(1.15), False, 200_000)
    verdicts = decide(found, RULES["EMA"], 0.8, 1.25, 0.05)
    shares = [float(v.mean()) for v in (verdicts.equivalent, verdicts.scaled, verdicts.point, verdicts.unscaled)]
    assert shares == pytest.approx([0.81727, 0.82078, 0.85385, 0.27542], abs=0.005)


def test_the_type_one_error_at_the_widened_limit_is_the_published_one() -> None:
    # vignettes/RSABE.Rmd: about 0.0656 at CV 0.35, 2x2x4, n = 34; inflated above 0.05
    design = ScaledBioequivalence(cv_reference=0.35, study="2x2x4", n=34)
    assert design.edge == pytest.approx(1.2948, abs=5e-5)
    assert design.power_at(34, design.edge).value == pytest.approx(0.0656, abs=0.0035)


@pytest.mark.parametrize("study", sorted(SEQUENCES))
@pytest.mark.parametrize("contrasts", [False, True])
def test_key_statistics_have_the_law_of_simulated_participants(study: str, contrasts: bool) -> None:
    trial = Replicates(study, 6, 0.2, 0.2)
    key = key_statistics(np.random.default_rng(1), trial, -0.1, contrasts, 60_000)
    real = participants(np.random.default_rng(2), trial, -0.1, contrasts, 60_000)
    assert (key.df, key.df_reference) == (real.df, real.df_reference)
    for name in ("estimate", "error", "reference"):
        one, other = getattr(key, name), getattr(real, name)
        assert one.mean() == pytest.approx(other.mean(), abs=5 * other.std() / math.sqrt(60_000))
        assert np.quantile(one, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(other, [0.1, 0.5, 0.9]), abs=0.012)
    together = [np.corrcoef(s.error**2, s.reference)[0, 1] for s in (key, real)]
    assert together[0] == pytest.approx(together[1], abs=0.02)


def test_unequal_variances_are_nearly_right_in_the_partial_replicate() -> None:
    # where PowerTOST warns of poor accuracy of its key statistics
    design = ScaledBioequivalence(cv_reference=0.45, cv_test=0.6, n=42, trials=200_000)
    verification = design.verify(trials=50_000)
    assert verification.agrees
    assert {c.exactness for c in verification.checks} == {"asymptotic"}
    assert max(abs(c.bias) for c in verification.checks) < 0.01


@pytest.mark.parametrize("agency", sorted(RULES))
def test_each_agency_is_verified(agency: str) -> None:
    design = ScaledBioequivalence.model_validate({"cv_reference": 0.4, "study": "2x2x4", "agency": agency})
    verification = design.verify(trials=40_000)
    assert verification.agrees
    assert {c.exactness for c in verification.checks} == {"exact"}


def test_limits_widen_between_switch_and_cap() -> None:
    # vignettes/RSABE.Rmd: 0.6984 to 1.4319 (EMA) and 0.6667 to 1.5 (HC) at their caps
    assert limits(0.3, RULES["EMA"]) == 1.25
    assert limits(0.5, RULES["EMA"]) == limits(0.9, RULES["EMA"]) == pytest.approx(1.4319, abs=5e-5)
    assert limits(0.8, RULES["HC"]) == pytest.approx(1.5, abs=1e-5)
    assert limits(0.31, RULES["GCC"]) == pytest.approx(4 / 3, abs=1e-9)
    assert limits(0.5, RULES["FDA"]) == pytest.approx(math.exp(math.log(1.25) / 0.25 * log_sd(0.5)))


def test_a_decision_by_hand() -> None:
    # Howe's bound of the FDA, written out for one trial
    one = KeyStatistics(np.array([0.1]), np.array([0.05]), 30.0, np.array([0.2]), 30.0)
    t, chi, k = 1.6972608865939574, 43.77297182574219, (math.log(1.25) / 0.25) ** 2
    mean, scale = 0.1**2 - 0.05**2, k * 0.2
    bound = mean - scale + math.hypot((0.1 + t * 0.05) ** 2 - mean, scale * 30 / chi - scale)
    assert bool(decide(one, RULES["FDA"], 0.8, 1.25, 0.05).scaled[0]) == (bound <= 0)
    low = KeyStatistics(np.array([0.21]), np.array([0.02]), 30.0, np.array([0.05]), 30.0)
    found = decide(low, RULES["EMA"], 0.8, 1.25, 0.05)
    assert found.point[0]
    assert not found.scaled[0]


def test_what_a_report_needs() -> None:
    design = ScaledBioequivalence(cv_reference=0.45, study="2x2x4", dropout=0.1, trials=20_000)
    text = design.to_text()
    assert not any(c.isdigit() for c in text.template)
    assert "enrolled" in text.render()
    assert all(key in REFERENCES for key in text.cites)
    rows = design.operating_characteristics().records()
    assert [r["ratio"] for r in rows] == sorted(r["ratio"] for r in rows)  # type: ignore[type-var]
    assert max(rows, key=lambda r: r["accepted"])["ratio"] == 1.0  # type: ignore[arg-type, return-value]
    assert design.sample_size().enrolled_total > design.sample_size().total
    assert design.simulate("null", trials=2000)["accepted"].value < 0.1
    assert ScaledBioequivalence.model_validate(design.model_dump()) == design
    with pytest.raises(OutOfScopeError):
        design.boundaries()


@pytest.mark.parametrize(
    ("assumed", "where"),
    [
        ({"cv_reference": 0.4, "ratio": 0.7}, "ratio"),
        ({"cv_reference": 0.4, "ratio": math.nan}, "ratio"),
        ({"cv_reference": -1}, "cv_reference"),
        ({"cv_reference": 50}, "cv_reference"),
        ({"cv_reference": 0.4, "power": 0.04}, "power"),
        ({"cv_reference": 0.4, "power": 1.0}, "power"),
        ({"cv_reference": 0.4, "alpha": 0.6}, "alpha"),
        ({"cv_reference": 0.4, "n": 25}, "n"),
        ({"cv_reference": 0.4, "n": 24, "power": 0.8}, "n"),
        ({"cv_reference": 0.4, "n": 3}, "n"),
        ({"cv_reference": 0.4, "dropout": 1.5}, "dropout"),
        ({"cv_reference": 0.4, "trials": 10}, "trials"),
        ({"cv_reference": 0.4, "seed": -1}, "seed"),
        ({"cv_reference": 0.4, "lower": 1.1}, "lower"),
    ],
)
def test_impossible_assumptions_name_their_field(assumed: dict[str, object], where: str) -> None:
    with pytest.raises(DesignError) as caught:
        ScaledBioequivalence.model_validate(assumed)
    assert caught.value.where == where
    assert caught.value.hint


def test_unknown_truths_and_sizes_are_named() -> None:
    design = ScaledBioequivalence(cv_reference=0.4, trials=1000)
    with pytest.raises(DesignError):
        design.simulate("nil")
    with pytest.raises(DesignError):
        design.power_at(25)
    with pytest.raises(ContradictoryInputError):
        ScaledBioequivalence(cv_reference=0.4, study="2x2x4", n=25)
