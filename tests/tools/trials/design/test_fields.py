"""Fields of the longitudinal endpoints from text, and what they refuse."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.longitudinal.ancova import Ancova
from benchside.tools.trials.design.longitudinal.mmrm_endpoint import Mmrm

MATRIX = "1,0.5,0.2; 0.5,1,0.5; 0.2,0.5,1"


def test_lists_as_text():
    endpoint = Mmrm.model_validate(
        {"difference": 1, "sd": 2, "visits": 3, "structure": "unstructured", "matrix": MATRIX, "retention": "1,0.9,0.8"}
    )
    assert endpoint.matrix == ((1, 0.5, 0.2), (0.5, 1, 0.5), (0.2, 0.5, 1))
    assert endpoint.retention == (1, 0.9, 0.8)
    assert Mmrm.model_validate(endpoint.model_dump()) == endpoint


@pytest.mark.parametrize("changed", [{"sd": True}, {"difference": 1e300}, {"sd": 1e-300}, {"correlation": False}])
def test_what_is_no_number_is_named(changed):
    with pytest.raises(DesignError) as told:
        Ancova.model_validate({"difference": 1.0, "sd": 2.0, "correlation": 0.5} | changed)
    assert told.value.where in changed


@pytest.mark.parametrize("changed", [{"retention": "1,x"}, {"matrix": "1,a;b,1"}, {"times": (1, True, 3)}])
def test_lists_of_other_things_are_named(changed):
    with pytest.raises(DesignError) as told:
        Mmrm.model_validate({"difference": 1, "sd": 2, "visits": 3} | changed)
    assert told.value.where in changed
