"""Every instance of a study by its id, and what refers to what, over JSON that may be wrong in any way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchside.tools.trials.usdm.metamodel import Attribute, attributes, concrete
from benchside.tools.trials.usdm.positions import Steps, path_of


@dataclass(frozen=True)
class Node:
    """An instance in its place.

    Attributes:
        kind: its class; "" where nothing says which.
        data: its JSON.
        steps: from the root of the file.
        parent: the instance that it is in.
        through: the attribute of the parent that holds it.
    """

    kind: str
    data: Mapping[str, Any]
    steps: Steps
    parent: Node | None = None
    through: str = ""

    @property
    def id(self) -> str:
        """Its id; "" where it has none."""
        value = self.data.get("id")
        return value if isinstance(value, str) else ""

    @property
    def path(self) -> str:
        """Its JSON path."""
        return path_of(self.steps)

    def text(self, name: str) -> str:
        """An attribute that is text; "" where it is absent or no text."""
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def ids(self, name: str) -> tuple[str, ...]:
        """An attribute that is an id or a list of them."""
        value = self.data.get(name)
        values = value if isinstance(value, list) else [value]
        return tuple(v for v in values if isinstance(v, str) and v)

    def named(self) -> str:
        """What people call it: its label, name or id."""
        return self.text("label") or self.text("name") or self.id or self.kind

    def above(self, *kinds: str) -> Node | None:
        """The nearest instance of one of these classes that it is in."""
        node = self.parent
        while node is not None and node.kind not in kinds:
            node = node.parent
        return node


@dataclass
class Index:
    """The instances of a study.

    Attributes:
        nodes: all, in the order of the file.
        by_id: for each id the instances that have it; more than one is a fault of the file.
        by_kind: by class.
        children: for the steps of each instance and an attribute, the instances that it holds there.
    """

    nodes: list[Node] = field(default_factory=list)
    by_id: dict[str, list[Node]] = field(default_factory=dict)
    by_kind: dict[str, list[Node]] = field(default_factory=dict)
    children: dict[tuple[Steps, str], list[Node]] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Node]:
        """The instances of these classes."""
        return [node for kind in kinds for node in self.by_kind.get(kind, [])]

    def get(self, identifier: str, *kinds: str) -> Node | None:
        """The instance of an id, if it has one of these classes (any, if none is named)."""
        return next((n for n in self.by_id.get(identifier, []) if not kinds or n.kind in kinds), None)

    def held(self, node: Node, name: str) -> list[Node]:
        """The instances that an attribute holds."""
        return self.children.get((node.steps, name), [])

    def one(self, node: Node, name: str) -> Node | None:
        """The instance that an attribute holds."""
        return next(iter(self.held(node, name)), None)

    def referred(self, node: Node, name: str) -> list[Node]:
        """The instances that an attribute refers to; ids that lead nowhere are left out."""
        attribute = attributes(node.kind)[name]
        found = (self.get(i, *attribute.targets) for i in node.ids(name))
        return [n for n in found if n is not None]

    def code(self, node: Node, name: str) -> str:
        """The code of an attribute that is a Code or an AliasCode; "" where there is none."""
        held = self.one(node, name)
        if held is not None and held.kind == "AliasCode":
            held = self.one(held, "standardCode")
        return held.text("code") if held is not None else ""

    def decode(self, node: Node, name: str) -> str:
        """The words of an attribute that is a Code or an AliasCode; "" where there are none."""
        held = self.one(node, name)
        if held is not None and held.kind == "AliasCode":
            held = self.one(held, "standardCode")
        return held.text("decode") if held is not None else ""


def references(node: Node) -> Iterator[tuple[Attribute, Steps, str]]:
    """The ids that an instance refers to, with the place of each."""
    for name, attribute in attributes(node.kind).items():
        if not attribute.targets:
            continue
        value = node.data.get(name)
        if isinstance(value, list):
            yield from ((attribute, (*node.steps, name, i), v) for i, v in enumerate(value) if isinstance(v, str))
        elif isinstance(value, str):
            yield attribute, (*node.steps, name), value


def index_of(data: Mapping[str, Any]) -> Index:
    """The instances of a file, as it was parsed."""
    found = Index()
    root = data.get("study")
    if isinstance(root, dict):
        _add(found, Node("Study", root, ("study",)))
    return found


def class_of(data: Mapping[str, Any], attribute: Attribute) -> str:
    """The class of an object in its place: what it says if that may be, else what the place says if that is clear."""
    said = data.get("instanceType")
    if said in attribute.classes:
        return str(said)
    return attribute.classes[0] if len(attribute.classes) == 1 else ""


def _add(found: Index, node: Node) -> None:
    found.nodes.append(node)
    found.by_kind.setdefault(node.kind, []).append(node)
    if node.id:
        found.by_id.setdefault(node.id, []).append(node)
    if node.kind not in concrete():
        return
    for name, attribute in attributes(node.kind).items():
        value = node.data.get(name)
        if attribute.kind != "instance" or value is None:
            continue
        many = isinstance(value, list)
        for i, item in enumerate(value if many else [value]):
            if isinstance(item, dict):
                steps = (*node.steps, name, i) if many else (*node.steps, name)
                child = Node(class_of(item, attribute), item, steps, node, name)
                found.children.setdefault((node.steps, name), []).append(child)
                _add(found, child)
