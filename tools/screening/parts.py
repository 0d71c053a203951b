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

from benchside.workspaces.files import atomic_path, sha256_file, write_atomic

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
        manifest = folder / "manifest.json"
        if manifest.is_file():
            try:
                data = json.loads(manifest.read_bytes())
            except ValueError:
                data = {}
            if data.get("signature") == self.signature:
                self._done = {k: v for k, v in data["parts"].items() if self._intact(k, v)}

    def _intact(self, number: str, entry: dict[str, Any]) -> bool:
        path = self.path(int(number))
        return path.is_file() and sha256_file(path) == entry["sha256"]

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
        """One part as a table."""
        return pq.read_table(self.path(number), columns=columns)

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(int(k) for k in self._done))

    def column(self, *names: str) -> pa.Table:
        """Some columns of all parts together, in order."""
        return pa.concat_tables([self.read(n, list(names)) for n in self])
