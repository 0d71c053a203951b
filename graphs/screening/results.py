"""The table of all results: every input row once, in order, with its status, its reason and every column."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchside.graphs.screening.context import Context
from benchside.graphs.screening.nodes.computing import MEASURED, decision_parts, property_parts
from benchside.graphs.screening.nodes.gating import gate_parts
from benchside.graphs.screening.nodes.ranking import early_ranks, final_parts, ranks_late, shortlist_parts
from benchside.graphs.screening.nodes.reading import merge_parts, read_parts
from benchside.tools.screening.parts import Parts, as_frame

STATUSES = {
    "shortlisted": "on the shortlist",
    "ranked": "ranked, but not on the shortlist",
    "beyond_depth": "passes the limits that need no prediction, but was beyond the depth",
    "filtered": "fails a hard limit of the profile",
    "duplicate": "the same structure as an earlier row",
    "reject": "could not be read as a compound",
}

FIRST = [
    "row",
    "compound_id",
    "name",
    "status",
    "reason",
    "rank",
    "score",
    "pareto_rank",
    "cluster",
    "early_score",
    "gate_verdict",
    "gate_rule",
    "smiles",
    "inchikey",
    "input_id",
    "duplicate_of",
    "problem_code",
]
_OURS = ("failed", "first_failed", "problem", "score", "row")
_LAST = ["stereo", "removed_fragments", "charge_neutralised", "note", "line", "input"]


class Results:
    """Builds the table shard by shard, so that memory does not grow with the library."""

    def __init__(self, context: Context) -> None:
        self.read = read_parts(context)
        self.merged = as_frame(merge_parts(context).read(0)).set_index("row")
        self.verdicts = gate_parts(context)
        self.properties = property_parts(context)
        self.decisions = decision_parts(context)
        finals = as_frame(final_parts(context).read(0)).set_index("row")
        drawn = as_frame(shortlist_parts(context).read(0)).set_index("row")
        self.finals = finals.join(drawn)
        # without a costly column the early score is the score, and every compound that passes has a rank
        self.ranks = None if ranks_late(context) else early_ranks(context)
        self.tags = self._tag_columns()
        self.schema = self._schema(context)

    def _tag_columns(self) -> dict[str, str]:
        """Input column to its name in the results: its own, or with "input_" before it where that is taken."""
        names: dict[str, None] = {}
        for number in self.read:
            for text in self.read.read(number, ["tags"])["tags"].to_pylist():
                names.update(dict.fromkeys(json.loads(text)))
        ours = {*FIRST, *_LAST, *self._computed().names, *self.finals.columns}
        out: dict[str, str] = {}
        for name in names:
            shown = name if name not in ours else f"input_{name}"
            while shown in ours or shown in out.values():
                shown = f"{shown}_"
            out[name] = shown
        return out

    def _computed(self) -> pa.Schema:
        """The cheap columns, whatever shard they first appear in."""
        schemas = [pq.read_schema(self.properties.path(n)) for n in self.properties]
        return pa.unify_schemas([s.remove_metadata() for s in schemas], promote_options="permissive")

    def _schema(self, context: Context) -> pa.Schema:
        kinds: dict[str, pa.DataType] = {
            "row": pa.int64(),
            "rank": pa.int64(),
            "pareto_rank": pa.int64(),
            "cluster": pa.int64(),
            "score": pa.float64(),
            "early_score": pa.float64(),
        }
        read = {f.name: f.type for f in pq.read_schema(self.read.path(0))}
        kinds |= {name: read.get(name, pa.string()) for name in (*FIRST, *_LAST) if name not in kinds}
        kinds |= {f.name: f.type for f in self._computed() if f.name != "problem"}
        kinds["calculation_problem"] = pa.string()
        kinds |= {n: t for n, t in read.items() if n.startswith("activity_")}
        kinds |= {
            f.name: f.type
            for n in self.decisions
            for f in pq.read_schema(self.decisions.path(n))
            if f.name not in _OURS
        }
        final = pq.read_schema(final_parts(context).path(0))
        kinds |= {f.name: f.type for f in final if f.name not in kinds and f.name not in _OURS}
        order = [*FIRST, *(n for n in kinds if n not in FIRST and n not in _LAST), *self.tags.values(), *_LAST]
        return pa.schema([(name, kinds.get(name, pa.string())) for name in order])

    def shards(self) -> Iterator[pa.Table]:
        """The table in pieces, in order."""
        for number in self.read:
            yield pa.Table.from_pandas(self._shard(number), schema=self.schema, preserve_index=False)

    def _shard(self, number: int) -> pd.DataFrame:
        table = as_frame(self.read.read(number)).set_index("row")
        table = table.join(self.merged)
        table = table.join(_of(self.verdicts, number))
        cheap = _of(self.properties, number)
        table = table.join(cheap.drop(columns=list(MEASURED)).rename(columns={"problem": "calculation_problem"}))
        decided = _of(self.decisions, number)
        passing = decided[decided["failed"] == ""]
        table["early_score"] = passing["score"].reindex(table.index)
        table = table.join(passing.drop(columns=["failed", "first_failed", "score"]))
        final = self.finals.loc[self.finals.index.intersection(table.index)]
        late = [
            c for c in final.columns if c not in table.columns and c not in ("failed", "passed_over", "shortlisted")
        ]
        table = table.join(final[late])
        if self.ranks is not None:
            table["rank"] = self.ranks.reindex(table.index)
            table["score"] = table["early_score"]
        standing = table[["problem_code", "problem", "duplicate_of", "rank"]].assign(
            failed=decided["failed"].reindex(table.index),
            late_failed=final["failed"].reindex(table.index),
            taken=final["shortlisted"].reindex(table.index).fillna(False).astype(bool),
            passed_over=final["passed_over"].reindex(table.index),
        )
        pairs = [_status(row) for row in standing.to_dict("records")]
        table["status"] = [status for status, _ in pairs]
        table["reason"] = [reason for _, reason in pairs]
        tags = pd.DataFrame([json.loads(t) for t in table["tags"]], index=table.index, columns=list(self.tags))
        table = table.drop(columns=["tags", "problem"]).join(tags.rename(columns=self.tags))
        return table.reset_index().reindex(columns=self.schema.names)


def _status(row: dict[Hashable, Any]) -> tuple[str, str | None]:
    """The status of a row and the reason for it, from the first thing that settled it."""

    def text(name: str) -> str:
        return row[name] if isinstance(row[name], str) else ""

    if text("problem_code"):
        return "reject", text("problem")
    if text("duplicate_of"):
        return "duplicate", f"the same structure as {text('duplicate_of')}"
    if text("failed") or text("late_failed"):
        return "filtered", text("failed") or text("late_failed")
    if pd.isna(row["rank"]):
        return "beyond_depth", "beyond the depth to which the best by early score were taken"
    if row["taken"]:
        return "shortlisted", None
    return "ranked", text("passed_over") or "ranked below the last of the shortlist"


def _of(parts: Parts, number: int) -> pd.DataFrame:
    return as_frame(parts.read(number)).set_index("row")
