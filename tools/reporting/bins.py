"""Distributions counted into bins: round edges, and counts of parts that add up to those of a whole library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchside.workspaces.errors import BenchsideError

Values = Sequence[float | None] | npt.NDArray[np.floating[Any]]


class FigureError(BenchsideError):
    """A figure was asked for with data that do not fit together."""

    code = "bad_figure"


@dataclass(frozen=True, slots=True)
class Bins:
    """A distribution counted into bins.

    Attributes:
        edges: n + 1 increasing numbers.
        counts: n counts.
        below: how many lay below the first edge.
        above: how many lay above the last edge.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int = 0
    above: int = 0

    @property
    def total(self) -> int:
        """How many values there were, those outside the bins included."""
        return sum(self.counts) + self.below + self.above

    def __add__(self, other: Bins) -> Bins:
        """The two distributions together, so that parts of a large library can be counted apart.

        Raises:
            FigureError: their edges differ.
        """
        if self.edges != other.edges:
            raise FigureError("Distributions with different bins cannot be added.")
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return Bins(self.edges, counts, self.below + other.below, self.above + other.above)


def numbers(values: Values) -> npt.NDArray[np.float64]:
    """The finite numbers among the values."""
    array = np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    return array[np.isfinite(array)]


def edges_for(*samples: Values, bins: int = 30) -> tuple[float, ...]:
    """Round bin edges that cover each sample but for its far outliers, which are counted as below and above.

    A far outlier lies more than three times the interquartile range beyond a quartile (Tukey 1977), or, in a sample of
    200 and more, among the last half per cent at either end.

    Raises:
        FigureError: no sample holds a number.
    """
    arrays = [array for array in map(numbers, samples) if len(array)]
    if not arrays:
        raise FigureError("There is no number to draw.")
    middles = [_middle_of(array) for array in arrays]
    low = min(low for low, _ in middles)
    high = max(high for _, high in middles)
    whole = all(np.array_equal(array, np.rint(array)) for array in arrays)
    if whole and high - low < 2 * bins:
        step = max(1, int(np.ceil((high - low + 1) / bins)))
        first = int(np.floor(low))
        count = int(np.floor((high - first) / step)) + 1
        return tuple(first - 0.5 + step * number for number in range(count + 1))
    if high <= low:
        pad = max(abs(low) * 0.05, 0.5)
        low, high = low - pad, high + pad
    rough = (high - low) / bins
    power = 10.0 ** np.floor(np.log10(rough))
    width = float(next(part * power for part in (1, 2, 2.5, 5, 10) if part * power >= rough * 0.999999))
    first = int(np.floor(low / width))
    last = int(np.ceil(high / width))
    return tuple(float(f"{number * width:.10g}") for number in range(first, max(last, first + 1) + 1))


def _middle_of(array: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The least and the greatest value that is no far outlier."""
    first, third = np.quantile(array, (0.25, 0.75))
    reach = 3 * (third - first)
    if reach > 0:
        array = array[(array >= first - reach) & (array <= third + reach)]
    cut = len(array) // 200
    ordered = np.sort(array)
    return float(ordered[cut]), float(ordered[len(ordered) - 1 - cut])


def bin_values(values: Values, edges: Sequence[float]) -> Bins:
    """Counts values into bins [a, b), the last one [a, b]; missing values are not counted."""
    array = numbers(values)
    below = int((array < edges[0]).sum())
    above = int((array > edges[-1]).sum())
    counts, _ = np.histogram(array, bins=np.asarray(edges, dtype=np.float64))
    return Bins(tuple(map(float, edges)), tuple(int(count) for count in counts), below, above)
