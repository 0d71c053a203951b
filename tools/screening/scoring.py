"""Filters, desirability, the combined score and the Pareto rank, over whole tables at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchside.tools.chemistry.columns import COLUMNS
from benchside.tools.screening.profile import Desirability, Filter, Profile, Shape

FLOOR = 0.01
"""Lowest desirability in a geometric mean, so that compounds with one unacceptable part still have an order."""


def failed_filters(table: pd.DataFrame, filters: Sequence[Filter]) -> pd.Series:
    """For each row the limits that it fails, as text with its value, joined by "; " ("" where it passes).

    A value that is missing fails, and says so: what can't be checked is not passed.
    """
    reasons = [[] for _ in range(len(table))]  # type: list[list[str]]
    for limit in filters:
        column = COLUMNS[limit.column]
        values = table[limit.column]
        missing = values.isna().to_numpy()
        for i in np.flatnonzero(_fails(values, limit)):
            if missing[i]:
                reasons[i].append(f"{column.label} is not available (wanted: {limit.text()})")
            elif limit.equals is not None:
                reasons[i].append(f"not {limit.text()}")
            else:
                reasons[i].append(
                    f"{column.label} {_exact(values.iloc[i], column.decimals, limit)} (wanted: {_bounds(limit)})"
                )
    return pd.Series(["; ".join(r) for r in reasons], index=table.index, dtype="object")


def first_failed(table: pd.DataFrame, filters: Sequence[Filter]) -> pd.Series:
    """For each row the position of the first limit that it fails; null where it passes all of them."""
    first = np.full(len(table), -1)
    for position, limit in enumerate(filters):
        first[(first < 0) & _fails(table[limit.column], limit)] = position
    return pd.Series(first, index=table.index, dtype="Int64").mask(first < 0)


def _fails(values: pd.Series, limit: Filter) -> NDArray[np.bool_]:
    """Which values are outside the limit, or missing."""
    missing = values.isna().to_numpy()
    if limit.equals is not None:
        return missing | ~(values == limit.equals).fillna(False).to_numpy(dtype=bool)
    numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)
    low = -np.inf if limit.min is None else limit.min
    high = np.inf if limit.max is None else limit.max
    with np.errstate(invalid="ignore"):
        outside: NDArray[np.bool_] = missing | (numbers < low) | (numbers > high)
    return outside


def _bounds(limit: Filter) -> str:
    if limit.min is not None and limit.max is not None:
        return f"{limit.min:g} to {limit.max:g}"
    return f"at most {limit.max:g}" if limit.max is not None else f"at least {limit.min:g}"


def _exact(value: float, decimals: int, limit: Filter) -> str:
    """The value with as many decimals as it takes to see that it is outside ("5.5" fails "at most 5.5" puzzlingly)."""
    for places in range(decimals, decimals + 8):
        shown = float(f"{value:.{places}f}")
        if (limit.max is not None and shown > limit.max) or (limit.min is not None and shown < limit.min):
            return f"{value:.{places}f}"
    return repr(float(value))


def desirability(values: NDArray[np.float64], part: Desirability) -> NDArray[np.float64]:
    """Desirability from 0 to 1 of each value; null stays null. Linear (Derringer & Suich 1980, exponents of 1)."""
    if part.shape is Shape.HIGHER:
        return np.clip((values - part.low) / (part.high - part.low), 0.0, 1.0)
    if part.shape is Shape.LOWER:
        return np.clip((part.high - values) / (part.high - part.low), 0.0, 1.0)
    assert part.ideal_low is not None
    assert part.ideal_high is not None
    points = [part.low, part.ideal_low, part.ideal_high, part.high]
    heights = [0.0, 1.0, 1.0, 0.0]
    if part.low == part.ideal_low:
        points, heights = points[1:], heights[1:]
    if part.high == part.ideal_high:
        points, heights = points[:-1], heights[:-1]
    inside = np.interp(values, points, heights)
    outside = (values < part.low) | (values > part.high)
    result: NDArray[np.float64] = np.where(np.isnan(values), np.nan, np.where(outside, 0.0, inside))
    return result


def score_table(table: pd.DataFrame, profile: Profile, parts: Sequence[Desirability]) -> pd.DataFrame:
    """Score each row by the given parts.

    Returns:
        Columns `score` (0 to 1), one `d_<column>` per part (0 to 1), and `score_missing`: the parts that had no
        value, whose weight the others then share ("" where there is none). A row without any part has no score.
    """
    scores = np.full((len(table), len(parts)), np.nan)
    for j, part in enumerate(parts):
        values = pd.to_numeric(table[part.column], errors="raise").to_numpy(dtype=float, na_value=np.nan)
        scores[:, j] = desirability(values, part)
    weights = np.where(np.isnan(scores), 0.0, np.array([p.weight for p in parts]))
    total = weights.sum(axis=1)
    filled = np.nan_to_num(scores, nan=1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        if profile.combine == "geometric":
            combined = np.exp((weights * np.log(np.maximum(filled, FLOOR))).sum(axis=1) / total)
        else:
            combined = (weights * filled).sum(axis=1) / total
    combined[total == 0] = np.nan
    out = pd.DataFrame({"score": combined}, index=table.index)
    for j, part in enumerate(parts):
        out[f"d_{part.column}"] = scores[:, j]
    missing = np.isnan(scores)
    labels = [COLUMNS[p.column].label for p in parts]
    out["score_missing"] = ["; ".join(labels[j] for j in np.flatnonzero(row)) for row in missing]
    return out


def pareto_rank(desirabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Non-domination rank of each row, 1 for the front (Deb et al. 2002); all columns are to be maximised.

    Args:
        desirabilities: shape (compounds, objectives), from 0 to 1; a missing value counts as 0.
    """
    points = np.nan_to_num(desirabilities, nan=0.0)
    ranks = np.zeros(len(points), dtype=np.int64)
    fronts: list[list[int]] = []
    # In descending order nothing is dominated by what comes after it, and each front by a part of the one before it
    # (Zhang et al. 2015): no table of all pairs is kept.
    order = np.lexsort(-points.T[::-1]) if points.size else np.arange(len(points))
    for i in order.tolist():
        first, last = 0, len(fronts)
        while first < last:
            middle = (first + last) // 2
            front = points[fronts[middle]]
            if ((front >= points[i]).all(axis=1) & (front > points[i]).any(axis=1)).any():
                first = middle + 1
            else:
                last = middle
        if first == len(fronts):
            fronts.append([])
        fronts[first].append(i)
        ranks[i] = first + 1
    return ranks
