"""Artifacts: tables, structures, documents and inputs, kept by content, each with a sidecar that says where it is from.

Nothing is overwritten: the same name with the same content is found again, with other content it gets a new number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchside.workspaces.clock import now
from benchside.workspaces.errors import InputError, NotFoundError, StorageError
from benchside.workspaces.files import (
    TEMPORARY,
    ExistsError,
    OutsideError,
    atomic_path,
    copy_hashed,
    inside,
    read_bytes,
    sha256_file,
    storage_error,
    write_atomic,
)

if TYPE_CHECKING:
    from benchside.workspaces.evidence import Evidence

__all__ = ["FOLDERS", "SIDECAR", "Artifact", "ArtifactKind", "Artifacts", "OutsideError", "inside"]

ArtifactKind = Literal["result", "report", "input"]
FOLDERS: dict[ArtifactKind, str] = {"result": "results", "report": "reports", "input": "inputs"}
SIDECAR = ".provenance.json"
_PAIRED = (".gz", ".bz2", ".xz", ".zst")  # endings that come after another ending
_LONGEST = 200  # characters: names may have 255 bytes, and the number, the sidecar's and a temporary ending must fit


class ArtifactNameError(InputError):
    """A name that cannot be kept as the name of one file."""

    code = "artifact_name"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A kept file.

    Attributes:
        path: relative to the workspace, with forward slashes.
        sha256: of its content; this is its id.
        size: bytes.
        created: when it was first kept, ISO 8601 in UTC.
        provenance: tool, version, parameters, inputs, run.
    """

    path: str
    sha256: str
    size: int
    kind: ArtifactKind
    media_type: str
    created: str
    provenance: dict[str, Any]


class Artifacts:
    """The artifacts of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._intact: dict[str, tuple[int, int, int]] = {}

    def store(
        self,
        content: bytes | Path,
        name: str,
        *,
        kind: ArtifactKind,
        media_type: str,
        provenance: dict[str, Any],
    ) -> Artifact:
        """Keep a file under its name, or the next free `name-2`, `name-3`; the file first, then its sidecar.

        Two processes that keep different things under one name at once get a name each.

        Raises:
            OutsideError: the name leaves the folder; ArtifactNameError: it is no name of one file.
            StorageError: it cannot be written. TypeError, ValueError: the provenance is not JSON; nothing was written.
        """
        _json(provenance)
        digest = sha256_file(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()
        for candidate in _names(name):
            target = self._place(kind, candidate)
            if not target.exists():
                with suppress(ExistsError):  # another process was faster
                    digest = _put(content, target)
            if target.exists() and self._holds(target, digest):
                return self._sidecar(target, digest, kind, media_type, provenance)
        raise AssertionError("there is always a next name")

    def _place(self, kind: ArtifactKind, name: str) -> Path:
        target = inside(self.root, f"{FOLDERS[kind]}/{name}")
        if target.parent != self.root.resolve() / FOLDERS[kind]:
            if "/" in name and not Path(name).is_absolute() and ".." not in Path(name).parts:
                raise ArtifactNameError(f"{name!r} has folders in it", where=FOLDERS[kind], hint="Give a plain name.")
            what = f"{name!r} lies outside {FOLDERS[kind]}/"
            raise OutsideError(what, where=str(self.root), hint="Give a plain name.")
        if len(name) > _LONGEST or len(name.encode("utf-8", "surrogateescape")) > 230 or name.startswith("."):
            what = f"{name!r} is hidden or too long"
            raise ArtifactNameError(what, where=FOLDERS[kind], hint="Give a shorter name.")
        if name.endswith(SIDECAR):
            raise ArtifactNameError(f"{name!r} ends like a record of provenance", where=FOLDERS[kind])
        return target

    def _holds(self, target: Path, digest: str) -> bool:
        """Whether the file has this content, and its sidecar, if there is one, agrees."""
        if sha256_file(target) != digest:
            return False
        sidecar = _sidecar_of(target)
        return not sidecar.exists() or read_sidecar(sidecar).sha256 == digest

    def _sidecar(
        self, target: Path, digest: str, kind: ArtifactKind, media_type: str, provenance: dict[str, Any]
    ) -> Artifact:
        sidecar = _sidecar_of(target)
        if not sidecar.exists():
            artifact = Artifact(
                path=target.relative_to(self.root.resolve()).as_posix(),
                sha256=digest,
                size=target.stat().st_size,
                kind=kind,
                media_type=media_type,
                created=now().isoformat(),
                provenance=provenance,
            )
            with suppress(ExistsError):  # another process kept the same content under the same name
                write_atomic(sidecar, _json(asdict(artifact)), replace=False)
        return read_sidecar(sidecar)

    def take_in(self, path: Path) -> Artifact:
        """Copy what the user gave into inputs/, named by its hash and its endings.

        Raises:
            InputError: it is no file that can be read; StorageError: the copy cannot be written.
        """
        if not path.is_file():
            raise InputError("this is not a file", where=str(path), hint="Give the path of a file.")
        try:
            digest = sha256_file(path)
        except StorageError as error:
            raise InputError(error.message, where=str(path), hint="Check the file and its permissions.") from error
        return self._input(path, digest, path.name)

    def take_in_bytes(self, data: bytes, name: str) -> Artifact:
        """The same for what the user gave in memory."""
        return self._input(data, hashlib.sha256(data).hexdigest(), name)

    def _input(self, content: bytes | Path, digest: str, name: str) -> Artifact:
        suffix = "".join(s for s in Path(name).suffixes[-2:] if len(s) <= 9 and s[1:].isalnum() and s.isascii())
        return self.store(
            content,
            f"{digest[:16]}{suffix}",
            kind="input",
            media_type="application/octet-stream",
            provenance={"given_as": name},
        )

    def all(self) -> list[Artifact]:
        """Every artifact that has a sidecar, in the order of their paths.

        Raises:
            StorageError: a sidecar cannot be read.
        """
        found = sorted(p for folder in FOLDERS.values() for p in (self.root / folder).glob(f"*{SIDECAR}"))
        return [read_sidecar(p) for p in found if not p.name.startswith(TEMPORARY)]

    def find(self, sha256: str) -> Artifact:
        """An artifact by its hash.

        Raises:
            NotFoundError: there is none.
        """
        for artifact in self.all():
            if artifact.sha256 == sha256:
                return artifact
        raise NotFoundError(f"no artifact has the hash {sha256[:16]}…", where=str(self.root))

    def open(self, sha256: str) -> Path:
        """The file of an artifact, after a check that it is still what was kept.

        Raises:
            NotFoundError: there is none; StorageError: it was changed, or cannot be read.
        """
        artifact = self.find(sha256)
        path = inside(self.root, artifact.path)
        try:
            state = path.stat()
        except OSError as error:
            raise storage_error(error, path, "read the file") from error
        seen = (state.st_ino, state.st_size, state.st_mtime_ns)
        if self._intact.get(artifact.path) != seen:
            if sha256_file(path) != artifact.sha256:
                hint = "Restore it from a copy, or run again."
                raise StorageError("the file was changed after it was written", where=str(path), hint=hint)
            self._intact[artifact.path] = seen
        return path

    def resolve(self, evidence: Evidence, row: str | None) -> Any:
        """The value of an entry; for a table reference the cell of the row with that key, None if it is empty.

        Raises:
            NotFoundError: no such artifact, row or column; or a row asked of a plain value, or none of a table.
            StorageError: the table was changed after it was written, or cannot be read.
        """
        from benchside.workspaces.evidence import TableReference

        if not isinstance(evidence.value, TableReference):
            if row is not None:
                raise NotFoundError(f"{evidence.id} is one value, it has no row {row!r}", hint=f"Use {evidence.id}.")
            return evidence.value
        if row is None:
            raise NotFoundError(f"{evidence.id} is a column of a table", hint=f"Name a row: {evidence.id}[ID].")
        return self.resolve_rows(evidence, [row])[row]

    def resolve_rows(self, evidence: Evidence, rows: Iterable[str]) -> dict[str, Any]:
        """Many cells of a table reference in one pass over the table, by row key in the order asked.

        Raises:
            NotFoundError, StorageError: as for `resolve`.
        """
        from benchside.workspaces.evidence import TableReference
        from benchside.workspaces.tables import read_cells

        value = evidence.value
        if not isinstance(value, TableReference):
            raise NotFoundError(f"{evidence.id} is one value, it has no rows", hint=f"Use {evidence.id}.")
        return read_cells(self.open(value.artifact), value.column, value.key_column, rows)


def read_sidecar(path: Path) -> Artifact:
    """What a sidecar records.

    Raises:
        StorageError: it cannot be read, or is no sidecar.
    """
    try:
        data = json.loads(read_bytes(path))
        if not isinstance(data, dict) or set(data) != {f.name for f in fields(Artifact)}:
            raise ValueError("its fields are not those of a sidecar")
        return Artifact(**data)
    except ValueError as error:
        hint = "Restore it from a copy."
        raise StorageError(f"the record of provenance cannot be read: {error}", where=str(path), hint=hint) from None


def _sidecar_of(target: Path) -> Path:
    return target.with_name(target.name + SIDECAR)


def _names(name: str) -> Iterator[str]:
    """`a.csv.gz`, `a-2.csv.gz`, `a-3.csv.gz` and so on."""
    yield name
    path = Path(name)
    ending = path.suffix
    before = Path(path.stem).suffix
    if before and (ending in _PAIRED or before == ".usdm"):
        ending = before + ending
    stem = name.removesuffix(ending)
    number = 2
    while True:
        yield f"{stem}-{number}{ending}"
        number += 1


def _put(content: bytes | Path, target: Path) -> str:
    """Write the file unless the name is taken; the hash is that of what was written."""
    with atomic_path(target, replace=False) as temporary:
        if isinstance(content, Path):
            return copy_hashed(content, temporary)
        temporary.write_bytes(content)
        return hashlib.sha256(content).hexdigest()


def _json(value: Any) -> bytes:
    text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")  # lone surrogates of a file name become JSON escapes
