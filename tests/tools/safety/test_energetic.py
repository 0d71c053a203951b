"""Energetic materials: formulas against published values, rules at both ends, and what must pass."""

from __future__ import annotations

import csv

import pytest
from rdkit import Chem, rdBase

from benchside.tools.chemistry.approved import approved_drugs
from benchside.tools.chemistry.names import resolve_name
from benchside.tools.gate import Action, Verdict
from benchside.tools.safety import energetic, families
from benchside.tools.safety.energetic import composition, groups, matches, un_screening
from benchside.tools.safety.families import Families
from benchside.tools.safety.forms import form_keys, forms_of
from benchside.tools.safety.gate import SafetyGate
from benchside.tools.safety.tables import FOLDER, Row, read_rows
from benchside.workspaces.errors import BenchsideError

HELD = {"energetic", "primary pattern", "listed explosive"}
ROWS = list(read_rows(FOLDER / "explosives.csv"))
NITRO = "[N+](=O)[O-]"


def mol(smiles: str) -> Chem.Mol:
    made = Chem.MolFromSmiles(smiles)
    assert made is not None, smiles
    return made


def rules(smiles: str) -> list[str]:
    return [match.rule for match in matches(mol(smiles))]


@pytest.fixture(scope="module")
def primary() -> Families:
    return Families(families.read_entries(families.FOLDER / "energetic.toml"))


# Meyer, Köhler and Homburg, Explosives, 6th ed. 2007: oxygen balance and nitrogen content in percent.
PUBLISHED = {
    "2,4,6-trinitrotoluene": (-73.9, 18.50),
    "nitroglycerin": (3.5, 18.50),
    "picric acid": (-45.4, 18.34),
    "nitroguanidine": (-30.7, 53.83),
    "hexogen": (-21.6, 37.84),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_oxygen_balance_and_nitrogen_are_the_published_ones(name: str) -> None:
    made = composition(mol(resolve_name(name).smiles))
    assert (made.oxygen_balance, made.nitrogen_content) == pytest.approx(PUBLISHED[name], abs=0.1)


def test_the_balance_counts_hydrogens_that_are_drawn_and_leaves_other_elements_to_the_weight() -> None:
    assert composition(Chem.AddHs(mol("CC"))).weight == pytest.approx(30.07, abs=0.01)
    assert composition(Chem.AddHs(mol("CC"))).oxygen_balance == pytest.approx(composition(mol("CC")).oxygen_balance)
    assert composition(mol("CC")).oxygen_balance == pytest.approx(-1600 * (4 + 3) / 30.07, abs=0.01)
    assert composition(mol("CCl")).oxygen_balance == pytest.approx(-1600 * 3.5 / 50.49, abs=0.01)
    assert composition(mol("O=O")).oxygen_balance == pytest.approx(100, abs=0.1)
    assert composition(Chem.Mol()).oxygen_balance == 0


def test_groups_are_counted_apart() -> None:
    found = groups(mol(f"CN({NITRO})CC(O{NITRO})Cc1ccc(cc1){NITRO}"))
    assert {name: len(places) for name, places in found.items()} == {
        energetic.NITRO: 1, energetic.NITRATE: 1, energetic.NITRAMINE: 1,
    }  # fmt: skip
    assert groups(mol("CCN=[N+]=[N-]")).keys() == {energetic.AZIDE}
    assert groups(mol("[N-]=[N+]=[N-]")).keys() == {energetic.AZIDE}
    assert groups(mol("CCOC(=O)C=[N+]=[N-]")).keys() == {"diazo group"}
    assert groups(mol("CCCON=O")).keys() == {"nitrite ester"}
    assert groups(mol("c1ccccc1")) == {} == groups(mol("Cc1cc[nH]n1"))


# One carbon more, and the rule no longer claims the next member: both ends of each limit.
@pytest.mark.parametrize(
    ("inside", "outside", "rule"),
    [
        ("CCN=[N+]=[N-]", "CCCN=[N+]=[N-]", "energetic-azide"),
        (f"CCO{NITRO}", f"CCCCO{NITRO}", "energetic-oxygen"),
        (f"CN{NITRO}", f"CCCCN{NITRO}", "energetic-oxygen"),
        (f"c1cc({NITRO})cc({NITRO})c1", f"Cc1c({NITRO})cc(C)c({NITRO})c1C", "energetic-oxygen"),
        (
            f"{NITRO}OCCCCO{NITRO}".replace(NITRO, "[O-][N+](=O)", 1),
            f"O=[N+]([O-])O{'C' * 9}O{NITRO}",
            "energetic-oxygen",
        ),
        ("C1COOCCOO1", f"{'C' * 20}C1COOCCOO1", "energetic-peroxide"),
        ("Cc1nnn[nH]1", "CCCc1nnn[nH]1", "energetic-nitrogen"),
    ],
)
def test_limits_at_both_ends(inside: str, outside: str, rule: str) -> None:
    assert rules(inside) == [rule]
    assert rule not in rules(outside)


def test_one_peroxide_or_one_nitro_group_is_at_most_a_note() -> None:
    assert rules("CC(C)(C)OOC(C)(C)C") == []  # oxygen balance below -200
    assert rules("CC(=O)OO") == ["energetic-group"]
    assert rules(f"C{NITRO}") == ["energetic-group"]
    assert rules(f"c1ccccc1{NITRO}") == []


def test_a_match_names_its_groups_composition_and_atoms() -> None:
    (match,) = matches(mol("CCN=[N+]=[N-]"))
    assert (match.list, match.category, match.how, match.atoms) == ("Explosives", "energetic", "energetic", (2, 3, 4))
    assert match.detail == "azide; oxygen balance -146 %, nitrogen 59 % by mass"
    assert match.date == "2022-12-09"


def test_a_long_molecule_with_a_tetrazole_passes() -> None:
    assert rules("CCCCc1nc(Cl)c(CO)n1Cc1ccc(cc1)-c1ccccc1-c1nnn[nH]1") == []


PRIMARY = {
    "explosive-fulminate": ("C#[N+][O-]", "CC#[N+][O-]"),
    "explosive-gem-dinitro": (f"CC({NITRO}){NITRO}", f"C({NITRO})C{NITRO}"),
    "explosive-trinitroarene": (f"c1({NITRO})cc({NITRO})cc({NITRO})c1C", f"c1({NITRO})cc({NITRO})ccc1C"),
    "explosive-diazonium": ("Cc1ccccc1[N+]#N", "CCOC(=O)C=[N+]=[N-]"),
    "explosive-heteroazide": ("C(N=[N+]=[N-])N=[N+]=[N-]", "C(CN=[N+]=[N-])N=[N+]=[N-]"),
    "explosive-nitrogen-chain": ("CN(C)N=NN(C)C", "CN(C)N=Nc1ccccc1"),
    "explosive-nitrogen-halide": ("ClN(Cl)Cl", "CN(Cl)Cl"),
    "explosive-perchlorate": ("COCl(=O)(=O)=O", "CS(=O)(=O)Cl"),
    "explosive-trioxide": ("COOOC", "COOC"),
}


@pytest.mark.parametrize("name", PRIMARY)
def test_primary_patterns_at_both_ends(name: str, primary: Families) -> None:
    inside, outside = PRIMARY[name]
    assert name in [match.rule for match in primary.matches(mol(inside))]
    assert name not in [match.rule for match in primary.matches(mol(outside))]
    assert set(PRIMARY) == {family.entry.id for family in primary}


def test_the_un_screening_asks_for_a_test_where_the_manual_does() -> None:
    answer = un_screening(mol(f"c1ccccc1{NITRO}"))
    assert answer.to_be_tested
    assert answer.groups == (energetic.NITRO,)
    assert not un_screening(mol("CC(C)(C)OOC(C)(C)C")).to_be_tested  # oxygen, and a balance below -200
    assert not un_screening(mol("CCO")).to_be_tested  # no group
    assert un_screening(mol("C#CCCCCCCCC")).to_be_tested  # a group without oxygen: the balance does not excuse it


def test_no_approved_drug_is_held_for_its_composition_alone(primary: Families) -> None:
    listed = {key for row in ROWS for key in row.keys}
    held = []
    with rdBase.BlockLogs():
        for smiles in approved_drugs()["smiles"]:
            drug = Chem.MolFromSmiles(smiles)
            found = [*matches(drug), *primary.matches(drug)]
            if any(match.category in HELD for match in found):
                held.append(str(Chem.MolToInchiKey(drug))[:14])
    assert set(held) <= listed


def known(row: Row) -> str | None:
    """The structure that the `chemicals` package gives for the CAS number of a row; None if it does not know it."""
    try:
        return resolve_name(row.cas).smiles if row.cas else None
    except BenchsideError:
        return None


def test_the_keys_of_the_table_are_those_of_its_cas_numbers() -> None:
    """Structure and CAS number by two routes: the table's key, and the `chemicals` package."""
    checked, wrong = 0, []
    for row in ROWS:
        smiles = known(row) if row.key14 else None
        if smiles is None:
            continue
        salts = {key[:14] for key in forms_of(mol(smiles)).salts}
        checked += 1
        if not {*salts, *form_keys(smiles)} & set(row.keys):
            wrong.append(row.name)
    assert wrong == []
    assert checked > 90


def test_the_table_says_where_each_row_comes_from() -> None:
    assert {row.list for row in ROWS} == {"Explosives"}
    assert {row.category for row in ROWS} == {"listed explosive", "energetic group"}
    assert len({row.name for row in ROWS}) == len(ROWS)
    keys = [key for row in ROWS for key in row.keys]
    assert len(set(keys)) == len(keys)
    with (FOLDER / "explosives.csv").open(encoding="utf-8") as handle:
        assert "smiles" not in next(csv.reader(handle))


@pytest.mark.parametrize("name", ["nitroglycerin", "isosorbide dinitrate", "pentaerythritol tetranitrate"])
def test_medicines_that_are_explosives_are_noted_and_need_a_person(name: str) -> None:
    gate = SafetyGate()
    for action, verdict in {
        Action.LOOK_UP: Verdict.NOTE,
        Action.RANK: Verdict.NOTE,
        Action.OPTIMISE: Verdict.NEEDS_APPROVAL,
        Action.MAKE: Verdict.NEEDS_APPROVAL,
        Action.PLAN_USE: Verdict.NEEDS_APPROVAL,
    }.items():
        assert gate.judge_text(name, action).verdict is verdict
        assert gate.judge(resolve_name(name).smiles, action).verdict is verdict


@pytest.mark.parametrize(
    "name", ["metronidazole", "nitrofurantoin", "nifedipine", "zidovudine", "losartan", "ranitidine"]
)
def test_medicines_with_energetic_groups_are_never_held(name: str) -> None:
    assert SafetyGate().judge(resolve_name(name).smiles, Action.OPTIMISE).verdict in {Verdict.ALLOW, Verdict.NOTE}


@pytest.mark.parametrize(
    "smiles",
    [
        "[Pb+2].[N-]=[N+]=[N-].[N-]=[N+]=[N-]",
        "[N-]=[N+]=N[Pb]N=[N+]=[N-]",
        "[N-]=[N+]=[N][Pb][N]=[N+]=[N-]",
        "[NH4+].[O-]Cl(=O)(=O)=O",
    ],
)
def test_listed_salts_are_known_as_salts(smiles: str) -> None:
    judged = SafetyGate().judge_structure(smiles, Action.OPTIMISE)
    assert judged.verdict is Verdict.NEEDS_APPROVAL
    assert judged.decision.rule.startswith("Explosives listed explosive")


@pytest.mark.parametrize("smiles", ["[Na+].[N-]=[N+]=[N-]", "[Na+].[O-]Cl(=O)(=O)=O", "CN.O[N+](=O)[O-].CCO"])
def test_reagents_and_counter_ions_are_not_held_for_the_salts_that_they_could_be_part_of(smiles: str) -> None:
    assert SafetyGate().judge(smiles, Action.OPTIMISE).verdict in {Verdict.ALLOW, Verdict.NOTE}
