"""All checks of a study, in the order of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchside.tools.trials.usdm.checks import coherence, identity, structure, terms, timelines
from benchside.tools.trials.usdm.checks.findings import Finding, Severity
from benchside.tools.trials.usdm.index import index_of
from benchside.tools.trials.usdm.positions import Steps
from benchside.tools.trials.usdm.reading import Source
from benchside.tools.trials.usdm.study import Usdm

_CHECKS = (structure, identity, terms, timelines, coherence)


def check(study: Usdm | Source) -> tuple[Finding, ...]:
    """What is wrong with a study, by place; of a file that was parsed also with lines, and whether or not it loads."""
    data = study.data if isinstance(study, Source) else study.as_json()
    lines: Mapping[Steps, int] = study.lines if isinstance(study, Source) else {}
    index = index_of(data)
    found = [*_envelope(data), *(f for module in _CHECKS for f in module.check(index))]
    placed = [replace(f, line=_line(lines, f.steps)) for f in found]
    order = {path.steps: i for i, path in enumerate(index.nodes)}
    return tuple(sorted(placed, key=lambda f: (f.line or 0, _rank(order, f.steps), f.rule, f.message)))


def _envelope(data: Mapping[str, Any]) -> list[Finding]:
    version = data.get("usdmVersion")
    if isinstance(version, str) and version.partition(".")[0] == "4":
        return []
    message = f"usdmVersion is {str(version)[:20]!r}, and these checks are for version 4"
    return [Finding("version", Severity.ERROR, ("usdmVersion",), "Usdm", "", message, "Convert it to USDM v4.")]


def _line(lines: Mapping[Steps, int], steps: Steps) -> int | None:
    while steps and steps not in lines:
        steps = steps[:-1]
    return lines.get(steps)


def _rank(order: Mapping[Steps, int], steps: Steps) -> int:
    while steps and steps not in order:
        steps = steps[:-1]
    return order.get(steps, -1)
