"""Whether a number in a finished text is what the evidence says.

The text may round to the digits that it prints, convert the unit, and write a fraction as per cent. It may not change
the sign, round to nothing, or leave the unit out.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from benchside.tools.grounding.claims import Direction, find_citations, find_directions
from benchside.tools.grounding.evidence import EvidenceLike, numeric_value, unit_of
from benchside.tools.grounding.formatting import printed_unit
from benchside.tools.grounding.numbers import Number, find_numbers
from benchside.tools.grounding.spans import Span
from benchside.tools.grounding.units import UnitError, convert, parse_unit

_SENTENCE_END = re.compile(r"[.!?]\s+|\n\s*\n")

How = Literal["exact", "rounded", "converted", "bound"]


@dataclass(frozen=True, slots=True)
class Match:
    """The evidence that a number was resolved to.

    Attributes:
        how: "exact"; "rounded" to the printed digits; "converted" to the printed unit (and perhaps rounded);
            "bound" for a p-value that is below the printed bound.
        value: the evidence's value in the printed unit.
        named: whether the text around the number names the evidence's subject, quantity or id.
        others: ids of further evidence with a value that fits as well.
    """

    evidence: EvidenceLike
    how: How
    value: float
    named: bool
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """One number of a text, its match, or why there is none."""

    number: Number
    match: Match | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CheckedDirection:
    """A comparison between two resolved numbers, and whether the values bear it out."""

    span: Span
    claimed: Direction
    holds: bool


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """A citation, and the id of the evidence behind it (None: there is none)."""

    span: Span
    evidence_id: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """What the verifier found in a text."""

    numbers: list[Checked] = field(default_factory=list)
    directions: list[CheckedDirection] = field(default_factory=list)
    citations: list[CheckedCitation] = field(default_factory=list)

    @property
    def resolved(self) -> list[Checked]:
        """Numbers that evidence bears out."""
        return [c for c in self.numbers if c.match is not None]

    @property
    def unresolved(self) -> list[Checked]:
        """Numbers that no evidence bears out."""
        return [c for c in self.numbers if c.match is None]

    @property
    def ok(self) -> bool:
        """Whether every number, direction and citation is borne out."""
        return (
            not self.unresolved
            and all(d.holds for d in self.directions)
            and all(c.evidence_id is not None for c in self.citations)
        )


def resolve(number: Number, evidences: Iterable[EvidenceLike], context: str = "") -> Match | None:
    """The evidence that the number states, or None.

    Where several fit, the one that the context names comes first, then exact before rounded before converted; the
    others are listed, since equal values cannot be told apart.

    Args:
        context: the sentence that the number stands in.
    """
    fits: list[tuple[int, int, int, Match]] = []
    order: dict[How, int] = {"exact": 0, "rounded": 1, "converted": 2, "bound": 3}
    for place, evidence in enumerate(evidences):
        match = _fits(number, evidence, context)
        if match is not None:
            fits.append((-_names(evidence, context), order[match.how], place, match))
    if not fits:
        return None
    fits.sort(key=lambda f: f[:3])
    best = fits[0][3]
    return Match(best.evidence, best.how, best.value, best.named, tuple(f[3].evidence.id for f in fits[1:]))


def verify_text(text: str, evidence: Iterable[EvidenceLike]) -> Report:
    """Check each number, comparison and citation of a finished text against the evidence."""
    evidences = list(evidence)
    citations = find_citations(text)
    units = {printed_unit(unit_of(e)) for e in evidences}
    numbers = [n for n in find_numbers(text, units) if not any(c.start <= n.start < c.end for c in citations)]
    starts = _sentences(text)
    checked = []
    for number in numbers:
        start, end = _sentence(starts, number.start)
        match = resolve(number, evidences, text[start:end])
        checked.append(Checked(number, match, "" if match else _why_not(number, evidences)))
    return Report(checked, _directions(text, starts, checked), [_citation(c, evidences) for c in citations])


def _fits(number: Number, evidence: EvidenceLike, context: str) -> Match | None:
    named = _names(evidence, context) > 0
    if number.kind == "date":
        same = isinstance(evidence.value, str) and evidence.value.strip()[: len(number.date)] == number.date
        return Match(evidence, "exact", number.value, named) if same else None
    value = numeric_value(evidence)
    if value is None or not math.isfinite(value):
        return None
    printed = _in_printed_unit(value, unit_of(evidence), number.unit)
    if printed is None:
        return None
    if equals_as_printed(printed, number.value, number.quantum):
        how: How = "exact" if math.isclose(printed, number.value, rel_tol=1e-9, abs_tol=0.0) else "rounded"
        return Match(evidence, how if printed == value else "converted", printed, named)
    is_p = re.search(r"\bp[- ]?value\b|^p$", evidence.quantity, re.IGNORECASE) is not None
    if is_p and number.relation in {"<", "<="} and 0 <= printed < number.value:
        return Match(evidence, "bound", printed, named)
    return None


def _in_printed_unit(value: float, unit: str, printed: str) -> float | None:
    """The evidence's value in the unit that the text prints; None where the text may not say it so."""
    if printed in {unit, printed_unit(unit)} or (printed == "fold" and not unit):
        return value
    try:
        parsed = parse_unit(unit)
        if parsed.kind == "log" and printed in {"", "log unit", "log units"}:
            # logarithms are often printed without a unit
            return value
        if not printed and unit and (parsed.dimension or parsed.kind):
            return None
        return convert(value, unit, printed)
    except UnitError:
        return None


def equals_as_printed(value: float, printed: float, quantum: float) -> bool:
    """Whether a value, rounded to the last printed digit, is what is printed.

    Halves may go either way. Nothing rounds to zero, and the sign must agree. A quantum of 0 asks for equality.
    """
    if printed == 0 or value == 0:
        return value == printed
    if (value < 0) != (printed < 0):
        return False
    # decimal halves are not exact in binary: allow for a few units in the last place
    slack = 4 * max(math.ulp(value), math.ulp(printed))
    return abs(value - printed) <= quantum / 2 + slack


def _names(evidence: EvidenceLike, context: str) -> int:
    """How much of the evidence the context names: its id 4, its subject 2, its quantity 1."""
    if not context:
        return 0
    low = context.lower()

    def said(name: str) -> bool:
        return bool(name) and re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", low) is not None

    quantity = re.sub(r"\s*\(.*?\)", "", evidence.quantity)
    return 4 * said(evidence.id) + 2 * said(evidence.subject) + 1 * (said(evidence.quantity) or said(quantity))


def _why_not(number: Number, evidences: Sequence[EvidenceLike]) -> str:
    """What comes closest, for a person who looks for the mistake."""
    for evidence in evidences:
        value = numeric_value(evidence)
        if value is None:
            continue
        unit = unit_of(evidence)
        if equals_as_printed(value, number.value, number.quantum):
            return f"{evidence.id} has this value in {unit or 'no unit'!r}, the text says {number.unit or 'no unit'!r}"
        if equals_as_printed(-value, number.value, number.quantum):
            return f"{evidence.id} has this value with the other sign"
    return "no evidence has this value"


def _sentences(text: str) -> list[int]:
    """Where each sentence starts, in order, and the end of the text."""
    return [0, *(m.end() for m in _SENTENCE_END.finditer(text)), len(text)]


def _sentence(starts: Sequence[int], at: int) -> tuple[int, int]:
    place = min(bisect_right(starts, at), len(starts) - 1)
    return starts[place - 1], starts[place]


def _directions(text: str, starts: Sequence[int], checked: Sequence[Checked]) -> list[CheckedDirection]:
    """Comparisons with exactly one resolved number on either side of them in the sentence."""
    found = []
    for span, claimed in find_directions(text):
        start, end = _sentence(starts, span.start)
        before = [c for c in checked if start <= c.number.start < span.start and c.match]
        after = [c for c in checked if span.end <= c.number.start < end and c.match]
        if len(before) != 1 or len(after) != 1:
            continue
        first, second = before[0].number, after[0].number
        try:
            value = convert(first.value, first.unit, second.unit)
        except UnitError:
            continue
        holds = value > second.value if claimed == "higher" else value < second.value
        found.append(CheckedDirection(span, claimed, holds))
    return found


def _citation(span: Span, evidences: Sequence[EvidenceLike]) -> CheckedCitation:
    """A citation is known where its marks are ids of evidence, or where its text stands in a source or value."""
    marks = re.findall(r"E[1-9]\d*(?:\[[^\]]*\])?", span.text) if span.text.startswith("[E") else []
    if marks:
        known = {e.id for e in evidences}
        return CheckedCitation(span, marks[0] if all(m in known for m in marks) else None)
    wanted = re.sub(r"^(?:doi:|PMID:?)\s*", "", span.text).rstrip(".").lower()
    for evidence in evidences:
        said = f"{getattr(evidence, 'source', '')} {evidence.value} {evidence.subject}".lower()
        if re.search(rf"(?<![\w.]){re.escape(wanted)}(?![\w])", said):
            return CheckedCitation(span, evidence.id)
    return CheckedCitation(span, None)
