"""Slots: how a model writes a value without writing it, and how the renderer prints it.

{E17}                   value and unit of E17
{E17[CHEMBL25]}         of one row of a bulk result
{E17:.2f}               with two decimals (also .3g, .1e, and a comma for thousands: ,.0f)
{compare:E17,E18}       "higher than", "lower than" or "equal to"
{cite:E31}              the reference; several with commas
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from benchside.tools.grounding.claims import find_citations, find_comparatives
from benchside.tools.grounding.evidence import EvidenceLike, Lookup, numeric_value, unit_of
from benchside.tools.grounding.formatting import format_value
from benchside.tools.grounding.numbers import find_numbers
from benchside.tools.grounding.spans import Span
from benchside.tools.grounding.units import UnitError, convert
from benchside.workspaces.errors import Actor, BenchsideError, ExitCode

SlotKind = Literal["value", "compare", "cite"]


class SlotError(BenchsideError):
    """A slot that cannot be read or cannot be filled; a model can write it again."""

    code = "slot"
    actor = Actor.MODEL
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Reference:
    """One address of evidence: an id, and a row of it or None."""

    id: str
    row: str | None = None

    def __str__(self) -> str:
        return self.id if self.row is None else f"{self.id}[{self.row}]"


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a prose: what it asks for, and where it stands."""

    kind: SlotKind
    references: tuple[Reference, ...]
    format: str
    span: Span


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a prose that must not stand there.

    Attributes:
        code: "bad_slot", "number", "number_word", "comparative" or "citation".
    """

    code: str
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot and what was printed for it, at its place in the rendered text."""

    slot: Slot
    span: Span


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prose with its slots filled.

    Attributes:
        used: addresses of all evidence that was printed, compared or cited, in order of first use.
        filled: each slot with the characters that it became.
        cited: addresses that were cited, in order of first use; the reference list.
    """

    text: str
    used: list[str]
    filled: list[Filled]
    cited: list[str]


_REFERENCE = r"E[1-9]\d*(?:\[[^\[\]{}]+\])?"
_SLOT = re.compile(
    rf"\{{(?:(?P<value>{_REFERENCE})(?::(?P<format>,?(?:\.\d{{1,2}})?[fge]|,))?"
    rf"|compare:\s*(?P<compare>{_REFERENCE}\s*,\s*{_REFERENCE})"
    rf"|cite:\s*(?P<cite>{_REFERENCE}(?:\s*,\s*{_REFERENCE})*))\s*\}}"
)
_ONE = re.compile(r"(E[1-9]\d*)(?:\[([^\[\]{}]+)\])?")
_BRACES = re.compile(r"\{[^{}]*\}|[{}]")
_BARE = re.compile(r"(?<![\w\[])E[1-9]\d*(?![\w\]])")


def parse_slots(text: str) -> list[Slot]:
    """Every slot, in order.

    Raises:
        SlotError: braces that are no slot; the first one.
    """
    slots, bad = _split(text)
    if bad:
        raise SlotError(bad[0].message, where=f"character {bad[0].span.start}", hint=_HINT)
    return slots


_HINT = "Write {E17}, {E17[CHEMBL25]}, {E17:.2f}, {compare:E17,E18} or {cite:E31}."


def _split(text: str) -> tuple[list[Slot], list[Finding]]:
    slots: list[Slot] = []
    bad: list[Finding] = []
    for braces in _BRACES.finditer(text):
        span = Span(braces.start(), braces.end(), braces.group())
        match = _SLOT.fullmatch(span.text)
        if match is None:
            bad.append(Finding("bad_slot", span, f"{span.text!r} is no slot. {_HINT}"))
            continue
        kind: SlotKind = "value" if match["value"] else "compare" if match["compare"] else "cite"
        references = tuple(Reference(i, row or None) for i, row in _ONE.findall(match[kind]))
        slots.append(Slot(kind, references, match["format"] or "", span))
    return slots, bad


def check_prose(text: str, allowed: Iterable[str] = ()) -> list[Finding]:
    """What a model wrote that it may not: digits, number words, comparatives and citations outside slots.

    Args:
        allowed: names that may stand although they hold a digit or such a word ("phase 2", "GPT-4"): taken from
            the user's text, from evidence or from a glossary.

    Returns:
        the findings in order of place; an empty list is a clean prose. Identifiers (CHEMBL25, CYP3A4) pass.
    """
    slots, findings = _split(text)
    # slots and allowed names are blanked, so that all offsets stay those of the text
    masked = list(text)
    covered = [s.span for s in slots] + [f.span for f in findings]
    for name in allowed:
        if name:
            pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
            covered += [Span(m.start(), m.end(), m.group()) for m in re.finditer(pattern, text, re.IGNORECASE)]
    for span in covered:
        masked[span.start : span.end] = [" "] * (span.end - span.start)
    blank = "".join(masked)
    findings += [
        Finding("bad_slot", Span(m.start(), m.end(), m.group()), f"{m.group()!r} stands without braces. {_HINT}")
        for m in _BARE.finditer(blank)
    ]
    citations = find_citations(blank)
    findings += [Finding("citation", c, f"{c.text!r}: cite evidence with {{cite:E31}}") for c in citations]
    for number in find_numbers(blank):
        span = Span(number.start, number.end, number.text)
        if any(span.overlaps(c) for c in citations):
            continue
        code = (
            "number_word" if number.kind in {"word", "multiple", "ordinal"} and not span.text[0].isdigit() else "number"
        )
        findings.append(Finding(code, span, f"{span.text!r}: numbers come from evidence, as in {{E17}}"))
    for span in find_comparatives(blank):
        if not any(span.overlaps(c) for c in citations):
            findings.append(
                Finding(
                    "comparative", span, f"{span.text!r}: comparisons come from evidence, as in {{compare:E17,E18}}"
                )
            )
    return sorted(findings, key=lambda f: (f.span.start, f.code))


def render(text: str, lookup: Lookup, cite: Callable[[EvidenceLike], str] | None = None) -> Rendered:
    """The prose with its slots filled from evidence.

    Args:
        lookup: from id and row to the evidence.
        cite: how a citation is printed; `[E31]` where it is left out.

    Raises:
        SlotError: braces that are no slot, a comparison of values that cannot be compared, a value that is missing.
        NotFoundError: from `lookup`, for an id or a row that does not exist.
    """
    parts: list[str] = []
    filled: list[Filled] = []
    used: dict[str, None] = {}
    cited: dict[str, None] = {}
    length = at = 0
    for slot in parse_slots(text):
        evidences = [lookup(r.id, r.row) for r in slot.references]
        if slot.kind == "value":
            printed = _print_value(slot, evidences[0])
        elif slot.kind == "compare":
            printed = compare(evidences[0], evidences[1])
        else:
            printed = ", ".join(cite(e) if cite else f"[{r}]" for e, r in zip(evidences, slot.references, strict=True))
            cited.update(dict.fromkeys(str(r) for r in slot.references))
        used.update(dict.fromkeys(str(r) for r in slot.references))
        before = text[at : slot.span.start]
        length += len(before)
        filled.append(Filled(slot, Span(length, length + len(printed), printed)))
        parts += [before, printed]
        length += len(printed)
        at = slot.span.end
    parts.append(text[at:])
    return Rendered("".join(parts), list(used), filled, list(cited))


def _print_value(slot: Slot, evidence: EvidenceLike) -> str:
    if evidence.value is None:
        raise SlotError(
            f"{slot.references[0]} has no value: {evidence.quantity} of {evidence.subject} could not be computed",
            hint="Leave the slot out, or say that it is not known.",
        )
    if not isinstance(evidence.value, str | bool | int | float):
        raise SlotError(
            f"{slot.references[0]} is a whole column, not one value",
            hint=f"Name a row: {{{slot.references[0].id}[…]}}.",
        )
    if slot.format and numeric_value(evidence) is None:
        raise SlotError(f"{slot.references[0]} is not a number, so that {slot.format!r} does not fit it")
    return format_value(evidence.value, unit_of(evidence), slot.format)


def compare(first: EvidenceLike, second: EvidenceLike) -> str:
    """ "higher than", "lower than" or "equal to": the first against the second, in the second's unit.

    Values that print the same are equal: nobody could see the difference.

    Raises:
        SlotError: one of them is no number, or their units measure different things.
    """
    a, b = numeric_value(first), numeric_value(second)
    if a is None or b is None:
        raise SlotError(f"{first.id} and {second.id} are not both numbers, so that they cannot be compared")
    unit = unit_of(second)
    try:
        a = convert(a, unit_of(first), unit)
    except UnitError as error:
        raise SlotError(f"{first.id} and {second.id} cannot be compared: {error.message}") from None
    if a == b or format_value(a, unit) == format_value(b, unit):
        return "equal to"
    return "higher than" if a > b else "lower than"
