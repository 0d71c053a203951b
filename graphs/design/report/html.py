"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from benchside.graphs.design.content import Block, Grid, Material, Part, Picture, Text, Values, parts
from benchside.tools.reporting.figures import draw, figure, figures
from benchside.tools.reporting.page import Badge, Page, Provenance, Section, paragraph, render, stack
from benchside.tools.reporting.tables import TableColumn, plain_table, stats
from benchside.tools.trials.design.results import Table, is_number, printed

NAV = {
    "boundaries": "Boundaries",
    "power-curve": "Power",
    "sensitivity": "Sensitivity",
    "verification": "Simulated check",
    "decision-table": "Decisions",
    "operating-characteristics": "Characteristics",
    "timeline": "Looks in time",
    "projection": "Projection",
}


def design_page(material: Material, made: Provenance) -> str:
    """The page as HTML."""
    return render(
        Page(
            title=material.title,
            kind="Trial design",
            subtitle=_subtitle(material),
            badges=_badges(material),
            sections=[_section(p, material) for p in parts(material)],
            made=made,
        )
    )


def _subtitle(material: Material) -> str:
    """The family, where the title does not say it already."""
    family = material.design.family
    return "" if material.title.lower() == family.lower() or family == "comparison" else family


def _badges(material: Material) -> list[Badge]:
    check = material.verification
    if check is None:
        return [Badge("simulated check", "not made", "caution")]
    if check.agrees:
        return [Badge("simulated check", f"agrees ({check.trials:,} trials)", "good")]
    return [Badge("simulated check", "differs", "bad", "see the check by simulation")]


def _section(part: Part, material: Material) -> Section:
    pictures = [_block(b) for b in part.blocks if isinstance(b, Picture)]
    body = [figures(pictures, wide=True)] if pictures else []
    body += [_block(b) for b in part.blocks if not isinstance(b, Picture)]
    if part.id == "answer":
        body.insert(0, _headline(material))
    return Section(
        part.id,
        part.title,
        stack(*body),
        lead=part.lead,
        nav=NAV.get(part.id) or part.title.split(",")[0].split(" (")[0],
    )


def _headline(material: Material) -> Markup:
    """The few numbers to see first."""
    by_name = {q.name: q for q in material.results.quantities}
    first = [by_name[n] for n in ("n_total", "n_enrolled", "events", "achieved_power", "alpha") if n in by_name]
    return stats((q.label, printed(q.value, q.digits)) for q in first)


def _block(block: Block) -> Markup:
    if isinstance(block, Text):
        return paragraph(block.text)
    if isinstance(block, Values):
        return _values(block)
    if isinstance(block, Grid):
        return grid(block.table)
    if isinstance(block, Picture):
        return figure(draw(block.chart.spec, alt=block.chart.alt), title=block.chart.title)
    items = Markup("").join(Markup("<li>{}</li>").format(i) for i in block.items)
    return Markup("<ol>{}</ol>").format(items)


def _values(block: Values) -> Markup:
    rows = [
        {
            "quantity": q.label,
            "value": printed(q.value, q.digits),
            "note": q.note,
            "evidence": block.evidence.get(q.name, ""),
        }
        for q in block.quantities
    ]
    columns = [TableColumn("quantity"), TableColumn("value"), TableColumn("note"), TableColumn("evidence", mono=True)]
    if not block.evidence:
        columns.pop()
    return plain_table(pd.DataFrame(rows, columns=["quantity", "value", "note", "evidence"]), columns)


def grid(table: Table) -> Markup:
    """A table of results, with its notes below."""
    frame = pd.DataFrame(
        [[printed(v, c.digits) for v, c in zip(row, table.columns, strict=True)] for row in table.rows],
        columns=[c.name for c in table.columns],
    )
    columns = [TableColumn(c.name, c.label, kind="text" if _words(table, i) else "number")
               for i, c in enumerate(table.columns)]  # fmt: skip
    return stack(_aligned(frame, columns), *(paragraph(n) for n in table.notes))


def _aligned(frame: pd.DataFrame, columns: list[TableColumn]) -> Markup:
    """Numbers are printed already; their column keeps only its alignment."""
    head = Markup("").join(Markup('<th scope="col" class="{}">{}</th>').format(c.kind, c.label) for c in columns)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup('<td class="{}">{}</td>').format(c.kind, v) for c, v in zip(columns, row, strict=True)
            )
        )
        for row in frame.itertuples(index=False)
    )
    return Markup('<table class="plain"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(head, body)


def _words(table: Table, at: int) -> bool:
    """Whether a column is one of words: numbers, printed or not, stand to the right."""
    return any(isinstance(row[at], str) and not is_number(str(row[at])) for row in table.rows)
