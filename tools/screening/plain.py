"""Properties without a workspace: one row out per row in, in order, with a status column. Nothing is merged or ranked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchside.tools.chemistry.activities import parse_activities, pvalue_relations
from benchside.tools.chemistry.columns import ALERT_SETS, COLUMNS, RULE_COLUMNS
from benchside.tools.chemistry.compute import PropertyPlan
from benchside.tools.chemistry.efficiency import efficiencies
from benchside.tools.chemistry.properties import PROPERTY_COLUMNS
from benchside.tools.chemistry.readers import Library, ReadOptions, read_library
from benchside.tools.chemistry.records import InputRecord
from benchside.tools.screening.naming import with_structure
from benchside.tools.screening.workers import LocalWorkers
from benchside.workspaces.errors import UsageError
from benchside.workspaces.files import atomic_path

Format = Literal["csv", "json", "parquet"]

BLOCK_ROWS = 2_000
CHUNK_ROWS = 200
LEAD = ("row", "compound_id", "status", "reason", "smiles", "inchikey", "stereo")

GROUPS: dict[str, tuple[str, ...]] = {
    "basic": tuple(PROPERTY_COLUMNS),
    "rules": ("lipinski_violations", *RULE_COLUMNS),
    "alerts": tuple(c for s in ("pains", "brenk", "nih") for c in (f"{s}_alerts", f"{s}_alert_names")),
    "cns": ("gi_absorption", "brain_penetration", "cns_mpo"),
    "activity": ("activity_value", "activity_unit", "activity_relation", "activity_pvalue", "ligand_efficiency", "lle"),
    "admet": tuple(
        c.name for c in COLUMNS.values() if c.kind == "predicted" and not c.name.startswith("nearest_approved_")
    ),
}


class ColumnsError(UsageError):
    """A column or group of columns that does not exist."""

    code = "unknown_columns"


def wanted_columns(text: str | None, *, admet: bool = False, activity: bool = False) -> list[str]:
    """Columns from a comma-separated list of columns and groups; None gives all that are cheap.

    Raises:
        ColumnsError: with the nearest names.
    """
    if text is None or text.strip() == "all":
        groups = ["basic", "rules", "alerts", "cns", *(["activity"] if activity else [])]
        names = [c for g in groups for c in GROUPS[g]] + (["scaffold"])
        return names + (list(GROUPS["admet"]) if admet else [])
    names = []
    for item in (part.strip() for part in text.split(",")):
        if item in GROUPS:
            names += GROUPS[item]
        elif item in COLUMNS:
            names.append(item)
        elif item:
            from difflib import get_close_matches

            near = get_close_matches(item, [*GROUPS, *COLUMNS], n=3)
            hint = f"Nearest: {', '.join(near)}." if near else f"Groups: {', '.join(GROUPS)}."
            raise ColumnsError(f"there is no column or group {item!r}", where="--columns", hint=hint)
    if admet:
        names += GROUPS["admet"]
    return list(dict.fromkeys(names))


def _plan(columns: list[str]) -> PropertyPlan:
    """What must be computed for these columns."""
    wanted = set(columns)
    sets = tuple(s for s in ALERT_SETS if {f"{s}_alerts", f"{s}_alert_names"} & wanted)
    names = [c for c in PROPERTY_COLUMNS if c in wanted]
    if wanted & {"ligand_efficiency", "lle"}:
        names += [c for c in ("heavy_atoms", "logp") if c not in names]
    plan = PropertyPlan(
        properties=tuple(names),
        alert_sets=sets,
        rules=bool(wanted & set(GROUPS["rules"])),
        permeation=bool(wanted & {"gi_absorption", "brain_penetration"}),
        cns="cns_mpo" in wanted,
        scaffold="scaffold" in wanted,
    )
    known = {*plan.columns, *GROUPS["admet"], *GROUPS["activity"]}
    unknown = [c for c in columns if c not in known]
    if unknown:
        raise ColumnsError(
            f"{', '.join(unknown)} belongs to screening",
            where="--columns",
            hint="`benchside screen` compares with references, approved drugs and clusters.",
        )
    return plan


def property_frames(
    library: Library, columns: list[str], *, workers: int | None = None
) -> Iterator[pd.DataFrame]:
    """Frames of up to 2,000 rows: one row per input row, in order, with `status` ok or reject and the `reason`."""
    plan = _plan(columns)
    admet = [c for c in columns if c in GROUPS["admet"]]
    with LocalWorkers(workers) as pool:
        records = iter(library)
        while block := list(islice(records, BLOCK_ROWS)):
            yield _block(block, library, plan, admet, columns, pool)


def _block(
    block: list[InputRecord],
    library: Library,
    plan: PropertyPlan,
    admet: list[str],
    columns: list[str],
    pool: LocalWorkers,
) -> pd.DataFrame:
    from dataclasses import asdict

    table = pd.DataFrame(
        {"row": [r.row for r in block], "compound_id": [r.compound_id for r in block]}, index=range(len(block))
    )
    problems = _standardised(block, table, pool)
    table["reason"] = problems
    table["status"] = np.where(problems.isna(), "ok", "reject")
    good = table.index[table["status"] == "ok"]
    rows = [{"smiles": s} for s in table.loc[good, "smiles"]]
    chunks = [rows[i : i + CHUNK_ROWS] for i in range(0, len(rows), CHUNK_ROWS)]
    made = list(pool.run("properties", iter(chunks), {"plan": asdict(plan)}))
    if made:
        frame = pa.concat_tables(made, promote_options="permissive").to_pandas()
        frame.index = good
        table.loc[good, "reason"] = frame.pop("problem")
        table = table.join(frame)
    if admet and len(good):
        from benchside.tools.chemistry.admet import admet_model

        predicted = admet_model().predict(list(table.loc[good, "smiles"]))
        predicted.index = good
        table = table.join(predicted[admet])
    role = library.roles.get("activity")
    if role is not None:
        activity = parse_activities([r.tags.get(role.column, "") for r in block], role.column)
        table = table.join(activity)
        if {"ligand_efficiency", "lle"} & set(columns) and "heavy_atoms" in table:
            table = table.join(
                efficiencies(table["activity_pvalue"], table["heavy_atoms"], table["logp"], pvalue_relations(table))
            )
    for name in columns:
        if name not in table:
            table[name] = None
    tags: dict[str, list[str | None]] = {}
    for i, record in enumerate(block):
        for name, value in record.tags.items():
            tags.setdefault(name, [None] * len(block))[i] = value
    taken = {*LEAD, *columns}
    carried = pd.DataFrame({(f"input_{n}" if n in taken else n): v for n, v in tags.items()}, index=table.index)
    return pd.concat([table[[*LEAD, *columns]], carried], axis=1)


def _standardised(block: list[InputRecord], table: pd.DataFrame, pool: LocalWorkers) -> pd.Series:
    """Fill in the structures; the reason of each reject, null for the others."""
    records = [with_structure(r)[0] for r in block]
    good = [i for i, r in enumerate(records) if r.problem is None]
    rows: list[dict[str, Any]] = [
        {"row": records[i].row, "structure": records[i].structure, "format": records[i].format} for i in good
    ]
    chunks = [rows[i : i + CHUNK_ROWS] for i in range(0, len(rows), CHUNK_ROWS)]
    made = list(pool.run("standardise", iter(chunks), {}))
    reasons = pd.Series([r.problem.message if r.problem else None for r in records], index=table.index, dtype="object")
    for name in ("smiles", "inchikey", "stereo"):
        table[name] = None
    if made:
        frame = pa.concat_tables(made, promote_options="permissive").to_pandas()
        frame.index = pd.Index(good)
        table.loc[good, ["smiles", "inchikey", "stereo"]] = frame[["smiles", "inchikey", "stereo"]]
        reasons.loc[good] = frame["problem"]
    return reasons.where(reasons.notna(), None)


def property_table(
    library: str | Path | pd.DataFrame | list[str],
    *,
    columns: str | None = None,
    admet: bool = False,
    workers: int | None = None,
    **read_as: Any,
) -> pd.DataFrame:
    """Properties of each row of a file, a DataFrame or a list of SMILES: one row out per row in, in order.

    Args:
        columns: comma-separated columns or groups (basic, rules, alerts, cns, activity, admet); all cheap ones by default.
        read_as: fields of `ReadOptions`, such as structure_column.

    Returns:
        `row`, `compound_id`, `status` (ok or reject), `reason`, `smiles`, `inchikey`, `stereo`, the columns, and the
        columns of the input.
    """
    opened = read_library(library, options=ReadOptions(**read_as))
    names = wanted_columns(columns, admet=admet, activity="activity" in opened.roles)
    return pd.concat(list(property_frames(opened, names, workers=workers)), ignore_index=True)


def write_properties(
    file: str,
    *,
    options: ReadOptions,
    columns: str | None,
    admet: bool,
    format: Format,
    output: Path | None,
    workers: int | None,
) -> dict[str, int]:
    """Write the properties of a file's rows; how many rows there were, and how they ended.

    Raises:
        ColumnsError, InputError; UsageError: Parquet on standard output.
    """
    source: Any = [line.rstrip("\n") for line in sys.stdin] if file == "-" else file
    library = read_library(source, options=options)
    names = wanted_columns(columns, admet=admet, activity="activity" in library.roles)
    if format == "parquet" and output is None:
        raise UsageError("Parquet cannot go to standard output", where="--format", hint="Name a file with --output.")
    frames = property_frames(library, names, workers=workers)
    if output is None:
        return _write_text(frames, sys.stdout, format)
    with atomic_path(output) as temporary:
        if format == "parquet":
            return _write_parquet(frames, temporary)
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            return _write_text(frames, stream, format)


def _count(counts: dict[str, int], frame: pd.DataFrame) -> None:
    counts["rows"] += len(frame)
    counts["ok"] += int((frame["status"] == "ok").sum())
    counts["reject"] += int((frame["status"] == "reject").sum())


def _write_text(frames: Iterator[pd.DataFrame], stream: IO[str], format: Format) -> dict[str, int]:
    counts = {"rows": 0, "ok": 0, "reject": 0}
    header: list[str] | None = None
    for frame in frames:
        _count(counts, frame)
        if format == "json":
            stream.write(frame.to_json(orient="records", lines=True, double_precision=10, force_ascii=False))
        else:
            if header is None:
                header = list(frame.columns)
            frame.reindex(columns=header).to_csv(
                stream, index=False, header=counts["rows"] == len(frame), float_format="%.6g", lineterminator="\n"
            )
        stream.flush()
    return counts


def _write_parquet(frames: Iterator[pd.DataFrame], path: Path) -> dict[str, int]:
    counts = {"rows": 0, "ok": 0, "reject": 0}
    tables = []
    for frame in frames:
        _count(counts, frame)
        tables.append(pa.Table.from_pandas(frame, preserve_index=False))
    whole = cast(pa.Table, pa.concat_tables(tables, promote_options="permissive"))
    pq.write_table(whole, path, compression="zstd")
    return counts
