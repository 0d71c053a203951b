"""Printing of values, checks and tables."""

from __future__ import annotations

import pytest

from benchside.tools.trials.design.results import Check, Column, Paragraph, Quantity, Table, Verification, printed


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(None, 4, "–"), (True, 4, "yes"), ("hsd:-4", 4, "hsd:-4"), (12, 4, "12"), (123456, 4, "123,456"), (0.9, 4, "0.9"),
     (0.0, 4, "0"), (2.96258804, 4, "2.963"), (0.00003, 4, "0.00003"), (123456.7, 4, "123,457"), (652.4, 0, "652"),
     (float("inf"), 4, "inf"), (1e-9, 2, "1e-09")],
)  # fmt: skip
def test_values_are_printed_for_people(value: object, digits: int, text: str) -> None:
    assert printed(value, digits) == text  # type: ignore[arg-type]


def test_an_exact_figure_may_not_differ_by_more_than_chance() -> None:
    assert Check("p", "p", 0.9, 0.8975, 0.001, "exact").agrees
    assert not Check("p", "p", 0.9, 0.8965, 0.001, "exact").agrees


def test_an_approximation_is_flagged_above_a_point() -> None:
    near = Check("p", "p", 0.9, 0.893, 0.0005, "asymptotic")
    far = Check("p", "p", 0.9, 0.887, 0.0005, "asymptotic")
    assert near.agrees
    assert not far.agrees
    assert far.bias == pytest.approx(0.013)
    assert not Verification((near, far), 100, 1).agrees
    assert Verification((near, far), 100, 1).table().column("verdict") == ("agrees", "differs")


def test_a_paragraph_prints_its_values() -> None:
    text = Paragraph("With {n} at {alpha}.", {"n": Quantity("n", "n", 652), "alpha": Quantity("alpha", "a", 0.025)})
    assert text.render() == "With 652 at 0.025."


def test_a_table_is_read_by_name() -> None:
    table = Table("t", "T", (Column("a", "A"), Column("b", "B")), ((1, "x"), (2, "y")))
    assert table.records() == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert table.column("b") == ("x", "y")
