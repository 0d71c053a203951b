"""The ledger as a graph: what a piece of evidence was computed from, back to the inputs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchside.workspaces.artifacts import Artifact
from benchside.workspaces.evidence import Evidence, TableReference, parse_address
from benchside.workspaces.workspace import Workspace

if TYPE_CHECKING:
    import networkx as nx

_SHA256 = re.compile(r"[0-9a-f]{64}")


def evidence_graph(place: Workspace | Path) -> nx.DiGraph[str]:
    """A directed graph from inputs to what was computed from them.

    Nodes are evidence ids and artifact hashes, with `kind` (evidence, artifact or unknown) and `text`, one line.
    """
    import networkx as nx

    workspace = Workspace.of(place)
    graph: nx.DiGraph[str] = nx.DiGraph()
    for artifact in workspace.artifacts.all():
        graph.add_node(artifact.sha256, kind="artifact", text=_artifact(artifact))
        graph.add_edges_from((source, artifact.sha256) for source in _sources(artifact) if source != artifact.sha256)
    for entry in workspace.ledger.all():
        graph.add_node(entry.id, kind="evidence", text=describe(entry))
        graph.add_edges_from((source, entry.id) for source in entry.inputs)
        if isinstance(entry.value, TableReference):
            graph.add_edge(entry.value.artifact, entry.id)
    for node, data in graph.nodes.items():
        if "text" not in data:
            where = f"not in this workspace: {node[:16]}…" if _SHA256.fullmatch(node) else f"{node}: not in this ledger"
            data.update(kind="unknown", text=where)
    return graph


def _sources(artifact: Artifact) -> list[str]:
    inputs = artifact.provenance.get("inputs", [])
    return [str(source) for source in inputs] if isinstance(inputs, list) else []


def _artifact(artifact: Artifact) -> str:
    tool = artifact.provenance.get("tool")
    given = artifact.provenance.get("given_as")
    source = f", given as {given}" if given else ""
    if tool:
        source = f", {tool} {artifact.provenance.get('version', '')}".rstrip()
    return f"{artifact.path} (sha256 {artifact.sha256[:16]}…{source})"


def describe(entry: Evidence) -> str:
    """One entry in one line."""
    value = "a column of a table" if isinstance(entry.value, TableReference) else _short(entry.value)
    unit = f" {entry.unit}" if entry.unit not in ("", "1") else ""
    source = entry.source.tool or entry.source.document or entry.source.person or "unknown"
    version = f" {entry.source.version}" if entry.source.version else ""
    return f"{entry.id}  {entry.quantity} of {entry.subject} = {value}{unit}  [{entry.kind}: {source}{version}]"


def _short(value: object) -> str:
    if value is None:
        return "no value"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"


@dataclass(frozen=True, slots=True)
class Trace:
    """What stands behind one piece of evidence.

    Attributes:
        address: as asked.
        value: the value, or the cell of the row that was asked for; None for a whole column.
        steps: (depth, node, text), the evidence first, what it was computed from below it.
    """

    address: str
    value: Any
    steps: list[tuple[int, str, str]]
    entry: Evidence

    def text(self) -> str:
        """As an indented tree."""
        lines = [f"{'  ' * depth}{text}" for depth, _, text in self.steps]
        if self.address != self.entry.id or not isinstance(self.entry.value, TableReference):
            unit = f" {self.entry.unit}" if self.entry.unit not in ("", "1") and self.value is not None else ""
            lines.insert(0, f"{self.address} = {_short(self.value)}{unit}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; a date or another value that JSON has no word for is given as text."""
        plain = self.value is None or isinstance(self.value, (bool, int, float, str))
        return {
            "address": self.address,
            "value": self.value if plain else str(self.value),
            "entry": self.entry.model_dump(mode="json"),
            "chain": [{"depth": d, "node": n, "text": t} for d, n, t in self.steps],
        }


def trace(place: Workspace | Path, address: str) -> Trace:
    """The chain behind an evidence id, or behind one row of it.

    Raises:
        NotFoundError: no such evidence, row or workspace. StorageError: a file of the workspace is damaged.
    """
    workspace = Workspace.of(place)
    evidence_id, row = parse_address(address)
    entry = workspace.ledger.get(evidence_id)
    value: Any = None
    if row is not None or not isinstance(entry.value, TableReference):
        value = workspace.artifacts.resolve(entry, row)
    graph = evidence_graph(workspace)
    steps: list[tuple[int, str, str]] = []
    seen: set[str] = set()
    stack = [(0, evidence_id)]
    while stack:
        depth, node = stack.pop()
        sources = sorted(graph.predecessors(node), key=_plan_order, reverse=True)
        again = node in seen and bool(sources)
        steps.append((depth, node, graph.nodes[node]["text"] + (" (see above)" if again else "")))
        if node not in seen:
            seen.add(node)
            stack += [(depth + 1, source) for source in sources]
    return Trace(entry.address(row), value, steps, entry)


def _plan_order(node: str) -> tuple[int, int, str]:
    number = node[1:] if node.startswith("E") else ""
    return (0, int(number), "") if number.isdecimal() else (1, 0, node)
