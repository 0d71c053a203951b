"""The shortlist: a table to sort and filter, and a card for each of the best compounds."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
from markupsafe import Markup
from rdkit import Chem

from benchside.graphs.screening.explanation import shown
from benchside.graphs.screening.report.material import Material
from benchside.tools.chemistry.alerts import alert_matches
from benchside.tools.chemistry.columns import COLUMNS
from benchside.tools.chemistry.drawing import Highlight, svg
from benchside.tools.reporting.cards import Card, cards
from benchside.tools.reporting.glyphs import ScorePart, score_breakdown, score_key
from benchside.tools.reporting.page import (
    Badge,
    paragraph,
    stack,
)
from benchside.tools.reporting.tables import TableColumn, data_table

CARDS = 50
TABLE_ROWS = 1_000
SHOWN = ("molecular_weight", "logp", "tpsa")


def _parts(m: Material, row: dict[Hashable, Any]) -> list[ScorePart]:
    found = []
    for part in m.profile.score:
        value = row.get(f"d_{part.column}")
        missing = value is None or pd.isna(value)
        found.append(
            ScorePart(
                COLUMNS[part.column].label,
                None if missing else float(value),  # type: ignore[arg-type]
                part.weight,
                _with_spread(row, part.column),
            )
        )
    return found


def _with_spread(row: dict[Hashable, Any], name: str) -> str:
    """A value as cards show it: a prediction with the spread over its ensemble, to two decimals."""
    spread = row.get(f"{name}_spread")
    if spread is None or pd.isna(spread):
        return shown(row.get(name), name)
    unit = COLUMNS[name].unit
    return f"{row[name]:.2f} ± {spread:.2f}" + (f" {unit}" if unit not in ("", "probability") else "")


def _marked(name: str) -> str:
    """The label of a column, with a dagger where its values are predictions."""
    known = COLUMNS[name]
    return f"{known.label} †" if known.kind == "predicted" else known.label


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _kept_together(text: str) -> str:
    return text.replace(" ", "\u00a0")


def _anchor(rank: int) -> str:
    return f"hit-{rank}"


def table_lead(m: Material) -> str:
    """How to use the table, and where its files are."""
    n = len(m.shortlist)
    shown_rows = f"the best {TABLE_ROWS:,} of {n:,}" if n > TABLE_ROWS else f"{n:,} compounds"
    files = ", ".join(f"{k}: {v}" for k, v in m.files.items() if k.startswith("shortlist"))
    return f"{shown_rows.capitalize()}, best first. Click a heading to sort, type below it to filter. {files}."


def table_section(m: Material) -> Markup:
    """The shortlist as a table."""
    if m.shortlist.empty:
        return paragraph("No compound passes every limit of the profile; the funnel shows where they fall.")
    table = m.shortlist.head(TABLE_ROWS).copy()
    records = table.to_dict("records")
    table["structure"] = [svg(Chem.MolFromSmiles(r["smiles"]), width=150, height=96) for r in records]
    table["parts"] = [str(score_breakdown(_parts(m, r), total=float(r["score"]))) for r in records]
    table["anchor"] = [_anchor(int(r["rank"])) if i < CARDS else None for i, r in enumerate(records)]
    scored = [s.column for s in m.profile.score]
    reference = [c for c in table.columns if c.startswith("reference_")]
    alerts = [f"{s}_alerts" for s in m.profile.compute.alert_sets]
    activity = [c for c in ("activity_value", "activity_pvalue", "ligand_efficiency", "lle") if c in table]
    visible = list(dict.fromkeys([*activity, *reference, *SHOWN, *scored, *alerts]))
    columns = [
        TableColumn("rank", "rank", kind="number", decimals=0, first="ascending"),
        TableColumn("structure", "structure", kind="drawing"),
        TableColumn("compound_id", "compound", link="anchor"),
        *([TableColumn("name", "name")] if "name" in table else []),
        TableColumn("score", "score", kind="number", decimals=3, bar=(0.0, 1.0), note="0 to 1; see the profile."),
        TableColumn("parts", "parts", kind="drawing", note="Width: weight. Height: desirability, from 0 to 1."),
        TableColumn("pareto_rank", "Pareto rank", kind="number", decimals=0, first="ascending",
                    note="1: no other compound is at least as good in every part and better in one."),
        TableColumn("cluster", "cluster", kind="number", decimals=0, first="ascending"),
    ]  # fmt: skip
    taken = {c.name for c in columns} | {"smiles", "inchikey"}
    known = [c for c in table.columns if c in COLUMNS and c not in taken]
    for name in [c for c in visible if c in known] + [c for c in known if c not in visible]:
        columns.append(TableColumn.of(COLUMNS[name], table, hidden=name not in visible, label=_marked(name)))
    columns.append(TableColumn("smiles", "SMILES", mono=True, hidden=True))
    columns.append(TableColumn("inchikey", "InChIKey", mono=True, hidden=True))
    key = score_key([COLUMNS[s].label for s in scored])
    return stack(
        key,
        data_table(
            table,
            columns,
            id="shortlist-table",
            page_size=25,
            file_name=f"{m.made.run}-shortlist-filtered.csv",
            sort=("rank", "ascending"),
        ),
    )


def cards_lead(m: Material) -> str:
    """How to read a card."""
    sets = ", ".join(s.upper() if s in ("pains", "brenk", "nih") else s for s in m.profile.compute.alert_sets)
    extra = f" The first {CARDS} are shown." if len(m.shortlist) > CARDS else ""
    spread = (
        " † marks a prediction, and ± the standard deviation over the five models of its ensemble."
        if m.profile.admet.depth
        else ""
    )
    return (
        f"Each part of the score: its value, and after the arrow its desirability from 0 to 1.{spread} "
        f"Atoms of structural alerts ({sets}) are coloured on the drawing.{extra}"
    )


def cards_section(m: Material) -> Markup:
    """The best compounds, one card each."""
    made = []
    for row in m.shortlist.head(CARDS).to_dict("records"):
        mol = Chem.MolFromSmiles(row["smiles"])
        matches = alert_matches(mol, m.profile.compute.alert_sets)
        marks = [Highlight(a.atoms, f"{a.set}: {a.name}") for a in matches]
        names = list(dict.fromkeys(f"{a.set.upper()} {a.name}" for a in matches))
        badges = [Badge(n, tone="caution") for n in names]
        if row.get("calculation_problem"):
            badges.append(Badge("not computed", str(row["calculation_problem"]), "bad"))
        if row.get("removed_fragments"):
            badges.append(Badge("salt or solvent removed", str(row["removed_fragments"])))
        if row.get("stereo") in ("partial", "undefined"):
            badges.append(Badge("stereo", str(row["stereo"]), "caution", "stereocentres without a configuration"))
        parts = _parts(m, row)
        facts: list[tuple[str, object]] = [
            (_marked(s.column), _kept_together(f"{p.value} → {_two(p.desirability)}"))
            for s, p in zip(m.profile.score, parts, strict=True)
        ]
        near = row.get("nearest_approved_drug")
        if isinstance(near, str):
            facts.append(("nearest approved", f"{near} ({row['nearest_approved_similarity']:.2f})"))
        facts += [
            (COLUMNS[c].label.replace(" to the reference", ""), _kept_together(shown(v, c)))
            for c, v in row.items()
            if str(c).startswith("reference_") and c in COLUMNS
        ]
        made.append(
            Card(
                anchor=_anchor(int(row["rank"])),
                title=f"{row['name']} ({row['compound_id']})"
                if isinstance(row.get("name"), str)
                else row["compound_id"],
                rank=f"rank {int(row['rank'])}",
                subtitle=f"score {row['score']:.3f}, Pareto rank {row['pareto_rank']}, cluster {row['cluster']}",
                drawing=svg(mol, highlights=marks, width=300, height=200),
                facts=facts,
                badges=badges,
                below=score_breakdown(parts, total=float(row["score"]), width=260, height=28),
            )
        )
    return cards(made) if made else Markup("")
