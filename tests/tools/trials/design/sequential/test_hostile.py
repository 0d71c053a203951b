"""Two hundred hostile sets of parameters: a named error or a sound plan, never NaN, a warning, or a hang."""

from __future__ import annotations

import math
import random
import time
import warnings
from typing import Any

import numpy as np

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.conditional import conditional_power
from benchside.tools.trials.design.sequential.inference import repeated_p_value, stagewise_result
from benchside.tools.trials.design.sequential.monitoring import monitor
from benchside.tools.trials.design.sequential.plan import plan

VALUES: list[Any] = [
    None, True, False, -1, 0, 1, 2, math.nan, math.inf, -math.inf, 1e308, 1e-308, 1e-9, 0.49, 0.999999, "", "x",
    "hsd:-4", "hsd:40", "hsd:-40", "kim-demets:50", "exponential:9.9", "pocock", "wang-tsiatis:1", "wang-tsiatis:-2",
    "haybittle-peto:0.0001", "custom:0,0,0", "custom:0.001,0.001,0.025", (), (0.1,), {},
]  # fmt: skip
LOOKS: list[Any] = [[], [1], [0.5, 1], [1, 0.5], [math.nan], [0.5, math.inf], [1e-12, 1], [0.5, 0.50000001, 1], ["x"]]
SOUND: dict[str, Any] = {
    "fractions": [0.3, 0.7, 1], "alpha": 0.025, "sides": 1, "power": 0.9, "efficacy": "lan-demets-of",
    "futility": None, "binding": False, "futility_under": "alternative", "lower_total": None,
}  # fmt: skip


def test_hostile_parameters() -> None:
    chance = random.Random(20_261_124)
    planned, refusals = 0, []
    for _ in range(200):
        given = dict(SOUND, futility=chance.choice([None, "hsd:-2", (0.0, 0.5)]))
        for name in chance.sample(sorted(given), chance.choice([1, 1, 2, 3])):
            given[name] = chance.choice(LOOKS if name == "fractions" else VALUES)
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                found = plan(**given)
            except DesignError as error:
                refusals.append((error.where, error.hint))
                continue
            planned += 1
            assert not np.isnan([*found.upper, *found.lower, found.drift, found.inflation]).any(), given
            assert abs(float(found.power(found.drift)) - found.target_power) < 1e-7, given
            assert np.isfinite(found.crossing([0.0, found.drift, 30.0]).upper).all(), given
            if found.looks == 3:
                bounds = monitor(found, [0.4, 0.8], final=False)
                assert (bounds.lower <= bounds.upper).all(), given
                assert 0 <= float(conditional_power(found, 1, 1.3)) <= 1, given
            assert 0 < repeated_p_value(found, 1, 1.3) < 0.5, given
            assert stagewise_result(found, 1, 1.3).interval.lower < 5, given
        assert time.perf_counter() - start < 5, given
    assert planned > 10
    assert len(refusals) > 100
    assert all(where and hint for where, hint in refusals)
