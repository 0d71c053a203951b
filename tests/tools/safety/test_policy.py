"""The matrix, and how far a user's settings may go."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from benchside.settings import SettingsError, load_settings
from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.lists import LISTS, How, Match
from benchside.tools.safety.policy import (
    AT_MOST_A_NOTE,
    MATRIX,
    ORDER,
    PATHS,
    Subject,
    subject_of,
    verdict_of,
    worst,
)
from benchside.tools.safety.settings import Relaxation, SafetySettings
from benchside.tools.safety.tables import tables

PLAIN = SafetySettings()
NOTE, HOLD, REFUSE = Verdict.NOTE, Verdict.NEEDS_APPROVAL, Verdict.REFUSE


def match(list_name: str, category: str, how: How = "structure", *, attention: bool = False) -> Match:
    return Match("rule", list_name, category, "it", how, "source", "edition", "2020-01-01", attention=attention)


@pytest.mark.parametrize(
    ("list_name", "category", "verdicts"),
    [
        ("CWC", "Schedule 1.A.01", [NOTE, REFUSE, REFUSE, REFUSE, REFUSE]),
        ("CWC", "Schedule 1.B.09", [NOTE, REFUSE, REFUSE, REFUSE, REFUSE]),
        ("CWC", "an unknown part", [NOTE, REFUSE, REFUSE, REFUSE, REFUSE]),
        ("CWC", "Schedule 2.B.13", [NOTE, NOTE, HOLD, HOLD, HOLD]),
        ("CWC", "Schedule 3.A.01", [NOTE, NOTE, HOLD, HOLD, HOLD]),
        ("Australia Group", "Precursor 1", [NOTE, NOTE, HOLD, HOLD, HOLD]),
        ("UN 1961", "Schedule IV", [NOTE, NOTE, HOLD, HOLD, HOLD]),
        ("UN 1971", "Schedule I", [NOTE, NOTE, HOLD, HOLD, HOLD]),
        ("US CSA", "Schedule V", [NOTE, NOTE, HOLD, HOLD, HOLD]),
        ("UK MDA", "Class A", [NOTE, NOTE, HOLD, HOLD, HOLD]),
        ("UN 1988", "Table I", [NOTE, NOTE, NOTE, HOLD, NOTE]),
        ("Explosives", "listed explosive", [NOTE, NOTE, HOLD, HOLD, HOLD]),
        ("Explosives", "energetic group", [NOTE] * 5),
    ],
)
def test_the_matrix(list_name: str, category: str, verdicts: list[Verdict]) -> None:
    assert [verdict_of(match(list_name, category), action, PLAIN) for action in Action] == verdicts


def test_every_subject_has_a_verdict_for_every_action_and_a_path() -> None:
    assert set(MATRIX) == set(PATHS) == set(Subject)
    assert all(set(row) == set(Action) for row in MATRIX.values())
    assert not any(verdict is Verdict.ALLOW for row in MATRIX.values() for verdict in row.values())


def test_making_is_never_freer_than_looking_up() -> None:
    for row in MATRIX.values():
        assert all(ORDER.index(row[Action.LOOK_UP]) <= ORDER.index(verdict) for verdict in row.values())
        assert all(ORDER.index(row[Action.MAKE]) >= ORDER.index(verdict) for verdict in row.values())


@pytest.mark.parametrize("how", sorted(AT_MOST_A_NOTE - {"excluded"}))
@pytest.mark.parametrize("list_name", LISTS)
def test_a_reason_to_look_is_a_note_and_no_more(how: How, list_name: str) -> None:
    assert {verdict_of(match(list_name, "Schedule 1", how), action, PLAIN) for action in Action} == {NOTE}


def test_attention_is_at_most_a_note_and_an_exclusion_is_free() -> None:
    assert verdict_of(match("UN 1971", "Schedule I", attention=True), Action.MAKE, PLAIN) is NOTE
    assert verdict_of(match("UN 1971", "Schedule I", "excluded"), Action.MAKE, PLAIN) is Verdict.ALLOW
    assert verdict_of(match("*", "", "excluded", attention=True), Action.MAKE, PLAIN) is NOTE


def relaxed(**values: object) -> SafetySettings:
    plain = {"list": "UN 1971", "actions": ["optimise"], "verdict": "note", "who": "A. Officer", "why": "licence 7"}
    return SafetySettings(relax=(Relaxation.model_validate(plain | values),))


def test_a_relaxation_holds_for_what_it_names_alone() -> None:
    one = relaxed(category="Schedule IV")
    assert verdict_of(match("UN 1971", "Schedule IV"), Action.OPTIMISE, one) is NOTE
    assert verdict_of(match("UN 1971", "Schedule IV"), Action.MAKE, one) is HOLD
    assert verdict_of(match("UN 1971", "Schedule II"), Action.OPTIMISE, one) is HOLD
    assert verdict_of(match("UN 1961", "Schedule IV"), Action.OPTIMISE, one) is HOLD
    assert verdict_of(match("UN 1971", "Schedule II"), Action.OPTIMISE, relaxed()) is NOTE


def test_schedule_1_and_allow_cannot_be_set() -> None:
    for values in (
        {"list": "CWC"}, {"list": "CWC", "category": "Schedule 1.A.01"}, {"list": "a list"}, {"verdict": "allow"},
        {"verdict": "refuse"}, {"who": " "}, {"why": ""}, {"actions": []}, {"actions": ["anything"]}, {"colour": "red"},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            relaxed(**values)
    # and if one came about in another way, it would not count
    forged = Relaxation.model_construct(
        list="CWC", category="", actions=tuple(Action), verdict=Verdict.NOTE, who="x", why="x"
    )
    settings = SafetySettings.model_construct(relax=(forged,), similarity=0.8)
    assert verdict_of(match("CWC", "Schedule 1.A.01"), Action.MAKE, settings) is REFUSE


def test_settings_come_from_the_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        '[[safety.relax]]\nlist = "UN 1988"\nactions = ["make"]\n'
        'verdict = "note"\nwho = "A. Officer"\nwhy = "permit"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("BENCHSIDE_SETTINGS", str(file))
    (found,) = load_settings().safety.relax
    assert found.text() == "UN 1988: note for make, by A. Officer: permit"
    monkeypatch.setenv("BENCHSIDE_SAFETY__SIMILARITY", "1.0")
    with pytest.raises(SettingsError, match="settings file alone"):
        load_settings()


def test_every_category_of_the_tables_has_a_subject() -> None:
    weapons = {
        r.category for r in tables().rows if r.list == "CWC" and subject_of(r.list, r.category) is Subject.WEAPON
    }
    assert weapons
    assert all(category.startswith("Schedule 1") for category in weapons)


def test_the_worst_counts() -> None:
    assert worst() is Verdict.ALLOW
    assert worst(NOTE, REFUSE, HOLD) is REFUSE
