"""The state graph of screening: which node follows which, and where a person may be asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from benchside.graphs.screening.context import Context
from benchside.graphs.screening.nodes import computing, gating, ranking, reading, writing
from benchside.graphs.screening.state import ScreeningState
from benchside.tools.gate import Action

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

Step = Callable[[ScreeningState, Context], ScreeningState]

STEPS: tuple[tuple[str, Step], ...] = (
    ("load", reading.load),
    ("standardise", reading.standardise),
    ("judge", gating.judge),
    ("compute", computing.compute),
    ("filter", computing.filter_compounds),
    ("predict", ranking.predict),
    ("rank", ranking.rank),
    ("diversify", ranking.diversify),
)


DECLARED: dict[str, Action | str] = {
    "load": "reads the library",
    "standardise": "brings structures into one form",
    "judge": "asks the safety gate about every row",
    "compute": "computes values of given structures",
    "filter": "compares values of given structures with limits",
    "predict": "predicts values of given structures",
    "rank": Action.RANK,
    "diversify": Action.RANK,
    "review": "asks a person",
    "write": "writes down what was found, with the verdicts",
}
"""What each node has to do with the safety gate: the action that its rows are judged for, or why there is none. Rows
that are ranked were judged before, stay in, and carry their verdict."""


class Node(Protocol):
    """A node as LangGraph calls it."""

    def __call__(self, state: ScreeningState, runtime: Runtime[Context]) -> ScreeningState:
        """The change of the state."""
        ...


def _node(step: Step) -> Node:
    def run(state: ScreeningState, runtime: Runtime[Context]) -> ScreeningState:
        return step(state, runtime.context)

    return run


def review(state: ScreeningState, runtime: Runtime[Context]) -> ScreeningState:
    """Wait for a person, where the request asks for it; nothing with an effect stands above the interrupt."""
    if not runtime.context.request.review:
        return {"decision": None}
    answer: dict[str, Any] = interrupt(
        {
            "question": "Approve this shortlist?",
            "shortlisted": state["counts"]["shortlisted"],
            "ranked": state["counts"]["ranked"],
            "compounds": ranking.shortlist_ids(runtime.context)[:20],
        }
    )
    return {"decision": {"approved": bool(answer["approved"]), "who": str(answer["who"]), "why": str(answer["why"])}}


def build() -> StateGraph[ScreeningState, Context, ScreeningState, ScreeningState]:
    """The graph, not yet compiled."""
    graph = StateGraph(ScreeningState, context_schema=Context)
    previous = START
    for name, step in STEPS:
        graph.add_node(name, _node(step))
        graph.add_edge(previous, name)
        previous = name
    graph.add_node("review", review)
    graph.add_node("write", _node(writing.write))
    graph.add_edge(previous, "review")
    graph.add_edge("review", "write")
    graph.add_edge("write", END)
    return graph


def compiled(
    checkpointer: BaseCheckpointSaver[Any] | None = None,
) -> CompiledStateGraph[ScreeningState, Context, ScreeningState, ScreeningState]:
    """The graph ready to run; a server brings its own checkpointer."""
    return build().compile(checkpointer=checkpointer, name="screening")
