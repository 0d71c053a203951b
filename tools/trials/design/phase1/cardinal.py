"""Integrals of a smooth function up to a point between the nodes of an even grid, as weights of its nodal values.

They are those of the cubic spline through the nodes; on an even grid the spline through a single unit value has the
same shape everywhere, so one table serves all points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Floats = NDArray[np.float64]
_REACH = 30  # the spline through a unit value falls by a factor of 3.7 a node, to 1e-17 here
_NODES = np.arange(-_REACH, _REACH + 1, dtype=np.float64)
_UNIT = CubicSpline(_NODES, (_NODES == 0).astype(float)).antiderivative()


def weight_below(steps: Floats) -> Floats:
    """Weight of a node for the integral from minus infinity to a point `steps` grid steps above the node, in steps.

    It is 1 far above and 0 far below.
    """
    return np.asarray(_UNIT(np.clip(steps, -_REACH, _REACH)))
