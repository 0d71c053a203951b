"""Grounding: finding numbers, units, spans, slots and claims in texts, and resolving them against evidence."""

from benchside.tools.grounding.claims import find_citations, find_comparatives, find_directions
from benchside.tools.grounding.evidence import EvidenceLike, Lookup
from benchside.tools.grounding.formatting import format_number, format_value
from benchside.tools.grounding.numbers import Number, find_numbers
from benchside.tools.grounding.resolve import Match, Report, resolve, verify_text
from benchside.tools.grounding.slots import Finding, Rendered, SlotError, check_prose, compare, parse_slots, render
from benchside.tools.grounding.spans import Span, SpanError, find_all_verbatim, find_verbatim
from benchside.tools.grounding.units import Unit, UnitError, compatible, convert, parse_unit

__all__ = [
    "EvidenceLike",
    "Finding",
    "Lookup",
    "Match",
    "Number",
    "Rendered",
    "Report",
    "SlotError",
    "Span",
    "SpanError",
    "Unit",
    "UnitError",
    "check_prose",
    "compare",
    "compatible",
    "convert",
    "find_all_verbatim",
    "find_citations",
    "find_comparatives",
    "find_directions",
    "find_numbers",
    "find_verbatim",
    "format_number",
    "format_value",
    "parse_slots",
    "parse_unit",
    "render",
    "resolve",
    "verify_text",
]
