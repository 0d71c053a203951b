"""The views by name, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from benchside.tools.trials.design.results import Table
from benchside.tools.trials.usdm.index import Index, Node, index_of
from benchside.tools.trials.usdm.study import Usdm
from benchside.tools.trials.usdm.views import what, when, who

PARTS: dict[str, Callable[[Index, Node], list[Table]]] = {
    "schedule": when.schedule,
    "criteria": who.criteria,
    "objectives": what.objectives,
    "arms": who.arms,
    "interventions": what.interventions,
}


def tables(study: Usdm, parts: Iterable[str] = tuple(PARTS)) -> list[Table]:
    """The tables of these parts, for each design of the study.

    Raises:
        KeyError: a part that is not in `PARTS`.
    """
    index = index_of(study.as_json())
    designs = index.of("InterventionalStudyDesign", "ObservationalStudyDesign")
    return list(chain.from_iterable(PARTS[part](index, design) for part in parts for design in designs))
