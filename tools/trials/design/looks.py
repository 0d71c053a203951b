"""How many of each arm an interim look sees: whole sizes at fractions of the planned ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]


def counts_at(sizes: ArrayLike, fractions: ArrayLike) -> Counts:
    """Whole sizes at fractions of planned ones, which broadcast: the nearest (a half upwards), at least 1.

    One arm at all looks is `counts_at(n, fractions)`, of shape (looks,); all arms at one look is
    `counts_at(sizes, fraction)`, of shape (arms,). At the fraction 1 it is the whole size.
    """
    nearest = np.floor(np.asarray(sizes, dtype=float) * np.asarray(fractions, dtype=float) + 0.5)
    return np.asarray(np.maximum(nearest, 1), dtype=np.int64)
