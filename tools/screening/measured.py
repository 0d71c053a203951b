"""The measured activities of a library's rows, with the columns of units and relations that stand beside the values."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from benchside.tools.chemistry.activities import companion_columns, parse_activities
from benchside.tools.chemistry.readers import Library
from benchside.tools.chemistry.records import InputRecord

ACTIVITY_COLUMNS = ("activity_value", "activity_unit", "activity_relation", "activity_pvalue", "activity_problem")


def activities_of(records: Sequence[InputRecord], library: Library) -> pd.DataFrame:
    """`ACTIVITY_COLUMNS` of n records, index 0 to n-1; all null where the library has no activity column.

    ChEMBL's `Standard Units` and `Standard Relation` belong to its `Standard Value`: without them ">10 uM" would be a
    bare 10.
    """
    role = library.roles.get("activity")
    if role is None:
        return pd.DataFrame({name: [None] * len(records) for name in ACTIVITY_COLUMNS})
    names = dict.fromkeys([*library.columns, *(name for record in records for name in record.tags)])
    unit, relation = companion_columns(role.column, list(names))
    return parse_activities(
        [record.tags.get(role.column, "") for record in records],
        role.column,
        units=_cells(records, unit),
        relations=_cells(records, relation),
    )[list(ACTIVITY_COLUMNS)]


def _cells(records: Sequence[InputRecord], name: str | None) -> list[str | None] | None:
    return None if name is None else [record.tags.get(name) for record in records]
