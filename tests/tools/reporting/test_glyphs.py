"""The funnel and the parts of a score."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from benchside.tools.reporting.glyphs import (
    FunnelStep,
    GlyphError,
    ScorePart,
    funnel,
    score_breakdown,
    score_key,
)


def test_a_funnel_adds_up() -> None:
    html = funnel([FunnelStep("Read", 1000), FunnelStep("Filters", 250, 750, "PAINS <700>")])
    assert re.findall(r"width:([\d.]+)%", html) == ["100.00", "0.00", "25.00", "75.00"]
    assert "1,000" in html
    assert "PAINS &lt;700&gt;" in html
    with pytest.raises(GlyphError, match=r"240 kept and 750 fell, but 1000"):
        funnel([FunnelStep("Read", 1000), FunnelStep("Filters", 240, 750)])


def test_parts_are_as_wide_as_their_weight_and_as_high_as_their_desirability() -> None:
    svg = score_breakdown([ScorePart("a", 0.5, 1), ScorePart("b", None, 1), ScorePart("c", 1, 2)], total=0.7, width=104)
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-label"] == "Score 0.700. a 0.50; b has no value; c 1.00."
    fills = [r.attrib for g in root for r in g.findall("rect")[1:]]
    assert [(r["width"], r["height"]) for r in fills] == [("25.00", "12.00"), ("50.00", "24.00")]
    assert len(root.findall(".//line")) == 1


@pytest.mark.parametrize("part", [ScorePart("a", 1.2), ScorePart("a", -0.1), ScorePart("a", 0.5, 0)])
def test_impossible_parts_are_refused(part: ScorePart) -> None:
    with pytest.raises(GlyphError):
        score_breakdown([part])


def test_the_key_has_the_colours_of_the_parts() -> None:
    parts = score_breakdown([ScorePart("a", 1), ScorePart("b", 1)])
    for colour in re.findall(r"background:(#\w+)", score_key(["a", "b"])):
        assert colour in parts
