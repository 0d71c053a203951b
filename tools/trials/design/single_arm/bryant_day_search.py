"""Exhaustive search of Bryant and Day's optimal design, with a bound that proves where it may end."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from benchside.tools.trials.design.checks import between, probability, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, UnreachableError
from benchside.tools.trials.design.single_arm.bryant_day import (
    LARGEST,
    Rates,
    TwoEndpoints,
    cells,
    upper_tails,
    with_one_more,
)
from benchside.tools.trials.design.single_arm.simon_search import single_stage_bound

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_TRIED = 60_000  # first stages of dependent endpoints, about 0.1 ms each
GOOD, POOR, TOXIC = 0, 1, 2  # the treatment to be found, the one with too few responses, the one that is too toxic


@lru_cache(maxsize=32)
def bryant_day_design(
    rates: Rates, alpha_response: float, alpha_toxicity: float, power: float, *, largest: int = LARGEST
) -> TwoEndpoints:
    """The optimal design: it minimises the larger of the two expected sizes under a treatment to be dropped.

    Those are a treatment with the uninteresting response rate and acceptable toxicity, and one with the interesting
    response rate and unacceptable toxicity (Bryant and Day 1995, section 2). Among final bounds that meet the three
    error rates at the same first stage and size, those with the highest power are taken. The search is exhaustive; it
    ends when the smallest expected size that any first stage allows, which rises with n, is above the best one.

    Args:
        rates: response and toxicity rates with their odds ratio.
        alpha_response: largest probability of a promising end at the uninteresting response rate.
        alpha_toxicity: the same at the unacceptable toxicity rate.
        power: probability of a promising end at the interesting response and acceptable toxicity rate.
        largest: the search gives up beyond this size.

    Raises:
        UnreachableError: no design up to `largest`, or a search over dependent endpoints that would take minutes.
    """
    rates.checked()
    for name, value in (("alpha_response", alpha_response), ("alpha_toxicity", alpha_toxicity)):
        between(name, value, 0, 0.5)
    if probability("power", power) <= max(alpha_response, alpha_toxicity):
        raise ContradictoryInputError(
            f"the power {power:g} is not above both error rates", where="power", hint="Ask for 0.8 or 0.9."
        )
    whole("largest", largest, 2, LARGEST)
    search = _Search(rates, alpha_response, alpha_toxicity, power)
    first = search.smallest(largest)
    search.extend()
    for n in range(2, largest + 1):
        search.extend()
        if search.bounds(n).min() >= search.value:
            break
        if n >= first:
            search.try_size(n)
    if search.best is None or (n == largest and search.bounds(n).min() < search.value):
        raise UnreachableError(
            f"no design of up to {largest} patients is known to be optimal",
            where="response1",
            hint="Widen the differences of the rates, or allow larger errors.",
        )
    return search.best


class _Search:
    """Probabilities of all sizes so far, and the best design so far with its value."""

    def __init__(self, rates: Rates, alpha_response: float, alpha_toxicity: float, power: float) -> None:
        self.rates, self.power = rates, power
        self.alphas = {POOR: alpha_response, TOXIC: alpha_toxicity}
        points = (
            (rates.response1, rates.toxicity1),
            (rates.response0, rates.toxicity1),
            (rates.response1, rates.toxicity0),
        )
        self.cells = [cells(*p, rates.odds_ratio) for p in points]
        self.joint: list[list[Floats]] = [[np.ones((1, 1))] for _ in points]
        self.upper = [[upper_tails(j[0])] for j in self.joint]
        self.least: list[float] = [1.0]
        # margins, the good rate first: responses, then patients without toxicity
        self.response = [_Margin(p) for p in (rates.response1, rates.response0)]
        self.safe = [_Margin(1 - p) for p in (rates.toxicity1, rates.toxicity0)]
        self.best: TwoEndpoints | None = None
        self.value = math.inf
        self.tried = 0

    def limit(self, which: int) -> float:
        """Largest probability with which one endpoint alone may pass at its poor rate.

        The other endpoint passes with at least the power at its good rate. Both pass at least as often as the product
        says when they are associated (odds ratio of 1 or more), and never less than the sum minus one.
        """
        alpha = self.alphas[which]
        return min(1.0, alpha / self.power if self.rates.odds_ratio >= 1 else alpha + 1 - self.power)

    def smallest(self, largest: int) -> int:
        """No smaller trial can judge either endpoint."""
        rates = self.rates
        found = 0
        for name, low, high, which in (
            ("response1", rates.response0, rates.response1, POOR),
            ("toxicity1", 1 - rates.toxicity0, 1 - rates.toxicity1, TOXIC),
        ):
            try:
                found = max(found, single_stage_bound(low, high, self.limit(which), self.power, largest))
            except UnreachableError:
                raise UnreachableError(
                    f"{largest} patients do not tell the two rates of {name[:-1]} apart",
                    where=name,
                    hint="Widen the difference of the rates, or allow larger errors.",
                ) from None
        return found

    def extend(self) -> None:
        """Tables of one more patient, and how few poor treatments a first stage that leaves the power lets go on."""
        for which, of_one in enumerate(self.cells):
            self.joint[which].append(with_one_more(self.joint[which][-1], of_one))
            self.upper[which].append(upper_tails(self.joint[which][-1]))
        for margin in (*self.response, *self.safe):
            margin.extend()
        good = self.upper[GOOD][-1][1:-1, 1:-1] >= self.power
        go = self.goes(len(self.least))
        self.least.append(float(go[good].min()) if good.any() else 1.0)

    def goes(self, n1: int) -> Floats:
        """The larger probability to go on of the two treatments to be dropped, for each pair of first-stage bounds."""
        return np.asarray(np.maximum(self.upper[POOR][n1], self.upper[TOXIC][n1])[1:-1, 1:-1])

    def bounds(self, n: int) -> Floats:
        """From below, the larger expected size of any design of n patients, for n1 from 1 to n - 1."""
        n1 = np.arange(1, n)
        return np.asarray(n1 + np.array(self.least[1:n]) * (n - n1))

    def try_size(self, n: int) -> None:
        """Keep the best design of n patients if it beats those before."""
        lower = self.bounds(n)
        for i in np.argsort(lower, kind="stable"):
            if lower[i] >= self.value:
                return
            self._try_first(int(i) + 1, n)

    def _try_first(self, n1: int, n: int) -> None:
        need, psi = self.power, self.rates.odds_ratio
        r1, r, good_r, poor_r = _pairs(self.response, n1, n, need, self.limit(POOR))
        s1, s, good_s, toxic_s = _pairs(self.safe, n1, n, need, self.limit(TOXIC))
        if r1.size == 0 or s1.size == 0:
            return
        power = np.outer(good_r, good_s)
        possible = np.ones(power.shape, dtype=bool)
        if psi >= 1:  # both pass at least as often as the product says (Esary et al. 1967)
            possible &= np.outer(poor_r, good_s) <= self.alphas[POOR]
            possible &= np.outer(good_r, toxic_s) <= self.alphas[TOXIC]
        if psi <= 1:
            possible &= power >= need
        value = n1 + self.goes(n1)[np.ix_(r1, s1)] * (n - n1)
        possible &= value < self.value
        if not possible.any():
            return
        if psi == 1:
            best = np.where(possible, value, math.inf)
            i, j = np.unravel_index(int(np.argmax(np.where(best == best.min(), power, -1.0))), best.shape)
            self._keep(float(best[i, j]), TwoEndpoints(n1, n, int(r1[i]), int(r[i]), int(s1[j]), int(s[j])))
            return
        i_of, j_of = np.nonzero(possible)
        order = np.argsort(value[i_of, j_of], kind="stable")
        seen: set[tuple[int, int]] = set()
        for i, j in zip(i_of[order], j_of[order], strict=True):
            first = (int(r1[i]), int(s1[j]))
            if first in seen:
                continue
            if value[i, j] >= self.value:
                return
            seen.add(first)
            final = self._final(n1, n, first, np.unique(r[r1 == first[0]]), np.unique(s[s1 == first[1]]))
            if final is not None:
                self._keep(float(value[i, j]), TwoEndpoints(n1, n, first[0], final[0], first[1], final[1]))
                return

    def _keep(self, value: float, design: TwoEndpoints) -> None:
        if value < self.value:
            self.value, self.best = value, design

    def _final(self, n1: int, n: int, first: tuple[int, int], r: Ints, s: Ints) -> tuple[int, int] | None:
        """The final bounds with the highest power when the endpoints depend on each other; none if none will do."""
        self.tried += 1
        if self.tried > MOST_TRIED:
            raise UnreachableError(
                f"the search with an odds ratio of {self.rates.odds_ratio:g} is too large",
                where="odds_ratio",
                hint="Design under independence; the characteristics show how little the association changes.",
            )
        fits = self.upper[GOOD][n][np.ix_(r + 1, s + 1)] >= self.power  # one look at the end has no less
        if not fits.any():
            return None
        power = self._passes(GOOD, (n1, n), first, r, s)
        fits &= power >= self.power
        for which in (POOR, TOXIC):
            if not fits.any():
                return None
            fits &= self._passes(which, (n1, n), first, r, s) <= self.alphas[which]
        if not fits.any():
            return None
        i, j = np.unravel_index(int(np.argmax(np.where(fits, power, -1.0))), fits.shape)
        return int(r[i]), int(s[j])

    def _passes(self, which: int, sizes: tuple[int, int], first: tuple[int, int], r: Ints, s: Ints) -> Floats:
        """Probability of a promising end for each pair of final bounds."""
        n1, n = sizes
        pmf = self.joint[which][n1][first[0] + 1 :, first[1] + 1 :]
        upper = self.upper[which][n - n1]
        top = upper.shape[0] - 1
        x, y = np.arange(first[0] + 1, n1 + 1), np.arange(first[1] + 1, n1 + 1)
        rows = np.clip(r[:, None] - x + 1, 0, top)
        columns = np.clip(s[:, None] - y + 1, 0, top)
        half = pmf.T @ upper[rows]  # (r, y, later): summed over the responses of the first stage
        return np.asarray(np.take_along_axis(half.transpose(0, 2, 1), columns[None], axis=1).sum(axis=-1))


class _Margin:
    """Binomial probabilities of one endpoint at one rate, for every size so far."""

    def __init__(self, p: float) -> None:
        self.p = p
        self.pmf: list[Floats] = [np.ones(1)]
        self.above: list[Floats] = [np.array([1.0, 0.0])]  # more than -1, more than 0

    def extend(self) -> None:
        n = len(self.pmf)
        self.pmf.append(np.asarray(binom.pmf(np.arange(n + 1), n, self.p)))
        self.above.append(np.asarray(binom.sf(np.arange(-1, n + 1), n, self.p)))

    def two_stage(self, n1: int, n: int, c: Ints) -> Floats:
        """Probability of more than c1 among n1 and more than c among n, for c1 from 0 to n1 - 1 and each c."""
        later = np.clip(c[None, :] - np.arange(n1 + 1)[:, None] + 1, 0, n - n1 + 1)
        terms = self.pmf[n1][:, None] * self.above[n - n1][later]
        return np.asarray(np.cumsum(terms[::-1], axis=0)[::-1][1:])


def _pairs(margins: list[_Margin], n1: int, n: int, need: float, limit: float) -> tuple[Ints, Ints, Floats, Floats]:
    """First-stage and final bounds of one endpoint that leave the power, with its probability to pass at both rates."""
    c = np.flatnonzero(margins[0].above[n][1:] >= need)  # one look at the end has no less power
    if c.size == 0:
        return c, c, np.array([]), np.array([])
    good, poor = (m.two_stage(n1, n, c) for m in margins)
    fits = (good >= need) & (poor <= limit) & (c[None, :] >= np.arange(n1)[:, None])
    first, final = np.nonzero(fits)
    return first, c[final], good[fits], poor[fits]
