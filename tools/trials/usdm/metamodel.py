"""The model as a table: classes, attributes, types, cardinalities and references, read off the classes themselves."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from benchside.tools.trials.usdm.base import AtMost, Format, Part, Ref
from benchside.tools.trials.usdm.study import Usdm

Kind = Literal["text", "yes or no", "whole number", "number", "instance"]
_PLAIN: dict[Any, Kind] = {str: "text", bool: "yes or no", int: "whole number"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a class.

    Attributes:
        name: in the model, `studyPhase`.
        kind: of the value, or of each value of a list.
        classes: concrete classes of an instance.
        targets: concrete classes that an id may refer to; empty for what is no reference.
        least, most: how many values there are; `most` is None for any number.
        many: whether it is a list in JSON.
        format: "date" for dates.
    """

    name: str
    kind: Kind
    classes: tuple[str, ...]
    targets: tuple[str, ...]
    least: int
    most: int | None
    many: bool
    format: str = ""

    @property
    def cardinality(self) -> str:
        """As in the model: `0..*`."""
        if self.most == self.least:
            return str(self.least)
        return f"{self.least}..{'*' if self.most is None else self.most}"


@cache
def concrete() -> Mapping[str, type[Part]]:
    """The concrete classes by name."""
    return {c.__name__: c for c in _below(Part) if "instance_type" in c.model_fields}


def _below(parent: type[Part]) -> Iterator[type[Part]]:
    for child in parent.__subclasses__():
        if child.__module__.startswith(Part.__module__.rpartition(".")[0]):
            yield child
            yield from _below(child)


@cache
def concretes_of(name: str) -> tuple[str, ...]:
    """A class, or the concrete classes below an abstract one."""
    if name in concrete():
        return (name,)
    return tuple(n for n, c in concrete().items() if name in [k.__name__ for k in c.__mro__])


@cache
def attributes(name: str) -> Mapping[str, Attribute]:
    """The attributes of a concrete class, or of the envelope `Usdm`, by their names in the model."""
    owner = Usdm if name == "Usdm" else concrete()[name]
    owner.model_rebuild()  # names of classes that are defined further down
    found = {}
    for field_name, field in owner.model_fields.items():
        marks = list(field.metadata)
        classes, kind, many, optional = _types(field.annotation, marks)
        # the id of the study itself may be absent, as the API has it
        least = 0 if optional or (many and not field.is_required()) else 1
        limit = next((m.count for m in marks if isinstance(m, AtMost)), None)
        refs = next((m.targets for m in marks if isinstance(m, Ref)), ())
        found[field.alias or field_name] = Attribute(
            name=field.alias or field_name,
            kind=kind,
            classes=classes,
            targets=tuple(c for target in refs for c in concretes_of(target)),
            least=least,
            most=(limit if many else 1),
            many=many,
            format=next((m.name for m in marks if isinstance(m, Format)), ""),
        )
    return found


def _types(annotation: Any, marks: list[Any]) -> tuple[tuple[str, ...], Kind, bool, bool]:
    """Classes, kind, whether it is a list, whether it may be null."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is list:
        classes, kind, _, _ = _types(inner[0], marks)
        return classes, kind, True, False
    if origin in (Union, types.UnionType):
        known = [a for a in inner if a is not type(None)]
        optional = len(known) < len(inner)
        if set(known) == {int, float}:
            return (), "number", False, optional
        parts = [_types(a, marks) for a in known]
        return tuple(c for p in parts for c in p[0]), parts[0][1], any(p[2] for p in parts), optional
    if hasattr(annotation, "__metadata__"):
        marks += annotation.__metadata__
        return _types(inner[0], marks)
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return concretes_of(annotation.__name__), "instance", False, False
    return (), "text" if origin is Literal else _PLAIN[annotation], False, False
