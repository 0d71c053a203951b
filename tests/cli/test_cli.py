"""The command line: what goes where, exit codes, and the words a person reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchside.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    code = ended.value.code
    assert isinstance(code, int)
    return code


def cli(*arguments: str, stdin: bytes | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "benchside", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, "BENCHSIDE_OFFLINE": "1", **environment},
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "w"
    assert run("screen", str(EXAMPLES / "dirty.csv"), "--no-admet", "--workspace", str(folder), "--json") == 0
    return folder


def test_screen_prints_json_alone(tmp_path: Path) -> None:
    done = cli("screen", str(EXAMPLES / "dirty.csv"), "--no-admet", "--workspace", str(tmp_path / "w"), "--json")
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert answer["counts"]["rows"] == 19
    assert Path(answer["products"]["report"]).is_file()
    assert b"standardise" in done.stderr


def test_screen_ends_with_the_path_of_the_report(tmp_path: Path) -> None:
    done = cli("screen", str(EXAMPLES / "dirty.csv"), "--no-admet", "--workspace", str(tmp_path / "w"))
    assert Path(done.stdout.decode().strip()).is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["screen"], 2, "LIBRARY"),
        (["screen", "x.csv", "--workspace", "w", "--profil", "oral"], 2, "--profile"),
        (["screen", "missing.csv", "--workspace", "w"], 8, "missing.csv"),
        (["screen", str(EXAMPLES / "library.csv"), "--workspace", "w", "--profile", "orall"], 2, "oral"),
        (["screen", str(EXAMPLES / "library.csv"), "--workspace", "w", "--top", "0"], 2, "top"),
        (
            ["screen", str(EXAMPLES / "library.csv"), "--workspace", "w", "--reference", "no such drug"],
            6,
            "no such drug",
        ),
        (["properties", str(EXAMPLES / "library.csv"), "--columns", "tpsaa"], 2, "tpsa"),
        (["resume", "nowhere"], 8, "nowhere"),
        (["workspace", "verify", "nowhere"], 8, "nowhere"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_mistakes_have_their_exit_code_and_words(
    arguments: list[str],
    code: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHSIDE_OFFLINE", "1")
    assert run(*arguments) == code
    out, errors = capfd.readouterr()
    assert out == ""
    assert words in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "w").exists()


def test_errors_as_json(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("workspace", "verify", str(tmp_path), "--json") == 8
    error = json.loads(capfd.readouterr().out)["error"]
    assert error["actor"] == "user"
    assert error["where"] == str(tmp_path)
    assert error["hint"]


def test_a_bug_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], workspace: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("benchside.workspaces.summary.summary", broken)
    assert run("workspace", "show", str(workspace)) == 1
    assert "bug in Benchside" in capfd.readouterr().err


def test_show_verify_trace_explain_export(workspace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("workspace", "show", str(workspace)) == 0
    assert "0001-screen" in capfd.readouterr().out
    assert run("workspace", "verify", str(workspace), "--json") == 0
    assert json.loads(capfd.readouterr().out)["ok"] is True
    assert run("explain", "D02", "--workspace", str(workspace)) == 0
    assert "unclosed ring" in capfd.readouterr().out
    assert run("trace", "E4", "--workspace", str(workspace), "--json") == 0
    chain = json.loads(capfd.readouterr().out)["chain"]
    assert any("inputs/" in step["text"] for step in chain)
    assert run("workspace", "export", str(workspace), str(tmp_path / "copy.zip")) == 0
    assert (tmp_path / "copy.zip").stat().st_size > 10_000


def test_an_edited_product_is_found(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("screen", str(EXAMPLES / "dirty.csv"), "--no-admet", "--workspace", str(tmp_path / "w"), "--json") == 0
    [rejects] = (tmp_path / "w" / "results").glob("*rejects.csv")
    rejects.write_text(rejects.read_text().replace("D02", "D99"))
    capfd.readouterr()
    assert run("workspace", "verify", str(tmp_path / "w")) == 4
    assert "rejects.csv" in capfd.readouterr().err


def test_properties_in_a_pipe() -> None:
    done = cli(
        "properties", "-", "--columns", "molecular_weight", "--format", "json",
        stdin=b"CCO ethanol\nC1CC broken\nc1ccccc1 benzene\n",
    )  # fmt: skip
    assert done.returncode == 0
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["compound_id"] for r in rows] == ["ethanol", "broken", "benzene"]
    assert [r["status"] for r in rows] == ["ok", "reject", "ok"]
    assert rows[0]["molecular_weight"] == pytest.approx(46.069, abs=1e-3)
    assert rows[1]["molecular_weight"] is None
    assert rows[1]["reason"]


def test_properties_of_a_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    assert run("properties", str(EXAMPLES / "dirty.csv"), "--output", str(target), "--workers", "1") == 0
    table = pd.read_csv(target)
    assert list(table["row"]) == list(range(1, 20))
    assert table.loc[table["status"] == "reject", "reason"].notna().all()
    assert run("properties", str(EXAMPLES / "dirty.csv"), "--format", "parquet") == 2


def test_profiles(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("profiles") == 0
    names = [line.split()[0] for line in capfd.readouterr().out.splitlines()]
    assert {"oral", "cns", "lead-like", "fragment", "covalent-allowed"} <= set(names)
    assert run("profiles", "oral") == 0
    copy = tmp_path / "mine.toml"
    copy.write_text(capfd.readouterr().out.replace("max = 550", "maxx = 550"), encoding="utf-8")
    code = run("screen", str(EXAMPLES / "dirty.csv"), "--profile", str(copy), "--workspace", str(tmp_path / "w"))
    errors = capfd.readouterr().err
    assert code == 2
    line = copy.read_text(encoding="utf-8").splitlines().index("maxx = 550") + 1
    assert f"line {line}" in errors


def test_review_from_another_shell(tmp_path: Path) -> None:
    folder = str(tmp_path / "w")
    waiting = cli("screen", str(EXAMPLES / "dirty.csv"), "--no-admet", "--workspace", folder, "--review", "--json")
    assert waiting.returncode == 7
    assert json.loads(waiting.stdout)["pending"]["run"] == "0001-screen"
    assert cli("resume", folder).returncode == 7
    done = cli("approve", folder, "--why", "sound", "--who", "A. Chemist", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["accepted"] is True
    assert cli("approve", folder, "--why", "again").returncode == 2


def test_a_wrong_setting_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[screening]\nworkerz = 2\n", encoding="utf-8")
    done = cli("screen", str(EXAMPLES / "dirty.csv"), "--workspace", str(tmp_path / "w"), BENCHSIDE_SETTINGS=str(file))
    assert done.returncode == 2
    assert b"workerz" in done.stderr
