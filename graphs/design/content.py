"""What the report of a design consists of, independent of the medium: HTML and Word are made from the same blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from benchside.graphs.design.charts import Chart, charts
from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.references import reference
from benchside.tools.trials.design.results import Quantity, Results, Table, Verification, printed

# a table of more columns, or of a longer line, and of few rows is shown with its rows as columns
WIDEST, LONGEST, MOST_TURNED = 8, 110, 8


@dataclass(frozen=True, slots=True)
class Part:
    """A section: heading, a sentence below it, and blocks in order."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Values:
    """Named quantities, each with its evidence id where it has one."""

    caption: str
    quantities: tuple[Quantity, ...]
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of results."""

    table: Table


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn chart."""

    chart: Chart


@dataclass(frozen=True, slots=True)
class Sources:
    """A numbered list of references."""

    items: tuple[str, ...]


Block = Text | Values | Grid | Picture | Sources


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a report is made from.

    Attributes:
        text: the methods paragraph with its slots filled from the ledger.
        evidence: quantity name to evidence id.
    """

    design: Design
    results: Results
    verification: Verification | None
    text: str
    evidence: Mapping[str, str]

    @property
    def title(self) -> str:
        """Heading of the report."""
        return self.design.title or heading(self.design)


def heading(design: Design) -> str:
    """What a design without a title is called."""
    endpoint: Any = getattr(design, "endpoint", None)
    if endpoint is None:
        return design.family[:1].upper() + design.family[1:]
    looks = getattr(design, "plan", None)
    kind = str(endpoint.kind).replace("-", " ")
    return f"{kind[:1].upper()}{kind[1:]}, {design.hypothesis.kind}{', group sequential' if looks else ''}"  # type: ignore[attr-defined]


def fitting(table: Table) -> Table:
    """The table as it fits on a page: without columns that say nothing, and turned where it is wide and short."""
    said = [i for i in range(len(table.columns)) if not table.rows or any(row[i] != "" for row in table.rows)]
    shown = replace(
        table,
        columns=tuple(table.columns[i] for i in said),
        rows=tuple(tuple(row[i] for i in said) for row in table.rows),
    )
    widths = [
        max(len(column.label), *(len(printed(row[i], column.digits)) for row in shown.rows), 0)
        for i, column in enumerate(shown.columns)
    ]
    wide = len(widths) > WIDEST or sum(widths) + 2 * len(widths) > LONGEST
    return shown.turned() if wide and len(shown.rows) <= MOST_TURNED else shown


def parts(material: Material) -> tuple[Part, ...]:
    """The sections in the order in which a statistician reads them."""
    results, evidence = material.results, material.evidence
    assumed = {q.name for q in material.design.assumptions()}
    given = tuple(q for q in results.quantities if q.name in assumed)
    found = tuple(q for q in results.quantities if q.name not in assumed)
    made = [
        Part("answer", "Answer", (Values("Sizes and power", found, evidence), Text(material.text))),
        Part(
            "assumptions",
            "Assumptions",
            (Values("What was assumed or chosen", given, evidence),),
            "Each number of the answer depends on these; their sources stand beside them.",
        ),
    ]
    drawn = charts(material.design, results.tables)
    for table in results.tables:
        pictures = tuple(Picture(c) for c in drawn if c.table == table.name)
        shown = Grid(fitting(table))
        made.append(Part(table.name.replace("_", "-"), table.caption, (*pictures, shown)))
    if material.verification is not None:
        verdict = "agrees with" if material.verification.agrees else "DIFFERS from"
        made.append(
            Part(
                "verification",
                "Check by simulation",
                (Grid(material.verification.table()),),
                f"The closed form {verdict} simulated trials of the same design.",
            )
        )
    if results.text.cites:
        made.append(Part("references", "References", (Sources(tuple(reference(k) for k in results.text.cites)),)))
    return tuple(made)
