"""`benchside usdm`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchside.cli.usdm import app

EXAMPLE = str(Path(__file__).resolve().parents[2] / "examples" / "usdm" / "synthetic-study.usdm.json")


def run(*arguments: str) -> int:
    code = app(list(arguments), result_action="return_value", exit_on_error=False)
    assert isinstance(code, int)
    return code


def test_a_study_is_shown_for_people_and_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", EXAMPLE) == 0
    out = capsys.readouterr().out
    assert "Schedule of activities" in out
    assert "Age from 18 to 75 years." in out
    assert run("show", EXAMPLE, "--part", "arms", "--json") == 0
    (arms,) = json.loads(capsys.readouterr().out)
    assert arms["columns"] == ["Arm", "Type", "Screening", "Treatment", "Follow-up"]


def test_findings_for_people_and_for_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", EXAMPLE) == 0
    assert capsys.readouterr().out == "0 errors; 0 warnings; 0 notes\n"
    text = Path(EXAMPLE).read_text(encoding="utf-8").replace('"StudyEpoch_2"', '"\\u001b[2JStudyEpoch_2"', 1)
    (tmp_path / "broken.json").write_text(text, encoding="utf-8")
    assert run("check", str(tmp_path / "broken.json")) == 0
    out = capsys.readouterr().out
    assert "dangling-reference" in out
    assert "\x1b" not in out
    assert run("check", str(tmp_path / "broken.json"), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"]["error"] == len([f for f in found["findings"] if f["severity"] == "error"]) > 0
    assert all(f["line"] for f in found["findings"])


def test_what_is_no_study_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.json").write_text("{}", encoding="utf-8")
    assert run("show", str(tmp_path / "no.json"), "--json") == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usdm_not_usdm"
    assert run("check", str(tmp_path / "none.json")) == 3
    assert "no such file" in capsys.readouterr().err
