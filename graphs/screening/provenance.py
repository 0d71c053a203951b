"""Which program and which versions computed a screening."""

from __future__ import annotations

import functools
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchside.graphs.screening.context import Context

PACKAGES = ("benchside", "rdkit", "admet-ai", "chemprop", "torch", "numpy", "pandas", "pyarrow", "fpsim2", "langgraph")


@functools.cache
def tool_versions() -> dict[str, str]:
    """Versions of everything that shapes a result."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed as a package"
    return found


def provenance(context: Context, inputs: list[str]) -> dict[str, Any]:
    """What stands in the sidecar of each product."""
    versions = tool_versions()
    return {
        "tool": "benchside screen",
        "version": versions["benchside"],
        "parameters": context.request.model_dump(mode="json"),
        "inputs": [context.request.input_sha256, *inputs],
        "run": context.run.id,
        "versions": versions,
    }
