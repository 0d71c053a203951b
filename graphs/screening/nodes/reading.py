"""Load, standardise, merge: every input row becomes a compound, a duplicate of one, or a reject with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

import pandas as pd
import pyarrow as pa

from benchside.graphs.screening.context import Context
from benchside.graphs.screening.state import ScreeningState
from benchside.tools.chemistry.approved import approved_drugs
from benchside.tools.chemistry.readers import Library, ReadOptions, read_library
from benchside.tools.chemistry.records import InputRecord
from benchside.tools.screening.duplicates import mark_duplicates
from benchside.tools.screening.measured import ACTIVITY_COLUMNS, activities_of
from benchside.tools.screening.naming import with_structure
from benchside.tools.screening.parts import Parts
from benchside.tools.screening.tasks import STANDARDISED
from benchside.workspaces.errors import InputError

APPROVED = "approved-drugs"

READ = pa.schema(
    [
        ("row", pa.int64()),
        ("line", pa.int64()),
        ("input_id", pa.string()),
        ("name", pa.string()),
        ("input", pa.string()),
        ("tags", pa.string()),
        *STANDARDISED,
        ("activity_value", pa.float64()),
        ("activity_unit", pa.string()),
        ("activity_relation", pa.string()),
        ("activity_pvalue", pa.float64()),
        ("activity_problem", pa.string()),
    ]
)


def open_library(context: Context) -> Library:
    """The library of this run: the copy in the workspace, or the approved drugs."""
    request = context.request
    if request.library == APPROVED:
        frame = approved_drugs()[["drugbank_id", "name", "smiles"]]
        return read_library(frame, options=ReadOptions(structure_column="smiles", id_column="name"))
    assert request.input_artifact is not None
    return read_library(context.workspace.path / request.input_artifact, options=request.read_as)


def load(state: ScreeningState, context: Context) -> ScreeningState:
    """Count the rows and settle which column is what."""
    library = open_library(context)
    rows = sum(1 for _ in library)
    if not rows:
        raise InputError("the library holds no rows", where=context.request.library, hint="Check the file.")
    shards = -(-rows // context.request.shard_rows)
    return {"rows": rows, "shards": shards, "notes": list(library.notes)[:20], "counts": {"rows": rows}}


def batches(items: Iterable[InputRecord], size: int) -> Iterator[list[InputRecord]]:
    """Lists of at most `size` items."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def read_parts(context: Context) -> Parts:
    """The standardised rows."""
    return context.parts(
        "standardise",
        read_as=asdict(context.request.read_as),
        canonical_tautomer=context.request.profile.compute.canonical_tautomer,
    )


def standardise(state: ScreeningState, context: Context) -> ScreeningState:
    """Standardise shard by shard; rows that the reader or a name look-up already rejects keep their reason."""
    parts = read_parts(context)
    library = open_library(context)
    records = iter(library)
    with context.step("standardise", state["rows"], parts.rows):
        for number, shard in enumerate(batches(records, context.request.shard_rows)):
            if number not in parts:
                parts.add(number, _standardise_shard(shard, library, context))
    rejects = duplicates = 0
    merged = merge_parts(context)
    if 0 not in merged:
        table = parts.column("row", "input_id", "inchikey", "problem_code").to_pandas()
        marked = mark_duplicates(table["inchikey"].where(table["problem_code"].isna()), table["input_id"], table["row"])
        marked.insert(0, "row", table["row"])
        merged.add(0, pa.Table.from_pandas(marked, preserve_index=False, schema=MERGED))
    rejects = parts.column("problem_code")["problem_code"].drop_null().length()
    duplicates = merged.column("duplicate_of")["duplicate_of"].drop_null().length()
    counts = {**state["counts"], "rejects": rejects, "duplicates": duplicates}
    counts["compounds"] = counts["rows"] - rejects - duplicates
    return {"counts": counts}


MERGED = pa.schema([("row", pa.int64()), ("compound_id", pa.string()), ("duplicate_of", pa.string())])


def merge_parts(context: Context) -> Parts:
    """Unique ids and duplicates of the whole library, in one part."""
    return context.parts("merge", canonical_tautomer=context.request.profile.compute.canonical_tautomer)


def _standardise_shard(shard: list[InputRecord], library: Library, context: Context) -> pa.Table:
    records = [with_structure(r) for r in shard]
    usable = [r for r, _ in records if r.problem is None]
    parameters = {"canonical_tautomer": context.request.profile.compute.canonical_tautomer}
    chunks = (
        [{"row": r.row, "structure": r.structure, "format": r.format} for r in chunk]
        for chunk in batches(usable, context.chunk_rows)
    )
    done: list[pa.Table] = []
    for table in context.workers.run("standardise", chunks, parameters):
        context.progress.advance(table.num_rows)
        done.append(table)
    made = iter(pa.concat_tables(done, promote_options="permissive").to_pylist() if done else [])
    role = library.roles.get("name")
    rows: list[dict[str, Any]] = []
    for record, named in records:
        tags = dict(record.tags)
        name = tags.pop(role.column, None) if role else None
        row: dict[str, Any] = {
            "row": record.row,
            "line": record.line,
            "input_id": record.compound_id,
            "name": name or None,
            "input": record.text,
            "tags": json.dumps(tags, ensure_ascii=False),
        }
        if record.problem is None:
            row |= next(made)
            row["note"] = "; ".join(part for part in (named, row["note"]) if part)
        else:
            row |= {"problem_code": record.problem.code, "problem": record.problem.message}
            context.progress.advance(1)
        rows.append(row)
    table = pd.DataFrame(rows, columns=READ.names[: -len(ACTIVITY_COLUMNS)])
    activity = activities_of(shard, library)
    whole = pd.concat([table, activity], axis=1)
    return pa.Table.from_pandas(whole, schema=READ, preserve_index=False)
