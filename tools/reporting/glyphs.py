"""Small pictures that are drawn by hand as HTML or SVG: the funnel of a screen, and the parts of a compound's score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from benchside.tools.reporting.theme import COLOURS, colour
from benchside.workspaces.errors import BenchsideError


class GlyphError(BenchsideError):
    """A picture was asked for with numbers that do not fit together."""

    code = "bad_glyph"


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step of a funnel.

    Attributes:
        label: what was asked of a row.
        kept: how many rows went on.
        fell: how many did not.
        why: the commonest reasons, as a text.
    """

    label: str
    kept: int
    fell: int = 0
    why: str = ""


def funnel(steps: Sequence[FunnelStep], *, caption: str = "") -> Markup:
    """How many rows came through each step, how many fell and why; the bars share one scale.

    Raises:
        GlyphError: a step keeps and loses more or fewer rows than the step before it kept.
    """
    if not steps:
        raise GlyphError("A funnel needs a step.")
    for before, after in pairwise(steps):
        if after.kept + after.fell != before.kept:
            raise GlyphError(
                f"{after.kept} kept and {after.fell} fell, but {before.kept} came from the step before.",
                where=after.label,
            )
    whole = max(steps[0].kept + steps[0].fell, 1)
    lines = Markup("").join(
        Markup(
            '<tr><th scope="row">{}</th><td class="bar"><span class="track" aria-hidden="true">'
            '<i style="width:{}%"></i><u style="width:{}%"></u></span></td><td class="number">{}</td>'
            '<td class="number">{}</td><td class="why">{}</td></tr>'
        ).format(
            step.label,
            f"{100 * step.kept / whole:.2f}",
            f"{100 * step.fell / whole:.2f}",
            f"{step.kept:,}",
            f"{step.fell:,}" if step.fell else Markup('<span class="none">–</span>'),
            step.why,
        )
        for step in steps
    )
    top = Markup('<caption class="lead">{}</caption>').format(caption) if caption else ""
    return Markup(
        '<table class="funnel">{}<thead><tr><th scope="col">Step</th><th scope="col"><span class="sr">Share</span></th>'
        '<th scope="col" class="number">go on</th><th scope="col" class="number">fall</th><th scope="col">why</th></tr>'
        "</thead><tbody>{}</tbody></table>"
    ).format(top, lines)


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One part of a score.

    Attributes:
        label: of the property.
        desirability: 0 (unwanted) to 1 (as wanted); None when there was no value.
        weight: above 0; only its share of the sum is drawn.
        value: the property's value with its unit, as text.
    """

    label: str
    desirability: float | None
    weight: float = 1.0
    value: str = ""


def score_breakdown(
    parts: Sequence[ScorePart], *, total: float | None = None, width: int = 132, height: int = 24
) -> Markup:
    """The parts of one score as a row of columns: as wide as the weight, filled as high as the desirability.

    It says the same for a weighted sum and a geometric mean, for it shows each part and not a share of the result. A
    part without a value is hatched. Parts keep their place and colour, so that compounds can be compared down a table.

    Returns:
        Inline SVG of `width` x `height` px with a text alternative.

    Raises:
        GlyphError: there is no part, a desirability lies outside 0 to 1, or a weight is not above 0.
    """
    if not parts:
        raise GlyphError("A score needs a part.")
    for part in parts:
        if part.weight <= 0 or not (part.desirability is None or 0 <= part.desirability <= 1):
            raise GlyphError(
                f"Got the desirability {part.desirability} and the weight {part.weight}, "
                "expected 0 to 1 and a weight above 0.",
                where=part.label,
            )
    gap = 2.0
    room = width - gap * (len(parts) - 1)
    whole = sum(part.weight for part in parts)
    left = 0.0
    shapes: list[Markup] = []
    for number, part in enumerate(parts):
        wide = room * part.weight / whole
        shapes.append(_part(part, number, left, wide, height))
        left += wide + gap
    words = "; ".join(f"{part.label} {_share(part)}" for part in parts)
    head = f"Score {total:.3f}. " if total is not None else "Score. "
    return Markup('<svg role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">{}</svg>').format(
        f"{head}{words}.", width, height, width, height, Markup("").join(shapes)
    )


def _share(part: ScorePart) -> str:
    return "has no value" if part.desirability is None else f"{part.desirability:.2f}"


def _part(part: ScorePart, number: int, left: float, wide: float, height: int) -> Markup:
    title = Markup("<title>{}</title>").format(f"{part.label}{f' {part.value}' if part.value else ''}: {_share(part)}")
    slot = Markup('<rect x="{:.2f}" y="0" width="{:.2f}" height="{}" fill="{}"/>').format(
        left, wide, height, COLOURS["neutral-wash"]
    )
    if part.desirability is None:
        line = Markup('<line x1="{:.2f}" y1="{}" x2="{:.2f}" y2="0" stroke="{}" stroke-dasharray="2 2"/>').format(
            left, height, left + wide, COLOURS["faint"]
        )
        return Markup("<g>{}{}{}</g>").format(title, slot, line)
    tall = max(height * part.desirability, 1.0)
    fill = Markup('<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" fill="{}"/>').format(
        left, height - tall, wide, tall, colour(number)
    )
    return Markup("<g>{}{}{}</g>").format(title, slot, fill)


def score_key(labels: Sequence[str]) -> Markup:
    """The colours of `score_breakdown`, with what they stand for, in the same order."""
    items = Markup("").join(
        Markup('<li><i style="background:{}"></i>{}</li>').format(colour(number), label)
        for number, label in enumerate(labels)
    )
    return Markup('<ul class="key">{}</ul>').format(items)
