"""The table of all results: every input row once, in order, with its status, its reason and every column."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchside.graphs.screening.context import Context
from benchside.graphs.screening.nodes.computing import decision_parts, property_parts
from benchside.graphs.screening.nodes.ranking import final_parts, shortlist_parts
from benchside.graphs.screening.nodes.reading import merge_parts, read_parts
from benchside.tools.screening.parts import Parts

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
    "status",
    "reason",
    "rank",
    "score",
    "pareto_rank",
    "cluster",
    "early_score",
    "smiles",
    "inchikey",
    "input_id",
    "duplicate_of",
    "problem_code",
]
_LAST = ["stereo", "removed_fragments", "charge_neutralised", "note", "line", "input"]


class Results:
    """Builds the table shard by shard, so that memory does not grow with the library."""

    def __init__(self, context: Context) -> None:
        self.read = read_parts(context)
        self.merged = merge_parts(context).read(0).to_pandas().set_index("row")
        self.properties = property_parts(context)
        self.decisions = decision_parts(context)
        finals = final_parts(context).read(0).to_pandas().set_index("row")
        drawn = shortlist_parts(context).read(0).to_pandas().set_index("row")
        self.finals = finals.join(drawn)
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
        final = pq.read_schema(final_parts(context).path(0))
        kinds |= {
            f.name: f.type
            for f in final
            if f.name not in kinds and f.name not in ("failed", "problem")
        }
        order = [*FIRST, *(n for n in kinds if n not in FIRST and n not in _LAST), *self.tags.values(), *_LAST]
        return pa.schema([(name, kinds.get(name, pa.string())) for name in order])

    def shards(self) -> Iterator[pa.Table]:
        """The table in pieces, in order."""
        for number in self.read:
            yield pa.Table.from_pandas(self._shard(number), schema=self.schema, preserve_index=False)

    def _shard(self, number: int) -> pd.DataFrame:
        table = self.read.read(number).to_pandas().set_index("row")
        table = table.join(self.merged)
        cheap = _of(self.properties, number)
        table = table.join(cheap.rename(columns={"problem": "calculation_problem"}))
        decided = _of(self.decisions, number)
        table["early_score"] = decided["score"].where(decided["failed"] == "").reindex(table.index)
        final = self.finals.loc[self.finals.index.intersection(table.index)]
        late = [c for c in final.columns if c not in table.columns and c not in ("failed", "passed_over", "shortlisted")]
        table = table.join(final[late])
        failed = decided["failed"].reindex(table.index)
        late_failed = final["failed"].reindex(table.index).fillna("")
        taken = final["shortlisted"].reindex(table.index).fillna(False).astype(bool)
        passed_over = final["passed_over"].reindex(table.index).fillna("")
        depth_reason = "beyond the depth to which the best by early score were taken"
        status, reason = [], []
        for row in zip(
            table["problem_code"], table["problem"], table["duplicate_of"], failed, late_failed,
            table["rank"], taken, passed_over, strict=True,
        ):  # fmt: skip
            s, r = _status(*row, depth_reason)
            status.append(s)
            reason.append(r)
        table["status"], table["reason"] = status, reason
        tags = pd.DataFrame([json.loads(t) for t in table["tags"]], index=table.index, columns=list(self.tags))
        table = table.drop(columns=["tags", "problem"]).join(tags.rename(columns=self.tags))
        whole = table.reset_index()
        for name in self.schema.names:
            if name not in whole.columns:
                whole[name] = None
        return whole[self.schema.names]


def _status(
    code: Any, problem: Any, duplicate_of: Any, failed: Any, late_failed: str, rank: Any, taken: bool, passed_over: str,
    depth_reason: str,
) -> tuple[str, str | None]:  # fmt: skip
    if isinstance(code, str):
        return "reject", problem
    if isinstance(duplicate_of, str):
        return "duplicate", f"the same structure as {duplicate_of}"
    if failed or late_failed:
        return "filtered", failed or late_failed
    if pd.isna(rank):
        return "beyond_depth", depth_reason
    if taken:
        return "shortlisted", None
    return "ranked", passed_over or "ranked below the last of the shortlist"


def _of(parts: Parts, number: int) -> pd.DataFrame:
    table = parts.read(number).to_pandas().set_index("row")
    for name in ("failed", "score"):
        if parts.folder.name == "filter" and name not in table:
            table[name] = None
    return table


def count_by(table: pa.Table, column: str) -> dict[str, int]:
    """How often each value of a text column occurs, most often first, ties by name."""
    counted = pc.value_counts(table[column].drop_null())
    pairs = [(str(c["values"].as_py()), int(c["counts"].as_py())) for c in counted]
    return dict(sorted(pairs, key=lambda p: (-p[1], p[0])))
