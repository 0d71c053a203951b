"""Why a compound stands where it does: its status, each limit, each part of its score, and who stands above it."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from benchside.graphs.screening.results import STATUSES
from benchside.tools.chemistry.columns import COLUMNS
from benchside.tools.reporting.tables import plain_value
from benchside.tools.screening.profile import Profile
from benchside.tools.screening.scoring import desirability, failed_filters
from benchside.workspaces.errors import NotFoundError


def shown(value: object, name: str) -> str:
    """A value with the decimals and unit of its column."""
    plain = plain_value(value)
    if plain is None:
        return "not available"
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    known = COLUMNS.get(name)
    if known is None or isinstance(plain, str):
        return str(plain)
    return f"{plain:.{known.decimals}f}{f' {known.unit}' if known.unit else ''}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The standing of one compound.

    Attributes:
        limits: (limit, value, passes) for each hard limit; passes is None where the value does not exist (yet).
        parts: (label, value, desirability or None, weight, function in words) of each part of the score.
    """

    compound_id: str
    name: str | None
    status: str
    reason: str | None
    rank: int | None
    of: int
    score: float | None
    pareto_rank: int | None
    cluster: int | None
    limits: list[tuple[str, str, bool | None]] = field(default_factory=list)
    parts: list[tuple[str, str, float | None, float, str]] = field(default_factory=list)
    combine: str = "geometric"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "compound_id": self.compound_id,
            "name": self.name,
            "status": self.status,
            "reason": self.reason,
            "rank": self.rank,
            "ranked": self.of,
            "score": self.score,
            "pareto_rank": self.pareto_rank,
            "cluster": self.cluster,
            "limits": [{"limit": t, "value": v, "passes": p} for t, v, p in self.limits],
            "parts": [
                {"part": t, "value": v, "desirability": d, "weight": w, "function": f} for t, v, d, w, f in self.parts
            ],
        }

    def text(self) -> str:
        """For a person."""
        title = f"{self.compound_id} ({self.name})" if self.name else self.compound_id
        lines = [f"{title}: {STATUSES[self.status]}"]
        if self.reason:
            lines.append(f"  {self.reason}")
        if self.rank is not None:
            lines.append(
                f"  rank {self.rank} of {self.of}, score {self.score:.3f}, Pareto rank {self.pareto_rank or '-'}, "
                f"cluster {self.cluster or '-'}"
            )
        if self.limits:
            lines.append("  hard limits:")
            for text, value, passes in self.limits:
                mark = {True: "passes", False: "FAILS", None: "not computed"}[passes]
                lines.append(f"    {mark:<13}{text}: {value}")
        if self.parts:
            lines.append(f"  parts of the score ({self.combine} mean):")
            for label, value, got, weight, function in self.parts:
                seen = "  - " if got is None else f"{got:.2f}"
                lines.append(f"    {seen}  weight {weight:g}  {label} = {value}  ({function})")
        return "\n".join(lines)


def explain_compound(results: pd.DataFrame, compound_id: str, profile: Profile) -> Explanation:
    """The standing of one compound in a table of results.

    Args:
        compound_id: an id, or the name of a compound where the library has names.

    Raises:
        NotFoundError: no row has that id or name; the nearest ids are named.
    """
    found = results[results["compound_id"] == compound_id]
    for column in ("compound_id", "name"):
        if found.empty:
            found = results[results[column].str.casefold() == compound_id.casefold()].head(1)
    if found.empty:
        near = get_close_matches(compound_id, [*results["compound_id"], *results["name"].dropna()], n=3)
        raise NotFoundError(
            f"there is no compound {compound_id!r} in these results",
            hint=f"Nearest: {', '.join(near)}." if near else "Ids are those of the library, or row-N.",
        )
    row = found.iloc[0]
    status = str(row["status"])
    limits: list[tuple[str, str, bool | None]] = []
    parts: list[tuple[str, str, float | None, float, str]] = []
    if status not in ("reject", "duplicate"):
        for limit in profile.filter:
            value = row[limit.column] if limit.column in row.index else None
            missing = plain_value(value) is None
            passes = None if missing else bool((failed_filters(found, [limit]) == "").iloc[0])
            limits.append((limit.text(), shown(value, limit.column), passes))
        for part in profile.score:
            value = row[part.column] if part.column in row.index else None
            got = None
            if plain_value(value) is not None:
                got = float(desirability(np.array([value], dtype=np.float64), part)[0])
            label = COLUMNS[part.column].label
            parts.append((label, shown(value, part.column), got, part.weight, part.text()))
    return Explanation(
        compound_id=str(row["compound_id"]),
        name=_text(row["name"]),
        status=status,
        reason=_text(row["reason"]),
        rank=_int(row["rank"]),
        of=int(results["rank"].notna().sum()),
        score=None if pd.isna(row["score"]) else float(row["score"]),
        pareto_rank=_int(row["pareto_rank"]),
        cluster=_int(row["cluster"]),
        limits=limits,
        parts=parts,
        combine=profile.combine,
    )


def _int(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and value else None
