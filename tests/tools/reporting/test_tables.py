"""Tables: what is in the page, what a reader may do with it, and what a hostile cell may not."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchside.tools.reporting.page import Page, Provenance, Section, render
from benchside.tools.reporting.tables import (
    TableColumn,
    TableError,
    data_table,
    facts,
    format_value,
    plain_table,
    plain_value,
    script_json,
)

from .browser import NEEDS_CHROMIUM, dump

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>'
FRAME = pd.DataFrame(
    {
        "name": ["beta", "Alpha 10", "alpha 9", HOSTILE, None],
        "weight": [300.5, 20.0, np.nan, -1.25, 100.0],
        "ok": pd.array([True, False, None, True, False], dtype="boolean"),
        "family": ["x", "y", "x", None, "y"],
        "anchor": ["c1", None, None, None, None],
        "drawing": ['<svg width="3"><rect width="3"/></svg>'] * 5,
    }
)
COLUMNS = [
    TableColumn("name", "Name", link="anchor"),
    TableColumn("weight", "Weight", "Da", "number", 1, bar=(0, 400)),
    TableColumn("ok", kind="flag", good="yes"),
    TableColumn("family", kind="category"),
    TableColumn("drawing", kind="drawing"),
]


def payload(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, object] = json.loads(found[1])
    return data


def page(**options: object) -> str:
    table = data_table(FRAME, COLUMNS, id="t", **options)  # type: ignore[arg-type]
    made = Provenance(datetime(2025, 1, 2, tzinfo=UTC))
    return render(Page("A page", [Section("s", "S", table)], made))


def test_a_cell_cannot_leave_its_script() -> None:
    html = str(data_table(FRAME, COLUMNS, id="t"))
    assert html.count("</script>") == 1
    assert html.count("<script") == 1
    rows = payload(html)["rows"]
    assert isinstance(rows, list)
    assert rows[3][0] == HOSTILE
    assert rows[2][:4] == ["alpha 9", None, None, "x"]


def test_script_json_escapes_every_mark_that_matters() -> None:
    assert script_json(["<!--</script>&\u2028"]) == '["\\u003c!--\\u003c/script\\u003e\\u0026\\u2028"]'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(1 / 3), 0.3333333333),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (float("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (float("inf"), "inf"),
        ("x", "x"),
    ],
)
def test_values_become_plain(value: object, expected: object) -> None:
    got = plain_value(value)
    assert got == expected
    assert type(got) is type(expected)


def test_wrong_columns_are_named() -> None:
    with pytest.raises(TableError, match="'nope'"):
        data_table(FRAME, [TableColumn("nope")], id="t")
    with pytest.raises(TableError, match="twice"):
        data_table(FRAME, [TableColumn("name"), TableColumn("name")], id="t")
    with pytest.raises(TableError, match="sorted by 'ok'"):
        data_table(FRAME, [TableColumn("name")], id="t", sort=("ok", "ascending"))
    with pytest.raises(TableError, match="pinned"):
        data_table(FRAME, [TableColumn("name", pinned=True), TableColumn("ok", pinned=True)], id="t")
    with pytest.raises(TableError, match="no tone"):
        data_table(FRAME, [TableColumn("name", tone="family")], id="t")


def test_plain_table_escapes_and_says_what_it_leaves_out() -> None:
    html = plain_table(FRAME, COLUMNS[:2], caption="Compounds.", limit=4)
    assert "First 4 of 5." in html
    assert "<img" not in html
    assert "−1.2" in html
    assert '<span class="none">' in html


def test_facts_and_formats() -> None:
    assert "&lt;b&gt;" in facts({"<b>": None, "x": 3})
    assert format_value(-0.5, TableColumn("x", decimals=2)) == "−0.50"
    assert format_value(True, TableColumn("x")) == "yes"
    assert format_value(None, TableColumn("x")) == ""


def test_a_column_of_the_contract() -> None:
    class Contract:
        name, label, unit, decimals, direction = "weight", "Weight", "Da", 1, "lower"
        source, note = "RDKit", "average"

    column = TableColumn.of(Contract, FRAME, hidden=True)
    assert (column.kind, column.unit, column.decimals, column.first, column.hidden) == (
        "number",
        "Da",
        1,
        "ascending",
        True,
    )
    assert column.note == "average. Lower is better. Source: RDKit."


def names(dom: str) -> list[str]:
    body = re.search(r"<tbody>(.*?)</tbody>", dom, re.DOTALL)
    assert body
    cells = re.findall(r"<tr><td[^>]*>(.*?)</td>", body[1], re.DOTALL)
    return [unescape(re.sub(r"<.*?>", "", cell)) for cell in cells]


CLICK = "const heads=()=>[...document.querySelectorAll('.bt-head')];"


@NEEDS_CHROMIUM
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", ["beta", "Alpha 10", "alpha 9", HOSTILE, "–"]),
        (CLICK + "heads()[0].click()", [HOSTILE, "alpha 9", "Alpha 10", "beta", "–"]),
        (CLICK + "heads()[0].click();heads()[0].click()", ["beta", "Alpha 10", "alpha 9", HOSTILE, "–"]),
        (CLICK + "heads()[1].click()", ["beta", "–", "Alpha 10", HOSTILE, "alpha 9"]),
        (CLICK + "heads()[1].click();heads()[1].click()", [HOSTILE, "Alpha 10", "–", "beta", "alpha 9"]),
    ],
    ids=["as given", "text up", "text down", "number down", "number up"],
)
def test_sorting_puts_the_empty_last(script: str, expected: list[str], tmp_path: Path) -> None:
    dom = dump(page(), tmp_path, script)
    assert names(dom) == expected
    assert "<title>A page</title>" in dom


@NEEDS_CHROMIUM
def test_filters_search_pages_and_the_saved_file(tmp_path: Path) -> None:
    script = """
    const out = [], box = document.querySelector('.bt-box');
    const type = (node, value) => {
      node.value = value;
      node.dispatchEvent(new Event(node.tagName === 'SELECT' ? 'change' : 'input'));
    };
    const shown = () => [...box.querySelectorAll('tbody tr')].map((row) => row.cells[0].textContent);
    const field = (label) => box.querySelector(`[aria-label="${label}"]`);
    out.push(shown(), box.querySelector('.bt-pager span').textContent);
    box.querySelectorAll('.bt-pager button')[1].click(); out.push(shown());
    type(field('Weight at least'), '0'); type(field('Weight at most'), '100'); out.push(shown());
    box.querySelectorAll('.bt-tools button')[2].click();
    type(field('Search all columns'), 'ALPHA 10'); out.push(shown(), box.benchside.csv());
    box.querySelectorAll('.bt-tools button')[2].click();
    type(field('ok is'), 'false'); out.push(shown());
    box.querySelectorAll('.bt-tools button')[2].click();
    type(field('family is'), 'null'); out.push(shown().length, box.querySelector('.bt-count').textContent);
    box.querySelectorAll('.bt-tools button')[2].click();
    window.dispatchEvent(new Event('beforeprint')); out.push(shown().length);
    window.dispatchEvent(new Event('afterprint')); out.push(shown().length);
    box.querySelector('.bt-menu input').click(); out.push(box.querySelectorAll('.bt-head').length);
    document.body.innerHTML = ''; document.body.textContent = JSON.stringify(out);
    """
    dom = dump(page(page_size=2), tmp_path, script)
    body = re.search(r"<body>(.*)</body>", dom, re.DOTALL)
    assert body
    assert json.loads(unescape(body[1])) == [
        ["beta", "Alpha 10"],
        "1 to 2 of 5",
        ["alpha 9", HOSTILE],
        ["Alpha 10", "–"],
        ["Alpha 10"],
        "name,weight,ok,family\r\nAlpha 10,20,false,y\r\n",
        ["Alpha 10", "–"],
        1,
        "1 of 5 rows",
        5,
        2,
        4,
    ]


@NEEDS_CHROMIUM
def test_a_saved_cell_is_no_formula(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["=1+1", '+a,"b"', "-CC"], "n": [-1.5, 2.0, 3.0]})
    table = data_table(frame, [TableColumn("name"), TableColumn("n", kind="number")], id="t")
    html = render(Page("A", [Section("s", "S", table)], Provenance(datetime(2025, 1, 2, tzinfo=UTC))))
    script = "document.title=JSON.stringify(document.querySelector('.bt-box').benchside.csv())"
    dom = dump(html, tmp_path, script)
    title = re.search(r"<title>(.*?)</title>", dom, re.DOTALL)
    assert title
    assert json.loads(unescape(title[1])) == 'name,n\r\n\'=1+1,-1.5\r\n"\'+a,""b""",2\r\n\'-CC,3\r\n'
