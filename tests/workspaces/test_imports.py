"""The lowest floor imports nothing from the floors above it, and nothing heavy."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import benchside.workspaces

HEAVY = ("pandas", "numpy", "pyarrow", "networkx", "langgraph", "langchain_core", "rdkit", "torch")
FOLDER = Path(benchside.workspaces.__file__).parent
NAMES = sorted(p.stem for p in FOLDER.glob("*.py") if p.stem != "__init__")


def test_nothing_heavy_is_imported() -> None:
    imports = "\n".join(f"import benchside.workspaces.{name}" for name in NAMES)
    code = f"import json, sys\n{imports}\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout) == []


def test_nothing_of_the_floors_above_is_imported() -> None:
    for name in NAMES:
        for node in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text())):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            for module in modules:
                assert not module.startswith("benchside.") or module.startswith("benchside.workspaces"), (name, module)
