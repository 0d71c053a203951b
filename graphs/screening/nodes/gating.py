"""Judge: what the safety gate says of every readable row; it annotates, keeps the row, and never interrupts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa

from benchside.graphs.screening.context import Context
from benchside.graphs.screening.nodes.reading import read_parts
from benchside.graphs.screening.state import ScreeningState
from benchside.tools.gate import Verdict
from benchside.tools.safety.gate import gate_version
from benchside.tools.screening.parts import Parts
from benchside.tools.screening.tasks import GATE

STRUCTURE = ["row", "smiles", "inchikey", "removed_fragments", "problem_code"]

VERDICT_COUNTS = {
    "gate_noted": Verdict.NOTE,
    "gate_needs_approval": Verdict.NEEDS_APPROVAL,
    "gate_refused": Verdict.REFUSE,
}
"""Counts of a run by the verdict that they count."""


def _parameters(context: Context) -> dict[str, Any]:
    return {"safety": context.request.safety.model_dump(mode="json")}


def gate_parts(context: Context) -> Parts:
    """The verdict on each row that is no reject, duplicates included: they may be other salts."""
    return context.parts(
        "gate",
        gate=gate_version(),
        canonical_tautomer=context.request.profile.compute.canonical_tautomer,
        **_parameters(context),
    )


def judge(state: ScreeningState, context: Context) -> ScreeningState:
    """The safety gate's verdict on each row, for ranking."""
    source, parts = read_parts(context), gate_parts(context)
    parameters = _parameters(context)
    found: Counter[str] = Counter()
    with context.step("judge", state["rows"] - state["counts"]["rejects"], parts.rows):
        for number in source:
            if number not in parts:
                table = source.read(number, STRUCTURE).to_pandas()
                table = table[table["problem_code"].isna()].reset_index(drop=True)
                done = []
                for made in context.workers.run("gate", _chunks(table, context.chunk_rows), parameters):
                    context.progress.advance(made.num_rows)
                    done.append(made)
                verdicts = pa.concat_tables(done) if done else GATE.empty_table()
                parts.add(number, verdicts.add_column(0, "row", pa.array(table["row"], pa.int64())))
            found.update(parts.read(number, ["gate_verdict"])["gate_verdict"].to_pylist())
    return {"counts": {**state["counts"], **{name: found[v.value] for name, v in VERDICT_COUNTS.items()}}}


def _chunks(table: pd.DataFrame, size: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(table), size):
        block = table.iloc[start : start + size]
        yield [
            {"smiles": s, "inchikey": k, "removed_fragments": r or ""}
            for s, k, r in zip(block["smiles"], block["inchikey"], block["removed_fragments"], strict=True)
        ]
