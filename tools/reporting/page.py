"""The page that holds a report: one HTML file that needs nothing else and may reach nothing else.

The content security policy of the page forbids every request; only the one script that came with it, named by its
hash, may run. The template escapes every text; markup is let through only as `Markup`, which the functions of this
package make.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

import jinja2
from markupsafe import Markup

from benchside.tools.reporting.tables import facts
from benchside.tools.reporting.theme import TONES, Tone, asset, stylesheet
from benchside.workspaces.errors import BenchsideError

DECISION_SUPPORT: Final = (
    "Decision support for professionals. Values marked as predicted come from models and are no measurement. "
    "Nothing here is medical advice or a statement of safety or efficacy; a qualified person must check and sign it."
)
_ID = re.compile(r"[A-Za-z][\w-]*")


class PageError(BenchsideError):
    """A page was put together wrongly: an id that is unfit or stands twice, an unknown tone."""

    code = "bad_page"


@dataclass(frozen=True, slots=True)
class Badge:
    """A short fact in the title block: a label, its value, and what it says about itself."""

    label: str
    value: str = ""
    tone: Tone = "neutral"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page.

    Attributes:
        id: the anchor; letters, digits, - and _; unique on the page.
        title: the heading.
        body: made by the functions of this package; a plain `str` is shown as text, escaped.
        lead: one or two sentences below the heading.
        nav: a shorter word for the list of contents.
    """

    id: str
    title: str
    body: Markup | str
    lead: str = ""
    nav: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a report was made, so that a reader can make it again.

    Attributes:
        made_at: UTC.
        command: as it was typed.
        program: name and version of the program.
        run: id of the run.
        versions: of packages and models.
        seeds: of everything random.
        policies: model, network, structures.
        settings: what else shaped the result: profile, options.
        inputs: files and their hashes.
        ledger_head: hash of the last entry of the ledger.
    """

    made_at: datetime
    command: str = ""
    program: str = "benchside"
    run: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    seeds: Mapping[str, int | str] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    ledger_head: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A report: its title block, its sections in order, and how it was made."""

    title: str
    sections: Sequence[Section]
    made: Provenance
    kind: str = ""
    subtitle: str = ""
    badges: Sequence[Badge] = ()
    notice: str = DECISION_SUPPORT


def badges(items: Sequence[Badge]) -> Markup:
    """A row of badges."""
    body = Markup("").join(
        Markup('<li class="badge {}" title="{}">{}{}</li>').format(
            badge.tone, badge.note, badge.label, Markup(" <b>{}</b>").format(badge.value) if badge.value else ""
        )
        for badge in items
    )
    return Markup('<ul class="badges">{}</ul>').format(body) if items else Markup("")


def stack(*parts: Markup | str) -> Markup:
    """Several pieces as one body; plain text is escaped."""
    return Markup("\n").join(parts)


def paragraph(text: str | Markup) -> Markup:
    """A paragraph."""
    return Markup("<p>{}</p>").format(text)


def heading(text: str) -> Markup:
    """A heading inside a section."""
    return Markup("<h3>{}</h3>").format(text)


def side_by_side(left: Markup, right: Markup) -> Markup:
    """Two pieces beside each other, below each other on a narrow screen."""
    return Markup('<div class="columns"><div>{}</div><div>{}</div></div>').format(left, right)


def render(page: Page) -> str:
    """The page as HTML: the same page gives the same bytes.

    Raises:
        PageError: a section's id is unfit or stands twice, or a tone is unknown.
    """
    ids = [section.id for section in page.sections]
    for number, name in enumerate(ids):
        if not _ID.fullmatch(name) or name in ids[:number] or name in ("main", "how-this-was-made"):
            raise PageError(f"The section id {name!r} is unfit or stands twice.", where=page.title)
    for badge in page.badges:
        if badge.tone not in TONES:
            raise PageError(f"{badge.tone!r} is no tone; there are {', '.join(TONES)}.", where=f"badge {badge.label}")
    made = page.made
    script = asset("table.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    run = facts(
        [
            ("made", made.made_at.strftime("%Y-%m-%d %H:%M:%S UTC")),
            ("with", made.program),
            ("run", made.run),
            ("head of the ledger", Markup('<span class="mono">{}</span>').format(made.ledger_head)),
        ]
    )
    titles = {
        "Inputs": made.inputs,
        "Settings": made.settings,
        "Policies": made.policies,
        "Seeds": made.seeds,
        "Versions": made.versions,
    }
    groups = [(title, facts(pairs)) for title, pairs in titles.items() if pairs]
    return _template().render(
        page=page,
        run=run,
        groups=groups,
        policy=policy,
        css=Markup(stylesheet()),  # noqa: S704 - our own files
        script=Markup(script),  # noqa: S704 - our own file
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("benchside.tools.reporting", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.jinja")
