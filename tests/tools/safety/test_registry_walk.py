"""What makes, improves, ranks or plans is behind the gate: each capability and each node of a graph declares it."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from benchside.tools.gate import Action, ApprovalNeededError, GateError
from benchside.tools.registry import Capability, Finding, Registry, registry

ROOT = Path(__file__).resolve().parents[3]

DOING = {
    "make", "optimise", "optimize", "propose", "generate", "enumerate", "grow", "mutate", "evolve", "rank", "plan",
    "synthesise", "synthesize", "dock", "route", "retrosynthesis", "analogue", "analogues", "improve", "invent",
    "suggest",
}  # fmt: skip
"""Words in the name of a capability or node that does something to molecules."""

CAPABILITIES = [capability.name for capability in registry()]


def graph_modules() -> list[str]:
    """Modules of graphs/ that build a state graph."""
    found = []
    for path in sorted((ROOT / "graphs").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(n, ast.Call) and getattr(n.func, "id", "") == "StateGraph" for n in ast.walk(tree)):
            found.append("benchside." + ".".join(path.relative_to(ROOT).with_suffix("").parts))
    return found


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_capability_is_gated_or_says_why_not(name: str) -> None:
    capability = registry()[name]
    assert (capability.gated is None) == bool(capability.harmless)
    if capability.gated is None:
        assert not DOING & set(name.split("_")), f"{name} does something to molecules, and is not gated"
        assert len(capability.harmless) > 15


def test_every_graph_of_the_server_is_walked() -> None:
    served = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"].values()
    assert {module.partition(":")[0] for module in served} <= set(graph_modules())


@pytest.mark.parametrize("module", graph_modules())
def test_each_node_of_a_graph_declares_what_it_has_to_do_with_the_gate(module: str) -> None:
    graph = importlib.import_module(module)
    nodes = set(graph.build().nodes)
    assert set(graph.DECLARED) == nodes
    for node, declared in graph.DECLARED.items():
        if isinstance(declared, Action):
            # rows come to a gated node judged
            assert "judge" in nodes
        else:
            assert len(declared) > 10
            assert not DOING & set(node.split("_")), f"{node} does something to molecules, and is not gated"


class Structure(BaseModel):
    """One compound."""

    smiles: str


def make(arguments: Structure) -> list[Finding]:
    return [Finding(arguments.smiles, "made", True, "", "computed", "test")]


def test_a_capability_that_declares_nothing_or_both_cannot_be_added() -> None:
    for declared in ({}, {"gated": Action.MAKE, "harmless": "it makes nothing"}, {"harmless": " "}):
        with pytest.raises(ValueError, match="must declare"):
            Registry().add(Capability("make_it", "Make.", Structure, make, "computed", **declared))  # type: ignore[arg-type]


def test_a_gated_capability_asks_the_gate_of_the_package_by_itself() -> None:
    gated = Capability("make_it", "Make.", Structure, make, "computed", gated=Action.MAKE)
    assert gated.call({"smiles": "CCO"})[0].value is True
    with pytest.raises(ApprovalNeededError):
        gated.call({"smiles": "C1CC"})
    from benchside.tools.chemistry.names import resolve_name

    with pytest.raises(GateError, match="refused"):
        gated.call({"smiles": resolve_name("sarin").smiles})
