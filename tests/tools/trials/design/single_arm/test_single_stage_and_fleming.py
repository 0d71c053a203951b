"""A'Hern's tables, Fleming's boundaries, and the recursion over stages that all exact designs share."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from benchside.tools.trials.design.cases.single_arm import METHODS
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.sequential.exact_binomial import binomial_crossing
from benchside.tools.trials.design.single_arm.designs import AHern, Fleming
from benchside.tools.trials.design.single_arm.fleming import equal_stages, fleming_boundaries
from benchside.tools.trials.design.single_arm.single_stage import ahern_design, at_size
from benchside.tools.trials.design.single_arm.stages import BinomialStages

# smallest n and critical count by the criterion of A'Hern 2001, at alpha 0.05 and 0.01 and power 0.8 and 0.9; each is
# confirmed by plain enumeration below
AHERN = {
    (0.05, 0.20): ((27, 4), (38, 5), (44, 7), (57, 8)),
    (0.05, 0.25): ((16, 3), (25, 4), (26, 5), (35, 6)),
    (0.10, 0.25): ((40, 8), (55, 10), (62, 13), (78, 15)),
    (0.10, 0.30): ((25, 6), (33, 7), (37, 9), (49, 11)),
    (0.20, 0.40): ((35, 12), (47, 15), (52, 18), (67, 22)),
    (0.30, 0.50): ((39, 17), (53, 22), (60, 27), (79, 34)),
    (0.50, 0.70): ((37, 24), (53, 33), (64, 42), (80, 51)),
    (0.70, 0.90): ((28, 24), (37, 31), (44, 38), (53, 45)),
}


@pytest.mark.parametrize(("p0", "p1"), AHERN)
def test_the_single_stage_table(p0: float, p1: float) -> None:
    for (alpha, power), wanted in zip(product((0.05, 0.01), (0.8, 0.9)), AHERN[p0, p1], strict=True):
        d = ahern_design(p0, p1, alpha, power)
        assert (d.n, d.reject_at) == wanted


@pytest.mark.parametrize(("p0", "p1"), AHERN)
def test_no_smaller_trial_meets_both_by_plain_enumeration(p0: float, p1: float) -> None:
    for (alpha, power), (smallest, critical) in zip(product((0.05, 0.01), (0.8, 0.9)), AHERN[p0, p1], strict=True):
        for n in range(1, smallest + 1):
            c = np.arange(n + 2)
            meets = (binom.sf(c - 1, n, p0) <= alpha) & (binom.sf(c - 1, n, p1) >= power)
            assert meets.any() == (n == smallest)
        assert meets[critical]
        assert not meets[:critical].any()


def test_the_stable_size_holds_for_every_larger_trial() -> None:
    d = ahern_design(0.2, 0.4, 0.05, 0.8, stable=True)
    assert d.n == 38
    assert at_size(37, 0.2, 0.4, 0.05).power < 0.8
    assert all(at_size(n, 0.2, 0.4, 0.05).power >= 0.8 for n in range(38, 120))


def test_fleming_1982_boundaries_are_those_of_the_south_west_oncology_group() -> None:
    # 20 + 20 patients for 5% against 20% stop at no response and need 5 of 40 (the standard two-stage design of
    # Green and Dahlberg, Statistics in Medicine 1992; 11: 853-862)
    stages = fleming_boundaries((20, 40), 0.05, 0.05)
    assert (stages.futility, stages.efficacy) == ((0, 4), (4, 5))


def test_fleming_points_follow_the_formula_by_hand() -> None:
    # N = 50, p0 = 0.2, z = 1.645: sqrt(N p0 q0) = 2.828, so r = [4 + 4.652] + 1, [7 + 4.652] + 1, [10 + 4.652] + 1;
    # pa = (3.162 + 1.471)^2 / 52.706 = 0.4073, z sqrt(N pa qa) = 5.715, so a = [8.146 - 5.715], [14.26 - 5.715]
    stages = fleming_boundaries((20, 35, 50), 0.2, 0.05)
    assert stages.efficacy == (10, 13, 16)
    assert stages.futility == (2, 9, 15)


def test_one_stage_of_fleming_is_a_single_test() -> None:
    one = fleming_boundaries((35,), 0.2, 0.05)
    assert one.efficacy == (12,)
    assert one.outcomes(0.2).reject[0] == pytest.approx(binom.sf(11, 35, 0.2))
    assert equal_stages(50, 3) == (17, 34, 50)


@pytest.mark.parametrize("design", [AHern(p0=0.1, p1=0.3), Fleming(p0=0.2, p1=0.4, looks=3), Fleming(p0=0.1, p1=0.3)])
def test_exact_characteristics_agree_with_simulated_patients(design: AHern | Fleming) -> None:
    checked = design.verify(trials=100_000)
    assert checked.agrees, checked.table().rows
    size = design.sample_size()
    assert size.power is not None
    assert size.power >= design.power
    assert next(q.value for q in size.extra if q.name == "type_one_error") <= design.alpha  # type: ignore[operator]


def test_given_sizes_tell_their_exact_errors_and_promise_nothing() -> None:
    design = Fleming(p0=0.05, p1=0.2, sizes=(20, 40))
    size = design.sample_size()
    error = next(q.value for q in size.extra if q.name == "type_one_error")
    assert error == pytest.approx(0.05188329, abs=1e-8)
    assert "as given" in size.rule
    assert "at most" not in design.to_text().render()


def by_paths(stages: BinomialStages, p: float) -> tuple[float, float]:
    """Rejection and expected size, over every sequence of outcomes one by one."""
    reject = size = 0.0
    for path in product((0, 1), repeat=stages.sizes[-1]):
        chance = float(np.prod([p if x else 1 - p for x in path]))
        for n, low, high in zip(stages.sizes, stages.futility, stages.efficacy, strict=True):
            x = sum(path[:n])
            if x <= low or x >= high:
                size += chance * n
                reject += chance * (x >= high)
                break
    return reject, size


def test_the_recursion_agrees_with_every_path_and_with_the_sequential_engine() -> None:
    stages = BinomialStages((3, 6, 10), (0, 1, 4), (3, 6, 5))
    for p in (0.1, 0.35, 0.8):
        out = stages.outcomes(p)
        assert (out.reject[0], out.expected_size[0]) == pytest.approx(by_paths(stages, p), abs=1e-12)
        other = binomial_crossing(stages.sizes, stages.futility, stages.efficacy, p)
        assert out.efficacy[0] == pytest.approx(other.upper, abs=1e-13)
        assert out.futility[0] == pytest.approx(other.lower, abs=1e-13)


def test_rates_of_zero_and_one_are_certain() -> None:
    out = BinomialStages((10, 29), (1, 5), (11, 6)).outcomes([0.0, 1.0])
    assert out.reject == pytest.approx([0, 1])
    assert out.early == pytest.approx([1, 0])


@pytest.mark.parametrize(
    ("sizes", "futility", "efficacy"),
    [
        ((), (), ()),
        ((10, 10), (1, 5), (11, 6)),
        ((20, 10), (1, 5), (21, 6)),
        ((10, 20), (1, 5), (11, 8)),
        ((10, 20), (5, 5), (4, 6)),
        ((10, 20), (1,), (11, 6)),
        ((10.5, 20), (1, 5), (11, 6)),
        ((float("nan"), 20), (1, 5), (11, 6)),
        ((10, 20), (11, 5), (12, 6)),
    ],
)
def test_boundaries_that_are_none(sizes: tuple[int, ...], futility: tuple[int, ...], efficacy: tuple[int, ...]) -> None:
    with pytest.raises(DesignError) as caught:
        BinomialStages(sizes, futility, efficacy)
    assert caught.value.where


@pytest.mark.parametrize(
    "given",
    [{"looks": 0}, {"looks": 99}, {"sizes": (20, 10)}, {"sizes": (0, 10)}, {"looks": 3, "sizes": (10, 20)}],
    ids=str,
)
def test_bad_stages_get_a_named_error(given: dict[str, object]) -> None:
    with pytest.raises(DesignError) as caught:
        Fleming(p0=0.1, p1=0.3, **given)  # type: ignore[arg-type]
    assert caught.value.where


def test_the_published_cases(shared: Path) -> None:
    cases = json.loads((shared / "reference" / "trial_design_cases.json").read_text(encoding="utf-8"))
    mine = [c for c in (cases["cases"] if isinstance(cases, dict) else cases) if c["method"] in METHODS.by_name]
    assert len(mine) >= 7
    for case in mine:
        got = METHODS.by_name[case["method"]].answer(case["inputs"], frozenset(case["expected"]))
        for key, wanted in case["expected"].items():
            if key == "wrong_in_repo":
                assert got["correct_optimal"] != wanted
            elif isinstance(wanted, dict):
                assert got[key]["r1_n1_r_n"] == wanted["r1_n1_r_n"]
                assert got[key]["EN0"] == pytest.approx(wanted["EN0"], abs=0.05)
                assert got[key]["PET0"] == pytest.approx(wanted["PET0"], abs=0.005)
            else:
                assert got[key] == wanted
