"""Rows that name a compound instead of drawing it: its structure comes from the offline tables, or it is a reject."""

from __future__ import annotations

from dataclasses import replace

from benchside.tools.chemistry.records import InputRecord, Problem
from benchside.workspaces.errors import InputError, NotFoundError


def with_structure(record: InputRecord) -> tuple[InputRecord, str]:
    """A record of format "name" with the SMILES that its name stands for, or with the reason why there is none.

    Returns:
        The record, and what matched and from where ("" for a record that is no name).
    """
    if record.problem is not None or record.format != "name":
        return record, ""
    # its tables are large, and most libraries hold structures
    from benchside.tools.chemistry.names import AmbiguousNameError, resolve_name

    try:
        found = resolve_name(record.structure)
    except AmbiguousNameError as error:
        return replace(record, problem=Problem("ambiguous_name", str(error))), ""
    except (NotFoundError, InputError) as error:
        return replace(record, problem=Problem("unknown_name", str(error))), ""
    note = f"name: {found.matched_name}, from {found.source}" + (f"; {found.note}" if found.note else "")
    return replace(record, structure=found.smiles, format="smiles"), note
