"""A graph of hypotheses drawn as SVG: nodes with their weights, curved edges with theirs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from markupsafe import Markup, escape

from benchside.tools.reporting.svg import tidy
from benchside.tools.trials.design.multiplicity.graph import HypothesisGraph

RADIUS = 34.0
SPACING = 150.0
MARGIN = 60.0
NEGLIGIBLE = 2e-6  # a gate that opens only when nothing else is left
Point = tuple[float, float]


def draw_graph(graph: HypothesisGraph, families: Sequence[Sequence[str]] = (), *, prefix: str = "mcp") -> Markup:
    """The graph as an SVG drawing that passes the checks of reports.

    Nodes stand in one row per family where there are families, in one row when each edge goes to the next node, and on
    a circle otherwise. The text and the description carry everything that the drawing says.

    Args:
        graph: names, weights and transitions.
        families: names in rows.
        prefix: of the ids, unique on a page.
    """
    places = positions(graph, families)
    wide = max(x for x, _ in places.values()) + MARGIN
    high = max(y for _, y in places.values()) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" '
        f'height="{high:.0f}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{escape(f'Graph of {len(graph.names)} hypotheses')}</title>",
        f"<desc>{escape(description(graph))}</desc>",
    ]
    labels = []
    for i, source in enumerate(graph.names):
        for k, target in enumerate(graph.names):
            share = graph.transitions[i][k]
            if share > 0:
                line, label = _edge(places[source], places[target], share)
                parts.append(line)
                labels.append(label)
    parts.extend(labels)  # above all lines
    for name, weight in zip(graph.names, graph.weights, strict=True):
        x, y = places[name]
        short = name if len(name) <= 11 else name[:10] + "…"
        parts.append(
            f'<g><title>{escape(name)}</title><ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{RADIUS + 6:.0f}" '
            f'ry="{RADIUS - 8:.0f}" fill="#ffffff" stroke="#1f2937" stroke-width="1.5"/>'
            f'<text x="{x:.1f}" y="{y - 3:.1f}" text-anchor="middle" fill="#111827">{escape(short)}</text>'
            f'<text x="{x:.1f}" y="{y + 13:.1f}" text-anchor="middle" fill="#374151" font-weight="bold">'
            f"{escape(_share(weight))}</text></g>"
        )
    parts.append("</svg>")
    return tidy("".join(parts), prefix=prefix)


def description(graph: HypothesisGraph) -> str:
    """The drawing in words."""
    said = [f"{n} has weight {_share(w)}" for n, w in zip(graph.names, graph.weights, strict=True)]
    for i, source in enumerate(graph.names):
        to = [f"{_share(g)} to {graph.names[k]}" for k, g in enumerate(graph.transitions[i]) if g > 0]
        if to:
            said.append(f"{source} passes {', '.join(to)}")
    return "; ".join(said) + "."


def positions(graph: HypothesisGraph, families: Sequence[Sequence[str]] = ()) -> dict[str, Point]:
    """Middle of each node."""
    m = len(graph.names)
    chain = all(g == 0 or k == i + 1 for i, row in enumerate(graph.transitions) for k, g in enumerate(row))
    if families:
        widest = max(len(f) for f in families)
        return {
            name: (MARGIN + SPACING * (c + (widest - len(family)) / 2), MARGIN + SPACING * 0.9 * r)
            for r, family in enumerate(families)
            for c, name in enumerate(family)
        }
    if chain or m <= 2:
        return {name: (MARGIN + SPACING * i, MARGIN) for i, name in enumerate(graph.names)}
    radius = max(SPACING * 0.75, SPACING * m / (2 * math.pi))
    middle = MARGIN + radius
    return {
        name: (
            middle + radius * math.sin(2 * math.pi * i / m),
            middle - radius * math.cos(2 * math.pi * i / m),
        )
        for i, name in enumerate(graph.names)
    }


def _edge(start: Point, end: Point, share: float) -> tuple[str, str]:
    """A curve that bends to its left, so that the two edges of a pair keep apart, its head, and its label."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    ux, uy = dx / length, dy / length
    bend = min(26.0, length * 0.16)
    control = ((start[0] + end[0]) / 2 + uy * bend, (start[1] + end[1]) / 2 - ux * bend)
    first, last = _rim(start, control), _rim(end, control)
    back = math.atan2(last[1] - control[1], last[0] - control[0])
    head = [last]
    for turn in (2.75, -2.75):
        head.append((last[0] + 10 * math.cos(back + turn), last[1] + 10 * math.sin(back + turn)))
    dashed = ' stroke-dasharray="4 3"' if share < NEGLIGIBLE else ""
    line = (
        f'<path d="M{first[0]:.1f} {first[1]:.1f} Q{control[0]:.1f} {control[1]:.1f} {last[0]:.1f} {last[1]:.1f}" '
        f'fill="none" stroke="#6b7280" stroke-width="1.3"{dashed}/>'
        f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in head)}" fill="#6b7280"/>'
    )
    # a third of the way, where the labels of crossing edges rarely meet
    t = 0.36
    x = (1 - t) ** 2 * first[0] + 2 * t * (1 - t) * control[0] + t**2 * last[0]
    y = (1 - t) ** 2 * first[1] + 2 * t * (1 - t) * control[1] + t**2 * last[1]
    text = _share(share)
    half = 4 + 3.6 * len(text)
    label = (
        f'<rect x="{x - half:.1f}" y="{y - 9:.1f}" width="{2 * half:.1f}" height="17" fill="#ffffff" '
        f'fill-opacity="0.9"/><text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" fill="#374151">'
        f"{escape(text)}</text>"
    )
    return line, label


def _rim(middle: Point, towards: Point) -> Point:
    """Where a line from the middle of a node leaves its ellipse."""
    dx, dy = towards[0] - middle[0], towards[1] - middle[1]
    scale = 1 / math.sqrt((dx / (RADIUS + 6)) ** 2 + (dy / (RADIUS - 8)) ** 2)
    return middle[0] + dx * scale, middle[1] + dy * scale


def _share(value: float) -> str:
    """A share as people write it: 1/3 rather than 0.3333."""
    if 0 < value < NEGLIGIBLE:
        return "ε"
    if value > 1 - NEGLIGIBLE:
        return "1"
    fraction = Fraction(value).limit_denominator(12)
    if value and abs(float(fraction) - value) < NEGLIGIBLE and fraction.denominator in (2, 3, 4, 6, 12):
        return f"{fraction.numerator}/{fraction.denominator}"
    return f"{value:.3g}"
