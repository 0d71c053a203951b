"""Ranges of whole numbers as the pattern files write them: `3`, `1-10`, `4+`, inclusive at both ends."""

from __future__ import annotations

import re
from collections.abc import Iterable

from benchside.workspaces.errors import BenchsideError

Range = tuple[int, int | None]
"""Least and greatest, both included; None is no upper limit."""

_RANGE = re.compile(r"(\d+)(?:-(\d+)|(\+))?")


def parse_ranges(words: Iterable[str], error: type[BenchsideError]) -> list[Range]:
    """The ranges that these words write.

    Raises:
        error: a word is no range, or its ends are the wrong way round.
    """
    found: list[Range] = []
    for word in words:
        match = _RANGE.fullmatch(word.strip())
        if match is None:
            raise error(f"{word.strip()!r} is no range", hint="Write 3, 1-10 or 4+.")
        least = int(match[1])
        most = None if match[3] else int(match[2] or match[1])
        if most is not None and most < least:
            raise error(f"the range {word.strip()!r} holds no number")
        found.append((least, most))
    return found


def number_in(number: int, ranges: Iterable[Range]) -> bool:
    """Whether a number lies in one of the ranges."""
    return any(least <= number and (most is None or number <= most) for least, most in ranges)
