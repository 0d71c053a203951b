"""`benchside screen`, `properties`, `explain`, `profiles`."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from benchside.cli.output import Terminal, emit, guarded, say
from benchside.workspaces.errors import ExitCode

if TYPE_CHECKING:
    from benchside.graphs.screening.api import Pending, ScreenResult
    from benchside.tools.chemistry.readers import ReadKeywords

Json = Annotated[bool, Parameter(name="--json", negative="", help="JSON on standard output.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Reading:
    """How the file is to be read, where that cannot be found out."""

    structure_column: Annotated[str | None, Parameter(help="Column that holds the structures.")] = None
    id_column: Annotated[str | None, Parameter(help="Column that holds the ids.")] = None
    name_column: Annotated[str | None, Parameter(help="Column that holds the names.")] = None
    activity_column: Annotated[
        str | None, Parameter(help="Column with a measured activity, for ligand efficiency and LLE.")
    ] = None
    encoding: Annotated[str | None, Parameter(help="Text encoding of the file.")] = None
    delimiter: Annotated[str | None, Parameter(help="Column separator of the file.")] = None


def _given(reading: Reading | None) -> ReadKeywords:
    """The options as keywords of the functions below; those not given are left to them."""
    keywords: ReadKeywords = {}
    if reading is not None:
        keywords.update(asdict(reading))  # type: ignore[typeddict-item]
    return keywords


def screen(
    library: str,
    /,
    *,
    profile: str = "oral",
    workspace: Path,
    reference: str | None = None,
    reference_weight: float = 0.0,
    top: int = 50,
    admet: bool = True,
    admet_depth: int | None = None,
    max_per_cluster: int | None = None,
    approved_background: bool = True,
    review: Annotated[bool, Parameter(negative="")] = False,
    reading: Reading | None = None,
    workers: int | None = None,
    explain: str | None = None,
    as_json: Json = False,
) -> int:
    """Screen a library against a profile: a ranked shortlist, all results, rejects with reasons, an HTML report.

    Parameters
    ----------
    library
        A SMILES, SDF, CSV, TSV or Parquet file (also .gz), a list of names, or `approved-drugs`.
    profile
        Name of a profile (`benchside profiles`) or a .toml file.
    workspace
        Folder that keeps everything; made if it does not exist.
    reference
        A known active, by name or as SMILES: similarity, shared scaffold and differences become columns.
    reference_weight
        Weight of the similarity to the reference in the score; 0 leaves it out.
    top
        Length of the shortlist.
    admet
        Predict ADMET for the best survivors.
    admet_depth
        For how many; the profile says unless given.
    max_per_cluster
        Shortlisted compounds of one cluster at most, 0 for no limit; the profile says unless given.
    approved_background
        Compare with the approved drugs that admet-ai ships.
    review
        Wait for `benchside approve` before the shortlist is written.
    workers
        Worker processes; all processors unless given.
    explain
        Also say why this compound stands where it does.
    """

    def action() -> int:
        from benchside.graphs.screening import api
        from benchside.settings import load_settings

        loaded = load_settings()
        settings = loaded.screening
        if workers is not None:
            settings = settings.model_copy(update={"workers": workers})
        outcome = api.screen(
            library,
            profile=profile,
            workspace=workspace,
            reference=reference,
            reference_weight=reference_weight,
            top=top,
            admet=admet,
            admet_depth=admet_depth,
            max_per_cluster=max_per_cluster,
            approved_background=approved_background,
            review=review,
            progress=Terminal(),
            settings=settings,
            http=loaded.http,
            safety=loaded.safety,
            command=sys.argv[1:],
            **_given(reading),
        )
        return report_outcome(outcome, as_json=as_json, explain=explain)

    return guarded(action, as_json=as_json)


def report_outcome(outcome: ScreenResult | Pending, *, as_json: bool, explain: str | None = None) -> int:
    """Say how a run ended: products, or what a person must decide."""
    from benchside.graphs.screening.api import Pending

    if isinstance(outcome, Pending):
        if as_json:
            emit({"pending": outcome.as_dict()})
        else:
            say(f"{outcome.run} waits: {outcome.question}")
            for line in outcome.lines():
                say(f"  {line}")
            say(f"Go on with: benchside approve {outcome.workspace} --why REASON   (or reject)")
        return int(ExitCode.PENDING)
    explanation = outcome.explain(explain) if explain else None
    if as_json:
        emit(outcome.as_dict() | ({"explanation": explanation.as_dict()} if explanation else {}))
        return int(ExitCode.OK)
    for line in outcome.lines():
        say(line)
    if explanation:
        say()
        print(explanation.text())
    else:
        print(outcome.report if outcome.report else outcome.workspace)
    return int(ExitCode.OK)


def properties(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    columns: str | None = None,
    format: Literal["csv", "json", "parquet"] = "csv",
    output: Path | None = None,
    admet: Annotated[bool, Parameter(negative="")] = False,
    reading: Reading | None = None,
    workers: int | None = None,
) -> int:
    """Properties of each row of a file: one row out per row in, in order, with a status column.

    Parameters
    ----------
    file
        A SMILES, SDF, CSV, TSV or Parquet file (also .gz), or a list of names; `-` reads text from standard input.
    columns
        Comma-separated columns, or groups: basic, rules, alerts, cns, admet, all (`benchside profiles --columns`).
    format
        csv, json (one object a line) or parquet.
    output
        File to write; standard output unless given (parquet needs a file).
    admet
        Also predict the ADMET endpoints (slow: tens of milliseconds a compound).
    workers
        Worker processes; all processors unless given.
    """

    def action() -> int:
        from benchside.settings import load_settings
        from benchside.tools.chemistry.readers import ReadOptions
        from benchside.tools.screening.plain import write_properties

        settings = load_settings().screening
        counts = write_properties(
            file,
            options=ReadOptions(**_given(reading)),
            columns=columns,
            admet=admet,
            format=format,
            output=output,
            workers=workers or settings.workers or None,
        )
        say(f"{counts['rows']:,} rows: {counts['ok']:,} ok, {counts['reject']:,} rejects (see the column status)")
        return int(ExitCode.OK)

    return guarded(action, as_json=False)


def explain(compound: str, /, *, workspace: Path, run: str | None = None, as_json: Json = False) -> int:
    """Say why a compound of a finished screening stands where it does.

    Parameters
    ----------
    compound
        Its id.
    workspace
        The workspace folder.
    run
        Run id; the latest finished screening unless given.
    """

    def action() -> int:
        from benchside.graphs.screening.api import open_result

        explanation = open_result(workspace, run).explain(compound)
        if as_json:
            emit(explanation.as_dict())
        else:
            print(explanation.text())
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)


def profiles(
    name: str | None = None, /, *, columns: Annotated[bool, Parameter(negative="")] = False, as_json: Json = False
) -> int:
    """List the profiles, print one to copy and edit, or list the columns that one can use.

    Parameters
    ----------
    name
        Profile to print.
    columns
        List the columns with unit and source instead.
    """

    def action() -> int:
        from benchside.tools.screening.profile import built_in, load_profile

        if columns:
            from dataclasses import asdict

            from benchside.tools.chemistry.columns import COLUMNS

            if as_json:
                emit([asdict(c) for c in COLUMNS.values()])
            for c in COLUMNS.values() if not as_json else ():
                print(f"{c.name:<34}{c.label}{f' [{c.unit}]' if c.unit else ''} ({c.kind})")
        elif name:
            load_profile(name)
            known = built_in()
            print((known.get(name) or Path(name)).read_text(encoding="utf-8"), end="")
        else:
            found = {n: load_profile(n).description for n in built_in()}
            if as_json:
                emit(found)
            for n, text in found.items() if not as_json else ():
                print(f"{n:<20}{text}")
        return int(ExitCode.OK)

    return guarded(action, as_json=as_json)
