"""CRM: published trials, estimates by two methods, skeletons, safeguards, and simulation against enumeration."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.trials.design.errors import DesignError, UnreachableError
from benchside.tools.trials.design.phase1.crm import USUAL_PRIOR_SD, Crm
from benchside.tools.trials.design.phase1.crm_model import (
    CrmModel,
    calibrated_skeleton,
    mle,
    mle_rows,
    posterior,
    posterior_rows,
)

CHEUNG = CrmModel("logistic", (0.05, 0.12, 0.25, 0.4, 0.55), 3.0, USUAL_PRIOR_SD)


def _after_each(doses, tox, levels):
    n, y = [0] * levels, [0] * levels
    for dose, toxic in zip(doses, tox, strict=True):
        n[dose - 1] += 1
        y[dose - 1] += toxic
        yield tuple(n), tuple(y)


def test_table_3_2_of_cheung():
    """Cheung (2011), Table 3.2, as in brockk/clintrials, tests/test_crm.py: each dose and estimate of a trial."""
    doses = [3, 5, 5, 3, 4, 4, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4]
    tox = [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0]
    beta = [0.60, 0.93, 0.04, 0.18, 0.28, 0.34, 0.41, 0.47, 0.31, 0.35, 0.25, 0.15, 0.18, 0.21, 0.24, 0.26, 0.28, 0.21]
    found = [posterior(CHEUNG, 0.25, n, y) for n, y in _after_each(doses, tox, 5)]
    assert [p.mean for p in found][: len(beta)] == pytest.approx(beta, abs=0.0051)
    nearest = [int(np.abs(p.rates - 0.25).argmin()) + 1 for p in found]
    assert nearest[:-1] == doses[1:]


def test_maximum_likelihood_trial():
    """brockk/clintrials, tests/test_crm.py, verified there in dfcrm."""
    doses = [3, 3, 1, 2, 2, 3, 3, 2, 3, 2, 1, 2, 1, 1, 1, 2, 2]
    tox = [0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    beta = [-0.312, -0.193, -0.099, -0.040, 0.030, -0.121, -0.084, -0.177, -0.284, -0.256, -0.336, -0.308, -0.286]
    found = [mle(CHEUNG, n, y) for n, y in list(_after_each(doses, tox, 5))[1:]]
    assert found[: len(beta)] == pytest.approx(beta, abs=5e-4)


@pytest.mark.parametrize(
    ("curve", "rates"), [("empiric", (0.240, 0.368, 0.566, 0.728)), ("logistic", (0.274, 0.412, 0.598, 0.734))]
)
def test_plug_in_rates(curve, rates):
    """brockk/clintrials, tests/test_crm.py, test_CRM_bayes_again, verified there in R; default prior of dfcrm."""
    model = CrmModel(curve, (0.1, 0.2, 0.4, 0.6), 3.0, USUAL_PRIOR_SD)
    assert posterior(model, 0.4, (3, 3, 0, 0), (0, 2, 0, 0)).rates == pytest.approx(rates, abs=1e-3)


def test_recommendations_of_dfcrm():
    """brockk/escalation, tests/testthat/test_dfcrm.R: examples 1 and 2, and the interface example."""
    first = CrmModel("empiric", (0.1, 0.2, 0.4, 0.55), 3.0, 0.75**0.5)
    found = posterior(first, 0.2, (0, 9, 3, 0), (0, 2, 2, 0))
    assert int(np.abs(found.rates - 0.2).argmin()) + 1 == 1
    assert found.rates == pytest.approx([0.1565, 0.2735, 0.478, 0.6178], abs=5e-5)
    third = Crm(skeleton=(0.05, 0.1, 0.25, 0.4, 0.6), target=0.25)
    assert third.next_dose("1NNN 2NTT").dose == 1


@given(st.lists(st.integers(0, 4), min_size=4, max_size=4), st.sampled_from(["empiric", "logistic"]))
@settings(max_examples=25, deadline=None)
def test_grid_is_adaptive_quadrature(dlts, curve):
    """The trapezoidal rule, coarse and fine, against scipy's adaptive quadrature."""
    from scipy.integrate import quad

    model = CrmModel(curve, (0.1, 0.2, 0.35, 0.5), 3.0, 1.3)
    n, y = np.array([6, 5, 4, 4]), np.array(dlts)

    def density(beta):
        log_p, log_q = model.log_rates(np.asarray(beta))
        return float(np.exp(y @ log_p + (n - y) @ log_q - 0.5 * (beta / 1.3) ** 2 + 10))

    points = np.linspace(-11, 11, 45)
    total = sum(quad(density, a, b, epsabs=0, epsrel=1e-11)[0] for a, b in pairwise(points))
    first = sum(
        quad(lambda b: b * density(b), lo, hi, epsabs=1e-15 * total, epsrel=1e-11)[0] for lo, hi in pairwise(points)
    )
    border = model.beta_at(1, 0.3)
    below = [-11.0, *(p for p in points if -11 < p < border), border]
    low = sum(quad(density, a, b, epsabs=0, epsrel=1e-11)[0] for a, b in pairwise(below))
    fine = posterior(model, 0.3, tuple(n), tuple(y))
    coarse = posterior_rows(model, 0.3, n[None], y[None])
    assert fine.mean == pytest.approx(first / total, abs=1e-6)
    assert float(coarse[0][0]) == pytest.approx(fine.mean, abs=1e-10)
    assert fine.overdose[0] == pytest.approx(low / total, abs=1e-6)
    assert float(coarse[1][0]) == pytest.approx(fine.overdose[0], abs=1e-4)
    assert np.all(np.diff(fine.overdose) >= -1e-12)


def test_narrow_and_wide_priors():
    narrow = CrmModel("empiric", (0.1, 0.25, 0.4), 3.0, 0.001)
    assert posterior(narrow, 0.25, (30, 30, 30), (0, 0, 0)).rates == pytest.approx([0.1, 0.25, 0.4], abs=1e-4)
    wide = CrmModel("empiric", (0.1, 0.25, 0.4), 3.0, 20.0)
    n, y = (10, 10, 10), (1, 3, 4)
    assert posterior(wide, 0.25, n, y).mean == pytest.approx(mle(wide, n, y), abs=0.05)


def test_mle_does_not_exist_before_both_outcomes():
    with pytest.raises(UnreachableError):
        mle(CHEUNG, (3, 0, 0, 0, 0), (0, 0, 0, 0, 0))
    n, y = np.array([[3, 3, 0, 0, 0], [3, 3, 3, 0, 0]]), np.array([[0, 1, 0, 0, 0], [0, 1, 2, 0, 0]])
    assert mle_rows(CHEUNG, n, y) == pytest.approx([mle(CHEUNG, tuple(a), tuple(b)) for a, b in zip(n, y, strict=True)])


@pytest.mark.parametrize("curve", ["empiric", "logistic"])
def test_calibrated_skeleton_has_the_indifference_intervals_it_was_made_for(curve):
    """Lee and Cheung (2009): where neighbours are equally near, their rates are target -+ half-width."""
    skeleton = calibrated_skeleton(0.05, 0.25, 3, 6, curve=curve)
    model = CrmModel(curve, skeleton, 3.0, 1.0)
    assert skeleton[2] == pytest.approx(0.25)
    for level in range(1, 6):
        border = model.beta_at(level, 0.20)
        rates = model.rates(border)
        assert rates[level - 1] == pytest.approx(0.20)
        assert rates[level] == pytest.approx(0.30)


def test_no_dose_is_skipped_and_no_escalation_after_toxicity():
    design = Crm(skeleton=(0.02, 0.05, 0.1, 0.2, 0.35), target=0.2)
    up = design.next_dose("1NNN")
    assert up.dose == 2
    assert "no dose is skipped" in up.reason
    held = design.next_dose("1NNN 2NNN 3NNN 3NNT")
    assert held.dose == 3
    assert "no escalation after 1 DLTs" in held.reason
    free = Crm(skeleton=(0.02, 0.05, 0.1, 0.2, 0.35), target=0.2, coherent=False)
    assert free.next_dose("1NNN 2NNN 3NNN 3NNT").dose == 4


def test_stops():
    design = Crm(target=0.2, safety=0.9)
    toxic = design.next_dose("1TTT")
    assert toxic.stop
    assert toxic.dose is None
    enough = Crm(target=0.25, stop_at=9).next_dose("1NNN 2NNN 3NNT 3NNT 3NNT")
    assert enough.stop
    assert enough.dose == 3
    complete = Crm(target=0.25, max_n=6).next_dose("1NNN 2NNN")
    assert complete.stop
    assert complete.dose == 2
    assert Crm(target=0.25, max_n=6, untried=True).next_dose("1NNN 2NNN").dose > 2


def test_maximum_likelihood_starts_by_rule():
    design = Crm(method="mle")
    assert [a.dose for a in design.follow("1NNN 2NNN 3NNT")][:2] == [2, 3]
    assert "no estimate yet" in design.next_dose("1NNN").reason
    assert design.next_dose("1NNN 2TTT 1NNN").estimates != ()


@pytest.mark.parametrize(
    "design",
    [
        Crm(),
        Crm(model="logistic", coherent=False),
        Crm(method="mle"),
        Crm(method="mle", model="logistic", coherent=False),
        Crm(stop_at=9, untried=True, doses=3, max_n=15),
    ],
)
def test_verify(design):
    found = design.verify()
    assert found.agrees, found.table().rows


def test_ten_thousand_trials_in_seconds():
    began = time.perf_counter()
    found = Crm().simulate(trials=10_000)
    assert time.perf_counter() - began < 3
    assert found["n"].value <= 36


def test_pathways():
    design = Crm()
    table = design.decision_table()
    assert len(table.rows) <= 16
    for row in table.records():
        text = f"1{'T' * row['dlts_1']}{'N' * (3 - row['dlts_1'])}"
        if row["dose_2"] != "–":
            text += f" {row['dose_2']}{'T' * row['dlts_2']}{'N' * (3 - row['dlts_2'])}"
        advice = design.next_dose(text)
        assert (advice.dose or "none") == row["next_dose"]
    later = design.pathways("1NNN 2NNN 3NTT", 1)
    assert len(later.rows) == 4


def test_models_that_are_none():
    for fields, where in (
        ({"skeleton": (0.3, 0.2)}, "skeleton"),
        ({"skeleton": (0.1, 1.0)}, "skeleton"),
        ({"model": "logistic", "skeleton": (0.1, 0.97), "intercept": 3.0}, "intercept"),
        ({"prior_sd": 0.0}, "prior_sd"),
        ({"prior_sd": 1e6}, "prior_sd"),
        ({"halfwidth": 0.3}, "halfwidth"),
        ({"doses": 4, "skeleton": (0.1, 0.2, 0.3)}, "doses"),
        ({"prior_mtd": 9}, "prior_mtd"),
    ):
        with pytest.raises(DesignError) as error:
            Crm.model_validate(fields)
        assert error.value.where == where


def test_text():
    for design in (Crm(), Crm(model="logistic", method="mle")):
        assert not any(c.isdigit() for c in design.to_text().template)
        assert "0.25" in design.to_text().render()
