"""How a published case finds the function that answers it: a table by method name, filled by one module per domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Inputs = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the vocabulary.

    Attributes:
        name: as cases call it.
        inputs: every input key that it understands; an unknown one is told, never ignored.
        expected: every key that it can answer.
        answer: from the inputs to a value for each of the keys it can answer *for these inputs*; a function is given
            the wanted keys too, so that costly answers are made only when asked.
    """

    name: str
    inputs: frozenset[str]
    expected: frozenset[str]
    answer: Callable[[Inputs, frozenset[str]], Answer]


class Methods:
    """A table of methods that modules fill with a decorator."""

    def __init__(self) -> None:
        self.by_name: dict[str, Method] = {}

    def method(
        self, name: str, *, inputs: str, expected: str
    ) -> Callable[[Callable[[Inputs, frozenset[str]], Answer]], Callable[[Inputs, frozenset[str]], Answer]]:
        """Register a function under a name; `inputs` and `expected` are keys separated by spaces."""

        def add(function: Callable[[Inputs, frozenset[str]], Answer]) -> Callable[[Inputs, frozenset[str]], Answer]:
            if name in self.by_name:
                raise ValueError(f"two methods are called {name!r}")
            self.by_name[name] = Method(name, frozenset(inputs.split()), frozenset(expected.split()), function)
            return function

        return add
