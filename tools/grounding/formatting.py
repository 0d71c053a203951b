"""Printing values with their units, the same way wherever prose is made from evidence."""

from __future__ import annotations

import math

SIGNIFICANT = 4
"""Digits that are printed where nothing else is asked for."""

_NO_SPACE = {"%", "‰", "°C"}
_UNSAID = {"", "1", "fraction", "probability", "ratio", "log10"}
_PRINTED = {"Ang2": "Å²", "Ang": "Å", "A2": "Å²", "Cel": "°C", "uM": "µM", "umol/L": "µmol/L", "um": "µm", "ug": "µg"}


def format_number(value: float | int, spec: str = "") -> str:
    """A number in digits: integers whole with thousands separators, others to four significant digits.

    Very large and very small values are written as 1.2×10⁻⁵, which `find_numbers` reads back.

    Args:
        spec: a Python format (".2f", ".3g", ",.0f", ".1e").
    """
    if spec:
        text = format(value, spec)
        return _power_of_ten(text) if "e" in text else text.replace("-", "−", 1)
    if isinstance(value, int) or (value.is_integer() and abs(value) < 10**SIGNIFICANT):
        return f"{int(value):,}".replace("-", "−")
    if not math.isfinite(value):
        return str(value)
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude < -3 or magnitude >= 7:
        return _power_of_ten(f"{value:.{SIGNIFICANT - 1}e}")
    decimals = max(0, SIGNIFICANT - 1 - magnitude)
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def format_value(value: object, unit: str = "", spec: str = "") -> str:
    """A value with its unit: `5.2 nM`, `45%`, `yes`, a text as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    number = format_number(value, spec)
    if unit in _UNSAID:
        return number
    return number + ("" if unit in _NO_SPACE else " ") + printed_unit(unit)


def printed_unit(unit: str) -> str:
    """A unit as people read it: `Å²` for `Ang2`."""
    return _PRINTED.get(unit, unit)


def _power_of_ten(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa.replace('-', '−')}×10{raised}"
