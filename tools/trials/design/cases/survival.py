"""Published survival cases, answered by the functions of `survival`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchside.tools.trials.design.allocation import ceiling
from benchside.tools.trials.design.cases.methods import Methods
from benchside.tools.trials.design.checks import finite, whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.sequential.plan import plan
from benchside.tools.trials.design.survival import formulas
from benchside.tools.trials.design.survival.accrual import Accrual, accrual_of, checked
from benchside.tools.trials.design.survival.events import EventModel, Stratum, checked_model
from benchside.tools.trials.design.survival.group_sequential import WeightedLooks, survival_plan, weighted_looks
from benchside.tools.trials.design.survival.moments import LOG_RANK, Weight, checked_weight
from benchside.tools.trials.design.survival.rates import PiecewiseRates, Risk, piecewise
from benchside.tools.trials.design.survival.solve import Solved, fixed_power, in_whole_numbers, solved

METHODS = Methods()
Inputs = Mapping[str, Any]
Answer = dict[str, Any]
Wanted = frozenset[str]
_PIECEWISE = "kMax timing alpha beta spending accrual_intensity pw_time strata lambda1 lambda2 dropout accrual followup"


@METHODS.method("schoenfeld_events", inputs="hr alpha beta p", expected="events")
def schoenfeld_events(inputs: Inputs, wanted: Wanted) -> Answer:
    """Events of a one-sided log-rank test."""
    return {
        "events": formulas.schoenfeld_events(
            inputs["hr"], inputs["alpha"], 1 - inputs["beta"], share=inputs.get("p", 0.5)
        )
    }


@METHODS.method("survival_conversion", inputs="lambda2 hr", expected="lambda1 median1 median2")
def survival_conversion(inputs: Inputs, wanted: Wanted) -> Answer:
    """Hazard and medians of both arms, 1 the treatment, from the hazard of the control and the ratio."""
    control = piecewise("lambda2", inputs["lambda2"])
    treatment = control.times(_positive(inputs, "hr"))
    return {"lambda1": treatment.rates[0], "median1": treatment.median(), "median2": control.median()}


@METHODS.method(
    "survival_log_rank",
    inputs="lambdaC hr accrual_rate accrual solve alpha beta min_followup total",
    expected="events n",
)
def survival_log_rank(inputs: Inputs, wanted: Wanted) -> Answer:
    """Fixed design by Lachin and Foulkes, for what is not given of accrual rate, its duration and follow-up."""
    unknown, accrual, follow_up = _unknown(inputs)
    model = _two_arms(inputs, accrual, follow_up, inputs.get("accrual_rate", 1.0))
    found = solved(model, fixed_power(inputs["hr"], inputs["alpha"]), 1 - inputs["beta"], unknown)
    return {"events": float(found.total_events(np.asarray(found.duration))), "n": found.accrual.total}


@METHODS.method(
    "survival_schoenfeld_power",
    inputs="lambdaC hr accrual_rate total min_followup alpha",
    expected="events power",
)
def survival_schoenfeld_power(inputs: Inputs, wanted: Wanted) -> Answer:
    """Events and power of a fixed design with given accrual."""
    model = _two_arms(inputs, inputs["total"] - inputs["min_followup"], inputs["min_followup"], inputs["accrual_rate"])
    events = float(model.total_events(np.asarray(model.duration)))
    return {"events": events, "power": formulas.schoenfeld_power(events, inputs["hr"], inputs["alpha"])}


@METHODS.method("lachin_foulkes_log_hr", inputs="l1 l2 Ts Tr alpha beta entry gamma eta ratio", expected="n events")
def lachin_foulkes_log_hr(inputs: Inputs, wanted: Wanted) -> Answer:
    """Participants (raised to an even number) and events (raised to a whole one), as gsDesign prints `nSurvival`."""
    model = _nsurvival(inputs)
    n = formulas.lachin_foulkes_participants(model, inputs["l2"] / inputs["l1"], inputs["alpha"], 1 - inputs["beta"])
    return {"n": 2 * ceiling(n / 2), "events": ceiling(n * _per_participant(model))}


@METHODS.method("lachin_foulkes_risk_diff", inputs="l1 l2 Ts Tr eta alpha beta variance", expected="n events exact_n")
def lachin_foulkes_risk_diff(inputs: Inputs, wanted: Wanted) -> Answer:
    """The same for the difference of hazards, with the variance of both hypotheses or of the alternative only."""
    variance = inputs.get("variance", "H0+H1")
    if variance not in ("H0+H1", "H1 only"):
        raise ImpossibleInputError(f"variance is {variance!r}", where="variance", hint="Give H0+H1 or H1 only.")
    model = _nsurvival(inputs)
    n = formulas.lachin_foulkes_difference(
        model,
        (inputs["l2"], inputs["l1"]),
        inputs["alpha"],
        1 - inputs["beta"],
        null_variance=variance == "H0+H1",
    )
    return {"n": 2 * ceiling(n / 2), "events": ceiling(n * _per_participant(model)), "exact_n": n}


@METHODS.method(
    "exponential_hazard_difference",
    inputs="l1 l2 accrual total gamma alpha_two_sided beta",
    expected="n_per_arm_formula",
)
def exponential_hazard_difference(inputs: Inputs, wanted: Wanted) -> Answer:
    """Participants of each arm for two exponential hazards (Chow, Shao and Wang)."""
    rates = (_positive(inputs, "l1"), _positive(inputs, "l2"))
    accrual = accrual_of(inputs["accrual"], 1.0, inputs.get("gamma", 0.0))
    arms = [Risk(PiecewiseRates.constant(rate)) for rate in rates]
    model = checked_model(EventModel(accrual, (Stratum(1.0, *arms),), inputs["total"] - inputs["accrual"]))
    n = formulas.exponential_difference_per_arm(model, rates, inputs["alpha_two_sided"], 1 - inputs["beta"])
    return {"n_per_arm_formula": n}


@METHODS.method("cox_equality", inputs="loghr p1 event_rate alpha_two_sided beta", expected="n_total exact")
def cox_equality(inputs: Inputs, wanted: Wanted) -> Answer:
    """Participants for a binary covariate of a Cox model."""
    n = formulas.cox_participants(
        finite("loghr", inputs["loghr"]),
        inputs["p1"],
        inputs["event_rate"],
        inputs["alpha_two_sided"],
        1 - inputs["beta"],
    )
    return {"n_total": ceiling(n), "exact": n}


@METHODS.method(
    "gs_survival",
    inputs="lambdaC hr eta T minfup k test_type total min_followup upper lower",
    expected="N events z_upper z_lower hr_at_upper hr_at_lower events_at_t30",
)
def gs_survival(inputs: Inputs, wanted: Wanted) -> Answer:
    """gsDesign's `gsSurv` with its defaults: one-sided alpha 0.025, power 0.9, HSD(-4) and HSD(-2), equal arms.

    `upper` and `lower` are a name, or a name and its parameter; "power" alone has the power 0.5 of gsDesign's own test.
    """
    duration, follow_up = inputs.get("T", inputs.get("total")), inputs.get("minfup", inputs.get("min_followup"))
    if duration is None or follow_up is None:
        raise ImpossibleInputError("no study duration or follow-up", where="T", hint="Give T and minfup.")
    model = _two_arms(inputs, duration - follow_up, follow_up, 1.0)
    k = whole("k", inputs.get("k", 3), 1, 50)
    kind = inputs.get("test_type", 4)
    if kind not in (1, 2, 3, 4, 5, 6):
        raise OutOfScopeError(f"the test type {kind!r}", where="test_type", hint="gsDesign has 1 to 6.")
    upper, lower = _spending(inputs, "upper", -4), _spending(inputs, "lower", -2)
    found = survival_plan(
        model,
        inputs["hr"],
        tuple((j + 1) / k for j in range(k)),
        alpha=0.05 if kind == 2 else 0.025,
        sides=2 if kind == 2 else 1,
        efficacy=upper,
        futility=None if kind in (1, 2) else lower,
        binding=kind in (3, 5),
        futility_under="null" if kind in (5, 6) else "alternative",
    )
    bounds = found.plan
    return {
        "N": 2 * ceiling(found.participants / 2),
        "events": [ceiling(float(d)) for d in found.events],
        "z_upper": bounds.upper.tolist(),
        "z_lower": bounds.lower.tolist(),
        "hr_at_upper": found.hazard_ratio_at(bounds.upper).tolist(),
        "hr_at_lower": found.hazard_ratio_at(bounds.lower).tolist(),
        "events_at_t30": found.events_at(30.0),
    }


@METHODS.method(
    "gs_survival_piecewise_stratified",
    inputs=f"{_PIECEWISE} solve",
    expected="intensity_first_last followup accrual",
)
def gs_survival_piecewise_stratified(inputs: Inputs, wanted: Wanted) -> Answer:
    """lrstat's `lrsamplesize`: accrual rates, accrual duration or follow-up, raised to whole participants or events."""
    names: dict[str, Solved] = {
        "intensity": "accrual rate",
        "follow-up": "follow-up",
        "accrual duration": "accrual duration",
    }
    if inputs["solve"] not in names:
        raise ImpossibleInputError(
            f"solve is {inputs['solve']!r}", where="solve", hint=f"Give one of {', '.join(names)}."
        )
    unknown = names[inputs["solve"]]
    model = _piecewise(inputs)
    found = solved(model, lambda one: _looks(inputs, one, LOG_RANK).power, 1 - inputs["beta"], unknown)
    found = in_whole_numbers(found, unknown)
    rates = found.accrual.rates.rates
    return {
        "intensity_first_last": [rates[0], rates[-1]],
        "followup": found.follow_up,
        "accrual": found.accrual.duration,
    }


@METHODS.method("gs_weighted_logrank", inputs=f"{_PIECEWISE} rho gamma", expected="power")
def gs_weighted_logrank(inputs: Inputs, wanted: Wanted) -> Answer:
    """lrstat's `lrpower` of a Fleming-Harrington test."""
    weight = checked_weight(inputs.get("rho", 0), inputs.get("gamma", 0))
    return {"power": _looks(inputs, _piecewise(inputs), weight).power}


def _positive(inputs: Inputs, name: str) -> float:
    value = finite(name, inputs[name])
    if value <= 0:
        raise ImpossibleInputError(f"{name} is {value:g}", where=name, hint="Give a value above 0.")
    return value


def _spending(inputs: Inputs, name: str, gamma: float) -> str:
    """A spending function from its name, or its name and parameter; `gamma` is what HSD has by default."""
    given = inputs.get(name, "HSD")
    parts: list[Any] = [given] if isinstance(given, str) else list(given)
    word, *parameters = parts
    known = {"hsd": ("hsd", gamma), "power": ("kim-demets", 0.5)}.get(str(word).lower())
    if known is None or len(parameters) > 1:
        raise OutOfScopeError(f"the spending {given!r}", where=name, hint="HSD or power, and a parameter.")
    return f"{known[0]}:{finite(name, parameters[0]) if parameters else known[1]!r}"


def _two_arms(inputs: Inputs, accrual: float, follow_up: float, rate: float) -> EventModel:
    control = PiecewiseRates.constant(_positive(inputs, "lambdaC"))
    dropout = piecewise("eta", inputs.get("eta", 0.0))
    risks = [Risk(control.times(_positive(inputs, "hr")), dropout), Risk(control, dropout)]
    return checked_model(EventModel(accrual_of(accrual, rate), (Stratum(1.0, *risks),), follow_up))


def _unknown(inputs: Inputs) -> tuple[Solved, float, float]:
    """What is to be solved for, and accrual duration and follow-up to start from."""
    accrual, follow_up, total = (inputs.get(name) for name in ("accrual", "min_followup", "total"))
    if accrual is None and total is not None and follow_up is not None:
        accrual = total - follow_up
    if follow_up is None and total is not None and accrual is not None:
        follow_up = total - accrual
    if accrual is not None and follow_up is not None:
        return "accrual rate", accrual, follow_up
    if accrual is not None and inputs.get("solve", "follow-up") == "follow-up":
        return "follow-up", accrual, accrual
    if follow_up is not None and inputs.get("solve", "accrual duration") == "accrual duration":
        return "accrual duration", max(follow_up, 1.0), follow_up
    raise ContradictoryInputError(
        "accrual and follow-up leave nothing or too much to solve for", where="solve", hint="Leave one of them out."
    )


def _nsurvival(inputs: Inputs) -> EventModel:
    entry = inputs.get("entry", "unif")
    if entry not in ("unif", "expo"):
        raise ImpossibleInputError(f"entry is {entry!r}", where="entry", hint="Give unif or expo.")
    decline = inputs["gamma"] if entry == "expo" else 0.0
    dropout = piecewise("eta", inputs.get("eta", 0.0))
    ratio = finite("ratio", inputs.get("ratio", 1))
    risks = [Risk(PiecewiseRates.constant(_positive(inputs, name)), dropout) for name in ("l2", "l1")]
    accrual = accrual_of(inputs["Tr"], 1.0, decline)
    return checked_model(EventModel(accrual, (Stratum(1.0, *risks),), inputs["Ts"] - inputs["Tr"], ratio / (1 + ratio)))


def _per_participant(model: EventModel) -> float:
    return float(model.total_events(np.asarray(model.duration))) / model.accrual.total


def _piecewise(inputs: Inputs) -> EventModel:
    """Strata one after the other in `lambda1` (treatment) and `lambda2` (control), steps within."""
    if inputs["accrual_intensity"] != "26/9*1..9 monthly ramp":
        raise OutOfScopeError("an accrual that cases do not name", where="accrual_intensity")
    ramp = PiecewiseRates(tuple(float(j) for j in range(9)), tuple(26 / 9 * (j + 1) for j in range(9)))
    if inputs["dropout"] != "-log(.95)/12":
        raise OutOfScopeError("a dropout that cases do not name", where="dropout")
    dropout = PiecewiseRates.constant(-math.log(0.95) / 12)
    starts = tuple(float(t) for t in inputs["pw_time"])
    strata = []
    for i, share in enumerate(inputs["strata"]):
        here = slice(i * len(starts), (i + 1) * len(starts))
        arms = [
            Risk(piecewise(name, list(zip(starts, inputs[name][here], strict=True))), dropout)
            for name in ("lambda1", "lambda2")
        ]
        strata.append(Stratum(share, *arms))
    accrual = checked(Accrual(ramp, inputs.get("accrual", 22)))
    return checked_model(EventModel(accrual, tuple(strata), inputs.get("followup", 18)))


def _looks(inputs: Inputs, model: EventModel, weight: Weight) -> WeightedLooks:
    if inputs["spending"] != "LD-OF":
        raise OutOfScopeError("a spending that cases do not name", where="spending")
    bounds = plan(inputs["timing"], inputs["alpha"], 1, 1 - inputs["beta"], "lan-demets-of")
    return weighted_looks(model, inputs["timing"], bounds.upper, weight=weight)
