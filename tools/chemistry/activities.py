"""Activity cells such as '>10 uM', '3.2e-7 M' or '7.5' under 'pIC50' into value, unit, censoring and -log10 of molar.

A relation always belongs to the value as written. A concentration above 10 uM (value 10, relation '>') is a weaker
potency than pvalue 5: the pvalue is then an upper bound, and `Activity.pvalue_relation` says '<'.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchside.tools.chemistry.records import Problem

P_UNIT = "-log10(M)"
"""The unit of a value that is given on the p scale (pIC50, pKi, pChEMBL)."""

MOLAR = {"M": 0, "mM": -3, "uM": -6, "nM": -9, "pM": -12, "fM": -15}
"""Units of concentration with their power of ten in mol/L; `uM` stands for micromolar, whichever mu was written."""

MIN_PVALUE, MAX_PVALUE = -1.0, 16.0
"""A pvalue outside (10 M to 0.1 fM) is taken for a wrong unit."""

PROBLEMS = {
    "missing": "no value",
    "not_determined": "not measured, or no number",
    "inactive": "called inactive, without a concentration",
    "range": "several values or a range",
    "ambiguous_number": "the comma may be a decimal or a thousands separator",
    "no_unit": "no unit, neither in the cell nor in the header",
    "unknown_unit": "a unit that is no concentration",
    "mass_unit": "a mass concentration: a potency needs the molecular weight",
    "percent": "per cent at one concentration is not a potency",
    "not_a_potency": "the column is no potency",
    "not_positive": "a concentration must be above zero",
    "implausible": "outside 10 M to 0.1 fM: the unit may be wrong",
}
"""Every problem code that this module gives, with its meaning."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One measured activity.

    Attributes:
        value: as written, in `unit`; None if there is none.
        unit: `M`, `mM`, `uM`, `nM`, `pM`, `fM`, `-log10(M)`, `log10(nM)` and the like, `%`, a mass unit, or None.
        relation: of the value: `=`, `>`, `<` or `~`.
        pvalue: -log10 of the molar concentration; a bound if the relation is `>` or `<`; None if there is none.
        problem: why there is no pvalue.
    """

    value: float | None
    unit: str | None
    relation: str
    pvalue: float | None
    problem: Problem | None = None

    @property
    def pvalue_relation(self) -> str:
        """The relation on the p scale: turned round for a concentration, as a higher one is a lower potency."""
        return _on_p_scale(self.relation, self.unit)


def _on_p_scale(relation: str, unit: str | None) -> str:
    if unit == P_UNIT or relation not in {">", "<"}:
        return relation
    return "<" if relation == ">" else ">"


def pvalue_relations(frame: pd.DataFrame) -> pd.Series:
    """`Activity.pvalue_relation` of each row of a frame with `activity_relation` and `activity_unit`; null if null."""
    pairs = zip(frame["activity_relation"], frame["activity_unit"], strict=True)
    found = [None if pd.isna(relation) else _on_p_scale(relation, unit) for relation, unit in pairs]
    return pd.Series(found, index=frame.index, dtype="string")


@dataclass(frozen=True, slots=True)
class HeaderUnit:
    """What a column's header says of its cells: `scale` is `linear`, `log`, `p`, `percent`, `other` or `unknown`."""

    unit: str | None
    scale: str


_RELATIONS = {
    ">": ">", ">=": ">", "≥": ">", "⩾": ">", ">>": ">", "gt": ">", "<": "<", "<=": "<", "≤": "<", "⩽": "<", "<<": "<",
    "lt": "<", "=": "=", "==": "=", "~": "~", "≈": "~", "∼": "~", "ca": "~", "ca.": "~", "c.": "~", "approx": "~",
    "approx.": "~", "about": "~", "=>": ">", "=<": "<", "": "=",
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−–", "0123456789-+--")
_CELL = re.compile(
    r"""(?P<relation>>>|<<|>=|<=|=>|=<|==|[><=~≥≤⩾⩽≈∼]|ca\.?|c\.|approx\.?|about|gt|lt)?\s*
        (?P<number>[-+]?(?:\d[\d.,]*|\.\d+)(?:e[-+]?\d+)?)
        (?:\s*[x×*·]\s*10\s*\^?\s*\(?(?P<power>[-+]?\d+)\)?)?
        (?:\s*(?:±|\+/-|\+-)\s*[\d.,]+(?:e[-+]?\d+)?)?
        \s*(?P<unit>[^\d\s;,|/<>=~±+–-].*?)?\s*(?:\(\s*n\s*=\s*\d+\s*\))?\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_RANGE = re.compile(r"\d\s*(?:-|–|to|;|/|\||,\s)\s*[<>~]?\s*\d", re.IGNORECASE)
_PREFIXES = {
    "m": "mM", "milli": "mM", "u": "uM", "µ": "uM", "μ": "uM", "micro": "uM", "mc": "uM", "n": "nM", "nano": "nM",
    "p": "pM", "pico": "pM", "f": "fM", "femto": "fM", "": "M",
}  # fmt: skip
_MOLAR = re.compile(
    r"(?P<prefix>milli|micro|nano|pico|femto|mc|[muµμnpf]?)"
    r"(?:M|molar|mol\s*/\s*(?:l|L|dm3|dm\^3)|mol[ .·]*(?:l|L|dm)\^?-[13])\Z"
)
_MASS = re.compile(
    r"(?P<top>[muµμnpk]?g|mcg)\s*(?:/\s*(?P<bottom>ml|l|dl|ul|µl|μl)|[ .·]*(?P<inverse>ml|l)\^?-1)\Z", re.IGNORECASE
)
_P_HEADER = re.compile(
    r"(?:^|[^a-z])(?:p\s*-?(?:ic|ec|ac|xc|gi|cc|ed|lc|ld|mic|ki\b|kd\b|kb\b|km\b|ki_|kd_|a2|d2|chembl|potency|activity|affinity)"
    r"|(?:-|neg(?:ative)?[ _]?)\s*log(?:10)?)",
    re.IGNORECASE,
)
_LOG_HEADER = re.compile(r"(?:^|[^a-z-])log(?:10)?[\s_(]*(?:ic|ec|ac|xc|gi|cc|ki|kd)", re.IGNORECASE)
_PERCENT_HEADER = re.compile(r"%|percent|per cent|inhibition|\binh\b|viability|efficacy|emax", re.IGNORECASE)
_NO_POTENCY = re.compile(r"(?:^|[^a-z])(?:pka|logp|logd|logs|clogp|ph)(?:$|[^a-z])", re.IGNORECASE)
_NOT_DETERMINED = {
    "na", "n/a", "#n/a", "n.a.", "nd", "n.d.", "nt", "n.t.", "n.m.", "nm.", "nan", "none", "null", "-", "--", "–", "—",
    "?", ".", "not determined", "not tested", "not available", "not measured", "not reported", "tbd", "pending",
    "unknown",
}  # fmt: skip
_INACTIVE = {"inactive", "not active", "no activity", "ia", "n.i.", "ni", "no inhibition", "no effect", "negative"}


def header_unit(header: str) -> HeaderUnit:
    """The unit and scale that a header names: 'IC50 (nM)', 'Ki_nM', 'pIC50', 'log IC50 [uM]', 'Inhibition (%)'."""
    text = header.strip()
    if _P_HEADER.search(text):
        return HeaderUnit(P_UNIT, "p")
    unit = _header_concentration(text)
    if _LOG_HEADER.search(text):
        return HeaderUnit(f"log10({unit})" if unit else None, "log")
    if _NO_POTENCY.search(text):
        return HeaderUnit(None, "other")
    if _PERCENT_HEADER.search(text):
        return HeaderUnit("%", "percent")
    return HeaderUnit(unit, "linear")


def _header_concentration(text: str) -> str | None:
    bracketed = re.findall(r"[(\[{]\s*([^()\[\]{}]+?)\s*[)\]}]", text)
    last = re.split(r"[\s_,/:]+", text)[-1]
    slashed = text.split("/", 1)[1] if "/" in text else ""
    whole = re.split(r"[\s_,:]+", text)[-1]
    for candidate in [*reversed(bracketed), slashed, whole, last]:
        if (unit := concentration_unit(re.sub(r"^in\s+", "", candidate))) is not None and candidate != text:
            return unit
    return None


def concentration_unit(text: str) -> str | None:
    """The one spelling of a molar or mass concentration: `nM` for 'nmol/L', `ug/mL` for 'µg/ml'; None if it is none."""
    text = text.strip().rstrip(".")
    if match := _MOLAR.match(text):
        return _PREFIXES[match["prefix"]]
    if match := _MASS.match(text):
        top = match["top"].lower().replace("µ", "u").replace("μ", "u").replace("mcg", "ug")
        bottom = (match["bottom"] or match["inverse"]).lower().replace("µ", "u").replace("μ", "u")
        return f"{top}/{bottom[:-1]}L"
    loose = {"um": "uM", "µm": "uM", "μm": "uM", "nm": "nM", "pm": "pM", "fm": "fM", "mm": "mM"}
    return loose.get(text.lower())


def parse_activity(value: Any, header: str = "", *, unit: str | None = None, relation: str | None = None) -> Activity:
    """One cell. Its own unit and relation come before those of other columns, and these before the header's.

    Args:
        value: the cell: text, a number or a missing value.
        header: the column's header.
        unit: what a column of units says, such as ChEMBL's 'Standard Units'.
        relation: what a column of relations says, such as ChEMBL's 'Standard Relation'.
    """
    return _parse(value, header_unit(header), unit, relation)


def parse_activities(
    values: Sequence[Any],
    header: str,
    *,
    units: Sequence[str | None] | None = None,
    relations: Sequence[str | None] | None = None,
) -> pd.DataFrame:
    """A column of activity cells, one row each and in order.

    Returns:
        activity_value (float, in activity_unit), activity_unit, activity_relation (of the value: '=', '>', '<', '~'),
        activity_pvalue (-log10 of mol/L; a bound where the relation is '>' or '<': an upper one for a concentration
        above, a lower one for a concentration below), activity_problem (for a person). Missing entries are null.

    Raises:
        ValueError: `units` or `relations` are not as long as `values`.
    """
    said = header_unit(header)
    rows = [
        _parse(value, said, unit, relation)
        for value, unit, relation in zip(
            values, units or [None] * len(values), relations or [None] * len(values), strict=True
        )
    ]
    return pd.DataFrame(
        {
            "activity_value": pd.array([row.value for row in rows], dtype="float64"),
            "activity_unit": pd.Series([row.unit for row in rows], dtype="object"),
            "activity_relation": pd.Series(
                [row.relation if row.value is not None else None for row in rows], dtype="object"
            ),
            "activity_pvalue": pd.array([row.pvalue for row in rows], dtype="float64"),
            "activity_problem": pd.Series(
                [row.problem.message if row.problem else None for row in rows], dtype="object"
            ),
        }
    )


def companion_columns(header: str, columns: Sequence[str]) -> tuple[str | None, str | None]:
    """The columns of units and of relations that belong to a column of values: ChEMBL writes 'Standard Value',
    'Standard Units' and 'Standard Relation'. None for what is not there.
    """
    stem = _letters(header).removesuffix("value")
    by_letters = {_letters(column): column for column in reversed(columns)}

    def first(*endings: str) -> str | None:
        return next((by_letters[stem + ending] for ending in endings if stem + ending in by_letters), None)

    return first("units", "unit"), first("relation", "operator", "qualifier", "relationship")


def _letters(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.lower())


def _parse(value: Any, said: HeaderUnit, unit: str | None, relation: str | None) -> Activity:
    text = "" if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) else str(value)
    text = text.translate(_SUPERSCRIPTS).replace("\u00a0", " ").strip().strip("'\"").strip()
    if (code := _no_number(text)) is not None:
        return _none(code, text)
    match = _CELL.match(text)
    if match is None:
        return _none("range" if _RANGE.search(text) else "not_determined", text)
    number = _number(match["number"])
    if number is None:
        return _none("ambiguous_number", text)
    if match["power"] is not None:
        number *= 10.0 ** max(-400, min(300, int(match["power"])))
    if not math.isfinite(number):
        return _none("not_determined", text)
    written = (match["relation"] or "").lower() or (relation or "").strip().strip("'\"").strip().lower()
    in_cell = match["unit"] or (unit or "").strip() or None
    found = _of_unit(in_cell) if in_cell else said
    return _valued(number, found, _RELATIONS.get(written, "="), text)


def _no_number(text: str) -> str | None:
    if not text:
        return "missing"
    if text.lower() in _NOT_DETERMINED:
        return "not_determined"
    return "inactive" if text.lower() in _INACTIVE else None


def _of_unit(written: str) -> HeaderUnit:
    """What a unit in a cell says."""
    if written.startswith("%") or written.lower().startswith(("percent", "per cent")):
        return HeaderUnit("%", "percent")
    unit = concentration_unit(written)
    return HeaderUnit(unit, "linear") if unit is not None else HeaderUnit(written[:40], "unknown")


def _none(code: str, text: str = "") -> Activity:
    shown = f" ('{text[:60]}')" if text else ""
    return Activity(None, None, "=", None, Problem(code, f"{PROBLEMS[code]}{shown}"))


def _number(text: str) -> float | None:
    """The number, with a decimal comma or thousands separators; None where '1,234' may be either."""
    mantissa, _, exponent = text.lower().partition("e")
    dots, commas = mantissa.count("."), mantissa.count(",")
    if dots and commas:
        decimal = "." if mantissa.rfind(".") > mantissa.rfind(",") else ","
        mantissa = mantissa.replace("," if decimal == "." else ".", "").replace(",", ".")
    elif commas > 1:
        mantissa = mantissa.replace(",", "")
    elif commas == 1:
        whole, _, after = mantissa.partition(",")
        if len(after) == 3 and whole.lstrip("+-") not in {"", "0"}:
            return None
        mantissa = mantissa.replace(",", ".")
    try:
        return float(f"{mantissa}e{exponent}" if exponent else mantissa)
    except ValueError:
        return None


_NO_PVALUE = {"percent": "percent", "other": "not_a_potency", "unknown": "unknown_unit"}


def _valued(number: float, said: HeaderUnit, relation: str, text: str) -> Activity:
    if said.scale == "p":
        return _checked(number, P_UNIT, relation, number, text)
    molar = (said.unit or "").removeprefix("log10(").rstrip(")")
    if (code := _no_pvalue(number, said, molar)) is not None:
        return _problem(number, said.unit, relation, code, text)
    logarithm = number if said.scale == "log" else math.log10(number)
    return _checked(number, said.unit, relation, -(logarithm + MOLAR[molar]), text)


def _no_pvalue(number: float, said: HeaderUnit, molar: str) -> str | None:
    if said.scale in _NO_PVALUE:
        return _NO_PVALUE[said.scale]
    if said.unit is None:
        return "no_unit"
    if molar not in MOLAR:
        return "mass_unit"
    return "not_positive" if said.scale == "linear" and number <= 0 else None


def _checked(number: float, unit: str | None, relation: str, pvalue: float, text: str) -> Activity:
    if not MIN_PVALUE <= pvalue <= MAX_PVALUE:
        return _problem(number, unit, relation, "implausible", text)
    return Activity(number, unit, relation, pvalue + 0.0)


def _problem(number: float, unit: str | None, relation: str, code: str, text: str) -> Activity:
    return Activity(number, unit, relation, None, Problem(code, f"{PROBLEMS[code]} ('{text[:60]}')"))
