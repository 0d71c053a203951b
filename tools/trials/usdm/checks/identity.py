"""Ids and what refers to them: duplicates, references that lead nowhere or to the wrong class, chains out of order."""

from __future__ import annotations

from collections.abc import Iterator

from benchside.tools.trials.usdm.checks.findings import Finding, Severity, finding
from benchside.tools.trials.usdm.index import Index, Node, references
from benchside.tools.trials.usdm.metamodel import attributes, concrete


def check(index: Index) -> Iterator[Finding]:
    """Findings about ids, references and orders."""
    yield from _duplicates(index)
    yield from _references(index)
    yield from _neighbours(index)
    for name in ("previousId", "nextId", "childIds"):
        yield from _cycles(index, name)
    yield from _defaults(index)


def _duplicates(index: Index) -> Iterator[Finding]:
    for identifier, nodes in index.by_id.items():
        for again in nodes[1:]:
            message = f"the id {identifier!r} is also that of {nodes[0].path}"
            yield finding("duplicate-id", Severity.ERROR, again, message, "Give each instance its own id.", "id")


def _references(index: Index) -> Iterator[Finding]:
    for node in index.nodes:
        if node.kind not in concrete():
            continue
        for attribute, steps, identifier in references(node):
            there = index.by_id.get(identifier, [])
            place = steps[len(node.steps) :]
            wanted = " or ".join(attribute.targets)
            if not there:
                message = f"{attribute.name} refers to {identifier!r}, which does not exist"
                fix = f"Refer to the id of a {wanted}, or add one."
                yield finding("dangling-reference", Severity.ERROR, node, message, fix, *place)
            elif not any(n.kind in attribute.targets for n in there):
                message = f"{attribute.name} refers to {identifier!r}, a {there[0].kind or 'thing of no class'}"
                fix = f"Refer to the id of a {wanted}."
                yield finding("wrong-target", Severity.ERROR, node, message, fix, *place)


def _neighbours(index: Index) -> Iterator[Finding]:
    for node in index.nodes:
        if node.kind not in concrete() or not {"previousId", "nextId"} <= attributes(node.kind).keys():
            continue
        for name, back in (("nextId", "previousId"), ("previousId", "nextId")):
            for other in index.referred(node, name):
                if node.id not in other.ids(back):
                    message = f"{name} is {other.id!r}, whose {back} is {other.data.get(back)!r}"
                    fix = "Let the two point at each other: the order is read from both."
                    yield finding("one-way-order", Severity.ERROR, node, message, fix, name)


def _cycles(index: Index, name: str) -> Iterator[Finding]:
    done: set[str] = set()
    for start in index.nodes:
        if start.kind not in concrete() or name not in attributes(start.kind) or start.id in done:
            continue
        way: list[str] = []
        stack = [(start, iter(index.referred(start, name)))]
        way.append(start.id)
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                done.add(node.id)
                stack.pop()
                way.pop()
            elif following.id in way:
                round_trip = [*way[way.index(following.id) :], following.id]
                yield _cycle(node, name, round_trip)
            elif following.id not in done and name in attributes(following.kind):
                way.append(following.id)
                stack.append((following, iter(index.referred(following, name))))


def _cycle(node: Node, name: str, way: list[str]) -> Finding:
    shown = " → ".join(way if len(way) <= 8 else [*way[:6], "…", way[-1]])
    message = f"{name} goes round in a circle: {shown}"
    return finding("cycle", Severity.ERROR, node, message, "Break the circle: an order has a first and a last.", name)


def _defaults(index: Index) -> Iterator[Finding]:
    """A timeline may loop through a decision; through activities alone it never ends."""
    done: set[str] = set()
    for start in index.of("ScheduledActivityInstance"):
        way: dict[str, Node] = {}
        node: Node | None = start
        while node is not None and node.kind == "ScheduledActivityInstance" and node.id not in done | way.keys():
            way[node.id] = node
            node = next(iter(index.referred(node, "defaultConditionId")), None)
        if node is not None and node.id in way:
            fix = "Lead out of the loop by a decision, or end it by a timelineExitId."
            message = f"the timeline loops at {node.id!r} and no decision leads out"
            yield finding("endless-timeline", Severity.ERROR, node, message, fix, "defaultConditionId")
        done |= way.keys()
