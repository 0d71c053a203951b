"""Settings of the safety gate: what a user's own settings file may change, and how far.

A relaxation names what it relaxes, who decided it and why. It cannot turn anything into `allow`, and it cannot touch
Schedule 1 of the Chemical Weapons Convention. Each one in force is recorded with every verdict and shown in every
report.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.lists import LISTS

NotBlank = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class Relaxation(BaseModel):
    """One verdict that a user relaxes.

    Attributes:
        list, category: what it is about, as `benchside safety list` writes them; an empty category is the whole list.
        actions: for which actions.
        verdict: the verdict in place of a stricter one.
        who, why: who decided it, and the reason; both are recorded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    list: str
    category: str = ""
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]
    verdict: Literal[Verdict.NOTE, Verdict.NEEDS_APPROVAL]
    who: NotBlank
    why: NotBlank

    @model_validator(mode="after")
    def _possible(self) -> Relaxation:
        if self.list not in LISTS:
            raise ValueError(f"there is no list {self.list!r}; lists are {', '.join(LISTS)}")
        if self.list == "CWC" and not self.category.startswith(("Schedule 2", "Schedule 3")):
            raise ValueError("of the CWC, only categories of Schedule 2 and Schedule 3 can be relaxed, by name")
        return self

    def text(self) -> str:
        """One line for a report."""
        what = f"{self.list} {self.category}".strip()
        actions = ", ".join(action.value for action in self.actions)
        return f"{what}: {self.verdict.value} for {actions}, by {self.who}: {self.why}"


class SafetySettings(BaseModel):
    """How the gate is set. Read from the user's settings file alone, never from the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relax: tuple[Relaxation, ...] = ()
    similarity: Annotated[float, Field(ge=0.3, le=1.0)] = 0.8
    """Tanimoto similarity (Morgan, radius 2, 2,048 bits) to a listed item from which a structure gets a note."""
