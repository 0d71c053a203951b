"""Durations of ISO 8601, as timings have them: `P2W`, `-P1DT12H`."""

from __future__ import annotations

import re

_PERIOD = re.compile(
    r"([-+]?)P(?=\d|T\d)(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
# a year and a month have no fixed length: these are means, good enough to order visits
_DAYS = (365.25, 30.4375, 7.0, 1.0, 1 / 24, 1 / 1440, 1 / 86400)


def days(text: str) -> float | None:
    """The length in days, years and months at their mean length; None for what is no duration."""
    match = _PERIOD.fullmatch(text.strip()) if len(text) < 60 else None
    if match is None:
        return None
    sign, *parts = match.groups()
    total = sum(float(part) * length for part, length in zip(parts, _DAYS, strict=True) if part)
    return -total if sign == "-" else total
