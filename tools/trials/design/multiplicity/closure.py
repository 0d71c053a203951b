"""Closed testing by enumeration: a hypothesis is rejected when every intersection that contains it is.

Slow and plain, as the yardstick of the shortcuts, and the only way for tests without one (weighted Simes).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

from benchside.tools.trials.design.checks import whole
from benchside.tools.trials.design.multiplicity.graph import HypothesisGraph, checked_p_values, rounded

MOST = 14


def closed_p_values(
    graph: HypothesisGraph, p_values: Sequence[float], test: Literal["bonferroni", "simes"] = "bonferroni"
) -> dict[str, float]:
    """Adjusted p values of the closed test whose intersections have the weights of the graph.

    Args:
        graph: gives the weights of each intersection (Bretz et al. 2011, section 2).
        p_values: in the order of its names.
        test: weighted Bonferroni, or weighted Simes, which is valid under positive dependence.

    Raises:
        ImpossibleInputError: more than 14 hypotheses, which have too many intersections to enumerate.
    """
    m = whole("hypotheses", len(graph.names), 1, MOST)
    p = dict(zip(graph.names, checked_p_values(p_values, m), strict=True))
    adjusted = dict.fromkeys(graph.names, 0.0)
    for size in range(1, m + 1):
        for kept in combinations(graph.names, size):
            weights = graph.intersection_weights(kept)
            local = intersection_p_value([p[n] for n in kept], [weights[n] for n in kept], test)
            for name in kept:
                adjusted[name] = max(adjusted[name], local)
    return adjusted


def intersection_p_value(
    p_values: Sequence[float], weights: Sequence[float], test: Literal["bonferroni", "simes"]
) -> float:
    """p value of one intersection: the smallest level at which its weighted test rejects."""
    pairs = sorted((p, w) for p, w in zip(p_values, weights, strict=True))
    best = 1.0
    total = 0.0
    for p, w in pairs:
        total += w
        share = total if test == "simes" else w
        if w > 0 and share > 0:
            best = min(best, rounded(p / share))
    return best
