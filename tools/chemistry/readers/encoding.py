"""Which encoding a text file has, and lines of text out of bytes of which some may be wrong.

A byte that the encoding does not have comes out as a lone surrogate (PEP 383), so that the row it is in can be told
from all others: a structure with such a byte is a reject, a tag or an id is read as Windows-1252.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from charset_normalizer import from_bytes

from benchside.tools.chemistry.readers.options import (
    MAX_LINE_CHARS,
    UnknownOptionError,
    UnreadableInputError,
)
from benchside.tools.chemistry.readers.streams import BrokenStreamError, pieces

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = {
    b"\x89PNG": "a PNG picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive or an Excel or Word document",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document",
    b"\x7fELF": "a program",
    b"SQLite format 3": "an SQLite database",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x28\xb5\x2f\xfd": "Zstandard data",
}
_CONTROL = bytes(sorted({*range(32), 127} - {9, 10, 11, 12, 13, 26}))
_BAD = re.compile("[\ud800-\udfff\ufffd]")
_ESCAPING = re.compile(r"utf-?8(-sig)?|(us-)?ascii|latin-?1|iso-?8859-\d+|cp(?!932|949|950|65001)\d+|mac-\w+|koi8-\w+")
_SCAN_BYTES = 1 << 26
GUESS_BYTES = 1 << 16
_OTHER_SCRIPTS = {"cp1251", "koi8_r", "cp932", "shift_jis", "euc_jp", "gb18030", "gbk", "big5", "euc_kr", "cp949"}


def detect_encoding(path: Path, compression: str | None, head: bytes, told: str | None) -> tuple[str, list[str]]:
    """The encoding to read with, and notes for the person where it was assumed.

    A byte-order mark decides; then UTF-8 if the sample is
    UTF-8, a few wrong bytes aside; then charset-normalizer, with Windows-1252
    preferred among the Western encodings, which it cannot tell apart on a few accented letters.

    Raises:
        UnreadableInputError: the file is not text.
        UnknownOptionError: `told` is no encoding.
    """
    _refuse_foreign(path, head)
    if told is not None:
        try:
            name = codecs.lookup(told).name
            codecs.getincrementaldecoder(name)(_errors(name)).decode(head)
        except (LookupError, ValueError, TypeError, AssertionError) as error:
            raise UnknownOptionError(
                f"'{told}' is no text encoding, or not that of this file.",
                where="encoding",
                hint="Use one such as utf-8, cp1252 or utf-16.",
            ) from error
        return ("utf-8-sig" if name == "utf-8" else name), []
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name, ([] if name == "utf-8-sig" else [f"Encoding: {name}, by the byte-order mark."])
    if wide := _wide_without_bom(head):
        return wide, [f"Encoding: assumed {wide}; every second byte is zero and there is no byte-order mark."]
    _refuse_binary(path, head)
    if head.isascii():
        head = _first_beyond_ascii(path, compression)
    if _is_utf8(head):
        return "utf-8", []
    name = _guess(head)
    return name, [f"Encoding: assumed {name}, as the file is not UTF-8. Say so if it is another (--encoding)."]


def _refuse_foreign(path: Path, head: bytes) -> None:
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise UnreadableInputError(
                f"This is {what}, not a compound library.",
                where=str(path),
                hint="Export it as CSV, SMILES, SDF or Parquet.",
            )


def _refuse_binary(path: Path, head: bytes) -> None:
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls > max(8, len(head) // 20):
        raise UnreadableInputError(
            "This is binary data, not text.",
            where=str(path),
            hint="Libraries are read from SMILES, CSV, TSV, SDF, name lists and Parquet.",
        )


def _wide_without_bom(head: bytes) -> str | None:
    even = head[: min(len(head), 4096) // 2 * 2]
    if len(even) < 8:
        return None
    half = len(even) // 2
    if even[1::2].count(0) > 0.9 * half and even[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if even[0::2].count(0) > 0.9 * half and even[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _is_utf8(head: bytes) -> bool:
    """Whether the sample is UTF-8, or at least has more characters that only UTF-8 explains than wrong bytes."""
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(head)
    wrong = len(_BAD.findall(text))
    beyond = sum(not char.isascii() for char in text) - wrong if wrong else 0
    return wrong == 0 or beyond >= wrong


def _first_beyond_ascii(path: Path, compression: str | None) -> bytes:
    scanned = 0
    try:
        stream = pieces(path, compression)
        for piece in stream:
            if not piece.isascii():
                start = max(0, next(at for at, byte in enumerate(piece) if byte > 127) - 1000)
                return piece[start:] + next(stream, b"")
            scanned += len(piece)
            if scanned > _SCAN_BYTES:
                break
    except BrokenStreamError:
        return b""
    return b""


def _guess(head: bytes) -> str:
    best = from_bytes(head[:GUESS_BYTES]).best()
    if best is not None and best.encoding in _OTHER_SCRIPTS and best.percent_chaos < 5 and len(_high(head)) > 40:
        return best.encoding
    return "cp1252"


def _high(head: bytes) -> bytes:
    return head.translate(None, bytes(range(128)))


def lines(source: Iterable[bytes], encoding: str) -> Iterator[tuple[int, str]]:
    r"""(1-based number, text without its end) of each line; ends are \n, \r\n and \r.

    A line longer than `MAX_LINE_CHARS` comes out cut to one character more than that.

    Raises:
        BrokenStreamError: after the last complete line of a damaged file, with the unfinished one.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(_errors(encoding)), translate=True)
    number = 0
    carry = ""
    skipping = False
    broken: BrokenStreamError | None = None
    stream = iter(source)
    while True:
        try:
            piece = next(stream, b"")
        except BrokenStreamError as error:
            broken = error
            piece = b""
        text = decoder.decode(piece, final=not piece)
        if skipping:
            end = text.find("\n")
            text, skipping = ("", True) if end < 0 else (text[end:], False)
        parts = (carry + text).split("\n")
        carry = parts.pop()
        for part in parts:
            number += 1
            yield number, part if len(part) <= MAX_LINE_CHARS else part[: MAX_LINE_CHARS + 1]
        if len(carry) > MAX_LINE_CHARS:
            carry = carry[: MAX_LINE_CHARS + 1]
            skipping = True
        if not piece:
            break
    if broken is not None:
        raise BrokenStreamError(broken.reason, carry)
    if carry:
        yield number + 1, carry


def _errors(encoding: str) -> str:
    """Wrong bytes stay recognisable one by one where each byte stands for itself; elsewhere U+FFFD marks the place."""
    return "surrogateescape" if _ESCAPING.fullmatch(encoding.replace("_", "-").lower()) else "replace"


def has_bad_bytes(text: str) -> bool:
    """Whether a byte that the encoding does not have is in the text."""
    return not text.isascii() and _BAD.search(text) is not None


def mend(text: str) -> str:
    """The text with wrong bytes read as Windows-1252 (or Latin-1 where that has none)."""
    if text.isascii():
        return text
    return _BAD.sub(_as_western, text)


def _as_western(match: re.Match[str]) -> str:
    code = ord(match.group())
    if not 0xDC80 <= code <= 0xDCFF:
        return "\ufffd"
    return bytes([code & 0xFF]).decode("cp1252", "ignore") or chr(code & 0xFF)


def show(text: str) -> str:
    r"""The text with wrong bytes written as \xNN, for the rejects file."""
    if text.isascii():
        return text
    return _BAD.sub(_as_escape, text)


def _as_escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code & 0xFF:02x}" if 0xDC80 <= code <= 0xDCFF else "\ufffd"
