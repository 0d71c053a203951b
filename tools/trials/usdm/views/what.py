"""What is to be found out, and what is given: objectives with endpoints, estimands, interventions."""

from __future__ import annotations

from benchside.tools.trials.design.results import Cell, Table
from benchside.tools.trials.usdm.index import Index, Node
from benchside.tools.trials.usdm.markup import plain, words
from benchside.tools.trials.usdm.views.order import columns


def objectives(index: Index, design: Node) -> list[Table]:
    """Objectives with their endpoints, a row for each endpoint, and the estimands."""
    rows: list[tuple[Cell, ...]] = []
    for objective in index.held(design, "objectives"):
        first: tuple[Cell, ...] = (index.decode(objective, "level"), words(index, objective))
        endpoints = index.held(objective, "endpoints")
        for endpoint in endpoints:
            rows.append((*first, index.decode(endpoint, "level"), words(index, endpoint)))
            first = ("", "")
        if not endpoints:
            rows.append((*first, None, None))
    heads = columns("Level", "Objective", "Endpoint level", "Endpoint")
    found = [Table("objectives", f"Objectives and endpoints, {design.named()}", heads, tuple(rows))]
    estimands = tuple(_estimand(index, e) for e in index.held(design, "estimands"))
    if estimands:
        heads = columns("Estimand", "Population", "Interventions", "Variable", "Summary", "Intercurrent events")
        found.append(Table("estimands", f"Estimands, {design.named()}", heads, estimands))
    return found


def _estimand(index: Index, estimand: Node) -> tuple[Cell, ...]:
    populations = [words(index, p) for p in index.referred(estimand, "analysisPopulationId")]
    variables = [words(index, e) for e in index.referred(estimand, "variableOfInterestId")]
    events = [f"{words(index, e)}: {plain(e.text('strategy'))}" for e in index.held(estimand, "intercurrentEvents")]
    return (
        estimand.named(),
        "; ".join(populations) or None,
        ", ".join(i.named() for i in index.referred(estimand, "interventionIds")) or None,
        "; ".join(variables) or None,
        plain(estimand.text("populationSummary")),
        "; ".join(events) or None,
    )


def interventions(index: Index, design: Node) -> list[Table]:
    """Interventions of the design, a row for each way in which one is given."""
    rows: list[tuple[Cell, ...]] = []
    own = index.referred(design, "studyInterventionIds")
    for intervention in own:
        first: tuple[Cell, ...] = (
            intervention.named(),
            index.decode(intervention, "role"),
            index.decode(intervention, "type"),
        )
        ways = index.held(intervention, "administrations")
        for way in ways:
            rows.append((*first, *_administration(index, way)))
            first = ("", "", "")
        if not ways:
            rows.append((*first, None, None, None, None, None))
    heads = columns("Intervention", "Role", "Type", "Administration", "Dose", "Route", "Frequency", "Duration")
    return [Table("interventions", f"Interventions, {design.named()}", heads, tuple(rows))]


def _administration(index: Index, way: Node) -> tuple[Cell, ...]:
    duration = index.one(way, "duration")
    long = None
    if duration is not None:
        quantity = index.one(duration, "quantity")
        long = duration.text("text") or (amount(index, quantity) if quantity is not None else None)
        if duration.data.get("durationWillVary") is True:
            long = f"{long or 'varies'} ({plain(duration.text('reasonDurationWillVary')) or 'no reason given'})"
    dose = index.one(way, "dose")
    return (
        way.text("description") or way.named(),
        amount(index, dose) if dose is not None else None,
        index.decode(way, "route") or None,
        index.decode(way, "frequency") or None,
        long,
    )


def amount(index: Index, quantity: Node) -> str:
    """A quantity or a range, with its unit."""
    if quantity.kind == "Range":
        ends = (index.one(quantity, name) for name in ("minValue", "maxValue"))
        return " to ".join(amount(index, end) for end in ends if end is not None)
    value = quantity.data.get("value")
    shown = f"{value:g}" if isinstance(value, int | float) else str(value)
    return f"{shown} {index.decode(quantity, 'unit')}".strip()
