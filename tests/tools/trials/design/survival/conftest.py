"""Trials that several tests of this folder start from."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from benchside.tools.trials.design.survival.accrual import Accrual, accrual_of
from benchside.tools.trials.design.survival.events import EventModel, Stratum
from benchside.tools.trials.design.survival.rates import PiecewiseRates, Risk


@pytest.fixture(scope="session")
def two_arms() -> Callable[..., EventModel]:
    """Exponential arms: control hazard, hazard ratio, accrual duration, follow-up."""

    def made(
        control: float,
        hazard_ratio: float,
        accrual: float,
        follow_up: float,
        *,
        dropout: float = 0.0,
        dropout_treatment: float | None = None,
        rate: float = 1.0,
        ratio: float = 1.0,
        decline: float = 0.0,
    ) -> EventModel:
        leaving = PiecewiseRates.constant(dropout)
        treated = leaving if dropout_treatment is None else PiecewiseRates.constant(dropout_treatment)
        stratum = Stratum(
            1.0,
            Risk(PiecewiseRates.constant(control * hazard_ratio), treated),
            Risk(PiecewiseRates.constant(control), leaving),
        )
        return EventModel(accrual_of(accrual, rate, decline), (stratum,), follow_up, ratio / (1 + ratio))

    return made


@pytest.fixture(scope="session")
def delayed() -> EventModel:
    """The trial of lrstat's tests: a ramp of accrual, two strata, an effect from month 6 on, 5% dropout a year."""
    leaving = PiecewiseRates.constant(-math.log(0.95) / 12)

    def arm(early: float, late: float) -> Risk:
        return Risk(PiecewiseRates((0.0, 6.0), (early, late)), leaving)

    ramp = PiecewiseRates(tuple(float(j) for j in range(9)), tuple(26 / 9 * np.arange(1, 10)))
    return EventModel(
        Accrual(ramp, 22.0),
        (
            Stratum(0.2, arm(0.0533, 0.0309), arm(0.0533, 0.0533)),
            Stratum(0.8, arm(0.07995, 0.04635), arm(0.07995, 0.07995)),
        ),
        18.0,
    )
