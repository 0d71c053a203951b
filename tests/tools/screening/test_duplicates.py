"""Ids are unique, given ones stay, and a duplicate points to the first row of its structure."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from benchside.tools.screening.duplicates import mark_duplicates

IDS = st.sampled_from(["a", "b", "a#2", "a#2#2", "a#3", "row-1", ""])
KEYS = st.sampled_from(["K1", "K2", "K3", None])


def mark(pairs: list[tuple[str, str | None]]) -> pd.DataFrame:
    ids = pd.Series([p[0] for p in pairs], dtype="object")
    keys = pd.Series([p[1] for p in pairs], dtype="object")
    return mark_duplicates(keys, ids, pd.Series(range(1, len(pairs) + 1), dtype="int64"))


@given(st.lists(st.tuples(IDS, KEYS), max_size=12))
def test_ids_are_unique_and_duplicates_point_to_the_first(pairs: list[tuple[str, str | None]]) -> None:
    made = mark(pairs)
    ids = made["compound_id"].tolist()
    assert len(set(ids)) == len(pairs)
    for i, (given_id, key) in enumerate(pairs):
        assert ids[i].startswith(given_id)
        if given_id not in [p[0] for p in pairs[:i]]:
            assert ids[i] == given_id  # the first row with an id keeps it, whatever the others would be called
        same = [j for j in range(i) if key is not None and pairs[j][1] == key]
        expected = ids[same[0]] if same else None
        got = made["duplicate_of"].iloc[i]
        assert (None if pd.isna(got) else got) == expected


def test_a_repeated_id_is_told_apart_by_its_row() -> None:
    made = mark([("a", "K1"), ("b", "K2"), ("a", "K3"), ("a#3", None), ("b", "K1")])
    assert made["compound_id"].tolist() == ["a", "b", "a#3#3", "a#3", "b#5"]
    assert made["duplicate_of"].tolist() == [None, None, None, None, "a"]


def test_rejects_are_no_duplicates_of_each_other() -> None:
    made = mark([("a", None), ("b", None)])
    assert made["duplicate_of"].isna().all()
    assert made["duplicate_of"].dtype == "object"
    assert mark([]).columns.tolist() == ["compound_id", "duplicate_of"]


def test_any_kind_of_null_and_any_index() -> None:
    keys = pd.Series(["K1", pd.NA, "K1"], dtype="string", index=[5, 6, 9])
    made = mark_duplicates(keys, pd.Series(["x", "y", "z"], index=[5, 6, 9]), pd.Series([1, 2, 3], index=[5, 6, 9]))
    assert made["duplicate_of"].tolist() == [None, None, "x"]
    assert made.index.tolist() == [5, 6, 9]
