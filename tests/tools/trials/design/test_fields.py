"""Fields of the longitudinal endpoints from text, and what they refuse."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.families import from_settings
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


@pytest.mark.parametrize(
    ("settings", "other"),
    [
        ({"design": "mcp-mod", "doses": [0, 0.2, 1], "models": "linear", "max_effect": 0.4, "sd": 1}, {"sd": 2}),
        ({"design": "two-means", "difference": 0.5, "sd": 1, "looks": 2, "sources": {"sd": "E1"}}, {"sources": {}}),
        ({"design": "simon", "p0": 0.1, "p1": 0.3}, {"p1": 0.35}),
        ({"design": "mams", "effect": 0.5, "treatments": 2}, {"title": "another"}),
    ],
)
def test_designs_are_equal_by_their_fields_whatever_was_computed(settings, other):
    used, fresh = from_settings(settings), from_settings(settings)
    used.results()
    assert used == fresh
    assert fresh == used
    assert hash(used) == hash(fresh)
    assert len({used, fresh, from_settings(settings | other)}) == 2
    assert used != from_settings(settings | other)
    assert used != settings


def test_endpoints_are_equal_by_their_fields_and_class():
    settings = {"difference": 1, "sd": 2, "correlation": 0.5}
    one, other = Ancova.model_validate(settings), Ancova.model_validate(settings)
    assert one == other
    assert hash(one) == hash(other)
    assert one != Mmrm.model_validate(settings | {"visits": 2})
