"""Write: products first, then the ledger, then the report that cites it; a repeated step finds its own work."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pandas as pd

from benchside.graphs.screening import products
from benchside.graphs.screening.context import Context
from benchside.graphs.screening.evidence import record_screening
from benchside.graphs.screening.nodes.computing import effective_profile
from benchside.graphs.screening.provenance import provenance, tool_versions
from benchside.graphs.screening.report import Material, screening_report
from benchside.graphs.screening.result import OUTCOME_FILE
from benchside.graphs.screening.results import Results
from benchside.graphs.screening.state import ScreeningState
from benchside.tools.reporting.page import Provenance
from benchside.workspaces.artifacts import Artifact
from benchside.workspaces.files import atomic_path, write_atomic

MEDIA = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".sdf": "chemical/x-mdl-sdfile",
    ".html": "text/html",
}


def write(state: ScreeningState, context: Context) -> ScreeningState:
    """All results, shortlist, rejects, evidence and report; with a rejected shortlist only what was computed."""
    finished = context.run.folder / OUTCOME_FILE
    if finished.is_file():  # an earlier process wrote everything, and was stopped before the checkpoint
        outcome = json.loads(finished.read_bytes())
        shutil.rmtree(context.folder, ignore_errors=True)
        return {"products": outcome["products"], "status": "done" if outcome["accepted"] else "rejected"}
    decision = state.get("decision")
    accepted = decision is None or decision["approved"]
    with context.step("write", state["rows"]):
        results = _results(context)
        path = context.workspace.path / results.path
        reject_bytes, rejects = products.rejects_csv(path)
        made: dict[str, Artifact] = {
            "results": results,
            "rejects": _store(context, reject_bytes, "rejects.csv", results),
        }
        shortlist = products.shortlist_table(path)
        if accepted:
            made["shortlist_csv"] = _store(context, products.as_csv(shortlist), "shortlist.csv", results)
            made["shortlist_sdf"] = _store(context, products.as_sdf(shortlist), "shortlist.sdf", results)
            made["shortlist_parquet"] = _store(context, products.as_parquet(shortlist), "shortlist.parquet", results)
        evidence = record_screening(context, state["counts"], results, decision)
        if accepted:
            made["report"] = _report(context, state, made, shortlist=shortlist, rejects=rejects, evidence=evidence)
        context.progress.advance(state["rows"])
    named = {name: artifact.path for name, artifact in made.items()}
    outcome = {
        "counts": state["counts"],
        "products": named,
        "evidence": evidence,
        "profile": effective_profile(context).model_dump(mode="json"),
        "accepted": accepted,
    }
    write_atomic(finished, json.dumps(outcome, indent=1, ensure_ascii=False).encode())
    shutil.rmtree(context.folder, ignore_errors=True)  # all of it is in the results by now
    return {"products": named, "status": "done" if accepted else "rejected"}


def _results(context: Context) -> Artifact:
    """The artifact with all rows; found again if an earlier process got so far."""
    scratch = context.folder / "results.parquet"
    if not scratch.is_file():
        with atomic_path(scratch) as temporary:
            products.write_results(Results(context), temporary)
    return _keep(context, scratch, "results.parquet", [])


def _store(context: Context, data: bytes, name: str, source: Artifact) -> Artifact:
    return _keep(context, data, name, [source.sha256])


def _keep(context: Context, data: bytes | Path, name: str, inputs: list[str]) -> Artifact:
    suffix = Path(name).suffix
    return context.workspace.artifacts.store(
        data,
        f"{context.run.id}-{name}",
        kind="report" if suffix == ".html" else "result",
        media_type=MEDIA[suffix],
        provenance=provenance(context, inputs),
    )


def _report(
    context: Context,
    state: ScreeningState,
    made: dict[str, Artifact],
    *,
    shortlist: pd.DataFrame,
    rejects: pd.DataFrame,
    evidence: dict[str, str],
) -> Artifact:
    labels = {
        "shortlist_csv": "shortlist CSV",
        "shortlist_sdf": "shortlist SDF",
        "shortlist_parquet": "shortlist Parquet",
        "results": "all results",
        "rejects": "rejects",
    }
    html = screening_report(
        Material(
            request=context.request,
            profile=effective_profile(context),
            counts=state["counts"],
            notes=state.get("notes", []),
            results=context.workspace.path / made["results"].path,
            shortlist=shortlist,
            rejects=rejects,
            files={label: made[name].path for name, label in labels.items()},
            evidence=evidence,
            decision=state.get("decision"),
            made=_made(context, evidence),
        )
    )
    return _keep(context, html.encode(), "report.html", [made["results"].sha256])


def _made(context: Context, evidence: dict[str, str]) -> Provenance:
    request = context.request
    requests = request.reference.requests if request.reference else ()
    return Provenance(
        made_at=datetime.fromisoformat(str(context.run.created)),
        command=" ".join(["benchside", *context.run.command]),
        run=context.run.id,
        versions=tool_versions(),
        seeds={"screening": request.seed},
        policies={
            "model": "none: no language model took part",
            "network": "; ".join(requests) if requests else "not used: everything was computed on this machine",
            "structures": "not shared: no structure left this machine",
        },
        settings={
            "profile": request.profile_name,
            "top": str(request.top),
            "reference": f"{request.reference.name} = {request.reference.smiles} ({request.reference.source})"
            if request.reference
            else "none",
            "safety gate": "; ".join(r.text() for r in request.safety.relax) or "nothing relaxed",
            "read as": ", ".join(f"{k}={v}" for k, v in asdict(request.read_as).items() if v) or "found out",
        },
        inputs={request.library: f"sha256 {request.input_sha256}"},
        # the head as this run left it, so that entries of a run beside it do not change the report
        ledger_head=context.workspace.ledger.get(list(evidence.values())[-1]).hash,
    )
