"""Predict, rank, diversify: ADMET for the best survivors, the final score and order, and the shortlist."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from benchside.graphs.screening.context import Context
from benchside.graphs.screening.nodes.computing import decision_parts, effective_profile, property_parts
from benchside.graphs.screening.nodes.reading import merge_parts, read_parts
from benchside.graphs.screening.state import ScreeningState
from benchside.tools.screening.parts import Parts, as_frame
from benchside.tools.screening.scoring import failed_filters, pareto_rank, score_table
from benchside.tools.screening.shortlist import draw_shortlist

PREDICT_ROWS = 100
PARETO_ROWS = 5_000


def candidates(context: Context) -> pd.DataFrame:
    """Compounds that pass the early limits (`row`, `score`), the best first; ties go to the earlier row."""
    table = as_frame(decision_parts(context).column("row", "failed", "score"))
    table = table[table["failed"] == ""]
    return table.sort_values(["score", "row"], ascending=[False, True], na_position="last").reset_index(drop=True)


def ranks_late(context: Context) -> bool:
    """Whether the rank waits for costly columns; otherwise the early score is the score."""
    profile = effective_profile(context)
    return any(profile.is_late(name) for name in profile.columns)


def early_ranks(context: Context) -> pd.Series:
    """Rank by the early score of every compound that passes, by row."""
    ranked = candidates(context)
    return pd.Series(range(1, len(ranked) + 1), index=ranked["row"].to_numpy(), dtype="Int64", name="rank")


def _finalist_count(context: Context, passed: int) -> int:
    """How many go on to the costly columns: the stated ADMET depth, or without ADMET the pool of the shortlist."""
    profile = effective_profile(context)
    wanted = profile.admet.depth or max(profile.selection.pool, context.request.top)
    return min(wanted, passed)


def prediction_parts(context: Context) -> Parts:
    """ADMET endpoints and nearest approved drug of the finalists, in the order of the early score."""
    profile = effective_profile(context)
    return context.parts(
        "predict",
        profile=profile.model_dump(mode="json"),
        approved=context.request.approved_background,
        reference=context.request.reference.smiles if context.request.reference else None,
    )


def predict(state: ScreeningState, context: Context) -> ScreeningState:
    """The costly columns, for the best survivors by the early score, to the stated depth."""
    profile = effective_profile(context)
    ranked = candidates(context)
    finalists = ranked.head(_finalist_count(context, len(ranked)))
    parts = prediction_parts(context)
    smiles = _smiles_of(context, finalists["row"])
    predicted = profile.admet.depth > 0
    if finalists.empty:  # the columns exist even where nothing passed
        columns = _predict_block([], predicted, context.request.approved_background)
        empty = pd.concat([pd.DataFrame({"row": pd.Series(dtype="int64")}), *columns], axis=1)
        parts.add(0, pa.Table.from_pandas(empty, preserve_index=False))
    with context.step("predict" if predicted else "compare", len(finalists), parts.rows):
        for number, start in enumerate(range(0, len(finalists), PREDICT_ROWS)):
            if number in parts:
                continue
            block = smiles.iloc[start : start + PREDICT_ROWS]
            columns = [pd.DataFrame({"row": finalists["row"].iloc[start : start + PREDICT_ROWS].to_numpy()})]
            columns += _predict_block(list(block), predicted, context.request.approved_background)
            parts.add(number, pa.Table.from_pandas(pd.concat(columns, axis=1), preserve_index=False))
            context.progress.advance(len(block))
    return {"counts": {**state["counts"], "finalists": len(finalists)}}


def _predict_block(smiles: list[str], predicted: bool, approved: bool) -> list[pd.DataFrame]:
    from rdkit import Chem

    made = []
    if predicted:
        from benchside.tools.chemistry.admet import admet_model

        made.append(admet_model().predict(smiles).reset_index(drop=True))
    if approved:
        from benchside.tools.chemistry.approved import nearest_approved

        made.append(nearest_approved([Chem.MolFromSmiles(s) for s in smiles]).reset_index(drop=True))
    return made


def _smiles_of(context: Context, rows: pd.Series) -> pd.Series:
    table = _rows_of(read_parts(context), rows, ["row", "smiles"])
    return table["smiles"]


def _rows_of(parts: Parts, rows: pd.Series, columns: list[str] | None = None) -> pd.DataFrame:
    """The given rows of a step's parts, in the given order."""
    import pyarrow.compute as pc

    wanted = pa.array(rows, pa.int64())
    found = [t.filter(pc.is_in(t["row"], wanted)) for t in (parts.read(n, columns) for n in parts)]
    table = as_frame(pa.concat_tables(found, promote_options="permissive"))
    return table.set_index("row").loc[list(rows)].reset_index()


def final_parts(context: Context) -> Parts:
    """The final table of the finalists, in one part."""
    request = context.request.model_dump(mode="json", exclude={"review"})
    return context.parts("rank", request=request)


def rank(state: ScreeningState, context: Context) -> ScreeningState:
    """Final score, rank and Pareto rank of the finalists; late limits apply here."""
    profile = effective_profile(context)
    parts = final_parts(context)
    if 0 not in parts:
        finalists = candidates(context).head(state["counts"]["finalists"])["row"]
        table = _finalist_table(context, finalists)
        late = [f for f in profile.filter if profile.is_late(f.column)]
        table["failed"] = failed_filters(table, late).to_numpy()
        scored = score_table(table, profile, profile.score)
        table = pd.concat([table, scored], axis=1)
        passing = table["failed"] == ""
        order = table[passing].sort_values(["score", "row"], ascending=[False, True], na_position="last").index
        table["rank"] = pd.Series(np.arange(1, len(order) + 1), index=order).reindex(table.index).astype("Int64")
        best = order[:PARETO_ROWS]
        terms = [f"d_{s.column}" for s in profile.score]
        table["pareto_rank"] = (
            pd.Series(pareto_rank(table.loc[best, terms].to_numpy(dtype=float)), index=best)
            .reindex(table.index)
            .astype("Int64")
        )
        parts.add(0, pa.Table.from_pandas(table, preserve_index=False))
    ranked = state["counts"]["passed_filters"]
    if ranks_late(context):
        ranked = parts.read(0, ["rank"])["rank"].drop_null().length()
    return {"counts": {**state["counts"], "ranked": ranked}}


def _finalist_table(context: Context, rows: pd.Series) -> pd.DataFrame:
    base = ["row", "smiles", "inchikey", "stereo"]
    read = _rows_of(read_parts(context), rows, base)
    ids = _rows_of(merge_parts(context), rows, ["row", "compound_id"])
    cheap = _rows_of(property_parts(context), rows)
    predictions = prediction_parts(context)
    table = pd.concat([ids, read.drop(columns="row"), cheap.drop(columns="row")], axis=1)
    if len(predictions):
        costly = as_frame(pa.concat_tables([predictions.read(n) for n in predictions], promote_options="permissive"))
        table = table.merge(costly, on="row", how="left", validate="one_to_one")
    return table


def shortlist_parts(context: Context) -> Parts:
    """Per finalist: cluster, whether it is on the shortlist, and why not."""
    return context.parts("diversify", request=context.request.model_dump(mode="json", exclude={"review"}))


def diversify(state: ScreeningState, context: Context) -> ScreeningState:
    """Draw the shortlist from the ranking, a few of each cluster."""
    parts = shortlist_parts(context)
    if 0 not in parts:
        table = final_parts(context).read(0, ["row", "rank", "smiles"]).to_pandas()
        table = table[table["rank"].notna()].sort_values("rank").reset_index(drop=True)
        drawn = draw_shortlist(table["smiles"], context.request.top, context.request.profile.selection)
        out = pd.DataFrame(
            {
                "row": table["row"].astype("int64"),
                "cluster": drawn.cluster,
                "shortlisted": drawn.taken,
                "passed_over": drawn.passed_over.astype("object"),
            }
        )
        schema = pa.schema(
            [("row", pa.int64()), ("cluster", pa.int64()), ("shortlisted", pa.bool_()), ("passed_over", pa.string())]
        )
        parts.add(0, pa.Table.from_pandas(out, schema=schema, preserve_index=False))
    listed = parts.read(0, ["shortlisted", "cluster"]).to_pandas()
    counts = {**state["counts"], "shortlisted": int(listed["shortlisted"].sum())}
    counts["clusters"] = int(listed["cluster"].nunique())
    return {"counts": counts}


def shortlist_ids(context: Context) -> list[str]:
    """Ids of the shortlist, best first."""
    listed = shortlist_parts(context).read(0, ["row", "shortlisted"]).to_pandas()
    rows = listed.loc[listed["shortlisted"], "row"]
    final = final_parts(context).read(0, ["row", "compound_id"]).to_pandas().set_index("row")
    return [str(x) for x in final.loc[rows, "compound_id"]]
