"""Properties without a workspace: one row out per row in, in order, with a status column; nothing is merged."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import pandas as pd
import pyarrow as pa

from benchside.tools.chemistry.activities import pvalue_relations
from benchside.tools.chemistry.cns import CNS_OUTPUTS
from benchside.tools.chemistry.columns import ALERT_SETS, COLUMNS, DTYPES, RULE_COLUMNS
from benchside.tools.chemistry.compute import PropertyPlan
from benchside.tools.chemistry.efficiency import efficiencies
from benchside.tools.chemistry.properties import PROPERTY_COLUMNS
from benchside.tools.chemistry.readers import Library, ReadOptions, read_library
from benchside.tools.chemistry.records import InputRecord
from benchside.tools.screening.frame_files import Format, write_frames
from benchside.tools.screening.measured import activities_of
from benchside.tools.screening.naming import with_structure
from benchside.tools.screening.parts import as_frame
from benchside.tools.screening.tasks import ROW_FAILURES
from benchside.tools.screening.workers import LocalWorkers
from benchside.workspaces.errors import BenchsideError, UsageError
from benchside.workspaces.files import atomic_path

BLOCK_ROWS = 2_000
CHUNK_ROWS = 200
LEAD = ("row", "compound_id", "status", "reason", "smiles", "inchikey", "stereo")
CLEANING = ("removed_fragments", "charge_neutralised")
ON_STANDARD_INPUT = "-"

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
    """A column or group of columns that does not exist, or that this library cannot have."""

    code = "unknown_columns"


def wanted_columns(text: str | None, *, admet: bool = False, activity: bool = False) -> list[str]:
    """Columns from a comma-separated list of columns and groups; None and "all" give all that are cheap.

    Raises:
        ColumnsError: with the nearest names.
    """
    cheap = ["basic", "rules", "alerts", "cns", *(["activity"] if activity else [])]
    everything = [*(c for g in cheap for c in GROUPS[g]), "scaffold"]
    names: list[str] = []
    for item in (part.strip() for part in ("all" if text is None else text).split(",")):
        if item == "all":
            names += everything
        elif item in GROUPS:
            names += GROUPS[item]
        elif item in COLUMNS:
            names.append(item)
        elif item and item not in LEAD:
            near = get_close_matches(item, ["all", *GROUPS, *COLUMNS], n=3)
            hint = f"Nearest: {', '.join(near)}." if near else f"Groups: all, {', '.join(GROUPS)}."
            raise ColumnsError(f"there is no column or group {item!r}", where="--columns", hint=hint)
    if admet:
        names += GROUPS["admet"]
    # what leads each row is there in any case, and `problem` is told in `reason`
    return [name for name in dict.fromkeys(names) if name not in {*LEAD, "problem"}]


def _plan(columns: list[str], library: Library) -> PropertyPlan:
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
        cns=bool(wanted & set(CNS_OUTPUTS)),
        cns_parts=bool(wanted & (set(CNS_OUTPUTS) - {"cns_mpo"})),
        scaffold="scaffold" in wanted,
    )
    known = {*plan.columns, *CLEANING, *GROUPS["admet"], *GROUPS["activity"]}
    unknown = [c for c in columns if c not in known]
    if unknown:
        raise ColumnsError(
            f"{', '.join(unknown)} belongs to screening",
            where="--columns",
            hint="`benchside screen` compares with references, approved drugs and clusters.",
        )
    measured = [c for c in columns if c in GROUPS["activity"]]
    if measured and "activity" not in library.roles:
        raise ColumnsError(
            f"{', '.join(measured)}: the library has no column of activities",
            where="--columns",
            hint="Name it with --activity-column (in Python activity_column).",
        )
    return plan


@dataclass(frozen=True, slots=True)
class _Job:
    """What is made of each block: the columns, the plan behind them, and the input's columns under their new names."""

    library: Library
    columns: list[str]
    plan: PropertyPlan
    carried: dict[str, str]

    @property
    def types(self) -> dict[str, str]:
        """The pandas type of each column of a frame, the same for all of them."""
        lead = {name: "int64" if name == "row" else "string" for name in LEAD}
        return (
            lead | {c: DTYPES[COLUMNS[c].type] for c in self.columns} | dict.fromkeys(self.carried.values(), "string")
        )


def _carried(library: Library, columns: list[str]) -> dict[str, str]:
    """Each input column or tag, and its name among the results.

    All rows are looked through: a tag of an SD file may first appear in the last record.
    """
    taken = {*LEAD, *columns}
    names: dict[str, str] = {}
    for tag in dict.fromkeys(tag for record in library for tag in record.tags):
        name = tag
        while name in taken:
            name = f"input_{name}"
        taken.add(name)
        names[tag] = name
    return names


def property_frames(library: Library, columns: list[str], *, workers: int | None = None) -> Iterator[pd.DataFrame]:
    """Frames of up to 2,000 rows: one row per input row, in order, with `status` ok or reject and the `reason`.

    All frames have the same columns and types; where there are no rows, there is one frame without any.

    Raises:
        ColumnsError: columns that only screening has, or activities where the library has none.
    """
    job = _Job(library, columns, _plan(columns, library), _carried(library, columns))
    with LocalWorkers(workers) as pool:
        records = iter(library)
        block = list(islice(records, BLOCK_ROWS))
        while True:
            yield _block(block, job, pool)
            block = list(islice(records, BLOCK_ROWS))
            if not block:
                return


def _block(block: list[InputRecord], job: _Job, pool: LocalWorkers) -> pd.DataFrame:
    made = _standardised(block, pool)
    reasons: list[list[str]] = [[p] if isinstance(p, str) else [] for p in made["problem"].tolist()]
    good = [i for i, reason in enumerate(reasons) if not reason]
    smiles = made.loc[good, "smiles"].tolist()
    status = ["reject" if reason else "ok" for reason in reasons]
    columns = [
        pd.DataFrame({"row": [r.row for r in block], "compound_id": [r.compound_id for r in block], "status": status}),
        made.drop(columns="problem"),
    ]
    if good:
        found = _run(pool, "properties", [{"smiles": s} for s in smiles], {"plan": asdict(job.plan)}, good)
        for i, problem in found.pop("problem").items():
            if isinstance(problem, str):
                reasons[cast(int, i)].append(problem)
                if problem.startswith(tuple(f"{code}: " for code in ROW_FAILURES)):
                    columns[0].loc[i, "status"] = "reject"  # nothing at all could be computed
        columns.append(found)
    predicted = [c for c in job.columns if c in GROUPS["admet"]]
    if good and predicted:
        from benchside.tools.chemistry.admet import admet_model

        columns.append(admet_model().predict(smiles)[predicted].set_axis(good))
    table = pd.concat(columns, axis=1)
    if set(job.columns) & set(GROUPS["activity"]):
        table = pd.concat([table, _measured(block, table, reasons, job)], axis=1)
    table["reason"] = ["; ".join(reason) or None for reason in reasons]
    carried = {name: [record.tags.get(tag) for record in block] for tag, name in job.carried.items()}
    table = pd.concat([table, pd.DataFrame(carried, index=table.index)], axis=1)
    return table.reindex(columns=list(job.types)).astype(job.types)


def _measured(block: list[InputRecord], table: pd.DataFrame, reasons: list[list[str]], job: _Job) -> pd.DataFrame:
    """The activities of a block and what follows from them; why one cannot be read goes into the reasons."""
    measured = activities_of(block, job.library)
    for reason, problem in zip(reasons, measured["activity_problem"].tolist(), strict=True):
        if isinstance(problem, str):
            reason.append(f"activity: {problem}")
    if {"ligand_efficiency", "lle"} & set(job.columns) and "heavy_atoms" in table:
        relations = pvalue_relations(measured)
        efficiency = efficiencies(measured["activity_pvalue"], table["heavy_atoms"], table["logp"], relations)
        measured = pd.concat([measured, efficiency], axis=1)
    return measured


def _standardised(block: list[InputRecord], pool: LocalWorkers) -> pd.DataFrame:
    """Structures of a block, and `problem`: the reason of each reject, null for the others."""
    records = [with_structure(r)[0] for r in block]
    good = [i for i, r in enumerate(records) if r.problem is None]
    rows = [{"row": records[i].row, "structure": records[i].structure, "format": records[i].format} for i in good]
    names = ["smiles", "inchikey", "stereo", *CLEANING, "problem"]
    table = pd.DataFrame(None, index=range(len(block)), columns=names, dtype="object")
    if good:
        table.loc[good] = _run(pool, "standardise", rows, {}, good)[names].astype("object")
    for i, record in enumerate(records):
        if record.problem is not None:
            table.loc[i, "problem"] = record.problem.message
    return table


def _run(
    pool: LocalWorkers, task: str, rows: list[dict[str, Any]], parameters: dict[str, Any], index: list[int]
) -> pd.DataFrame:
    chunks = (rows[i : i + CHUNK_ROWS] for i in range(0, len(rows), CHUNK_ROWS))
    made = list(pool.run(task, chunks, parameters))
    return as_frame(pa.concat_tables(made, promote_options="permissive")).set_axis(index)


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
        columns: comma-separated columns or groups (all, basic, rules, alerts, cns, activity, admet); all that are cheap
            by default.
        read_as: fields of `ReadOptions`, such as structure_column.

    Returns:
        `row`, `compound_id`, `status` (ok or reject), `reason`, `smiles`, `inchikey`, `stereo`, the columns, and the
        columns of the input.

    Raises:
        ColumnsError: with the nearest names; InputError, NotFoundError: the library cannot be read.
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
        ColumnsError, InputError, StorageError; UsageError: Parquet on standard output.
    """
    if format == "parquet" and output is None:
        raise UsageError("Parquet cannot go to standard output", where="--format", hint="Name a file with --output.")
    with _source(file) as source:
        library = read_library(source, options=options)
        names = wanted_columns(columns, admet=admet, activity="activity" in library.roles)
        frames = property_frames(library, names, workers=workers)
        if output is None:
            return _written(frames, sys.stdout, format)
        with atomic_path(output) as temporary, temporary.open("wb") as stream:
            if format == "parquet":
                return _written(frames, stream, format)
            with io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
                return _written(frames, text, format)


@contextmanager
def _source(file: str) -> Iterator[str | Path]:
    """The file; or what is on standard input, in a file, as a library is read more than once."""
    if file != ON_STANDARD_INPUT:
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="benchside-") as folder:
        path = Path(folder) / "stdin.smi"
        with path.open("wb") as stream:
            while piece := sys.stdin.buffer.read(1 << 20):
                stream.write(piece)
        try:
            yield path
        except BenchsideError as error:
            if error.where == str(path):
                error.where = "standard input"
            raise


def _written(frames: Iterator[pd.DataFrame], stream: IO[Any], format: Format) -> dict[str, int]:
    counts = {"rows": 0, "ok": 0, "reject": 0}

    def counted() -> Iterator[pd.DataFrame]:
        for frame in frames:
            counts["rows"] += len(frame)
            for status, number in frame["status"].value_counts().items():
                counts[str(status)] += int(number)
            yield frame

    write_frames(counted(), stream, format)
    return counts
