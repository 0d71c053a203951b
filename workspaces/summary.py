"""What a workspace holds, at a glance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchside.workspaces.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Summary:
    """Runs, files and evidence of a workspace."""

    name: str
    path: str
    created: str
    runs: list[dict[str, str]]
    artifacts: list[dict[str, Any]]
    evidence: dict[str, int]
    head: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {f: getattr(self, f) for f in self.__slots__}

    def text(self) -> str:
        """For a person."""
        lines = [f"{self.name}  ({self.path}, made {self.created})", "", f"Runs ({len(self.runs)})"]
        lines += [f"  {r['id']:<16}{r['status']:<13}{r['created']}  {r['command']}" for r in self.runs]
        lines += ["", f"Files ({len(self.artifacts)})"]
        lines += [f"  {a['path']:<52}{a['size']:>14,} bytes" for a in self.artifacts]
        kinds = ", ".join(f"{n} {k}" for k, n in self.evidence.items()) or "none"
        lines += ["", f"Evidence: {kinds}", f"Head of the chain: {self.head}"]
        return "\n".join(lines)


def summary(place: Workspace | Path) -> Summary:
    """The summary of a workspace; a run that says "running" but that no process holds is shown as interrupted.

    Raises:
        NotFoundError: there is no workspace. StorageError: one of its files is damaged.
    """
    workspace = Workspace.of(place)
    kinds = Counter(e.kind for e in workspace.ledger.all())
    return Summary(
        name=workspace.config.name,
        path=str(workspace.path),
        created=workspace.config.created,
        runs=[
            {
                "id": r.id,
                "job": r.job,
                "status": workspace.runs.standing(r),
                "created": r.created,
                "command": " ".join(["benchside", *r.command]),
                "error": r.error,
            }
            for r in workspace.runs.all()
        ],
        artifacts=[{"path": a.path, "size": a.size, "sha256": a.sha256} for a in workspace.artifacts.all()],
        evidence=dict(sorted(kinds.items())),
        head=workspace.ledger.head(),
    )
