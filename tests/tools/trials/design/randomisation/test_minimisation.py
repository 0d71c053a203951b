"""Minimisation: an example by hand, reproducibility, balance better than chance, and ratios that are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.randomisation.lists import Factor
from benchside.tools.trials.design.randomisation.minimisation import MinimisationPlan, Minimiser
from benchside.tools.trials.design.randomisation.schemes import Arm

FACTORS = (
    Factor(name="sex", levels=("f", "m")),
    Factor(name="age", levels=("<50", "50+")),
    Factor(name="stage", levels=("I", "II", "III")),
)
AB = (Arm(name="A"), Arm(name="B"))
PLAN = MinimisationPlan(arms=AB, factors=FACTORS)


def patients(n: int, seed: int = 1) -> list[tuple[str, dict[str, str]]]:
    rng = np.random.default_rng(seed)
    return [(f"P{i}", {f.name: str(rng.choice(f.levels)) for f in FACTORS}) for i in range(n)]


def filled(plan: MinimisationPlan, counts: dict[tuple[str, str], tuple[int, ...]]) -> Minimiser:
    made = Minimiser(plan, 1)
    for key, value in counts.items():
        made._counts[key] = np.array(value, dtype=float)
    return made


def test_imbalances_by_hand() -> None:
    # a woman under 50 of stage II, with 5 and 3 women, 4 and 6 under 50, and 2 and 2 of stage II in the arms so far
    counts = {("sex", "f"): (5, 3), ("age", "<50"): (4, 6), ("stage", "II"): (2, 2)}
    levels = ("f", "<50", "II")
    # to A: |6-3| + |5-6| + |3-2| = 5; to B: |5-4| + |4-7| + |2-3| = 5
    assert filled(PLAN, counts).imbalances(levels) == pytest.approx([5, 5])
    weighted = MinimisationPlan(arms=AB, factors=FACTORS, weights=(2, 1, 1))
    assert filled(weighted, counts).imbalances(levels) == pytest.approx([8, 6])
    # the variance of two numbers is half the square of their difference
    variance = MinimisationPlan(arms=AB, factors=FACTORS, measure="variance")
    assert filled(variance, counts).imbalances(levels) == pytest.approx([(9 + 1 + 1) / 2, (1 + 9 + 1) / 2])


def test_imbalances_of_unequal_arms_compare_counts_per_part() -> None:
    plan = MinimisationPlan(arms=(Arm(name="A", ratio=2), Arm(name="B")), factors=FACTORS[:1])
    # 4 : 2 is balanced; per mean part of 1.5 the counts are 3 and 3; one more in A gives 3.75, one more in B 4.5
    assert filled(plan, {("sex", "f"): (4, 2)}).imbalances(("f",)) == pytest.approx([0.75, 1.5])


def test_the_same_seed_and_order_give_the_same_arms_and_a_resumed_trial_goes_on() -> None:
    first, again = Minimiser(PLAN, 42), Minimiser(PLAN, 42)
    for patient, levels in patients(60):
        assert first.assign(patient, levels) == again.assign(patient, levels)
    resumed = Minimiser.resumed(PLAN, 42, first.history[:40])
    for patient, levels in patients(60)[40:]:
        resumed.assign(patient, levels)
    assert resumed.history == first.history
    assert "".join(r.arm for r in first.history[:24]) == "BABBBAAABBABABAAABBABBBA"
    other = Minimiser(PLAN, 43)
    for patient, levels in patients(60):
        other.assign(patient, levels)
    assert [r.arm for r in other.history] != [r.arm for r in first.history]


def test_a_history_that_was_changed_is_found() -> None:
    made = Minimiser(PLAN, 42)
    for patient, levels in patients(20):
        made.assign(patient, levels)
    history = list(made.history)
    history[7] = replace(history[7], arm="A" if history[7].arm == "B" else "B")
    with pytest.raises(DesignError) as caught:
        Minimiser.resumed(PLAN, 42, history)
    assert caught.value.where == "history"


@pytest.mark.parametrize("measure", ["range", "variance"])
def test_margins_are_balanced_far_better_than_by_chance(measure: str) -> None:
    plan = MinimisationPlan(arms=AB, factors=FACTORS, measure=measure)  # type: ignore[arg-type]
    worst = []
    for seed in range(20):
        made = Minimiser(plan, seed)
        for patient, levels in patients(120, seed):
            made.assign(patient, levels)
        worst.append(max(abs(int(row[3]) - int(row[4])) for row in made.balance().rows))  # type: ignore[arg-type]
    assert np.mean(worst) < 6  # about 10 by complete randomisation


def test_probability_one_always_takes_the_best_arm() -> None:
    made = Minimiser(MinimisationPlan(arms=AB, factors=FACTORS, probability=1), 3)
    for patient, levels in patients(80):
        row = made.assign(patient, levels)
        best = min(row.imbalance)
        assert row.imbalance[[a.name for a in AB].index(row.arm)] == pytest.approx(best)


def test_the_best_arm_is_taken_with_its_probability() -> None:
    taken = tries = 0
    for seed in range(12):
        made = Minimiser(PLAN, seed)
        for patient, levels in patients(150, seed):
            row = made.assign(patient, levels)
            if abs(row.imbalance[0] - row.imbalance[1]) > 1e-9:
                tries += 1
                taken += row.arm == ("A" if row.imbalance[0] < row.imbalance[1] else "B")
                assert max(row.probabilities) == pytest.approx(0.8)
            else:
                assert row.probabilities == pytest.approx((0.5, 0.5))
    assert taken / tries == pytest.approx(0.8, abs=3.5 * (0.8 * 0.2 / tries) ** 0.5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.floats(0.01, 1))
def test_the_probabilities_of_han_2009_keep_the_ratio(ratio: list[int], position: float) -> None:
    lowest = min(ratio) / sum(ratio)
    arms = tuple(Arm(name=str(i), ratio=r) for i, r in enumerate(ratio))
    plan = MinimisationPlan(arms=arms, factors=FACTORS, probability=lowest + position * (1 - lowest))
    matrix = np.array([plan.probabilities(best) for best in range(len(ratio))])
    assert (matrix >= -1e-12).all()
    assert matrix.sum(axis=1) == pytest.approx(np.ones(len(ratio)))
    shares = np.array(ratio) / sum(ratio)
    assert shares @ matrix == pytest.approx(shares)  # arms that are best as often as their share are drawn as often
    assert plan.probabilities(int(np.argmin(ratio))).max() >= plan.probability - 1e-12


def test_three_arms_of_unequal_size_end_near_their_ratio() -> None:
    arms = (Arm(name="A", ratio=3), Arm(name="B", ratio=2), Arm(name="C"))
    made = Minimiser(MinimisationPlan(arms=arms, factors=FACTORS), 5)
    for patient, levels in patients(600):
        made.assign(patient, levels)
    counts = [sum(r.arm == a.name for r in made.history) for a in arms]
    assert counts == pytest.approx([300, 200, 100], abs=12)
    assert "Han" not in made.plan.to_text().render()
    assert made.plan.to_text().cites == ("pocock-simon-1975", "han-2009")


def test_bad_patients_get_a_named_error() -> None:
    made = Minimiser(PLAN, 1)
    good = {"sex": "f", "age": "<50", "stage": "I"}
    made.assign("P1", good)
    for patient, levels in (
        ("P1", good),
        (" ", good),
        ("P2", {}),
        ("P2", good | {"stage": "IV"}),
        ("P2", good | {"site": "x"}),
        ("P2", {"sex": "f"}),
    ):
        with pytest.raises(DesignError) as caught:
            made.assign(patient, levels)
        assert caught.value.where
    assert len(made.history) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"arms": AB[:1]},
        {"factors": ()},
        {"weights": (1.0,)},
        {"weights": (1.0, 0.0, 1.0)},
        {"weights": (1.0, float("nan"), 1.0)},
        {"probability": 0.5},
        {"probability": 0.2},
        {"probability": 1.2},
        {"probability": float("nan")},
        {"factors": (FACTORS[0], FACTORS[0])},
    ],
    ids=str,
)
def test_bad_plans_get_a_named_error(given: dict[str, object]) -> None:
    with pytest.raises(DesignError) as caught:
        MinimisationPlan(**({"arms": AB, "factors": FACTORS} | given))  # type: ignore[arg-type]
    assert caught.value.where
