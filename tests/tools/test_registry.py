"""Each capability is defined once, small, described, and answers with data also where it fails."""

from __future__ import annotations

import json
from typing import Annotated, Any, get_args

import pytest
from pydantic import BaseModel, Field
from syrupy.assertion import SnapshotAssertion

from benchside.tools.chemistry.columns import Kind
from benchside.tools.gate import Action, ApprovalNeededError, GateDecision, GateError, Verdict
from benchside.tools.registry import ArgumentsError, Capability, Finding, Registry, langchain_tool, registry
from benchside.workspaces.errors import Actor, ExitCode, NotFoundError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
EVIDENCE_KINDS = {"computed", "predicted", "retrieved"}
NAMES = [c.name for c in registry()]


class GatedArguments(BaseModel):
    """One compound."""

    smiles: Annotated[str, Field(description="SMILES")]


def make(arguments: GatedArguments) -> list[Finding]:
    return [Finding(arguments.smiles, "made", True, "", "computed", "test")]


GATED = Capability("make_compound", "Make it.", GatedArguments, make, "computed", gated=Action.MAKE)


class Gate:
    """Allows ethanol and refuses the rest."""

    name, version = "test", "1"

    def judge(self, smiles: str, action: Action) -> GateDecision:
        verdict = Verdict.ALLOW if smiles == "CCO" else Verdict.REFUSE
        return GateDecision(verdict, action, "rule", "source", "reason")


def test_the_schemas_are_those_that_were_reviewed(snapshot: SnapshotAssertion) -> None:
    assert {c.name: {"description": c.description, "schema": c.schema()} for c in registry()} == snapshot


@pytest.mark.parametrize("name", NAMES)
def test_a_capability_is_small_described_and_says_what_it_records(name: str) -> None:
    capability = registry()[name]
    assert capability.name == capability.function.__name__
    assert name == name.lower()
    assert "_" in name
    assert "\n" not in capability.description
    assert 20 < len(capability.description) < 120
    assert capability.description.endswith(".")
    assert capability.records in EVIDENCE_KINDS
    schema = capability.schema()
    assert len(json.dumps(schema)) < 2_000
    assert schema["additionalProperties"] is False
    assert schema["description"]
    assert schema["required"]
    for argument in schema["properties"].values():
        assert "description" in argument or "enum" in argument


def test_names_are_unique_sorted_and_a_second_one_is_a_bug() -> None:
    assert sorted(set(NAMES)) == NAMES
    made = Registry()
    made.add(GATED)
    with pytest.raises(ValueError, match="two capabilities are called 'make_compound'"):
        made.add(GATED)


def test_a_gated_capability_needs_a_structure_to_judge() -> None:
    class Nothing(BaseModel):
        name: str

    with pytest.raises(ValueError, match="no argument `smiles`"):
        Registry().add(Capability("make_x", "Make.", Nothing, make, "computed", gated=Action.MAKE))


def test_an_unknown_name_tells_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="no capability 'compute_property'") as caught:
        registry()["compute_property"]
    assert "compute_properties" in str(caught.value.hint)
    with pytest.raises(NotFoundError):
        registry()["zzzz"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "smiles: Field required; properties: Field required"),
    "unknown property": ({"smiles": "C", "properties": ["mw"]}, "properties.0: Input should be 'molecular_weight'"),
    "no property": ({"smiles": "C", "properties": []}, "properties: List should have at least 1 item"),
    "no structure": ({"smiles": "", "properties": ["qed"]}, "smiles: String should have at least 1 character"),
    "too long": ({"smiles": "C" * 6_000, "properties": ["qed"]}, "smiles: String should have at most 5000"),
    "one more": ({"smiles": "C", "properties": ["qed"], "unit": "Da"}, "unit: Extra inputs are not permitted"),
    "a number": ({"smiles": 7, "properties": ["qed"]}, "smiles: Input should be a valid string"),
    "unreadable": ({"smiles": "C1CC", "properties": ["qed"]}, "smiles: The SMILES cannot be read"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_coded_and_a_model_can_act_on_them(case: str) -> None:
    arguments, message = WRONG[case]
    with pytest.raises(ArgumentsError) as caught:
        registry()["compute_properties"].call(arguments)
    error = caught.value
    assert error.message.startswith(message)
    assert (error.code, error.actor, error.exit_code) == ("arguments", Actor.MODEL, ExitCode.USAGE)
    assert error.where == "compute_properties"
    assert error.hint
    # the same, as a result, through LangChain
    result = langchain_tool(registry()["compute_properties"]).invoke(arguments)
    assert result == {"error": error.as_dict()}


def test_arguments_that_are_no_object() -> None:
    with pytest.raises(ArgumentsError, match="arguments: Input should be a valid dictionary"):
        registry()["compute_properties"].call(["C"])  # type: ignore[arg-type]


def test_many_mistakes_are_told_in_short() -> None:
    with pytest.raises(ArgumentsError, match="and 2 more"):
        registry()["compute_properties"].call({"smiles": "C", "properties": ["a", "b", "c", "d", "e"]})


def test_a_gated_capability_runs_only_if_the_gate_allows() -> None:
    with pytest.raises(GateError, match="refused"):
        GATED.call({"smiles": "CCN"}, Gate())
    assert GATED.call({"smiles": "CCO"}, Gate())[0].value is True
    assert langchain_tool(GATED, Gate()).invoke({"smiles": "CCN"})["error"]["code"] == "gate"
    assert langchain_tool(GATED, Gate()).invoke({"smiles": "CCO"})["findings"][0]["quantity"] == "made"


def test_without_a_gate_given_the_safety_gate_is_asked() -> None:
    assert GATED.call({"smiles": "CCO"})[0].value is True
    with pytest.raises(ApprovalNeededError):
        GATED.call({"smiles": "C1CC"})
    assert langchain_tool(GATED).invoke({"smiles": "C1CC"})["error"]["code"] == "needs_approval"


def test_either_gated_or_harmless_is_declared() -> None:
    for declared in ({}, {"gated": Action.MAKE, "harmless": "it makes nothing"}):
        with pytest.raises(ValueError, match="must declare either"):
            Registry().add(Capability("make_x", "Make.", GatedArguments, make, "computed", **declared))  # type: ignore[arg-type]


def test_wrong_arguments_are_told_before_the_gate_is_asked() -> None:
    with pytest.raises(ArgumentsError):
        GATED.call({})


@pytest.mark.parametrize("name", NAMES)
def test_a_langchain_tool_has_name_description_and_schema_of_the_capability(name: str) -> None:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    capability = registry()[name]
    tool = langchain_tool(capability)
    assert (tool.name, tool.description) == (name, capability.description)
    function = convert_to_openai_tool(tool)["function"]
    assert function["name"] == name
    assert set(function["parameters"]["properties"]) == set(capability.arguments.model_fields)


def test_a_tool_call_comes_back_as_json_in_a_message() -> None:
    tool = langchain_tool(registry()["compute_properties"])
    call: dict[str, Any] = {"type": "tool_call", "id": "1", "name": tool.name}
    good = tool.invoke(call | {"args": {"smiles": ASPIRIN, "properties": ["molecular_weight"]}})
    (found,) = json.loads(good.content)["findings"]
    assert found == {
        "subject": ASPIRIN,
        "quantity": "Molecular weight (average)",
        "value": 180.159,
        "unit": "Da",
        "kind": "computed",
        "source": found["source"],
        "uncertainty": None,
        "note": None,
    }
    assert "RDKit" in found["source"]
    bad = tool.invoke(call | {"args": {"smiles": ASPIRIN}})
    assert json.loads(bad.content)["error"]["code"] == "arguments"


def test_a_bug_is_raised_and_no_result() -> None:
    def broken(_: GatedArguments) -> list[Finding]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        langchain_tool(Capability("a_bug", "A bug.", GatedArguments, broken, "computed")).invoke({"smiles": "C"})


def test_the_kinds_of_evidence_cover_those_of_columns() -> None:
    assert set(get_args(Kind)) - {"input"} <= EVIDENCE_KINDS
