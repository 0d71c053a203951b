"""A workspace at a glance."""

from __future__ import annotations

import json
from collections.abc import Callable

from benchside.workspaces.evidence import NewEvidence
from benchside.workspaces.summary import summary
from benchside.workspaces.workspace import Workspace


def test_a_summary(workspace: Workspace, entry: Callable[..., NewEvidence]) -> None:
    stopped = workspace.runs.create("screen", command=["screen", "a.csv"])
    done = workspace.runs.create("screen", command=["screen", "b.csv"])
    workspace.runs.update(done.id, status="done")
    workspace.artifacts.take_in_bytes(b"abc", "a.csv")
    workspace.ledger.append([entry("A", 1.0), entry("B", 1.0), entry("C", 1.0, kind="predicted")])
    found = summary(workspace.path)
    assert [(r["id"], r["status"]) for r in found.runs] == [(stopped.id, "interrupted"), (done.id, "done")]
    assert found.evidence == {"computed": 2, "predicted": 1}
    assert found.head == workspace.ledger.head()
    assert json.loads(json.dumps(found.as_dict()))["artifacts"][0]["size"] == 3
    text = found.text()
    for part in ("project", "0001-screen", "interrupted", "benchside screen b.csv", "inputs/ba7816bf", "2 computed"):
        assert part in text


def test_an_empty_workspace(workspace: Workspace) -> None:
    assert "Evidence: none" in summary(workspace).text()
