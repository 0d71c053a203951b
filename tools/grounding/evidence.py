"""The part of a ledger entry that grounding needs, so that it stands below the ledger and is tested without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class EvidenceLike(Protocol):
    """One piece of evidence: what of what, its value and its unit.

    Attributes:
        id: such as `E17`, or `E17[CHEMBL25]` for one row of a bulk result.
        value: a number, a text, yes or no; None where it could not be computed.
        unit: UCUM-style, or "" or None for none.
    """

    @property
    def id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def quantity(self) -> str: ...
    @property
    def value(self) -> object: ...
    @property
    def unit(self) -> str | None: ...


Lookup = Callable[[str, str | None], EvidenceLike]
"""From an id and a row ("E17", "CHEMBL25"; None for the whole entry) to the evidence; raises NotFoundError."""


def numeric_value(evidence: EvidenceLike) -> float | None:
    """The value as a number; None for texts, flags and what could not be computed."""
    value = evidence.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def unit_of(evidence: EvidenceLike) -> str:
    """The unit, "" for none."""
    return evidence.unit or ""
