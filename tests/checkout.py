"""The files of the checkout, for the tests that look at the project as a whole."""

from __future__ import annotations

import os
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("agents", "graphs", "tools", "workspaces")
_MADE = {".venv", "build", "dist", "runs", "__pycache__", ".git", ".hypothesis"}


def _is_made(name: str) -> bool:
    return name in _MADE or name.endswith(("_cache", ".egg-info"))


@cache
def project_files() -> tuple[Path, ...]:
    """All files that belong to the project, relative to its root: known to git or about to be, or, without git, all."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        found = [Path(name) for name in listed.split("\0") if name]
        return tuple(sorted(p for p in found if os.path.lexists(ROOT / p)))
    kept: list[Path] = []
    for folder, folders, files in os.walk(ROOT):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = [name for name in folders if not _is_made(name)]
        kept += [Path(folder, name).relative_to(ROOT) for name in [*files, *links]]
    return tuple(sorted(kept))


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name, with its path relative to the root."""
    found = {}
    for path in project_files():
        if path.suffix != ".py" or (path.parts[0] not in FLOORS and path.parts[:2] != ("src", "benchside")):
            continue
        parts = path.with_suffix("").parts
        inside = parts[1:] if parts[0] == "src" else ("benchside", *parts)
        found[".".join(inside[:-1] if inside[-1] == "__init__" else inside)] = path
    return found


def pyproject() -> dict[str, Any]:
    """The project's own description."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
