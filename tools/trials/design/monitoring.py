"""Interim looks: when, with which efficacy boundary, and whether and how futility stops."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchside.tools.trials.design.checks import MOST_LOOKS, information_fractions, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError


class Monitoring(BaseModel):
    """Group-sequential monitoring.

    Attributes:
        looks: information fractions, increasing, the last one 1; a whole number is that many equally spaced looks.
        spending: efficacy boundary: `lan-demets-of`, `lan-demets-pocock`, `kim-demets:RHO`, `hsd:GAMMA`,
            `custom:A1,A2,...` (cumulative alpha), `obrien-fleming`, `pocock`, `wang-tsiatis:DELTA`, `haybittle-peto:Z`.
        futility: beta-spending of the futility boundary, by the same names; none is no futility stop.
        binding: whether the trial must stop at futility, so that the efficacy boundary may rely on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    looks: tuple[float, ...] = Field(description="information fractions of the looks; the last is 1")
    spending: str = Field("lan-demets-of", max_length=200, description="efficacy boundary or alpha spending")
    futility: str | None = Field(None, max_length=200, description="futility boundary by beta spending")
    binding: bool = Field(False, description="whether the futility boundary binds")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        if isinstance(given, dict) and "looks" in given:
            return given | {"looks": parsed_looks(given["looks"])}
        return given

    @model_validator(mode="after")
    def _readable(self) -> Monitoring:
        from benchside.tools.trials.design.sequential.families import parse_rule
        from benchside.tools.trials.design.sequential.spending import parse_spending

        information_fractions("looks", self.looks)
        parse_rule(self.spending, "spending")
        if self.futility is not None:
            parse_spending(self.futility, "futility")
        if self.binding and self.futility is None:
            raise ContradictoryInputError(
                "a binding futility boundary is asked for, but no futility boundary",
                where="binding",
                hint="Give futility, such as hsd:-2, or leave out binding.",
            )
        return self

    @property
    def efficacy_label(self) -> str:
        """The efficacy boundary as the field names it."""
        from benchside.tools.trials.design.sequential.families import parse_rule

        return _with_values(parse_rule(self.spending, "spending").label, self.spending)

    @property
    def futility_label(self) -> str:
        """The futility boundary as the field names it; empty where there is none."""
        from benchside.tools.trials.design.sequential.spending import parse_spending

        if self.futility is None:
            return ""
        return _with_values(parse_spending(self.futility, "futility").label, self.futility)

    @cached_property
    def interim(self) -> int:
        """Number of looks before the last."""
        return len(self.looks) - 1


def _with_values(label: str, rule: str) -> str:
    """A label with the cumulative values of a spending function that the user gave."""
    name, _, values = rule.partition(":")
    return f"{label} ({values.strip()})" if name.strip().lower() == "custom" else label


def parsed_looks(given: Any) -> Any:
    """Looks from `0.5,0.75,1`, from a count of equally spaced ones, or from a sequence."""
    if isinstance(given, bool):
        raise ImpossibleInputError(f"looks is {given!r}", where="looks", hint="Write 0.5,0.75,1 or a number of looks.")
    if isinstance(given, str):
        parts = [p for p in given.replace(";", ",").split(",") if p.strip()]
        try:
            numbers = [float(p) for p in parts]
        except ValueError:
            raise ImpossibleInputError(
                f"the looks {given[:60]!r} cannot be read", where="looks", hint="Write 0.5,0.75,1 or a number of looks."
            ) from None
        given = numbers[0] if len(numbers) == 1 and numbers[0] != 1 else numbers
    if isinstance(given, int | float):
        count = whole("looks", given, 1, MOST_LOOKS)
        return tuple((i + 1) / count for i in range(count))
    return given
