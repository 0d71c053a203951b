"""When things are expected to happen in an event-driven comparison: looks in calendar time, entries and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from benchside.tools.trials.design.results import Column, Table
from benchside.tools.trials.design.statistic import Floats

if TYPE_CHECKING:
    from benchside.tools.trials.design.compared import Compared

POINTS = 19


@runtime_checkable
class EventDriven(Protocol):
    """A statistic whose information is events."""

    def events(self, sizes: Floats) -> Floats:
        """Expected events at the final analysis."""
        ...

    def timeline(self, sizes: Sequence[float] | Floats, fractions: Sequence[float]) -> tuple[Any, ...]:
        """For each look: `fraction`, `time`, `events`, `entered`."""
        ...

    def projection(self, sizes: Sequence[float] | Floats, times: Sequence[float] | None = None) -> Any:
        """`rows()`: time, entered, events of treatment, of control, of both."""
        ...


@dataclass(frozen=True, slots=True)
class Information:
    """What the information of a design is counted in: participants (pairs, clusters), or events.

    Attributes:
        name: `n` or `events`, for keys.
        label: for people.
        total: at the final analysis.
    """

    name: str
    label: str
    total: float


def information(design: Compared) -> Information:
    """The information of a design at its sizes."""
    sizes = np.asarray(design.sizes, dtype=float)
    if isinstance(design.statistic, EventDriven):
        return Information("events", "events", float(design.statistic.events(sizes)))
    return Information("n", design.statistic.unit, float(sizes.sum()))


def calendar(design: Compared) -> tuple[Table, ...]:
    """The tables of an event-driven comparison; none for others."""
    statistic = design.statistic
    if not isinstance(statistic, EventDriven):
        return ()
    sizes = np.asarray(design.sizes, dtype=float)
    fractions = (1.0,) if design.plan is None else tuple(float(t) for t in design.plan.fractions)
    timeline = statistic.timeline(sizes, fractions)
    looks = Table(
        "timeline",
        "Looks in calendar time, as expected",
        (
            Column("look", "look", digits=0),
            Column("information_fraction", "information fraction"),
            Column("time", "time since the first entry"),
            Column("events", "expected events"),
            Column("entered", "participants entered"),
        ),
        tuple((k, x.fraction, x.time, x.events, x.entered)
              for k, x in enumerate(timeline, start=1)),
        ("Under the assumed hazards; each look is made when its events have happened. "
         "Times are in the unit of the assumptions.",),
    )  # fmt: skip
    projection = Table(
        "projection",
        "Accrual and events over time, as expected",
        (
            Column("time", "time since the first entry"),
            Column("entered", "participants entered"),
            Column("events_treatment", "events, treatment"),
            Column("events_control", "events, control"),
            Column("events", "events"),
        ),
        tuple(statistic.projection(sizes, np.linspace(0, timeline[-1].time, POINTS).tolist()).rows()),
        ("Times are in the unit of the assumptions.",),
    )
    return looks, projection
