"""The report of a screening: one HTML page, from the files and the ledger of the run alone."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from rdkit import Chem

from benchside.graphs.screening.explanation import shown
from benchside.graphs.screening.products import rows_with_status
from benchside.graphs.screening.state import Decision, ScreenRequest
from benchside.tools.chemistry.alerts import alert_matches
from benchside.tools.chemistry.approved import reference_distribution
from benchside.tools.chemistry.columns import COLUMNS
from benchside.tools.chemistry.drawing import Highlight, svg
from benchside.tools.reporting.cards import Card, cards
from benchside.tools.reporting.figures import Threshold, bars, figures, histogram
from benchside.tools.reporting.glyphs import FunnelStep, ScorePart, funnel, score_breakdown, score_key
from benchside.tools.reporting.page import (
    Badge,
    Page,
    Provenance,
    Section,
    heading,
    paragraph,
    render,
    side_by_side,
    stack,
)
from benchside.tools.reporting.tables import TableColumn, data_table, plain_table, stats
from benchside.tools.screening.profile import Profile

CARDS = 50
TABLE_ROWS = 1_000
DISTRIBUTIONS = ("molecular_weight", "logp", "tpsa", "qed", "hbd", "hba")


@dataclass(frozen=True)
class Material:
    """All that a report is made from.

    Attributes:
        files: label to file name of the products that lie beside the report.
        evidence: column to evidence id.
    """

    request: ScreenRequest
    profile: Profile
    counts: dict[str, int]
    notes: Sequence[str]
    results: Path
    shortlist: pd.DataFrame
    rejects: pd.DataFrame
    files: dict[str, str]
    evidence: dict[str, str]
    decision: Decision | None
    made: Provenance


def screening_report(material: Material) -> str:
    """The page as HTML."""
    m = material
    library = "approved drugs (from admet-ai)" if m.request.library == "approved-drugs" else m.request.library
    sections = [
        Section("funnel", "From library to shortlist", _funnel(m), nav="Funnel"),
        Section("shortlist", "Shortlist", _table(m), lead=_table_lead(m)),
        Section("hits", "Hits one by one", _cards(m), lead=_cards_lead(m), nav="Hits"),
        Section("distributions", "Properties", _distributions(m), lead=_distribution_lead(m)),
        Section("clusters", "Clusters and scaffolds", _clusters(m), lead=_clusters_lead(m), nav="Clusters"),
        Section("rejects", "Rejects and duplicates", _rejects(m), nav="Rejects"),
        Section("profile", f"Profile: {m.profile.name}", _profile(m), lead=m.profile.description),
        Section("quality", "Where the numbers come from", _sources(m), nav="Sources"),
    ]
    return render(
        Page(
            title=f"{library}: {m.counts['shortlisted']} of {m.counts['rows']:,} shortlisted",
            kind="Compound screening",
            subtitle=_subtitle(m),
            badges=_badges(m),
            sections=[s for s in sections if s.body],
            made=m.made,
        )
    )


def _subtitle(m: Material) -> str:
    text = f"profile {m.profile.name}"
    if m.request.reference:
        text += f", compared with {m.request.reference.name}"
        if not m.request.reference_weight:
            text += " (not in the score)"
    return text


def _badges(m: Material) -> list[Badge]:
    depth = m.profile.admet.depth
    found = [
        Badge("model", "none", "neutral", "no language model took part; nothing was sent to one"),
        Badge("safety gate", "none installed", "caution", "no row was assessed for controlled or dangerous compounds"),
        Badge("ADMET", f"best {min(depth, m.counts['finalists']):,}" if depth else "off"),
    ]
    if m.decision is not None:
        found.append(Badge("approved by", m.decision["who"], "good", m.decision["why"]))
    return found


def _funnel(m: Material) -> Markup:
    c = m.counts
    failed = {k.removeprefix("failed: "): v for k, v in c.items() if k.startswith("failed: ") and v}
    worst = sorted(failed.items(), key=lambda kv: (-kv[1], kv[0]))
    readable = c["rows"] - c["rejects"]
    steps = [
        FunnelStep("rows in the library", c["rows"]),
        FunnelStep("can be read", readable, c["rejects"], _top_reasons(m.rejects)),
        FunnelStep(
            "are unique", c["compounds"], c["duplicates"], "the same standardised structure" if c["duplicates"] else ""
        ),
        FunnelStep(
            "pass the hard limits",
            c["passed_filters"],
            c["compounds"] - c["passed_filters"],
            "; ".join(f"{v:,} {k}" for k, v in worst[:4]),
        ),
    ]
    if m.profile.admet.depth:
        beyond = c["passed_filters"] - c["finalists"]
        steps.append(
            FunnelStep(
                "are within the ADMET depth",
                c["finalists"],
                beyond,
                f"the best {m.profile.admet.depth:,} by early score",
            )
        )
        late = [f.text() for f in m.profile.filter if m.profile.is_late(f.column)]
        if late:
            steps.append(
                FunnelStep("pass the predicted limits", c["ranked"], c["finalists"] - c["ranked"], "; ".join(late))
            )
    steps.append(
        FunnelStep(
            "are on the shortlist",
            c["shortlisted"],
            c["ranked"] - c["shortlisted"],
            f"top {m.request.top}, at most {m.profile.selection.max_per_cluster} of a cluster"
            if m.profile.selection.max_per_cluster
            else f"top {m.request.top}",
        )
    )
    parts: list[Markup] = [
        stats(
            [
                ("rows", f"{c['rows']:,}"),
                ("compounds", f"{c['compounds']:,}"),
                ("pass the limits", f"{c['passed_filters']:,}"),
                ("shortlisted", f"{c['shortlisted']:,}"),
                ("clusters in the pool", f"{c['clusters']:,}"),
            ]
        ),
        funnel(steps),
    ]
    if len(worst) > 1:
        parts.append(
            figures(
                [
                    bars(
                        worst,
                        title="Compounds that fall at each limit",
                        width=620,
                        caption="A compound is counted at the first limit of the profile that it fails.",
                    )
                ],
                wide=True,
            )
        )
    parts += [paragraph(n) for n in m.notes]
    return stack(*parts)


def _top_reasons(rejects: pd.DataFrame) -> str:
    counted = rejects["problem_code"].value_counts(sort=False)
    pairs = sorted(((str(k), int(v)) for k, v in counted.items()), key=lambda kv: (-kv[1], kv[0]))
    return "; ".join(f"{v:,} {k.replace('_', ' ')}" for k, v in pairs[:4])


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
    """A value with the spread over the ensemble where it is a prediction; probabilities need no unit."""
    known = COLUMNS[name]
    text = shown(row.get(name), name)
    spread = row.get(f"{name}_spread")
    if known.unit == "probability":
        text = text.removesuffix(" probability")
    if spread is None or pd.isna(spread):
        return text
    return f"{text} ± {float(spread):.{known.decimals}f}"


def _anchor(rank: int) -> str:
    return f"hit-{rank}"


SHOWN = ("molecular_weight", "logp", "tpsa")


def _table_lead(m: Material) -> str:
    n = len(m.shortlist)
    shown_rows = f"the best {TABLE_ROWS:,} of {n:,}" if n > TABLE_ROWS else f"{n:,} compounds"
    files = ", ".join(f"{k}: {v}" for k, v in m.files.items() if k.startswith("shortlist"))
    return f"{shown_rows.capitalize()}, best first. Click a heading to sort, type below it to filter. {files}."


def _table(m: Material) -> Markup:
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
        columns.append(TableColumn.of(COLUMNS[name], table, hidden=name not in visible))
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


def _cards_lead(m: Material) -> str:
    sets = ", ".join(s.upper() if s in ("pains", "brenk", "nih") else s for s in m.profile.compute.alert_sets)
    extra = f" The first {CARDS} are shown." if len(m.shortlist) > CARDS else ""
    spread = " ± is the standard deviation over the five models of the ensemble." if m.profile.admet.depth else ""
    return (
        f"Each part of the score: its value, and after the arrow its desirability from 0 to 1.{spread} "
        f"Atoms of structural alerts ({sets}) are coloured on the drawing.{extra}"
    )


def _cards(m: Material) -> Markup:
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
            (p.label, f"{p.value}  →  {'–' if p.desirability is None else f'{p.desirability:.2f}'}") for p in parts
        ]
        near = row.get("nearest_approved_drug")
        if isinstance(near, str):
            facts.append(("nearest approved drug", f"{near} ({row['nearest_approved_similarity']:.2f})"))
        facts += [
            (COLUMNS[c].label, shown(v, c)) for c, v in row.items() if str(c).startswith("reference_") and c in COLUMNS
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


def _distribution_lead(m: Material) -> str:
    against = " against the approved drugs that admet-ai ships" if m.request.approved_background else ""
    return f"All {m.counts['compounds']:,} unique compounds{against}; lines mark the limits of the profile."


def _distributions(m: Material) -> Markup:
    made = []
    for name in DISTRIBUTIONS:
        column = COLUMNS[name]
        values = rows_with_status(m.results, "shortlisted", "ranked", "beyond_depth", "filtered", columns=[name])[
            name
        ].dropna()
        if values.empty:
            continue
        limits = [f for f in m.profile.filter if f.column == name]
        thresholds = [Threshold(v) for f in limits for v in (f.min, f.max) if v is not None]
        made.append(
            histogram(
                values.to_numpy(dtype=float),
                title=column.label,
                unit=column.unit,
                reference=reference_distribution(name) if m.request.approved_background else None,
                thresholds=thresholds,
            )
        )
    return figures(made) if made else Markup("")


def _clusters_lead(m: Material) -> str:
    s = m.profile.selection
    return (
        f"Butina clusters of the best {min(s.pool, m.counts['ranked']):,} ranked compounds at a Tanimoto similarity of "
        f"{s.cluster_similarity:g} (Morgan, radius 2, 2048 bits); Murcko scaffolds of the same compounds."
    )


def _clusters(m: Material) -> Markup:
    columns = ["compound_id", "rank", "cluster", "scaffold", "smiles", "status", "score"]
    pool = rows_with_status(m.results, "shortlisted", "ranked", columns=columns).sort_values("rank")
    pool = pool[pool["cluster"].notna()]
    if pool.empty:
        return Markup("")
    rows = []
    for number, group in pool.groupby("cluster", sort=True):
        best = group.iloc[0]
        rows.append(
            {
                "cluster": int(str(number)),
                "size": len(group),
                "on the shortlist": int((group["status"] == "shortlisted").sum()),
                "best": best["compound_id"],
                "best score": float(best["score"]),
                "structure": svg(Chem.MolFromSmiles(best["smiles"]), width=140, height=90),
            }
        )
    clusters = pd.DataFrame(rows).sort_values(["size", "cluster"], ascending=[False, True]).head(100)
    scaffolds = (
        pool[pool["scaffold"].fillna("") != ""]
        .groupby("scaffold", sort=True)
        .agg(
            size=("rank", "size"),
            shortlisted=("status", lambda s: int((s == "shortlisted").sum())),
            best=("compound_id", "first"),
        )
    )
    scaffolds = scaffolds.reset_index().sort_values(["size", "scaffold"], ascending=[False, True]).head(100)
    scaffolds["structure"] = [svg(Chem.MolFromSmiles(s), width=140, height=90) for s in scaffolds["scaffold"]]
    left = data_table(
        clusters,
        [
            TableColumn("cluster", "cluster", kind="number", decimals=0, first="ascending"),
            TableColumn("structure", "best member", kind="drawing"),
            TableColumn("best", "compound"),
            TableColumn("size", "size", kind="number", decimals=0),
            TableColumn("on the shortlist", "on the shortlist", kind="number", decimals=0),
            TableColumn("best score", "best score", kind="number", decimals=3),
        ],
        id="cluster-table",
        page_size=8,
        file_name=f"{m.made.run}-clusters.csv",
    )
    right = data_table(
        scaffolds,
        [
            TableColumn("structure", "scaffold", kind="drawing"),
            TableColumn("size", "compounds", kind="number", decimals=0),
            TableColumn("shortlisted", "on the shortlist", kind="number", decimals=0),
            TableColumn("best", "best compound"),
            TableColumn("scaffold", "SMILES", mono=True, hidden=True),
        ],
        id="scaffold-table",
        page_size=8,
        file_name=f"{m.made.run}-scaffolds.csv",
    )
    return side_by_side(stack(heading("Clusters"), left), stack(heading("Scaffolds"), right))


def _rejects(m: Material) -> Markup:
    duplicates = m.counts["duplicates"]
    parts: list[Markup] = [
        paragraph(
            f"{m.counts['rejects']:,} rejects (all of them in {m.files['rejects']}) and {duplicates:,} duplicates, "
            f"which keep their row in {m.files['all results']} with the compound they repeat."
        )
    ]
    if not m.rejects.empty:
        table = m.rejects.head(200).copy()
        table["input"] = table["input"].fillna("").str.slice(0, 80)
        parts.append(
            data_table(
                table,
                [
                    TableColumn("row", "row", kind="number", decimals=0, first="ascending"),
                    TableColumn("line", "line", kind="number", decimals=0, first="ascending"),
                    TableColumn("compound_id", "id"),
                    TableColumn("problem_code", "code", kind="category"),
                    TableColumn("reason", "reason"),
                    TableColumn("input", "as given", mono=True),
                ],
                id="reject-table",
                page_size=10,
                file_name=f"{m.made.run}-rejects.csv",
                caption=f"The first 200 of {len(m.rejects):,}." if len(m.rejects) > 200 else "",
            )
        )
    return stack(*parts)


def _profile(m: Material) -> Markup:
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


def _sources(m: Material) -> Markup:
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
