"""The named procedures: adjusted p values of those that are no graph, and the graphs of those that are one.

A hypothesis is rejected at alpha exactly when its adjusted p value is at most alpha.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.checks import positive
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.multiplicity.graph import HypothesisGraph

Floats = NDArray[np.float64]
EPSILON = 1e-6  # weight of the edge that a serial gate opens only when its whole family is rejected


def equal_weights(m: int) -> tuple[float, ...]:
    """1/m for each."""
    return (1 / m,) * m


def bonferroni_graph(names: Sequence[str], weights: Sequence[float]) -> HypothesisGraph:
    """Weighted Bonferroni: no weight is passed on."""
    m = len(names)
    return HypothesisGraph(tuple(names), tuple(weights), ((0.0,) * m,) * m)


def holm_graph(names: Sequence[str], weights: Sequence[float]) -> HypothesisGraph:
    """Weighted Holm (1979): the weight of a rejected hypothesis goes to the others in proportion to theirs."""
    m = len(names)
    for w in weights:
        positive("weights", w)
    rows = []
    for i in range(m):
        rest = sum(w for k, w in enumerate(weights) if k != i)
        rows.append(tuple(0.0 if k == i else weights[k] / rest for k in range(m)))
    return HypothesisGraph(tuple(names), tuple(weights), tuple(rows))


def fixed_sequence_graph(names: Sequence[str]) -> HypothesisGraph:
    """Each hypothesis is tested at full alpha if all before it were rejected (Maurer et al. 1995)."""
    return fallback_graph(names, (1.0, *(0.0,) * (len(names) - 1)))


def fallback_graph(names: Sequence[str], weights: Sequence[float]) -> HypothesisGraph:
    """The fallback procedure (Wiens 2003): each passes its weight to the next one in the order of the names."""
    m = len(names)
    rows = tuple(tuple(1.0 if k == i + 1 else 0.0 for k in range(m)) for i in range(m))
    return HypothesisGraph(tuple(names), tuple(weights), rows)


def _gates(
    families: Sequence[Sequence[str]], weights: Sequence[float]
) -> tuple[tuple[tuple[str, ...], ...], list[str], dict[str, int], list[list[float]]]:
    """Families, all names, their places, and a transition matrix with no edge yet.

    Raises:
        ContradictoryInputError: weights that are not those of the first family.
    """
    groups = checked_families(families)
    if len(weights) != len(groups[0]):
        raise ContradictoryInputError(
            f"{len(weights)} weights for {len(groups[0])} hypotheses of the first family",
            where="weights",
            hint="Only the first family has weights; the others receive theirs.",
        )
    names = [name for group in groups for name in group]
    index = {name: i for i, name in enumerate(names)}
    rows = [[0.0] * len(names) for _ in names]
    return groups, names, index, rows


def parallel_gatekeeping_graph(families: Sequence[Sequence[str]], weights: Sequence[float]) -> HypothesisGraph:
    """Parallel gatekeeping with Bonferroni tests (Dmitrienko et al. 2003).

    A rejection in one family passes its weight on to the next family in equal parts; within the last family it is
    passed on as in Holm's procedure, and nothing is passed on within the others.

    Args:
        families: names of the hypotheses of each family, in the order of the gates.
        weights: of the first family, 1 in all; the others start with none.
    """
    groups, names, index, rows = _gates(families, weights)
    for k, group in enumerate(groups):
        targets = groups[k + 1] if k + 1 < len(groups) else group
        for name in group:
            others = [t for t in targets if t != name]
            for t in others:
                rows[index[name]][index[t]] = 1 / len(others)
    first = (*weights, *(0.0,) * (len(names) - len(groups[0])))
    return HypothesisGraph(tuple(names), first, tuple(tuple(r) for r in rows))


def serial_gatekeeping_graph(families: Sequence[Sequence[str]], weights: Sequence[float]) -> HypothesisGraph:
    """Serial gatekeeping: a family is tested by Holm's procedure when all of the one before are rejected.

    As a graph, its gate is an edge of negligible weight that carries all of alpha once nothing else is left in the
    family (Bretz et al. 2009, section 3); adjusted p values are made without it, by `serial_gatekeeping`.
    """
    groups, names, index, rows = _gates(families, weights)
    for k, group in enumerate(groups):
        following = groups[k + 1] if k + 1 < len(groups) else ()
        share = {name: (weights[i] if k == 0 else 1 / len(group)) for i, name in enumerate(group)}
        for name in group:
            others = [t for t in group if t != name]
            gate = (EPSILON if others else 1.0) if following else 0.0
            rest = sum(share[t] for t in others)
            for t in others:
                rows[index[name]][index[t]] = (1 - gate) * share[t] / rest
            for t in following:
                rows[index[name]][index[t]] = gate / len(following)
    first = (*weights, *(0.0,) * (len(names) - len(groups[0])))
    return HypothesisGraph(tuple(names), first, tuple(tuple(r) for r in rows))


def checked_families(families: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """At least two families, none empty."""
    groups = tuple(tuple(f) for f in families)
    if len(groups) < 2 or not all(groups):
        raise ImpossibleInputError(
            "gatekeeping needs at least two families with hypotheses",
            where="families",
            hint="Give the names of each family, in the order of the gates.",
        )
    return groups


def holm(p: Floats, weights: Sequence[float] | None = None) -> Floats:
    """Weighted Holm adjusted p values of shape (..., m)."""
    values = np.asarray(p, dtype=float)
    w = np.asarray(weights if weights is not None else equal_weights(values.shape[-1]), dtype=float)
    ratios = values / w
    order = np.argsort(ratios, axis=-1, kind="stable")
    sorted_w = np.take_along_axis(np.broadcast_to(w, values.shape), order, axis=-1)
    remaining = np.cumsum(sorted_w[..., ::-1], axis=-1)[..., ::-1]
    # the total of the weights stays the level of the procedure when they do not use all of alpha
    stepped = np.take_along_axis(ratios, order, axis=-1) * remaining / w.sum()
    return _unsorted(np.minimum(np.maximum.accumulate(stepped, axis=-1), 1.0), order)


def hochberg(p: Floats) -> Floats:
    """Hochberg's (1988) adjusted p values of shape (..., m); valid for independent or positively dependent tests."""
    values = np.asarray(p, dtype=float)
    m = values.shape[-1]
    order = np.argsort(values, axis=-1, kind="stable")
    steps = np.take_along_axis(values, order, axis=-1) * np.arange(m, 0, -1)
    falling = np.minimum.accumulate(steps[..., ::-1], axis=-1)[..., ::-1]
    return _unsorted(np.minimum(falling, 1.0), order)


def hommel(p: Floats) -> Floats:
    """Hommel's (1988) adjusted p values of shape (..., m): the closed test of Simes' tests.

    The adjusted value of the i-th smallest p is the largest Simes p value over the sizes of intersections that contain
    it: for each size, the one with the largest other p values decides.
    """
    values = np.asarray(p, dtype=float)
    m = values.shape[-1]
    order = np.argsort(values, axis=-1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=-1)
    adjusted = np.zeros_like(ordered)
    for i in range(m):
        for size in range(1, m + 1):
            # the hypothesis with the size - 1 largest others
            others = np.delete(ordered, i, axis=-1)[..., m - size :] if size > 1 else ordered[..., :0]
            members = np.sort(np.concatenate([ordered[..., i : i + 1], others], axis=-1), axis=-1)
            simes = (members * size / np.arange(1, size + 1)).min(axis=-1)
            adjusted[..., i] = np.maximum(adjusted[..., i], simes)
    return _unsorted(np.minimum(adjusted, 1.0), order)


def serial_gatekeeping(p: Floats, sizes: Sequence[int], weights: Sequence[float] | None = None) -> Floats:
    """Serial gatekeeping adjusted p values of shape (..., m): Holm in a family, none below those of earlier ones.

    Args:
        p: in the order of the families.
        sizes: hypotheses in each family.
        weights: of the first family; the others are equal.
    """
    values = np.asarray(p, dtype=float)
    parts = []
    gate = np.zeros(values.shape[:-1])
    start = 0
    for k, size in enumerate(sizes):
        part = np.maximum(holm(values[..., start : start + size], weights if k == 0 else None), gate[..., None])
        gate = part.max(axis=-1)
        parts.append(part)
        start += size
    return np.asarray(np.concatenate(parts, axis=-1))


def _unsorted(values: Floats, order: NDArray[np.intp]) -> Floats:
    out = np.empty_like(values)
    np.put_along_axis(out, order, values, axis=-1)
    return out
