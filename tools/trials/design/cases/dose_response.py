"""Published cases of dose-response and QT studies: the examples of TrialSize, after Chow, Shao & Wang.

Sizes are not rounded: the man pages state them rounded, sometimes up and sometimes to the nearest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchside.tools.trials.design.cases.methods import Methods
from benchside.tools.trials.design.checks import probability
from benchside.tools.trials.design.dose_response.contrasts import binary_contrast_total, means_contrast_total
from benchside.tools.trials.design.dose_response.qt import qt_crossover_size, qt_parallel_size
from benchside.tools.trials.design.dose_response.williams import minimum_effect_size
from benchside.tools.trials.design.errors import ContradictoryInputError

METHODS = Methods()


@METHODS.method("dose_response_linear_contrast", inputs="alpha beta sigma mu c f", expected="n")
def dose_response_linear_contrast(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Dose.Response.Linear: participants in all groups, one-sided alpha."""
    total = means_contrast_total(
        inputs["mu"], inputs["c"], inputs["sigma"], inputs["f"], alpha=inputs["alpha"], power=_power(inputs)
    )
    return {"n": total}


@METHODS.method("dose_response_binary_contrast", inputs="alpha beta p c f", expected="n")
def dose_response_binary_contrast(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Dose.Response.binary: participants in all groups, one-sided alpha.

    The man page's 382 has the variance under the null in both terms; the formula of the package's code, with the
    variance under the alternative in the second, gives 336.7 for the same inputs. The figure is what a case holds.
    """
    total = binary_contrast_total(
        inputs["p"], inputs["c"], inputs["f"], alpha=inputs["alpha"], power=_power(inputs), variance="null"
    )
    return {"n": total}


@METHODS.method("dose_min_effect", inputs="alpha beta qt sigma delta", expected="n")
def dose_min_effect(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Dose.Min.Effect: participants in each group; `qt` is the critical value of Williams' test at alpha."""
    probability("alpha", inputs["alpha"])
    return {"n": minimum_effect_size(inputs["qt"], inputs["delta"], inputs["sigma"], _power(inputs))}


@METHODS.method("qt_parallel", inputs="args", expected="n")
def qt_parallel(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """QT.parallel(alpha, beta, pho, K, delta): subjects in each group."""
    alpha, beta, rho, replicates, delta = _arguments(inputs["args"], 5, "alpha, beta, pho, K, delta")
    return {"n": qt_parallel_size(delta, rho, replicates, alpha=alpha, power=1 - beta)}


@METHODS.method("qt_crossover", inputs="args", expected="n")
def qt_crossover(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """QT.crossover(alpha, beta, pho, K, delta, gamma): subjects in each sequence."""
    alpha, beta, rho, replicates, delta, gamma = _arguments(inputs["args"], 6, "alpha, beta, pho, K, delta, gamma")
    return {"n": qt_crossover_size(delta, rho, replicates, gamma, alpha=alpha, power=1 - beta)}


def _power(inputs: Mapping[str, Any]) -> float:
    return 1 - probability("beta", inputs["beta"])


def _arguments(given: Sequence[float], count: int, names: str) -> Sequence[float]:
    if len(given) != count:
        raise ContradictoryInputError(f"{len(given)} arguments", where="args", hint=f"Give {names}.")
    return given
