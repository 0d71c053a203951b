"""What a finished screening gives: typed tables, the files they are kept in, and pictures in a notebook."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchside.graphs.screening.explanation import Explanation, explain_compound
from benchside.tools.screening.profile import Profile
from benchside.workspaces.errors import NotFoundError
from benchside.workspaces.workspace import Workspace

OUTCOME_FILE = "outcome.json"


@dataclass(frozen=True)
class ScreenResult:
    """A finished screening.

    Attributes:
        workspace, run: where it is kept.
        counts: rows, compounds, duplicates, rejects, passed_filters, finalists, ranked, shortlisted, clusters, and how
            many fail each limit first.
        products: name to path of each file (shortlist_csv, shortlist_sdf, shortlist_parquet, results, rejects, report).
        evidence: ids of the ledger entries of this run, by column.
        profile: the profile as it was applied.
        accepted: False where a person rejected the shortlist.
    """

    workspace: Path
    run: str
    counts: dict[str, int]
    products: dict[str, Path]
    evidence: dict[str, str]
    profile: Profile
    accepted: bool

    @classmethod
    def open(cls, place: Workspace, run_id: str) -> ScreenResult:
        """The result of a finished run.

        Raises:
            NotFoundError: there is no such run, or it is not finished.
        """
        run = place.runs.get(run_id)
        outcome = run.folder / OUTCOME_FILE
        if not outcome.is_file():
            raise NotFoundError(
                f"{run_id} has no results yet: it is {place.runs.standing(run)}",
                where=str(run.folder),
                hint="`benchside resume` goes on with it.",
            )
        data: dict[str, Any] = json.loads(outcome.read_bytes())
        return cls(
            workspace=place.path,
            run=run_id,
            counts=data["counts"],
            products={k: place.path / v for k, v in data["products"].items()},
            evidence=data["evidence"],
            profile=Profile.model_validate(data["profile"]),
            accepted=data["accepted"],
        )

    @property
    def report(self) -> Path | None:
        """The HTML report; None where the shortlist was rejected."""
        return self.products.get("report")

    @functools.cached_property
    def results(self) -> pd.DataFrame:
        """All input rows in order, with status, reason and every column."""
        return pd.read_parquet(self.products["results"])

    @functools.cached_property
    def shortlist(self) -> pd.DataFrame:
        """The shortlist, best first."""
        table = self.results[self.results["status"] == "shortlisted"]
        return table.sort_values("rank").reset_index(drop=True)

    @functools.cached_property
    def rejects(self) -> pd.DataFrame:
        """The rows that could not be read as compounds, with their reasons."""
        columns = ["row", "line", "compound_id", "problem_code", "reason", "input"]
        return self.results.loc[self.results["status"] == "reject", columns].reset_index(drop=True)

    def explain(self, compound_id: str) -> Explanation:
        """Why a compound stands where it does."""
        return explain_compound(self.results, compound_id, self.profile)

    def lines(self) -> list[str]:
        """The funnel in words."""
        c = self.counts
        lines = [
            f"{c['rows']:,} rows: {c['compounds']:,} compounds, {c['duplicates']:,} duplicates, "
            f"{c['rejects']:,} rejects",
            f"{c['passed_filters']:,} pass the limits; {c['ranked']:,} ranked; {c['shortlisted']:,} on the shortlist",
        ]
        if not self.accepted:
            lines.append("the shortlist was rejected; no shortlist and no report were written")
        return lines

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "run": self.run,
            "workspace": str(self.workspace),
            "accepted": self.accepted,
            "counts": self.counts,
            "products": {k: str(v) for k, v in self.products.items()},
            "evidence": self.evidence,
        }

    def _repr_html_(self) -> str:
        """The shortlist with drawings, for a notebook."""
        from rdkit import Chem

        from benchside.tools.chemistry.drawing import svg
        from benchside.tools.reporting.tables import TableColumn, plain_table

        table = self.shortlist.head(20)
        table = table.assign(structure=[svg(Chem.MolFromSmiles(s), width=180, height=120) for s in table["smiles"]])
        columns = [
            TableColumn("rank", "rank", kind="number", decimals=0),
            TableColumn("structure", "structure", kind="drawing"),
            TableColumn("compound_id", "compound"),
            TableColumn("score", "score", kind="number", decimals=3),
        ]
        return str(plain_table(table, columns, caption=f"{self.run}: the best {len(table)}"))
