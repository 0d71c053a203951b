"""Bryant and Day's two-stage designs: stop for too few responses or for too many toxicities.

A design goes on after n1 patients with more than r1 responses and more than s1 patients without toxicity, and the
treatment is promising after n patients with more than r responses and more than s without toxicity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchside.tools.trials.design.checks import between, positive, probability, whole
from benchside.tools.trials.design.errors import ContradictoryInputError

Floats = NDArray[np.float64]
LARGEST = 200


@dataclass(frozen=True, slots=True)
class TwoEndpoints:
    """A two-stage design on response and freedom from toxicity."""

    n1: int
    n: int
    r1: int
    r: int
    s1: int
    s: int


@dataclass(frozen=True, slots=True)
class Rates:
    """Uninteresting and interesting response rate, unacceptable and acceptable toxicity rate, and their odds ratio.

    The odds ratio is that of response and freedom from toxicity within a patient; 1 is independence.
    """

    response0: float
    response1: float
    toxicity0: float
    toxicity1: float
    odds_ratio: float = 1.0

    def checked(self) -> Rates:
        """The same rates, in order and between 0 and 1."""
        if probability("response0", self.response0) >= probability("response1", self.response1):
            raise ContradictoryInputError(
                f"response1 {self.response1:g} is not above response0 {self.response0:g}",
                where="response1",
                hint="The interesting response rate is the higher one.",
            )
        if probability("toxicity1", self.toxicity1) >= probability("toxicity0", self.toxicity0):
            raise ContradictoryInputError(
                f"toxicity1 {self.toxicity1:g} is not below toxicity0 {self.toxicity0:g}",
                where="toxicity1",
                hint="The acceptable toxicity rate is the lower one.",
            )
        positive("odds_ratio", self.odds_ratio)
        return self


def cells(response: float, toxicity: float, odds_ratio: float) -> tuple[float, float, float, float]:
    """Probabilities of (response, no toxicity), (response, toxicity), (none, no toxicity), (none, toxicity)."""
    a, b = between("response", response, 0, 1, closed=True), 1 - between("toxicity", toxicity, 0, 1, closed=True)
    psi = positive("odds_ratio", odds_ratio)
    if abs(psi - 1) < 1e-9:
        both = a * b
    else:
        # the smaller root of the quadratic of Plackett, in the form that does not cancel
        q = 1 + (a + b) * (psi - 1)
        both = 2 * psi * a * b / (q + math.sqrt(max(q * q - 4 * psi * (psi - 1) * a * b, 0.0)))
    both = min(max(both, a + b - 1, 0.0), a, b)
    return both, a - both, b - both, max(1 - a - b + both, 0.0)


def joint_counts(n: int, response: float, toxicity: float, odds_ratio: float = 1.0) -> Floats:
    """Probability of each number of responses (rows) and of patients without toxicity (columns) among n."""
    pmf = np.ones((1, 1))
    of_one = cells(response, toxicity, odds_ratio)
    for _ in range(whole("n", n, 0, LARGEST)):
        pmf = with_one_more(pmf, of_one)
    return pmf


def with_one_more(pmf: Floats, of_one: tuple[float, float, float, float]) -> Floats:
    """Joint counts of one more patient, whose outcome has the probabilities of `cells`."""
    both, only_response, only_safe, neither = of_one
    new = np.zeros((pmf.shape[0] + 1, pmf.shape[1] + 1))
    new[1:, 1:] += both * pmf
    new[1:, :-1] += only_response * pmf
    new[:-1, 1:] += only_safe * pmf
    new[:-1, :-1] += neither * pmf
    return new


def characteristics(
    design: TwoEndpoints, response: float, toxicity: float, odds_ratio: float = 1.0
) -> tuple[float, float, float]:
    """Exact probability of a promising end, probability of early termination, and expected size at a truth."""
    first = joint_counts(design.n1, response, toxicity, odds_ratio)[design.r1 + 1 :, design.s1 + 1 :]
    go = float(first.sum())
    later = upper_tails(joint_counts(design.n - design.n1, response, toxicity, odds_ratio))
    x = np.arange(design.r1 + 1, design.n1 + 1)
    y = np.arange(design.s1 + 1, design.n1 + 1)
    promising = float((first * _more_than(later, design.r - x, design.s - y)).sum())
    return promising, 1 - go, design.n1 + go * (design.n - design.n1)


def upper_tails(pmf: Floats) -> Floats:
    """Probability of at least (i, j), padded so that an index beyond the end gives 0."""
    tail = np.cumsum(np.cumsum(pmf[::-1, ::-1], axis=0), axis=1)[::-1, ::-1]
    return np.asarray(np.pad(tail, ((0, 1), (0, 1))))


def _more_than(upper: Floats, x: NDArray[np.int64], y: NDArray[np.int64]) -> Floats:
    """Probability of more than x and more than y for each pair."""
    top = upper.shape[0] - 1
    return np.asarray(upper[np.ix_(np.clip(x + 1, 0, top), np.clip(y + 1, 0, top))])
