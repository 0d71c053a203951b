"""BLRM with EWOC: the published example, quadrature against other quadrature, and the rule."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.phase1.blrm import Blrm
from benchside.tools.trials.design.phase1.blrm_model import interval_rows, posterior

NEUENSCHWANDER = Blrm(
    amounts=(1, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250),
    reference=250,
    prior_mean=(2.15, 0.52),
    prior_sd=(0.84, 0.8),
    prior_correlation=0.134 / 0.84 / 0.8,
    target_interval=(0.2, 0.35),
)
COHORTS = "1NNN 2NNNN 3NNNNN 4NNNN 7TT"


def test_example_of_neuenschwander_and_others():
    """Neuenschwander and others (2008), Figure 1, and bcrm's MCMC, as in brockk/escalation, test_trialr_nbg.R."""
    mean = NEUENSCHWANDER.fitted(COHORTS).mean
    mcmc = [
        0.01276366, 0.03170250, 0.06454400, 0.13103260, 0.19505604, 0.25486603, 0.30990977, 0.36015142, 0.44716663,
        0.51852928, 0.64632144, 0.72710146, 0.81804596, 0.86567496, 0.89421686,
    ]  # fmt: skip
    figure = [0.01, 0.02, 0.05, 0.13, 0.19, 0.25, 0.30, 0.35, 0.47, 0.53, 0.68, 0.74, 0.85, 0.89, 0.92]
    assert mean == pytest.approx(mcmc, abs=0.005)
    assert mean == pytest.approx(figure, abs=0.04)


def test_overdose_control_forbids_the_dose_with_the_dlts():
    """At 25 mg, with two DLTs in two patients, the probability of excess is above a quarter; 20 mg is open."""
    table = {r["amount"]: r for r in NEUENSCHWANDER.posterior_table(COHORTS).records()}
    assert not table[25]["open"]
    assert table[20]["open"]
    advice = NEUENSCHWANDER.next_dose(COHORTS)
    assert (advice.dose, advice.decision) == (6, "de-escalate")
    assert "20 mg" in advice.reason
    assert 7 in advice.closed


def test_prior_by_sampling():
    rng = np.random.default_rng(3)
    cov = [[0.84**2, 0.134], [0.134, 0.8**2]]
    draws = multivariate_normal([2.15, 0.52], cov).rvs(400_000, random_state=rng)
    eta = draws[:, :1] + np.exp(draws[:, 1:]) * np.log(np.array(NEUENSCHWANDER.amounts) / 250)
    rates = 1 / (1 + np.exp(-eta))
    found = NEUENSCHWANDER.fitted()
    assert found.mean == pytest.approx(rates.mean(axis=0), abs=0.002)
    assert found.sd == pytest.approx(rates.std(axis=0), abs=0.002)
    assert found.intervals[:, 2] == pytest.approx((rates > 0.35).mean(axis=0), abs=0.004)
    assert found.intervals.sum(axis=1) == pytest.approx(np.ones(15))


@pytest.mark.parametrize("design", [Blrm(), NEUENSCHWANDER, Blrm(prior_sd=(3.0, 1.0), prior_correlation=-0.4)])
def test_quadrature(design):
    for check in design.rule_checks():
        assert check.agrees, check


def test_coarse_grid_is_the_fine_one_with_much_data():
    design = Blrm()
    n, y = np.array([3, 6, 12, 30, 9]), np.array([0, 1, 2, 9, 6])
    fine = posterior(design.working_model, tuple(n), tuple(y)).intervals
    assert interval_rows(design.working_model, n[None], y[None])[0] == pytest.approx(fine, abs=2e-3)


def test_choice_and_steps():
    assert Blrm().next_dose("1NNN").dose == 2
    assert Blrm(skip=True, choose="highest").next_dose("1NNN").dose > 2
    limited = Blrm(amounts=(1, 3, 4.5, 9), largest_step=2.0)
    assert limited.next_dose("1NNN").dose == 1  # 3 is more than twice 1
    assert Blrm(amounts=(1, 2, 4, 8), largest_step=2.0).next_dose("1NNN").dose == 2
    stopped = Blrm().next_dose("1TTT")
    assert stopped.stop
    assert stopped.dose is None


def test_complete_trial_selects_a_tried_dose():
    done = Blrm(max_n=9).next_dose("1NNN 2NNN 3NNT")
    assert done.stop
    assert done.dose in (1, 2, 3)


@pytest.mark.parametrize("design", [Blrm(), Blrm(amounts=(1.0, 2.0, 4.0), max_n=12, choose="highest", stop_at=9)])
def test_verify(design):
    found = design.verify()
    assert found.agrees, found.table().rows


def test_pathways_and_tables():
    design = Blrm()
    assert len(design.decision_table().rows) <= 16
    assert design.posterior_table().name == "posterior"
    assert len(design.pathways("1NNN 2NNN", 1).rows) == 4


def test_more_overdose_control_treats_fewer_above_the_mtd():
    loose = Blrm(overdose_limit=0.4).simulate(trials=2000)["overdose_share"].value
    strict = Blrm(overdose_limit=0.15).simulate(trials=2000)["overdose_share"].value
    assert strict < loose


def test_models_that_are_none():
    for fields, where in (
        ({"amounts": ()}, "amounts"),
        ({"amounts": (2.0, 1.0)}, "amounts"),
        ({"amounts": (0.0, 1.0)}, "amounts"),
        ({"reference": -1.0}, "reference"),
        ({"prior_sd": (0.0, 1.0)}, "prior_sd"),
        ({"prior_sd": (1.0, 40.0)}, "prior_sd"),
        ({"prior_correlation": 1.0}, "prior_correlation"),
        ({"target_interval": (0.3, 0.2)}, "target_interval"),
        ({"overdose_limit": 1.5}, "overdose_limit"),
        ({"largest_step": 0.9}, "largest_step"),
    ):
        with pytest.raises(DesignError) as error:
            Blrm.model_validate(fields)
        assert error.value.where == where, fields


def test_text():
    assert not any(c.isdigit() for c in NEUENSCHWANDER.to_text().template)
    assert "quadrature" in NEUENSCHWANDER.to_text().render()
