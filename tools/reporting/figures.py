"""Figures of a report: Vega-Lite drawn to SVG in-process, each with a text that stands in for it.

The same data give the same bytes: bins are computed here, ids are numbered, and text is measured with the font that
vl-convert carries, whatever the machine has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from benchside.tools.reporting.bins import Bins, FigureError, Values, bin_values, edges_for
from benchside.tools.reporting.svg import tidy
from benchside.tools.reporting.theme import COLOURS, PALETTE, SERIES, vega_config

MEASURED_FONT: Final = "Liberation Sans"
"""Carried by vl-convert, so that label widths do not depend on the machine."""

SHOWN_FONT: Final = "Liberation Sans, Arimo, Arial, Helvetica, sans-serif"
"""Fonts of the same widths."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A line across a figure: where, and what it stands for."""

    value: float
    label: str = ""


def draw(spec: Mapping[str, Any], *, alt: str) -> Markup:
    """A Vega-Lite specification (an altair chart's `to_dict()`) as inline SVG with a text alternative."""
    import vl_convert

    whole = dict(spec)
    config = vega_config() | {"font": MEASURED_FONT}
    for key, value in whole.get("config", {}).items():
        config[key] = value | config[key] if isinstance(config.get(key), dict) else value
    whole["config"] = config
    whole.pop("$schema", None)
    svg = vl_convert.vegalite_to_svg(json.dumps(whole, sort_keys=True), vl_version=_grammar(), allowed_base_urls=[])
    svg = svg.replace(f'font-family="{MEASURED_FONT}"', f'font-family="{SHOWN_FONT}"')
    key = hashlib.sha256((svg + alt).encode()).hexdigest()[:10]
    body = str(tidy(svg, prefix=f"f{key}"))
    label = Markup('<svg role="img" aria-label="{}"').format(alt)
    return Markup(body.replace("<svg", label, 1))  # noqa: S704 - tidy checked it, format escaped the text


def _grammar() -> str:
    """The newest grammar that vl-convert carries of the generation that altair writes."""
    import altair
    import vl_convert

    major = str(altair.SCHEMA_VERSION).removeprefix("v").split(".")[0]
    known = [tuple(map(int, version.split("."))) for version in vl_convert.get_vegalite_versions()]
    fitting = [version for version in known if str(version[0]) == major]
    if not fitting:
        raise FigureError(
            f"altair writes Vega-Lite {major}, which the installed vl-convert-python cannot draw.",
            hint="Upgrade vl-convert-python.",
        )
    return ".".join(map(str, max(fitting)))


def figure(picture: Markup, *, title: str = "", caption: str = "") -> Markup:
    """A picture with its title above and its caption below."""
    head = Markup('<figcaption class="head">{}</figcaption>').format(title) if title else ""
    foot = Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    return Markup('<figure>{}<div class="plot">{}</div>{}</figure>').format(head, picture, foot)


def figures(items: Iterable[Markup], *, wide: bool = False) -> Markup:
    """Several figures in a grid."""
    return Markup('<div class="figures{}">{}</div>').format(" wide" if wide else "", Markup("").join(items))


def _chart(rows: Sequence[Mapping[str, Any]]) -> Any:
    import altair as alt

    # Rows written into the specification: altair names a frame after a hash and needs its registry of data sets.
    return alt.Chart({"values": list(rows)})


def _rules(thresholds: Sequence[Threshold], axis: str) -> list[Any]:
    import altair as alt

    if not thresholds:
        return []
    base = _chart([{"at": t.value, "label": t.label} for t in thresholds])
    line = base.mark_rule(strokeDash=[4, 3], strokeWidth=1.2, color=COLOURS["bad"])
    words = base.mark_text(fontSize=10, color=COLOURS["bad"], lineBreak="\n")
    if axis == "x":
        place = alt.X("at:Q")
        return [
            line.encode(x=place),
            words.mark_text(fontSize=10, color=COLOURS["bad"], align="left", baseline="top", dx=3, dy=1).encode(
                x=place, y=alt.value(0), text="label:N"
            ),
        ]
    height = alt.Y("at:Q")
    return [
        line.encode(y=height),
        words.mark_text(fontSize=10, color=COLOURS["bad"], align="right", baseline="bottom", dy=-2).encode(
            y=height, x=alt.value("width"), text="label:N"
        ),
    ]


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _middle(bins: Bins) -> float:
    """The median as far as bins can tell: the middle of the bin that holds it."""
    half = bins.total / 2
    seen = float(bins.below)
    for low, high, count in zip(bins.edges, bins.edges[1:], bins.counts, strict=False):
        seen += count
        if seen >= half:
            return (low + high) / 2
    return bins.edges[-1]


def histogram(
    values: Values | Bins,
    *,
    title: str,
    unit: str = "",
    reference: Values | Bins | None = None,
    label: str = "this library",
    reference_label: str = "approved drugs",
    thresholds: Sequence[Threshold] = (),
    bins: int = 30,
    width: int = 250,
    height: int = 110,
) -> Markup:
    """A distribution, beside a reference as an outline, with thresholds as dashed lines.

    With a reference, the vertical axis is the share of each set in per cent, for the two differ in size; without one
    it is a count. Values outside the bins are named in the caption.

    Args:
        values: numbers (missing ones are left out), or bins that were counted before.
        title: the quantity.
        unit: of the horizontal axis.
        reference: as `values`; bins need the same edges.
        label: what the values are, for the caption.
        reference_label: what the reference is.
        thresholds: in the unit of the axis.
        bins: about how many.
        width, height: of the plot, in px.

    Raises:
        FigureError: there is nothing to draw, or the edges of the two distributions differ.
    """
    import altair as alt

    if isinstance(values, Bins):
        edges: Sequence[float] = values.edges
    elif isinstance(reference, Bins):
        edges = reference.edges
    else:
        edges = edges_for(values, *([] if reference is None else [reference]), bins=bins)
    main = values if isinstance(values, Bins) else bin_values(values, edges)
    other = reference if isinstance(reference, Bins) or reference is None else bin_values(reference, edges)
    if other is not None and other.edges != main.edges:
        raise FigureError("The two distributions were counted into different bins.", where=title)
    if main.total == 0:
        raise FigureError("There is no number to draw.", where=title)

    def rows(counted: Bins) -> list[dict[str, float]]:
        scale = 100 / max(counted.total, 1) if other is not None else 1
        pairs = zip(counted.edges, counted.edges[1:], counted.counts, strict=False)
        return [{"low": low, "high": high, "height": round(count * scale, 6)} for low, high, count in pairs]

    x = alt.X("low:Q", title=unit or None, scale=alt.Scale(domain=[edges[0], edges[-1]], nice=False, zero=False))
    share = "%" if other is not None else "compounds"
    bars = _chart(rows(main)).mark_bar(color=SERIES, opacity=0.82, binSpacing=0.6)
    layers: list[Any] = [
        bars.encode(
            x=x.axis(tickCount=6),
            x2="high:Q",
            y=alt.Y("height:Q", title=share, axis=alt.Axis(tickCount=4)),
            y2=alt.datum(0),
        )
    ]
    if other is not None and other.total:
        steps = [{"low": edges[0], "height": 0.0}]
        for row in rows(other):
            steps += [{"low": row["low"], "height": row["height"]}, {"low": row["high"], "height": row["height"]}]
        steps.append({"low": edges[-1], "height": 0.0})
        data = [step | {"order": number} for number, step in enumerate(steps)]
        outline = _chart(data).mark_line(color="#39434f", strokeWidth=1.3)
        layers.append(outline.encode(x="low:Q", y="height:Q", order="order:Q"))
    inside = [t for t in thresholds if edges[0] <= t.value <= edges[-1]]
    chart = alt.layer(*layers, *_rules(inside, "x")).properties(width=width, height=height)
    notes = [f"Bars: {label}, n = {main.total:,}."]
    if other is not None:
        notes.append(f"Line: {reference_label}, n = {other.total:,}.")
    notes += [f"{word}: {count:,}." for word, count in _outside(main, edges) if count]
    notes += [f"Threshold {t.label} lies outside." for t in thresholds if t not in inside and t.label]
    alt_text = f"Histogram of {title}{f' in {unit}' if unit else ''}: {label}, {main.total} compounds, median about "
    alt_text += _number(_middle(main))
    if other is not None and other.total:
        alt_text += f"; {reference_label}, {other.total}, median about {_number(_middle(other))}"
    alt_text += "".join(f"; threshold at {_number(t.value)}" for t in thresholds) + "."
    return figure(draw(chart.to_dict(), alt=alt_text), title=title, caption=" ".join(notes))


def _outside(counted: Bins, edges: Sequence[float]) -> list[tuple[str, int]]:
    return [(f"Below {_number(edges[0])}", counted.below), (f"Above {_number(edges[-1])}", counted.above)]


def bars(
    items: Mapping[str, float] | Sequence[tuple[str, float]],
    *,
    title: str,
    unit: str = "",
    caption: str = "",
    limit: int = 20,
    width: int = 300,
    row_height: int = 19,
) -> Markup:
    """Horizontal bars, in the order given, each with its value; at most `limit`, and the caption says how many more.

    Raises:
        FigureError: there is nothing to draw.
    """
    import altair as alt

    pairs = list(items.items() if isinstance(items, Mapping) else items)
    if not pairs:
        raise FigureError("There is no bar to draw.", where=title)
    kept = pairs[:limit]
    rows = [{"at": at, "label": name, "value": float(value)} for at, (name, value) in enumerate(kept)]
    names = {row["at"]: row["label"] for row in rows}
    # Positions, not labels, carry the bars: two labels may be the same.
    axis = alt.Axis(title=None, labelExpr=f"{json.dumps(list(names.values()))}[datum.value]", labelLimit=280)
    base = _chart(rows).encode(
        y=alt.Y("at:O", axis=axis),
        x=alt.X("value:Q", title=unit or None, axis=alt.Axis(tickCount=5, grid=True), scale=alt.Scale(nice=True)),
    )
    text = base.mark_text(align="left", dx=4, fontSize=10.5, color=COLOURS["muted"]).encode(
        text=alt.Text("value:Q", format=",~f" if all(float(v).is_integer() for _, v in kept) else ",.3~g")
    )
    chart = alt.layer(base.mark_bar(color=SERIES, height={"band": 0.68}), text)
    chart = chart.properties(width=width, height=max(1, len(kept)) * row_height)
    more = f"{len(pairs) - len(kept)} more are not shown." if len(pairs) > len(kept) else ""
    words = ", ".join(f"{name} {_number(value)}" for name, value in kept)
    return figure(
        draw(chart.to_dict(), alt=f"Bars of {title}: {words}."),
        title=title,
        caption=" ".join(filter(None, (caption, more))),
    )


def scatter(
    x: Values,
    y: Values,
    *,
    title: str,
    x_label: str,
    y_label: str,
    groups: Sequence[str] | None = None,
    marked: Mapping[int, str] | None = None,
    x_thresholds: Sequence[Threshold] = (),
    y_thresholds: Sequence[Threshold] = (),
    caption: str = "",
    width: int = 420,
    height: int = 300,
) -> Markup:
    """Points, one per compound, perhaps in up to eight groups, some of them named beside their point.

    Args:
        x, y: the same length; a pair without both values is left out, and the caption says how many were.
        groups: one per point; colours are given in order of first appearance.
        marked: position of a point -> its label.

    Raises:
        FigureError: the lengths differ, there are more than eight groups, or no pair is complete.
    """
    import altair as alt

    if len(x) != len(y) or (groups is not None and len(groups) != len(x)):
        raise FigureError(f"Got {len(x)} and {len(y)} values, expected the same number.", where=title)
    order = list(dict.fromkeys(groups or ()))
    if len(order) > len(PALETTE):
        raise FigureError(f"Got {len(order)} groups, at most {len(PALETTE)} can be told apart.", where=title)
    rows: list[dict[str, Any]] = []
    for at, (left, up) in enumerate(zip(x, y, strict=True)):
        if left is None or up is None or not (np.isfinite(left) and np.isfinite(up)):
            continue
        row = {"x": float(f"{left:.8g}"), "y": float(f"{up:.8g}"), "label": (marked or {}).get(at, "")}
        rows.append(row | ({"group": groups[at]} if groups is not None else {}))
    if not rows:
        raise FigureError("No pair of values is complete.", where=title)
    base = _chart(rows).encode(
        x=alt.X("x:Q", title=x_label, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(grid=True, tickCount=6)),
        y=alt.Y("y:Q", title=y_label, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=6)),
    )
    points = base.mark_circle(size=26 if len(rows) < 500 else 12, opacity=0.65, color=SERIES)
    if order:
        scale = alt.Scale(domain=order, range=list(PALETTE[: len(order)]))
        points = points.encode(color=alt.Color("group:N", scale=scale, title=None))
    layers: list[Any] = [points]
    if marked:
        named = base.transform_filter("datum.label != ''")
        layers.append(named.mark_point(size=60, color=COLOURS["ink"], strokeWidth=1.2))
        layers.append(named.mark_text(align="left", dx=7, fontSize=10.5, color=COLOURS["ink"]).encode(text="label:N"))
    layers += _rules(x_thresholds, "x") + _rules(y_thresholds, "y")
    chart = alt.layer(*layers).properties(width=width, height=height)
    missing = len(x) - len(rows)
    left_out = f"Without a value: {missing:,}." if missing else ""
    alt_text = f"Scatter of {y_label} against {x_label}: {len(rows)} compounds" + (
        f" in the groups {', '.join(order)}." if order else "."
    )
    return figure(draw(chart.to_dict(), alt=alt_text), title=title, caption=" ".join(filter(None, (caption, left_out))))
