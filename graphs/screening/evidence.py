"""The ledger entries of a screening: what the user gave, what was counted, one entry for each column of the results."""

from __future__ import annotations

import pyarrow.parquet as pq

from benchside.graphs.screening.context import Context
from benchside.graphs.screening.nodes.computing import effective_profile
from benchside.graphs.screening.provenance import tool_versions
from benchside.graphs.screening.state import Decision
from benchside.tools.chemistry.approved import TABLE_VERSION
from benchside.tools.chemistry.columns import COLUMNS
from benchside.tools.safety.gate import SafetyGate, gate_version
from benchside.workspaces.artifacts import Artifact
from benchside.workspaces.ledger import Kind, NewEvidence, Source, TableReference

COUNTS = {
    "rows": "rows in the library",
    "rejects": "rows that could not be read as compounds",
    "duplicates": "rows that repeat an earlier structure",
    "gate_noted": "rows that the safety gate notes",
    "gate_needs_approval": "rows that the safety gate holds for approval",
    "gate_refused": "rows that the safety gate refuses as leads",
    "compounds": "unique compounds",
    "passed_filters": "compounds that pass the hard limits on computed values",
    "finalists": "compounds within the depth of the costly columns",
    "ranked": "compounds ranked",
    "shortlisted": "compounds on the shortlist",
    "clusters": "clusters in the pool of the shortlist",
}


def record_screening(
    context: Context, counts: dict[str, int], results: Artifact, decision: Decision | None
) -> dict[str, str]:
    """Append the entries of this run, in plan order; the same run finds its own entries again.

    Returns:
        Column or count to evidence id, in the order of the ids.
    """
    request = context.request
    profile = effective_profile(context)
    version = tool_versions()["benchside"]
    screener = Source(tool="benchside screen", version=version)
    person = Source(person="the user")
    library = f"library {request.library}"
    given = context.workspace.ledger.append([_library(context)])[0]
    names: list[str] = ["library"]
    entries: list[NewEvidence] = []

    def add(name: str, entry: NewEvidence) -> None:
        names.append(name)
        entries.append(entry)

    run = context.run.id
    add(
        "profile",
        NewEvidence(kind="user", subject=run, quantity="screening profile", value=profile.model_dump_json(),
                    source=person, inputs=[given.id], run=run),
    )  # fmt: skip
    if request.reference is not None:
        add(
            "reference",
            NewEvidence(kind="user", subject=run, quantity="reference compound", value=request.reference.smiles,
                        source=person, run=run, parameters={"asked": request.reference.asked}),
        )  # fmt: skip
    for number, relaxation in enumerate(request.safety.relax, start=1):
        add(
            f"relaxed_safety_{number}",
            NewEvidence(kind="user", subject=run, quantity="relaxed setting of the safety gate",
                        value=relaxation.text(), source=Source(person=relaxation.who), run=run,
                        parameters=relaxation.model_dump(mode="json")),
        )  # fmt: skip
    for name, label in COUNTS.items():
        add(
            name,
            NewEvidence(kind="computed", subject=f"{library} ({run})", quantity=label, value=counts[name], unit="1",
                        source=screener, inputs=[given.id], run=run,
                        parameters={"results": results.sha256}),
        )  # fmt: skip
    for field in pq.read_schema(context.workspace.path / results.path):
        known = COLUMNS.get(field.name)
        label, unit, kind, method = _described(field.name)
        if known is None and field.name not in _OWN:
            continue
        add(
            field.name,
            NewEvidence(
                kind=kind,
                subject=f"{library} ({run})",
                quantity=label,
                value=TableReference(artifact=results.sha256, column=field.name, key_column="compound_id"),
                unit=unit,
                uncertainty=_uncertainty(field.name),
                source=Source(tool=method, version=_version(field.name)),
                inputs=[given.id, results.sha256],
                run=run,
            ),
        )
    if decision is not None:
        add(
            "decision",
            NewEvidence(kind="decision", subject=run, quantity="shortlist approved", value=decision["approved"],
                        source=Source(person=decision["who"]), run=run, inputs=[results.sha256],
                        parameters={"why": decision["why"]}),
        )  # fmt: skip
    recorded = context.workspace.ledger.append(entries)
    return dict(zip(names, (given.id, *(e.id for e in recorded)), strict=True))


def _library(context: Context) -> NewEvidence:
    """What was screened: the user's file, or the table that admet-ai ships."""
    request = context.request
    if request.input_artifact is None:
        return NewEvidence(
            kind="retrieved",
            subject=request.library,
            quantity="library",
            value=request.input_sha256,
            source=Source(document=f"drugbank_approved.csv of {TABLE_VERSION}"),
            run=context.run.id,
        )
    return NewEvidence(
        kind="user",
        subject=request.library,
        quantity="library",
        value=request.input_sha256,
        source=Source(person="the user"),
        inputs=[request.input_sha256],
        run=context.run.id,
    )


_OWN = {
    "score": "score by the profile",
    "rank": "rank by score",
    "pareto_rank": "Pareto rank",
    "cluster": "cluster",
    "smiles": "standardised SMILES",
    "inchikey": "InChIKey",
    "status": "status",
    "gate_verdict": "verdict of the safety gate for ranking",
    "gate_rule": "rule behind the verdict of the safety gate",
}
_GATE = ("gate_verdict", "gate_rule")


def _described(name: str) -> tuple[str, str, Kind, str]:
    known = COLUMNS.get(name)
    if known is None:
        return _OWN.get(name, name), "1", "computed", SafetyGate.name if name in _GATE else "benchside screen"
    kind: Kind = "user" if known.kind == "input" else known.kind
    tool = "admet-ai" if known.kind == "predicted" else known.source
    return known.label, known.unit or "1", kind, tool


def _version(name: str) -> str:
    known = COLUMNS.get(name)
    versions = tool_versions()
    if name in _GATE:
        return gate_version()
    if known is None:
        return versions["benchside"]
    return versions["admet-ai"] if known.kind == "predicted" else versions["rdkit"]


def _uncertainty(name: str) -> str | None:
    known = COLUMNS.get(name)
    if known is None or known.kind != "predicted":
        return None
    return f"spread over the ensemble in {name}_spread; {known.note}" if known.note else f"spread in {name}_spread"
