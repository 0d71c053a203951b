"""Places in a text, and finding a quoted passage again in its source.

Sources differ from quotes in white space, dashes, quotation marks, ligatures and composed accents. The search is made
on a normalised copy in which each character knows where it came from, so that the offsets returned are the source's.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from benchside.workspaces.errors import Actor, BenchsideError, ExitCode


class SpanError(BenchsideError):
    """A span that does not fit its source."""

    code = "span"
    actor = Actor.MODEL
    exit_code = ExitCode.INPUT


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters `start` to `end` (exclusive, counted in code points) of a text, and what stands there."""

    start: int
    end: int
    text: str

    @classmethod
    def of(cls, source: str, start: int, end: int) -> Span:
        """The span of the source.

        Raises:
            SpanError: outside the source, or empty.
        """
        if not 0 <= start < end <= len(source):
            raise SpanError(f"no characters {start} to {end} in a text of {len(source)}")
        return cls(start, end, source[start:end])

    def check(self, source: str) -> None:
        """Make sure that the source says this here.

        Raises:
            SpanError: it says something else.
        """
        there = source[self.start : self.end]
        if there != self.text or not 0 <= self.start <= self.end:
            raise SpanError(f"expected {self.text!r} at {self.start}, got {there!r}")

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Whether the other lies within this one."""
        return self.start <= other.start and other.end <= self.end


_SAME = {
    **dict.fromkeys("‐‑‒–—−﹣－", "-"),
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    "µ": "μ",
    "…": "...",
}
_DROPPED = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


def _normalised(text: str, ignore_case: bool) -> tuple[str, list[int], list[int]]:
    """The normalised text, and for each of its characters the start and end of what it came from."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    index = 0
    while index < len(text):
        end = index + 1
        # a letter and its combining marks are normalised together
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        cluster = "".join(c for c in text[index:end] if c not in _DROPPED)
        plain = "".join(_SAME.get(c, c) for c in cluster)
        plain = "".join(_SAME.get(c, c) for c in unicodedata.normalize("NFKC", plain))
        for character in plain.casefold() if ignore_case else plain:
            if character.isspace() and out and out[-1] == " ":
                ends[-1] = end
                continue
            out.append(" " if character.isspace() else character)
            starts.append(index)
            ends.append(end)
        index = end
    return "".join(out), starts, ends


def find_all_verbatim(passage: str, source: str, *, ignore_case: bool = False) -> list[Span]:
    """Every place where the source says the passage, overlapping ones left out; offsets are the source's.

    White space of any length and kind, dashes, quotation marks, ligatures, soft hyphens and composition of accents
    make no difference; every other character does.
    """
    wanted = _normalised(passage, ignore_case)[0].strip()
    if not wanted:
        return []
    text, starts, ends = _normalised(source, ignore_case)
    found = []
    at = text.find(wanted)
    while at >= 0:
        last = at + len(wanted) - 1
        found.append(Span.of(source, starts[at], ends[last]))
        at = text.find(wanted, last + 1)
    return found


def find_verbatim(passage: str, source: str, *, ignore_case: bool = False) -> Span | None:
    """The first place where the source says the passage, or None. See `find_all_verbatim`."""
    found = find_all_verbatim(passage, source, ignore_case=ignore_case)
    return found[0] if found else None
