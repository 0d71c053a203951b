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
        Columns `compound_id` (unique: the first row keeps a repeated id, the others get "#<row>" appended, again where
        that is an id too) and `duplicate_of` (the compound_id of the first row with the same InChIKey, else null).
    """
    keys = ids.astype("object").tolist()
    taken = set(keys)  # also of later rows, so that an id that was given once is never changed
    numbers = rows.tolist()
    for i in ids.duplicated(keep="first").to_numpy().nonzero()[0].tolist():
        while keys[i] in taken:
            keys[i] = f"{keys[i]}#{numbers[i]}"
        taken.add(keys[i])
    first: dict[str, str] = {}
    duplicate_of: list[str | None] = []
    for inchikey, key in zip(inchikeys.astype("object").where(inchikeys.notna(), None).tolist(), keys, strict=True):
        earlier = first.setdefault(inchikey, key) if inchikey is not None else key
        duplicate_of.append(None if earlier == key else earlier)
    return pd.DataFrame(
        {
            "compound_id": pd.Series(keys, index=ids.index, dtype="object"),
            "duplicate_of": pd.Series(duplicate_of, index=ids.index, dtype="object"),
        }
    )
