"""A design as a job: what it leaves in the workspace, and that text, tables and ledger say the same."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import docx
import pytest

from benchside.graphs.design.api import DesignResult, design
from benchside.graphs.design.charts import charts
from benchside.tools.reporting.figures import draw
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.families import from_settings
from benchside.workspaces.errors import InputError, NotFoundError
from benchside.workspaces.ledger import NewEvidence, Source
from benchside.workspaces.verification import verify
from benchside.workspaces.workspace import Workspace

SETTINGS = {"design": "two-proportions", "control": 0.3, "treatment": 0.45, "looks": "0.5,0.75,1", "futility": "hsd:-2",
            "dropout": 0.1}  # fmt: skip


def run(place: Path, **change: object) -> DesignResult:
    return design(SETTINGS | change, workspace=place, trials=5_000)


def test_a_run_leaves_evidence_tables_and_both_reports(tmp_path: Path) -> None:
    made = run(tmp_path / "w")
    place = Workspace.open(tmp_path / "w")
    assert made.report is not None
    assert made.document is not None
    assert made.evidence is not None
    assert made.unresolved == ()
    assert place.runs.get("0001-design").status == "done"
    power = place.ledger.get(made.evidence["achieved_power"])
    assert power.kind == "computed"
    assert set(power.inputs) >= {made.evidence["control"], made.evidence["alpha"]}
    assert place.ledger.get(made.evidence["control"]).kind == "assumption"
    column = place.ledger.get(made.evidence["boundaries.efficacy_z"])
    assert place.artifacts.resolve(column, "1") == pytest.approx(2.9626, abs=1e-4)
    assert verify(place) == []


def test_every_number_of_the_paragraph_is_in_the_ledger(tmp_path: Path) -> None:
    made = run(tmp_path / "w")
    assert made.unresolved == ()
    assert made.evidence is not None
    for name, q in made.results.text.values.items():
        if isinstance(q.value, int | float):
            assert name in made.evidence


def test_the_same_design_again_finds_its_own_entries(tmp_path: Path) -> None:
    first, second = run(tmp_path / "w"), run(tmp_path / "w")
    assert first.evidence == second.evidence
    assert first.run != second.run


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    one, two = run(tmp_path / "a"), run(tmp_path / "b")
    for left, right in ((one.report, two.report), (one.document, two.document)):
        assert left is not None
        assert right is not None
        assert left.read_bytes() == right.read_bytes()


def test_an_assumption_can_rest_on_evidence_that_says_the_same(tmp_path: Path) -> None:
    place = Workspace.open_or_create(tmp_path / "w")
    source = place.ledger.append(
        [NewEvidence(kind="retrieved", subject="NCT1", quantity="response rate", value=0.3, unit="1",
                     source=Source(document="NCT1"))]
    )[0]  # fmt: skip
    made = run(tmp_path / "w", sources={"control": source.id})
    assert made.evidence is not None
    assert place.ledger.get(made.evidence["control"]).inputs == [source.id]
    with pytest.raises(ContradictoryInputError, match=r"says 0\.3"):
        run(tmp_path / "w", control=0.2, treatment=0.4, sources={"control": source.id})
    with pytest.raises(NotFoundError):
        run(tmp_path / "w", sources={"control": "E999"})


def test_word_and_html_say_the_same(tmp_path: Path) -> None:
    made = run(tmp_path / "w")
    assert made.document is not None
    assert made.report is not None
    document = docx.Document(io.BytesIO(made.document.read_bytes()))
    html = made.report.read_text()
    assert made.text in [p.text for p in document.paragraphs]
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    for text in ("0.001525", "2.963", "power of the rounded design"):
        assert text in cells
        assert text in html
    with zipfile.ZipFile(made.document) as package:
        assert all(i.date_time == (1980, 1, 1, 0, 0, 0) for i in package.infolist())
    drawing = [e for e in document.element.iter() if e.tag.endswith("}docPr")]
    assert len(drawing) == 3
    assert all(e.get("descr") for e in drawing)


def test_without_a_workspace_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = design(SETTINGS, trials=2_000)
    assert made.workspace is None
    assert list(tmp_path.iterdir()) == []
    json.dumps(made.as_dict(), allow_nan=False)


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "design = ", "\x00", 'design = "two-means"', 'design = "adaptive-enrichment"\n', "a" * 100]
)
def test_a_file_that_is_no_design_gets_a_named_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "design.toml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        design(file)
    assert str(file) in str(caught.value.where)
    assert caught.value.hint


def test_a_title_from_outside_is_text_and_nothing_else(tmp_path: Path) -> None:
    made = run(tmp_path / "w", title="<script>alert(1)</script> {n_total} ../../x")
    assert made.report is not None
    assert "<script>alert(1)" not in made.report.read_text()
    assert made.report.parent == tmp_path / "w" / "reports"


@pytest.mark.parametrize(
    ("settings", "titles"),
    [
        ({"design": "simon", "p0": 0.1, "p1": 0.3}, ["Power curve", "Expected size"]),
        ({"design": "three-plus-three"}, ["How often each dose is selected"]),
        ({"design": "survival", "control_median": 12, "hazard_ratio": 0.7, "accrual": 24, "follow_up": 12, "looks": 2},
         ["Boundaries on the Z scale", "Power curve", "Expected size", "Accrual and events over time, as expected"]),
    ],
)  # fmt: skip
def test_the_tables_of_a_design_are_drawn(settings: dict[str, object], titles: list[str]) -> None:
    chosen = from_settings(settings)
    drawn = charts(chosen, chosen.tables())
    assert [c.title for c in drawn] == titles
    for chart in drawn:
        assert "<svg" in draw(chart.spec, alt=chart.alt)
        assert len(chart.alt) > 20
