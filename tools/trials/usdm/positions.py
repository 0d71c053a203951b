"""Where a value stands in a file: JSON paths, and the line on which each value begins."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

Steps = tuple[int | str, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]|[^\s{}\[\],:"]+')
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def path_of(steps: Steps) -> str:
    """Steps as a JSON path, such as `$.study.versions[0].titles[1]` (RFC 9535)."""
    return "$" + "".join(
        f"[{s}]" if isinstance(s, int) else f".{s}" if _PLAIN.fullmatch(s) else f"[{json.dumps(s, ensure_ascii=False)}]"
        for s in steps
    )


def lines_of(text: str) -> Mapping[Steps, int]:
    """The line of every value of valid JSON, counted from 1, by the steps that lead to it."""
    found: dict[Steps, int] = {}
    line, awaits_key = 1, False
    kinds: list[str] = []
    path: list[int | str] = []
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if mark == "\n":
            line += 1
        elif mark in "}]":
            kinds.pop()
            path.pop()
            awaits_key = False
        elif mark == ",":
            awaits_key = kinds[-1] == "{"
            if not awaits_key:
                path[-1] = int(path[-1]) + 1
        elif mark == ":":
            awaits_key = False
        elif awaits_key:
            path[-1] = json.loads(mark)
        else:
            found[tuple(path)] = line
            if mark in "{[":
                kinds.append(mark)
                path.append("" if mark == "{" else 0)
                awaits_key = mark == "{"
    return found
