"""The order that previousId and nextId give."""

from __future__ import annotations

from collections.abc import Sequence

from benchside.tools.trials.design.results import Column
from benchside.tools.trials.usdm.index import Node


def columns(*labels: str) -> tuple[Column, ...]:
    """Columns of text."""
    return tuple(Column(label.lower().replace(" ", "_"), label, digits=0) for label in labels)


def ordered(nodes: Sequence[Node]) -> list[Node]:
    """Instances in the order of their chain; in that of the file where there is none, and none is lost."""
    by_id = {n.id: n for n in nodes}
    followers = {i for n in nodes for i in n.ids("nextId")}
    starts = [n for n in nodes if n.id not in followers and not any(i in by_id for i in n.ids("previousId"))]
    found: dict[int, Node] = {}
    for start in [*starts, *nodes]:
        node: Node | None = start
        while node is not None and id(node) not in found:
            found[id(node)] = node
            node = next((by_id[i] for i in node.ids("nextId") if i in by_id), None)
    return list(found.values())
