"""A file of a study, in and out: nothing that is read is lost, and what is written can be read again.

`parse` reads JSON that nobody vouches for, with caps on its size and depth; `load` makes the typed study of it; `dump`
writes one. A file that is no valid study can still be parsed, and then be checked.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from benchside.tools.trials.usdm.errors import NotJsonError, NotReadableError, NotUsdmError
from benchside.tools.trials.usdm.positions import Steps, lines_of, path_of
from benchside.tools.trials.usdm.study import Usdm

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 100
_SHOWN = 5
# what pydantic says, as a person says it; anything else in its own words
_SAID = {
    "missing": "is missing",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "union_tag_not_found": "has no instanceType, which says what it is",
    "union_tag_invalid": "has an instanceType that does not belong here",
    "literal_error": "is an instanceType that does not belong here",
}


@dataclass(frozen=True)
class Source:
    """JSON of a study as it was read: the object, the text for its lines, and where it came from."""

    data: dict[str, Any]
    text: str
    name: str

    @cached_property
    def lines(self) -> Mapping[Steps, int]:
        """The line of every value, by its steps from the root."""
        return lines_of(self.text)


def parse(path: Path) -> Source:
    """A file as JSON.

    Raises:
        NotReadableError: no regular file, no permission, or more than `MAX_BYTES`.
        NotJsonError: not JSON in UTF-8, deeper than `MAX_DEPTH`, a key twice in one object, a number that is none.
        NotUsdmError: JSON that is no object with a study.
    """
    where = str(path)
    try:
        if not path.exists():
            raise NotReadableError("there is no such file", where=where)
        if not path.is_file():
            raise NotReadableError("this is no regular file", where=where)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise NotReadableError(f"it cannot be read: {error}", where=repr(where)) from error
    if len(raw) > MAX_BYTES:
        raise NotReadableError(
            f"it is larger than {MAX_BYTES // 2**20} MiB, which is the most that is read",
            where=where,
            hint="Keep images and documents out of the narrative content.",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "Save the file as UTF-8."
        raise NotJsonError("it is not text in UTF-8", where=f"{where}, line {line}", hint=hint) from error
    return parse_text(text, where)


def parse_text(text: str, name: str) -> Source:
    """Text as JSON; `name` says in errors where it came from. Raises as `parse` does."""
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"{name}, line {error.lineno}, column {error.colno}"
        raise NotJsonError(f"it is not JSON: {error.msg}", where=where) from error
    except RecursionError as error:
        raise NotJsonError("it is nested too deeply", where=name) from error
    except ValueError as error:
        raise NotJsonError(f"it cannot be read without loss: {error}", where=name) from error
    _within_reason(data, name)
    if not isinstance(data, dict) or not isinstance(data.get("study"), dict):
        raise NotUsdmError(
            "it holds no study",
            where=name,
            hint='USDM JSON is an object with "study", "usdmVersion", "systemName" and "systemVersion".',
        )
    return Source(data, text, name)


def load(path: Path) -> Usdm:
    """A file as a typed study. Raises what `parse` and `typed` raise."""
    return typed(parse(path))


def typed(source: Source) -> Usdm:
    """The typed study of parsed JSON.

    Raises:
        NotUsdmError: another major version, or a structure that the classes of USDM v4 do not have; the message
            names the first places by JSON path and line.
    """
    version = source.data.get("usdmVersion")
    if isinstance(version, str) and version.partition(".")[0] != "4":
        hint = "Convert the file to USDM v4, or ask for an export in that version."
        raise NotUsdmError(f"it is USDM {version[:20]!r}, and this reads version 4", where=source.name, hint=hint)
    try:
        return Usdm.model_validate(source.data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _not_usdm(source, error) from error


def _not_usdm(source: Source, error: ValidationError) -> NotUsdmError:
    found: dict[str, tuple[Steps, str]] = {}
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        steps = _existing(source.data, problem["loc"])
        found.setdefault(path_of(steps), (steps, _SAID.get(problem["type"], problem["msg"])))
    said = [f"{path} {what} (line {_line(source, steps)})" for path, (steps, what) in list(found.items())[:_SHOWN]]
    rest = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return NotUsdmError(
        f"it is no valid USDM v4: {'; '.join(said)}{rest}",
        where=source.name,
        hint="`benchside usdm check` lists everything that is wrong with it.",
    )


def _existing(data: Any, steps: tuple[int | str, ...]) -> Steps:
    """Steps of an error without the names of classes that pydantic puts between them."""
    found: list[int | str] = []
    for i, step in enumerate(steps):
        inside = step in data if isinstance(data, dict) else isinstance(data, list) and step in range(len(data))
        if inside:
            data = data[step]
        elif i < len(steps) - 1:
            continue
        elif not isinstance(data, dict) or not isinstance(step, str):
            break
        found.append(step)
    return tuple(found)


def _line(source: Source, steps: Steps) -> int:
    while steps and steps not in source.lines:
        steps = steps[:-1]
    return source.lines.get(steps, 1)


def dump(study: Usdm, *, indent: int | None = 2) -> str:
    """The text of a file: UTF-8 JSON with the names of the model, a line at the end.

    A study that was loaded is written with every key that it had, also those that the model does not know.
    """
    return json.dumps(study.as_json(), ensure_ascii=False, allow_nan=False, indent=indent) + "\n"


def write(study: Usdm, path: Path) -> None:
    """Write a study to a file, whole or not at all.

    Raises:
        NotReadableError: the file cannot be written.
    """
    text = dump(study)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise NotReadableError(f"it cannot be written: {error}", where=str(path)) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"an object has the key {twice[:80]!r} twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {digits[:40]} is out of range")
    return value


def _within_reason(data: Any, name: str) -> None:
    """Bounded depth, and text that can be written again."""
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise NotJsonError(f"it is nested more than {MAX_DEPTH} deep", where=name)
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
                below += value.keys()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str) and not _encodes(value):
                raise NotJsonError("half of a surrogate pair stands alone in a text", where=name)
        level = below


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
