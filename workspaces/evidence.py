"""What an evidence entry is: its fields, its key, its address, its hash."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from benchside.workspaces.errors import NotFoundError

Kind = Literal["computed", "predicted", "retrieved", "user", "decision", "assumption"]
Value = bool | int | float | str | None

GENESIS = "0" * 64
_ADDRESS = re.compile(r"(E[1-9][0-9]{0,17})(?:\[(.+)\])?", re.DOTALL)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Source(_Frozen):
    """Where a value comes from: a tool and its version, a passage of a document, or a person."""

    tool: str | None = None
    version: str | None = None
    document: str | None = None
    passage: str | None = None
    start: int | None = None
    end: int | None = None
    person: str | None = None


class TableReference(_Frozen):
    """A column of an artifact; a row of it is addressed by the value of its key column."""

    artifact: str
    """SHA-256 of the artifact."""
    column: str
    key_column: str


class NewEvidence(_Frozen):
    """An entry before it has its id.

    Attributes:
        subject, quantity: what of what.
        value: a finite number, text, yes or no, null for what could not be computed, or a column of a table.
        unit: UCUM-style; "1" for dimensionless numbers, "" where a unit has no meaning.
        uncertainty: interval or applicability note, where the tool gives one.
        inputs: ids of evidence and SHA-256 of artifacts that it was computed from.
        parameters: what else the value depends on.
        run: the run that recorded it; not a part of the key.
    """

    kind: Kind
    subject: str
    quantity: str
    value: Value | TableReference
    unit: str = ""
    uncertainty: str | None = None
    source: Source
    inputs: list[str] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)
    run: str | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        if isinstance(value, (bytes, bytearray)):
            raise ValueError("bytes are not a value: keep them as an artifact")
        # numpy's integers and booleans would pass as floats: 3 would be kept as 3.0, and yes as 1.0
        return value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value

    @field_validator("parameters")
    @classmethod
    def _storable(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            kept: dict[str, Any] = json.loads(canonical(parameters))
        except TypeError as error:
            raise ValueError(f"parameters must be plain JSON values: {error}") from None
        return kept  # as they will be read back: tuples are lists

    def key(self) -> str:
        """Hash of what the value was computed from; the value itself and the run are not in it."""
        parts = self.model_dump(
            mode="json", include={"kind", "subject", "quantity", "unit", "source", "inputs", "parameters"}
        )
        return digest(parts)


class Evidence(NewEvidence):
    """An entry of the ledger."""

    id: str
    recorded_at: str
    entry_key: str
    previous_hash: str
    hash: str

    def address(self, row: str | None = None) -> str:
        """How prose refers to it: `E17`, or `E17[CHEMBL25]` for one row of a table."""
        return self.id if row is None else f"{self.id}[{row}]"


def parse_address(text: str) -> tuple[str, str | None]:
    """The id and the row of an address.

    Raises:
        NotFoundError: it is no address.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if not found:
        raise NotFoundError(f"{text!r} is no evidence id", hint="Ids look like E17, rows like E17[CHEMBL25].")
    return found.group(1), found.group(2)


def canonical(value: Any) -> str:
    """JSON with one spelling for each value, so that its hash can be compared.

    Raises:
        ValueError, TypeError: it holds what JSON has no word for.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # a file name that is not UTF-8 comes as lone surrogates; as JSON escapes they can be kept, and come back the same
    return text.encode("utf-8", "backslashreplace").decode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def chain_hash(number: int, key: str, content: str, previous: str) -> str:
    """Hash of an entry and, through `previous`, of all entries before it."""
    return digest([number, key, content, previous])
