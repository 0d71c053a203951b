"""What to do next, with the reason: the answer of every dose-finding design to the data so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchside.tools.trials.design.results import Cell, Column, Table, printed

Decision = Literal["start", "escalate", "stay", "de-escalate", "stop", "suspend"]


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice for the next cohort.

    Attributes:
        dose: level of the next cohort (from 1); when the trial stops, the selected level, None for no dose.
        stop: whether the trial ends here.
        decision: in one word.
        reason: in one sentence, with the figures that it rests on.
        patients: size of the next cohort, 0 when the trial stops.
        closed: levels that are eliminated or inadmissible.
        estimates: estimated DLT rate by dose, where the design has one.
    """

    dose: int | None
    stop: bool
    decision: Decision
    reason: str
    patients: int = 0
    closed: tuple[int, ...] = ()
    estimates: tuple[float | None, ...] = ()

    def table(self) -> Table:
        """The advice as a table of one row."""
        cells: tuple[Cell, ...] = (
            "none" if self.dose is None else self.dose,
            self.decision,
            self.patients,
            ", ".join(map(str, self.closed)) or "none",
            ", ".join("–" if e is None else printed(e, 3) for e in self.estimates) or "–",
            self.reason,
        )
        return Table(
            "next_dose",
            "Advice for the next cohort" if not self.stop else "The trial stops",
            (
                Column("dose", "dose level", digits=0),
                Column("decision", "decision", digits=0),
                Column("patients", "patients", digits=0),
                Column("closed", "closed dose levels", digits=0),
                Column("estimates", "estimated DLT rates", digits=0),
                Column("reason", "reason", digits=0),
            ),
            (cells,),
        )


def moved(now: int, then: int) -> Decision:
    """The word for a move between levels."""
    return "escalate" if then > now else "de-escalate" if then < now else "stay"
