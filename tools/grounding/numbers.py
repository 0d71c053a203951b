"""Finding the numbers in a text: digits and words, with sign, unit, printed precision and exact character spans.

What looks like a number but names something is left out: CHEMBL25, CYP3A4, IC50, 5-HT, COX-2, E17, a DOI, a version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from benchside.tools.grounding.number_words import find_number_words
from benchside.tools.grounding.units import UNIT_IN_TEXT, UnitError, parse_unit

Kind = Literal["decimal", "scientific", "word", "ordinal", "multiple", "date"]
Relation = Literal["", "<", ">", "<=", ">=", "~", "±"]


@dataclass(frozen=True, slots=True)
class Number:
    """One number in a text.

    Attributes:
        start, end: characters of the number itself, with its sign and power of ten.
        text: those characters.
        value: as printed; 5 for "5 %" (its unit is then "%"), 2024.0512 never: a date has the value of its year.
        quantum: size of one unit in the last printed digit (0.01 for "3.14", 1000 for "2 thousand"); 0 where
            the wording is exact ("twice").
        unit: as printed, or that of the other end of the range; "" for none.
        unit_start, unit_end: characters of the unit; equal where it has none of its own.
        kind: how it is written.
        relation: what stands before it: a bound, "about", or ± for an uncertainty.
        range_end: "low" or "high" for the two ends of a range.
        date: ISO date (or year and month) for dates, else "".
    """

    start: int
    end: int
    text: str
    value: float
    quantum: float
    unit: str = ""
    unit_start: int = 0
    unit_end: int = 0
    kind: Kind = "decimal"
    relation: Relation = ""
    range_end: Literal["", "low", "high"] = ""
    date: str = ""


_SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TO_PLAIN = str.maketrans(_SUPERSCRIPT + "⁻⁺−–", "0123456789-+--")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH = rf"(?:{_MONTHS}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"

_DATE = re.compile(
    rf"(?<![\w.])(?:(?P<iso>\d{{4}}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)"
    rf"|(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m1>{_MONTH})(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|(?P<m2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y2>\d{{4}}))?(?![\d.])"
    rf"|(?P<m3>{_MONTH})\s+(?P<y3>\d{{4}}))(?![\w])"
)
_NAMES = re.compile(
    r"https?://\S+|www\.\S+|\bdoi:\s*\S+|\b10\.\d{4,9}/\S+|\b[\w.+-]+@[\w-]+\.\w+"
    r"|\bv?\d+(?:\.\d+){2,}\b|\bv\d+(?:\.\d+)*\b|(?<![\w-])\d{2,7}-\d{2}-\d(?![\w-])"
    r"|\bInChI=\S+|\b[A-Z]{14}-[A-Z]{10}-[A-Z]\b"
    # locants of chemical names: 1,2-dichloro, 4-fluoro, N-(2-oxo…; but 12-week, 3-fold, 5-year are numbers
    r"|(?<![\w.])\d+'?(?:,\d+'?)*-(?!(?:fold|hours?|h|days?|d|weeks?|wk|months?|years?|yr|min|minutes?|seconds?|mg|g|kg"
    r"|mL|L|µg|ug|arm|point|percent|to)\b)[A-Za-z(\[]\S*"
)
_NUMBER = re.compile(
    rf"""
    (?P<sign>(?<![\w.)\]%])[-−–+](?=[\d.]))?
    (?:
      (?P<power>(?<![\w.])10(?:\^\{{?[-−+]?\d+\}}?|[⁻⁺]?[{_SUPERSCRIPT}]+))
    | (?P<mantissa>
        (?<![\w.])(?:\d{{1,3}}(?:[,'\u2009\u202f\u00a0]\d{{3}})+(?:[.·]\d+)?(?!\d)
        |\d+[.·]\d+(?![{_SUPERSCRIPT}⁻⁺^\d])|\d+,\d{{1,2}}(?![\d,])|\d+|\.\d+)
      )
      (?P<exponent>[eE][-−+]?\d+(?![\w.]\d)|\s?[×x*·]\s?10(?:\^\{{?[-−+]?\d+\}}?|[⁻⁺]?[{_SUPERSCRIPT}]+))?
    | (?P<vulgar>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅛⅜⅝⅞])
    )
    """,
    re.VERBOSE,
)
_VULGAR = {"½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5, "⅘": 4 / 5,
           "⅙": 1 / 6, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8}  # fmt: skip
_SCALE = re.compile(r"\s?(thousand|million|billion|trillion)\b|k(?![\w])", re.IGNORECASE)
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "": 1e3}
_FOLD = re.compile(r"(?:\s?[x×](?![\w])|[\s-]?fold\b)")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_RELATION = re.compile(
    r"(?P<lt><|less than|below|under|fewer than)\s*$|(?P<gt>>|more than|above|over|greater than|exceeding)\s*$"
    r"|(?P<le>≤|<=|⩽|at most|up to|no more than)\s*$|(?P<ge>≥|>=|⩾|at least|no less than)\s*$"
    r"|(?P<about>~|≈|∼|about|around|approximately|roughly|circa|ca\.|nearly|almost|some)\s*$|(?P<pm>±|\+/-|\+/−)\s*$",
    re.IGNORECASE,
)
_RELATIONS: dict[str, Relation] = {"lt": "<", "gt": ">", "le": "<=", "ge": ">=", "about": "~", "pm": "±"}
_RANGE = re.compile(r"\s*(?:[-–—−]|to|through)\s*")
_BETWEEN = re.compile(r"\bbetween\s*$", re.IGNORECASE)


def find_numbers(text: str, units: Iterable[str] = ()) -> list[Number]:
    """Every number of the text, in order of its place; dates are one number each.

    Args:
        units: spellings of units to accept besides those of the table, such as those of the evidence at hand.
    """
    extra = sorted({u for u in units if u}, key=len, reverse=True)
    # one byte a character, set where something has been recognised
    taken = bytearray(len(text))
    found: list[Number] = []

    def take(start: int, end: int) -> None:
        taken[start:end] = b"\x01" * (end - start)

    for match in _NAMES.finditer(text):
        take(match.start(), match.end())
    for match in _DATE.finditer(text):
        if not any(taken[match.start() : match.end()]):
            found.append(_dated(match))
            take(match.start(), match.end())
    for match in _NUMBER.finditer(text):
        if not any(taken[match.start() : match.end()]):
            number = _number(match, text, extra)
            if number is not None:
                found.append(number)
                take(number.start, max(number.end, number.unit_end))
    for word in find_number_words(text):
        if not any(taken[word.start : word.end]):
            number = Number(word.start, word.end, word.text, word.value, word.quantum, kind=word.kind)
            found.append(_with_unit(number, text, extra) if word.kind == "word" else number)
    found.sort(key=lambda n: n.start)
    found = [n if n.relation else replace(n, relation=_relation_before(text, n.start)) for n in found]
    return _with_ranges(found, text)


def _number(match: re.Match[str], text: str, extra: list[str]) -> Number | None:
    start, end = match.span()
    if _is_name(text, match):
        return None
    value, quantum, kind = _parse(match)
    scale = _SCALE.match(text, end)
    if scale and match["vulgar"] is None:
        factor = _SCALES[(scale.group(1) or "").lower()]
        value, quantum, end = value * factor, quantum * factor, scale.end()
    ordinal = _ORDINAL.match(text, end)
    if ordinal:
        return Number(start, ordinal.end(), text[start : ordinal.end()], value, 0.0, kind="ordinal")
    number = Number(start, end, text[start:end], value, quantum, kind=kind)
    fold = _FOLD.match(text, end)
    if fold:
        # "3 x 10 mg" multiplies, "a 3x increase" is a fold
        after = text[fold.end() : fold.end() + 2].strip()
        if not after[:1].isdigit():
            return replace(number, unit="fold", unit_start=fold.start(), unit_end=fold.end())
    number = _with_unit(number, text, extra)
    follows = text[number.end : number.end + 1]
    if not number.unit and (follows.isalpha() or follows == "_"):
        return None
    return number


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether the digits belong to a name, by the letters before them: COX-2, IL-6, GPT-4, IC₅₀."""
    start = match.start()
    before = text[max(0, start - 40) : start]
    if match["sign"] is None and re.search(r"[A-Za-zα-ωΑ-Ω][-‐‑/]$", before):
        word = re.search(r"([A-Za-zα-ωΑ-Ω]+)[-‐‑/]$", before)
        # "mg/2 mL" is a number; "low-5" is too rare to be worth a hole for names
        return not (word and before.endswith("/") and UNIT_IN_TEXT.fullmatch(word.group(1)))
    return False


def _parse(match: re.Match[str]) -> tuple[float, float, Kind]:
    if match["vulgar"]:
        return _VULGAR[match["vulgar"]], 0.0, "decimal"
    sign = -1.0 if match["sign"] and match["sign"] in "-−–" else 1.0
    if match["power"]:
        power = int(match["power"][2:].translate(_TO_PLAIN).strip("^{}"))
        return sign * float(f"1e{power}"), float(f"1e{power}"), "scientific"
    digits = match["mantissa"].replace("·", ".")
    if re.fullmatch(r"\d+,\d{1,2}", digits):
        digits = digits.replace(",", ".")
    digits = re.sub(r"[,'\u2009\u202f\u00a0]", "", digits)
    decimals = len(digits.partition(".")[2])
    exponent = 0
    if match["exponent"]:
        exponent = int(re.sub(r"^\s?(?:[eE]|[×x*·]\s?10)", "", match["exponent"]).translate(_TO_PLAIN).strip("^{}"))
    # through text, so that 1.2×10⁻³ is the same double as 0.0012
    value = float(f"{digits}e{exponent}")
    return sign * value, float(f"1e{exponent - decimals}"), "scientific" if match["exponent"] else "decimal"


def _with_unit(number: Number, text: str, extra: list[str]) -> Number:
    gap = re.compile(r"[\s\u00a0\u2009\u202f]?-?").match(text, number.end)
    at = gap.end() if gap else number.end
    for spelling in extra:
        if text.startswith(spelling, at) and not text[at + len(spelling) : at + len(spelling) + 1].isalnum():
            return replace(number, unit=spelling, unit_start=at, unit_end=at + len(spelling))
    unit = UNIT_IN_TEXT.match(text, at)
    if unit is None:
        return number
    printed = unit.group(0)
    try:
        parse_unit(printed)
    except UnitError:
        return number
    return replace(number, unit=printed, unit_start=unit.start(), unit_end=unit.end())


def _relation_before(text: str, start: int) -> Relation:
    found = _RELATION.search(text, max(0, start - 20), start)
    if found is None or found.lastgroup is None:
        return ""
    return _RELATIONS[found.lastgroup]


def _with_ranges(numbers: list[Number], text: str) -> list[Number]:
    """Mark both ends of each range, and give them, and a value with its ±, the unit that only one of them prints."""
    made = list(numbers)
    for index in range(len(made) - 1):
        first, second = made[index], made[index + 1]
        if "date" in {first.kind, second.kind} or first.range_end == "high":
            continue
        gap = text[max(first.end, first.unit_end) : second.start]
        between = gap.strip() == "and" and _BETWEEN.search(text, max(0, first.start - 20), first.start) is not None
        is_range = between or (_RANGE.fullmatch(gap) is not None and gap != "")
        is_spread = second.relation == "±" and re.fullmatch(r"\s*(?:±|\+/[-−])\s*", gap) is not None
        if not (is_range or is_spread):
            continue
        if not first.unit and second.unit:
            first = replace(first, unit=second.unit, unit_start=first.end, unit_end=first.end)
        elif first.unit and not second.unit:
            second = replace(second, unit=first.unit, unit_start=second.end, unit_end=second.end)
        if is_range:
            first, second = replace(first, range_end="low"), replace(second, range_end="high")
        made[index], made[index + 1] = first, second
    return made


def _dated(match: re.Match[str]) -> Number:
    months = [m[:3].lower() for m in _MONTHS.split("|")]
    if match["iso"]:
        iso = match["iso"]
    else:
        month = months.index((match["m1"] or match["m2"] or match["m3"])[:3].lower()) + 1
        year, day = match["y1"] or match["y2"] or match["y3"] or "", match["d1"] or match["d2"]
        iso = f"{year or '-'}-{month:02d}" + (f"-{int(day):02d}" if day else "")
    year_text = iso[:4] if iso[:4].isdigit() else "0"
    return Number(match.start(), match.end(), match.group(), float(year_text), 0.0, kind="date", date=iso)
