"""The wordings that make a claim without a number: comparatives and citations."""

from __future__ import annotations

import re
from typing import Literal

from benchside.tools.grounding.spans import Span

Direction = Literal["higher", "lower"]

_HIGHER = [
    "higher",
    "greater",
    "larger",
    "bigger",
    "longer",
    "stronger",
    "heavier",
    "faster",
    "above",
    "exceeds",
    "exceed",
    "exceeded",
    "exceeding",
    "increased",
    "increase",
    "increases",
    "rose",
    "rises",
    "improved",
    "improve",
    "improves",
]
_LOWER = [
    "lower",
    "less",
    "fewer",
    "smaller",
    "shorter",
    "weaker",
    "lighter",
    "slower",
    "below",
    "decreased",
    "decrease",
    "decreases",
    "reduced",
    "reduce",
    "reduces",
    "fell",
    "falls",
    "declined",
]
_NEITHER = [
    "more",
    "better",
    "worse",
    "superior",
    "inferior",
    "best",
    "worst",
    "highest",
    "lowest",
    "largest",
    "smallest",
    "longest",
    "shortest",
    "greatest",
    "fewest",
    "least",
    "most",
    "majority",
    "minority",
    "similar",
    "comparable",
    "equal",
    "equivalent",
    "identical",
    "same",
    "halfway",
    "outperforms",
    "outperform",
    "outperformed",
    "non-inferior",
    "noninferior",
    "significant",
    "significantly",
]
_COMPARATIVE = re.compile(
    rf"\b(?:{'|'.join(sorted([*_HIGHER, *_LOWER, *_NEITHER], key=len, reverse=True))}"
    # any other "-er than": safer than, cleaner than
    r"|[a-z]{3,}er\s+than)\b",
    re.IGNORECASE,
)
# "at least", "more information", "the same run" and their like compare nothing
_NO_COMPARISON = re.compile(
    r"\b(?:further\s+more|furthermore|moreover|nevertheless|nonetheless|no longer|any longer|rather than|other than"
    r"|whether|see below|see above|listed below|shown below|described above|shown above|more information|more details?"
    r"|more about|the same time|at best)\b",
    re.IGNORECASE,
)
_THAN = re.compile(r"\b(?P<word>[a-z]+)\s+than\b|\b(?P<alone>exceeds|exceeded|above|below)\b", re.IGNORECASE)

_CITATION = re.compile(
    r"\bdoi:\s*[^\s,;)\]]+|\b10\.\d{4,9}/[^\s,;)\]]+|https?://[^\s)\]]+|\bPMID:?\s*\d+|\bPMC\d+\b|\barXiv:\S+"
    r"|\[\s*\d+(?:\s*[-–,]\s*\d+)*\s*\]|\[E\d+(?:\[[^\]]*\])?(?:\s*,\s*E\d+(?:\[[^\]]*\])?)*\]"
    r"|\b[A-Z][\w'’-]+(?:\s+(?:and|&)\s+[A-Z][\w'’-]+)?\s+et\s+al\b\.?(?:,?\s*\(?\d{4}[a-z]?\)?)?"
    r"|\(\s*[A-Z][\w'’-]+(?:\s+(?:and|&)\s+[A-Z][\w'’-]+)?,?\s+\d{4}[a-z]?\s*\)"
    r"|\bRefs?\.\s*\d+",
)


def find_comparatives(text: str) -> list[Span]:
    """Words that compare or rank, in order."""
    idle = [(m.start(), m.end()) for m in _NO_COMPARISON.finditer(text)]
    return [
        Span(m.start(), m.end(), m.group())
        for m in _COMPARATIVE.finditer(text)
        if not any(a <= m.start() < b for a, b in idle)
    ]


def find_citations(text: str) -> list[Span]:
    """References to literature, links and evidence marks such as `[E31]`, in order."""
    return [Span(m.start(), m.end(), m.group()) for m in _CITATION.finditer(text)]


def find_directions(text: str) -> list[tuple[Span, Direction]]:
    """Comparisons of two things, "higher than" and its like, with the direction that they claim."""
    found: list[tuple[Span, Direction]] = []
    for match in _THAN.finditer(text):
        word = (match["word"] or match["alone"]).lower()
        word = {"exceeds": "exceed", "exceeded": "exceed"}.get(word, word)
        span = Span(match.start(), match.end(), match.group())
        if word in _HIGHER or word == "more":
            found.append((span, "higher"))
        elif word in _LOWER:
            found.append((span, "lower"))
    return found
