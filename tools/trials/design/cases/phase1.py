"""Published cases of dose finding: adapters from the keys of the cases to the designs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchside.tools.trials.design.cases.methods import Answer, Methods
from benchside.tools.trials.design.checks import whole
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.phase1.boin import Boin, boin_boundaries
from benchside.tools.trials.design.phase1.crm import USUAL_PRIOR_SD
from benchside.tools.trials.design.phase1.crm_model import CrmModel, Curve, mle, posterior
from benchside.tools.trials.design.phase1.mtpi import Mtpi
from benchside.tools.trials.design.phase1.outcomes import read_path
from benchside.tools.trials.design.phase1.three_plus_three import three_plus_three

METHODS = Methods()
TIE_DIGITS = 9
USUAL_INTERCEPT = 3.0  # of dfcrm


@METHODS.method("boin_boundaries", inputs="target p_saf p_tox", expected="lambda_e lambda_d")
def boin_boundaries_case(inputs: Mapping[str, Any], wanted: frozenset[str]) -> Answer:
    """Escalation and de-escalation boundary."""
    escalate, deescalate = boin_boundaries(inputs["target"], inputs.get("p_saf"), inputs.get("p_tox"))
    return {"lambda_e": escalate, "lambda_d": deescalate}


@METHODS.method("boin_path", inputs="target doses path", expected="next_dose")
def boin_path_case(inputs: Mapping[str, Any], wanted: frozenset[str]) -> Answer:
    """Advice after each cohort of the path; None when the trial stops without a dose."""
    path = inputs["path"]
    text = path if isinstance(path, str) else " ".join(str(p) for p in path)
    # the sample size does not end the path, only the decisions are asked for
    most = max(36, read_path(text, whole("doses", inputs["doses"], 1, 20)).total + 1)
    design = Boin.model_validate({"doses": inputs["doses"], "target": inputs["target"], "max_n": most})
    return {"next_dose": [advice.dose for advice in design.follow(text)]}


@METHODS.method(
    "mtpi_decision_table", inputs="target eps exclusion prior", expected=" ".join(f"n{n}" for n in range(1, 31))
)
def mtpi_decision_table_case(inputs: Mapping[str, Any], wanted: frozenset[str]) -> Answer:
    """Letters at the lowest dose by DLTs from 0 to n; D* where de-escalation means stay."""
    eps = inputs["eps"]
    below, above = (eps, eps) if isinstance(eps, int | float) else eps
    sizes = sorted(int(key[1:]) for key in wanted if key[1:].isdigit())
    design = Mtpi.model_validate(
        {
            "target": inputs["target"],
            "epsilon_below": below,
            "epsilon_above": above,
            "elimination": inputs["exclusion"],
            "prior": tuple(inputs.get("prior", (1.0, 1.0))),
            "max_n": max(36, *sizes) if sizes else 36,
        }
    )
    letters = {n: [design.code(n, y) for y in range(n + 1)] for n in sizes}
    return {f"n{n}": ["D*" if letter == "D" else letter for letter in row] for n, row in letters.items()}


@METHODS.method("three_plus_three", inputs="p deescalation", expected="P_stop_at_dose P_none_stopped E_n E_n_dose1")
def three_plus_three_case(inputs: Mapping[str, Any], wanted: frozenset[str]) -> Answer:
    """Exact characteristics; the escalation stops at the same doses with and without de-escalation.

    Expected patients are given to three decimals, as the source prints them.
    """
    exact = three_plus_three(inputs["p"], deescalation=bool(inputs.get("deescalation", False)))
    return {
        "P_stop_at_dose": list(exact.stop_at_dose),
        "P_none_stopped": exact.none_stopped,
        "E_n": [round(n, 3) for n in exact.patients],
        "E_n_dose1": round(exact.patients[0], 3),
    }


@METHODS.method(
    "crm_bayes_empiric", inputs="skeleton target scale_sq prior_sd doses tox path", expected="beta_hat next ptox"
)
def crm_bayes_empiric_case(inputs: Mapping[str, Any], wanted: frozenset[str]) -> Answer:
    """Power model: posterior mean of beta after each patient, plug-in rates, and the dose nearest to the target."""
    return _bayes(inputs, "empiric", wanted)


@METHODS.method(
    "crm_bayes_logistic",
    inputs="skeleton target intercept scale_sq prior_sd doses tox path",
    expected="beta_hat next ptox",
)
def crm_bayes_logistic_case(inputs: Mapping[str, Any], wanted: frozenset[str]) -> Answer:
    """Logistic model with a fixed intercept, as `crm_bayes_empiric`."""
    return _bayes(inputs, "logistic", wanted)


@METHODS.method(
    "crm_mle_logistic", inputs="skeleton target intercept doses tox path", expected="beta_hat_from_3rd next ptox"
)
def crm_mle_logistic_case(inputs: Mapping[str, Any], wanted: frozenset[str]) -> Answer:
    """Estimates that guide the third and each later patient: each from the patients before."""
    model = _model(inputs, "logistic")
    data = list(_patient_by_patient(inputs, len(model.skeleton)))
    last = mle(model, *data[-1])
    rates = model.rates(last)
    return {
        "beta_hat_from_3rd": [mle(model, n, y) for n, y in data[1:-1]],
        "next": _nearest(rates, inputs["target"]),
        "ptox": [float(r) for r in rates],
    }


def _bayes(inputs: Mapping[str, Any], curve: Curve, wanted: frozenset[str]) -> Answer:
    model, target = _model(inputs, curve), inputs["target"]
    data = list(_patient_by_patient(inputs, len(model.skeleton)))
    steps = data if "beta_hat" in wanted else data[-1:]
    found = [posterior(model, target, n, y) for n, y in steps]
    rates = found[-1].rates
    return {
        "beta_hat": [p.mean for p in found],
        "next": _nearest(rates, target),
        "ptox": [float(r) for r in rates],
    }


def _model(inputs: Mapping[str, Any], curve: Curve) -> CrmModel:
    if "prior_sd" in inputs and "scale_sq" in inputs:
        raise ContradictoryInputError("prior_sd and scale_sq", where="prior_sd", hint="Leave out one of them.")
    spread = inputs["scale_sq"] ** 0.5 if "scale_sq" in inputs else inputs.get("prior_sd", USUAL_PRIOR_SD)
    return CrmModel(curve, tuple(inputs["skeleton"]), inputs.get("intercept", USUAL_INTERCEPT), spread).checked()


def _nearest(rates: np.ndarray[Any, np.dtype[np.float64]], target: float) -> int:
    return int(np.round(np.abs(rates - target), TIE_DIGITS).argmin()) + 1


def _patient_by_patient(inputs: Mapping[str, Any], levels: int) -> Iterator[tuple[list[int], list[int]]]:
    """Patients and DLTs by dose after each patient, or after each cohort of a path."""
    n, y = [0] * levels, [0] * levels
    if "path" in inputs:
        path = inputs["path"]
        text = path if isinstance(path, str) else " ".join(str(p) for p in path)
        steps: Sequence[tuple[int, int, int]] = [(d, sum(c), c[1]) for d, c in read_path(text, levels).cohorts]
    else:
        doses, tox = inputs["doses"], inputs["tox"]
        if len(doses) != len(tox):
            raise ContradictoryInputError(
                f"{len(doses)} doses and {len(tox)} outcomes", where="tox", hint="Give one outcome for each patient."
            )
        steps = [(whole("doses", d, 1, levels), 1, whole("tox", t, 0, 1)) for d, t in zip(doses, tox, strict=True)]
    if not steps:
        raise ImpossibleInputError("no patients", where="doses", hint="Give at least one patient.")
    for dose, patients, dlts in steps:
        n[dose - 1] += patients
        y[dose - 1] += dlts
        yield list(n), list(y)
