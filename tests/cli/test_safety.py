"""`benchside safety`: verdicts as exit codes, lists with their editions, approvals as evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchside.cli import main
from benchside.tools.safety.lists import LISTS
from benchside.workspaces.errors import ExitCode
from benchside.workspaces.workspace import Workspace

DRUG = "diazepam"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["safety", *arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


@pytest.fixture
def workspace(tmp_path: Path) -> str:
    return str(Workspace.create(tmp_path / "w").path)


@pytest.mark.parametrize(
    ("compound", "action", "code", "verdict"),
    [
        ("aspirin", "optimise", ExitCode.OK, "allow"),
        ("CCO", "make", ExitCode.OK, "allow"),
        (DRUG, "look-up", ExitCode.OK, "note"),
        (DRUG, "optimise", ExitCode.PENDING, "needs-approval"),
        ("sarin", "look-up", ExitCode.OK, "note"),
        ("sarin", "optimise", ExitCode.REFUSED, "refuse"),
        ("107-44-8", "make", ExitCode.REFUSED, "refuse"),
        ("C1CC", "look-up", ExitCode.PENDING, "needs-approval"),
        ("no such thing", "look-up", ExitCode.PENDING, "needs-approval"),
    ],
)
def test_the_exit_code_says_the_verdict(
    capsys: pytest.CaptureFixture[str], compound: str, action: str, code: int, verdict: str
) -> None:
    assert run("check", compound, "--action", action, "--json") == code
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["action"], answer["asked"]) == (verdict, action, compound)
    assert answer["evidence"] is None
    assert "tables" in answer["gate"]


def test_a_refusal_on_the_terminal_is_short(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "sarin", "--action", "optimise") == 9
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("refuse (optimise): ")
    assert len(lines) == 3


def test_a_wrong_action_is_a_wrong_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "sarin", "--action", "anything") == ExitCode.USAGE


def test_the_lists_with_their_counts_and_editions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["list"] for entry in found] == list(LISTS)
    assert all(entry["items"] + entry["classes"] > 0 and entry["editions"] for entry in found)
    assert run("list", "cwc", "--json") == 0
    items = json.loads(capsys.readouterr().out)
    assert {"item", "class"} <= {item["kind"] for item in items}
    assert all(item["source"] and item["edition"] and item["date"] for item in items)
    assert run("list") == 0
    assert "Chemical Weapons Convention" in capsys.readouterr().out
    assert run("list", "nothing") == ExitCode.NOT_FOUND


def test_an_approval_holds_in_its_workspace_and_can_be_taken_back(
    capsys: pytest.CaptureFixture[str], workspace: str
) -> None:
    asked = ("check", DRUG, "--action", "optimise", "--workspace", workspace, "--json")
    assert run(*asked) == ExitCode.PENDING
    given = ("approve", DRUG, "--action", "optimise", "--workspace", workspace, "--who", "A. Officer")
    assert run(*given, "--why", "licence 7") == 0
    capsys.readouterr()
    assert run(*asked) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["evidence"] is not None) == ("note", True)
    assert "approved by A. Officer" in answer["reason"]
    assert run("check", DRUG, "--action", "make", "--workspace", workspace, "--json") == ExitCode.PENDING
    assert run("check", DRUG, "--action", "optimise") == ExitCode.PENDING
    assert run(*given, "--why", "expired", "--withdraw") == 0
    assert run(*asked) == ExitCode.PENDING
    capsys.readouterr()
    assert run("approvals", workspace, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert [(a["who"], a["why"], a["approved"]) for a in made] == [
        ("A. Officer", "licence 7", True),
        ("A. Officer", "expired", False),
    ]
    assert Workspace.open(Path(workspace)).ledger.problems() == []


def test_what_is_refused_cannot_be_approved(capsys: pytest.CaptureFixture[str], workspace: str) -> None:
    assert run("approve", "sarin", "--action", "make", "--why", "x", "--workspace", workspace) == ExitCode.REFUSED
    assert run("approve", "aspirin", "--action", "make", "--why", "x", "--workspace", workspace) == ExitCode.USAGE
    assert "nothing to approve" in capsys.readouterr().err


def test_the_matched_atoms_as_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "drawn.svg"
    assert run("check", DRUG, "--action", "look-up", "--drawing", str(picture)) == 0
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert run("check", "aspirin", "--drawing", str(tmp_path / "no.svg")) == ExitCode.NOT_FOUND


def test_a_relaxed_setting_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["UN 1971", "US CSA"]
    text = "".join(
        f'[[safety.relax]]\nlist = "{name}"\nactions = ["optimise"]\n'
        'verdict = "note"\nwho = "A. Officer"\nwhy = "licence 7"\n'
        for name in names
    )
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("BENCHSIDE_SETTINGS", str(tmp_path / "s.toml"))
    assert run("check", DRUG, "--action", "optimise") == 0
    said = capsys.readouterr().out
    assert "relaxed by settings: UN 1971: note for optimise, by A. Officer: licence 7" in said
    assert run("check", "sarin", "--action", "optimise") == ExitCode.REFUSED
