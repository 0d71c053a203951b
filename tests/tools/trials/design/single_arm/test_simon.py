"""Simon's two-stage designs against his tables, against a plain search, and against simulated patients."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.single_arm.designs import Simon
from benchside.tools.trials.design.single_arm.simon_search import TwoStage, simon_designs

# Simon 1989, Tables 1 (upper eight rows) and 2: for (alpha, beta) of (0.10, 0.10), (0.05, 0.20), (0.05, 0.10), the
# optimal and the minimax design as r1/n1 r/n with the expected size under p0
TABLES = """
0.05 0.25|0/9 2/24 14.5|0/13 2/20 16.4|0/9 2/17 12.0|0/12 2/16 13.8|0/9 3/30 16.8|0/15 3/25 20.4
0.10 0.30|1/12 5/35 19.8|1/16 4/25 20.4|1/10 5/29 15.0|1/15 5/25 19.5|2/18 6/35 22.5|2/22 6/33 26.2
0.20 0.40|3/17 10/37 26.0|3/19 10/36 28.3|3/13 12/43 20.6|4/18 10/33 22.3|4/19 15/54 30.4|5/24 13/45 31.2
0.30 0.50|7/22 17/46 29.9|7/28 15/39 35.0|5/15 18/46 23.6|6/19 16/39 25.7|8/24 24/63 34.7|7/24 21/53 36.6
0.40 0.60|7/18 22/46 30.2|11/28 20/41 33.8|7/16 23/46 24.5|17/34 20/39 34.4|11/25 32/66 36.0|12/29 27/54 38.1
0.50 0.70|11/21 26/45 29.0|11/23 23/39 31.0|8/15 26/43 23.5|12/23 23/37 27.7|13/24 36/61 34.0|14/27 32/53 36.1
0.60 0.80|6/11 26/38 25.4|18/27 24/35 28.5|7/11 30/43 20.5|8/13 25/35 20.8|12/19 37/53 29.5|15/26 32/45 35.9
0.70 0.90|6/9 22/28 17.8|11/16 20/25 20.1|4/6 22/27 14.8|19/23 21/26 23.2|11/15 29/36 21.2|13/18 26/32 22.7
0.05 0.20|0/12 3/37 23.5|0/18 3/32 26.4|0/10 3/29 17.6|0/13 3/27 19.8|1/21 4/41 26.7|1/29 4/38 32.9
0.10 0.25|2/21 7/50 31.2|2/27 6/40 33.7|2/18 7/43 24.7|2/22 7/40 28.8|2/21 10/66 36.8|3/31 9/55 40.0
0.20 0.35|5/27 16/63 43.6|6/33 15/58 45.5|5/22 19/72 35.4|6/31 15/53 40.4|8/37 22/83 51.4|8/42 21/77 58.4
"""
ROWS = [line.split("|") for line in TABLES.strip().splitlines()]
ERRORS = ((0.10, 0.10), (0.05, 0.20), (0.05, 0.10))


def printed(design: TwoStage) -> str:
    return f"{design.r1}/{design.n1} {design.r}/{design.n}"


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r[0].strip())
def test_the_tables_of_simon_1989(row: list[str]) -> None:
    p0, p1 = map(float, row[0].split())
    for k, (alpha, beta) in enumerate(ERRORS):
        found = simon_designs(p0, p1, alpha, 1 - beta)
        for design, cell in ((found.optimal, row[1 + 2 * k]), (found.minimax, row[2 + 2 * k])):
            *numbers, expected = cell.split()
            assert printed(design) == " ".join(numbers)
            assert design.en0 == pytest.approx(float(expected), abs=0.06)


def plain(p0: float, p1: float, alpha: float, power: float, largest: int) -> tuple[TwoStage, TwoStage]:
    """Every r1, n1, r, n with nothing clever, straight from the definition."""
    found = []
    for n in range(2, largest + 1):
        for n1 in range(1, n):
            for r1 in range(n1):
                for r in range(r1, n):
                    reject = [
                        sum(binom.pmf(x, n1, p) * binom.sf(r - x, n - n1, p) for x in range(r1 + 1, n1 + 1))
                        for p in (p0, p1)
                    ]
                    if reject[0] <= alpha and reject[1] >= power:
                        pet = float(binom.cdf(r1, n1, p0))
                        found.append(
                            TwoStage(r1, n1, r, n, float(reject[0]), float(reject[1]), pet, n1 + (1 - pet) * (n - n1))
                        )
    return min(found, key=lambda d: d.en0), min(found, key=lambda d: (d.n, d.en0))


def test_a_search_without_any_shortcut_finds_the_same() -> None:
    optimal, minimax = plain(0.1, 0.5, 0.1, 0.8, 14)
    found = simon_designs(0.1, 0.5, 0.1, 0.8)
    for got, wanted in ((found.optimal, optimal), (found.minimax, minimax)):
        assert (got.r1, got.n1, got.n, got.en0) == pytest.approx((wanted.r1, wanted.n1, wanted.n, wanted.en0))
        assert got.type_one_error <= 0.1
        assert got.power >= 0.8


def test_properties_are_those_of_the_binomial_distribution() -> None:
    d = simon_designs(0.1, 0.3, 0.05, 0.8).optimal
    # the seven designs of IDDI-BE/PhIIdesign, inst/tinytest/test-simon2stage.R, end with this one
    assert d.type_one_error == pytest.approx(0.0470863066438917, abs=1e-12)
    assert 1 - d.power == pytest.approx(0.194937086849675, abs=1e-12)
    assert d.en0 == pytest.approx(15.0141203471, abs=1e-9)
    assert d.pet0 == pytest.approx(0.7360989291, abs=1e-9)


def test_admissible_designs_are_the_convex_hull() -> None:
    found = simon_designs(0.2, 0.4, 0.05, 0.8)
    hull = [d for d, _, _ in found.admissible]
    assert hull[0] == found.minimax
    assert hull[-1] == found.optimal
    slopes = [(b.en0 - a.en0) / (b.n - a.n) for a, b in pairwise(hull)]
    assert slopes == sorted(slopes)
    for d, low, high in found.admissible:
        q = (low + high) / 2
        assert all(q * d.n + (1 - q) * d.en0 <= q * e.n + (1 - q) * e.en0 + 1e-9 for e in found.by_size)
    # Jung et al. 2004: the weights cover all of 0 to 1
    assert [low for _, low, _ in found.admissible] == [*[high for _, _, high in found.admissible][1:], 0.0]


@pytest.mark.parametrize("criterion", ["optimal", "minimax", "admissible"])
def test_exact_characteristics_agree_with_simulated_patients(criterion: str) -> None:
    design = Simon(p0=0.2, p1=0.4, criterion=criterion, weight=0.14)  # type: ignore[arg-type]
    checked = design.verify(trials=100_000)
    assert checked.agrees, checked.table().rows
    assert {c.exactness for c in checked.checks} == {"exact"}


def test_a_weight_between_picks_the_design_in_the_middle_of_the_hull() -> None:
    assert Simon(p0=0.2, p1=0.4, criterion="admissible", weight=0.14).design().n == 38
    assert (
        Simon(p0=0.2, p1=0.4, criterion="admissible", weight=1).design()
        == Simon(p0=0.2, p1=0.4, criterion="minimax").design()
    )
    assert Simon(p0=0.2, p1=0.4, criterion="admissible", weight=0).design() == Simon(p0=0.2, p1=0.4).design()


def test_the_search_is_fast() -> None:
    simon_designs.cache_clear()
    begin = time.perf_counter()
    simon_designs(0.2, 0.35, 0.05, 0.9)
    assert time.perf_counter() - begin < 2  # 0.15 s when the machine is free


def test_the_answers_for_the_ward() -> None:
    design = Simon(p0=0.1, p1=0.3, dropout=0.1)
    rows = design.decision_table().rows
    assert rows == ((10, "0 to 1", "2 to 10", "–"), (29, "0 to 5", "–", "6 to 29"))
    size = design.sample_size()
    assert (size.evaluable, size.enrolled) == ((29,), (33,))
    text = design.to_text()
    assert "10 patients first" in text.render()
    assert "33 will be enrolled" in text.render()
    assert [t.name for t in design.tables()] == ["boundaries", "decisions", "operating_characteristics", "admissible"]
    characteristics = design.operating_characteristics()
    assert list(characteristics.column("reject")) == sorted(characteristics.column("reject"))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 0.5), st.floats(0.2, 0.4), st.sampled_from([0.05, 0.1]), st.sampled_from([0.8, 0.9]))
def test_every_design_meets_its_error_rates(p0: float, gain: float, alpha: float, power: float) -> None:
    found = simon_designs(p0, min(p0 + gain, 0.97), alpha, power)
    for d in (found.optimal, found.minimax):
        out = Simon(p0=p0, p1=min(p0 + gain, 0.97), alpha=alpha, power=power).stages().outcomes(p0)
        assert d.type_one_error <= alpha
        assert d.power >= power
        assert 0 <= d.r1 < d.n1 < d.n
        assert out.reject[0] <= alpha
    assert found.optimal.en0 <= found.minimax.en0
    assert found.minimax.n <= found.optimal.n


HOSTILE: list[dict[str, object]] = [
    {"p0": 0.3, "p1": 0.1},
    {"p0": 0.2, "p1": 0.2},
    {"p0": 0.0, "p1": 0.2},
    {"p0": 0.2, "p1": 1.0},
    {"p0": float("nan"), "p1": 0.2},
    {"p0": 0.2, "p1": float("inf")},
    {"p0": 0.2, "p1": 0.4, "alpha": 0.0},
    {"p0": 0.2, "p1": 0.4, "alpha": 0.6},
    {"p0": 0.2, "p1": 0.4, "power": 0.04},
    {"p0": 0.2, "p1": 0.4, "power": 1.0},
    {"p0": 0.2, "p1": 0.4, "dropout": 1.0},
    {"p0": 0.2, "p1": 0.4, "dropout": -0.1},
    {"p0": 0.2, "p1": 0.4, "criterion": "admissible", "weight": 2.0},
]


@pytest.mark.parametrize("given", HOSTILE, ids=str)
def test_bad_input_gets_a_named_error(given: dict[str, object]) -> None:
    with pytest.raises(DesignError) as caught:
        Simon(**given)  # type: ignore[arg-type]
    assert caught.value.where
    assert caught.value.hint


def test_rates_too_near_each_other_are_refused_quickly() -> None:
    begin = time.perf_counter()
    with pytest.raises(DesignError) as caught:
        Simon(p0=0.5, p1=0.501).sample_size()
    assert caught.value.where == "p1"
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize("truth", [1.2, -0.1, float("nan"), "alternative", True])
def test_a_truth_that_is_none_is_refused(truth: object) -> None:
    with pytest.raises(DesignError):
        Simon(p0=0.1, p1=0.3).simulate(truth, trials=1_000)
