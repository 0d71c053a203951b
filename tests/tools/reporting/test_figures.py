"""Figures: right counts, the same bytes, a text beside each."""

from __future__ import annotations

import re

import numpy as np
import pytest

from benchside.tools.reporting.figures import (
    Bins,
    FigureError,
    Threshold,
    bars,
    bin_values,
    edges_for,
    figures,
    histogram,
    scatter,
)


def alt(html: str) -> str:
    found = re.search(r'aria-label="([^"]*)"', html)
    assert found
    return found[1]


def test_bins_count_everything_once() -> None:
    bins = bin_values([0.0, 0.5, 1.0, 2.0, 2.5, -1.0, None, float("nan")], (0, 1, 2))
    assert bins == Bins((0.0, 1.0, 2.0), (2, 2), below=1, above=1)
    assert bins.total == 6
    assert (bins + bins).counts == (4, 4)
    with pytest.raises(FigureError):
        bins + bin_values([1.0], (0, 1))


def test_edges_are_round_and_hold_the_middle() -> None:
    assert edges_for([0, 1, 2, 3, 2]) == (-0.5, 0.5, 1.5, 2.5, 3.5)
    edges = edges_for(np.linspace(150, 612, 1000))
    assert edges[0] <= 155
    assert edges[-1] >= 605
    assert len(edges) < 40
    assert all(float(edge).is_integer() for edge in edges)
    assert len(edges_for([2.5, 2.5])) > 1
    with pytest.raises(FigureError, match="no number"):
        edges_for([None], [])


def test_a_histogram_says_what_it_shows() -> None:
    html = histogram(
        [*range(100), 10_000],
        title="Weight & <size>",
        unit="Da",
        reference=list(range(50, 150)),
        thresholds=[Threshold(500, "500"), Threshold(60, "60")],
    )
    assert "Weight &amp; &lt;size&gt;" in html
    assert alt(html).startswith(
        "Histogram of Weight &amp; &lt;size&gt; in Da: this library, 101 compounds, median about 5"
    )
    assert "Above 150: 1." in html
    assert "Threshold 500 lies outside." in html
    assert "n = 100." in html


def test_the_same_data_give_the_same_bytes() -> None:
    first = histogram([1.0, 2.0, 4.0], title="x")
    scatter([1.0, 2.0], [1.0, 3.0], title="y", x_label="a", y_label="b")
    assert histogram([1.0, 2.0, 4.0], title="x") == first
    assert histogram(bin_values([1.0, 2.0, 4.0], edges_for([1.0, 2.0, 4.0])), title="x") == first


def test_ids_do_not_clash() -> None:
    pictures = [scatter([1.0, n], [1.0, 3.0], title="y", x_label="a", y_label="b") for n in (2.0, 3.0)]
    found = re.findall(r'\bid="([^"]+)"', figures(pictures))
    assert len(found) == len(set(found))
    assert "http" not in figures(pictures)


def test_bars_keep_equal_labels_apart_and_count_the_rest() -> None:
    html = bars([("a", 3), ("a", 2), ("</svg>", 1), ("d", 1)], title="T", limit=3)
    assert "1 more are not shown." in html
    assert alt(html) == "Bars of T: a 3, a 2, &lt;/svg&gt; 1."
    with pytest.raises(FigureError):
        bars([], title="T")


def test_scatter_counts_what_it_leaves_out() -> None:
    html = scatter(
        [1, None, 3], [1, 2, 3], title="T", x_label="x", y_label="y", groups=["g", "g", "h"], marked={2: "m"}
    )
    assert "Without a value: 1." in html
    assert "in the groups g, h" in alt(html)
    with pytest.raises(FigureError, match="same number"):
        scatter([1], [], title="T", x_label="x", y_label="y")
    with pytest.raises(FigureError, match="11 groups"):
        scatter([1] * 11, [1] * 11, title="T", x_label="x", y_label="y", groups=list("abcdefghijk"))
