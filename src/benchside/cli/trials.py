"""What stands beside a trial design on the command line: multiplicity procedures and randomisation lists."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from benchside.cli.design import Json, app, as_text
from benchside.cli.output import emit, guarded, say
from benchside.workspaces.errors import ExitCode, UsageError

__all__ = ["app", "multiplicity", "randomise", "unseal"]

PASSPHRASE = "BENCHSIDE_PASSPHRASE"  # noqa: S105 - the name of a variable


@app.command
def multiplicity(
    file: Path,
    /,
    *,
    alpha: float = 0.025,
    p_values: Annotated[str | None, Parameter(name="--p-values")] = None,
    drawing: Path | None = None,
    as_json: Json = False,
) -> int:
    """How a multiplicity procedure shares alpha, and what it rejects at given p values.

    Parameters
    ----------
    file
        TOML file with procedure, hypotheses, and transitions of a graph.
    alpha
        Familywise error rate.
    p_values
        Comma-separated, in the order of the hypotheses: adjusted p values and decisions.
    drawing
        Also write the graph as an SVG file.
    """

    def action() -> int:
        from benchside.graphs.design.api import finite, table_as_dict
        from benchside.tools.trials.design.multiplicity.reading import decisions, read_multiplicity

        chosen = read_multiplicity(file)
        tables = [chosen.allocation(alpha)]
        if p_values is not None:
            tables.append(decisions(chosen, p_values, alpha))
        if drawing is not None:
            from benchside.workspaces.files import write_atomic

            write_atomic(drawing, str(chosen.svg()).encode(), replace=False)
            say(f"drawn in {drawing}")
        if as_json:
            emit(finite({t.name: table_as_dict(t) for t in tables} | {"text": chosen.to_text(alpha).render()}))
            return int(ExitCode.OK)
        for table in tables:
            print(as_text(table))
        print(chosen.to_text(alpha).render())
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)


@app.command
def randomise(file: Path, /, *, workspace: Path, as_json: Json = False) -> int:
    """Make a randomisation list: an open part for the sites, a sealed one for the unblinded party only.

    The passphrase of the sealed part comes from the variable BENCHSIDE_PASSPHRASE, or is asked for.

    Parameters
    ----------
    file
        TOML file with arms, scheme, factors and n.
    workspace
        Folder that keeps both parts.
    """

    def action() -> int:
        from benchside.graphs.design import randomisation as job

        made = job.randomise(job.read_plan(file), workspace=workspace, passphrase=_passphrase(), command=sys.argv[1:])
        if as_json:
            emit(
                {
                    "run": made.run,
                    "open": str(made.open_list),
                    "sealed": str(made.sealed),
                    "rows": made.rows,
                    "fingerprint": made.fingerprint,
                    "guessable": made.guessable.records(),
                    "evidence": dict(made.evidence),
                }
            )
            return int(ExitCode.OK)
        print(as_text(made.guessable))
        print(made.text.render())
        say(f"{made.rows} assignments; file this fingerprint before the first patient: {made.fingerprint}")
        print(f"\n{made.open_list}\n{made.sealed}")
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)


@app.command
def unseal(sealed: Path, /, *, open_list: Path | None = None, kit: str | None = None, as_json: Json = False) -> int:
    """Open a sealed randomisation list, or look up the arm of one kit in an emergency.

    Parameters
    ----------
    sealed
        The sealed file.
    open_list
        The open part, to prove that both belong together and are unchanged.
    kit
        Show the arm of this kit and nothing else.
    """

    def action() -> int:
        from dataclasses import asdict

        from benchside.tools.trials.design.randomisation.sealed import prove_unchanged, read_open, read_sealed

        found = read_sealed(sealed, _passphrase())
        if open_list is not None:
            prove_unchanged(read_open(text_of(open_list)), found)
            say("the open and the sealed part belong together and are unchanged")
        if kit is not None:
            arm = found.arm_of(kit)
            if as_json:
                emit({"kit": kit, "arm": arm})
            else:
                print(arm)
            return int(ExitCode.OK)
        rows = [asdict(r) | {"kit": k} for r, k in zip(found.found.rows, found.kits, strict=True)]
        if as_json:
            emit({"fingerprint": found.fingerprint, "seed": str(found.found.seed), "rows": rows})
            return int(ExitCode.OK)
        import csv

        writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)


def text_of(path: Path) -> str:
    """The text of a file that a person named."""
    from benchside.workspaces.errors import InputError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the file cannot be read: {error}", where=str(path), hint="Check the path.") from None


def _passphrase() -> str:
    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise UsageError("no passphrase", where=PASSPHRASE, hint="Set the variable, or run it on a terminal.")
    from getpass import getpass

    return getpass("passphrase of the sealed list: ")
