"""What the safety gate said: a badge, and the rows that it notes or holds, with the matched atoms drawn."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup
from rdkit import Chem

from benchside.graphs.screening.products import rows_with
from benchside.graphs.screening.report.material import Material
from benchside.tools.chemistry.drawing import svg
from benchside.tools.gate import Action, Verdict
from benchside.tools.reporting.page import Badge, paragraph, stack
from benchside.tools.reporting.tables import TableColumn, data_table
from benchside.tools.reporting.theme import Tone
from benchside.tools.safety.gate import SafetyGate
from benchside.tools.safety.policy import ORDER

ROWS = 500
"""Rows of the section at most; the results hold all of them."""

DRAWN = 100
"""Rows of the section that are drawn."""

COLUMNS = ["row", "compound_id", "name", "status", "gate_verdict", "gate_rule", "smiles", "removed_fragments"]


def held(m: Material) -> int:
    """How many rows the gate holds, for approval or altogether."""
    return m.counts["gate_needs_approval"] + m.counts["gate_refused"]


def gate_badge(m: Material) -> Badge:
    """Which gate judged the rows, and how many it notes and holds."""
    gate = SafetyGate(m.request.safety)
    tone: Tone = "bad" if m.counts["gate_refused"] else "caution" if held(m) or gate.relaxed else "good"
    said = f"{m.counts['gate_noted']:,} noted, {held(m):,} held" + (", relaxed by settings" if gate.relaxed else "")
    note = f"{gate.name} {gate.version}; rows were judged for ranking, and none was taken out"
    return Badge("safety gate", said, tone, note)


def safety_lead(m: Material) -> str:
    """What the section shows."""
    gate = SafetyGate(m.request.safety)
    return (
        f"Each readable row was judged by the {gate.name} ({gate.version}) for ranking: {m.counts['gate_noted']:,} are "
        f"noted, {m.counts['gate_needs_approval']:,} need a person's approval, {m.counts['gate_refused']:,} are "
        "refused as leads. Rows keep their rank; what may be done with a compound is asked again for each action. "
        "A row without a note is on none of the lists that the gate knows, which is not the same as harmless."
    )


def safety_section(m: Material) -> Markup:
    """The relaxed settings, and the rows that the gate notes or holds, the strictest first."""
    gate = SafetyGate(m.request.safety)
    parts: list[Markup] = [paragraph(f"Relaxed by the user's settings: {text}.") for text in gate.relaxed]
    wanted = [verdict.value for verdict in ORDER if verdict is not Verdict.ALLOW]
    table = rows_with(m.results, "gate_verdict", *wanted, columns=COLUMNS)
    if table.empty:
        return stack(*parts, paragraph("No row is noted or held."))
    table = _strictest_first(table)
    every, table = len(table), table.head(ROWS).copy()
    judged = [gate.judge_structure(_whole(row), Action.RANK) for row in table.to_dict("records")]
    table["reason"] = [j.decision.reason for j in judged]
    table["source"] = [j.decision.source for j in judged]
    drawings = [j.drawings() for j in judged[:DRAWN]]
    table["structure"] = [
        drawn[0].svg if drawn else svg(Chem.MolFromSmiles(smiles), width=300, height=200)
        for drawn, smiles in zip(drawings, table["smiles"], strict=False)
    ] + [Markup("")] * (len(table) - len(drawings))
    columns = [
        TableColumn("row", "row", kind="number", decimals=0, first="ascending"),
        TableColumn("structure", "structure", kind="drawing", note="Matched atoms are in colour."),
        TableColumn("compound_id", "compound"),
        TableColumn("name", "name"),
        TableColumn("gate_verdict", "verdict", kind="category"),
        TableColumn("reason", "why"),
        TableColumn("gate_rule", "rule"),
        TableColumn("source", "source"),
        TableColumn("status", "status", kind="category"),
    ]
    caption = f"The first {ROWS:,} of {every:,}, the strictest first." if every > ROWS else ""
    return stack(
        *parts,
        data_table(
            table.drop(columns=["smiles", "removed_fragments"]),
            columns,
            id="safety-table",
            page_size=10,
            file_name=f"{m.made.run}-safety.csv",
            caption=caption,
        ),
    )


def _whole(row: dict[object, object]) -> str:
    """The standardised structure with what was cut off it."""
    return ".".join(text for text in (row["smiles"], row["removed_fragments"]) if isinstance(text, str) and text)


def _strictest_first(table: pd.DataFrame) -> pd.DataFrame:
    places = {verdict.value: -number for number, verdict in enumerate(ORDER)}
    return table.assign(order=table["gate_verdict"].map(places)).sort_values(["order", "row"]).drop(columns="order")
