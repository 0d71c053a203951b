"""What all classes of USDM v4 have in common: how attributes are named, what they refer to, and how they are written.

The classes are written from the data structure and the API of USDM 4.0 (CDISC DDF, v4.0.0). Attributes have the names
of the model in snake case; the names of the model are their aliases and are what files hold. Types are strict, so that
nothing is converted on the way in; keys that the model does not know, as of a newer version, are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

Number = int | float
_IRREGULAR = {"includes_dna": "includesDNA"}


@dataclass(frozen=True)
class Ref:
    """Marks text, or a list of it, as ids of instances of one of these classes."""

    targets: tuple[str, ...]

    def __init__(self, *targets: str) -> None:
        object.__setattr__(self, "targets", targets)


@dataclass(frozen=True, slots=True)
class AtMost:
    """Marks a list as one of at most so many."""

    count: int


@dataclass(frozen=True, slots=True)
class Format:
    """Marks text as one of a format: `date` (ISO 8601)."""

    name: str


IsoDate = Annotated[str, Format("date")]


def name_in_model(name: str) -> str:
    """`study_phase` as the model has it, `studyPhase`."""
    first, *rest = name.split("_")
    return _IRREGULAR.get(name) or first + "".join(part.capitalize() for part in rest)


class Part(BaseModel):
    """Anything in a file: keeps unknown keys, converts nothing, and can be written as it was read."""

    model_config = ConfigDict(
        alias_generator=name_in_model,
        validate_by_name=True,
        validate_by_alias=True,
        extra="allow",
        strict=True,
        validate_assignment=True,
        allow_inf_nan=False,
    )

    def as_json(self) -> dict[str, Any]:
        """JSON with the names of the model: what was given or set, even if empty, and what is not empty."""
        found: dict[str, Any] = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if name == "instance_type" or name in self.model_fields_set or value not in (None, []):
                found[field.alias or name] = _plain(value)
        for key, value in (self.model_extra or {}).items():
            found.setdefault(key, _plain(value))
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.as_json()
    return [_plain(v) for v in value] if isinstance(value, list) else value
