"""Compute and filter: the cheap columns of every compound, and which hard limits each of them fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa

from benchside.graphs.screening.context import Context
from benchside.graphs.screening.nodes.reading import merge_parts, read_parts
from benchside.graphs.screening.state import ScreeningState
from benchside.tools.chemistry.activities import pvalue_relations
from benchside.tools.chemistry.compute import PropertyPlan
from benchside.tools.chemistry.efficiency import efficiencies
from benchside.tools.screening.parts import Parts, as_frame
from benchside.tools.screening.profile import Desirability, Filter, Profile, Shape
from benchside.tools.screening.scoring import failed_filters, first_failed, score_table
from benchside.tools.screening.tasks import properties_rows


def effective_profile(context: Context) -> Profile:
    """The profile as this run applies it: without ADMET where that is off, with the reference where it counts."""
    profile = context.request.profile
    if not context.request.admet or profile.admet.depth == 0:
        profile = profile.without_admet()
    if context.request.reference is not None and context.request.reference_weight > 0:
        part = Desirability(
            column="reference_similarity",
            shape=Shape.HIGHER,
            low=0.1,
            high=0.7,
            weight=context.request.reference_weight,
            why="similarity to the reference was asked to count",
        )
        kept = tuple(s for s in profile.score if s.column != "reference_similarity")
        profile = profile.model_copy(update={"score": (*kept, part)})
    return profile


def early(profile: Profile) -> tuple[list[Filter], list[Desirability]]:
    """The filters and parts of the score that need no costly column."""
    return (
        [f for f in profile.filter if not profile.is_late(f.column)],
        [s for s in profile.score if not profile.is_late(s.column)],
    )


def property_plan(profile: Profile) -> PropertyPlan:
    """What is computed for every compound."""
    return PropertyPlan(alert_sets=profile.compute.alert_sets, rules=True, permeation=True, cns=True, scaffold=True)


def _plan_parameters(context: Context) -> dict[str, Any]:
    from dataclasses import asdict

    reference = context.request.reference
    return {
        "plan": asdict(property_plan(context.request.profile)),
        "reference": reference.smiles if reference else None,
        "canonical_tautomer": context.request.profile.compute.canonical_tautomer,
    }


def property_parts(context: Context) -> Parts:
    """The cheap columns of the compounds, shard by shard."""
    return context.parts("compute", **_plan_parameters(context))


def compute(state: ScreeningState, context: Context) -> ScreeningState:
    """The cheap columns of each compound (not of duplicates and rejects)."""
    source, parts = read_parts(context), property_parts(context)
    duplicates = set(_duplicate_rows(context))
    parameters = _plan_parameters(context)
    with context.step("compute", state["counts"]["compounds"], parts.rows):
        for number in source:
            if number in parts:
                continue
            table = source.read(number, ["row", "smiles", "problem_code", *_ACTIVITY]).to_pandas()
            table = table[table["problem_code"].isna() & ~table["row"].isin(duplicates)].reset_index(drop=True)
            done = []
            for made in context.workers.run("properties", _chunks(table["smiles"], context.chunk_rows), parameters):
                context.progress.advance(made.num_rows)
                done.append(made)
            if not done:  # a shard without compounds still has the columns
                done.append(properties_rows([], parameters))
            parts.add(number, _with_row(table, done))
    return {}


_ACTIVITY = ["activity_value", "activity_pvalue", "activity_relation", "activity_unit"]


MEASURED = ("activity_value", "activity_pvalue")
"""Measured columns that stand beside the computed ones, so that limits and the score can use them."""


def _chunks(smiles: pd.Series, size: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(smiles), size):
        yield [{"smiles": s} for s in smiles.iloc[start : start + size]]


def _with_row(table: pd.DataFrame, done: list[pa.Table]) -> pa.Table:
    whole = pd.concat([table[["row"]], as_frame(pa.concat_tables(done, promote_options="permissive"))], axis=1)
    efficiency = efficiencies(table["activity_pvalue"], whole["heavy_atoms"], whole["logp"], pvalue_relations(table))
    whole = pd.concat([whole, table[list(MEASURED)], efficiency], axis=1)
    return pa.Table.from_pandas(whole, preserve_index=False)


def _duplicate_rows(context: Context) -> list[int]:
    table = merge_parts(context).column("row", "duplicate_of").to_pandas()
    return [int(r) for r in table.loc[table["duplicate_of"].notna(), "row"]]


def decision_parts(context: Context) -> Parts:
    """Per compound: the early limits it fails, and the score by the early parts."""
    profile = effective_profile(context)
    return context.parts("filter", profile=profile.model_dump(mode="json"), **_plan_parameters(context))


def filter_compounds(state: ScreeningState, context: Context) -> ScreeningState:
    """Apply the early hard limits and score what passes."""
    profile = effective_profile(context)
    limits, terms = early(profile)
    source, parts = property_parts(context), decision_parts(context)
    first: Counter[int] = Counter()
    passed = 0
    for number in source:
        if number not in parts:
            table = as_frame(source.read(number))
            failed = failed_filters(table, limits)
            scored = score_table(table, profile, terms)
            out = pd.concat(
                [table[["row"]], failed.rename("failed"), first_failed(table, limits).rename("first_failed"), scored],
                axis=1,
            )
            kinds = {"row": pa.int64(), "failed": pa.string(), "first_failed": pa.int64(), "score_missing": pa.string()}
            schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in out.columns])
            parts.add(number, pa.Table.from_pandas(out, schema=schema, preserve_index=False))
        positions = parts.read(number, ["first_failed"])["first_failed"]
        passed += positions.null_count
        first.update(positions.drop_null().to_pylist())
    counts = {**state["counts"], "passed_filters": passed}
    counts |= {f"failed: {limit.text()}": first[position] for position, limit in enumerate(limits)}
    return {"counts": counts}
