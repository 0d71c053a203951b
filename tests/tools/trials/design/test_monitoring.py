"""Looks as people write them, and the named errors of those that cannot be."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.monitoring import Monitoring


@pytest.mark.parametrize(
    ("given", "looks"),
    [("0.5,0.75,1", (0.5, 0.75, 1)), ("3", (1 / 3, 2 / 3, 1)), (2, (0.5, 1)), ([0.4, 1], (0.4, 1)), ("1", (1,)),
     ("0.5; 1", (0.5, 1))],
)  # fmt: skip
def test_looks_are_read(given: object, looks: tuple[float, ...]) -> None:
    assert Monitoring.model_validate({"looks": given}).looks == pytest.approx(looks)


@pytest.mark.parametrize(
    "given",
    [{"looks": "0.5,0.4,1"}, {"looks": "0.5,0.75"}, {"looks": "0.5,1.2"}, {"looks": ""}, {"looks": "nan,1"},
     {"looks": "half,1"}, {"looks": 0}, {"looks": 51}, {"looks": 2.5}, {"looks": True}, {"looks": [-0.5, 1]},
     {"looks": "0.5,1", "spending": "best"}, {"looks": "0.5,1", "futility": "hsd:"}, {"looks": "0.5,0.5,1"},
     {"looks": "0.5,1", "binding": True}, {"looks": "0.5,1", "spending": "hsd:nan"}],
)  # fmt: skip
def test_looks_that_cannot_be_are_refused_by_name(given: dict[str, object]) -> None:
    with pytest.raises(DesignError) as caught:
        Monitoring.model_validate(given)
    assert caught.value.where
    assert caught.value.hint
