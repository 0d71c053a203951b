"""Hostile settings for every family, through dictionaries, files and the command line.

Each set either raises an error that names the setting and says what to change, or gives results without a NaN in which
the setting stands as it was given: nothing is clipped in silence, nothing warns, nothing hangs.
"""

from __future__ import annotations

import importlib.util
import math
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.catalogue import DESIGNS, ENDPOINTS
from benchside.tools.trials.design.families import from_settings, settings_of
from benchside.workspaces.errors import InputError

SECONDS = 5.0
DEEP: Any = 0
for _ in range(400):
    DEEP = {"a": DEEP}

# what replaces one setting; every family meets every one of them, at one of its settings after the other
VALUES: dict[str, Any] = {
    "nan": math.nan,
    "inf": math.inf,
    "minus-inf": -math.inf,
    "negative": -3,
    "zero": 0,
    "bool": True,
    "none": None,
    "1e308": 1e308,
    "10**400": 10**400,
    "-10**400": -(10**400),
    "1e-300": 1e-300,
    "text": "many",
    "empty-text": "",
    "markup": "<script>alert(1)</script>&\x00\u202e",
    "list": [1, 2],
    "empty-list": [],
    "nested-list": [[[]]],
    "long-list": [0.5] * 100_000,
    "rising-list": list(range(100_000)),
    "nan-list": [0.1, math.nan],
    "dict": {"value": 1},
    "bytes": b"0.3",
    "unicode-digits": "٣",
    "superscript": "²",
    "deep": DEEP,
    "complex": 1 + 2j,
}
# settings where a value of the table is as good as another, or is read by the type of the field
ALSO = ("alpha", "power", "n", "sides", "allocation", "dropout", "looks", "spending", "futility", "margin", "test")


def examples() -> dict[str, dict[str, Any]]:
    spec = importlib.util.spec_from_file_location("hostile_examples", Path(__file__).with_name("families.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, dict[str, Any]] = module.EXAMPLES
    return found


EXAMPLES = examples()


def replaced() -> Iterator[tuple[str, str, str]]:
    """Family, setting and name of a value: each value once for each family, the settings in turn."""
    for at, family in enumerate(ENDPOINTS | DESIGNS):
        known = [k for k in settings_of(family) if k not in ("title", "sources", "hypothesis_name", "multiplicity")]
        keys = [k for k in known if k in EXAMPLES[family] or k in ALSO or family in DESIGNS]
        for i, value in enumerate(VALUES):
            yield family, keys[(at + i) % len(keys)], value


SINGLE = list(replaced())


def answer(settings: Any) -> Design | None:
    """The design where its results are sound, None where it is refused with a setting and a hint."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            design = from_settings(settings)
            results = design.results()
            text = results.text.render()
        except InputError as error:
            assert error.where, f"no setting is named: {error}"
            assert error.hint, f"nothing says what to change: {error}"
            assert len(str(error)) < 2000
            return None
        finally:
            assert time.perf_counter() - start < SECONDS
    assert text
    for quantity in results.quantities:
        assert sound(quantity.value), f"{quantity.name} is {quantity.value}"
    for table in results.tables:
        for row in table.rows:
            assert all(sound(cell) for cell in row), f"{table.name}: {row}"
    return design


def sound(value: Any) -> bool:
    """No NaN; an infinite number only stands for a boundary that is never crossed."""
    return not isinstance(value, float) or not math.isnan(value)


def kept(design: Design, key: str, value: Any) -> bool:
    """Whether a design holds the value that was given for a setting."""
    for part in (design, getattr(design, "endpoint", None), getattr(design, "hypothesis", None),
                 getattr(design, "monitoring", None)):  # fmt: skip
        if part is not None and key in type(part).model_fields:
            held = getattr(part, key)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return bool(held == value) or held == (value,) or key in ("looks", "allocation")
            return True
    return value is None
