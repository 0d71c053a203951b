"""Benchside: agents for drug discovery and clinical-trial design, from bench to bedside.

The LLM proposes, tools compute, the ledger remembers, the verifier checks.

    import benchside
    result = benchside.screen("library.csv", profile="oral", workspace="my-project")
    result.shortlist        # pandas.DataFrame, best first
    result.report           # path of the HTML report
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

# Set before LangGraph is imported anywhere: checkpoints may then hold only the types that a state declares.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

if TYPE_CHECKING:
    from benchside.graphs.screening.api import Pending, ScreenResult, resume, screen
    from benchside.tools.screening.plain import property_table as properties

__version__ = "0.1.0"
__all__ = ["Pending", "ScreenResult", "__version__", "properties", "resume", "screen"]


def __getattr__(name: str) -> object:
    if name in ("screen", "resume", "ScreenResult", "Pending"):
        from benchside.graphs.screening import api

        return getattr(api, name)
    if name == "properties":
        from benchside.tools.screening.plain import property_table

        return property_table
    raise AttributeError(f"module 'benchside' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
