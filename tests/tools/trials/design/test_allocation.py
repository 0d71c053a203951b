"""Sharing between arms and the one rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchside.tools.trials.design.allocation import Allocation, ceiling, with_dropout
from benchside.tools.trials.design.errors import DesignError


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("2:1", (2, 1)), ("treatment:control=2:1", (2, 1)), ("control:treatment=2:1", (1, 2)), (2, (2, 1)), ("3", (3, 1)),
     ("treatment:control=2", (2, 1)), (" 1 : 1 ", (1, 1)), ("0.8:1", (0.8, 1)), ([3, 2], (3, 2))],
)  # fmt: skip
def test_what_people_write_is_read(text: object, ratio: tuple[float, ...]) -> None:
    assert Allocation.model_validate(text).ratio == ratio


@pytest.mark.parametrize(
    "text", ["", "a:b", "2:1:", "0:1", "-1:1", "1:0", "nan:1", "inf", float("nan"), True, "drug:placebo=2:1",
             "1e9:1", [], "2:1; rm -rf /", "1" * 5000 + ":1"],
)  # fmt: skip
def test_what_is_no_allocation_gets_a_named_error(text: object) -> None:
    with pytest.raises(DesignError) as caught:
        Allocation.model_validate(text)
    assert caught.value.where == "allocation"
    assert caught.value.hint


@given(st.floats(2, 1e6), st.sampled_from(["1:1", "2:1", "1:3", "3:2", "0.8:1", "1.37:1"]))
def test_rounding_never_loses_anyone_and_adds_less_than_a_block_or_one_an_arm(total: float, text: str) -> None:
    allocation = Allocation.model_validate(text)
    sizes = allocation.rounded(total)
    assert sum(sizes) >= total * (1 - 2e-9)
    block = allocation.block()
    assert sum(sizes) < total + (sum(block) if block else len(sizes)) + 1e-6
    if block is not None:
        assert sizes[0] * block[1] == sizes[1] * block[0], "the ratio is kept exactly"


def test_swapped_arms_swap_their_sizes() -> None:
    assert Allocation.model_validate("2:1").rounded(100) == Allocation.model_validate("1:2").rounded(100)[::-1]


@pytest.mark.parametrize(("value", "whole"), [(49.46, 50), (50.0, 50), (50.00000000001, 50), (50.001, 51), (0.2, 1)])
def test_the_ceiling_forgives_what_numerics_add(value: float, whole: int) -> None:
    assert ceiling(value) == whole


def test_dropout_divides_by_what_remains() -> None:
    assert with_dropout((90, 45), 0.1) == (100, 50)
    assert with_dropout((90, 45), 0.0) == (90, 45)
    assert with_dropout((91,), 0.1) == (102,)
