"""How fields of a model are read: no yes or no for a number, and `0.5,1` as a list of numbers."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationInfo

from benchside.tools.trials.design.errors import ImpossibleInputError

_SEPARATOR = re.compile(r"[,:\s]+")


def sound_number(value: Any, info: ValidationInfo) -> Any:
    """Refuses what pydantic would turn into 0 or 1 without a word, and numbers whose squares no computer holds."""
    where = str(info.field_name)
    for one in value if isinstance(value, list | tuple) else (value,):
        if isinstance(one, bool):
            raise ImpossibleInputError(f"{where} is {value!r}", where=where, hint="Give a number.")
        if isinstance(one, int | float) and one != 0 and (abs(one) < 1e-50 or 1e50 < abs(one) < math.inf):
            raise ImpossibleInputError(f"{where} is {str(one)[:20]}", where=where, hint="Choose other units.")
    return value


def number_list(value: Any, info: ValidationInfo) -> Any:
    """Text such as `1,0.9,0.8` or `2:1:1`, or one number, as a tuple; the rest is left to pydantic."""
    value = sound_number(value, info)
    if isinstance(value, str):
        return _read(value, str(info.field_name))
    return (value,) if isinstance(value, int | float) else value


def _read(text: str, where: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in _SEPARATOR.split(text) if part)
    except ValueError:
        raise ImpossibleInputError(
            f"{where} is {text[:60]!r}", where=where, hint="Write numbers with commas between them."
        ) from None


def number_rows(value: Any, info: ValidationInfo) -> Any:
    """A matrix as text, rows apart by semicolons, such as `1,0.5;0.5,1`."""
    if isinstance(value, str):
        return tuple(_read(row, str(info.field_name)) for row in value.split(";") if row.strip())
    return sound_number(value, info)


def text_list(value: Any, info: ValidationInfo) -> Any:
    """Texts apart by semicolons or spaces, such as `linear; emax:25; sigEmax:30.5,3.5`, as a tuple."""
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[;\s]+", value) if part)
    return sound_number(value, info)


class ComparedByFields:
    """For frozen models that keep results beside their fields: equal when the fields are, whatever was computed so far.

    Pydantic compares all of `__dict__`, and so also cached arrays, whose comparison is no yes or no.
    """

    def __eq__(self, other: object) -> bool:
        """Whether the other is of the same class, with equal fields."""
        return type(self) is type(other) and _comparable(self) == _comparable(other)

    def __hash__(self) -> int:
        """The same for equal ones."""
        return hash((type(self), _comparable(self)))


def _comparable(value: Any) -> Any:
    """A hashable value that is equal for equal fields."""
    if isinstance(value, BaseModel):
        return tuple((name, _comparable(getattr(value, name))) for name in type(value).model_fields)
    if isinstance(value, dict):
        return frozenset((key, _comparable(one)) for key, one in value.items())
    if isinstance(value, list | tuple | np.ndarray):
        return tuple(_comparable(one) for one in value)
    return value


def refuse_booleans(model: type[BaseModel], given: Any) -> Any:
    """For a validator before all others: yes or no where a number is due, which pydantic would take for 1 or 0."""
    if isinstance(given, dict):
        for name, value in given.items():
            field = model.model_fields.get(str(name))
            if isinstance(value, bool) and field is not None and "bool" not in str(field.annotation):
                raise ImpossibleInputError(f"{name} is {value!r}", where=str(name), hint="Give a number.")
    return given
