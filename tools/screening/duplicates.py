"""Duplicates within a library, by the InChIKey of the standardised parent, and unique ids for what remains."""

from __future__ import annotations

import pandas as pd


def mark_duplicates(inchikeys: pd.Series, ids: pd.Series, rows: pd.Series) -> pd.DataFrame:
    """Unique ids, and for each row the earlier row that has the same structure.

    Args:
        inchikeys: one per row in order; null for a reject.
        ids: as given in the input; they need not be unique.
        rows: the row numbers.

    Returns:
        Columns `compound_id` (unique: a repeated id gets "#<row>" appended), `duplicate_of` (the compound_id of the first
        row with the same InChIKey, else null).
    """
    keys = ids.astype("object").where(~ids.duplicated(keep="first"), ids.astype(str) + "#" + rows.astype(str))
    taken = keys.duplicated(keep="first")
    while taken.any():  # "a#2" may itself have been given as an id
        keys = keys.where(~taken, keys.astype(str) + "#" + rows.astype(str))
        taken = keys.duplicated(keep="first")
    known = inchikeys.notna()
    first = pd.Series(keys[known].to_numpy(), index=inchikeys[known].to_numpy())
    first = first[~first.index.duplicated(keep="first")]
    again = known & inchikeys.duplicated(keep="first")
    duplicate_of = pd.Series(None, index=inchikeys.index, dtype="object")
    duplicate_of[again] = inchikeys[again].map(first).to_numpy()
    return pd.DataFrame({"compound_id": keys, "duplicate_of": duplicate_of})
