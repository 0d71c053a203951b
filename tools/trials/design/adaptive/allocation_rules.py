"""Response-adaptive allocation of two arms or more with a binary outcome: the probability of each arm for the next one.

A rule sees the successes and participants of the arms so far and answers with shares; it is vectorised over trials, so
that the same code runs a simulation and the exact recursion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import xlog1py, xlogy

from benchside.tools.trials.design.statistic import Floats

Rule = Literal["equal", "thompson", "biased-coin", "play-the-winner"]
Target = Literal["neyman", "rsihr", "urn"]
RULES: dict[str, str] = {
    "equal": "equal allocation",
    "thompson": "Bayesian adaptive randomisation (Thompson), by powers of the probability to be best",
    "biased-coin": "doubly adaptive biased coin design",
    "play-the-winner": "randomised play-the-winner urn",
}
_GRID = 128
_MOST_PAIRED = 4_000  # distinct posteriors up to which all pairs of two arms are worked out at once
_ROWS = 4_000


@dataclass(frozen=True)
class Allocator:
    """A rule with its settings.

    Attributes:
        rule: of `RULES`.
        power: of the probability to be best, for `thompson`; None is n / (2 N), which starts equal (Thall & Wathen
            2007).
        gamma: of the biased coin: 0 draws the target itself, large is nearly deterministic (Hu & Zhang 2004).
        target: of the biased coin: `neyman` for power, `rsihr` for fewest failures at a power (Rosenberger et al.
            2001), `urn` for the limit of the play-the-winner urn.
        start, reward: balls per arm at the start, and added for each outcome, of the urn (Wei & Durham 1978).
        prior: a, b of the beta prior of each arm, for `thompson`.
        total: planned participants.
    """

    rule: Rule
    total: int
    power: float | None = None
    gamma: float = 2.0
    target: Target = "rsihr"
    start: float = 1.0
    reward: float = 1.0
    prior: tuple[float, float] = (1.0, 1.0)

    def shares(self, successes: Floats, sizes: Floats) -> Floats:
        """Probabilities of the arms for the next participant.

        Args:
            successes, sizes: of the arms so far, shape (trials, arms).

        Returns:
            Shape (trials, arms), rows sum to 1.
        """
        arms = successes.shape[1]
        if self.rule == "equal":
            return np.full(successes.shape, 1 / arms)
        if self.rule == "play-the-winner":
            failures = sizes - successes
            # a success adds balls of its own colour, a failure shares them among the other arms
            others = (failures.sum(axis=1, keepdims=True) - failures) / (arms - 1)
            balls = self.start + self.reward * (successes + others)
            return np.asarray(balls / balls.sum(axis=1, keepdims=True), dtype=float)
        if self.rule == "biased-coin":
            return self._coin(successes, sizes)
        return self._thompson(successes, sizes)

    def _coin(self, successes: Floats, sizes: Floats) -> Floats:
        rates = (successes + 0.5) / (sizes + 1)  # shrunk, so that no target is 0 or 1 while little is known
        failing = 1 - rates
        if self.target == "neyman":
            weight = np.sqrt(rates * failing)
        elif self.target == "rsihr":
            weight = np.sqrt(rates)
        else:
            weight = 1 / failing
        rho = weight / weight.sum(axis=1, keepdims=True)
        share = np.maximum(sizes, 1e-9) / np.maximum(sizes.sum(axis=1, keepdims=True), 1e-9)
        pull = rho * (rho / share) ** self.gamma
        return np.asarray(pull / pull.sum(axis=1, keepdims=True), dtype=float)

    def _thompson(self, successes: Floats, sizes: Floats) -> Floats:
        best = probability_best(successes + self.prior[0], sizes - successes + self.prior[1])
        seen = sizes.sum(axis=1, keepdims=True)
        exponent = seen / (2 * self.total) if self.power is None else self.power
        pull = np.maximum(best, 1e-12) ** exponent
        return np.asarray(pull / pull.sum(axis=1, keepdims=True), dtype=float)


def probability_best(a: Floats, b: Floats) -> Floats:
    """Posterior probability of each arm to have the largest rate, from beta distributions; shapes (trials, arms).

    By the midpoint rule on a common grid, good to three digits.
    """
    arms = a.shape[1]
    keys, where = np.unique((a + 1j * b).ravel(), return_inverse=True)  # a complex key sorts pairs in one go
    index = np.asarray(where).reshape(a.shape)
    points = _GRID if float((a + b).max()) < 300 else 4 * _GRID  # posteriors get narrower than the coarse grid
    x = (np.arange(points) + 0.5) / points
    logs = xlogy(keys.real[:, None] - 1, x) + xlog1py(keys.imag[:, None] - 1, -x)
    density = np.exp(logs - logs.max(axis=1, keepdims=True))
    density /= density.sum(axis=1, keepdims=True)
    below = np.cumsum(density, axis=1) - density / 2
    if arms == 2 and len(density) <= _MOST_PAIRED:
        ahead = density @ below.T
        found = np.stack([ahead[index[:, 0], index[:, 1]], ahead[index[:, 1], index[:, 0]]], axis=1)
        return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=float)
    found = np.empty(a.shape)
    for start in range(0, len(a), _ROWS):
        rows = index[start : start + _ROWS]
        for i in range(arms):
            product = density[rows[:, i]]
            for j in range(arms):
                if j != i:
                    product = product * below[rows[:, j]]
            found[start : start + _ROWS, i] = product.sum(axis=1)
    return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=float)


@dataclass(frozen=True)
class Outcome:
    """What an adaptive trial does.

    Attributes:
        reject: probability to reject, for each treatment against the control (the last arm).
        sizes: expected size of each arm.
        failures: expected number of failures.
        spread: standard deviation of the size of the first arm.
    """

    reject: Floats
    sizes: Floats
    failures: float
    spread: float


def z_statistics(successes: Floats, sizes: Floats) -> Floats:
    """Pooled z of each treatment against the control, the last arm; shape (trials, arms - 1), 0 where undefined."""
    x, n = successes[:, :-1], sizes[:, :-1]
    y, m = successes[:, -1:], sizes[:, -1:]
    pooled = (x + y) / np.maximum(n + m, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (x / n - y / m) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return np.asarray(np.where(np.isfinite(z), z, 0.0), dtype=float)


def exact_two_arms(allocator: Allocator, rates: tuple[float, float], burn_in: int, critical: float) -> Outcome:
    """Exact characteristics of two arms, by a recursion over (size of the first arm, successes of both).

    Args:
        allocator: the rule; participants come one at a time.
        rates: success rates of treatment and control.
        burn_in: participants that each arm gets first, unadapted.
        critical: of the pooled z, one-sided.
    """
    from scipy.stats import binom

    n = allocator.total
    starts = [binom.pmf(np.arange(burn_in + 1), burn_in, p) for p in rates]
    state = np.zeros((2 * burn_in + 1,) * 3)
    state[burn_in, : burn_in + 1, : burn_in + 1] = np.outer(*starts)
    for seen in range(2 * burn_in, n):
        held = np.nonzero(state)
        chance = state[held]
        first, wins, other = held
        successes = np.stack([wins, other], axis=1).astype(float)
        sizes = np.stack([first, seen - first], axis=1).astype(float)
        share = allocator.shares(successes, sizes)[:, 0]
        following = np.zeros((seen + 2,) * 3)
        treat, control = chance * share, chance * (1 - share)
        # each target cell is reached from one cell at most for a given outcome, so that plain indexing adds up
        following[first + 1, wins + 1, other] += treat * rates[0]
        following[first + 1, wins, other] += treat * (1 - rates[0])
        following[first, wins, other + 1] += control * rates[1]
        following[first, wins, other] += control * (1 - rates[1])
        state = following
    held = np.nonzero(state)
    chance = state[held]
    sizes = np.stack([held[0], n - held[0]], axis=1).astype(float)
    successes = np.stack([held[1], held[2]], axis=1).astype(float)
    reject = float(chance @ (z_statistics(successes, sizes)[:, 0] >= critical - 1e-12))
    expected = chance @ sizes
    spread = float(np.sqrt(max(chance @ sizes[:, 0] ** 2 - expected[0] ** 2, 0.0)))
    failures = float(expected @ (1 - np.asarray(rates)))
    return Outcome(np.asarray([reject]), np.asarray(expected), failures, spread)


def simulate_arms(
    allocator: Allocator,
    rates: Floats,
    *,
    burn_in: int,
    block: int,
    rng: np.random.Generator,
    trials: int,
) -> tuple[Floats, Floats]:
    """Successes and sizes of the arms at the end of simulated trials, shapes (trials, arms).

    The shares are worked out anew for every `block` participants.
    """
    arms = len(rates)
    sizes = np.full((trials, arms), float(burn_in))
    successes = rng.binomial(burn_in, rates, (trials, arms)).astype(float)
    left = allocator.total - burn_in * arms
    while left > 0:
        now = min(block, left)
        share = allocator.shares(successes, sizes)
        more = rng.multinomial(now, share / share.sum(axis=1, keepdims=True))
        successes += rng.binomial(more, rates)
        sizes += more
        left -= now
    return successes, sizes
