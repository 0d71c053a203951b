"""How often a site could guess the next arm: the price of balance."""

from __future__ import annotations

import math

from benchside.tools.trials.design.checks import whole
from benchside.tools.trials.design.randomisation.lists import RandomisationPlan
from benchside.tools.trials.design.randomisation.schemes import PermutedBlocks
from benchside.tools.trials.design.randomisation.stream import Stream, checked_seed
from benchside.tools.trials.design.results import Column, Table


def predictability(plan: RandomisationPlan, *, lists: int = 1_000, seed: int = 1) -> Table:
    """Share of assignments that are guessed right, by simulation of one stratum of the plan.

    Two guessers see the earlier arms of the stratum, as in an open trial. The first guesses the arm that lags behind
    the ratio most, and at random among several (the convergence strategy of Blackwell and Hodges 1957). The second
    knows the scheme, its block sizes and where each block begins, and counts only assignments of which it is certain.

    Args:
        plan: arms, scheme, length.
        lists: simulated; these are not the list of the trial, whatever the seed.
        seed: of the simulation.
    """
    count = whole("lists", lists, 10, 100_000)
    checked_seed(seed)
    guessed: list[float] = []
    certain: list[float] = []
    for k in range(count):
        drawn = plan.scheme.sequence(Stream(seed, 1_000_000, k), plan.n, plan.ratio)[: plan.n]
        guessed.append(_convergence([arm for arm, _ in drawn], plan.ratio))
        certain.append(_certain(drawn, plan))
    chance = max(plan.ratio) / sum(plan.ratio)
    note = f"Guessing always the largest arm is right in {chance:.3g} of assignments."
    rows = (
        ("guessing the arm that lags behind", *_mean(guessed)),
        ("certain for one who knows the block sizes and where each block begins", *_mean(certain)),
    )
    return Table(
        "predictability",
        "Share of assignments that can be foreseen in an open trial",
        (
            Column("guesser", "guesser", digits=0),
            Column("share", "share", "1"),
            Column("standard_error", "Monte Carlo SE", digits=2),
        ),
        rows,
        (note, f"{count:,} simulated lists of {plan.n} assignments; one stratum."),
    )


def _convergence(arms: list[int], ratio: tuple[int, ...]) -> float:
    """Expected share of right guesses; a guess among k arms that lag equally counts by their shares of the ratio."""
    counts = [0] * len(ratio)
    right = 0.0
    for arm in arms:
        filled = [c / r for c, r in zip(counts, ratio, strict=True)]
        least = min(filled)
        lagging = [i for i, f in enumerate(filled) if math.isclose(f, least, abs_tol=1e-9)]
        largest = max(ratio[i] for i in lagging)
        best = [i for i in lagging if ratio[i] == largest]
        right += (arm in best) / len(best)
        counts[arm] += 1
    return right / len(arms)


def _certain(drawn: list[tuple[int, int]], plan: RandomisationPlan) -> float:
    """Share of assignments that no other completion of the block allows, whichever of the sizes it has."""
    scheme = plan.scheme
    if not isinstance(scheme, PermutedBlocks):
        return _certain_at_limit([arm for arm, _ in drawn], plan)
    total = sum(plan.ratio)
    counts = [0] * len(plan.ratio)
    block, certain = 0, 0
    for arm, number in drawn:
        if number != block:
            block, counts = number, [0] * len(plan.ratio)
        possible = set()
        for size in scheme.sizes:
            left = [r * size // total - c for r, c in zip(plan.ratio, counts, strict=True)]
            if min(left) >= 0:
                possible |= {i for i, more in enumerate(left) if more > 0}
                if sum(left) == 0:  # the block may have ended, and the next one begins with any arm
                    possible |= set(range(len(plan.ratio)))
        certain += len(possible) == 1
        counts[arm] += 1
    return certain / len(drawn)


def _certain_at_limit(arms: list[int], plan: RandomisationPlan) -> float:
    """The big stick is certain at its limit, a coin of probability one whenever the arms differ."""
    limit = getattr(plan.scheme, "limit", None)
    if limit is None and getattr(plan.scheme, "p", 0.0) == 1:
        limit = 1
    if limit is None:
        return 0.0
    ahead = certain = 0
    for arm in arms:
        certain += abs(ahead) >= limit
        ahead += 1 if arm == 0 else -1
    return certain / len(arms)


def _mean(values: list[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))
    return mean, spread / math.sqrt(len(values))
