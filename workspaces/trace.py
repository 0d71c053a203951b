"""The ledger as a graph: what a piece of evidence was computed from, back to the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchside.workspaces.errors import NotFoundError
from benchside.workspaces.ledger import Evidence, TableReference, parse_address
from benchside.workspaces.workspace import Workspace

if TYPE_CHECKING:
    import networkx as nx


def evidence_graph(workspace: Workspace) -> nx.DiGraph[str]:
    """A directed graph from inputs to what was computed from them; nodes are evidence ids and artifact hashes."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    for artifact in workspace.artifacts.all():
        graph.add_node(artifact.sha256, text=f"{artifact.path} (sha256 {artifact.sha256[:16]}…)")
        for source in artifact.provenance.get("inputs", []):
            graph.add_edge(source, artifact.sha256)
    for entry in workspace.ledger.all():
        graph.add_node(entry.id, text=describe(entry))
        for source in entry.inputs:
            graph.add_edge(source, entry.id)
    for node, data in graph.nodes.items():
        data.setdefault("text", f"not in this workspace: {node[:16]}…" if len(node) == 64 else f"{node}: not in this ledger")
    return graph


def describe(entry: Evidence) -> str:
    """One entry in one line."""
    value = "a column of a table" if isinstance(entry.value, TableReference) else _short(entry.value)
    unit = f" {entry.unit}" if entry.unit not in ("", "1") else ""
    source = entry.source.tool or entry.source.document or entry.source.person or "unknown"
    version = f" {entry.source.version}" if entry.source.version else ""
    return f"{entry.id}  {entry.quantity} of {entry.subject} = {value}{unit}  [{entry.kind}: {source}{version}]"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"


@dataclass(frozen=True, slots=True)
class Trace:
    """What stands behind one piece of evidence.

    Attributes:
        address: as asked.
        value: the value, or the cell of the row that was asked for.
        steps: (depth, node, text), the evidence first, what it was computed from below it.
    """

    address: str
    value: Any
    steps: list[tuple[int, str, str]]
    entry: Evidence

    def text(self) -> str:
        """As an indented tree."""
        lines = [f"{'  ' * depth}{text}" for depth, _, text in self.steps]
        if self.value is not None:
            unit = f" {self.entry.unit}" if self.entry.unit not in ("", "1") else ""
            lines.insert(0, f"{self.address} = {_short(self.value)}{unit}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "address": self.address,
            "value": self.value,
            "entry": self.entry.model_dump(mode="json"),
            "chain": [{"depth": d, "node": n, "text": t} for d, n, t in self.steps],
        }


def trace(path: Path, address: str) -> Trace:
    """The chain behind an evidence id, or behind one row of it.

    Raises:
        NotFoundError: no such evidence, row or workspace.
    """
    workspace = Workspace.open(path)
    evidence_id, row = parse_address(address)
    entry = workspace.ledger.get(evidence_id)
    value: Any = None
    if row is not None or not isinstance(entry.value, TableReference):
        value = workspace.artifacts.resolve(entry, row)
    graph = evidence_graph(workspace)
    if evidence_id not in graph:
        raise NotFoundError(f"there is no {evidence_id} in this ledger", where=str(path))
    steps: list[tuple[int, str, str]] = []
    seen: set[str] = set()
    stack = [(0, evidence_id)]
    while stack:
        depth, node = stack.pop()
        again = node in seen
        steps.append((depth, node, graph.nodes[node]["text"] + (" (see above)" if again else "")))
        if not again:
            seen.add(node)
            stack += [(depth + 1, n) for n in sorted(graph.predecessors(node), reverse=True)]
    return Trace(entry.address(row), value, steps, entry)
