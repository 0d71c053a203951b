"""Cards: one compound each, with its drawing, its few most important facts and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from benchside.tools.reporting.page import Badge, badges
from benchside.tools.reporting.svg import tidy
from benchside.tools.reporting.tables import facts


@dataclass(frozen=True, slots=True)
class Card:
    """One card.

    Attributes:
        anchor: id of the element, unique on the page, so that a table can link to it.
        title: the compound's id or name.
        drawing: SVG.
        rank: small, at the right of the title.
        subtitle: below the title.
        facts: (term, value) pairs, about six.
        badges: alerts and verdicts.
        below: more markup, such as a score breakdown.
    """

    anchor: str
    title: str
    drawing: str = ""
    rank: str = ""
    subtitle: str = ""
    facts: Sequence[tuple[str, object]] = ()
    badges: Sequence[Badge] = ()
    below: Markup | str = ""


def cards(items: Sequence[Card]) -> Markup:
    """A grid of cards.

    Raises:
        UnsafeSvgError: a drawing is not a clean SVG.
    """
    return Markup('<div class="cards">{}</div>').format(Markup("").join(map(_card, items)))


def _card(card: Card) -> Markup:
    drawing = (
        Markup('<div class="drawing">{}</div>').format(tidy(card.drawing, prefix=card.anchor)) if card.drawing else ""
    )
    return Markup(
        '<article class="card" id="{}"><header><h3>{}</h3><span class="rank">{}</span></header>{}{}{}{}{}</article>'
    ).format(
        card.anchor,
        card.title,
        card.rank,
        Markup('<p class="subtitle">{}</p>').format(card.subtitle) if card.subtitle else "",
        drawing,
        facts(card.facts) if card.facts else "",
        Markup('<div class="below">{}</div>').format(card.below) if card.below else "",
        badges(card.badges),
    )
