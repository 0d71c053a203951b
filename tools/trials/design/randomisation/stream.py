"""Random choices that are the same on each machine and with each version of numpy.

Numpy keeps the raw output of its bit generators and seed sequences as they are, but may change how its generators make
integers and permutations from it. So only the raw output is used, and the choices are made here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TypeVar

from numpy.random import PCG64, SeedSequence

from benchside.tools.trials.design.errors import ImpossibleInputError

ALGORITHM = "PCG64 seeded by SeedSequence (numpy), whole numbers by rejection, Fisher-Yates shuffle; version 1"
SEED_BITS = 128
T = TypeVar("T")


def new_seed() -> int:
    """A seed that nobody can guess, from the operating system."""
    return secrets.randbits(SEED_BITS)


def checked_seed(seed: int) -> int:
    """A whole number from 0 to 2**128 - 1."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**SEED_BITS:
        raise ImpossibleInputError(
            "the seed is no whole number of up to 128 bits", where="seed", hint="Leave it out to draw one."
        )
    return seed


class Stream:
    """A stream of random choices.

    Args:
        seed: of the whole list.
        key: of this stream; streams of different keys are independent, so that a stratum does not change others.
    """

    def __init__(self, seed: int, *key: int) -> None:
        self._raw = PCG64(SeedSequence(checked_seed(seed), spawn_key=key))

    def below(self, k: int) -> int:
        """A whole number from 0 to k - 1, each as likely."""
        limit = 2**64 - 2**64 % k
        while True:
            drawn = int(self._raw.random_raw())
            if drawn < limit:
                return drawn % k

    def uniform(self) -> float:
        """A number from 0 to below 1, with 53 bits."""
        return (int(self._raw.random_raw()) >> 11) / 2**53

    def weighted(self, weights: Sequence[float]) -> int:
        """An index, each in proportion to its weight."""
        at = self.uniform() * sum(weights)
        for i, w in enumerate(weights):
            at -= w
            if at < 0:
                return i
        return max(i for i, w in enumerate(weights) if w > 0)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in random order."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out
