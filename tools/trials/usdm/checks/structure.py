"""Attributes: missing, empty, of the wrong type, too many, unknown to the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from benchside.tools.trials.usdm.checks.findings import Finding, Severity, finding
from benchside.tools.trials.usdm.index import Index, Node, class_of
from benchside.tools.trials.usdm.metamodel import Attribute, attributes, concrete

_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "yes or no": (bool,),
    "whole number": (int,),
    "number": (int, float),
}


def check(index: Index) -> Iterator[Finding]:
    """Findings about single attributes."""
    for node in index.nodes:
        if node.kind not in concrete():
            yield finding(
                "unknown-class",
                Severity.ERROR,
                node,
                f"instanceType {str(node.data.get('instanceType'))[:60]!r} does not belong here",
                f"{node.through} takes another class: see the data structure of USDM v4.",
            )
            continue
        known = attributes(node.kind)
        for attribute in known.values():
            yield from _attribute(node, attribute)
        for name in node.data:
            if name not in known:
                yield finding(
                    "unknown-attribute",
                    Severity.NOTE,
                    node,
                    f"{node.kind} of USDM v4 has no attribute {name[:60]!r}",
                    "It is kept; an extensionAttribute says the same so that others can read it.",
                    name,
                )


def _attribute(node: Node, attribute: Attribute) -> Iterator[Finding]:
    name, value = attribute.name, node.data.get(attribute.name)
    if value is None:
        if attribute.least and (not attribute.many or name not in node.data):
            yield _wrong("missing-attribute", node, name, f"{name} is missing", "Give it a value: it is required.")
        elif attribute.many and name in node.data:
            yield _wrong("wrong-type", node, name, f"{name} is null and must be a list", "Write [] or leave it out.")
        return
    if attribute.many != isinstance(value, list):
        said = "must be a list" if attribute.many else "must not be a list"
        yield _wrong("wrong-type", node, name, f"{name} {said}", f"Its cardinality is {attribute.cardinality}.")
        return
    values = value if isinstance(value, list) else [value]
    if attribute.many and len(values) < attribute.least:
        yield _wrong("too-few", node, name, f"{name} is empty", f"Its cardinality is {attribute.cardinality}.")
    if attribute.most is not None and len(values) > attribute.most:
        message = f"{name} has {len(values)} values"
        yield _wrong("too-many", node, name, message, f"Its cardinality is {attribute.cardinality}.")
    for i, item in enumerate(values):
        place = (name, i) if attribute.many else (name,)
        yield from _value(node, attribute, item, place)


def _value(node: Node, attribute: Attribute, value: Any, place: tuple[str | int, ...]) -> Iterator[Finding]:
    name = attribute.name
    if attribute.kind == "instance":
        if not isinstance(value, dict):
            fix = f"It is a {' or '.join(attribute.classes)}."
            yield finding("wrong-type", Severity.ERROR, node, f"{name} must be an object", fix, *place)
        elif (
            "instanceType" in value
            and class_of(value, attribute) != value["instanceType"]
            and len(attribute.classes) == 1
        ):
            message = f"{name} is a {str(value['instanceType'])[:60]}"
            yield finding("wrong-class", Severity.ERROR, node, message, f"It is a {attribute.classes[0]}.", *place)
        return
    types = _TYPES[attribute.kind]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        message = f"{name} must be {'text' if attribute.kind == 'text' else 'a ' + attribute.kind}"
        yield finding("wrong-type", Severity.ERROR, node, message, "Write it as that type of JSON.", *place)
    elif attribute.least and value == "":
        yield finding(
            "empty-attribute", Severity.WARNING, node, f"{name} is required and empty", "Say what it is.", *place
        )
    elif attribute.format == "date" and isinstance(value, str) and not _DATE.fullmatch(value):
        message = f"{name} {value[:40]!r} is no date"
        yield finding("no-date", Severity.ERROR, node, message, "Write it as 2026-01-31 (ISO 8601).", *place)


def _wrong(rule: str, node: Node, name: str, message: str, fix: str) -> Finding:
    return finding(rule, Severity.ERROR, node, message, fix, name)
