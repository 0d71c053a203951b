"""Controlled drugs: every item in every disguise, the limits of every class at both ends, and what is left out."""

from __future__ import annotations

from collections import Counter

import pytest
from chemicals import search_chemical
from rdkit import Chem

from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.families import families
from benchside.tools.safety.forms import main_part
from benchside.tools.safety.gate import default_gate
from benchside.tools.safety.names import names
from benchside.tools.safety.tables import Row, tables

from .disguises import name_disguises, structure_disguises
from .listed import looked_up
from .listed_drugs import CLASSES, ITEMS, LISTS, approved, cathinone, fentanyl, indole, nitazene, structure

EXCLUDED = [row for row in tables().rows if row.exclusion and row.list in {*LISTS, "UK MDA"}]
CLASS_ENTRIES = [family.entry for family in families() if family.entry.list in {*LISTS, "UK MDA"}]
DRAWN = [row for row in ITEMS if row.key14]
NAMED_ONLY = {
    "Cannabis and cannabis resin, extracts and tinctures of cannabis", "Coca leaf", "Concentrate of poppy straw",
    "Opium", "Chloral betaine", "Dichloralphenazone",
}  # fmt: skip
"""Plants and mixtures: no structure can be given."""

RACEMATES = {"Racemethorphan", "Racemorphan"}
"""Drawn without stereochemistry they may be the mirror image that the list leaves out: a note."""

EACH = {"salt": 2, "tautomer": 2}
"""Variants of one disguise that are judged, where it is more than one."""


def expected(row: Row) -> set[Verdict]:
    """The verdicts on an item at the action `optimise`; a precursor may be on another list besides."""
    if row.list == "UN 1988":
        return {Verdict.NOTE, Verdict.NEEDS_APPROVAL}
    return {Verdict.NEEDS_APPROVAL}


def claimed(smiles: str) -> set[str]:
    """The families of drugs that a structure belongs to."""
    lists = {*LISTS, "UK MDA"}
    return {match.rule for match in families().matches(main_part(smiles).mol) if match.list in lists}


def wrong_as(row: Row, what: str, text: str) -> str:
    """What is wrong with the judgement of one disguise; "" if nothing."""
    made = default_gate().judge_structure(text, Action.OPTIMISE)
    exact = {(m.list, m.category) for m in made.matches if m.how in {"structure", "class"}}
    if row.key and (what.startswith("stereo") or row.name in RACEMATES):
        fine = made.verdict != Verdict.ALLOW and bool(made.matches)
    elif made.decision.rule == "unreadable":
        fine = made.verdict == Verdict.NEEDS_APPROVAL
    else:
        fine = made.verdict in expected(row) and (row.list, row.category) in exact
    return "" if fine else f"{what}: {text!r} is {made.verdict} for {sorted(exact)}"


@pytest.mark.parametrize("row", DRAWN, ids=lambda row: f"{row.list} {row.name}")
def test_every_item_is_held_in_every_disguise_of_its_structure(row: Row) -> None:
    smiles = structure(row)
    assert smiles is not None
    tried: Counter[str] = Counter()
    wrong = []
    for what, text in structure_disguises(smiles):
        tried[what] += 1
        if tried[what] <= EACH.get(what, 1):
            wrong.append(wrong_as(row, what, text))
    assert not [reason for reason in wrong if reason]


def test_the_twelve_disguises_all_occur() -> None:
    some = DRAWN[::12]
    seen = {what for row in some for what, _ in structure_disguises(structure(row) or "")}
    seen |= {what for row in some for what, _ in name_disguises(row)}
    assert seen - {"plain"} == {
        "salt", "hydrate", "isotope", "stereo given", "stereo not given", "tautomer", "charge state", "mixture",
        "non-canonical SMILES", "InChI", "name", "synonym", "CAS",
    }  # fmt: skip


@pytest.mark.parametrize("list_name", LISTS)
def test_every_name_synonym_and_number_leads_to_its_item(list_name: str) -> None:
    rows = [row for row in ITEMS if row.list == list_name]
    assert not [(row.name, text) for row in rows for _, text in name_disguises(row) if row not in names().named(text)]


@pytest.mark.parametrize("row", ITEMS, ids=lambda row: f"{row.list} {row.name}")
def test_a_name_or_number_alone_is_enough_for_the_verdict(row: Row) -> None:
    for text in (row.name, *([row.cas] if row.cas else [])):
        assert default_gate().judge_text(text, Action.OPTIMISE).verdict in expected(row)


@pytest.mark.parametrize("text", ["ecstasy", "angel dust", "CRACK COCAINE", "magic mushrooms", "Valium", "delta-9-THC",
                                  "Δ9-THC", "crystal meth", "Spravato", "marijuana", "25i nbome"])  # fmt: skip
def test_street_and_trade_names_are_known(text: str) -> None:
    assert default_gate().judge_text(text, Action.OPTIMISE).verdict == Verdict.NEEDS_APPROVAL


def test_the_lists_have_their_items() -> None:
    assert Counter((row.list, row.category) for row in ITEMS) == {
        ("UN 1961", "Schedule I and IV"): 17, ("UN 1961", "Schedule I"): 121, ("UN 1961", "Schedule II"): 10,
        ("UN 1971", "Schedule I"): 37, ("UN 1971", "Schedule II"): 65, ("UN 1971", "Schedule III"): 9,
        ("UN 1971", "Schedule IV"): 69, ("UN 1988", "Table I"): 31, ("UN 1988", "Table II"): 8,
        ("US CSA", "Schedule I"): 89, ("US CSA", "Schedule II"): 13, ("US CSA", "Schedule III"): 78,
        ("US CSA", "Schedule IV"): 26, ("US CSA", "Schedule V"): 7,
    }  # fmt: skip
    assert {row.name for row in ITEMS if not row.key14} == NAMED_ONLY


def test_no_item_is_listed_twice_in_one_list() -> None:
    assert [key for key, n in Counter((row.list, row.name) for row in ITEMS).items() if n > 1] == []


@pytest.mark.parametrize("name", CLASSES)
def test_a_structure_put_together_by_code_has_the_key_of_its_item(name: str) -> None:
    key = main_part(CLASSES[name]).key14
    assert all(key in row.keys for row in ITEMS if row.name == name)


def test_keys_agree_with_an_independent_table_where_it_has_the_number() -> None:
    checked = 0
    for row in (*DRAWN, *EXCLUDED):
        smiles = looked_up(row.cas) if row.cas and row.name != "Potassium permanganate" else None
        if smiles and not smiles.startswith("["):
            checked += 1
            assert main_part(smiles).key14 in row.keys, row.name
    assert checked > 250


def test_a_listed_enantiomer_is_held_and_its_mirror_image_is_not() -> None:
    gate = default_gate()
    for row in (row for row in EXCLUDED if row.key and row.list == "UN 1961"):
        mirror = {"Dextromethorphan": "Levomethorphan", "Dextrorphan": "Levorphanol"}[row.name]
        listed = next(item for item in ITEMS if item.name == mirror)
        drawn = looked_up(listed.cas)
        assert drawn
        image = drawn.replace("@@", "!").replace("@", "@@").replace("!", "@")
        assert gate.judge(drawn, Action.OPTIMISE).verdict == Verdict.NEEDS_APPROVAL
        assert gate.judge(image, Action.OPTIMISE).verdict == Verdict.NOTE
        assert main_part(image).inchikey == row.key
        assert gate.judge_text(row.name, Action.OPTIMISE).verdict in {Verdict.ALLOW, Verdict.NOTE}


@pytest.mark.parametrize("row", EXCLUDED, ids=lambda row: f"{row.list} {row.name}")
def test_what_a_law_leaves_out_is_not_held_by_that_law(row: Row) -> None:
    made = default_gate().judge_text(row.name, Action.OPTIMISE)
    assert not [m for m in made.matches if m.list == row.list and m.how in {"structure", "class", "name"}]
    if row.name not in {"Cathinone", "Diethylpropion", "Pyrovalerone"}:  # listed by the convention of 1971
        assert made.verdict in {Verdict.ALLOW, Verdict.NOTE}


TRYPTAMINE = "c1ccc2[nH]cc(CC%s)c2c1"
PEA = "c1(CC%s)ccc(%s)cc1"
TAILS = ["C", "C" * 10, "CCCCCF", "CC=C", "CCCCO", "CCCC#N", "CC8CC8", "CCC8CCCCCC8", "CC8CCCCN8C", "CCN8CCOCC8"]
NOT_TAILS = ["[H]", "c8ccccc8", "C8CCCCC8", "CC(=O)O", "CC8CCCCN8", "CCN8CCNCC8"]
NAPHTHOYL = "c5cccc6ccccc56"
HEAVY = nitazene("O" + "C" * 5, "N(CCC)CCC")
"""Of 467 Da; with a second pentyloxy group it is above the limit of 500."""

RANGES: list[tuple[str, list[str], list[str]]] = [
    ("us-fentanyl-related",
     [fentanyl(), fentanyl("[H]"), fentanyl("c4ccccc4"), fentanyl(tail="CCC3CCCCC3"), fentanyl(tail="CCn3cccc3"),
      fentanyl(tail="CC(N)c3ccccc3"), fentanyl(tail="C(CC=C)Cc3ccccc3"), fentanyl(aryl="c2ccncc2"),
      fentanyl(aryl="c2ccc(C(=O)O)cc2"), fentanyl(on_ring="OC(C)=O"), fentanyl(on_ring="[N+](=O)[O-]"),
      fentanyl(on_ring="C(F)(F)F")],
     [fentanyl(tail="CCCc3ccccc3"), fentanyl(tail="Cc3ccccc3"), fentanyl(tail="CCc3ccc4ccccc4c3"),
      fentanyl(tail="CC(C#N)c3ccccc3"), fentanyl(aryl="c2ccc4ccccc4c2"), fentanyl(aryl="C2CCCCC2"),
      fentanyl(aryl="Cc2ccccc2"), fentanyl(on_ring="C(=O)O"), fentanyl(on_ring="C#N"), fentanyl(on_ring="c4ccccc4"),
      "N(c2ccccc2)C1CCN(CCc3ccccc3)CC1"]),
    ("uk-nitazene",
     [nitazene("[H]"), nitazene("C" * 6), nitazene("O" + "C" * 5), nitazene("S" + "C" * 5), nitazene("C(F)(F)F"),
      nitazene("OC(C)=O"), nitazene("C#N"), nitazene("OC", "N(CCC)CCC"), nitazene("OC", "N(CC=C)C"),
      nitazene("OC", "N"), nitazene("OC", "N4CCOCC4"), nitazene("OC", nitro=""), HEAVY],
     [nitazene("C" * 7), nitazene("O" + "C" * 6), nitazene("S" + "C" * 6), nitazene("C(=O)O"), nitazene("N"),
      nitazene("OC", "N(CCCC)C"), nitazene("OC", "N(CC=CC)C"), nitazene("OC", "CN(C)C"),
      nitazene("OC", "N(Cc4ccccc4)C"), nitazene("OC", nitro="C(=O)O"),
      HEAVY.replace("cc3)", "c(OCCCCC)c3)")]),
    ("uk-cathinone",
     [cathinone("C"), cathinone("OCCCCC"), cathinone("C(F)(F)F"), cathinone("I"), cathinone(chain="C" * 8),
      cathinone(amine="N(CCCC)CCCC"), cathinone(amine="N9CC9"), cathinone(amine="N9CCOCC9"), cathinone("C", amine="N")],
     [cathinone("O"), cathinone("[N+](=O)[O-]"), cathinone(amine="NCc9ccccc9"), cathinone(amine="NC(C)=O"),
      "c1ccccc1C(=O)CNC", "c1ccccc1C(=O)C(C)(C)NC", "c1ccccc1C(=O)C(C)CNC", "c1ccccc1CC(C)NC"]),
    ("uk-cathinone-ring",
     ["c1ccsc1C(=O)C(C)NC", "c1ccc2ccccc2c1C(=O)C(CCC)N9CCCC9", "C1CCCCC1C(=O)C(C)N"],
     ["c1ccccc1C(=O)C(C)NC", "C1CCCCN1C(=O)C(C)N", "C1Oc2ccc(C(=O)C(C)NC)cc2O1", "CC(=O)C(C)NC"]),
    ("uk-phenethylamine",
     [PEA % ("N", "C"), PEA % ("N", "OCC"), PEA % ("N", "F"), PEA % ("(CC)NC", "Cl"), PEA % ("(C)N(C)C", "OC"),
      PEA % ("NC(C)C", "Br"), "C1Oc2ccc(CCN)cc2O1", "C1COc2ccc(CC(C)NCC)cc2O1", "COc1cc(CCN)ccc1C(=O)O"],
     [PEA % ("N", "O"), PEA % ("N", "C(F)(F)F"), PEA % ("N", "SC"), PEA % ("N", "[H]"), PEA % ("(CCC)N", "C"),
      PEA % ("(C)(C)N", "Cl"), PEA % ("NC(C)=O", "OC"), PEA % ("NCCO", "OC"), PEA % ("CN", "OC"),
      "c1cc(OC)ccc1C(C)CN", "c1cc(OC)ccc1C(O)CN", "COc1ccc2ccccc2c1CCN"]),
    ("uk-n-benzylphenethylamine",
     [PEA % ("NCc9ccccc9", "OC"), PEA % ("(CC)NCc9ccccc9OC", "Br"), PEA % ("NCc9ccc(C(=O)O)cc9", "C")],
     [PEA % ("NCc9ccccc9", "O"), PEA % ("NCCc9ccccc9", "OC"), PEA % ("NCc9ccccn9", "OC"), PEA % ("NCc9ccccc9", "[H]"),
      PEA % ("(CCC)NCc9ccccc9", "OC")]),
    ("uk-tryptamine",
     [TRYPTAMINE % "NC", TRYPTAMINE % "N(CC=C)CC=C", TRYPTAMINE % "N9CCCC9", TRYPTAMINE % "(CCCC)N",
      "c1cc(OC)cc2c(CCN)c[nH]c12", "c1c(SC)ccc2[nH]cc(CCN)c12", "c1ccc2[nH]c(CC)c(CCN)c2c1",
      "C1Oc2cc3[nH]cc(CCN)c3cc2O1"],
     [TRYPTAMINE % "N", TRYPTAMINE % "NC(C)=O", TRYPTAMINE % "(C(=O)O)N", TRYPTAMINE % "(C)(C)N", TRYPTAMINE % "CN",
      "c1ccc2n(C)cc(CCN(C)C)c2c1", "c1cc(C#N)cc2c(CCN(C)C)c[nH]c12", "c1cc(O)cc2c(CCN)c[nH]c12"]),
    ("uk-hydroxytryptamine",
     ["c1cc(O)cc2c(CCNC)c[nH]c12", "c1cc(O)c2c(CCN(C(C)C)C)c[nH]c2c1", "c1cc(O)cc2c(CC(C)N)c[nH]c12"],
     ["c1cc(O)cc2c(CCN)c[nH]c12", "c1cc(O)cc2c(CC(C(=O)O)N)c[nH]c12", "c1cc(O)cc2c(CCNC(C)=O)c[nH]c12"]),
    ("uk-benzofuran",
     ["c1cc2occc2cc1CC(C)N", "c1cc2c(CCO2)cc1CCN", "c1cc2CCCc2cc1CC(C)NC", "c1cc2[nH]ccc2cc1CC(C)N"],
     ["c1cc2occc2cc1CN", "c1cc2occc2cc1CCCN", "c1cc2oc(C(=O)O)cc2cc1CC(C)N", "c1cc2sccc2cc1CC(C)N"]),
    *((f"uk-{rule}", [indole(head, tail, "c") for tail in TAILS], [indole(head, tail, "c") for tail in NOT_TAILS])
      for rule, head in (
          ("naphthoylindole", NAPHTHOYL), ("phenylacetylindole", "Cc5ccccc5"), ("benzoylindole", "c5ccccc5"),
          ("adamantoylindole", "C45CC6CC(CC(C6)C4)C5"), ("tetramethylcyclopropylindole", "C5C(C)(C)C5(C)C"))),
    ("uk-naphthoylpyrrole",
     [f"O=C({NAPHTHOYL})c1ccn({tail})c1" for tail in TAILS],
     [f"O=C({NAPHTHOYL})c1ccn({tail})c1" for tail in NOT_TAILS]),
    ("uk-naphthylmethylindene",
     [f"C(=C1C=C({tail})c2ccccc12)c5cccc6ccccc56" for tail in TAILS], ["C(=C1C=Cc2ccccc12)c5cccc6ccccc56"]),
    ("uk-cyclohexylphenol",
     [f"Oc1cc({tail})ccc1C7CCCC(O)C7" for tail in TAILS],
     ["Oc1ccccc1C7CCCC(O)C7", "Oc1cc(CCCCCC)ccc1C7CCCCC7", "Oc1cc(c8ccccc8)ccc1C7CCCC(O)C7"]),
    ("uk-cannabinoid-amino-acid",
     [indole("NC(C)C(N)=O", tail) for tail in [*TAILS, "Cc8ccc(F)cc8", "CC8CCOCC8"] if tail != "CCCCO"]
     + [indole("NC(Cc5ccccc5)C(N)=O", "CCCCC"), indole("NC(C(C)C)C(=O)O", "CCCCC", "c")],
     [indole("NC(C)C(N)=O", tail) for tail in NOT_TAILS]
     + [indole("NCC(N)=O", "CCCCC"), indole("NC(CO)C(N)=O", "CCCCC"), indole("N(C)C(C)C(N)=O", "CCCCC")]),
    ("uk-cannabinoid-ring-head",
     [indole("NC(C)(C)c5ccccc5", "CCCCC"), indole("Oc5cccc6cccnc56", "CC=C", "c")],
     [indole("NCCc5ccccc5", "CCCCC"), indole("Nc5ccccc5", "CCCCC"), indole("NC(C)(C)c5ccccc5", "[H]")]),
    ("us-cannabimimetic-naphthoylindole", [indole(NAPHTHOYL, "c8ccccc8", "c")], [indole(NAPHTHOYL, "[H]", "c")]),
    ("us-cannabimimetic-acylindole", [indole("c5ccccc5", "C", "c")], [indole("c5ccccn5", "C", "c")]),
    ("us-cannabimimetic-naphthoylpyrrole", [f"O=C({NAPHTHOYL})c1ccn(C)c1"], [f"O=C({NAPHTHOYL})c1cc[nH]c1"]),
    ("us-cannabimimetic-indene", ["C(=C1C=C(C)c2ccccc12)c5cccc6ccccc56"], ["C(=C1C=Cc2ccccc12)c5cccc6ccccc56"]),
    ("us-cannabimimetic-cyclohexylphenol", ["Oc1cc(CC=C)ccc1C7CCCC(O)C7"], ["Oc1cc(CCF)ccc1C7CCCC(O)C7"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "inside", "outside"), RANGES, ids=[rule for rule, _, _ in RANGES])
def test_a_class_ends_where_its_definition_ends(rule: str, inside: list[str], outside: list[str]) -> None:
    for smiles in (*inside, *outside):
        assert Chem.MolFromSmiles(smiles) is not None, smiles
    assert not [smiles for smiles in inside if rule not in claimed(smiles)]
    assert not [smiles for smiles in outside if rule in claimed(smiles)]


def test_every_class_has_its_limits_tested() -> None:
    assert {entry.id for entry in CLASS_ENTRIES} == {rule for rule, _, _ in RANGES} | {"uk-lysergamide"}


def test_alkyl_amides_of_lysergic_acid_are_a_class_and_its_hydroxyalkyl_amides_are_not() -> None:
    amide = looked_up("478-94-4")
    assert amide
    assert amide.count("C(=O)N") == 1
    assert "uk-lysergamide" in claimed(amide.replace("C(=O)N", "C(=O)N(C)CCC"))
    assert "uk-lysergamide" not in claimed(amide.replace("C(=O)N", "C(=O)NC(CC)CO"))
    assert "uk-lysergamide" not in claimed(amide)


def test_only_a_class_that_is_wider_than_its_law_is_at_most_a_note() -> None:
    assert {entry.id for entry in CLASS_ENTRIES if entry.attention} == {
        rule for rule, _, _ in RANGES if rule.startswith("us-cannabimimetic")
    }


MEDICINES = [
    "bupropion", "sumatriptan", "rizatriptan", "zolmitriptan", "venlafaxine", "loperamide", "haloperidol", "donepezil",
    "domperidone", "omeprazole", "albendazole", "mebendazole", "melatonin", "serotonin", "tryptophan", "tolperisone",
    "selegiline", "dopamine", "salbutamol", "fluoxetine", "indomethacin", "zafirlukast", "ondansetron", "granisetron",
    "pindolol", "telmisartan", "astemizole", "methylergometrine", "cabergoline", "lidocaine",
    "ropivacaine", "tamsulosin", "verapamil", "mebeverine", "ropinirole", "paracetamol", "naloxone", "naltrexone",
    "caffeine", "ibuprofen", "atorvastatin", "losartan",
]  # fmt: skip


@pytest.mark.parametrize("name", MEDICINES)
def test_medicines_that_resemble_a_class_are_not_held(name: str) -> None:
    smiles = approved(name) or str(search_chemical(name).smiles)
    verdict = default_gate().judge_structure(smiles, Action.OPTIMISE).verdict
    assert verdict in {Verdict.ALLOW, Verdict.NOTE}
    assert name == "bupropion" or not claimed(smiles)


@pytest.mark.parametrize("action", Action)
def test_a_controlled_medicine_may_be_looked_up_and_ranked_with_a_note(action: Action) -> None:
    free = action in {Action.LOOK_UP, Action.RANK}
    assert default_gate().judge_text("diazepam", action).verdict == (Verdict.NOTE if free else Verdict.NEEDS_APPROVAL)


def test_a_precursor_is_held_for_making_only() -> None:
    gate = default_gate()
    verdicts = {action: gate.judge_text("piperonal", action).verdict for action in Action}
    assert verdicts.pop(Action.MAKE) == Verdict.NEEDS_APPROVAL
    assert set(verdicts.values()) == {Verdict.NOTE}


def test_the_salt_of_a_drug_is_not_judged_as_hydrochloric_acid() -> None:
    made = default_gate().judge_structure("CC(C)NCC(O)COc1cccc2ccccc12.Cl", Action.MAKE)
    assert made.verdict == Verdict.ALLOW
