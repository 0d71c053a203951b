"""Charts of a design as Vega-Lite specifications: drawn to SVG for HTML and to PNG for Word, from the same tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchside.tools.reporting.theme import COLOURS, PALETTE
from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.results import Table


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: the table it is drawn from, its title, a text that stands in for it, and its specification."""

    table: str
    title: str
    alt: str
    spec: dict[str, Any]


def charts(design: Design, tables: Sequence[Table]) -> tuple[Chart, ...]:
    """The charts that the tables of a design allow."""
    found: list[Chart] = []
    for table in tables:
        names = {c.name for c in table.columns}
        if table.name == "power_curve":
            found += _power(design, table, names)
        elif table.name == "boundaries" and {"information_fraction", "efficacy_z"} <= names:
            found.append(_boundaries(table, names))
        elif table.name == "projection":
            found.append(_projection(table))
        elif {"rate", "reject"} <= names:
            found += _rates(table, names)
        elif {"scenario", "selected_1"} <= names:
            found.append(_selection(table))
    return tuple(found)


def _power(design: Design, table: Table, names: set[str]) -> list[Chart]:
    label = next(c.label for c in table.columns if c.name == "effect")
    rows = table.records()
    endpoint: Any = getattr(design, "endpoint", None)
    assumed = endpoint.effect() if endpoint is not None else None
    power = [{"x": r["effect"], "y": r["power"]} for r in rows]
    found = [
        Chart(
            "power_curve",
            "Power curve",
            f"Power against {label}: {_ends(power)}.",
            _line(power, label, "power", assumed),
        )
    ]
    if "expected" in names:
        unit = next(c.label for c in table.columns if c.name == "expected")
        size = [{"x": r["effect"], "y": r["expected"]} for r in rows]
        alt = f"{unit} against {label}: {_ends(size)}."
        found.append(Chart("power_curve", "Expected size", alt, _line(size, label, unit, assumed, zero=False)))
    return found


def _line(
    rows: list[dict[str, Any]], x: str, y: str, mark: float | None = None, *, zero: bool = True
) -> dict[str, Any]:
    scale: dict[str, Any] = {"zero": zero, "nice": True}
    if y == "power":
        scale = {"domain": [0, 1]}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": rows},
            "mark": {"type": "line", "interpolate": "monotone", "color": PALETTE[0], "strokeWidth": 2},
            "encoding": {
                "x": {"field": "x", "type": "quantitative", "title": x, "scale": {"zero": False, "nice": False}},
                "y": {"field": "y", "type": "quantitative", "title": y, "scale": scale},
            },
        }
    ]
    if mark is not None:
        layers.append(
            {
                "data": {"values": [{"x": mark}]},
                "mark": {"type": "rule", "strokeDash": [4, 3], "color": COLOURS["bad"]},
                "encoding": {"x": {"field": "x", "type": "quantitative"}},
            }
        )
    return {"width": 420, "height": 240, "layer": layers}


def _boundaries(table: Table, names: set[str]) -> Chart:
    rows = []
    both = False
    for record in table.records():
        t = record["information_fraction"]
        rows.append({"x": t, "y": record["efficacy_z"], "boundary": "efficacy"})
        if "futility_z" in names and _drawn(record["futility_z"]):
            rows.append({"x": t, "y": record["futility_z"], "boundary": "futility"})
            both = True
    kinds = ["efficacy", "futility"] if both else ["efficacy"]
    encoding = {
        "x": {"field": "x", "type": "quantitative", "title": "information fraction", "scale": {"domain": [0, 1]}},
        "y": {"field": "y", "type": "quantitative", "title": "Z", "scale": {"zero": True, "nice": True}},
        "color": {
            "field": "boundary",
            "type": "nominal",
            "title": None,
            "scale": {"domain": kinds, "range": [PALETTE[0], PALETTE[4]][: len(kinds)]},
        },
    }
    shown = [r for r in rows if _drawn(r["y"])]
    spec = {
        "width": 420,
        "height": 240,
        "data": {"values": shown},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": encoding},
            {"mark": {"type": "point", "filled": True, "size": 45}, "encoding": encoding},
        ],
    }
    words = "; ".join(f"{r['boundary']} {r['y']:.3g} at {r['x']:.3g}" for r in shown)
    return Chart("boundaries", "Boundaries on the Z scale", f"Boundaries: {words}.", spec)


def _drawn(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 12


def _projection(table: Table) -> Chart:
    rows = []
    x, *series = table.columns
    for record in table.records():
        rows += [{"x": record[x.name], "y": record[c.name], "what": c.label} for c in series]
    kinds = [c.label for c in series]
    spec = {
        "width": 420,
        "height": 240,
        "data": {"values": rows},
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": x.label},
            "y": {"field": "y", "type": "quantitative", "title": "expected number"},
            "color": {
                "field": "what",
                "type": "nominal",
                "title": None,
                "scale": {"domain": kinds, "range": list(PALETTE[: len(kinds)])},
            },
        },
    }
    return Chart(table.name, table.caption, f"{table.caption}: {', '.join(kinds)} over {x.label}.", spec)


def _selection(table: Table) -> Chart:
    doses = [c.name.removeprefix("selected_") for c in table.columns if c.name.removeprefix("selected_").isdigit()]
    rows = [
        {"x": dose, "y": record[f"selected_{dose}"], "scenario": str(record["scenario"])}
        for record in table.records()
        for dose in doses
    ]
    spec = {
        "data": {"values": rows},
        "facet": {"field": "scenario", "type": "nominal", "title": None, "sort": None},
        "columns": 3,
        "spec": {
            "width": 180,
            "height": 100,
            "mark": {"type": "bar", "color": PALETTE[0]},
            "encoding": {
                "x": {"field": "x", "type": "ordinal", "title": "dose", "sort": None, "axis": {"labelAngle": 0}},
                "y": {"field": "y", "type": "quantitative", "title": "selected", "scale": {"domain": [0, 1]}},
            },
        },
    }
    words = "; ".join(f"{r['scenario']}, dose {r['x']}: {r['y']:.2g}" for r in rows)
    return Chart(
        table.name, "How often each dose is selected", f"Share of trials that select each dose. {words}.", spec
    )


def _rates(table: Table, names: set[str]) -> list[Chart]:
    """Rejection, and the expected size, over the true response rate of a single arm."""
    labels = {c.name: c.label for c in table.columns}
    found = []
    for name, title in (("reject", "Power curve"), ("expected_size", "Expected size")):
        if name in names:
            rows = [{"x": r["rate"], "y": r[name]} for r in table.records()]
            y = "power" if name == "reject" else labels[name]
            alt = f"{y} against {labels['rate']}: {_ends(rows)}."
            found.append(Chart(table.name, title, alt, _line(rows, labels["rate"], y, zero=False)))
    return found


def _ends(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "no value"
    first, last = rows[0], rows[-1]
    return f"from {first['y']:.3g} at {first['x']:.3g} to {last['y']:.3g} at {last['x']:.3g}"
