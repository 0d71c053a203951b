"""What a report of a screening is made from, and how it words values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchside.graphs.screening.state import Decision, ScreenRequest
from benchside.tools.reporting.page import (
    Provenance,
)
from benchside.tools.screening.profile import Profile


@dataclass(frozen=True)
class Material:
    """All that a report is made from.

    Attributes:
        files: label to file name of the products that lie beside the report.
        evidence: column to evidence id.
    """

    request: ScreenRequest
    profile: Profile
    counts: dict[str, int]
    notes: Sequence[str]
    results: Path
    shortlist: pd.DataFrame
    rejects: pd.DataFrame
    files: dict[str, str]
    evidence: dict[str, str]
    decision: Decision | None
    made: Provenance
