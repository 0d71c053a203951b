"""The schedules of the Chemical Weapons Convention: every item in every disguise, every range at both ends."""

from __future__ import annotations

import itertools
import re

import pytest
from chemicals import search_chemical
from rdkit import Chem

from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.families import families
from benchside.tools.safety.forms import main_part
from benchside.tools.safety.gate import default_gate
from benchside.tools.safety.tables import Row, tables

from .disguises import drawn_and_missed, name_disguises, named_and_missed, structure_disguises
from .listed import PICOLYL, WRONG_ELSEWHERE, keys_of, looked_up, structure

ROWS = [row for row in tables().rows if row.list == "CWC"]
ITEMS = [row for row in ROWS if not row.exclusion]
WITHOUT_STRUCTURE = {"Ricin", "Novichok agents"}

ONE_OF_FOUR = ["C", "CC", "CCC", "C(C)C"]
NONE_OF_FOUR = ["CCCC", "CC(C)C", "C(C)CC", "C1CC1", "CF", "C=C", "[H]"]
UP_TO_TEN = ["C", "C" * 10, "C1CC1", "C1CCCCCCCCC1", "CCC1CCCCCCC1", "C1C2CC3CC1CC(C2)C3"]
BEYOND_TEN = ["C" * 11, "C1CCCCCCCCCC1", "CC1C2CC3CC1CC(C2)C3", "C=C", "c1ccccc1", "CCCl"]


def expected(row: Row) -> Verdict:
    """The verdict on an item at the action `optimise`."""
    return Verdict.REFUSE if row.category.startswith("Schedule 1") else Verdict.NEEDS_APPROVAL


def claimed(smiles: str) -> set[str]:
    """The families that a structure belongs to."""
    return {match.rule for match in families().matches(main_part(smiles).mol) if match.list == "CWC"}


@pytest.mark.parametrize("row", [row for row in ITEMS if row.name not in WITHOUT_STRUCTURE], ids=lambda row: row.name)
def test_every_item_is_held_in_every_disguise_of_its_structure(row: Row) -> None:
    smiles = structure(row.cas, row.name)
    assert smiles is not None
    assert not drawn_and_missed(row, smiles, expected(row))


def test_the_twelve_disguises_all_occur() -> None:
    seen = {what for row in ITEMS if (s := structure(row.cas, row.name)) for what, _ in structure_disguises(s)}
    seen |= {what for row in ITEMS for what, _ in name_disguises(row)}
    assert seen - {"plain"} == {
        "salt", "hydrate", "isotope", "stereo given", "stereo not given", "tautomer", "charge state", "mixture",
        "non-canonical SMILES", "InChI", "name", "synonym", "CAS",
    }  # fmt: skip


@pytest.mark.parametrize("row", ITEMS, ids=lambda row: row.name)
def test_every_item_is_held_by_each_of_its_names(row: Row) -> None:
    assert not named_and_missed(row, expected(row))


def test_every_entry_of_the_annex_is_there() -> None:
    entries = {
        *(f"Schedule 1.A.{n:02}" for n in (*range(1, 9), *range(13, 17))),
        *(f"Schedule 1.B.{n:02}" for n in range(9, 13)),
        *(f"Schedule 2.A.{n:02}" for n in range(1, 4)),
        *(f"Schedule 2.B.{n:02}" for n in range(4, 15)),
        *(f"Schedule 3.A.{n:02}" for n in range(1, 5)),
        *(f"Schedule 3.B.{n:02}" for n in range(5, 18)),
    }
    classes = {family.entry.category for family in families() if family.entry.list == "CWC"}
    assert {row.category for row in ITEMS} | classes == entries
    generic = {"1.A.01", "1.A.02", "1.A.03", "1.A.13", "1.A.14", "1.A.16", "1.B.09", "1.B.10"}
    generic |= {"2.B.04", "2.B.05", "2.B.06", "2.B.10", "2.B.11", "2.B.12"}
    assert classes - {"Schedule 2.A.01"} == {f"Schedule {text}" for text in generic}


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.cas not in {"", *WRONG_ELSEWHERE}], ids=lambda row: row.name
)
def test_name_number_and_key_agree_with_an_independent_table(row: Row) -> None:
    smiles = looked_up(row.cas)
    if smiles is None:
        made = structure(row.cas, row.name)
        assert (made is None) == (row.key14 == "")
        assert made is None or keys_of(made) & set(row.keys)
    else:
        assert keys_of(smiles) & set(row.keys)


def test_where_the_independent_table_is_wrong_it_is_by_formula() -> None:
    # methylphosphinyl difluoride has one carbon atom
    assert search_chemical("753-59-3").formula != "CH3F2P"


def test_a_row_of_a_family_belongs_to_it() -> None:
    generic = {family.entry.category for family in families() if family.entry.list == "CWC"} - {"Schedule 2.A.01"}
    for row in ITEMS:
        smiles = structure(row.cas, row.name)
        if smiles and row.category in generic:
            found = {match.category for match in families().matches(main_part(smiles).mol)}
            assert row.category in found, row.name


RANGES: dict[str, tuple[str, dict[str, tuple[list[str], list[str]]]]] = {
    "cwc-1a01": ("P(=O)(F)({p})O({o})", {"p": (ONE_OF_FOUR, NONE_OF_FOUR), "o": (UP_TO_TEN, [*BEYOND_TEN, "[H]"])}),
    "cwc-1a02": (
        "P(=O)(C#N)(O({o}))N({m})({n})",
        {"o": (UP_TO_TEN, [*BEYOND_TEN, "[H]"]), "m": (ONE_OF_FOUR, NONE_OF_FOUR), "n": (ONE_OF_FOUR, NONE_OF_FOUR)},
    ),
    "cwc-1a03": (
        "P(=O)({p})(O({o}))SCCN({m})({n})",
        {
            "p": (ONE_OF_FOUR, NONE_OF_FOUR),
            "o": (["[H]", *UP_TO_TEN], BEYOND_TEN),
            "m": (ONE_OF_FOUR, NONE_OF_FOUR),
            "n": (ONE_OF_FOUR, NONE_OF_FOUR),
        },
    ),
    "cwc-1a13": (
        "P(=O)(F)({p})N=C({a})N({m})({n})",
        {
            "p": (["[H]", *UP_TO_TEN], [*BEYOND_TEN, "Cl"]),
            "a": (["[H]", *UP_TO_TEN], [*BEYOND_TEN, "N(C)C"]),
            "m": (UP_TO_TEN, [*BEYOND_TEN, "[H]"]),
            "n": (UP_TO_TEN, [*BEYOND_TEN, "[H]"]),
        },
    ),
    "cwc-1a14": (
        "P(=O)(F)(O({o}))N=C({a})N({m})({n})",
        {
            "o": (["[H]", *UP_TO_TEN], BEYOND_TEN),
            "a": (["[H]", *UP_TO_TEN], [*BEYOND_TEN, "N(C)C"]),
            "m": (UP_TO_TEN, [*BEYOND_TEN, "[H]"]),
            "n": (UP_TO_TEN, [*BEYOND_TEN, "[H]"]),
        },
    ),
    "cwc-1b09": ("P(=O)(F)(F)({p})", {"p": (ONE_OF_FOUR, NONE_OF_FOUR)}),
    "cwc-1b10": (
        "P({p})(O({o}))OCCN({m})({n})",
        {
            "p": (ONE_OF_FOUR, NONE_OF_FOUR),
            "o": (["[H]", *UP_TO_TEN], BEYOND_TEN),
            "m": (ONE_OF_FOUR, NONE_OF_FOUR),
            "n": (ONE_OF_FOUR, NONE_OF_FOUR),
        },
    ),
    "cwc-2b04": (
        "P(=O)({p})({x})OC",
        {"p": (ONE_OF_FOUR, NONE_OF_FOUR), "x": (["Cl", "OC", "[H]", "S"], ["C", "CCN"])},
    ),
    "cwc-2b05": (
        "P(=O)({x})({y})N({m})({n})",
        {
            "x": (["F", "Cl", "Br", "I"], ["OC", "O", "N"]),
            "y": (["F", "Cl", "Br", "I"], ["OC", "O", "N"]),
            "m": (ONE_OF_FOUR, NONE_OF_FOUR),
            "n": (ONE_OF_FOUR, NONE_OF_FOUR),
        },
    ),
    "cwc-2b06": (
        "P(=O)(O({o}))(O({q}))N({m})({n})",
        dict.fromkeys("oqmn", (ONE_OF_FOUR, NONE_OF_FOUR)),
    ),
    "cwc-2b10": ("ClCCN({m})({n})", {slot: (ONE_OF_FOUR, [*NONE_OF_FOUR, "CCCl"]) for slot in "mn"}),
    "cwc-2b11": ("OCCN({m})({n})", {slot: (ONE_OF_FOUR, [*NONE_OF_FOUR, "CCO"]) for slot in "mn"}),
    "cwc-2b12": ("SCCN({m})({n})", {slot: (ONE_OF_FOUR, [*NONE_OF_FOUR, "CCS"]) for slot in "mn"}),
}  # fmt: skip
"""By family: a template, and for each place what belongs to the family and what is just beyond it."""


@pytest.mark.parametrize("rule", RANGES)
def test_ranges_are_exact_at_both_ends(rule: str) -> None:
    template, places = RANGES[rule]
    ends = [{place: inside[at] for place, (inside, _) in places.items()} for at in (0, -1)]
    for place, (inside, outside) in places.items():
        for rest in ends:
            for group in inside:
                smiles = template.format(**{**rest, place: group})
                assert rule in claimed(smiles) or unless_schedule_1(rule, smiles), (place, group)
            for group in outside:
                assert rule not in claimed(template.format(**{**rest, place: group})), (place, group)


def unless_schedule_1(rule: str, smiles: str) -> bool:
    """Whether a family rightly gives way to Schedule 1."""
    return rule == "cwc-2b04" and any(name.startswith("cwc-1") for name in claimed(smiles))


@pytest.mark.parametrize("rule", RANGES)
def test_both_ends_are_held_by_the_gate(rule: str) -> None:
    template, places = RANGES[rule]
    for at in (0, -1):
        smiles = template.format(**{place: inside[at] for place, (inside, _) in places.items()})
        made = default_gate().judge_structure(smiles, Action.OPTIMISE)
        exempt = rule == "cwc-2b11" and at == 0
        weapon = rule.startswith("cwc-1")
        assert made.verdict == (Verdict.REFUSE if weapon else Verdict.NOTE if exempt else Verdict.NEEDS_APPROVAL) or (
            exempt and made.verdict == Verdict.ALLOW
        )
        assert exempt or rule in {match.rule for match in made.matches}


@pytest.mark.parametrize("rule", ["cwc-1a03", "cwc-1b10"])
def test_the_chain_between_is_ethylene(rule: str) -> None:
    template, _ = RANGES[rule]
    groups = {"p": "C", "o": "CC", "m": "CC", "n": "CC"}
    assert rule in claimed(template.format(**groups))
    for other in ("CN(", "CCCN(", "C(C)CN("):
        assert rule not in claimed(template.replace("CCN(", other).format(**groups))


def _quaternary(smiles: str, methyl: str = "C") -> str:
    """The structure with its last amine alkylated."""
    return re.sub(r"N\((?=[^N]*$)", f"[N+]({methyl})(", smiles)


@pytest.mark.parametrize("rule", ["cwc-1a03", "cwc-1b10", "cwc-1a13", "cwc-1a14"])
def test_alkylated_salts_are_of_the_family_where_the_annex_says_so(rule: str) -> None:
    template, places = RANGES[rule]
    for at in (0, -1):
        amine = template.format(**{place: inside[at] for place, (inside, _) in places.items()})
        salt = _quaternary(amine)
        assert "[N+]" in salt
        assert rule in claimed(salt)
        assert default_gate().judge(f"{salt}.[I-]", Action.OPTIMISE).verdict == Verdict.REFUSE


@pytest.mark.parametrize("rule", ["cwc-1a13", "cwc-1a14"])
def test_alkylation_at_the_imine_nitrogen_is_covered_too(rule: str) -> None:
    template, places = RANGES[rule]
    groups = {place: inside[-1] for place, (inside, _) in places.items()}
    assert rule in claimed(template.replace("N=C(", "[N+](C)=C(").format(**groups))
    assert rule in claimed(template.replace("N=C(", "N(C)C(").replace(")N({m})", ")=[N+]({m})").format(**groups))


def test_amiton_and_its_salts() -> None:
    amiton = structure("78-53-5", "Amiton")
    assert amiton is not None
    for salt in (f"{amiton}.OC(=O)C(O)=O", "CCOP(=O)(OCC)SCC[NH+](CC)CC.[Cl-]", "CCOP(=O)(OCC)SCC[N+](C)(CC)CC.[I-]"):
        made = default_gate().judge_structure(salt, Action.OPTIMISE)
        assert (made.verdict, {m.category for m in made.matches}) == (Verdict.NEEDS_APPROVAL, {"Schedule 2.A.01"})
    # echothiophate, a medicine, is the trimethylammonium relative and on no schedule
    assert not claimed("CCOP(=O)(OCC)SCC[N+](C)(C)C")


@pytest.mark.parametrize(
    ("end", "rule"), [("{}O", "cwc-1a16-hydroxy"), ("{}C#N", "cwc-1a16-cyano"), ("{}OC(C)=O", "cwc-1a16-acetoxy")]
)
def test_quaternaries_at_both_ends_of_their_ranges(end: str, rule: str) -> None:
    def made(small: str, chain: str, carbons: int) -> str:
        charged = f"[N+]({small})({small})"
        return f"{PICOLYL}{charged}{chain}{charged}{end.format('C' * carbons)}"

    for small, chain, carbons in itertools.product(("C", "C" * 10), ("C" * 10, f"C({'C' * 9})"), (1, 10)):
        assert claimed(made(small, chain, carbons)) == {rule}
    assert not claimed(made("C" * 11, "C" * 10, 2))
    assert not claimed(made("C", "C" * 10, 11))
    assert not claimed(made("C", "C" * 9, 2))
    assert not claimed(made("C", "C" * 11, 2))
    assert not claimed(made("C", "C" * 10, 2).removesuffix(end.format("")) + "N")


def test_every_position_on_decane_is_covered() -> None:
    charged = "[N+](C)(C)"
    for position in range(1, 11):
        branch = f"({'C' * (10 - position)})" if position < 10 else ""
        smiles = f"{PICOLYL}{charged}C{branch}{'C' * (position - 1)}{charged}CCO"
        assert claimed(smiles) == {"cwc-1a16-hydroxy"}, position


def test_bisquaternaries_at_both_ends_of_their_range() -> None:
    def made(inner: str, small: str) -> str:
        charged = f"[N+]({small})({small})"
        return f"{PICOLYL}{charged}{inner}{charged}Cc2ncccc2OC(=O)N(C)C"

    spans = {2: "C(=O)C(=O)", 3: "CC(=O)C"} | {n: f"CC(=O){'C' * (n - 4)}C(=O)C" for n in range(4, 14)}
    for n, inner in spans.items():
        for small in ("C", "C" * 10):
            assert claimed(made(inner, small)) == ({"cwc-1a16-bis"} if n <= 12 else set()), n
    assert not claimed(made(spans[10], "C" * 11))


@pytest.mark.parametrize(
    ("category", "beyond"),
    [
        ("Schedule 1.A.04", "ClCCSCCCCCCSCCCl"),
        ("Schedule 1.A.04", "ClCCSCC"),
        ("Schedule 1.A.04", "ClCCCSCCCCl"),
        ("Schedule 1.A.04", "ClCCS(=O)(=O)CCCl"),
        ("Schedule 1.A.05", "Cl[As](Cl)c1ccccc1"),
        ("Schedule 1.A.06", "CCCN(CCCl)CCCl"),
        ("Schedule 1.A.15", "CCP(=O)(F)N=C(N(CC)CC)N(CC)CC"),
        ("Schedule 1.B.11", "CP(=O)(Cl)OCC"),
        ("Schedule 2.A.01", "CCOP(=O)(OCC)SCCN(C)C"),
    ],
)
def test_lists_of_single_items_end_where_they_end(category: str, beyond: str) -> None:
    made = default_gate().judge_structure(beyond, Action.OPTIMISE)
    assert category not in {m.category for m in made.matches if m.how != "similar"}


def test_schedule_1_is_not_claimed_by_2b04_as_well() -> None:
    for row in ITEMS:
        if row.category.startswith("Schedule 1") and (smiles := structure(row.cas, row.name)):
            made = default_gate().judge_structure(smiles, Action.OPTIMISE)
            assert "cwc-2b04" not in {match.rule for match in made.matches}, row.name


@pytest.mark.parametrize("name", ["fonofos", "2-(dimethylamino)ethanol"])
def test_what_the_annex_exempts_is_free(name: str) -> None:
    smiles = search_chemical(name).smiles
    for text in (smiles, f"{smiles}.O", name):
        made = default_gate().judge_text(text, Action.OPTIMISE)
        assert made.verdict in {Verdict.ALLOW, Verdict.NOTE}
        assert {match.how for match in made.matches} <= {"excluded", "similar"}
    if name != "fonofos":
        assert default_gate().judge(f"{smiles}.Cl", Action.OPTIMISE).verdict in {Verdict.ALLOW, Verdict.NOTE}


def test_an_exemption_of_the_annex_does_not_free_from_the_australia_group() -> None:
    made = default_gate().judge_structure(search_chemical("2-(diethylamino)ethanol").smiles, Action.OPTIMISE)
    assert made.verdict == Verdict.NEEDS_APPROVAL
    assert {m.list for m in made.matches if m.how == "structure"} == {"Australia Group"}


RELATIVES = [
    # esters and amides of phosphoric acid
    "trimethyl phosphate", "triethyl phosphate", "tributyl phosphate", "triphenyl phosphate",
    "tris(2-chloroethyl) phosphate", "hexamethylphosphoramide", "isoflurophate", "paraoxon",
    # pesticides
    "glyphosate", "malathion", "parathion", "chlorpyrifos", "diazinon", "dimethoate", "dichlorvos", "trichlorfon",
    "methamidophos", "acephate", "ethephon", "fenthion", "carbaryl", "methomyl", "glufosinate",
    # phosphorus bound to other carbon
    "triphenylphosphine", "tributylphosphine", "trimethylphosphine", "fosfomycin", "foscarnet", "etidronic acid",
    "alendronic acid", "adefovir", "phenylphosphonic acid",
    # thioethers, thiols, sulfoxides, chloroalkanes and ethers
    "dimethyl sulfide", "diethyl sulfide", "tetrahydrothiophene", "dimethyl sulfoxide", "methionine", "cysteamine",
    "1,2-ethanedithiol", "2-mercaptoethanol", "1,2-dichloroethane", "bis(2-chloroethyl) ether", "chloroform",
    # amines and amino alcohols
    "triethylamine", "trimethylamine", "morpholine", "ethanolamine", "diethanolamine", "choline", "procaine",
    "diphenhydramine", "2-diethylaminoethylamine",
    # relatives of benzilates, quinuclidines and pyridine carbamates
    "hyoscyamine", "scopolamine", "quinine", "pyridostigmine", "neostigmine",
    # cyanides, nitro compounds and acid chlorides
    "acetonitrile", "benzonitrile", "nitromethane", "acetyl chloride", "oxalyl chloride", "ethyl chloroformate",
    # nitrogen-mustard medicines: on no schedule
    "chlorambucil", "melphalan", "cyclophosphamide", "ifosfamide", "estramustine", "carmustine",
    "CN1C(CCCC(=O)O)=NC2=C1C=CC(=C2)N(CCCl)CCCl",  # bendamustine
]  # fmt: skip


@pytest.mark.parametrize("name", RELATIVES)
def test_ordinary_relatives_are_not_claimed(name: str) -> None:
    smiles = name if "(=O)" in name else search_chemical(name).smiles
    made = default_gate().judge_structure(smiles, Action.OPTIMISE)
    lists = {match.list for match in made.matches if match.how in {"structure", "class", "name"}}
    assert not lists & {"CWC", "Australia Group"}, made.matches


def test_a_medicine_on_schedule_1_is_refused_for_making_and_noted_for_reading() -> None:
    """Chlormethine is HN2: the Convention lists the compound and its permitted medical use is settled elsewhere."""
    smiles = search_chemical("mechlorethamine").smiles
    assert default_gate().judge(smiles, Action.LOOK_UP).verdict == Verdict.NOTE
    for action in (Action.OPTIMISE, Action.MAKE, Action.PLAN_USE):
        assert default_gate().judge(smiles, action).verdict == Verdict.REFUSE


def test_keys_stand_for_structures_in_the_table() -> None:
    for row in ROWS:
        for name in (row.name, *row.synonyms):
            mol = Chem.MolFromSmiles(name) if re.fullmatch(r"[A-Za-z0-9@+\-\[\]()=#/\\.]+", name) else None
            assert mol is None or mol.GetNumAtoms() < 4, name
