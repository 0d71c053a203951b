"""Multiplicity procedures from TOML files, and their decisions as a table."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.multiplicity.model import Multiplicity
from benchside.tools.trials.design.results import Column, Table
from benchside.workspaces.errors import InputError

LARGEST_FILE = 1_000_000


def read_multiplicity(path: Path) -> Multiplicity:
    """A procedure from a file.

    Raises:
        InputError: the file cannot be read; DesignError: what it says is no procedure.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError("the file is too large", where=str(path), hint="At most 1 MB.")
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"the procedure cannot be read: {why}", where=str(path), hint="Give a TOML file.") from None
    try:
        return Multiplicity.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        raise ImpossibleInputError(
            f"{place}: {first['msg'].lower()}", where=str(path), hint="It needs procedure and hypotheses."
        ) from None


def decisions(chosen: Multiplicity, p_values: str, alpha: float) -> Table:
    """Adjusted p values and what is rejected.

    Raises:
        DesignError: the p values cannot be read, or are not one for each hypothesis.
    """
    try:
        numbers = [float(part) for part in p_values.split(",") if part.strip()]
    except ValueError:
        raise ImpossibleInputError(
            f"the p values {p_values[:60]!r} cannot be read", where="p_values", hint="Write 0.01,0.03."
        ) from None
    if len(numbers) != len(chosen.names):
        raise ContradictoryInputError(
            f"{len(numbers)} p values for {len(chosen.names)} hypotheses", where="p_values", hint="One for each."
        )
    adjusted = chosen.adjusted_p_values(numbers)
    rejected = chosen.rejected(numbers, alpha)
    columns = (
        Column("hypothesis", "hypothesis", digits=0),
        Column("p_value", "p value"),
        Column("adjusted_p_value", "adjusted p value"),
        Column("rejected", f"rejected at {alpha:g}", digits=0),
    )
    rows = tuple((n, p, adjusted[n], n in rejected) for n, p in zip(chosen.names, numbers, strict=True))
    return Table("decisions", "Adjusted p values and decisions", columns, rows)
