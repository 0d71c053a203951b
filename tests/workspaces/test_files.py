"""Files are whole or not there, whatever the disk does."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from benchside.workspaces.errors import ExitCode, StorageError
from benchside.workspaces.files import (
    ExistsError,
    OutsideError,
    atomic_path,
    copy_hashed,
    inside,
    sha256_file,
    write_atomic,
)


def refuse(number: int):
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("number", "hint"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "read-only"), (errno.EACCES, "permission"), (errno.EIO, "disk reports")],
)
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_disk_names_the_file_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str, call: str
) -> None:
    path = tmp_path / "table.csv"
    write_atomic(path, b"kept")
    with monkeypatch.context() as patch:
        if call == "fsync":
            patch.setattr(os, "fsync", refuse(number))
        else:
            patch.setattr(Path, "replace", refuse(number))
        with pytest.raises(StorageError) as caught:
            write_atomic(path, b"new")
    assert caught.value.where == str(path)
    assert hint in (caught.value.hint or "")
    assert caught.value.exit_code == ExitCode.STORAGE
    assert path.read_bytes() == b"kept"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fills_up_while_writing(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    path = tmp_path / "table.csv"

    def fill() -> None:
        with atomic_path(path) as temporary:
            temporary.symlink_to("/dev/full")
            temporary.write_bytes(b"x" * 100_000)

    with pytest.raises(StorageError, match="No space left"):
        fill()
    assert not list(tmp_path.iterdir())


def test_an_error_in_the_body_leaves_nothing(tmp_path: Path) -> None:
    def stop() -> None:
        with atomic_path(tmp_path / "a") as temporary:
            temporary.write_bytes(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        stop()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("links", [True, False])
def test_a_taken_name_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    if not links:
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))  # as on FAT
    path = tmp_path / "a"
    write_atomic(path, b"first", replace=False)
    with pytest.raises(ExistsError):
        write_atomic(path, b"second", replace=False)
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_hash_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_file(path) == known
    assert copy_hashed(path, tmp_path / "copy") == known
    with pytest.raises(StorageError, match="nowhere"):
        sha256_file(tmp_path / "nowhere")
    with pytest.raises(StorageError, match="nowhere"):
        copy_hashed(tmp_path / "nowhere", tmp_path / "copy")


def test_a_copy_of_several_blocks(tmp_path: Path) -> None:
    data = os.urandom((1 << 20) * 2 + 17)
    (tmp_path / "a").write_bytes(data)
    assert copy_hashed(tmp_path / "a", tmp_path / "b") == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "b").read_bytes() == data


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/../../x", "/etc/passwd", "out/x", "out", "loop/x", "a\0b", "dangling"]
)
def test_paths_that_leave_the_folder(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    (root / "loop").symlink_to(root / "loop")
    (root / "dangling").symlink_to(tmp_path / "not-there")
    with pytest.raises(OutsideError):
        inside(root, name)


def test_paths_that_stay(tmp_path: Path) -> None:
    (tmp_path / "here").symlink_to(tmp_path)
    assert inside(tmp_path, "a/b/../c.csv") == tmp_path.resolve() / "a" / "c.csv"
    assert inside(tmp_path, "here/x") == tmp_path.resolve() / "x"
    assert inside(tmp_path, "..x") == tmp_path.resolve() / "..x"
