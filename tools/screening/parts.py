"""Parts of a long computation: shards on disk with a manifest, so that a killed run goes on where it stopped.

A part is written under a temporary name, synced and renamed, and only then entered in the manifest with its hash.
What the manifest does not list, or lists with another hash, is computed again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchside.workspaces.errors import StorageError
from benchside.workspaces.files import atomic_path, sha256_file, storage_error, write_atomic

COMPRESSION = "zstd"


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table so that the file is either whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression=COMPRESSION)


def as_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a pandas frame; integers stay integers where some are null."""
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame


class Parts:
    """The finished parts of one step, in a folder of their own.

    Args:
        folder: where the parts and `manifest.json` lie.
        signature: what the parts were computed from; parts of another signature are not reused.
    """

    def __init__(self, folder: Path, signature: dict[str, Any]) -> None:
        self.folder = folder
        self.signature = json.loads(json.dumps(signature, sort_keys=True))
        self._done: dict[str, dict[str, Any]] = {}
        for number, entry in self._listed().items():
            if self._intact(number, entry):
                self._done[number] = entry

    def _listed(self) -> dict[str, Any]:
        """The parts that the manifest lists; none where it is missing, damaged, or of another signature."""
        manifest = self.folder / "manifest.json"
        try:
            data = json.loads(manifest.read_bytes())
        except (FileNotFoundError, ValueError, RecursionError):
            return {}
        except OSError as error:
            raise storage_error(error, manifest, "read the file") from error
        if not isinstance(data, dict) or data.get("signature") != self.signature:
            return {}
        parts = data.get("parts")
        return parts if isinstance(parts, dict) else {}

    def _intact(self, number: str, entry: Any) -> bool:
        if not number.isdecimal() or not isinstance(entry, dict) or not isinstance(entry.get("rows"), int):
            return False
        path = self.path(int(number))
        return path.is_file() and sha256_file(path) == entry.get("sha256")

    def path(self, number: int) -> Path:
        """The file of a part."""
        return self.folder / f"part-{number:05d}.parquet"

    def __contains__(self, number: int) -> bool:
        return str(number) in self._done

    def __len__(self) -> int:
        return len(self._done)

    @property
    def rows(self) -> int:
        """Rows in all finished parts."""
        return sum(int(entry["rows"]) for entry in self._done.values())

    def rows_of(self, number: int) -> int:
        """Rows in one finished part."""
        return int(self._done[str(number)]["rows"])

    def add(self, number: int, table: pa.Table) -> None:
        """Keep a finished part: the file first, then its line in the manifest."""
        write_parquet(table, self.path(number))
        self._done[str(number)] = {"rows": table.num_rows, "sha256": sha256_file(self.path(number))}
        ordered = {k: self._done[k] for k in sorted(self._done, key=int)}
        manifest = {"signature": self.signature, "parts": ordered}
        write_atomic(self.folder / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode())

    def read(self, number: int, columns: list[str] | None = None) -> pa.Table:
        """One part as a table.

        Raises:
            StorageError: the file was damaged or removed since it was looked through.
            KeyError: it has no such column.
        """
        path = self.path(number)
        try:
            with pq.ParquetFile(path) as file:  # unlike read_table, it reads no meaning into "=" in a folder's name
                table = file.read(columns=columns)
        except (OSError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0]
            raise StorageError(
                f"a part cannot be read: {reason}", where=str(path), hint="`benchside resume` computes it again."
            ) from error
        missing = set(columns or ()) - set(table.column_names)
        if missing:
            raise KeyError(f"{', '.join(sorted(missing))} not in {path}")
        return table

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(int(k) for k in self._done))

    def column(self, *names: str) -> pa.Table:
        """Some columns of all parts together, in order; one that is all null in a part has the type of the others."""
        return pa.concat_tables([self.read(n, list(names)) for n in self], promote_options="permissive")
