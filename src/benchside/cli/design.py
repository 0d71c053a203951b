"""`benchside design`: a trial design from flags or a file, two designs side by side, and published cases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts
from cyclopts import Parameter

from benchside.cli.output import emit, guarded, say
from benchside.workspaces.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from benchside.graphs.design.api import DesignResult
    from benchside.tools.trials.design.results import Table

Json = Annotated[bool, Parameter(name="--json", negative="", help="JSON on standard output.")]
TRIALS = 100_000
HELP = "Design a clinical trial: sizes, boundaries, operating characteristics, a check by simulation, a report."

# `--help` is ours, so that `benchside design two-proportions --help` explains the settings of that family
app = cyclopts.App(name="design", help=HELP, help_format="plaintext", help_flags=[])


@app.default
def design(
    family: str | None = None,
    /,
    *,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    cases: Path | None = None,
    list_: Annotated[bool, Parameter(name="--list", negative="")] = False,
    workspace: Path | None = None,
    verify: bool = True,
    trials: int = TRIALS,
    seed: int | None = None,
    binding: Annotated[bool | None, Parameter(negative="")] = None,
    outcomes: str | None = None,
    help_: Annotated[bool, Parameter(name=["--help", "-h"], negative="")] = False,
    as_json: Json = False,
    **settings: Annotated[str, Parameter(allow_leading_hyphen=True)],
) -> int:
    """Design a clinical trial: sizes, boundaries, operating characteristics, a check by simulation, a report.

    Parameters
    ----------
    family
        What is compared or found, such as two-proportions, survival, simon, boin; --list names all.
        `benchside design FAMILY --help` explains its settings.
    from_
        Read the design from a TOML or JSON file instead.
    cases
        Evaluate a JSON file of published cases instead.
    list_
        List the families.
    workspace
        Folder that keeps evidence, tables and the report (HTML and .docx); without one the answer is only printed.
    verify
        Hold the closed form against a simulation.
    trials
        Simulated trials of that check.
    seed
        Seed of that check.
    binding
        The futility boundary binds.
    outcomes
        Of a dose escalation so far, such as "1NNN 2NTN" (dose, then N or T for each patient): what to do next.
    settings
        The settings of the family.
    """

    def action() -> int:
        if help_:
            return _explain(family)
        if list_:
            return _list(as_json=as_json)
        if cases is not None:
            return _cases(cases, as_json=as_json)
        if (family is None) == (from_ is None):
            raise UsageError(
                "name one family, or one file with --from", hint="`benchside design --list` names the families."
            )
        from benchside.graphs.design import api
        from benchside.tools.trials.design.base import DEFAULT_SEED
        from benchside.tools.trials.design.families import from_settings

        given: Any = from_
        if family is not None:
            flags: dict[str, Any] = {"design": family} | typed(settings)
            given = from_settings(flags if binding is None else flags | {"binding": binding})
        elif settings or binding is not None:
            raise UsageError("--from takes no further settings", hint="Write them into the file.")
        if outcomes is not None:
            return _advise(given, outcomes, as_json=as_json)
        outcome = api.design(
            given,
            workspace=workspace,
            verify=verify,
            trials=trials,
            seed=DEFAULT_SEED if seed is None else seed,
            command=sys.argv[1:],
        )
        _show(outcome, as_json=as_json)
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)


def _advise(given: Any, outcomes: str, *, as_json: bool) -> int:
    """The next dose of an escalation, with the reason."""
    from benchside.graphs.design.api import finite, table_as_dict
    from benchside.tools.trials.design.families import read_design
    from benchside.tools.trials.design.phase1.escalation import DoseFinding

    chosen = read_design(given) if isinstance(given, Path) else given
    if not isinstance(chosen, DoseFinding):
        raise UsageError("--outcomes goes with a dose escalation", hint="Such as boin, crm or three-plus-three.")
    advice = chosen.next_dose(outcomes)
    if as_json:
        emit(finite(table_as_dict(advice.table()) | {"next_dose": advice.dose, "reason": advice.reason}))
    else:
        print(as_text(advice.table()))
    return int(ExitCode.OK)


def typed(settings: dict[str, str]) -> dict[str, Any]:
    """What flags say, as numbers, lists and yes or no where they look like them; the engine checks the rest."""
    return {name: _value(text) for name, text in settings.items()}


def _value(text: str) -> Any:
    low = text.strip().lower()
    if low in ("true", "yes", "false", "no"):
        return low in ("true", "yes")
    try:
        return int(low) if low.lstrip("+-").isdigit() else float(low)
    except ValueError:
        pass
    parts = [p.strip() for p in text.split(",")]
    if len(parts) > 1:
        try:
            return [float(p) for p in parts]
        except ValueError:
            return text
    return text


def _explain(family: str | None) -> int:
    if family is None:
        whole = cyclopts.App(name="benchside", help_format="plaintext")
        whole.command(app)
        whole.help_print(["design"])
        return int(ExitCode.OK)
    from benchside.tools.trials.design.catalogue import DESIGNS, ENDPOINTS
    from benchside.tools.trials.design.families import settings_of

    known = settings_of(family)
    print(f"benchside design {family}: {(ENDPOINTS | DESIGNS)[family].title}\n")
    width = max(len(k) for k in known) + 4
    for key, text in known.items():
        print(f"  --{key.replace('_', '-'):<{width}}{text}")
    if family in ENDPOINTS:
        from benchside.tools.trials.design.catalogue import endpoint_class

        print("\nTests:")
        for hypothesis, names in endpoint_class(family).tests.items():
            print(f"  {hypothesis}: {', '.join(names)}")
    print("\nAlso: --workspace, --no-verify, --trials, --seed, --json (`benchside design --help`).")
    return int(ExitCode.OK)


def _list(*, as_json: bool) -> int:
    from benchside.tools.trials.design.catalogue import DESIGNS, ENDPOINTS, REFUSED

    if as_json:
        emit(
            {
                "comparisons": {k: e.title for k, e in ENDPOINTS.items()},
                "designs": {k: e.title for k, e in DESIGNS.items()},
                "refused": REFUSED,
            }
        )
        return int(ExitCode.OK)
    width = 2 + max(map(len, (*ENDPOINTS, *DESIGNS, *REFUSED)))
    for title, entries in (("Comparisons of one or two groups", ENDPOINTS), ("Designs of their own kind", DESIGNS)):
        print(f"{title}:")
        for name, entry in entries.items():
            print(f"  {name:<{width}}{entry.title}")
        print()
    print("Refused by name:")
    for name, why in REFUSED.items():
        print(f"  {name:<{width}}{why}")
    return int(ExitCode.OK)


def _cases(path: Path, *, as_json: bool) -> int:
    from collections import Counter

    from benchside.tools.trials.design.cases.run import evaluate, read_cases

    found = [evaluate(case) for case in read_cases(path)]
    counts = Counter(v.verdict for v in found)
    if as_json:
        emit({"cases": [v.as_dict() for v in found], "verdicts": dict(counts)})
    else:
        for v in found:
            print(f"{v.verdict:<15}{v.id:<34}{v.method}")
            if v.verdict == "pass":
                print(f"{'':<15}got {v.got}")
            else:
                print(f"{'':<15}got {v.got}\n{'':<15}expected {v.expected} within {v.tolerance}: {v.why}")
        print(f"{len(found)} cases: " + ", ".join(f"{n} {word}" for word, n in sorted(counts.items())))
    return int(ExitCode.OK)  # every case was evaluated; the verdicts say how


@app.command
def compare(first: Path, second: Path, /, *more: Path, as_json: Json = False) -> int:
    """Compare designs side by side: sizes, power, expected sizes, and power over the same true effects.

    Parameters
    ----------
    first, second, more
        TOML or JSON files of designs.
    """

    def action() -> int:
        from benchside.graphs.design.api import finite, table_as_dict
        from benchside.tools.trials.design.compare import compare as compared
        from benchside.tools.trials.design.families import read_design

        tables = compared([(p.stem, read_design(p)) for p in (first, second, *more)])
        if as_json:
            emit(finite({t.name: table_as_dict(t) for t in tables}))
        for table in () if as_json else tables:
            print(as_text(table))
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)


def _show(outcome: DesignResult, *, as_json: bool) -> None:
    if as_json:
        emit(outcome.as_dict())
        return
    from benchside.tools.trials.design.results import printed

    quantities = outcome.results.quantities
    width = max(len(q.label) for q in quantities) + 2
    for q in quantities:
        note = f"   {q.note}" if q.note else ""
        print(f"{q.label:<{width}}{printed(q.value, q.digits)}{note}")
    print()
    for table in outcome.results.tables:
        print(as_text(table))
    if outcome.verification is not None:
        print(as_text(outcome.verification.table()))
    print(outcome.text)
    if outcome.workspace is not None:
        say(f"run {outcome.run} in {outcome.workspace}: {len(outcome.evidence or {})} entries in the ledger")
        print(f"\n{outcome.report}\n{outcome.document}")


def as_text(table: Table) -> str:
    """A table for a terminal: numbers to the right, text to the left, notes below."""
    from benchside.tools.trials.design.results import printed

    words = [any(isinstance(row[i], str) for row in table.rows) for i in range(len(table.columns))]
    cells = [[c.label for c in table.columns]]
    cells += [[printed(v, c.digits) for v, c in zip(row, table.columns, strict=True)] for row in table.rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(table.columns))]
    lines = [table.caption]
    for line in cells:
        shown = (f"{t:<{w}}" if text else f"{t:>{w}}" for t, w, text in zip(line, widths, words, strict=True))
        lines.append("  " + "  ".join(shown).rstrip())
    return "\n".join([*lines, *(f"  {note}" for note in table.notes)]) + "\n"
