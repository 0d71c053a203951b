"""Published cases of ANCOVA, MMRM and slopes: longpower's tests and the tables that they reproduce."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchside.tools.trials.design.allocation import ceiling
from benchside.tools.trials.design.cases.methods import Methods
from benchside.tools.trials.design.checks import between, finite, positive, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.longitudinal.ancova import ancova_size
from benchside.tools.trials.design.longitudinal.covariance import (
    MOST_VISITS,
    autoregressive,
    exchangeable,
    random_slopes,
    unstructured,
)
from benchside.tools.trials.design.longitudinal.mmrm import ar1_factor, last_visit_factor, mmrm_total
from benchside.tools.trials.design.longitudinal.slopes import slope_size, slope_variance_per_participant
from benchside.tools.trials.design.statistic import Floats

METHODS = Methods()
_STRUCTURE = re.compile(r"(exchangeable|ar1|autoregressive)\s+([0-9]*\.?[0-9]+)\s*(?:\((\d+)\s*x\s*(\d+)\))?")


@METHODS.method("ancova_factor", inputs="n_ttest_per_arm rho", expected="n_per_arm")
def ancova_factor(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Borm et al. 2007: the t test's size times 1 - rho^2."""
    return {"n_per_arm": ancova_size(inputs["n_ttest_per_arm"], inputs["rho"])}


@METHODS.method("mmrm_ar1_phi", inputs="J dropout_last retention rho_1J", expected="phi")
def mmrm_ar1_phi(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Lu, Luo & Chen 2008, table 2: `rho_1J` is the correlation of the first and the last visit."""
    visits = whole("J", inputs["J"], 2, MOST_VISITS)
    if inputs.get("retention", "linear") != "linear":
        raise ImpossibleInputError(
            f"retention is {inputs['retention']!r}", where="retention", hint="Known here: linear."
        )
    lost = between("dropout_last", inputs["dropout_last"], 0, 0.999, closed=True)
    stay = tuple(float(r) for r in np.linspace(1, 1 - lost, visits))
    ends = [between("rho_1J", r, 0, 1 - 1e-12, closed=True) for r in _listed(inputs["rho_1J"])]
    return {"phi": [ar1_factor(r ** (1 / (visits - 1)), stay) for r in ends]}


@METHODS.method("mmrm_general", inputs="Ra retention sigma delta alpha_two_sided power", expected="n_per_arm n_total")
def mmrm_general(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """longpower's power.mmrm with equal arms; `n_per_arm` is not rounded, `n_total` has whole arms."""
    retention = [float(r) for r in inputs["retention"]]
    phi = last_visit_factor(_correlation(inputs["Ra"], len(retention)), retention)
    total = mmrm_total(
        phi, phi, 1.0, inputs["delta"], inputs["sigma"], alpha=inputs["alpha_two_sided"], power=inputs["power"]
    )
    return {"n_per_arm": total / 2, "n_total": 2 * ceiling(total / 2)}


@METHODS.method("mmrm_ancova_unequal", inputs="phi1 phi2 lambda alpha_two_sided power delta", expected="n_total_z")
def mmrm_ancova_unequal(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Lu, Luo & Chen 2008, table 1: totals of the normal test for factors and allocations."""
    columns = [_listed(inputs[k]) for k in ("phi1", "phi2", "lambda")]
    if len({len(c) for c in columns}) != 1:
        raise ContradictoryInputError("phi1, phi2 and lambda differ in length", where="phi1", hint="One of each.")
    return {
        "n_total_z": [
            mmrm_total(a, b, ratio, inputs["delta"], alpha=inputs["alpha_two_sided"], power=inputs["power"])
            for a, b, ratio in zip(*columns, strict=True)
        ]
    }


@METHODS.method("lmm_slope", inputs="t sig2_i sig2_s sig2_e corr_si delta alpha_two_sided power", expected="n_per_arm")
def lmm_slope(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """longpower's lmmpower, whose three methods agree without dropout."""
    times = _listed(inputs["t"])
    covariance = random_slopes(times, inputs["sig2_i"], inputs["sig2_s"], inputs["sig2_e"], inputs.get("corr_si", 0.0))
    variance = slope_variance_per_participant(times, covariance)
    size = slope_size(inputs["delta"], variance, variance, alpha=inputs["alpha_two_sided"], power=inputs["power"])
    return {"n_per_arm": size[0]}


@METHODS.method("slope_difference_exchangeable", inputs="t d rho sigma2 alpha_one_sided power", expected="n_per_group")
def slope_difference_exchangeable(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Diggle et al., table of section 2.4: whole sizes, a row for each correlation, a column for each variance."""
    times = _listed(inputs["t"])
    table = []
    for rho in _listed(inputs["rho"]):
        row = []
        for sigma2 in _listed(inputs["sigma2"]):
            covariance = positive("sigma2", sigma2) * exchangeable(len(times), rho)
            variance = slope_variance_per_participant(times, covariance)
            size = slope_size(
                inputs["d"], variance, variance, alpha=inputs["alpha_one_sided"], sides=1, power=inputs["power"]
            )
            row.append(ceiling(size[0]))
        table.append(row)
    return {"n_per_group": table}


def _listed(value: Any) -> list[float]:
    """One number or a list of them."""
    return [finite("value", v) for v in (value if isinstance(value, Sequence) else [value])]


def _correlation(given: Any, visits: int) -> Floats:
    """A matrix, or words such as `exchangeable .25 (4x4)`."""
    if not isinstance(given, str):
        return unstructured("Ra", given)
    found = _STRUCTURE.fullmatch(given.strip().lower())
    if found is None:
        raise ImpossibleInputError(f"Ra is {given[:60]!r}", where="Ra", hint="Write `exchangeable .25 (4x4)`.")
    name, rho, rows, columns = found.groups()
    if rows is not None and not int(rows) == int(columns) == visits:
        raise ContradictoryInputError(f"{rows}x{columns} and {visits} visits", where="Ra", hint="One for each visit.")
    if not math.isfinite(float(rho)):
        raise ImpossibleInputError(f"Ra is {given[:60]!r}", where="Ra", hint="Give a correlation below 1.")
    if name == "exchangeable":
        return exchangeable(visits, float(rho))
    return autoregressive([float(j) for j in range(1, visits + 1)], float(rho))
