"""Units of the field: parsing, dimensions, conversion.

The spelling follows UCUM (https://ucum.org) with the everyday forms of chemists and clinicians beside it: `uM` and
`µM` for `umol/L`, `Å` for `Ang`, `week` for `wk`. Three things are kept apart that plain dimensional analysis
would merge: a dose per body mass (`mg/kg`) is no fraction, a logarithm is not convertible to what it is the logarithm
of, and enzyme units, cells and events are dimensions of their own.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass

from benchside.workspaces.errors import Actor, BenchsideError, ExitCode

Dimension = tuple[tuple[str, int], ...]


class UnitError(BenchsideError):
    """A unit that is not known, or a conversion that does not exist."""

    code = "unit"
    actor = Actor.MODEL
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Unit:
    """A parsed unit.

    Attributes:
        text: as it was given.
        dimension: base and exponent, sorted by base; () for a pure number.
        factor: size in base units (m, g, s, mol, K, …).
        offset: added after the factor, for degrees Celsius.
        kind: "" for ordinary units; "per_body_mass" for mg/kg and its like; "log" for logarithms of any sign and base.
    """

    text: str
    dimension: Dimension
    factor: float
    offset: float = 0.0
    kind: str = ""


_PREFIXES = {
    "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1,
    "k": 1e3, "M": 1e6, "G": 1e9,
}  # fmt: skip

_METRIC: dict[str, tuple[dict[str, int], float]] = {
    "g": ({"g": 1}, 1.0),
    "m": ({"m": 1}, 1.0),
    "s": ({"s": 1}, 1.0),
    "mol": ({"mol": 1}, 1.0),
    "L": ({"m": 3}, 1e-3),
    "l": ({"m": 3}, 1e-3),
    "M": ({"mol": 1, "m": -3}, 1e3),
    "Da": ({"g": 1, "mol": -1}, 1.0),
    "J": ({"g": 1, "m": 2, "s": -2}, 1e3),
    "cal": ({"g": 1, "m": 2, "s": -2}, 4184.0),
    "eV": ({"g": 1, "m": 2, "s": -2}, 1.602176634e-16),
    "Pa": ({"g": 1, "m": -1, "s": -2}, 1e3),
    "Hz": ({"s": -1}, 1.0),
    "IU": ({"IU": 1}, 1.0),
    "U": ({"U": 1}, 1.0),
    "Bq": ({"s": -1}, 1.0),
    "Gy": ({"m": 2, "s": -2}, 1.0),
    "Sv": ({"m": 2, "s": -2}, 1.0),
    "W": ({"g": 1, "m": 2, "s": -3}, 1e3),
    "V": ({"V": 1}, 1.0),
    "cP": ({"g": 1, "m": -1, "s": -1}, 1.0),
}

_SECOND, _METRE, _ONE = {"s": 1}, {"m": 1}, dict[str, int]()
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0

_PLAIN: dict[str, tuple[dict[str, int], float]] = {
    # UCUM's month and year are the mean Julian ones
    **dict.fromkeys(("min", "minute", "minutes", "mins"), (_SECOND, _MINUTE)),
    **dict.fromkeys(("sec", "secs", "second", "seconds"), (_SECOND, 1.0)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), (_SECOND, _HOUR)),
    **dict.fromkeys(("d", "day", "days"), (_SECOND, _DAY)),
    **dict.fromkeys(("wk", "wks", "week", "weeks"), (_SECOND, 7 * _DAY)),
    **dict.fromkeys(("mo", "month", "months"), (_SECOND, 30.4375 * _DAY)),
    **dict.fromkeys(("a", "y", "yr", "yrs", "year", "years"), (_SECOND, 365.25 * _DAY)),
    **dict.fromkeys(("Å", "Å", "Ang", "A", "angstrom", "angstroms"), (_METRE, 1e-10)),
    **dict.fromkeys(("%", "percent", "per cent", "pct"), (_ONE, 0.01)),
    "‰": (_ONE, 1e-3),
    "ppm": (_ONE, 1e-6),
    "ppb": (_ONE, 1e-9),
    **dict.fromkeys(("1", "fraction", "ratio", "probability"), (_ONE, 1.0)),
    **dict.fromkeys(("fold", "x-fold"), ({"fold": 1}, 1.0)),
    **dict.fromkeys(("percentage point", "percentage points", "pp"), ({"percentage point": 1}, 1.0)),
    **dict.fromkeys(("cell", "cells"), ({"cell": 1}, 1.0)),
    **dict.fromkeys(("atom", "atoms", "heavy atom", "heavy atoms"), ({"atom": 1}, 1.0)),
    **dict.fromkeys(("beat", "beats"), ({"beat": 1}, 1.0)),
    "bpm": ({"beat": 1, "s": -1}, 1 / _MINUTE),
    "dose": ({"dose": 1}, 1.0),
    "amu": ({"g": 1, "mol": -1}, 1.0),
    "mmHg": ({"g": 1, "m": -1, "s": -2}, 133322.387415),
    "bar": ({"g": 1, "m": -1, "s": -2}, 1e8),
    "atm": ({"g": 1, "m": -1, "s": -2}, 101325e3),
    "cc": ({"m": 3}, 1e-6),
    "K": ({"K": 1}, 1.0),
    "kat": ({"mol": 1, "s": -1}, 1.0),
    "CFU": ({"CFU": 1}, 1.0),
    "PFU": ({"PFU": 1}, 1.0),
    "copies": ({"copy": 1}, 1.0),
    "D": ({"D": 1}, 1.0),
    "e": ({"e": 1}, 1.0),
    **dict.fromkeys(("gram", "grams"), ({"g": 1}, 1.0)),
    **dict.fromkeys(("milligram", "milligrams"), ({"g": 1}, 1e-3)),
    **dict.fromkeys(("microgram", "micrograms", "mcg"), ({"g": 1}, 1e-6)),
    **dict.fromkeys(("kilogram", "kilograms"), ({"g": 1}, 1e3)),
    **dict.fromkeys(("litre", "litres", "liter", "liters"), ({"m": 3}, 1e-3)),
    **dict.fromkeys(("millilitre", "millilitres", "milliliter", "milliliters"), ({"m": 3}, 1e-6)),
    **dict.fromkeys(("molar",), ({"mol": 1, "m": -3}, 1e3)),
    **dict.fromkeys(("micromolar",), ({"mol": 1, "m": -3}, 1e-3)),
    **dict.fromkeys(("nanomolar",), ({"mol": 1, "m": -3}, 1e-6)),
    **dict.fromkeys(("dalton", "daltons"), ({"g": 1, "mol": -1}, 1.0)),
}
_CELSIUS = ("°C", "℃", "Cel", "degC")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_LOG = re.compile(r"^-?\s*(?:log(?:10|_10)?|ln)\s*(?:\(.*\)|\s.*|)$|^log (?:unit|units)$", re.IGNORECASE)

# a bare `A` or `a` after a number is a word more often than a unit, so that text search leaves these out
_NOT_IN_TEXT = {"A", "a", "y", "1", "e", "D", "x-fold", "ratio", "probability", "dose", "beat", "beats", "fraction",
                "atom", "atoms", "cell", "cells", "heavy atom", "heavy atoms", "pp", "copies"}  # fmt: skip


def _atoms() -> dict[str, tuple[dict[str, int], float]]:
    made = dict(_PLAIN)
    for symbol, (dimension, factor) in _METRIC.items():
        made.setdefault(symbol, (dimension, factor))
        for prefix, size in _PREFIXES.items():
            made.setdefault(prefix + symbol, (dimension, factor * size))
    return made


ATOMS = _atoms()
"""Every unit without an operator, prefixes included: dimension and size in base units."""

_ALTERNATIVES = "|".join(re.escape(a) for a in sorted(ATOMS, key=len, reverse=True))
_EXPONENT = r"(?:\^?\{?[-−+]?\d\}?|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹])?"
_FACTOR = re.compile(
    rf"\s*(10(?:\^|\*)?[-−+]?\d+|10[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\d+(?:\.\d+)?)?\s*({_ALTERNATIVES})?({_EXPONENT})"
)
_TEXT_ATOMS = "|".join(
    re.escape(a) for a in sorted((*ATOMS, *_CELSIUS), key=len, reverse=True) if a not in _NOT_IN_TEXT
)
_TAIL_ATOMS = "|".join(re.escape(a) for a in sorted(ATOMS, key=len, reverse=True) if a not in {"1", "e", "%"})
UNIT_IN_TEXT = re.compile(
    rf"(?:{_TEXT_ATOMS}){_EXPONENT}(?:(?:\s?[/·]\s?|\sper\s|(?<=\w)\.(?=\w))(?:{_TAIL_ATOMS}){_EXPONENT})*"
    r"(?:/1\.73\s?m[2²])?(?![\w%])|log units?\b"
)
"""A unit as it follows a number in running text."""


@functools.lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit:
    """The unit that a text names; "" is a pure number.

    Raises:
        UnitError: it is not in the table.
    """
    stripped = text.strip()
    if stripped in {"", "1"}:
        return Unit(text, (), 1.0)
    if stripped in _CELSIUS:
        return Unit(text, (("K", 1),), 1.0, offset=273.15)
    if _LOG.match(stripped):
        return Unit(text, ((_log_name(stripped), 1),), 1.0, kind="log")
    dimension: dict[str, int] = {}
    factor = 1.0
    masses = [0, 0]
    for sign, piece in _pieces(stripped):
        found = _FACTOR.fullmatch(piece.strip())
        if found is None or not piece.strip() or (found.group(2) is None and found.group(1) is None):
            raise UnitError(f"unknown unit {text!r}", hint="Write it as in UCUM: mg/kg, umol/L, kcal/mol, Ang2.")
        number, atom, exponent = found.groups()
        power = sign * int(_plain_exponent(exponent) or 1)
        if number:
            factor *= _number(number) ** sign
        if atom:
            bases, size = ATOMS[atom]
            factor *= size**power
            for base, times in bases.items():
                dimension[base] = dimension.get(base, 0) + times * power
            if bases == {"g": 1}:
                masses[0 if power > 0 else 1] += abs(power)
    left = tuple(sorted((b, e) for b, e in dimension.items() if e))
    # grams over grams cancel, but mg/kg of body mass is a dose and not a fraction
    kind = "per_body_mass" if masses[0] and masses[1] and masses[0] == masses[1] else ""
    return Unit(text, left, factor, kind=kind)


def _pieces(text: str) -> list[tuple[int, str]]:
    """The factors of a compound unit with +1 over and -1 under the stroke; each stroke divides by what follows it."""
    text = re.sub(r"\s+per\s+", "/", text)
    # "uL.min-1.(10^6 cells)-1": a bracket with an exponent of its own, as admet-ai writes it
    text = re.sub(r"[.·*]?\(([^()]+)\)\^?-1(?!\d)", r"/\1", text).replace("(", "").replace(")", "")
    # "mL min-1 kg-1": a space multiplies where the next unit carries its own exponent
    text = re.sub(r"(?<=[\w²³]) (?=[A-Za-zµμÅ]+[-−]?\d)", "·", text)
    pieces: list[tuple[int, str]] = []
    for index, part in enumerate(text.split("/")):
        sign = 1 if index == 0 else -1
        # a point multiplies between two units; in 1.73 m2 it is a decimal point
        pieces += [(sign, p) for p in re.split(r"[·*](?!\d)|(?<=[A-Za-z²³\d])\.(?=[A-Za-z])", part)]
    return [(s, p) for s, p in pieces if p.strip() != "1" or len(pieces) == 1]


def _plain_exponent(text: str) -> str:
    return text.translate(_SUPERSCRIPTS).replace("−", "-").strip("^{}")


def _number(text: str) -> float:
    text = text.translate(_SUPERSCRIPTS).replace("−", "-")
    power = re.fullmatch(r"10[\^*]?([-+]?\d+)", text)
    if power and (power.group(0) != text or "^" in text or "*" in text or len(text) > 2):
        return float(10.0 ** int(power.group(1))) if text not in {"100", "1000"} else float(text)
    return float(text)


def _log_name(text: str) -> str:
    return "".join(text.lower().replace("_", "").replace("log10", "log").split())


def compatible(first: str, second: str) -> bool:
    """Whether a value in one unit can be given in the other. Raises UnitError for an unknown one."""
    a, b = parse_unit(first), parse_unit(second)
    return a.dimension == b.dimension and a.kind == b.kind


def convert(value: float, source: str, target: str) -> float:
    """The value in another unit.

    Raises:
        UnitError: an unknown unit, or two that measure different things; a logarithm and what it is the logarithm
            of count as different (`from_p_scale` is the deliberate way).
    """
    a, b = parse_unit(source), parse_unit(target)
    if a.dimension != b.dimension or a.kind != b.kind:
        why = " (one of them is logarithmic)" if "log" in {a.kind, b.kind} else ""
        raise UnitError(f"cannot convert {source or 'a pure number'!r} to {target or 'a pure number'!r}{why}")
    if a == b:
        return value
    if a.offset == b.offset == 0.0:
        return value * (a.factor / b.factor)
    return (value * a.factor + a.offset - b.offset) / b.factor


def from_p_scale(value: float, target: str = "mol/L") -> float:
    """A pIC50, pKi or the like (-log10 of mol/L) as a concentration in the target unit."""
    return convert(10.0**-value, "mol/L", target)


def to_p_scale(value: float, source: str) -> float:
    """A concentration as -log10 of mol/L.

    Raises:
        UnitError: not a molar concentration. ValueError: not positive.
    """
    molar = convert(value, source, "mol/L")
    if molar <= 0:
        raise ValueError(f"the logarithm needs a positive concentration, got {value}")
    return -math.log10(molar)
