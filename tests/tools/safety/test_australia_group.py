"""The precursors of the Australia Group: all 89, in every disguise; ordinary reagents beside them are free."""

from __future__ import annotations

import pytest
from chemicals import search_chemical

from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.gate import default_gate
from benchside.tools.safety.policy import worst
from benchside.tools.safety.tables import Row, tables

from .disguises import BYSTANDER, drawn_and_missed, named_and_missed, structure_disguises
from .listed import WRONG_ELSEWHERE, keys_of, looked_up, structure

ROWS = [row for row in tables().rows if row.list == "Australia Group"]
SCHEDULE_1 = {row.cas for row in tables().rows if row.category.startswith("Schedule 1") and row.cas}
MIXED_SALTS = {
    "Dimethylamine hydrochloride", "Triethanolamine hydrochloride", "Potassium cyanide", "Sodium cyanide",
    "N,N-Diisopropyl-2-aminoethyl chloride hydrochloride", "N,N-Diisopropylaminoethanethiol hydrochloride",
}  # fmt: skip
"""Salts of a listed base or acid: beside a stranger they are recognised as that."""


def expected(row: Row) -> Verdict:
    """The verdict on an item at the action `optimise`: three of the precursors stand on Schedule 1 too."""
    return Verdict.REFUSE if row.cas in SCHEDULE_1 else Verdict.NEEDS_APPROVAL


def test_the_list_is_complete_and_its_numbers_are_right() -> None:
    assert [row.category for row in ROWS] == [f"Precursor {number}" for number in range(1, 90)]
    assert len({row.cas for row in ROWS}) == 89
    assert all(row.key14 and not row.exclusion for row in ROWS)
    assert len({row.key14 for row in ROWS}) == 89


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_precursor_is_held_in_every_disguise_of_its_structure(row: Row) -> None:
    smiles = structure(row.cas, row.name)
    assert smiles is not None
    assert not drawn_and_missed(row, smiles, expected(row))


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in MIXED_SALTS], ids=lambda row: row.name)
def test_a_salt_of_a_listed_base_or_acid_is_held_beside_a_stranger(row: Row) -> None:
    smiles = structure(row.cas, row.name)
    assert smiles is not None
    mixtures = [text for what, text in structure_disguises(smiles) if what == "mixture"]
    assert mixtures
    assert {default_gate().judge(text, Action.OPTIMISE).verdict for text in mixtures} == {Verdict.NEEDS_APPROVAL}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_precursor_is_held_by_each_of_its_names(row: Row) -> None:
    assert not named_and_missed(row, expected(row))


@pytest.mark.parametrize("row", [row for row in ROWS if row.cas not in WRONG_ELSEWHERE], ids=lambda row: row.name)
def test_name_number_and_key_agree_with_an_independent_table(row: Row) -> None:
    smiles = looked_up(row.cas) or structure(row.cas, row.name)
    assert smiles is not None
    assert keys_of(smiles) & set(row.keys)


@pytest.mark.parametrize("action", Action)
def test_a_precursor_is_noted_for_reading_and_ranking_and_held_for_the_rest(action: Action) -> None:
    pinacolone = search_chemical("pinacolone").smiles
    free = action in {Action.LOOK_UP, Action.RANK}
    assert default_gate().judge(pinacolone, action).verdict == (Verdict.NOTE if free else Verdict.NEEDS_APPROVAL)


@pytest.mark.parametrize(
    "name",
    [
        # solvents, bases and acids
        "water", "methanol", "ethanol", "isopropanol", "acetone", "methyl isobutyl ketone", "ethyl acetate", "toluene",
        "triethylamine", "trimethylamine", "dibutylamine", "diisopropylethylamine", "dimethylformamide",
        "n,n-dimethylacetamide", "acetamidine", "piperidine", "n-methylpiperidine",
        "hydrochloric acid", "phosphoric acid", "phosphorous acid", "hydrogen sulfide", "diethanolamine",
        # salts and halides
        "sodium chloride", "potassium chloride", "ammonium chloride", "lithium fluoride", "calcium fluoride",
        "sodium hydrosulfide", "sodium thiocyanate", "sodium hydroxide", "aluminum chloride",
        # phosphates, phosphites and thiophosphates of other alcohols
        "trimethyl phosphate", "triphenyl phosphite", "tributyl phosphite", "tributyl phosphate",
        "thiophosphoryl chloride", "sulfuryl chloride", "oxalyl chloride", "phosphorus pentoxide",
        "2-bromoethanol", "3-chloro-1-propanol",
    ],
)  # fmt: skip
def test_ordinary_reagents_are_not_claimed(name: str) -> None:
    made = default_gate().judge_structure(search_chemical(name).smiles, Action.OPTIMISE)
    lists = {match.list for match in made.matches if match.how in {"structure", "class", "name"}}
    assert not lists & {"CWC", "Australia Group"}, made.matches


@pytest.mark.parametrize(
    "salt",
    [
        "F.CN1CCC[C@H]1c1cccnc1",  # a hydrofluoride of a base
        "[Li+].[F-]",
        "[F-].[F-].[Sn+2]",
    ],
)
def test_fluoride_as_the_counter_ion_of_something_else_is_no_hydrogen_fluoride(salt: str) -> None:
    made = default_gate().judge_structure(salt, Action.OPTIMISE)
    assert "Precursor 24" not in {match.category for match in made.matches}


def test_a_simple_cyanide_salt_is_held_whatever_its_metal() -> None:
    for salt in ("[Li+].[C-]#N", "[C-]#N.[C-]#N.[Ca+2]", f"[K+].[C-]#N.{BYSTANDER}"):
        assert default_gate().judge(salt, Action.OPTIMISE).verdict == Verdict.NEEDS_APPROVAL


def test_the_worst_part_of_a_mixture_decides() -> None:
    parts = [structure(row.cas, row.name) for row in ROWS[3:6]]
    whole = default_gate().judge(".".join(str(part) for part in parts), Action.OPTIMISE).verdict
    assert whole == worst(*(expected(row) for row in ROWS[3:6])) == Verdict.REFUSE
