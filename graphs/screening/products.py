"""The files of a screening: all results, shortlist as Parquet, CSV and SDF, and the rejects."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rdkit import Chem
from rdkit.Chem import rdDepictor

from benchside.graphs.screening.results import Results
from benchside.tools.screening.parts import COMPRESSION, as_frame

SIGNIFICANT = "%.6g"
"""Numbers in CSV and SDF: six significant digits; Parquet holds them in full."""

REJECT_COLUMNS = ["row", "line", "compound_id", "problem_code", "reason", "input"]


def write_results(results: Results, path: Path) -> None:
    """All rows, one row group per shard, so that memory does not grow with the library."""
    with pq.ParquetWriter(path, results.schema, compression=COMPRESSION) as writer:
        for table in results.shards():
            writer.write_table(table)


def rows_with_status(path: Path, *statuses: str, columns: list[str] | None = None) -> pd.DataFrame:
    """The rows of a results file that have one of the statuses, in order."""
    return rows_with(path, "status", *statuses, columns=columns)


def rows_with(path: Path, name: str, *values: str, columns: list[str] | None = None) -> pd.DataFrame:
    """The rows of a results file that have one of the values in a column, in order."""
    import pyarrow.compute as pc

    file = pq.ParquetFile(path)
    wanted = pa.array(values)
    read = None if columns is None else [*columns, *({name} - set(columns))]
    tables = []
    for group in range(file.num_row_groups):
        table = file.read_row_group(group, columns=read)
        tables.append(table.filter(pc.is_in(table[name], wanted)))
    return as_frame(pa.concat_tables(tables))


def shortlist_table(path: Path) -> pd.DataFrame:
    """The shortlist, best first, without the columns that are empty throughout."""
    table = rows_with_status(path, "shortlisted").sort_values("rank").reset_index(drop=True)
    if table.empty:
        return table
    empty = [c for c in table.columns if table[c].isna().all() or (table[c].astype(str) == "").all()]
    return table.drop(columns=[c for c in empty if c not in ("reason",)])


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as CSV: UTF-8, a header, empty cells for null."""
    return table.to_csv(index=False, float_format=SIGNIFICANT, lineterminator="\n").encode()


def as_parquet(table: pd.DataFrame) -> bytes:
    """A table as Parquet."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), buffer, compression=COMPRESSION)
    return buffer.getvalue()


def as_sdf(table: pd.DataFrame) -> bytes:
    """A table as SDF: 2D coordinates, the id as title, every other column that has a value as a tag."""
    out = io.StringIO()
    writer = Chem.SDWriter(out)
    for record in table.to_dict("records"):
        mol = Chem.MolFromSmiles(record["smiles"])
        rdDepictor.Compute2DCoords(mol)
        mol.SetProp("_Name", " ".join(str(record["compound_id"]).split()))
        for name, value in record.items():
            if name == "compound_id" or pd.isna(value) or value == "":
                continue
            text = SIGNIFICANT % value if isinstance(value, float) else str(value)
            # a blank line would end the tag, and the rest of the value would be lost
            mol.SetProp(_tag(str(name)), "\n".join(line for line in text.splitlines() if line.strip()))
        writer.write(mol)
    writer.close()
    return out.getvalue().encode()


def _tag(name: str) -> str:
    return name.replace(">", "_").replace("<", "_").replace("\n", " ")


def rejects_csv(path: Path) -> tuple[bytes, pd.DataFrame]:
    """The rejects with row, line, code, reason and original text."""
    table = rows_with_status(path, "reject", columns=REJECT_COLUMNS)[REJECT_COLUMNS]
    return as_csv(table), table
