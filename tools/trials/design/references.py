"""The literature that the engine rests on: one table of citations, collected from the domains."""

from __future__ import annotations

from functools import cache
from importlib import import_module

DOMAINS = (
    "sequential", "continuous", "binary", "counts", "ordinal", "clusters", "survival", "longitudinal", "dose_response",
    "single_arm", "phase1", "adaptive", "multiplicity", "randomisation",
)  # fmt: skip


@cache
def references() -> dict[str, str]:
    """Every citation by key; domains may share a key when they mean the same work."""
    found: dict[str, str] = {}
    for name in DOMAINS:
        table: dict[str, str] = import_module(f"benchside.tools.trials.design.{name}.references").REFERENCES
        for key, text in table.items():
            found.setdefault(key, text)
    return found


def reference(key: str) -> str:
    """The citation of a key; a key without one is a bug."""
    return references()[key]
