"""Closed formulas against the examples of Chow, Shao and Wang (2003), as cran/TrialSize prints them."""

from __future__ import annotations

import math

import pytest

from benchside.tools.trials.design.continuous.formulas import carryover_size, equivalence_size, mean_size
from benchside.tools.trials.design.errors import DesignError


def test_examples_of_the_book() -> None:
    # man/OneSampleMean.*.Rd, TwoSampleMean.*.Rd, TwoSampleCrossOver.*.Rd, ABE.Rd, Carry.Over.Rd
    assert math.ceil(mean_size(1, 0.5, 0.025, 0.2)) == 32
    assert math.ceil(mean_size(1, 1.0, 0.05, 0.2)) == 7
    assert math.ceil(equivalence_size(0.1**2, 0, 0.05, 0.05, 0.2)) == 35
    assert math.ceil(mean_size(2 * 0.1**2, 0.05, 0.025, 0.2)) == 63
    assert math.ceil(mean_size(2 * 0.1**2, 0.05, 0.05, 0.2)) == 50
    assert equivalence_size(2 * 0.1**2, 0.01, 0.05, 0.1, 0.1) == pytest.approx(107.048, abs=5e-4)
    assert math.ceil(mean_size(0.2**2 / 2, 0.1, 0.05, 0.2)) == 13
    assert math.ceil(mean_size(0.4**2 / 2, 0.173, 0.025, 0.2)) == 21
    assert math.ceil(carryover_size(0.025, 0.2, 2.3, 2.4, 0.89)) == 110


def test_the_crossover_example_of_equivalence_was_run_with_another_beta() -> None:
    # man/TwoSampleCrossOver.Equivalence.Rd calls it with beta 0.1 and prints 8, which is the answer at 0.2
    assert equivalence_size(0.2**2 / 2, -0.1, 0.25, 0.05, 0.1) == pytest.approx(9.6197, abs=1e-4)
    assert math.ceil(equivalence_size(0.2**2 / 2, -0.1, 0.25, 0.05, 0.2)) == 8


def test_unrounded_sizes_of_another_program() -> None:
    # ClinicalTrialUtilities.jl test/runtests.jl
    assert mean_size(2 * 20**2, 2, 0.05, 0.2) == pytest.approx(1236.511446403953, rel=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mean_size(0, 1, 0.05, 0.2),
        lambda: mean_size(1, 0, 0.05, 0.2),
        lambda: mean_size(1, math.nan, 0.05, 0.2),
        lambda: mean_size(1, 1, 0.5, 0.2),
        lambda: mean_size(1, 1, 0.05, 0.97),
        lambda: mean_size(True, 1, 0.05, 0.2),
        lambda: equivalence_size(1, 2, 1, 0.05, 0.2),
        lambda: carryover_size(0.05, 0.2, -1, 1, 1),
    ],
)
def test_impossible_values_are_named(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DesignError) as caught:
        call()
    assert caught.value.where
    assert caught.value.hint
