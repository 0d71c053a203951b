"""Published cases of single-arm designs: Simon, A'Hern, Lee and Liu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchside.tools.trials.design.cases.methods import Methods
from benchside.tools.trials.design.single_arm.predictive import predictive_probability
from benchside.tools.trials.design.single_arm.simon_search import TwoStage, simon_designs
from benchside.tools.trials.design.single_arm.single_stage import ahern_design

METHODS = Methods()


@METHODS.method("simon_two_stage", inputs="p0 p1 alpha beta", expected="optimal minimax correct_optimal wrong_in_repo")
def simon_two_stage(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Optimal and minimax designs; `correct_optimal` is the four numbers of the optimal one."""
    found = simon_designs(inputs["p0"], inputs["p1"], inputs["alpha"], 1 - inputs["beta"])
    return {
        "optimal": _row(found.optimal),
        "minimax": _row(found.minimax),
        "correct_optimal": _numbers(found.optimal),
    }


@METHODS.method("single_stage_exact", inputs="p0 p1 alpha power", expected="smallest_n reject_if_at_least")
def single_stage_exact(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """The smallest n that meets both error rates."""
    found = ahern_design(inputs["p0"], inputs["p1"], inputs["alpha"], inputs["power"])
    return {"smallest_n": found.n, "reject_if_at_least": found.reject_at}


@METHODS.method("bayes_predictive_probability", inputs="n_max n x prior p0 theta_T", expected="pp")
def bayes_predictive_probability(inputs: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Predictive probability of a convincing posterior at the maximum size."""
    return {
        "pp": predictive_probability(
            inputs["x"],
            inputs["n"],
            inputs["n_max"],
            p0=inputs["p0"],
            theta_t=inputs["theta_T"],
            prior=inputs["prior"],
        )
    }


def _row(design: TwoStage) -> dict[str, Any]:
    return {"r1_n1_r_n": _numbers(design), "EN0": design.en0, "PET0": design.pet0}


def _numbers(d: TwoStage) -> list[int]:
    return [d.r1, d.n1, d.r, d.n]
