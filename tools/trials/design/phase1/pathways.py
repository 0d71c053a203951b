"""Dose transition pathways: what a model-based design will advise after every outcome of the next cohorts.

This is the page that such a design can give the ward, in place of a table of boundaries (Yap and others 2017).
"""

from __future__ import annotations

from typing import Protocol

from benchside.tools.trials.design.phase1.advice import Advice
from benchside.tools.trials.design.phase1.outcomes import Counts, Path
from benchside.tools.trials.design.results import Cell, Column, Table

MOST_ROWS = 64


class Adviser(Protocol):
    """A design with two outcome categories."""

    def advise(self, path: Path, limit: int | None = None) -> Advice:
        """What to do after these outcomes."""


def pathways(design: Adviser, start: Path, cohorts: int, title: str) -> Table:
    """Every course of the next cohorts from the given data, one row each, with the advice at its end.

    Args:
        cohorts: how many cohorts ahead; fewer when the table would not fit on a page.
    """
    table: list[tuple[Cell, ...]] = []
    depth = cohorts
    while depth >= 1:
        table = list(_courses(design, start, depth))
        if len(table) <= MOST_ROWS or depth == 1:
            break
        depth -= 1
    columns = [
        column
        for k in range(1, depth + 1)
        for column in (
            Column(f"dose_{k}", f"cohort {k}: dose", digits=0),
            Column(f"dlts_{k}", f"DLTs in cohort {k}", digits=0),
        )
    ]
    return Table(
        "decision_table",
        title,
        (*columns, Column("next_dose", "then dose", digits=0), Column("decision", "decision", digits=0)),
        tuple(table),
        ("Ask again with the data of the trial for the pathways from there.",),
    )


def _courses(design: Adviser, path: Path, depth: int) -> list[tuple[Cell, ...]]:
    advice = design.advise(path)
    if depth == 0 or advice.stop or advice.dose is None:
        end: Cell = "none" if advice.dose is None else advice.dose
        gap: tuple[Cell, ...] = ("–", "–") * depth
        return [(*gap, end, f"stop, {'MTD' if advice.dose else 'no dose'}" if advice.stop else advice.decision)]
    rows: list[tuple[Cell, ...]] = []
    for dlts in range(advice.patients + 1):
        seen = (advice.patients - dlts, dlts)
        at = advice.dose - 1
        merged = tuple(a + b for a, b in zip(path.counts[at], seen, strict=True))
        counts: Counts = (*path.counts[:at], merged, *path.counts[at + 1 :])
        for rest in _courses(design, Path(counts, advice.dose, seen), depth - 1):
            rows.append((advice.dose, dlts, *rest))
    return rows
