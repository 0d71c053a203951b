"""Bytes of a plain or compressed file in bounded pieces, and where a damaged one breaks off."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from benchside.tools.chemistry.readers.options import UnreadableInputError
from benchside.workspaces.errors import InputError, NotFoundError

PIECE = 1 << 18
SUFFIXES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}
MAGIC = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ\x00"}


class MissingInputError(NotFoundError):
    """The file does not exist."""

    code = "not_found_input"


class BrokenStreamError(Exception):
    """The bytes end too early or are damaged; `partial` is the text of the unfinished line."""

    def __init__(self, reason: str, partial: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.partial = partial


class _Decompressor(Protocol):
    def pull(self, data: bytes) -> bytes:
        """At most about `PIECE` bytes out of `data` and of what is left of earlier data."""

    def wants(self) -> bool:
        """Whether more input is needed before anything can come out."""

    def ended(self) -> bool:
        """Whether a complete compressed member has been read."""

    def rest(self) -> bytes:
        """The bytes behind the complete member."""


class _Gzip:
    def __init__(self) -> None:
        self._engine = zlib.decompressobj(wbits=31)

    def pull(self, data: bytes) -> bytes:
        return self._engine.decompress(self._engine.unconsumed_tail + data, PIECE)

    def wants(self) -> bool:
        return not self._engine.unconsumed_tail

    def ended(self) -> bool:
        return self._engine.eof

    def rest(self) -> bytes:
        return self._engine.unused_data


class _Block:
    def __init__(self, engine: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._engine = engine

    def pull(self, data: bytes) -> bytes:
        return self._engine.decompress(data, PIECE)

    def wants(self) -> bool:
        return self._engine.needs_input

    def ended(self) -> bool:
        return self._engine.eof

    def rest(self) -> bytes:
        return self._engine.unused_data


def _decompressor(kind: str) -> _Decompressor:
    if kind == "gzip":
        return _Gzip()
    if kind == "bzip2":
        return _Block(bz2.BZ2Decompressor())
    return _Block(lzma.LZMADecompressor())


def compression_of(path: Path) -> str | None:
    """`gzip`, `bzip2`, `xz` or None, by the first bytes; the name only says what to expect.

    Raises:
        InputError: the path is a folder, cannot be opened, or is named .gz, .bz2 or .xz and is not.
        NotFoundError: no such file.
    """
    head = _head(path)
    if not head:
        return None
    found = next((kind for kind, magic in MAGIC.items() if head.startswith(magic)), None)
    expected = SUFFIXES.get(path.suffix.lower())
    if expected is not None and found is None:
        raise UnreadableInputError(
            f"The name ends in {path.suffix}, but the content is not {expected}.",
            where=str(path),
            hint=f"Take {path.suffix} off the name if the file is not compressed, or fetch it again.",
        )
    return found


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise UnreadableInputError(
            "This is a folder, not a file.", where=str(path), hint="Name one library file in the folder."
        )
    if path.exists() and not path.is_file():
        raise UnreadableInputError(
            "This is a device or a pipe, not a file.", where=str(path), hint="Write its content to a file first."
        )
    try:
        with path.open("rb") as file:
            return file.read(8)
    except FileNotFoundError as error:
        raise MissingInputError("There is no such file.", where=str(path), hint="Check the path.") from error
    except (OSError, ValueError) as error:
        raise UnreadableInputError(
            f"The file cannot be opened: {error}.", where=str(path), hint="Check its permissions."
        ) from error


def pieces(path: Path, compression: str | None) -> Iterator[bytes]:
    """The file's bytes, decompressed, in pieces of at most 256 KiB.

    Raises:
        BrokenStreamError: after the last good piece of a truncated or damaged file.
    """
    with path.open("rb") as file:
        if compression is None:
            yield from _plain(file)
        else:
            yield from _inflated(file, compression)


def _plain(file: BinaryIO) -> Iterator[bytes]:
    while True:
        try:
            data = file.read(PIECE)
        except OSError as error:
            raise BrokenStreamError(f"the file cannot be read further: {error}") from error
        if not data:
            return
        yield data


def _inflated(file: BinaryIO, kind: str) -> Iterator[bytes]:
    engine = _decompressor(kind)
    pending = b""
    members = 0
    begun = False
    while True:
        if not pending and engine.wants() and not (pending := file.read(PIECE)):
            if begun:
                raise BrokenStreamError(f"the {kind} data end too early")
            return
        begun = True
        try:
            out = engine.pull(pending)
        except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
            if members and not pending.startswith(MAGIC[kind]):
                raise BrokenStreamError(f"other bytes follow the end of the {kind} data") from error
            raise BrokenStreamError(f"the {kind} data are damaged ({error})") from error
        pending = b""
        if out:
            yield out
        if engine.ended():
            members += 1
            pending = engine.rest().lstrip(b"\x00")
            engine = _decompressor(kind)
            begun = bool(pending)


def sample(path: Path, compression: str | None, size: int) -> tuple[bytes, str | None]:
    """The first `size` bytes or fewer, and the reason if the file breaks off within them."""
    taken = bytearray()
    try:
        for piece in pieces(path, compression):
            taken += piece
            if len(taken) >= size:
                break
    except BrokenStreamError as broken:
        return bytes(taken[:size]), broken.reason
    return bytes(taken[:size]), None


__all__ = ["BrokenStreamError", "InputError", "MissingInputError", "compression_of", "pieces", "sample"]
