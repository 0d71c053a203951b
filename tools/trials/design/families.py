"""Designs from flat settings: what is typed on a command line, written in a TOML file, or sent by a model.

`{"design": "two-proportions", "control": 0.3, "treatment": 0.45, "looks": "0.5,1"}` becomes a typed design. Each key
goes to the part that knows it: the assumptions of the endpoint, the hypothesis, the monitoring, or the design itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.catalogue import DESIGNS, ENDPOINTS, design_class, endpoint_class, unknown
from benchside.tools.trials.design.comparison import Comparison
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import ContradictoryInputError, DesignError, ImpossibleInputError
from benchside.workspaces.errors import InputError

HYPOTHESIS = {
    "hypothesis": "superiority, non-inferiority or equivalence; found from the margins when not given",
    "margin": "non-inferiority margin: a signed value of the effect",
    "lower": "lower equivalence margin",
    "upper": "upper equivalence margin",
    "null": "effect under the null, where it is not no effect",
}
MONITORING = {
    "looks": "information fractions of the looks, such as 0.5,0.75,1, or a number of equally spaced looks",
    "spending": "efficacy boundary: lan-demets-of, lan-demets-pocock, kim-demets:RHO, hsd:GAMMA, custom:A1,A2,..., "
    "obrien-fleming, pocock, wang-tsiatis:DELTA, haybittle-peto:Z",
    "futility": "futility boundary by beta spending, by the same names",
    "binding": "whether the futility boundary binds",
}
DESIGN = {
    "test": "test statistic; the endpoint's default unless given",
    "alpha": "type I error, total over the sides (0.025)",
    "sides": "1 or 2 (1)",
    "power": "wanted power (0.9)",
    "n": "evaluable total, to answer with the power instead",
    "allocation": "shares of the arms, such as treatment:control=2:1",
    "dropout": "share lost to the analysis",
    "effect_sd": "standard deviation of what is believed about the effect (its logarithm, for ratios): the assurance",
    "multiplicity": "procedure that shares alpha: bonferroni:3, holm:2; in a file also weights and graphs",
    "hypothesis_name": "which of its hypotheses this one is; the first unless given",
    "title": "heading of the report",
    "sources": "assumption to evidence id or citation",
}
LARGEST_FILE = 1_000_000
M = TypeVar("M", bound=BaseModel)


def settings_of(name: str) -> dict[str, str]:
    """The keys that a family understands, each with what it means; assumptions first.

    Raises:
        OutOfScopeError: no such family.
    """
    if name in DESIGNS:
        return _fields(design_class(name))
    if name in ENDPOINTS:
        return _fields(endpoint_class(name)) | HYPOTHESIS | MONITORING | DESIGN
    raise unknown(name)


def _fields(model: type[BaseModel]) -> dict[str, str]:
    return {
        key: (field.description or key.replace("_", " "))
        + ("" if field.is_required() or field.default in (None, "") else f" ({_short(field.default)})")
        for key, field in model.model_fields.items()
        if key != "kind"
    }


def _short(value: Any) -> str:
    return ",".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value)


def from_settings(given: Mapping[str, Any]) -> Design:
    """A design from flat settings with a key `design`, or from the nested form that `model_dump` gives.

    Raises:
        DesignError: an unknown family or key, a missing assumption, a value that no trial can have.
    """
    flat = {str(k).replace("-", "_"): v for k, v in given.items()}
    if isinstance(flat.get("endpoint"), dict) or ("kind" in flat and "design" not in flat):
        return _nested(flat)
    name = flat.pop("design", None)
    if not isinstance(name, str):
        raise ImpossibleInputError(
            "no design is named", where="design", hint='Write design = "two-proportions"; --list names all of them.'
        )
    known = settings_of(name)
    strange = [k for k in flat if k not in known]
    if strange:
        near = get_close_matches(strange[0], list(known), n=3, cutoff=0.5)
        raise ImpossibleInputError(
            f"{name} does not know {', '.join(strange)}",
            where=strange[0].strip() or "settings",
            hint=f"Nearest: {', '.join(near)}." if near else f"It knows {', '.join(known)}.",
        )
    if name in DESIGNS:
        return _made(design_class(name), flat, name)
    endpoint = endpoint_class(name)
    flat = _usual(endpoint, flat)
    own = {k: flat.pop(k) for k in list(flat) if k in endpoint.model_fields}
    aims = {k: flat.pop(k) for k in list(flat) if k in HYPOTHESIS}
    looks = {k: flat.pop(k) for k in list(flat) if k in MONITORING}
    made = _made(endpoint, own, name)
    settings: dict[str, Any] = flat | {"endpoint": made, "hypothesis": _hypothesis(endpoint, aims)}
    if looks:
        if "looks" not in looks:
            raise ContradictoryInputError(
                f"{', '.join(looks)} without looks", where="looks", hint="Say when: --looks 0.5,0.75,1."
            )
        settings["monitoring"] = looks
    return _made(Comparison, settings, name)


def _usual(endpoint: type[Endpoint], flat: dict[str, Any]) -> dict[str, Any]:
    """The settings with what is usual for the endpoint where nothing else is asked for."""
    left_out = {"lower", "upper"} if set(flat) & {"margin", "null", "lower", "upper"} else set()
    if "n" in flat:
        left_out.add("power")
    if flat.get("hypothesis", "equivalence") != "equivalence":
        left_out |= {"lower", "upper"}
    return {k: v for k, v in endpoint.usual.items() if k not in left_out} | flat


def _nested(given: Mapping[str, Any]) -> Design:
    kind = given.get("kind", "comparison")
    if kind == "comparison":
        return _made(Comparison, dict(given), "comparison")
    return _made(design_class(str(kind)), dict(given), str(kind))


def _hypothesis(endpoint: type[Endpoint], given: Mapping[str, Any]) -> dict[str, Any]:
    """The hypothesis that the margins speak of; an endpoint's own margins where it has them."""
    aims = {k: v for k, v in given.items() if v is not None}
    asked = aims.pop("hypothesis", None)
    if asked is None:
        if "margin" in aims:
            asked = "non-inferiority"
        elif "lower" in aims or "upper" in aims or "superiority" not in endpoint.tests:
            asked = "equivalence" if "equivalence" in endpoint.tests else next(iter(endpoint.tests))
        else:
            asked = "superiority"
    needed = {"superiority": set(), "non-inferiority": {"margin"}, "equivalence": {"lower", "upper"}}
    allowed = {"superiority": {"null"}, "non-inferiority": {"margin"}, "equivalence": {"lower", "upper"}}
    if asked not in needed:
        raise ImpossibleInputError(
            f"the hypothesis {str(asked)[:60]!r} is not known", where="hypothesis", hint=f"One of {', '.join(needed)}."
        )
    missing, strange = needed[asked] - set(aims), set(aims) - allowed[asked]
    if missing:
        raise ContradictoryInputError(
            f"{asked} needs {' and '.join(sorted(missing))}", where=min(missing), hint=f"Give --{min(missing)}."
        )
    if strange:
        raise ContradictoryInputError(
            f"{asked} has no {' and '.join(sorted(strange))}", where=min(strange), hint="Leave it out."
        )
    return {"kind": asked} | aims


def _made(model: type[M], given: Mapping[str, Any], name: str) -> M:
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        raise _misfit(error, name) from None
    except DesignError:
        raise
    except RecursionError:
        raise ImpossibleInputError(f"{name}: the settings are nested too deeply", where=name) from None


def _misfit(error: ValidationError, name: str) -> DesignError:
    """What pydantic says, as an error that names the setting."""
    first = error.errors()[0]
    where = ".".join(str(p) for p in first["loc"]) or name
    if first["type"] == "missing":
        missing = [str(e["loc"][-1]) for e in error.errors() if e["type"] == "missing"]
        return ImpossibleInputError(
            f"{name} needs {', '.join(missing)}",
            where=missing[0],
            hint=f"Give --{missing[0].replace('_', '-')}; `benchside design {name} --help` explains it.",
        )
    given = repr(first.get("input"))[:60]
    return ImpossibleInputError(f"{where} is {given}: {first['msg'].lower()}", where=where, hint="See --help.")


def read_design(path: Path | str) -> Design:
    """A design from a TOML or JSON file.

    Raises:
        InputError: the file cannot be read, with its line where the format says it.
        DesignError: what it says is no design.
    """
    import json

    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError("the file is too large for a design", where=str(path), hint="At most 1 MB.")
        text = path.read_text(encoding="utf-8")
        given = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"the design cannot be read: {why}", where=str(path), hint="Give a TOML or JSON file."
        ) from None
    if not isinstance(given, dict):
        raise InputError(
            "the file holds no design", where=str(path), hint='Write design = "two-proportions" and so on.'
        )
    try:
        return from_settings(given)
    except DesignError as error:
        error.where = f"{path}: {error.where}" if error.where else str(path)
        raise
