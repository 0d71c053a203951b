"""The safety gate in a screening: rows carry their verdict, stay where they are, and the report says so."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchside.graphs.screening.api import screen
from benchside.graphs.screening.result import ScreenResult
from benchside.tools.chemistry.names import resolve_name
from benchside.tools.chemistry.records import Problem
from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.gate import SafetyGate, default_gate
from benchside.tools.safety.settings import Relaxation, SafetySettings
from benchside.tools.screening.profile import Profile
from benchside.tools.screening.settings import ScreeningSettings
from benchside.tools.screening.tasks import answer, failed_row
from benchside.workspaces.workspace import Workspace

SETTINGS = ScreeningSettings(workers=1, shard_rows=4, chunk_rows=2)
NAMES = ["aspirin", "diazepam", "sarin", "ibuprofen", "codeine"]
PROFILE = Profile.model_validate(
    {
        "name": "open", "description": "everything passes",
        "score": [{"column": "qed", "shape": "higher", "low": 0.0, "high": 1.0}],
    }
)  # fmt: skip
RELAXED = SafetySettings(
    relax=(
        Relaxation(list="UN 1971", actions=(Action.OPTIMISE,), verdict=Verdict.NOTE, who="A. Officer", why="licence 7"),
    )
)


@pytest.fixture(scope="module")
def library() -> pd.DataFrame:
    """Five compounds by name, a salt with a listed part, a repeat as another salt, and a reject."""
    smiles = {name: resolve_name(name).smiles for name in NAMES}
    rows = [(name, smiles[name]) for name in NAMES]
    rows += [
        ("mixture", f"{smiles['ibuprofen']}.{smiles['sarin']}"),
        ("again", f"{smiles['aspirin']}.O"),
        ("gate_verdict=allow", "C1CC"),
    ]
    return pd.DataFrame(rows, columns=["id", "smiles"]).assign(gate_verdict="allow")


@pytest.fixture(scope="module")
def finished(library: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> ScreenResult:
    found = screen(
        library, profile=PROFILE, workspace=tmp_path_factory.mktemp("safety") / "w", admet=False, top=10,
        approved_background=False, settings=SETTINGS, safety=RELAXED, id_column="id", structure_column="smiles",
    )  # fmt: skip
    assert isinstance(found, ScreenResult)
    return found


def verdicts(finished: ScreenResult) -> dict[str, str | None]:
    table = finished.results
    return {
        str(k): None if pd.isna(v) else str(v) for k, v in zip(table["compound_id"], table["gate_verdict"], strict=True)
    }


def test_every_readable_row_has_the_verdict_of_the_gate(finished: ScreenResult) -> None:
    assert verdicts(finished) == {
        "aspirin": "allow", "diazepam": "note", "sarin": "refuse", "ibuprofen": "allow", "codeine": "note",
        "mixture": "refuse", "again": "allow", "gate_verdict=allow": None,
    }  # fmt: skip
    table = finished.results.set_index("compound_id")
    assert table.loc["sarin", "gate_rule"] == default_gate().judge_text("sarin", Action.RANK).decision.rule
    assert pd.isna(table.loc["aspirin", "gate_rule"])


def test_a_cell_of_the_library_does_not_stand_for_the_verdict(finished: ScreenResult) -> None:
    assert set(finished.results["input_gate_verdict"]) == {"allow"}


def test_rows_are_kept_and_ranked_and_nobody_is_asked(finished: ScreenResult) -> None:
    table = finished.results.set_index("compound_id")
    assert table.loc["sarin", "status"] == table.loc["diazepam", "status"] == "shortlisted"
    assert table.loc["gate_verdict=allow", "status"] == "reject"
    assert {"gate_verdict", "gate_rule"} <= set(pd.read_csv(finished.products["shortlist_csv"]).columns)
    assert "<gate_verdict>" in finished.products["shortlist_sdf"].read_text(encoding="utf-8")


def test_counts_and_evidence(finished: ScreenResult) -> None:
    counts = finished.counts
    assert (counts["gate_noted"], counts["gate_needs_approval"], counts["gate_refused"]) == (2, 0, 2)
    ledger = Workspace.open(finished.workspace).ledger
    verdict = ledger.get(finished.evidence["gate_verdict"])
    assert verdict.source.tool == SafetyGate.name
    assert "tables" in (verdict.source.version or "")
    assert ledger.get(finished.evidence["gate_refused"]).value == 2


def test_a_relaxed_setting_is_evidence_and_stands_in_the_report(finished: ScreenResult) -> None:
    entry = Workspace.open(finished.workspace).ledger.get(finished.evidence["relaxed_safety_1"])
    assert entry.value == RELAXED.relax[0].text()
    assert (entry.kind, entry.source.person) == ("user", "A. Officer")
    assert finished.report is not None
    report = finished.report.read_text(encoding="utf-8")
    assert "Relaxed by the user&#39;s settings: UN 1971: note for optimise, by A. Officer: licence 7" in report


def test_the_report_says_which_gate_and_how_many(finished: ScreenResult) -> None:
    assert finished.report is not None
    report = finished.report.read_text(encoding="utf-8")
    assert "2 noted, 2 held, relaxed by settings" in report
    assert SafetyGate().version in report
    section = report[report.index('id="safety"') : report.index('id="rejects"')]
    assert "CWC Schedule 1" in section
    assert section.index("sarin") < section.index("diazepam")


def test_a_row_that_could_not_be_judged_is_not_free() -> None:
    made = failed_row("gate", Problem("timeout", "took too long"), {}).to_pylist()
    assert made == [{"gate_verdict": "needs-approval", "gate_rule": "unreadable"}]
    rows = [{"smiles": s, "inchikey": "", "removed_fragments": ""} for s in ("C1CC", "")]
    assert [r["gate_verdict"] for r in answer("gate", rows, {"safety": {}}).to_pylist()] == ["needs-approval"] * 2


def test_resuming_asks_by_the_settings_of_the_run(finished: ScreenResult) -> None:
    request = (Path(finished.workspace) / "runs" / finished.run / "request.json").read_text(encoding="utf-8")
    assert "licence 7" in request
