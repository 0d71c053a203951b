"""Evaluation of published cases: got, expected, tolerance and verdict for each, nothing left out.

The format is a list of objects with `id`, `method`, `inputs`, `expected`, `tolerance` (a number, `rel 1e-2`, or one for
each group of keys). Verdicts are the words `pass`, `fail`, `unknown_method`, `unknown_key` and `refused`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from benchside.tools.trials.design.cases.methods import Method, Methods
from benchside.workspaces.errors import BenchsideError, InputError

MODULES = (
    "sequential", "continuous", "binary", "survival", "phase1", "single_arm", "longitudinal", "clusters",
    "dose_response", "adaptive",
)  # fmt: skip
REMARKS = frozenset({"note", "note_book", "wrong_in_repo"})  # said about a case; nothing to compute
_GROUPS = {  # a tolerance by group names the kind of value; these are the keys that each covers
    "bounds": ("upper", "lower"),
    "n": ("n_per_arm_stage", "N_max"),
    "sim": ("sim_reject_any", "sim_reject_first"),
    "design": ("r1_n1_r_n",),
}
LARGEST_FILE = 20_000_000
_RELATIVE = re.compile(r"rel\s+([0-9.eE+-]+)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One case: what was got, what was expected, and the word for it."""

    id: str
    method: str
    verdict: str
    got: dict[str, Any]
    expected: dict[str, Any]
    tolerance: Any
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {f: getattr(self, f) for f in ("id", "method", "verdict", "got", "expected", "tolerance", "why")}


@cache
def methods() -> dict[str, Method]:
    """All methods by name."""
    found: dict[str, Method] = {}
    for name in MODULES:
        table: Methods = import_module(f"benchside.tools.trials.design.cases.{name}").METHODS
        for key, method in table.by_name.items():
            if key in found:
                raise ValueError(f"two methods are called {key!r}")
            found[key] = method
    return found


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a file.

    Raises:
        InputError: not such a file.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError("the file is too large for cases", where=str(path), hint="At most 20 MB.")
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"the cases cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            hint="Give a JSON list of cases.",
        ) from None
    cases = given.get("cases") if isinstance(given, dict) else given
    if not isinstance(cases, list):
        raise InputError("the file holds no list of cases", where=str(path), hint="Give a JSON list of cases.")
    for number, case in enumerate(cases, start=1):
        if not isinstance(case, dict) or not isinstance(case.get("inputs"), dict) or "method" not in case:
            raise InputError(
                f"case {number} has no method or no inputs",
                where=str(path),
                hint="Each needs method, inputs, expected.",
            )
    return cases


def evaluate(case: Mapping[str, Any]) -> Verdict:
    """Answer one case and judge the answer; what the engine refuses is told with its reason."""
    name, inputs = str(case["method"]), dict(case["inputs"])
    expected = {k: v for k, v in dict(case.get("expected") or {}).items() if k not in REMARKS}
    tolerance = case.get("tolerance", 0)

    def verdict(word: str, got: dict[str, Any] | None = None, why: str = "") -> Verdict:
        return Verdict(str(case.get("id", "")), name, word, got or {}, expected, tolerance, why)

    method = methods().get(name)
    if method is None:
        return verdict("unknown_method", why=f"there is no method {name!r}")
    strange = sorted(set(inputs) - method.inputs - REMARKS) + sorted(set(expected) - method.expected)
    if strange:
        return verdict("unknown_key", why=f"{name} does not know {', '.join(strange)}")
    try:
        answer = method.answer(inputs, frozenset(expected))
    except BenchsideError as error:
        return verdict("refused", why=f"{error.code}: {error}")
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError) as error:
        return verdict("refused", why=f"the inputs do not fit the method: {type(error).__name__}: {error}")
    got = {k: _plain(answer.get(k)) for k in expected}
    missing = [k for k in expected if k not in answer]
    if missing:
        return verdict("unknown_key", got, f"{name} has no {', '.join(missing)} for these inputs")
    wrong = [k for k in expected if not _fits(got[k], expected[k], tolerance, k)]
    return verdict("fail" if wrong else "pass", got, f"out of tolerance: {', '.join(wrong)}" if wrong else "")


def _fits(got: Any, wanted: Any, tolerance: Any, key: str) -> bool:
    """Whether a value, a list or a table agrees; None where nothing is asserted."""
    if wanted is None:
        return True
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(k in got and _fits(got[k], v, tolerance, k) for k, v in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(got, list)
            and len(got) == len(wanted)
            and all(_fits(g, w, tolerance, key) for g, w in zip(got, wanted, strict=True))
        )
    if isinstance(wanted, bool | str):
        return bool(got == wanted)
    if isinstance(got, bool) or not isinstance(got, int | float) or not math.isfinite(got):
        return False
    return bool(abs(got - wanted) <= _allowed(tolerance, key, float(wanted)))


def _allowed(tolerance: Any, key: str, wanted: float) -> float:
    """The absolute tolerance of a key, with the room of one unit in the last place of a binary fraction."""
    room = 1e-12 * max(1.0, abs(wanted)) if abs(wanted) > 1e-6 else 0.0
    if isinstance(tolerance, dict):
        if key in tolerance:
            return float(tolerance[key]) + room
        for group, keys in _GROUPS.items():
            if key in keys and group in tolerance:
                return float(tolerance[group]) + room
        return room
    if isinstance(tolerance, str):
        found = _RELATIVE.fullmatch(tolerance.strip())
        if found is None:
            raise InputError(f"the tolerance {tolerance!r} cannot be read", hint="Give a number, or `rel 1e-2`.")
        return float(found[1]) * abs(wanted)
    return float(tolerance) + room


def _plain(value: Any) -> Any:
    """Numbers, text, lists and tables as JSON has them; NaN and infinity as text, so that they are seen."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
