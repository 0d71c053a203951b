"""`benchside design`: flags, files, comparison, cases, and the words a person reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchside.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "designs"
FLAGS = [
    *("--control", "0.30", "--treatment", "0.45", "--power", "0.9", "--alpha", "0.025", "--sides", "1"),
    *("--allocation", "treatment:control=2:1", "--dropout", "0.1", "--looks", "0.5,0.75,1"),
    *("--spending", "lan-demets-of", "--futility", "hsd:-2"),
]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_flags_and_file_give_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("design", "two-proportions", *FLAGS, "--json", "--no-verify") == 0
    flags = json.loads(capsys.readouterr().out)
    assert run("design", "--from", str(EXAMPLES / "response.toml"), "--json", "--no-verify") == 0
    file = json.loads(capsys.readouterr().out)
    assert flags["tables"] == file["tables"]
    assert flags["text"] == file["text"]
    assert flags["quantities"]["n_enrolled"]["value"] == 591


def test_a_person_reads_sizes_boundaries_check_and_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("design", "two-proportions", *FLAGS, "--trials", "5000") == 0
    out = capsys.readouterr().out
    for words in (
        "participants to enrol",
        "Boundaries by look",
        "2.963",
        "simulated trials (seed",
        "The trial is to show",
    ):
        assert words in out


def test_a_workspace_keeps_the_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("design", "two-proportions", *FLAGS, "--trials", "2000", "--workspace", str(tmp_path / "w")) == 0
    *_, html, word = capsys.readouterr().out.split()
    assert Path(html).suffix == ".html"
    assert Path(html).is_file()
    assert Path(word).suffix == ".docx"
    assert Path(word).is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("two-proportions", "--control", "0.3"), 3, "needs treatment"),
        (("two-proportions", "--control", "0.3", "--treatment", "0.3"), 3, "equals the null"),
        (("two-proportions", "--control", "0.3", "--treatmnt", "0.4"), 3, "Nearest: treatment"),
        (("two-proprotions",), 3, "Nearest: two-proportions"),
        (("adaptive-enrichment",), 3, "not a plain group-sequential design"),
        ((), 2, "name one family"),
        (("two-means", "--from", "x.toml"), 2, "name one family"),
        (("--from", "nowhere.toml"), 3, "cannot be read"),
        (("--from", "x.toml", "--alpha", "0.05"), 2, "no further settings"),
    ],
)
def test_errors_say_what_to_do(
    arguments: tuple[str, ...], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("design", *arguments) == code
    assert words in capsys.readouterr().err


def test_each_family_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    from benchside.tools.trials.design.catalogue import DESIGNS, ENDPOINTS

    assert run("design", "--list") == 0
    listed = capsys.readouterr().out
    for name in ENDPOINTS | DESIGNS:
        assert f"  {name} " in listed
        assert run("design", name, "--help") == 0
        assert f"benchside design {name}" in capsys.readouterr().out


def test_designs_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(EXAMPLES / "response.toml"), str(EXAMPLES / "response-fixed.toml")]
    assert run("design", "compare", *files) == 0
    out = capsys.readouterr().out
    assert "response-fixed" in out
    assert "Power over the same true effects" in out
    assert run("design", "compare", *files, "--json") == 0
    tables = json.loads(capsys.readouterr().out)
    assert tables["comparison"]["rows"]


CASES = [
    {"id": "good", "method": "schoenfeld_events", "inputs": {"hr": 0.7, "alpha": 0.025, "beta": 0.1, "p": 0.5},
     "expected": {"events": 330.378}, "tolerance": 0.001},
    {"id": "off", "method": "schoenfeld_events", "inputs": {"hr": 0.7, "alpha": 0.025, "beta": 0.1, "p": 0.5},
     "expected": {"events": 331}, "tolerance": 0.001},
    {"id": "strange", "method": "oracle", "inputs": {}, "expected": {"n": 1}, "tolerance": 0},
    {"id": "key", "method": "schoenfeld_events", "inputs": {"hr": 0.7, "colour": 1}, "expected": {"events": 1},
     "tolerance": 0},
    {"id": "impossible", "method": "schoenfeld_events", "inputs": {"hr": -1, "alpha": 0.025, "beta": 0.1, "p": 0.5},
     "expected": {"events": 1}, "tolerance": 0},
]  # fmt: skip


def test_published_cases_get_a_verdict_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(CASES))
    assert run("design", "--cases", str(file), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [c["verdict"] for c in answer["cases"]] == ["pass", "fail", "unknown_method", "unknown_key", "refused"]
    assert answer["cases"][0]["got"]["events"] == pytest.approx(330.378, abs=1e-3)
    file.write_text(json.dumps(CASES[:1]))
    assert run("design", "--cases", str(file)) == 0
    assert "1 cases: 1 pass" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"method": "x"}]', "[" * 100_000])
def test_a_file_of_no_cases_is_an_input_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cases.json"
    file.write_text(text)
    assert run("design", "--cases", str(file)) == 3


def test_a_list_is_made_sealed_and_opened_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHSIDE_PASSPHRASE", "correct horse battery")
    assert (
        run("design", "randomise", str(EXAMPLES / "randomisation.toml"), "--workspace", str(tmp_path / "w"), "--json")
        == 0
    )
    made = json.loads(capsys.readouterr().out)
    assert run("design", "unseal", made["sealed"], "--open-list", made["open"], "--json") == 0
    opened = json.loads(capsys.readouterr().out)
    assert len(opened["rows"]) == made["rows"]
    kit, arm = opened["rows"][0]["kit"], opened["rows"][0]["arm"]
    assert run("design", "unseal", made["sealed"], "--kit", kit) == 0
    assert capsys.readouterr().out == f"{arm}\n"
    monkeypatch.setenv("BENCHSIDE_PASSPHRASE", "another horse battery")
    assert run("design", "unseal", made["sealed"]) == 3
    assert arm not in capsys.readouterr().out


def test_a_graph_of_hypotheses_is_tested_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawing = tmp_path / "graph.svg"
    arguments = ("design", "multiplicity", str(EXAMPLES / "graph.toml"), "--p-values")
    assert run(*arguments, "0.01,0.005,0.02,0.3", "--drawing", str(drawing), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [r["rejected"] for r in answer["decisions"]["rows"]] == [True, True, False, False]
    assert drawing.read_text().startswith("<svg")
    assert run(*arguments, "0.01,0.02") == 3
    assert "One for each" in capsys.readouterr().err


def test_the_next_dose_is_told_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("design", "boin", "--target", "0.3", "--outcomes", "1NNN 2NTN", "--json") == 0
    assert json.loads(capsys.readouterr().out)["next_dose"] == 2
    assert run("design", "two-means", "--difference", "1", "--sd", "1", "--outcomes", "1NNN") == 2
