"""Multiplicity as a typed part of a design: which procedure, which hypotheses, how alpha is shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS
from benchside.tools.trials.design.checks import between, positive, probability
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.multiplicity import procedures
from benchside.tools.trials.design.multiplicity.drawing import draw_graph
from benchside.tools.trials.design.multiplicity.graph import GraphTest, HypothesisGraph, checked_p_values, rounded
from benchside.tools.trials.design.multiplicity.power import drifts_of, graph_rejections, simulate_power
from benchside.tools.trials.design.results import Column, Paragraph, Quantity, Simulation, Table

Floats = NDArray[np.float64]
Procedure = Literal[
    "bonferroni",
    "holm",
    "hochberg",
    "hommel",
    "fixed-sequence",
    "fallback",
    "serial-gatekeeping",
    "parallel-gatekeeping",
    "graph",
]
CITES: dict[str, tuple[str, ...]] = {
    "bonferroni": (),
    "holm": ("holm-1979",),
    "hochberg": ("hochberg-1988",),
    "hommel": ("hommel-1988",),
    "fixed-sequence": ("maurer-1995",),
    "fallback": ("wiens-2003",),
    "serial-gatekeeping": ("maurer-1995",),
    "parallel-gatekeeping": ("dmitrienko-2003",),
    "graph": ("bretz-2009",),
}
PROSE = {
    "bonferroni": "the Bonferroni procedure",
    "holm": "Holm's procedure",
    "hochberg": "Hochberg's procedure, which rests on independent or positively dependent test statistics",
    "hommel": "Hommel's procedure, which rests on independent or positively dependent test statistics",
    "fixed-sequence": "testing in a fixed sequence",
    "fallback": "the fallback procedure",
    "serial-gatekeeping": "serial gatekeeping",
    "parallel-gatekeeping": "parallel gatekeeping with Bonferroni tests",
    "graph": "a graphical procedure of weighted Bonferroni tests",
}
GATED = ("serial-gatekeeping", "parallel-gatekeeping")
UNWEIGHTED = ("hochberg", "hommel", "fixed-sequence")


class TestedHypothesis(BaseModel):
    """One hypothesis of the family.

    Attributes:
        weight: share of alpha at the start; none for the equal share that the procedure gives.
        family: 1 for the first gate, 2 for the next; gatekeeping only.
    """

    __test__ = False  # no test class, whatever its name says to pytest
    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=80, description="unique name, such as the endpoint and the dose")
    weight: float | None = Field(None, description="share of alpha at the start, 0 to 1; none for an equal share")
    family: int = Field(1, ge=1, le=20, description="gate to which it belongs, for gatekeeping")


class Transition(BaseModel):
    """An edge of the graph: which share of the weight of one rejected hypothesis goes to another."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    source: str = Field(description="rejected hypothesis")
    target: str = Field(description="hypothesis that receives the weight")
    share: float = Field(description="share of the weight, above 0 to 1")


class Multiplicity(BaseModel):
    """A procedure that keeps the familywise error rate over several hypotheses of one trial."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    procedure: Procedure = Field("holm", description="name of the procedure")
    hypotheses: tuple[TestedHypothesis, ...] = Field(description="in the order of testing, where there is one")
    transitions: tuple[Transition, ...] = Field((), description="edges, for the procedure graph only")

    @model_validator(mode="after")
    def _consistent(self) -> Multiplicity:
        if self.transitions and self.procedure != "graph":
            raise ContradictoryInputError(
                f"{self.procedure} makes its own transitions",
                where="transitions",
                hint='Leave them out, or choose the procedure "graph".',
            )
        if self.procedure in UNWEIGHTED and any(h.weight is not None for h in self.hypotheses):
            raise OutOfScopeError(
                f"weighted {self.procedure} is not offered",
                where="weight",
                hint="Leave out the weights, or choose holm, fallback or graph.",
            )
        if self.procedure not in GATED and any(h.family != 1 for h in self.hypotheses):
            raise ContradictoryInputError(
                f"{self.procedure} has no families", where="family", hint="Leave it out, or choose gatekeeping."
            )
        given = [h.weight is not None for h in self._weighted()]
        if any(given) and not all(given):
            raise ContradictoryInputError(
                "some hypotheses have weights and others none",
                where="weight",
                hint="Give all of them, or none for equal shares.",
            )
        if self.procedure in GATED and any(h.weight is not None for h in self.hypotheses if h.family > 1):
            raise ContradictoryInputError(
                "a hypothesis behind a gate has a weight of its own",
                where="weight",
                hint="Only the first family has weights; the others receive theirs.",
            )
        self._graph()
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(h.name for h in self.hypotheses)

    def _weighted(self) -> tuple[TestedHypothesis, ...]:
        return tuple(h for h in self.hypotheses if self.procedure not in GATED or h.family == 1)

    def _weights(self) -> tuple[float, ...]:
        members = self._weighted()
        if not members:
            raise ContradictoryInputError("the first family is empty", where="family", hint="Number them from 1.")
        weights = [h.weight for h in members if h.weight is not None]
        return tuple(weights) if weights else procedures.equal_weights(len(members))

    def families(self) -> tuple[tuple[str, ...], ...]:
        """Names by family, for gatekeeping."""
        numbers = sorted({h.family for h in self.hypotheses})
        if numbers != list(range(1, len(numbers) + 1)) or [h.family for h in self.hypotheses] != sorted(
            h.family for h in self.hypotheses
        ):
            raise ContradictoryInputError(
                "families are out of order", where="family", hint="Number them 1, 2, ... and list them in that order."
            )
        return tuple(tuple(h.name for h in self.hypotheses if h.family == k) for k in numbers)

    def _graph(self) -> HypothesisGraph:
        """The graph; that of Holm stands for Hochberg and Hommel, which start from the same weights."""
        if not self.hypotheses:
            raise ContradictoryInputError("there are no hypotheses", where="hypotheses", hint="Give at least one.")
        match self.procedure:
            case "bonferroni":
                found = procedures.bonferroni_graph(self.names, self._weights())
            case "holm" | "hochberg" | "hommel":
                found = procedures.holm_graph(self.names, self._weights())
            case "fixed-sequence":
                found = procedures.fixed_sequence_graph(self.names)
            case "fallback":
                found = procedures.fallback_graph(self.names, self._weights())
            case "serial-gatekeeping":
                found = procedures.serial_gatekeeping_graph(self.families(), self._weights())
            case "parallel-gatekeeping":
                found = procedures.parallel_gatekeeping_graph(self.families(), self._weights())
            case "graph":
                found = self._drawn()
        return found

    def _drawn(self) -> HypothesisGraph:
        """The graph of the transitions given."""
        rows = [[0.0] * len(self.names) for _ in self.names]
        for t in self.transitions:
            for end in (t.source, t.target):
                if end not in self.names:
                    raise ContradictoryInputError(
                        f"a transition names {end!r}", where="transitions", hint=f"Known: {', '.join(self.names)}."
                    )
            rows[self.names.index(t.source)][self.names.index(t.target)] += positive("transitions", t.share)
        return HypothesisGraph(self.names, self._weights(), tuple(tuple(r) for r in rows))

    def graph(self) -> HypothesisGraph:
        """The procedure as a graph.

        Raises:
            OutOfScopeError: for Hochberg and Hommel, which are not sequentially rejective.
        """
        if self.procedure in ("hochberg", "hommel"):
            raise OutOfScopeError(
                f"{self.procedure} is no graphical procedure", where="procedure", hint="Holm's procedure is one."
            )
        return self._graph()

    def adjusted_p_values(self, p_values: Sequence[float]) -> dict[str, float]:
        """Adjusted p values by name; at most alpha exactly for those that are rejected at alpha."""
        p = checked_p_values(p_values, len(self.names))
        if self.procedure in ("hochberg", "hommel", "serial-gatekeeping"):
            return {n: rounded(float(a)) for n, a in zip(self.names, self._adjusted(np.array(p)), strict=True)}
        return self._graph().adjusted_p_values(p)

    def _adjusted(self, p: Floats) -> Floats:
        if self.procedure == "hochberg":
            return procedures.hochberg(p)
        if self.procedure == "hommel":
            return procedures.hommel(p)
        return procedures.serial_gatekeeping(p, [len(f) for f in self.families()], self._weights())

    def rejected(self, p_values: Sequence[float], alpha: float) -> tuple[str, ...]:
        """Names of the rejected hypotheses, in the order of the hypotheses."""
        level = between("alpha", alpha, 0, 1)
        adjusted = self.adjusted_p_values(p_values)
        return tuple(n for n in self.names if adjusted[n] <= level)

    def steps(self, p_values: Sequence[float], alpha: float) -> GraphTest:
        """The rejections one by one, with the graph after each.

        Raises:
            OutOfScopeError: for procedures whose graph is not exact (serial gatekeeping) or that have none.
        """
        if self.procedure == "serial-gatekeeping":
            raise OutOfScopeError(
                "serial gatekeeping has no exact sequence of graphs",
                where="procedure",
                hint="Ask for adjusted p values.",
            )
        return self.graph().test(p_values, alpha)

    def local_alpha(self, name: str, alpha: float) -> float:
        """Level at which a hypothesis is tested before any other is rejected: the one to size the trial for."""
        level = probability("alpha", alpha)
        if name not in self.names:
            raise ContradictoryInputError(
                f"there is no hypothesis {name!r}", where="hypothesis", hint=f"Choose from: {', '.join(self.names)}."
            )
        return level * self._graph().weights[self.names.index(name)]

    def allocation(self, alpha: float) -> Table:
        """Levels at the start and when all other hypotheses are rejected, and where each weight goes."""
        level = probability("alpha", alpha)
        graph = self._graph()
        last = {n: graph.intersection_weights([n])[n] for n in self.names}
        if self.procedure == "serial-gatekeeping":  # the graph has edges of negligible weight in place of gates
            last = dict.fromkeys(self.names, 1.0)
        rows = []
        for i, name in enumerate(self.names):
            edges = [(graph.names[k], g) for k, g in enumerate(graph.transitions[i]) if g > 2 * procedures.EPSILON]
            gates = [graph.names[k] for k, g in enumerate(graph.transitions[i]) if 0 < g <= 2 * procedures.EPSILON]
            to = ", ".join(f"{n} ({g:.3g})" for n, g in edges)
            if gates:
                to += f"; then {', '.join(gates)}"
            rows.append((name, graph.weights[i], graph.weights[i] * level, rounded(last[name] * level), to or "–"))
        return Table(
            "alpha_allocation",
            "How alpha is shared",
            (
                Column("hypothesis", "hypothesis", digits=0),
                Column("weight", "weight at the start", "1"),
                Column("local_alpha", "level at the start", "1"),
                Column("largest_alpha", "level when all others are rejected", "1"),
                Column("passes_to", "passes its weight to (share)", digits=0),
            ),
            tuple(rows),
        )

    def svg(self) -> Markup:
        """The graph drawn, fit for a report."""
        return draw_graph(self.graph(), self.families() if self.procedure in GATED else ())

    def power(
        self,
        alpha: float,
        *,
        drifts: Sequence[float] | None = None,
        marginal_power: Sequence[float] | None = None,
        correlation: float | Sequence[Sequence[float]] = 0.0,
        trials: int = DEFAULT_TRIALS,
        seed: int = DEFAULT_SEED,
    ) -> Simulation:
        """Simulated power of one-sided normal tests: of each hypothesis, of at least one, and of all.

        Args:
            alpha: one-sided familywise error rate.
            drifts: means of the test statistics; 0 for a true null.
            marginal_power: instead of drifts, the power of each when tested alone at alpha.
            correlation: of the statistics, one number or a matrix.
        """
        level = between("alpha", alpha, 0, 0.5)
        if (drifts is None) == (marginal_power is None):
            raise ContradictoryInputError(
                "give either drifts or marginal powers", where="drifts", hint="Exactly one of them."
            )
        means = drifts if drifts is not None else drifts_of(marginal_power or (), level)
        graph = self._graph()

        def reject(p: Floats) -> NDArray[np.bool_]:
            if self.procedure in ("hochberg", "hommel", "serial-gatekeeping"):
                return np.asarray(self._adjusted(p) <= level)
            return graph_rejections(graph, p, level)

        return simulate_power(reject, self.names, means, correlation, trials=trials, seed=seed)

    def to_text(self, alpha: float) -> Paragraph:
        """The methods sentence."""
        values: dict[str, Quantity] = {
            "alpha": Quantity("alpha", "familywise alpha", probability("alpha", alpha), "1"),
            "hypotheses": Quantity("hypotheses", "hypotheses", len(self.names), digits=0),
            "names": Quantity("names", "names", ", ".join(self.names)),
        }
        text = (
            "The familywise error rate over {hypotheses} hypotheses ({names}) is kept at {alpha} by "
            + PROSE[self.procedure]
            + "."
        )
        return Paragraph(text, values, CITES[self.procedure])

    def described(self) -> str:
        """The procedure and its hypotheses in words."""
        return f"{PROSE[self.procedure]} over {', '.join(self.names)}"

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file."""
        return self.model_dump(mode="json", exclude_none=True)


def shared_equally(text: str) -> Multiplicity:
    """`bonferroni:3` or `holm:2`: that many hypotheses H1, H2, ... of equal weight.

    Raises:
        ImpossibleInputError: another text, or fewer than two.
    """
    name, _, count = text.strip().lower().partition(":")
    if name not in ("bonferroni", "holm", "fallback") or not count.isdigit() or not 2 <= int(count) <= 50:
        raise ImpossibleInputError(
            f"the multiplicity {text[:60]!r} cannot be read",
            where="multiplicity",
            hint="Write bonferroni:3 or holm:2 here; a design file has room for weights and graphs.",
        )
    hypotheses = [{"name": f"H{i + 1}"} for i in range(int(count))]
    return Multiplicity.model_validate({"procedure": name, "hypotheses": hypotheses})
