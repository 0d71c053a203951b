"""Artifacts are kept by content, never overwritten, and their cells are read only while they are what was kept."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchside.workspaces.artifacts import SIDECAR, Artifact, ArtifactNameError
from benchside.workspaces.errors import InputError, NotFoundError, StorageError
from benchside.workspaces.evidence import NewEvidence, TableReference
from benchside.workspaces.files import OutsideError
from benchside.workspaces.workspace import Workspace

Entry = Callable[..., NewEvidence]
WHERE_FROM = {
    "tool": "benchside screen",
    "version": "0.1.0",
    "parameters": {"top": 5},
    "inputs": [],
    "run": "0001-screen",
}


def store(workspace: Workspace, content: bytes | Path, name: str = "shortlist.csv", **other: Any) -> Artifact:
    options = {"kind": "result", "media_type": "text/csv", "provenance": WHERE_FROM} | other
    return workspace.artifacts.store(content, name, **options)


def test_a_file_and_its_sidecar(workspace: Workspace) -> None:
    found = store(workspace, b"a,b\n")
    assert found.path == "results/shortlist.csv"
    assert (workspace.path / found.path).read_bytes() == b"a,b\n"
    sidecar = json.loads((workspace.path / (found.path + SIDECAR)).read_text())
    assert sidecar["sha256"] == found.sha256 == hashlib.sha256(b"a,b\n").hexdigest()
    assert sidecar["size"] == found.size == 4
    assert sidecar["provenance"] == WHERE_FROM
    assert sidecar["media_type"] == "text/csv"
    assert workspace.artifacts.all() == [found]
    assert workspace.artifacts.find(found.sha256) == found


def test_the_same_is_found_again_and_other_content_gets_a_number(workspace: Workspace) -> None:
    first = store(workspace, b"1")
    assert store(workspace, b"1", provenance={"tool": "later"}) == first
    second, third = store(workspace, b"2"), store(workspace, b"3")
    assert [second.path, third.path] == ["results/shortlist-2.csv", "results/shortlist-3.csv"]
    assert store(workspace, b"2") == second
    assert [(workspace.path / a.path).read_bytes() for a in (first, second, third)] == [b"1", b"2", b"3"]


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("table.csv.gz", "table-2.csv.gz"),
        ("protocol.usdm.json", "protocol-2.usdm.json"),
        ("run-1.2.csv", "run-1.2-2.csv"),
        ("README", "README-2"),
    ],
)
def test_numbers_stand_before_the_ending(workspace: Workspace, name: str, second: str) -> None:
    store(workspace, b"1", name)
    assert store(workspace, b"2", name).path == f"results/{second}"


def test_a_path_is_copied_and_stays(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "big.bin"
    source.write_bytes(os.urandom(3_000_000))
    found = store(workspace, source, "big.bin")
    assert found.size == 3_000_000
    assert (workspace.path / found.path).read_bytes() == source.read_bytes()
    assert store(workspace, source, "big.bin") == found


def test_inputs_are_named_by_content(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "My library (2024).csv.gz"
    path.write_bytes(b"abc")
    found = workspace.artifacts.take_in(path)
    assert found.path == "inputs/ba7816bf8f01cfea.csv.gz"
    assert found.provenance == {"given_as": "My library (2024).csv.gz"}
    assert workspace.artifacts.take_in_bytes(b"abc", "other.csv.gz") == found
    assert workspace.artifacts.take_in_bytes(b"abc", "frame.parquet").path == "inputs/ba7816bf8f01cfea.parquet"


def test_inputs_with_odd_names(workspace: Workspace, tmp_path: Path) -> None:
    for name in (b"\xff\xfe.csv", "ü.smi".encode(), b"none", b"...", b"a." + b"x" * 200):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        path.write_bytes(name)
        found = workspace.artifacts.take_in(path)
        assert found.provenance["given_as"] == path.name
    assert len(workspace.artifacts.all()) == 5


def test_inputs_that_are_no_files(workspace: Workspace, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "missing"):
        with pytest.raises(InputError) as caught:
            workspace.artifacts.take_in(tmp_path / name)
        assert caught.value.where == str(tmp_path / name)


@pytest.mark.parametrize("name", ["../x.csv", "/etc/x.csv", "", "..", "out.csv"])
def test_names_that_leave_the_folder(workspace: Workspace, tmp_path: Path, name: str) -> None:
    (workspace.path / "results" / "out.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(OutsideError):
        store(workspace, b"x", name)
    assert not (tmp_path / "elsewhere.csv").exists()


@pytest.mark.parametrize("name", ["a/b.csv", ".hidden", "x" * 300, "x.csv" + SIDECAR])
def test_names_that_are_no_plain_names(workspace: Workspace, name: str) -> None:
    with pytest.raises(ArtifactNameError):
        store(workspace, b"x", name)
    assert not any(workspace.path.joinpath("results").iterdir())


def test_a_results_folder_that_leads_out(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (workspace.path / "results").rmdir()
    (workspace.path / "results").symlink_to(outside)
    with pytest.raises(OutsideError):
        store(workspace, b"x")
    assert not any(outside.iterdir())


def test_provenance_that_is_not_json_is_refused_before_anything_is_written(workspace: Workspace) -> None:
    with pytest.raises(TypeError):
        store(workspace, b"x", provenance={"tool": object()})
    assert not any(workspace.path.joinpath("results").iterdir())


def test_a_crash_between_file_and_sidecar(workspace: Workspace) -> None:
    found = store(workspace, b"1")
    (workspace.path / (found.path + SIDECAR)).unlink()
    assert workspace.artifacts.all() == []
    assert store(workspace, b"1").path == found.path
    assert len(workspace.artifacts.all()) == 1


def test_a_full_disk_loses_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    kept = store(workspace, b"1")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left") as caught:
            store(workspace, b"2")
    assert caught.value.where == str(workspace.path / "results" / "shortlist-2.csv")
    assert sorted(p.name for p in (workspace.path / "results").iterdir()) == [
        "shortlist.csv",
        "shortlist.csv" + SIDECAR,
    ]
    assert workspace.artifacts.all() == [kept]
    assert store(workspace, b"2").path == "results/shortlist-2.csv"


RACE = """
import sys
from pathlib import Path
from benchside.workspaces.workspace import Workspace
path, name = sys.argv[1:]
artifacts = Workspace.open(Path(path)).artifacts
print("ready", flush=True)
sys.stdin.readline()
for i in range(20):
    artifacts.store(f"{name} {i % 10}".encode(), "table.csv", kind="result", media_type="text/csv", provenance={})
"""


def test_two_processes_storing_under_one_name_overwrite_nothing(
    workspace: Workspace, spawn: Callable[..., subprocess.Popen[str]]
) -> None:
    processes = [spawn(RACE, workspace.path, name) for name in ("left", "right")]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    contents = [(workspace.path / a.path).read_text() for a in workspace.artifacts.all()]
    assert sorted(contents) == sorted(f"{n} {i}" for n in ("left", "right") for i in range(10))


def test_a_damaged_sidecar_is_named(workspace: Workspace) -> None:
    found = store(workspace, b"1")
    sidecar = workspace.path / (found.path + SIDECAR)
    for content in (b"", b"[1]", b'{"path": 1}', b"\xff"):
        sidecar.write_bytes(content)
        with pytest.raises(StorageError) as caught:
            workspace.artifacts.all()
        assert caught.value.where == str(sidecar)


def record(workspace: Workspace, entry: Entry, artifact: Artifact, column: str = "mw") -> Any:
    reference = TableReference(artifact=artifact.sha256, column=column, key_column="compound_id")
    return workspace.ledger.append([entry("library", reference, quantity=column)])[0]


def test_resolving_a_row(workspace: Workspace, entry: Entry) -> None:
    artifact = store(workspace, b"compound_id,mw\nCHEMBL25,180.16\nCHEMBL521,206.28\nX,\n")
    evidence = record(workspace, entry, artifact)
    assert workspace.artifacts.resolve(evidence, "CHEMBL25") == 180.16
    assert workspace.artifacts.resolve(evidence, "X") is None
    assert workspace.artifacts.resolve_rows(evidence, ["CHEMBL521", "CHEMBL25"]) == {
        "CHEMBL521": 206.28,
        "CHEMBL25": 180.16,
    }
    for row, said in (("CHEMBL1", "no row 'CHEMBL1'"), (None, "is a column of a table")):
        with pytest.raises(NotFoundError, match=said):
            workspace.artifacts.resolve(evidence, row)
    missing = record(workspace, entry, artifact, "tpsa")
    with pytest.raises(NotFoundError, match=r"no column 'tpsa'.*Columns: compound_id, mw"):
        workspace.artifacts.resolve(missing, "CHEMBL25")


def test_resolving_a_plain_value(workspace: Workspace, entry: Entry) -> None:
    evidence = workspace.ledger.append([entry("A", 1.5)])[0]
    assert workspace.artifacts.resolve(evidence, None) == 1.5
    with pytest.raises(NotFoundError, match="one value"):
        workspace.artifacts.resolve(evidence, "CHEMBL25")
    with pytest.raises(NotFoundError, match="one value"):
        workspace.artifacts.resolve_rows(evidence, ["CHEMBL25"])


def test_a_table_that_was_edited_is_not_read(workspace: Workspace, entry: Entry) -> None:
    artifact = store(workspace, b"compound_id,mw\nA,1.0\n")
    evidence = record(workspace, entry, artifact)
    assert workspace.artifacts.resolve(evidence, "A") == 1.0
    path = workspace.path / artifact.path
    path.write_bytes(b"compound_id,mw\nA,1.5\n")
    with pytest.raises(StorageError, match="changed") as caught:
        workspace.artifacts.resolve(evidence, "A")
    assert caught.value.where == str(path.resolve())
    path.unlink()
    with pytest.raises(StorageError, match="No such file"):
        workspace.artifacts.resolve(evidence, "A")
