"""A finding: what is wrong, how bad it is, where, and how to put it right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from benchside.tools.trials.usdm.index import Node
from benchside.tools.trials.usdm.positions import Steps, path_of


class Severity(StrEnum):
    """How bad: an `error` breaks a rule of the model, a `warning` is very likely a mistake, a `note` may be meant."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        rule: stable name of the rule, such as `dangling-reference`.
        severity: how bad.
        steps: the place, from the root of the file.
        kind, instance: class and id of the instance it is about.
        message: what is wrong.
        fix: what to do.
        line: of the file, where there is one.
    """

    rule: str
    severity: Severity
    steps: Steps
    kind: str
    instance: str
    message: str
    fix: str
    line: int | None = None

    @property
    def path(self) -> str:
        """The place as a JSON path."""
        return path_of(self.steps)

    def as_dict(self) -> dict[str, str | int | None]:
        """As JSON for scripts."""
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "path": self.path,
            "line": self.line,
            "class": self.kind,
            "id": self.instance or None,
            "message": self.message,
            "fix": self.fix,
        }


def finding(rule: str, severity: Severity, node: Node, message: str, fix: str, *more: str | int) -> Finding:
    """A finding about an instance; `more` are steps to a place in it."""
    return Finding(rule, severity, (*node.steps, *more), node.kind, node.id, message, fix)
