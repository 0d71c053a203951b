"""On which line of a TOML text an entry stands, found with the parser itself.

`tomllib` keeps no positions. A text cut after any of its lines either parses, or ends inside a statement; so the first
line after which an entry is there ends its statement, and the last earlier cut that parses ends the one before.
"""

from __future__ import annotations

import tomllib
from typing import Any

Location = tuple[int | str, ...]


def line_of(text: str, location: Location) -> int:
    """The 1-based line on which the statement begins that makes an entry; 1 for the whole text.

    Args:
        text: valid TOML.
        location: keys and 0-based positions, such as `("filter", 1, "max")`. Where the entry does not exist, it is the
            line of what would hold it: the header of its table.
    """
    lines = [f"{line}\n" for line in text.split("\n")]  # splitlines() also splits at form feeds and the like
    whole = tomllib.loads(text)
    while location and not _holds(whole, location):
        location = location[:-1]
    if not location:
        return 1
    low, high = 0, len(lines)  # not there after `low` lines, there after `high`
    while high - low > 1:
        middle = (low + high) // 2
        cut = _parsing_cut(lines, middle, low)
        if cut <= low:
            # nothing between parses: look for the next cut that does
            cut = next((n for n in range(middle + 1, high) if _parsed(lines, n) is not None), high)
            if cut >= high:
                break
        if _holds(_parsed(lines, cut), location):
            high = cut
        else:
            low = cut
    return low + 1


def _parsing_cut(lines: list[str], most: int, least: int) -> int:
    """The largest number of lines, from `most` down to `least`, after which the text parses."""
    return next((n for n in range(most, least, -1) if _parsed(lines, n) is not None), least)


def _parsed(lines: list[str], count: int) -> dict[str, Any] | None:
    try:
        return tomllib.loads("".join(lines[:count]))
    except tomllib.TOMLDecodeError:
        return None


def _holds(data: Any, location: Location) -> bool:
    for key in location:
        if isinstance(key, int):
            if not isinstance(data, list) or key >= len(data):
                return False
        elif not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True
