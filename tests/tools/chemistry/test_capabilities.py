"""Each capability called with a good example gives the published or independently known value."""

from __future__ import annotations

from typing import Any

import pytest

from benchside.tools.chemistry.admet_endpoints import endpoints
from benchside.tools.chemistry.capabilities import CAPABILITIES, AlertArguments, PropertiesArguments, RuleArguments
from benchside.tools.chemistry.columns import ALERT_SETS, COLUMNS, RULE_COLUMNS
from benchside.tools.registry import ArgumentsError, Finding, registry
from benchside.workspaces.errors import BenchsideError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def call(capability: str, /, **arguments: Any) -> list[Finding]:
    return registry()[capability].call(arguments)


def by_quantity(found: list[Finding]) -> dict[str, Finding]:
    assert len({f.quantity for f in found}) == len(found)
    return {f.quantity: f for f in found}


def test_properties_of_aspirin_with_both_weights() -> None:
    found = by_quantity(
        call(
            "compute_properties",
            smiles=ASPIRIN,
            properties=["molecular_weight", "monoisotopic_weight", "tpsa", "hbd", "heavy_atoms", "tpsa"],
        )
    )
    assert len(found) == 5  # what is asked for twice is answered once
    average, exact = found["Molecular weight (average)"], found["Molecular weight (monoisotopic)"]
    assert (average.value, average.unit) == (pytest.approx(180.159, abs=1e-3), "Da")
    assert (exact.value, exact.unit) == (pytest.approx(180.0423, abs=1e-4), "Da")
    assert found["TPSA"].value == pytest.approx(63.60, abs=0.01)
    assert found["TPSA"].unit == "Å²"
    assert (found["H-bond donors"].value, found["Heavy atoms"].value) == (1, 13)
    assert isinstance(found["H-bond donors"].value, int)
    assert {f.kind for f in found.values()} == {"computed"}
    assert all(f.source.startswith("RDKit 20") for f in found.values())


def test_a_salt_is_answered_for_its_parent() -> None:
    (found,) = call("compute_properties", smiles="[Na+].CC(=O)Oc1ccccc1C([O-])=O", properties=["molecular_weight"])
    assert found.subject == ASPIRIN
    assert found.value == pytest.approx(180.159, abs=1e-3)


def test_the_literal_lists_are_those_of_the_tables() -> None:
    def names(model: Any, field: str) -> set[str]:
        schema = model.model_json_schema()["properties"][field]
        return set(schema.get("items", schema)["enum"])

    assert names(AlertArguments, "sets") == set(ALERT_SETS)
    assert names(RuleArguments, "rule") == set(RULE_COLUMNS)
    assert names(PropertiesArguments, "properties") <= {n for n, c in COLUMNS.items() if c.kind == "computed"}


def test_a_rule_says_pass_or_fail_and_why() -> None:
    passed = call("check_rule", smiles=ASPIRIN, rule="lipinski")
    assert (passed[0].quantity, passed[0].value) == ("Lipinski", True)
    donors = by_quantity(passed)["N–H and O–H bonds"]
    assert (donors.value, donors.note) == (1, "N–H and O–H bonds ≤ 5, is 1: holds")
    assert isinstance(donors.value, int)
    failed = call("check_rule", smiles=ASPIRIN, rule="lead_like")
    assert failed[0].value is False
    assert failed[1].note == "Molecular weight (average) 250 to 350 Da, is 180.16: broken"


def test_alerts_by_set() -> None:
    rhodanine = "O=C1NC(=S)SC1=Cc1ccccc1"
    found = by_quantity(call("find_alerts", smiles=rhodanine, sets=["pains", "nih", "pains"]))
    assert found["PAINS alerts"].value == 1
    assert "rhod" in str(found["PAINS alert names"].value)
    assert set(found) == {"PAINS alerts", "PAINS alert names", "NIH alerts", "NIH alert names"}
    clean = by_quantity(call("find_alerts", smiles="CCO", sets=["pains"]))
    assert (clean["PAINS alerts"].value, clean["PAINS alert names"].value) == (0, "")


def test_two_compounds_are_compared() -> None:
    found = by_quantity(call("compare_structures", smiles=ASPIRIN, other="OC(=O)c1ccccc1O"))
    assert found["Similarity to the reference"].value == pytest.approx(13 / 29, abs=1e-9)
    assert found["Shares the reference's scaffold"].value is True
    assert found["Δ molecular weight to the reference"].value == pytest.approx(42.037, abs=1e-3)
    assert found["Similarity to the reference"].subject == f"{ASPIRIN} against O=C(O)c1ccccc1O"
    same = by_quantity(call("compare_structures", smiles="OCC", other="CCO"))
    assert same["Similarity to the reference"].value == 1
    assert same["Shares the reference's scaffold"].value is None  # no ring, no scaffold


def test_a_pattern_is_counted_and_a_wrong_one_is_the_models_to_mend() -> None:
    (found,) = call("find_substructure", smiles=ASPIRIN, smarts="C(=O)O")
    assert (found.value, found.unit, found.quantity) == (2, "", "matches of C(=O)O")
    (none,) = call("find_substructure", smiles=ASPIRIN, smarts="[N]")
    assert none.value == 0
    with pytest.raises(ArgumentsError, match="smarts: The SMARTS pattern cannot be read"):
        call("find_substructure", smiles=ASPIRIN, smarts="C(=O")


def test_a_name_gives_its_structure_and_source() -> None:
    (found,) = call("name_to_structure", name=" Aspirin ")
    assert (found.value, found.kind) == (ASPIRIN, "retrieved")
    assert found.source
    (by_cas,) = call("name_to_structure", name="50-78-2")
    assert by_cas.value == ASPIRIN
    with pytest.raises(BenchsideError) as caught:
        call("name_to_structure", name="no such compound at all")
    assert caught.value.code.startswith("unknown_name")
    with pytest.raises(ArgumentsError, match="name: "):
        call("name_to_structure", name="   ")


def test_predictions_carry_spread_unit_and_note() -> None:
    found = call("predict_admet", smiles=ASPIRIN, endpoints=["hERG", "Caco2_Wang", "hERG"])
    assert [f.kind for f in found] == ["predicted", "predicted"]
    herg, caco = found
    assert isinstance(herg.value, float)
    assert 0 <= herg.value < 0.3  # aspirin does not block hERG
    assert herg.unit == endpoints()["hERG"].unit
    assert str(herg.uncertainty).startswith("standard deviation over the ensemble 0.")
    assert -7 < float(str(caco.value)) < -3
    assert "admet-ai" in herg.source


def test_an_unknown_endpoint_names_the_nearest_and_loads_no_model() -> None:
    with pytest.raises(ArgumentsError, match="no endpoint 'herg'") as caught:
        call("predict_admet", smiles=ASPIRIN, endpoints=["herg"])
    assert "hERG" in str(caught.value.hint)
    with pytest.raises(ArgumentsError, match="no endpoint 'qqqq'") as caught:
        call("predict_admet", smiles=ASPIRIN, endpoints=["qqqq"])
    assert "BBB_Martins" in str(caught.value.hint)


@pytest.mark.parametrize("capability", CAPABILITIES, ids=lambda c: c.name)
def test_findings_are_plain_values_of_the_kind_that_is_recorded(capability: Any) -> None:
    examples: dict[str, Any] = {
        "smiles": ASPIRIN,
        "properties": ["qed", "fraction_csp3", "stereocentres"],
        "rule": "veber",
        "sets": ["brenk"],
        "other": "CCO",
        "smarts": "c",
        "name": "caffeine",
        "endpoints": ["BBB_Martins"],
    }
    found = capability.call({name: examples[name] for name in capability.arguments.model_fields})
    assert found
    for finding in found:
        assert type(finding.value) in {float, int, str, bool, type(None)}
        assert finding.kind == capability.records
        assert finding.subject
        assert finding.source


@pytest.mark.parametrize("smiles", ["C1CC", "[Na+].[Cl-]", "*c1ccccc1", "see page 4", "C" * 4_000])
def test_a_structure_that_cannot_be_used_is_an_error_of_the_argument(smiles: str) -> None:
    for capability in CAPABILITIES:
        if set(capability.arguments.model_fields) == {"smiles", "smarts"}:
            with pytest.raises(ArgumentsError, match="smiles: "):
                capability.call({"smiles": smiles, "smarts": "C"})
