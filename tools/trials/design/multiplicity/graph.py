"""A graph of hypotheses: nodes with weights of alpha, edges that say where the weight goes after a rejection.

The graph defines a closed test of weighted Bonferroni tests with a shortcut: reject, pass the weight on, repeat
(Bretz et al. 2009). Every sequentially rejective Bonferroni procedure is such a graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.checks import between
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError

if TYPE_CHECKING:
    import networkx

Floats = NDArray[np.float64]
MOST_HYPOTHESES = 40
CLOSED = 1e-12  # a loop that returns all but so little returns everything
ROUNDING = 1e-9  # sums of weights may exceed 1 by so much, from thirds and sevenths


@dataclass(frozen=True, slots=True)
class Step:
    """One rejection.

    Attributes:
        name: what was rejected.
        weight, local_alpha: its share of alpha at that moment, and the level itself.
        p_value: not above that level.
        graph: what is left afterwards.
    """

    name: str
    weight: float
    local_alpha: float
    p_value: float
    graph: HypothesisGraph


@dataclass(frozen=True, slots=True)
class GraphTest:
    """The outcome of a graphical procedure.

    Attributes:
        rejected: names in the order of rejection.
        adjusted: adjusted p value by name; a hypothesis is rejected at alpha exactly when this is at most alpha.
        steps: each rejection with the graph after it.
    """

    rejected: tuple[str, ...]
    adjusted: dict[str, float]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class HypothesisGraph:
    """Hypotheses, their weights and the transitions between them.

    Attributes:
        names: unique.
        weights: share of alpha of each; not negative, at most 1 in all.
        transitions: row i says which share of the weight of hypothesis i goes where when it is rejected; each row sums
            to at most 1, and the diagonal is 0.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]
    transitions: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        m = len(self.names)
        if not 1 <= m <= MOST_HYPOTHESES:
            raise ImpossibleInputError(
                f"{m} hypotheses", where="hypotheses", hint=f"Give between 1 and {MOST_HYPOTHESES}."
            )
        if len(set(self.names)) < m or not all(isinstance(n, str) and n.strip() for n in self.names):
            raise ContradictoryInputError(
                "names of hypotheses are empty or repeated", where="hypotheses", hint="Name each one differently."
            )
        if len(self.weights) != m or len(self.transitions) != m or any(len(row) != m for row in self.transitions):
            raise ContradictoryInputError(
                f"weights and transitions do not fit {m} hypotheses",
                where="transitions",
                hint="Give one weight each, and a square matrix.",
            )
        for w in self.weights:
            between("weights", w, 0, 1, closed=True)
        if sum(self.weights) > 1 + ROUNDING:
            raise ContradictoryInputError(
                f"the weights sum to {sum(self.weights):g}", where="weights", hint="They share alpha: at most 1 in all."
            )
        for i, row in enumerate(self.transitions):
            for g in row:
                between("transitions", g, 0, 1, closed=True)
            if row[i] != 0:
                raise ContradictoryInputError(
                    f"{self.names[i]} passes weight to itself", where="transitions", hint="Leave the diagonal at 0."
                )
            if sum(row) > 1 + ROUNDING:
                raise ContradictoryInputError(
                    f"the transitions from {self.names[i]} sum to {sum(row):g}",
                    where="transitions",
                    hint="A hypothesis passes on at most its whole weight.",
                )

    def without(self, name: str) -> HypothesisGraph:
        """The graph after the rejection of one hypothesis (Bretz et al. 2009, Algorithm 1)."""
        j = self._index(name)
        w, g = _removed(np.array(self.weights), np.array(self.transitions), j)
        keep = [i for i in range(len(self.names)) if i != j]
        if not keep:
            raise ContradictoryInputError(
                "no hypothesis is left", where="hypotheses", hint="The last one has no graph after it."
            )
        return HypothesisGraph(
            tuple(self.names[i] for i in keep),
            tuple(float(w[i]) for i in keep),
            tuple(tuple(float(g[i, k]) for k in keep) for i in keep),
        )

    def intersection_weights(self, kept: Sequence[str]) -> dict[str, float]:
        """Weights of the Bonferroni test of an intersection hypothesis: those left when the others are removed."""
        wanted = {name for name in kept if self._index(name) >= 0}
        w, g = np.array(self.weights), np.array(self.transitions)
        for j, name in enumerate(self.names):
            if name not in wanted:
                w, g = _removed(w, g, j)
        return {name: float(w[self._index(name)]) for name in self.names if name in wanted}

    def adjusted_p_values(self, p_values: Sequence[float]) -> dict[str, float]:
        """Adjusted p values (Bretz et al. 2009, Algorithm 2), by name."""
        return dict(zip(self.names, (a for _, a, _ in sorted(self._walk(p_values))), strict=True))

    def test(self, p_values: Sequence[float], alpha: float) -> GraphTest:
        """The procedure at one alpha, step by step.

        Args:
            p_values: one-sided, or two-sided where alpha is; in the order of the names.
            alpha: familywise error rate.
        """
        level = between("alpha", alpha, 0, 1)
        walk = self._walk(p_values)
        p = [float(v) for v in p_values]
        graph: HypothesisGraph | None = self
        steps: list[Step] = []
        for j, adjusted, weight in walk:
            if adjusted > level or graph is None:
                break
            graph = graph.without(self.names[j]) if len(graph.names) > 1 else None
            left = graph or HypothesisGraph((self.names[j],), (0.0,), ((0.0,),))
            steps.append(Step(self.names[j], weight, weight * level, p[j], left))
        by_name = {self.names[j]: a for j, a, _ in walk}
        return GraphTest(tuple(s.name for s in steps), {n: by_name[n] for n in self.names}, tuple(steps))

    def _walk(self, p_values: Sequence[float]) -> list[tuple[int, float, float]]:
        """Hypotheses in the order in which they would be rejected, with adjusted p value and weight at that moment."""
        p = np.array(checked_p_values(p_values, len(self.names)))
        w, g = np.array(self.weights), np.array(self.transitions)
        left = list(range(len(p)))
        found: list[tuple[int, float, float]] = []
        highest = 0.0
        while left:
            ratios = {j: rounded(float(p[j]) / float(w[j])) if w[j] > 0 else np.inf for j in left}
            j = min(left, key=lambda i: (ratios[i], i))
            highest = max(highest, min(1.0, ratios[j]))
            found.append((j, highest, float(w[j])))
            w, g = _removed(w, g, j)
            left.remove(j)
        return found

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise ContradictoryInputError(
                f"there is no hypothesis {name!r}", where="hypotheses", hint=f"Choose from: {', '.join(self.names)}."
            )
        return self.names.index(name)

    def to_networkx(self) -> networkx.DiGraph[Any]:
        """A directed graph with `weight` on nodes and edges."""
        import networkx

        graph: networkx.DiGraph[Any] = networkx.DiGraph()
        for name, w in zip(self.names, self.weights, strict=True):
            graph.add_node(name, weight=w)
        for name, row in zip(self.names, self.transitions, strict=True):
            graph.add_weighted_edges_from((name, to, g) for to, g in zip(self.names, row, strict=True) if g > 0)
        return graph


def checked_p_values(p_values: Sequence[float], m: int) -> tuple[float, ...]:
    """One p value from 0 to 1 for each of m hypotheses."""
    if len(p_values) != m:
        raise ContradictoryInputError(
            f"{len(p_values)} p values for {m} hypotheses", where="p_values", hint="Give one for each, in their order."
        )
    return tuple(between("p_values", float(v), 0, 1, closed=True) for v in p_values)


def rounded(value: float) -> float:
    """Twelve significant digits, so that p / w and alpha compare as on paper (0.01 / (1/3) is 0.03)."""
    return float(f"{value:.12g}")


def _removed(w: Floats, g: Floats, j: int) -> tuple[Floats, Floats]:
    """Weights and transitions after hypothesis j is gone; its own are set to 0."""
    weights = np.asarray(w + w[j] * g[j])
    loop = g[:, j] * g[j]
    left = 1 - loop
    new = np.where(left[:, None] > CLOSED, (g + np.outer(g[:, j], g[j])) / np.where(left > CLOSED, left, 1)[:, None], 0)
    np.fill_diagonal(new, 0.0)
    new[j], new[:, j], weights[j] = 0.0, 0.0, 0.0
    # thirds of thirds drift above 1 by rounding only
    total = new.sum(axis=1, keepdims=True)
    new = np.where(total > 1, new / np.where(total > 1, total, 1), new)
    return np.minimum(weights, 1.0), np.clip(new, 0.0, 1.0)
