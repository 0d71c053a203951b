"""The top of the report: badges, the funnel from library to shortlist, and what was rejected."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from benchside.graphs.screening.report.material import Material
from benchside.graphs.screening.report.safety import gate_badge
from benchside.tools.reporting.figures import bars, figures
from benchside.tools.reporting.glyphs import FunnelStep, funnel
from benchside.tools.reporting.page import (
    Badge,
    paragraph,
    stack,
)
from benchside.tools.reporting.tables import TableColumn, data_table, stats


def subtitle(m: Material) -> str:
    """The line below the title."""
    text = f"profile {m.profile.name}"
    if m.request.reference:
        text += f", compared with {m.request.reference.name}"
        if not m.request.reference_weight:
            text += " (not in the score)"
    return text


def title_badges(m: Material) -> list[Badge]:
    """What took part, and what did not."""
    depth = m.profile.admet.depth
    found = [
        Badge("model", "none", "neutral", "no language model took part; nothing was sent to one"),
        gate_badge(m),
        Badge("ADMET", f"best {min(depth, m.counts['finalists']):,}" if depth else "off"),
    ]
    if m.decision is not None:
        found.append(Badge("approved by", m.decision["who"], "good", m.decision["why"]))
    return found


def funnel_section(m: Material) -> Markup:
    """How many rows came through each step, and why the others fell."""
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


def rejects_section(m: Material) -> Markup:
    """The rejects with their reasons."""
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
