"""How the report came about: the profile as applied, and the evidence and source of each column."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from benchside.graphs.screening.report.material import Material
from benchside.tools.chemistry.columns import COLUMNS
from benchside.tools.reporting.page import (
    heading,
    paragraph,
    stack,
)
from benchside.tools.reporting.tables import TableColumn, data_table, plain_table


def profile_section(m: Material) -> Markup:
    """The limits and the score, as they were applied."""
    limits = pd.DataFrame(
        [{"limit": f.text(), "on": "prediction" if m.profile.is_late(f.column) else "computed value", "why": f.why}
         for f in m.profile.filter]
    )  # fmt: skip
    total = sum(s.weight for s in m.profile.score)
    terms = pd.DataFrame(
        [{"part": COLUMNS[s.column].label, "desirability": s.text(), "weight": f"{s.weight:g} ({s.weight / total:.0%})",
          "why": s.why} for s in m.profile.score]
    )  # fmt: skip
    mean = "weighted geometric mean (Derringer & Suich 1980)" if m.profile.combine == "geometric" else "weighted mean"
    parts: list[Markup] = []
    if not limits.empty:
        parts += [heading("Hard limits"), plain_table(limits, [TableColumn(c) for c in limits.columns])]
    parts += [heading(f"Score: {mean}"), plain_table(terms, [TableColumn(c) for c in terms.columns])]
    if m.request.profile.needs_admet and not m.profile.needs_admet:
        whole = m.request.profile
        used = [COLUMNS[name] for name in whole.columns]
        names = ", ".join(c.label for c in used if c.kind == "predicted")
        parts.append(paragraph(f"ADMET was off, so these parts of the profile were not applied: {names}."))
    if m.profile.references:
        parts += [heading("References"), *(paragraph(r) for r in m.profile.references)]
    return stack(*parts)


def sources_section(m: Material) -> Markup:
    """One line for each column: evidence id, unit, direction, source."""
    rows = []
    for name, evidence in m.evidence.items():
        known = COLUMNS.get(name)
        if known is None:
            continue
        rows.append(
            {
                "evidence": evidence,
                "quantity": known.label,
                "unit": known.unit,
                "kind": known.kind,
                "better": known.direction or "",
                "source": known.source,
                "note": known.note,
            }
        )
    table = pd.DataFrame(rows)
    columns = [TableColumn("evidence"), TableColumn("quantity"), TableColumn("unit"),
               TableColumn("kind", kind="category"), TableColumn("better", kind="category"),
               TableColumn("source"), TableColumn("note")]  # fmt: skip
    return data_table(table, columns, id="source-table", page_size=15, file_name=f"{m.made.run}-sources.csv")
