"""Screening from Python: start, resume, and the typed result or the typed question that comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from pydantic import ValidationError

from benchside.graphs.screening.context import Context, Progress, Silent
from benchside.graphs.screening.explanation import Explanation, explain_compound
from benchside.graphs.screening.provenance import tool_versions
from benchside.graphs.screening.result import ScreenResult
from benchside.graphs.screening.state import Reference, ScreenRequest
from benchside.tools.chemistry.readers import ReadKeywords, ReadOptions, read_library
from benchside.tools.http.settings import HttpSettings
from benchside.tools.safety.settings import SafetySettings
from benchside.tools.screening.profile import Admet, Profile, ProfileError, Selection, load_profile
from benchside.tools.screening.settings import ScreeningSettings
from benchside.tools.screening.workers import LocalWorkers
from benchside.workspaces.checkpoints import open_checkpointer
from benchside.workspaces.errors import NotFoundError, StorageError, UsageError
from benchside.workspaces.runs import Run, Status
from benchside.workspaces.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd
    from langchain_core.runnables import RunnableConfig

__all__ = ["Explanation", "Pending", "ScreenResult", "explain_compound", "open_result", "resume", "screen"]

JOB = "screen"
REQUEST_FILE = "request.json"


class NothingToResumeError(UsageError):
    """No unfinished run, or several of them."""

    code = "nothing_to_resume"


@dataclass(frozen=True, slots=True)
class Pending:
    """A run that waits for a person.

    Attributes:
        run, workspace: where it waits.
        question: what is asked.
        details: what the decision is about.
    """

    run: str
    workspace: Path
    question: str
    details: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"run": self.run, "workspace": str(self.workspace), "question": self.question, **self.details}

    def lines(self) -> list[str]:
        """The details in words."""
        return [f"{k}: {', '.join(v) if isinstance(v, list) else v}" for k, v in self.details.items()]

    def approve(self, *, who: str, why: str) -> ScreenResult | Pending:
        """Approve and go on."""
        return resume(self.workspace, run=self.run, answer={"approved": True, "who": who, "why": why})

    def reject(self, *, who: str, why: str) -> ScreenResult | Pending:
        """Reject; the run ends."""
        return resume(self.workspace, run=self.run, answer={"approved": False, "who": who, "why": why})


def screen(
    library: str | Path | pd.DataFrame | Sequence[str],
    *,
    profile: str | Path | Profile = "oral",
    workspace: str | Path = "benchside-workspace",
    reference: str | None = None,
    reference_weight: float = 0.0,
    top: int = 50,
    admet: bool = True,
    admet_depth: int | None = None,
    max_per_cluster: int | None = None,
    approved_background: bool = True,
    review: bool = False,
    progress: Progress | None = None,
    settings: ScreeningSettings | None = None,
    http: HttpSettings | None = None,
    safety: SafetySettings | None = None,
    command: list[str] | None = None,
    **read_as: Unpack[ReadKeywords],
) -> ScreenResult | Pending:
    """Screen a library against a profile.

    Args:
        library: path of a SMILES, SDF, CSV, TSV or Parquet file (also .gz) or of a list of names, a DataFrame, a
            list of SMILES, or "approved-drugs".
        profile: name, path of a TOML file, or a Profile.
        workspace: folder that keeps everything; made if it does not exist.
        reference: a known active, by name or as SMILES.
        reference_weight: weight of the similarity to it in the score.
        top: length of the shortlist.
        admet: predict ADMET for the best survivors, to the depth that the profile states or `admet_depth`.
        review: wait for a person before the shortlist is written; the result is then a `Pending`.
        read_as: how the library is to be read, where that cannot be found out: structure_column, id_column,
            name_column, activity_column, encoding, delimiter.
        http: network policy; a reference that the offline tables do not name is looked up in PubChem, unless it is off.
        safety: the user's settings of the safety gate; each row gets its verdict, and none is taken out.

    Raises:
        InputError: the library cannot be read; ProfileError: the profile cannot be used; StorageError: the workspace
        cannot be written; NotFoundError: the reference is unknown.
    """
    settings = settings or ScreeningSettings()
    if isinstance(library, Sequence) and not isinstance(library, str):
        import pandas as pd

        library = pd.DataFrame({"smiles": list(library)})
    chosen = _profile(profile, admet_depth=admet_depth, max_per_cluster=max_per_cluster)
    found = _reference(reference, http or HttpSettings())
    if chosen.needs_reference and found is None:
        raise ProfileError(f"profile {chosen.name!r} compares with a reference", hint="Name one with --reference.")
    if reference_weight and found is None:
        raise UsageError("a weight for the reference needs a reference", hint="Name one with --reference.")
    options = ReadOptions(**read_as)
    _check_library(library, options, chosen)
    wanted = {
        "profile": chosen,
        "profile_name": str(profile) if not isinstance(profile, Profile) else chosen.name,
        "read_as": options,
        "reference": found,
        "reference_weight": reference_weight,
        "top": top,
        "admet": admet,
        "approved_background": approved_background,
        "review": review,
        "safety": safety or SafetySettings(),
        "shard_rows": settings.shard_rows,
    }
    _checked(wanted | {"library": "", "input_sha256": ""})
    place = Workspace.open_or_create(Path(workspace))
    artifact, digest, name = _take_in(place, library)
    request = _checked(wanted | {"library": name, "input_artifact": artifact, "input_sha256": digest})
    run = place.runs.create(
        JOB,
        command=command or ["screen", name],
        profile=chosen.name,
        seeds={"screening": request.seed},
        versions=tool_versions(),
        files={REQUEST_FILE: request.model_dump_json(indent=1).encode()},
    )
    return _work(place, run, request, settings, progress or Silent())


def resume(
    workspace: str | Path,
    *,
    run: str | None = None,
    answer: dict[str, Any] | None = None,
    progress: Progress | None = None,
    settings: ScreeningSettings | None = None,
) -> ScreenResult | Pending:
    """Go on with an unfinished run, from its last finished part.

    Args:
        answer: `{"approved": bool, "who": str, "why": str}` for a run that waits for a person.

    Raises:
        NothingToResumeError: none is unfinished, or several are and none was named.
        HeldError: another process works on it.
    """
    place = Workspace.open(Path(workspace))
    chosen = _unfinished(place, run)
    request = _request(chosen)
    return _work(place, chosen, request, settings or ScreeningSettings(), progress or Silent(), answer=answer)


def _work(
    place: Workspace,
    run: Run,
    request: ScreenRequest,
    settings: ScreeningSettings,
    progress: Progress,
    *,
    answer: dict[str, Any] | None = None,
) -> ScreenResult | Pending:
    from langgraph.types import Command

    from benchside.graphs.screening.graph import compiled

    workers = LocalWorkers(
        settings.workers or None, seconds_per_row=settings.seconds_per_row, least_seconds=settings.least_seconds
    )
    with place.runs.hold(run.id), open_checkpointer(place) as saver, workers:
        context = Context(place, run, request, workers, progress, settings.chunk_rows)
        graph = compiled(saver)
        config: RunnableConfig = {"configurable": {"thread_id": run.thread_id}}
        waiting = _question(graph.get_state(config))
        if answer is not None and waiting is None:
            raise UsageError(f"{run.id} does not wait for a decision", hint="`benchside resume` goes on with it.")
        if answer is None and waiting is not None:
            return _pending(place, run, waiting)
        begun = bool(graph.get_state(config).values)
        given: Any = None if begun else {"run_id": run.id}
        if answer is not None:
            given = Command(resume=answer)
        place.runs.update(run.id, status="running")
        try:
            graph.invoke(given, config, context=context, durability="sync")
        except BaseException as error:
            with suppress(StorageError):  # a full disk must not hide what went wrong
                status: Status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
                place.runs.update(run.id, status=status, error=str(error))
            raise
        asked = _question(graph.get_state(config))
        if asked is not None:
            place.runs.update(run.id, status="pending")
            return _pending(place, run, asked)
        place.runs.update(run.id, status="done")
    return ScreenResult.open(place, run.id)


def _question(snapshot: Any) -> dict[str, Any] | None:
    for task in snapshot.tasks:
        for pause in task.interrupts:
            value: dict[str, Any] = pause.value
            return value
    return None


def _pending(place: Workspace, run: Run, question: dict[str, Any]) -> Pending:
    details = {k: v for k, v in question.items() if k != "question"}
    return Pending(run.id, place.path, question["question"], details)


def _profile(profile: str | Path | Profile, *, admet_depth: int | None, max_per_cluster: int | None) -> Profile:
    chosen = profile if isinstance(profile, Profile) else load_profile(profile)
    if admet_depth is not None:
        if admet_depth < 0:
            raise UsageError("the ADMET depth cannot be negative", hint="0 leaves ADMET out.")
        chosen = chosen.model_copy(update={"admet": Admet(depth=admet_depth)})
    if max_per_cluster is not None:
        if max_per_cluster < 0:
            raise UsageError("the limit for a cluster cannot be negative", hint="0 means no limit.")
        selection = chosen.selection.model_dump() | {"max_per_cluster": max_per_cluster}
        chosen = chosen.model_copy(update={"selection": Selection(**selection)})
    return chosen


def _reference(asked: str | None, http: HttpSettings) -> Reference | None:
    if asked is None:
        return None
    from benchside.tools.chemistry.names import resolve_structure
    from benchside.tools.chemistry.records import InputRecord
    from benchside.tools.chemistry.structures import standardise
    from benchside.tools.http import HttpClient

    with HttpClient(http) as client:
        found = resolve_structure(asked, client)
        requests = tuple(f"{r.method} {r.url} ({r.status or r.error})" for r in client.requests_made)
    made = standardise(
        InputRecord(row=1, line=None, compound_id=asked, structure=found.smiles, format="smiles", text=asked, tags={})
    )
    if made.smiles is None or made.problem is not None:
        why = made.problem.message if made.problem else "no structure"
        raise NotFoundError(f"the reference {asked!r} has no usable structure: {why}", hint="Give a SMILES.")
    return Reference(
        asked=asked, name=found.matched_name or asked, smiles=made.smiles, source=found.source, requests=requests
    )


def _checked(values: dict[str, Any]) -> ScreenRequest:
    try:
        return ScreenRequest.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            f"{first['loc'][0]}: {first['msg']}", hint="`benchside screen --help` says what is allowed."
        ) from None


def _check_library(library: str | Path | pd.DataFrame, options: ReadOptions, profile: Profile) -> None:
    """Open the library where the user keeps it, so that what is wrong with it is said before anything is made."""
    from benchside.graphs.screening.nodes.reading import APPROVED

    if isinstance(library, (str, Path)) and str(library) == APPROVED:
        roles = set()
    else:
        roles = set(read_library(library, options=options).roles)
    if profile.needs_activity and "activity" not in roles:
        raise ProfileError(
            f"profile {profile.name!r} uses a measured activity, and the library has no such column",
            hint="Name it with --activity-column.",
        )


def _take_in(place: Workspace, library: str | Path | pd.DataFrame) -> tuple[str | None, str, str]:
    """The copy of the library in the workspace, its hash, and its name."""
    from benchside.graphs.screening.nodes.reading import APPROVED

    if isinstance(library, (str, Path)):
        if str(library) == APPROVED:
            from benchside.tools.chemistry.approved import TABLE_VERSION

            return None, hashlib.sha256(TABLE_VERSION.encode()).hexdigest(), APPROVED
        path = Path(library).expanduser()
        stored = place.artifacts.take_in(path)
    else:
        from benchside.tools.chemistry.readers.frames import frame_as_parquet

        stored = place.artifacts.take_in_bytes(frame_as_parquet(library), "frame.parquet")
        path = Path("frame.parquet")
    return stored.path, stored.sha256, path.name


def _request(run: Run) -> ScreenRequest:
    file = run.folder / REQUEST_FILE
    try:
        return ScreenRequest.model_validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise StorageError(
            f"the request of the run cannot be read: {first}", where=str(file), hint="Start it anew."
        ) from None


def _unfinished(place: Workspace, run: str | None) -> Run:
    if run is not None:
        return place.runs.get(run)
    found = [r for r in place.runs.all() if r.job == JOB and r.status != "done"]
    if not found:
        raise NothingToResumeError(
            "no run is unfinished", where=str(place.path), hint="`benchside workspace show` lists them."
        )
    if len(found) > 1:
        names = ", ".join(f"{r.id} ({r.status})" for r in found)
        raise NothingToResumeError(f"several runs are unfinished: {names}", hint="Name one with --run.")
    return found[0]


def open_result(workspace: str | Path, run: str | None = None) -> ScreenResult:
    """The result of a finished screening: of the named run, or of the latest one."""
    place = Workspace.open(Path(workspace))
    if run is None:
        done = [r for r in place.runs.all() if r.job == JOB and r.status == "done"]
        if not done:
            raise NotFoundError("no screening is finished here", where=str(place.path))
        run = done[-1].id
    return ScreenResult.open(place, run)
