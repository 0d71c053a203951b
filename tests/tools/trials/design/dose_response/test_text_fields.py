"""Fields of the dose-response designs from text, and what they refuse."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.dose_response.contrast_designs import DoseResponseMeans
from benchside.tools.trials.design.dose_response.mcpmod_design import McpMod
from benchside.tools.trials.design.errors import DesignError


def test_lists_as_text():
    design = DoseResponseMeans.model_validate(
        {"means": "0, 1,2", "sd": "3", "contrast": "-1,0,1", "allocation": "2:1:1"}
    )
    assert (design.means, design.contrast, design.allocation) == ((0, 1, 2), (-1, 0, 1), (2, 1, 1))
    trial = McpMod.model_validate({"doses": "0,1,4", "models": "linear; emax:1; sigEmax:1,3", "max_effect": 1, "sd": 1})
    assert trial.models == ("linear", "emax:1", "sigEmax:1,3")


@pytest.mark.parametrize(
    "changed",
    [{"means": "0,one,2"}, {"sd": True}, {"means": (0, True, 2)}, {"sd": 1e300}, {"sd": 1e-300}, {"sd": 10**400}],
)
def test_what_is_no_number_is_named(changed):
    with pytest.raises(DesignError) as told:
        DoseResponseMeans.model_validate({"means": (0, 1, 2), "sd": 3, "contrast": (-1, 0, 1)} | changed)
    assert told.value.where in changed
