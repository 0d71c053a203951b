"""BOILED-Egg: passive gastrointestinal absorption and brain penetration from lipophilicity and polarity.

Source: Daina & Zoete, ChemMedChem 2016, 11, 1117. In the plane of TPSA (Å², x) and WLOGP (the logP of Wildman and
    Crippen, y)
one ellipse, the white, holds compounds that are well absorbed from the gut, and another, the yolk, compounds that
reach the brain. Efflux by P-glycoprotein is not part of the model. RDKit's TPSA counts N and O only, as the paper's
does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse in the plane of TPSA (Å²) and logP: centre, full axes, and its turn in degrees, anticlockwise."""

    tpsa: float
    logp: float
    width: float
    height: float
    angle: float

    def contains(self, tpsa: NDArray[np.float64], logp: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each of n points lies inside or on the ellipse; False for NaN."""
        turn = radians(self.angle)
        across, up = tpsa - self.tpsa, logp - self.logp
        along = (across * cos(turn) + up * sin(turn)) / (self.width / 2)
        off = (up * cos(turn) - across * sin(turn)) / (self.height / 2)
        inside: NDArray[np.bool_] = along**2 + off**2 <= 1
        return inside

    def outline(self, points: int = 181) -> NDArray[np.float64]:
        """The outline as an array of shape (points, 2): TPSA in Å² and logP, closed, for drawing."""
        turn, around = radians(self.angle), np.linspace(0, 2 * np.pi, points)
        along, off = self.width / 2 * np.cos(around), self.height / 2 * np.sin(around)
        return np.column_stack(
            [self.tpsa + along * cos(turn) - off * sin(turn), self.logp + along * sin(turn) + off * cos(turn)]
        )


WHITE = Ellipse(tpsa=71.051, logp=2.292, width=142.081, height=8.740, angle=-1.031325)
YOLK = Ellipse(tpsa=38.117, logp=3.177, width=82.061, height=5.557, angle=-0.171887)

PERMEATION_OUTPUTS = ("gi_absorption", "brain_penetration")
PERMEATION_INPUTS = ("logp", "tpsa")


def permeation(logp: Sequence[float] | ArrayLike, tpsa: Sequence[float] | ArrayLike) -> pd.DataFrame:
    """The BOILED-Egg verdicts.

    Args:
        logp: n Crippen logP values; NaN where missing.
        tpsa: n TPSA values in Å², without S and P; NaN where missing.

    Returns:
        A frame of n rows: `gi_absorption` (in the white: passive absorption is likely high) and `brain_penetration`
            (in the
        yolk: passive access to the brain is likely). Null where an input is missing.
    """
    lipophilicity, polarity = np.asarray(logp, dtype=np.float64), np.asarray(tpsa, dtype=np.float64)
    missing = np.isnan(lipophilicity) | np.isnan(polarity)
    return pd.DataFrame(
        {
            "gi_absorption": pd.Series(WHITE.contains(polarity, lipophilicity), dtype="boolean").mask(missing),
            "brain_penetration": pd.Series(YOLK.contains(polarity, lipophilicity), dtype="boolean").mask(missing),
        }
    )
