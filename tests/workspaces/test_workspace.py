"""Making and opening workspaces, and what is said where that cannot be."""

from __future__ import annotations

import errno
import os
import tomllib
from pathlib import Path

import pytest

from benchside.workspaces.errors import ExitCode, StorageError
from benchside.workspaces.files import ExistsError, OutsideError
from benchside.workspaces.ledger import LedgerError
from benchside.workspaces.workspace import WORKSPACE_FILE, FormatError, NotAWorkspaceError, Workspace


def test_a_new_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = Workspace.create(tmp_path / "a" / "my-project")
    assert sorted(p.name for p in made.path.iterdir()) == [
        "inputs",
        "ledger.head",
        "ledger.sqlite",
        "reports",
        "results",
        "runs",
        "workspace.toml",
    ]
    assert tomllib.loads((made.path / WORKSPACE_FILE).read_text()) == {
        "name": "my-project",
        "format": 1,
        "created": "2023-11-14T22:13:20+00:00",
        "network": "on",
        "defaults": {},
    }
    assert Workspace.open(made.path).config == made.config
    assert Workspace.open_or_create(made.path).config == made.config
    assert Workspace.of(made) is made
    assert Workspace.of(made.path).config == made.config


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "below")
    (tmp_path / "here" / "below").rmdir()
    monkeypatch.chdir(tmp_path / "here")
    made = Workspace.create(Path())
    assert made.config.name == "here"
    assert made.path == tmp_path / "here"


def test_defaults_and_network(workspace: Workspace) -> None:
    path = workspace.path / WORKSPACE_FILE
    text = path.read_text().replace('network = "on"', 'network = "off"')
    path.write_text(text + 'profile = "cns"\ntop = 20\n')  # in the table [defaults]
    config = Workspace.open(workspace.path).config
    assert config.network == "off"
    assert config.defaults == {"profile": "cns", "top": 20}


def test_an_existing_workspace_is_not_made_anew(workspace: Workspace) -> None:
    before = (workspace.path / WORKSPACE_FILE).read_bytes()
    with pytest.raises(ExistsError, match="workspace already"):
        Workspace.create(workspace.path)
    assert (workspace.path / WORKSPACE_FILE).read_bytes() == before


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_bytes(b"")
    with pytest.raises(StorageError, match=r"thesis\.docx"):
        Workspace.open_or_create(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_creation_that_was_cut_off_is_finished(workspace: Workspace) -> None:
    (workspace.path / WORKSPACE_FILE).unlink()
    (workspace.path / ".tmp-1-x-workspace.toml").write_bytes(b"na")
    assert Workspace.open_or_create(workspace.path).path == workspace.path
    (workspace.path / WORKSPACE_FILE).unlink()
    (workspace.path / "ledger.sqlite").unlink()
    (workspace.path / "ledger.head").unlink()
    assert len(Workspace.open_or_create(workspace.path).ledger) == 0


def test_what_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name, said in (
        ("nothing", "there is no workspace"),
        ("", "this folder is not a workspace"),
        ("file", "there is no"),
    ):
        with pytest.raises(NotAWorkspaceError, match=said) as caught:
            Workspace.open(tmp_path / name)
        assert caught.value.where == str(tmp_path / name)
        assert caught.value.exit_code == ExitCode.NOT_FOUND
    with pytest.raises(StorageError, match="make the workspace"):
        Workspace.create(tmp_path / "file")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('network = "on"', 'network = "perhaps"', "network: Input should be 'on' or 'off'"),
        ('network = "on"', 'netwrok = "on"', "netwrok: Extra inputs"),
        ('network = "on"', 'network = "on', "the file is damaged"),
        ("format = 1", "format = 0", "format: "),
        ("format = 1", 'format = "one"', "format: "),
        ("name = ", "nom = ", "name: Field required"),
    ],
)
def test_a_wrong_entry_is_named(workspace: Workspace, old: str, new: str, said: str) -> None:
    path = workspace.path / WORKSPACE_FILE
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(StorageError) as caught:
        Workspace.open(workspace.path)
    assert said in caught.value.message
    assert caught.value.where == str(path)


def test_a_newer_format(workspace: Workspace) -> None:
    path = workspace.path / WORKSPACE_FILE
    path.write_text(path.read_text().replace("format = 1", "format = 2\nnew_entry = true"))
    with pytest.raises(FormatError, match=r"format 2.*Update"):
        Workspace.open(workspace.path)


def test_a_read_only_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)  # as root, permissions do not bind
    with pytest.raises(StorageError, match="Read-only") as caught:
        Workspace.create(tmp_path / "project")
    assert caught.value.where == str(tmp_path / "project")
    assert "read-only" in (caught.value.hint or "")


def test_an_unreadable_file(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(StorageError, match="Permission denied") as caught:
        Workspace.open(workspace.path)
    assert caught.value.where == str(workspace.path / WORKSPACE_FILE)


def test_a_workspace_without_its_ledger_opens_and_says_so(workspace: Workspace) -> None:
    (workspace.path / "ledger.sqlite").unlink()
    with pytest.raises(LedgerError, match="missing"):
        Workspace.open(workspace.path).ledger.head()


def test_safe_paths(workspace: Workspace, tmp_path: Path) -> None:
    assert workspace.safe_path("results/x.csv") == workspace.path.resolve() / "results" / "x.csv"
    (workspace.path / "results" / "way-out").symlink_to(tmp_path)
    for name in ("../x", "results/../../x", "results/way-out/x", str(tmp_path / "x"), ""):
        with pytest.raises(OutsideError):
            workspace.safe_path(name)
