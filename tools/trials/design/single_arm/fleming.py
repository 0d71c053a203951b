"""Fleming's multi-stage test: accept or reject early, with the size and power of the one-stage test nearly kept."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache

from scipy.stats import norm

from benchside.tools.trials.design.checks import error_rates, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, UnreachableError
from benchside.tools.trials.design.single_arm.simon_search import response_rates, single_stage_bound
from benchside.tools.trials.design.single_arm.stages import BinomialStages

LARGEST = 1_000
MOST_STAGES = 10


def fleming_boundaries(sizes: Sequence[int], p0: float, alpha: float) -> BinomialStages:
    """Acceptance and rejection points of a multi-stage test of p0 at cumulative `sizes` (Fleming 1982, section 3).

    With N the last size and z the normal quantile of 1 - alpha, the rejection point at m patients is one more than the
    whole number nearest to m p0 + z sqrt(N p0 (1 - p0)), and the acceptance point is the whole number nearest to
    m pa - z sqrt(N pa (1 - pa)), where pa is the rate against which the one-stage test of N patients has power
    1 - alpha: pa = (sqrt(N p0) + z sqrt(1 - p0))^2 / (N + z^2). At the last stage the acceptance point is one below
    the rejection point.

    Args:
        sizes: cumulative patients at each stage.
        p0: null response rate.
        alpha: one-sided; the exact size of the test is near it and is told by the stages' outcomes.
    """
    response_rates(p0, (1 + p0) / 2)
    error_rates(alpha, 1)
    ns = tuple(whole("sizes", n, 1, LARGEST) for n in sizes)
    if not 1 <= len(ns) <= MOST_STAGES or any(b <= a for a, b in itertools.pairwise(ns)):
        raise ContradictoryInputError(
            f"sizes are {list(ns)}",
            where="sizes",
            hint=f"Give 1 to {MOST_STAGES} strictly increasing cumulative sizes.",
        )
    total, z = ns[-1], float(norm.isf(alpha))
    pa = (math.sqrt(total * p0) + math.sqrt(1 - p0) * z) ** 2 / (total + z * z)
    efficacy = [_nearest(n * p0 + z * math.sqrt(total * p0 * (1 - p0))) + 1 for n in ns]
    futility = [_nearest(n * pa - z * math.sqrt(total * pa * (1 - pa))) for n in ns]
    last = min(efficacy[-1], total + 1)
    upper = [min(e, n + 1) for e, n in zip(efficacy[:-1], ns, strict=False)]
    lower = [max(min(f, e - 1), -1) for f, e in zip(futility[:-1], upper, strict=True)]
    return BinomialStages(ns, (*lower, last - 1), (*upper, last))


def equal_stages(total: int, stages: int) -> tuple[int, ...]:
    """Cumulative sizes of stages that are as equal as whole patients allow, larger ones first."""
    base, rest = divmod(total, stages)
    return tuple(base * (j + 1) + min(j + 1, rest) for j in range(stages))


@lru_cache(maxsize=64)
def fleming_design(p0: float, p1: float, alpha: float, power: float, *, stages: int = 2) -> BinomialStages:
    """The smallest test in equal stages whose boundaries meet both error rates exactly.

    Raises:
        UnreachableError: none up to 1,000 patients.
    """
    response_rates(p0, p1)
    error_rates(alpha, 1, power)
    k = whole("stages", stages, 1, MOST_STAGES)
    first = max(k, single_stage_bound(p0, p1, alpha, power, LARGEST))
    for total in range(first, LARGEST + 1):
        design = fleming_boundaries(equal_stages(total, k), p0, alpha)
        type_one, achieved = design.outcomes([p0, p1]).reject
        if type_one <= alpha and achieved >= power:
            return design
    raise UnreachableError(
        f"{LARGEST} patients in {k} stages do not tell a rate of {p1:g} from {p0:g}",
        where="p1",
        hint="Widen the difference of the rates, or allow larger errors.",
    )


def _nearest(x: float) -> int:
    return math.floor(x + 0.5)
