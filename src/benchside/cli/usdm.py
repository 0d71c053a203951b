"""`benchside usdm`: a study in USDM v4 JSON, shown as the tables of a protocol, and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter

from benchside.cli.output import emit, guarded
from benchside.workspaces.errors import ExitCode

Json = Annotated[bool, Parameter(name="--json", negative="", help="JSON on standard output.")]
Part = Literal["schedule", "criteria", "objectives", "arms", "interventions"]

app = cyclopts.App(name="usdm", help="Show and check a study in USDM v4 JSON.", help_format="plaintext")


@app.command
def show(file: Path, /, *, part: Part | None = None, as_json: Json = False) -> int:
    """Show a study as tables: schedule of activities, criteria, objectives and estimands, arms, interventions.

    Parameters
    ----------
    file
        USDM v4 JSON.
    part
        Show this part alone.
    """

    def action() -> int:
        from benchside.cli.design import as_text
        from benchside.tools.trials.usdm.reading import load
        from benchside.tools.trials.usdm.views.tables import PARTS, tables

        found = tables(load(file), (part,) if part is not None else tuple(PARTS))
        if as_json:
            emit(
                [
                    {
                        "name": t.name,
                        "caption": t.caption,
                        "columns": [c.label for c in t.columns],
                        "rows": [list(row) for row in t.rows],
                        "notes": list(t.notes),
                    }
                    for t in found
                ]
            )
        for table in () if as_json else found:
            print(_printable(as_text(table)))
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)


@app.command
def check(file: Path, /, *, as_json: Json = False) -> int:
    """Check a study: structure, ids and references, orders, codes, timelines, and parts that must agree.

    Findings are no failure of the command: it ends with 0, and with 3 where the file cannot be read as JSON.

    Parameters
    ----------
    file
        USDM v4 JSON, which need not be valid.
    """

    def action() -> int:
        from collections import Counter

        from benchside.tools.trials.usdm.checks.findings import Severity
        from benchside.tools.trials.usdm.checks.run import check as checked
        from benchside.tools.trials.usdm.reading import parse

        found = checked(parse(file))
        counts = Counter(f.severity for f in found)
        if as_json:
            emit({"findings": [f.as_dict() for f in found], "counts": {str(s): counts[s] for s in Severity}})
            return int(ExitCode.OK)
        for f in found:
            print(_printable(f"{f.severity:<8}{f.rule}: {f.message}"))
            print(_printable(f"        line {f.line}, {f.kind} {f.instance}, {f.path}".replace(" ,", ",")))
            print(_printable(f"        {f.fix}"))
        print("; ".join(f"{counts[s]} {s}{'' if counts[s] == 1 else 's'}" for s in Severity))
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)


def _printable(text: str) -> str:
    """Text of a file without what a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
