"""A randomisation list in a workspace: who sees what, and what proves that it is unchanged."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from benchside.graphs.design.randomisation import plan_of, randomise, read_plan
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.randomisation.errors import TamperedError, WrongPassphraseError
from benchside.tools.trials.design.randomisation.sealed import prove_unchanged, read_open, read_sealed
from benchside.workspaces.errors import InputError
from benchside.workspaces.verification import verify
from benchside.workspaces.workspace import Workspace

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "designs" / "randomisation.toml"
WORDS = "correct horse battery"
SEED = 987654321987654321


def test_nothing_in_the_workspace_tells_an_arm_or_the_seed(tmp_path: Path) -> None:
    made = randomise(read_plan(EXAMPLE), workspace=tmp_path / "w", passphrase=WORDS, seed=SEED)
    opened = read_sealed(made.sealed, WORDS)
    assert opened.found.seed == SEED
    for file in (p for p in (tmp_path / "w").rglob("*") if p.is_file()):
        data = file.read_bytes()
        assert str(SEED).encode() not in data, file
        assert WORDS.encode() not in data, file
    text = made.open_list.read_text()
    assert "placebo" not in text
    assert "drug" not in text
    assert stat.S_IMODE(made.sealed.stat().st_mode) == 0o600
    assert verify(Workspace.open(tmp_path / "w")) == []


def test_the_two_parts_belong_together_and_a_change_is_found(tmp_path: Path) -> None:
    made = randomise(read_plan(EXAMPLE), workspace=tmp_path / "w", passphrase=WORDS)
    opened = read_sealed(made.sealed, WORDS)
    prove_unchanged(read_open(made.open_list.read_text()), opened)
    assert len(opened.found.rows) == made.rows
    lines = made.open_list.read_text().splitlines()
    lines[1], lines[2] = lines[2], lines[1]
    with pytest.raises(TamperedError):
        prove_unchanged(read_open("\n".join(lines) + "\n"), opened)
    with pytest.raises(WrongPassphraseError):
        read_sealed(made.sealed, "another horse battery")


def test_the_fingerprint_is_evidence(tmp_path: Path) -> None:
    made = randomise(read_plan(EXAMPLE), workspace=tmp_path / "w", passphrase=WORDS)
    place = Workspace.open(tmp_path / "w")
    assert place.ledger.get(made.evidence["fingerprint"]).value == made.fingerprint
    assert place.runs.get(made.run).status == "done"


@pytest.mark.parametrize("passphrase", ["", "short", "x" * 11])
def test_a_short_passphrase_is_refused_and_nothing_is_written(tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(DesignError):
        randomise(read_plan(EXAMPLE), workspace=tmp_path / "w", passphrase=passphrase)
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "given",
    [{}, {"n": 10}, {"n": 10, "arms": [], "scheme": {"kind": "complete"}},
     {"n": -1, "arms": [{"name": "a"}, {"name": "b"}], "scheme": {"kind": "complete"}},
     {"n": 10, "arms": [{"name": "a"}, {"name": "a"}], "scheme": {"kind": "complete"}},
     {"n": 10, "arms": [{"name": "a"}, {"name": "b"}], "scheme": {"kind": "coin"}}],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_a_named_error(given: dict[str, object]) -> None:
    with pytest.raises(DesignError):
        plan_of(given)


def test_a_file_that_is_no_plan(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("n = [")
    with pytest.raises(InputError):
        read_plan(file)
