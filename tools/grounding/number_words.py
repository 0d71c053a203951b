"""Numbers that are written as words: twelve, twice, half, a dozen, third, twofold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

WordKind = Literal["word", "ordinal", "multiple"]


@dataclass(frozen=True, slots=True)
class NumberWord:
    """A number in words: its characters, value, and what one unit of its last place is (0: exact)."""

    start: int
    end: int
    text: str
    value: float
    quantum: float
    kind: WordKind


_UNITS = {
    w: i
    for i, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    w: 10 * i
    for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS = {
    w: i
    for i, w in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
        1,
    )
}
_MULTIPLES: dict[str, float] = {
    "once": 1, "twice": 2, "thrice": 3, "double": 2, "doubled": 2, "doubles": 2, "doubling": 2, "triple": 3,
    "tripled": 3, "triples": 3, "tripling": 3, "quadruple": 4, "quadrupled": 4, "half": 0.5, "halves": 0.5,
    "halved": 0.5, "halving": 0.5, "quarter": 0.25, "quarters": 0.25, "thirds": 1 / 3, "fifths": 0.2, "tenths": 0.1,
    "dozen": 12, "dozens": 12, "pair": 2, "couple": 2, "single": 1, "both": 2, "neither": 0, "none": 0,
}  # fmt: skip
_SCALES_PLURAL = {"hundreds": 100, "thousands": 1000, "millions": 1_000_000, "billions": 1_000_000_000}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_FRACTION = {
    "third": 1 / 3, "thirds": 1 / 3, "quarter": 0.25, "quarters": 0.25, "fourths": 0.25, "half": 0.5, "halves": 0.5,
    "fifth": 0.2, "fifths": 0.2, "tenth": 0.1, "tenths": 0.1, "eighth": 0.125, "eighths": 0.125,
}  # fmt: skip
_CARDINAL = "|".join(sorted([*_UNITS, *_TENS, *_SCALES], key=len, reverse=True))
_CARDINALS = rf"(?:{_CARDINAL})(?:(?:[\s-]|\s+and\s+)(?:{_CARDINAL}))*"
_WORDS = re.compile(
    rf"\b(?:(?P<frac_n>{_CARDINAL}|a)[\s-](?P<frac_d>thirds?|quarters?|fourths|hal(?:f|ves)|fifths?|tenths?|eighths?)"
    rf"|(?P<fold>{_CARDINAL})-?fold"
    rf"|(?P<several>a|{_CARDINAL})\s+dozen"
    r"|(?:phase|stage|grade)\s+(?P<roman>I{1,3}|IV|V)"
    rf"|(?P<scales>{'|'.join(_SCALES_PLURAL)})"
    rf"|(?P<cardinal>{_CARDINALS})"
    rf"|(?P<ordinal>{'|'.join(_ORDINALS)})"
    rf"|(?P<multiple>{'|'.join(sorted(_MULTIPLES, key=len, reverse=True))}))\b",
    re.IGNORECASE,
)
# "one" as a pronoun and "second" as a unit of time or in idioms are no numbers
_PRONOUN_BEFORE = re.compile(r"\b(?:no|any|every|some|each|this|that|which|the|another|either)[\s-]$", re.IGNORECASE)
_PRONOUN_AFTER = re.compile(
    r"(?:\s+another\b|'s\b|’s\b|s\b|\s+(?:can|could|may|might|must|should|would|cannot|that|which|who)\b)",
    re.IGNORECASE,
)
_SECOND_BEFORE = re.compile(r"(?:\d\s?-?|\bper\s|/)$", re.IGNORECASE)
_IDIOMS = re.compile(r"\b(?:at once|at first|first of all|in the first place|once again|once more)\b", re.IGNORECASE)


def find_number_words(text: str) -> list[NumberWord]:
    """Every number in words, in order; pronouns, seconds and idioms are left out."""
    idioms = [(m.start(), m.end()) for m in _IDIOMS.finditer(text)]
    found = []
    for match in _WORDS.finditer(text):
        if any(a <= match.start() < b for a, b in idioms):
            continue
        word = _word(match, text)
        if word is not None:
            found.append(word)
    return found


def _word(match: re.Match[str], text: str) -> NumberWord | None:
    start, end, written = match.start(), match.end(), match.group()
    before, lower = text[max(0, start - 20) : start], written.lower()
    if re.search(r"[A-Za-z]-$", before) or text[end : end + 1] == "_":
        return None
    if lower == "second" and _SECOND_BEFORE.search(before):
        return None
    if lower == "one" and (_PRONOUN_BEFORE.search(before) or _PRONOUN_AFTER.match(text, end)):
        return None
    value, quantum, kind = _meaning(match, lower)
    return NumberWord(start, end, written, float(value), quantum, kind)


def _meaning(match: re.Match[str], lower: str) -> tuple[float, float, WordKind]:
    if match["frac_d"]:
        return _count(match["frac_n"]) * _FRACTION[match["frac_d"].lower()], 0.0, "multiple"
    if match["several"]:
        return 12 * _count(match["several"]), 1.0, "word"
    if match["scales"]:
        return _SCALES_PLURAL[lower], float(_SCALES_PLURAL[lower]), "word"
    if match["ordinal"] or match["roman"]:
        return _ORDINALS.get(lower) or _ROMAN[match["roman"].lower()], 0.0, "ordinal"
    if match["multiple"] or match["fold"]:
        return _MULTIPLES.get(lower) or _cardinal(match["fold"] or "zero"), 0.0, "multiple"
    last = re.split(r"[\s-]+", lower)[-1]
    return _cardinal(lower), float(_SCALES.get(last, 1)), "word"


def _count(written: str) -> int:
    return 1 if written.lower() == "a" else _cardinal(written)


def _cardinal(written: str) -> int:
    """The value of a cardinal such as `two hundred and five` or `twenty-five`."""
    total = current = 0
    for word in re.split(r"[\s-]+", written.lower()):
        if word == "and":
            continue
        if word in _SCALES:
            scale = _SCALES[word]
            current = max(current, 1) * scale
            if scale > 100:
                total, current = total + current, 0
        else:
            current += _UNITS.get(word, 0) + _TENS.get(word, 0)
    return total + current
