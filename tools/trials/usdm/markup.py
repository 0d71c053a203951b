"""Texts of a study as a person reads them: parameters filled in, references followed, tags taken out.

A text may hold `<usdm:tag name="..."/>`, which its dictionary maps to a reference, and
`<usdm:ref klass="..." id="..." attribute="..."/>`, which names an attribute of an instance. What cannot be resolved is
shown in brackets and reported, never left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from benchside.tools.trials.usdm.index import Index, Node

_TAG = re.compile(r"<usdm:(tag|ref)\b([^<>]*?)(?:/>|>\s*</usdm:\1\s*>|>)", re.IGNORECASE)
_GIVEN = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_BREAK = re.compile(r"</?(?:p|div|li|ol|ul|br|tr|table|h[1-6])\b[^<>]*>", re.IGNORECASE)
_ANY = re.compile(r"</?[A-Za-z][^<>]*>")
DEEPEST = 8


def resolved(index: Index, node: Node, attribute: str, wrong: Callable[[str], None] | None = None) -> str:
    """A text with its parameters and references filled in, still with its markup.

    Args:
        index: of the study.
        node: the instance that has the text; its `dictionaryId` names the dictionary.
        attribute: which of its texts.
        wrong: is told of each thing that cannot be resolved.
    """
    return _fill(index, node.text(attribute), _dictionary(index, node), wrong or (lambda _: None), 0)


def _fill(index: Index, text: str, dictionary: Node | None, wrong: Callable[[str], None], depth: int) -> str:
    def one(match: re.Match[str]) -> str:
        given = {k: a or b for k, a, b in _GIVEN.findall(match[2])}
        if depth >= DEEPEST:
            wrong(f"{match[0][:80]} leads on and on")
            return "[…]"
        if match[1].lower() == "tag":
            name = given.get("name", "")
            maps = index.held(dictionary, "parameterMaps") if dictionary is not None else []
            found = next((m for m in maps if m.text("tag") == name), None)
            if found is None:
                where = f"the dictionary {dictionary.named()!r}" if dictionary is not None else "no dictionary"
                wrong(f"the parameter {name!r} is in {where}")
                return f"[{name}]"
            return _fill(index, found.text("reference"), dictionary, wrong, depth + 1)
        return _referred(index, given, wrong, depth)

    return _TAG.sub(one, text)


def _referred(index: Index, given: dict[str, str], wrong: Callable[[str], None], depth: int) -> str:
    kind, identifier, attribute = (given.get(k, "") for k in ("klass", "id", "attribute"))
    target = index.get(identifier, kind)
    shown = f"{kind} {identifier}, {attribute}"
    if target is None:
        wrong(f"it refers to {shown}, which does not exist")
        return f"[{shown}]"
    value = target.data.get(attribute)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        wrong(f"it refers to {shown}, which has no such text or number")
        return f"[{shown}]"
    if isinstance(value, str):
        return _fill(index, value, _dictionary(index, target), wrong, depth + 1)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _dictionary(index: Index, node: Node) -> Node | None:
    return index.get(node.text("dictionaryId"), "SyntaxTemplateDictionary")


def plain(text: str) -> str:
    """Text without markup, in one line; parts of a list are divided by semicolons."""
    parts = (unescape(_ANY.sub("", part)) for part in _BREAK.split(text))
    lines = [" ".join(part.split()) for part in parts]
    found = ""
    for line in filter(None, lines):
        glue = "" if not found else " " if found[-1] in ".:;,?!" else "; "
        found += glue + line
    return "".join(c if c.isprintable() else " " for c in found)


def words(index: Index, node: Node, attribute: str = "text") -> str:
    """A text as a person reads it."""
    return plain(resolved(index, node, attribute))
