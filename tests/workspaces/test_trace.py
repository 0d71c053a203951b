"""The chain behind a number."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from benchside.workspaces.errors import NotFoundError
from benchside.workspaces.evidence import NewEvidence, Source, TableReference
from benchside.workspaces.trace import describe, evidence_graph, trace
from benchside.workspaces.workspace import Workspace

Entry = Callable[..., NewEvidence]


@pytest.fixture
def project(workspace: Workspace, entry: Entry) -> Workspace:
    given = workspace.artifacts.take_in_bytes(b"id,smiles\nCHEMBL25,CC(=O)Oc1ccccc1C(=O)O\n", "library.csv")
    result = workspace.artifacts.store(
        b"compound_id,mw\nCHEMBL25,180.16\nX,\n",
        "results.csv",
        kind="result",
        media_type="text/csv",
        provenance={"tool": "benchside screen", "version": "0.1.0", "inputs": [given.sha256]},
    )
    column = TableReference(artifact=result.sha256, column="mw", key_column="compound_id")
    workspace.ledger.append([entry("library", column), *(entry(f"C{i}", float(i)) for i in range(2, 11))])
    workspace.ledger.append(
        [
            entry("mean", 180.16, inputs=["E10", "E2", "E1"]),
            entry("limit", 500, kind="user", source=Source(person="the user")),
            entry("passes", True, unit="", inputs=["E11", "E12", "E11"], quantity="passes the limit"),
        ]
    )
    return workspace


def test_the_tree(project: Workspace) -> None:
    given, result = project.artifacts.all()
    assert trace(project.path, "E13").text().splitlines() == [
        "E13 = yes",
        "E13  passes the limit of passes = yes  [computed: rdkit 2026.9.1]",
        "  E11  molecular weight (average) of mean = 180.16 g/mol  [computed: rdkit 2026.9.1]",
        "    E1  molecular weight (average) of library = a column of a table g/mol  [computed: rdkit 2026.9.1]",
        f"      results/results.csv (sha256 {result.sha256[:16]}…, benchside screen 0.1.0)",
        f"        {given.path} (sha256 {given.sha256[:16]}…, given as library.csv)",
        "    E2  molecular weight (average) of C2 = 2.0 g/mol  [computed: rdkit 2026.9.1]",
        "    E10  molecular weight (average) of C10 = 10.0 g/mol  [computed: rdkit 2026.9.1]",
        "  E12  molecular weight (average) of limit = 500 g/mol  [user: the user]",
    ]


def test_a_row(project: Workspace) -> None:
    found = trace(project, "E1[CHEMBL25]")
    assert found.value == 180.16
    assert found.text().splitlines()[0] == "E1[CHEMBL25] = 180.16 g/mol"
    assert trace(project, "E1[X]").text().splitlines()[0] == "E1[X] = no value"
    assert trace(project, "E1").text().startswith("E1  molecular")
    for address in ("E1[Y]", "E2[CHEMBL25]", "E99", "nonsense"):
        with pytest.raises(NotFoundError):
            trace(project, address)


def test_json(project: Workspace) -> None:
    found = json.loads(json.dumps(trace(project, "E1[CHEMBL25]").as_dict(), allow_nan=False))
    assert found["address"] == "E1[CHEMBL25]"
    assert found["value"] == 180.16
    assert found["entry"]["unit"] == "g/mol"
    assert [s["depth"] for s in found["chain"]] == [0, 1, 2]
    assert found["chain"][0]["node"] == "E1"


def test_what_was_shown_is_not_shown_twice(workspace: Workspace, entry: Entry) -> None:
    workspace.ledger.append([entry("A", 1.0)])
    workspace.ledger.append([entry("B", 1.0, inputs=["E1"])])
    for i in range(3, 40):  # each from the two before: without a limit, two to the 20th lines and more
        workspace.ledger.append([entry(str(i), 1.0, inputs=[f"E{i - 1}", f"E{i - 2}"])])
    lines = trace(workspace, "E39").text().splitlines()
    assert len(lines) < 100
    assert sum("see above" in line for line in lines) == 36


def test_the_graph(project: Workspace, entry: Entry) -> None:
    project.ledger.append([entry("outside", 1.0, inputs=["f" * 64, "E77"])])
    graph = evidence_graph(project)
    assert graph.nodes["E1"]["kind"] == "evidence"
    assert graph.nodes["f" * 64] == {"kind": "unknown", "text": "not in this workspace: ffffffffffffffff…"}
    assert graph.nodes["E77"]["text"] == "E77: not in this ledger"
    assert sorted(graph.predecessors("E13")) == ["E11", "E12"]
    assert sorted(graph.predecessors("E14")) == ["E77", "f" * 64]


def test_long_values_are_cut(workspace: Workspace, entry: Entry) -> None:
    found = workspace.ledger.append([entry("A", "x" * 200, unit="")])[0]
    assert describe(found) == f"E1  molecular weight (average) of A = {'x' * 77}…  [computed: rdkit 2026.9.1]"
