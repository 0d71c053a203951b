"""Randomisation lists: reproducible to the letter, balanced as promised, and how far they can be guessed."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.trials.design.errors import DesignError, OutOfScopeError
from benchside.tools.trials.design.randomisation.lists import (
    Factor,
    RandomisationPlan,
    check_list,
    make_list,
)
from benchside.tools.trials.design.randomisation.predictability import predictability
from benchside.tools.trials.design.randomisation.schemes import (
    AnyScheme,
    Arm,
    BiasedCoin,
    BigStick,
    Complete,
    PermutedBlocks,
    Urn,
)
from benchside.tools.trials.design.randomisation.stream import Stream, new_seed

AB = (Arm(name="A"), Arm(name="B"))


def plan(
    scheme: AnyScheme, n: int = 24, arms: tuple[Arm, ...] = AB, factors: tuple[Factor, ...] = ()
) -> RandomisationPlan:
    return RandomisationPlan(arms=arms, scheme=scheme, n=n, factors=factors)


def letters(scheme: AnyScheme, seed: int, n: int = 24, arms: tuple[Arm, ...] = AB) -> str:
    return "".join(r.arm for r in make_list(plan(scheme, n, arms), seed).rows)


PINNED = {
    "blocks of four": "ABBABAABABBAAABBBABAAABB",
    "blocks of four and six": "BAABABBAABAABABBABABAAABBB",
    "complete": "ABAABAABAABBBBAAABBBBABB",
    "coin": "ABBAABBABBBBBAAAAABAABBB",
    "urn": "AABBABBBAAAAAABABAABABAB",
    "stick": "BBBAAABAABBAABBBAAABBABB",
}
SCHEMES: list[AnyScheme] = [
    Complete(), PermutedBlocks(sizes=(4,)), PermutedBlocks(sizes=(2, 4, 6)), BiasedCoin(), BigStick(), Urn(),
]  # fmt: skip


def test_a_seed_gives_the_same_list_on_every_machine() -> None:
    # written down once; a change of these letters breaks every list that was ever filed
    assert letters(PermutedBlocks(sizes=(4,)), 20_261_124) == PINNED["blocks of four"]
    assert letters(PermutedBlocks(sizes=(4, 6)), 20_261_124) == PINNED["blocks of four and six"]
    assert letters(Complete(), 20_261_124) == PINNED["complete"]
    assert letters(BiasedCoin(), 20_261_124) == PINNED["coin"]
    assert letters(Urn(), 20_261_124) == PINNED["urn"]
    assert letters(BigStick(), 2**128 - 1) == PINNED["stick"]


def test_the_raw_stream_is_that_of_pcg64() -> None:
    raw = np.random.PCG64(np.random.SeedSequence(5, spawn_key=(2,)))
    stream = Stream(5, 2)
    assert [stream.below(2**32) for _ in range(5)] == [int(raw.random_raw()) % 2**32 for _ in range(5)]


def test_whole_numbers_and_shuffles_are_uniform() -> None:
    stream = Stream(1)
    counts = Counter(stream.below(6) for _ in range(60_000))
    assert sum((c - 10_000) ** 2 / 10_000 for c in counts.values()) < 20.5  # chi-squared, 5 df, 0.001
    orders = Counter("".join(stream.shuffled("abc")) for _ in range(60_000))
    assert len(orders) == 6
    assert sum((c - 10_000) ** 2 / 10_000 for c in orders.values()) < 20.5


def test_drawn_seeds_differ_and_are_long() -> None:
    seeds = {new_seed() for _ in range(100)}
    assert len(seeds) == 100
    assert max(seeds) > 2**100


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**128 - 1),
    st.lists(st.integers(1, 3), min_size=2, max_size=4),
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.integers(1, 40),
)
def test_permuted_blocks_hold_the_ratio(seed: int, ratio: list[int], multiples: list[int], n: int) -> None:
    arms = tuple(Arm(name=f"T{i}", ratio=r) for i, r in enumerate(ratio))
    sizes = tuple(m * sum(ratio) for m in multiples)
    found = make_list(plan(PermutedBlocks(sizes=sizes), n, arms, (Factor(name="site", levels=("1", "2")),)), seed)
    assert all(holds for _, holds in check_list(found).rows)
    for stratum in found.plan.strata():
        rows = [r for r in found.rows if r.stratum == stratum]
        assert n <= len(rows) < n + max(sizes)
        for block in {r.block for r in rows}:
            counts = Counter(r.arm for r in rows if r.block == block)
            assert len({counts[a.name] / a.ratio for a in arms}) == 1


def test_strata_have_streams_of_their_own() -> None:
    two = make_list(plan(PermutedBlocks(sizes=(4,)), 40, AB, (Factor(name="site", levels=("1", "2")),)), 3)
    three = make_list(plan(PermutedBlocks(sizes=(4,)), 40, AB, (Factor(name="site", levels=("1", "2", "3")),)), 3)
    assert three.rows[: len(two.rows)] == two.rows
    first, second = ([r.arm for r in two.rows if r.stratum == s] for s in two.plan.strata())
    assert first != second
    assert two.plan.strata() == ("site=1", "site=2")


def test_a_big_stick_never_exceeds_its_limit_and_a_coin_of_one_alternates() -> None:
    ahead = 0
    for letter in letters(BigStick(limit=2), 9, 500):
        ahead += 1 if letter == "A" else -1
        assert abs(ahead) <= 2
    certain = letters(BiasedCoin(p=1), 9, 100)
    assert all(set(certain[i : i + 2]) == {"A", "B"} for i in range(0, 100, 2))


def test_the_balance_of_each_scheme_is_that_of_its_theory() -> None:
    # variance of the difference after n: n for complete randomisation, n/3 in the limit for the urn UD(0, 1) (Wei 1978)
    def differences(scheme: AnyScheme, n: int, count: int = 1_500) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        drawn = [scheme.sequence(Stream(2, k), n, (1, 1)) for k in range(count)]
        return np.array([sum(1 - 2 * arm for arm, _ in d) for d in drawn], dtype=float)

    assert differences(Complete(), 100).var() == pytest.approx(100, rel=0.12)
    assert differences(Urn(start=0, add=1), 100).var() == pytest.approx(100 / 3, rel=0.12)
    # Efron 1971: the difference after an even number is 0 with probability (r - 1) / r in the limit, r = p / q = 2
    assert (differences(BiasedCoin(), 100) == 0).mean() == pytest.approx(1 / 2, abs=0.04)


def test_an_unequal_ratio_is_kept_by_complete_randomisation() -> None:
    arms = (Arm(name="A", ratio=3), Arm(name="B", ratio=1))
    share = letters(Complete(), 4, 8_000, arms).count("A") / 8_000
    assert share == pytest.approx(0.75, abs=4 * math.sqrt(0.75 * 0.25 / 8_000))


def test_guessing_the_lagging_arm_as_blackwell_and_hodges_say() -> None:
    # a block of 2m gives (2^2m / C(2m, m) - 1) / 2 right guesses above one half each
    for m in (1, 2, 3):
        excess = (4**m / comb(2 * m, m) - 1) / 2
        table = predictability(plan(PermutedBlocks(sizes=(2 * m,)), 12 * m))
        share, error = table.column("share")[0], table.column("standard_error")[0]
        assert isinstance(share, float)
        assert isinstance(error, float)
        assert share == pytest.approx((m + excess) / (2 * m), abs=3 * error + 1e-12)
    # Efron 1971: one half plus (r - 1) / (4 r) in the limit
    coin = predictability(plan(BiasedCoin(), 200), lists=400).column("share")[0]
    assert coin == pytest.approx(0.5 + 1 / 8, abs=0.006)
    assert predictability(plan(Complete(), 50)).column("share")[0] == pytest.approx(0.5, abs=0.01)


def test_what_is_certain_for_one_who_knows_the_scheme() -> None:
    assert predictability(plan(PermutedBlocks(sizes=(2,)), 20)).column("share")[1] == 0.5
    # blocks of four: the last is always certain, the third when the first two are alike, which is one time in three
    assert predictability(plan(PermutedBlocks(sizes=(4,)), 40)).column("share")[1] == pytest.approx(1 / 3, abs=0.005)
    several = predictability(plan(PermutedBlocks(sizes=(4, 6, 8)), 48)).column("share")
    assert isinstance(several[0], float)
    assert isinstance(several[1], float)
    assert several[1] < 0.15
    assert predictability(plan(Complete(), 20)).column("share")[1] == 0
    assert predictability(plan(BiasedCoin(p=1), 20)).column("share")[1] == pytest.approx(0.5)


def test_balance_and_checks_find_what_is_wrong() -> None:
    found = make_list(plan(PermutedBlocks(sizes=(4,)), 8), 1)
    assert found.balance().rows == (("all", 8, 4, 4, 0.0, found.balance().rows[0][-1]),)
    swapped = replace(found, rows=(replace(found.rows[0], arm="B"), *found.rows[1:]))
    if swapped.rows == found.rows:
        swapped = replace(found, rows=(replace(found.rows[0], arm="A"), *found.rows[1:]))
    failed = [name for name, holds in check_list(swapped).rows if not holds]
    assert failed == ["each block is complete and has the ratio", "the seed gives the same list again"]
    doubled = replace(found, rows=(*found.rows, found.rows[0]))
    assert dict(check_list(doubled).rows)["identifiers are unique"] is False  # type: ignore[arg-type]


def test_the_text_tells_no_block_size() -> None:
    text = plan(PermutedBlocks(sizes=(4, 6)), 24, AB, (Factor(name="site", levels=("x", "y")),)).to_text()
    assert not re.search(r"\d", re.sub(r"\{\w+\}", "", text.template))
    assert not re.search(r"\b[46]\b", text.render())
    assert "stratified by site" in text.render()


@pytest.mark.parametrize("scheme", [BiasedCoin(), BigStick(), Urn()])
def test_schemes_for_equal_arms_refuse_others_by_name(scheme: AnyScheme) -> None:
    with pytest.raises(OutOfScopeError, match=scheme.label):
        plan(scheme, 10, (Arm(name="A", ratio=2), Arm(name="B")))


def test_three_arms() -> None:
    arms = (*AB, Arm(name="C"))
    assert set(letters(Urn(), 1, 60, arms)) == {"A", "B", "C"}
    with pytest.raises(OutOfScopeError):
        plan(BiasedCoin(), 10, arms)


@pytest.mark.parametrize(
    "given",
    [
        {"arms": AB[:1]},
        {"arms": (AB[0], AB[0])},
        {"n": 0},
        {"n": 10**9},
        {"n": 1.5},
        {"scheme": {"kind": "permuted-blocks", "sizes": (3,)}},
        {"scheme": {"kind": "permuted-blocks", "sizes": ()}},
        {"scheme": {"kind": "permuted-blocks", "sizes": (4, 1000)}},
        {"scheme": {"kind": "biased-coin", "p": 0.4}},
        {"scheme": {"kind": "biased-coin", "p": float("nan")}},
        {"factors": ({"name": "site", "levels": ("a",)},)},
        {"factors": ({"name": "site", "levels": ("a", "a")},)},
        {"factors": ({"name": "site", "levels": ("a", "b")}, {"name": "site", "levels": ("a", "b")})},
        {"factors": tuple({"name": f"f{i}", "levels": tuple("abcdefgh")} for i in range(5))},
    ],
    ids=str,
)
def test_bad_plans_get_a_named_error(given: dict[str, object]) -> None:
    with pytest.raises((DesignError, ValueError)) as caught:
        RandomisationPlan.model_validate(
            {"arms": AB, "scheme": {"kind": "permuted-blocks", "sizes": (4,)}, "n": 10} | given
        )
    if isinstance(caught.value, DesignError):
        assert caught.value.where
    else:
        assert "n\n" in str(caught.value)  # only what is no number at all is left to the types


@pytest.mark.parametrize("seed", [-1, 2**128, 1.5, True, "7"])
def test_bad_seeds_are_refused(seed: object) -> None:
    with pytest.raises(DesignError) as caught:
        make_list(plan(Complete()), seed)  # type: ignore[arg-type]
    assert caught.value.where == "seed"


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: s.kind)
def test_every_scheme_is_reproducible_and_passes_its_checks(scheme: AnyScheme) -> None:
    found = make_list(plan(scheme), 12)
    assert found == make_list(plan(scheme), 12)
    assert found.rows != make_list(plan(scheme), 13).rows
    assert all(holds for _, holds in check_list(found).rows)
