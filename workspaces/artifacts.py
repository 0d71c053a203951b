"""Artifacts: tables, structures, documents and inputs, kept by content, each with a sidecar that says where it came from.

Nothing is overwritten: the same name with the same content is found again, with other content it gets a new number.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchside.workspaces.clock import now
from benchside.workspaces.errors import NotFoundError, StorageError
from benchside.workspaces.files import atomic_path, sha256_file, storage_error, write_atomic

if TYPE_CHECKING:
    from benchside.workspaces.ledger import Evidence, TableReference

ArtifactKind = Literal["result", "report", "input"]
FOLDERS: dict[ArtifactKind, str] = {"result": "results", "report": "reports", "input": "inputs"}
SIDECAR = ".provenance.json"


class OutsideError(StorageError):
    """A name that would leave the workspace."""

    code = "outside_workspace"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A kept file.

    Attributes:
        path: relative to the workspace, with forward slashes.
        sha256: of its content; this is its id.
        size: bytes.
        provenance: tool, version, parameters, inputs, run.
    """

    path: str
    sha256: str
    size: int
    kind: ArtifactKind
    media_type: str
    created: str
    provenance: dict[str, Any]


def inside(root: Path, name: str) -> Path:
    """The path of a name below `root`.

    Raises:
        OutsideError: it is absolute, climbs out, or goes through a link that leads out.
    """
    path = (root / name).resolve()
    if Path(name).is_absolute() or not path.is_relative_to(root.resolve()):
        raise OutsideError(f"{name!r} lies outside the workspace", where=str(root), hint="Tools write only inside it.")
    return path


class Artifacts:
    """The artifacts of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

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

        Raises:
            OutsideError: the name leaves the folder; StorageError: it cannot be written.
        """
        digest = sha256_file(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()
        folder = self.root / FOLDERS[kind]
        target = inside(folder, name)
        number = 2
        while target.exists() and sha256_file(target) != digest:
            target = inside(folder, _numbered(name, number))
            number += 1
        if not target.exists():
            _put(content, target)
        return self._sidecar(target, digest, kind, media_type, provenance)

    def _sidecar(
        self, target: Path, digest: str, kind: ArtifactKind, media_type: str, provenance: dict[str, Any]
    ) -> Artifact:
        sidecar = target.with_name(target.name + SIDECAR)
        if sidecar.exists():
            return _read_sidecar(sidecar)
        artifact = Artifact(
            path=target.relative_to(self.root.resolve()).as_posix(),
            sha256=digest,
            size=target.stat().st_size,
            kind=kind,
            media_type=media_type,
            created=now().isoformat(),
            provenance=provenance,
        )
        write_atomic(sidecar, json.dumps(asdict(artifact), indent=1, ensure_ascii=False, sort_keys=True).encode())
        return artifact

    def take_in(self, path: Path) -> Artifact:
        """Copy what the user gave into inputs/, named by its hash and its endings."""
        digest = sha256_file(path)
        return self._input(path, digest, path.name)

    def take_in_bytes(self, data: bytes, name: str) -> Artifact:
        """The same for what the user gave in memory."""
        return self._input(data, hashlib.sha256(data).hexdigest(), name)

    def _input(self, content: bytes | Path, digest: str, name: str) -> Artifact:
        suffix = "".join(s for s in Path(name).suffixes[-2:] if len(s) <= 9 and s[1:].isalnum())
        return self.store(
            content,
            f"{digest[:16]}{suffix}",
            kind="input",
            media_type="application/octet-stream",
            provenance={"given_as": name},
        )

    def all(self) -> list[Artifact]:
        """Every artifact that has a sidecar, in the order of their paths."""
        found = sorted(p for folder in FOLDERS.values() for p in (self.root / folder).glob(f"*{SIDECAR}"))
        return [_read_sidecar(p) for p in found]

    def find(self, sha256: str) -> Artifact:
        """An artifact by its hash.

        Raises:
            NotFoundError: there is none.
        """
        for artifact in self.all():
            if artifact.sha256 == sha256:
                return artifact
        raise NotFoundError(f"no artifact has the hash {sha256[:16]}…", where=str(self.root))

    def resolve(self, evidence: Evidence, row: str | None) -> Any:
        """The value of an entry; for a table reference the cell of the row with that key.

        Raises:
            NotFoundError: no such artifact, row or column; or a row asked of a plain value, or none of a table.
        """
        from benchside.workspaces import ledger

        value = evidence.value
        if not isinstance(value, ledger.TableReference):
            if row is not None:
                raise NotFoundError(f"{evidence.id} is one value, it has no row {row!r}", hint=f"Use {evidence.id}.")
            return value
        if row is None:
            raise NotFoundError(f"{evidence.id} is a column of a table", hint=f"Name a row: {evidence.id}[ID].")
        return _cell(self.root / self.find(value.artifact).path, value, row)


def _cell(path: Path, reference: TableReference, row: str) -> Any:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, columns=[reference.key_column, reference.column])
    except (KeyError, ValueError) as error:
        raise NotFoundError(f"there is no column {reference.column!r}: {error}", where=str(path)) from None
    except OSError as error:
        raise storage_error(error, path, "read the file") from error
    found = table.filter(pc.equal(table[reference.key_column], row))
    if found.num_rows == 0:
        raise NotFoundError(f"there is no row {row!r}", where=str(path))
    return found[reference.column][0].as_py()


def _numbered(name: str, number: int) -> str:
    path = Path(name)
    return str(path.with_name(f"{path.stem}-{number}{path.suffix}"))


def _put(content: bytes | Path, target: Path) -> None:
    if isinstance(content, bytes):
        write_atomic(target, content)
        return
    with atomic_path(target) as temporary:
        shutil.copyfile(content, temporary)


def _read_sidecar(path: Path) -> Artifact:
    try:
        return Artifact(**json.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise StorageError(f"the sidecar cannot be read: {error}", where=str(path), hint="Restore it from a copy.") from None
