"""Designs side by side: their key figures, and their power over the same true effects where they share a scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.characteristics import CURVE, effect_at
from benchside.tools.trials.design.comparison import Comparison
from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError
from benchside.tools.trials.design.results import Cell, Column, Table


def compare(designs: Sequence[tuple[str, Design]]) -> tuple[Table, ...]:
    """Tables with a column for each design.

    Args:
        designs: a name and a design each, at least two; a repeated name is numbered.

    Raises:
        ContradictoryInputError: fewer than two.
    """
    if len(designs) < 2:
        raise ContradictoryInputError("one design cannot be compared", where="designs", hint="Give at least two.")
    named = [(f"{name} ({i + 1})" if [n for n, _ in designs].count(name) > 1 else name, d)
             for i, (name, d) in enumerate(designs)]  # fmt: skip
    tables = [_figures(named)]
    comparisons = [(name, d) for name, d in named if isinstance(d, Comparison)]
    scales = {(d.endpoint.effect_name, d.endpoint.no_effect) for _, d in comparisons}
    if len(comparisons) == len(named) and len(scales) == 1:
        tables.append(_powers(comparisons))
    return tuple(tables)


def _figures(named: Sequence[tuple[str, Design]]) -> Table:
    """Every quantity that at least one of them has, in the order of first appearance."""
    found = [{q.name: q for q in (*d.assumptions(), *d.sample_size().quantities())} for _, d in named]
    names = list(dict.fromkeys(name for quantities in found for name in quantities))
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        label = next(q[name].label for q in found if name in q)
        rows.append((label, *(q[name].value if name in q else None for q in found)))
    columns = (Column("quantity", "quantity", digits=0), *(Column(n, n, digits=5) for n, _ in named))
    return Table("comparison", "Designs side by side", columns, tuple(rows))


def _powers(named: Sequence[tuple[str, Comparison]]) -> Table:
    first = named[0][1]
    rows: list[tuple[Cell, ...]] = []
    for effect in (effect_at(first, share) for share in CURVE):
        row: list[Cell] = [effect]
        for _, d in named:
            try:
                row.append(d.power_of(d.statistic_at(effect), np.asarray(d.sizes, dtype=float)))
            except DesignError:  # an effect that this endpoint cannot have
                row.append(None)
        rows.append(tuple(row))
    columns = (Column("effect", first.endpoint.effect_name), *(Column(n, f"power, {n}", "1") for n, _ in named))
    return Table("power", "Power over the same true effects", columns, tuple(rows))
