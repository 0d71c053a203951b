"""Tables are whole and right, or nothing is judged by them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchside.tools.safety.lists import LISTS
from benchside.tools.safety.names import folded
from benchside.tools.safety.tables import TableError, load_tables, read_rows, tables

from .conftest import full_key, row, write_table


def test_the_tables_of_the_package_are_right() -> None:
    listed = tables()
    assert len(listed.rows) > 100
    assert {r.list for r in listed.rows} <= {*LISTS, "*"}
    assert all(r.key14 or r.cas or r.name for r in listed.rows)


def test_no_item_stands_twice_in_one_category() -> None:
    seen = Counter((r.list, r.category, r.exclusion, folded(r.name)) for r in tables().rows)
    assert [what for what, times in seen.items() if times > 1] == []


def test_a_row_is_found_by_key_form_and_cas(tmp_path: Path) -> None:
    write_table(tmp_path, row("CC(=O)CC(C)=O", name="an item", cas="64-17-5", synonyms="other; third"))
    listed = load_tables(tmp_path)
    (made,) = listed.rows
    assert made.synonyms == ("other", "third")
    assert listed.by_cas["64-17-5"] == (made,)
    assert len(made.keys) > 2
    assert all(listed.by_key[key] == (made,) for key in made.keys)
    assert made.rule == "UN 1971 Schedule II: an item"


WRONG = {
    "list": ({"list": "a list"}, "there is no list 'a list'"),
    "star": ({"list": "*"}, "there is no list"),
    "category": ({"category": ""}, "has no category"),
    "name": ({"name": ""}, "there is no name"),
    "cas": ({"cas": "64-17-6"}, "'64-17-6' is no CAS number"),
    "key": ({"key14": "ABC"}, "no first block"),
    "full key": ({"key": "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"}, "key is not of key14"),
    "scope": ({"scope": "sometimes"}, "there is no scope"),
    "exclusion": ({"exclusion": "maybe"}, "neither yes nor no"),
    "source": ({"source": ""}, "source or edition is missing"),
    "date": ({"date": "2020"}, "'2020' is no date"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, case: str) -> None:
    values, said = WRONG[case]
    path = write_table(tmp_path, row("CCN"), row("CCN") | values)
    with pytest.raises(TableError, match=said) as caught:
        list(read_rows(path))
    assert caught.value.where == "made.csv, line 3"


def test_a_table_without_a_column_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("list,name,colour\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"columns missing: category.*unknown: colour"):
        list(read_rows(path))


def test_a_line_with_a_cell_too_many_or_too_few_is_a_mistake(tmp_path: Path) -> None:
    path = write_table(tmp_path, row("CCN"))
    path.write_text(path.read_text(encoding="utf-8") + "a,b\n", encoding="utf-8")
    with pytest.raises(TableError, match="has not 14 cells"):
        list(read_rows(path))


def test_no_table_is_an_error_and_not_an_empty_list(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="there are no tables"):
        load_tables(tmp_path)


def test_a_row_may_mean_one_stereoisomer(tmp_path: Path) -> None:
    smiles = "C[C@H](N)C(=O)O"
    write_table(tmp_path, row(smiles, key=full_key(smiles)))
    assert load_tables(tmp_path).rows[0].key == full_key(smiles)
