"""The chemistry around the shortlist: property distributions, clusters and scaffolds."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup
from rdkit import Chem

from benchside.graphs.screening.products import rows_with_status
from benchside.graphs.screening.report.material import Material
from benchside.tools.chemistry.approved import reference_distribution
from benchside.tools.chemistry.columns import COLUMNS
from benchside.tools.chemistry.drawing import svg
from benchside.tools.reporting.figures import Threshold, figures, histogram
from benchside.tools.reporting.page import (
    heading,
    side_by_side,
    stack,
)
from benchside.tools.reporting.tables import TableColumn, data_table

DISTRIBUTIONS = ("molecular_weight", "logp", "tpsa", "qed", "hbd", "hba")


def distributions_lead(m: Material) -> str:
    """What the histograms count."""
    against = " against the approved drugs that admet-ai ships" if m.request.approved_background else ""
    return f"All {m.counts['compounds']:,} unique compounds{against}; lines mark the limits of the profile."


def distributions_section(m: Material) -> Markup:
    """Histograms of the main properties."""
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


def clusters_lead(m: Material) -> str:
    """How clusters and scaffolds were made."""
    s = m.profile.selection
    return (
        f"Butina clusters of the best {min(s.pool, m.counts['ranked']):,} ranked compounds at a Tanimoto similarity of "
        f"{s.cluster_similarity:g} (Morgan, radius 2, 2048 bits); Murcko scaffolds of the same compounds."
    )


def clusters_section(m: Material) -> Markup:
    """Clusters and scaffolds, the largest first."""
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
