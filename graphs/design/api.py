"""A design as a job in a workspace: sized, checked by simulation, recorded as evidence, reported in HTML and Word."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchside.graphs.design.content import Material
from benchside.graphs.design.content import heading as heading_of
from benchside.graphs.design.evidence import record_design
from benchside.tools.grounding.resolve import verify_text
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.families import from_settings, read_design
from benchside.tools.trials.design.results import Results, Table, Verification
from benchside.workspaces.artifacts import Artifact
from benchside.workspaces.clock import now
from benchside.workspaces.errors import StorageError
from benchside.workspaces.runs import Run, Status
from benchside.workspaces.workspace import Workspace

JOB = "design"
PACKAGES = ("benchside", "numpy", "scipy", "pydantic", "python-docx")
MEDIA = {
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".html": "text/html",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True, slots=True)
class DesignResult:
    """A design and its answers; with a workspace also the run, the evidence ids and the report.

    Attributes:
        unresolved: numbers of the paragraph that no evidence of the run holds; empty unless something is wrong.
    """

    design: Design
    results: Results
    verification: Verification | None
    text: str
    workspace: Path | None = None
    run: str | None = None
    evidence: Mapping[str, str] | None = None
    report: Path | None = None
    document: Path | None = None
    unresolved: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON: strict, so null for what does not exist."""
        found: dict[str, Any] = {
            "design": self.design.model_dump(mode="json"),
            "quantities": {q.name: asdict(q) for q in self.results.quantities},
            "tables": {t.name: table_as_dict(t) for t in self.results.tables},
            "text": self.text,
        }
        if self.verification is not None:
            found["verification"] = {
                "agrees": self.verification.agrees,
                "trials": self.verification.trials,
                "seed": self.verification.seed,
                "checks": self.verification.table().records(),
                "notes": list(self.verification.notes),
            }
        if self.workspace is not None:
            found |= {
                "workspace": str(self.workspace),
                "run": self.run,
                "evidence": dict(self.evidence or {}),
                "report": str(self.report),
                "document": str(self.document),
            }
        return finite(found)  # type: ignore[no-any-return]


def table_as_dict(table: Table) -> dict[str, Any]:
    """A table for JSON: caption, columns with their labels, rows as objects, notes."""
    return {
        "caption": table.caption,
        "columns": [asdict(c) for c in table.columns],
        "rows": table.records(),
        "notes": list(table.notes),
    }


def finite(value: Any) -> Any:
    """JSON without infinities: a boundary that is never crossed is null."""
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    if isinstance(value, float) and value - value != 0:
        return None
    return value


def design(
    given: Design | Mapping[str, Any] | str | Path,
    *,
    workspace: str | Path | None = None,
    verify: bool = True,
    trials: int = DEFAULT_TRIALS,
    seed: int = DEFAULT_SEED,
    command: list[str] | None = None,
) -> DesignResult:
    """Answer a design, and with a workspace keep it: evidence, tables, HTML and Word report.

    Args:
        given: a design, flat settings (`{"design": "two-proportions", "control": 0.3, ...}`), or the path of a TOML or
            JSON file.
        workspace: folder that keeps everything; nothing is written without one.
        verify: whether to hold the closed form against a simulation.
        trials, seed: of that simulation.

    Raises:
        DesignError: what is wrong with the design; InputError: the file cannot be read; StorageError: the workspace
        cannot be written; NotFoundError: an assumption names evidence that is not there.
    """
    chosen = given if isinstance(given, Design) else _read(given)
    if workspace is None:
        results = chosen.results()
        check = chosen.verify(trials=trials, seed=seed) if verify else None
        return DesignResult(chosen, results, check, results.text.render())
    place = Workspace.open_or_create(Path(workspace))
    run = place.runs.create(
        JOB, command=command or ["design"], seeds={"simulation": seed}, versions=versions(),
        files={"design.json": _json(chosen)},
    )  # fmt: skip
    with place.runs.hold(run.id):
        try:
            made = _keep(place, run, chosen, verify=verify, trials=trials, seed=seed)
        except BaseException as error:
            with suppress(StorageError):  # a full disk must not hide what went wrong
                status: Status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
                place.runs.update(run.id, status=status, error=str(error))
            raise
        place.runs.update(run.id, status="done")
    return made


def _read(given: Mapping[str, Any] | str | Path) -> Design:
    return from_settings(given) if isinstance(given, Mapping) else read_design(Path(given).expanduser())


@cache
def versions() -> dict[str, str]:
    """Versions of everything that shapes a result."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def _json(chosen: Design) -> bytes:
    return json.dumps(chosen.model_dump(mode="json"), indent=1, ensure_ascii=False, sort_keys=True).encode()


def _keep(place: Workspace, run: Run, chosen: Design, *, verify: bool, trials: int, seed: int) -> DesignResult:
    """Artifacts first, then the ledger, then the reports that cite it."""
    from benchside.graphs.design.report.html import design_page
    from benchside.graphs.design.report.word import design_document
    from benchside.tools.reporting.page import Provenance

    results = chosen.results()
    check = chosen.verify(trials=trials, seed=seed) if verify else None
    title = chosen.title or heading_of(chosen)

    def keep(data: bytes, name: str, inputs: list[str]) -> Artifact:
        suffix = Path(name).suffix
        provenance = {"tool": "benchside design", "version": versions()["benchside"], "inputs": inputs, "run": run.id,
                      "versions": versions(), "seed": seed}  # fmt: skip
        return place.artifacts.store(
            data, f"{run.id}-{name}", kind="report" if suffix in (".html", ".docx") else "result",
            media_type=MEDIA[suffix], provenance=provenance,
        )  # fmt: skip

    definition = keep(_json(chosen), "design.json", [])
    tables = []
    for table in results.tables:
        artifact = keep(_parquet(table), f"{table.name.replace('_', '-')}.parquet", [definition.sha256])
        tables.append((table.name, artifact, [c.name for c in table.columns]))
    evidence = record_design(
        place, chosen, results, run=run.id, subject=title, verification=check, definition=definition, tables=tables,
        version=versions()["benchside"],
    )  # fmt: skip
    text = results.text.render()
    unresolved = _unresolved(place, results, text, evidence)
    material = Material(chosen, results, check, text, evidence)
    head = place.ledger.get(list(evidence.values())[-1]).hash
    made = Provenance(
        made_at=now(), command="benchside " + " ".join(run.command), program=f"benchside {versions()['benchside']}",
        run=run.id, versions=versions(), seeds={"simulation": seed},
        policies={"model": "none: no language model took part", "network": "not used", "structures": "none"},
        inputs={definition.path: definition.sha256}, ledger_head=head,
    )  # fmt: skip
    page = keep(design_page(material, made).encode(), "report.html", [definition.sha256])
    document = keep(design_document(material, head), "report.docx", [definition.sha256])
    return DesignResult(
        chosen, results, check, text, place.path, run.id, evidence, place.path / page.path, place.path / document.path,
        unresolved,
    )  # fmt: skip


def _unresolved(place: Workspace, results: Results, text: str, evidence: Mapping[str, str]) -> tuple[str, ...]:
    """Numbers of the paragraph that no evidence holds; those inside a name (`hsd:-2`) are that name's."""
    known = [place.ledger.get(evidence[name]) for name in results.text.values if name in evidence]
    names = " ".join(q.value for q in results.text.values.values() if isinstance(q.value, str))
    found = (c.number.text for c in verify_text(text, known).unresolved)
    return tuple(number for number in found if number not in names)


def _parquet(table: Table) -> bytes:
    """A table as Parquet, with a key column `row` (1, 2, ...) by which evidence is addressed."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {"row": [str(i + 1) for i in range(len(table.rows))]}
    for column in table.columns:
        values = list(table.column(column.name))
        kinds = {type(v) for v in values if v is not None}
        mixed = not (kinds <= {int, float} or len(kinds) <= 1)
        columns[column.name] = [None if v is None else str(v) for v in values] if mixed else values
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()
