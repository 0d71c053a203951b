"""The page: self-contained, escaped, the same each time."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from markupsafe import Markup

from benchside.tools.reporting.cards import Card, cards
from benchside.tools.reporting.glyphs import ScorePart, score_breakdown
from benchside.tools.reporting.page import Badge, Page, PageError, Provenance, Section, paragraph, render, stack
from benchside.tools.reporting.tables import TableColumn, data_table

from .browser import NEEDS_CHROMIUM, run

BAD = "<script>alert('x')</script>"
MADE = Provenance(
    datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
    command=f"benchside screen {BAD}",
    run="r1",
    versions={"rdkit": "2026.9.1"},
    seeds={"MaxMin": 7},
    policies={"network": "off"},
    ledger_head="ab" * 32,
)


def page() -> Page:
    table = data_table(pd.DataFrame({"x": [1.0, 2.0]}), [TableColumn("x", kind="number")], id="t")
    card = Card("c1", BAD, '<svg width="3"></svg>', facts=[("logP", BAD)], badges=[Badge(BAD, BAD, "bad")])
    body = stack(paragraph(BAD), table, cards([card]), score_breakdown([ScorePart(BAD, 0.5)]))
    return Page(
        BAD,
        [Section("one", BAD, body, lead=BAD), Section("two", "Plain", BAD)],
        MADE,
        subtitle=BAD,
        badges=[Badge(BAD, BAD, "good", BAD)],
    )


class Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]


def test_nothing_is_let_through_and_nothing_is_reached() -> None:
    html = render(page())
    outline = Outline()
    outline.feed(html)
    assert outline.tags.count("script") == 2  # the table's data, and the one script
    assert "alert('x')" not in re.sub(r"&lt;script&gt;.*?&lt;/script&gt;", "", html)
    assert not any(name.startswith("on") for name, _ in outline.attributes)
    assert not any(name in ("src", "srcset", "action") for name, _ in outline.attributes)
    assert all(value.startswith("#") for name, value in outline.attributes if name == "href")
    assert not re.search(r"https?:|//[a-z]+\.", html)
    assert len(set(outline.ids)) == len(outline.ids)
    assert "<link" not in html


def test_the_policy_names_the_script_by_its_hash() -> None:
    html = render(page())
    script = html[html.rindex("<script>") + len("<script>") : html.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in html
    assert "default-src &#39;none&#39;" in html


def test_it_says_how_it_was_made() -> None:
    html = render(page())
    for text in ("2025-01-02 03:04:05 UTC", "ab" * 32, "rdkit", "2026.9.1", "MaxMin", "network", "Decision support"):
        assert text in html
    assert html == render(page())


def test_unfit_pages_are_refused() -> None:
    for ids in (["a", "a"], ["1a"], ["main"], ["a b"]):
        with pytest.raises(PageError, match="section id"):
            render(Page("x", [Section(name, "t", Markup("")) for name in ids], MADE))
    with pytest.raises(PageError, match="tone"):
        render(Page("x", [], MADE, badges=[Badge("a", tone="loud")]))  # type: ignore[arg-type]


@NEEDS_CHROMIUM
def test_the_policy_lets_the_table_work_and_nothing_else(tmp_path: Path) -> None:
    html = render(page()).replace("</body>", "<script>document.title='owned'</script></body>")
    target = tmp_path / "page.html"
    target.write_text(html, encoding="utf-8")
    dom = run(target, tmp_path / "profile", "--dump-dom")
    assert "<tbody><tr>" in dom
    assert "<title>owned" not in dom
