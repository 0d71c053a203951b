"""The shape of the code: floors, cycles, symlinks, module length, a quick start, and tests that reach no network."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from .checkout import FLOORS, ROOT, modules, project_files

HEIGHT = {"workspaces": 0, "tools": 1, "agents": 2, "graphs": 3}
TOP = 4
LONGEST = 400
# declarative tables: a reader looks something up in them and reads them from no end to the other
TABLES: dict[str, str] = {}
# the registry collects the capabilities of each domain when it is first asked; each domain is written with its types
LATE = {
    "benchside.tools.registry": {
        "benchside.tools.chemistry.capabilities",
        "benchside.tools.safety.capabilities",
        "benchside.tools.trials.capabilities",
    },
}
HEAVY = {
    "pandas",
    "numpy",
    "rdkit",
    "torch",
    "langchain",
    "langchain_core",
    "langgraph",
    "admet_ai",
    "altair",
    "pydantic",
}

TREES = {name: ast.parse((ROOT / path).read_text(encoding="utf-8")) for name, path in modules().items()}


def floor(module: str) -> int:
    """How high a module stands; the ways in stand on top."""
    parts = module.split(".")
    return HEIGHT.get(parts[1], TOP) if len(parts) > 1 else TOP


def targets(module: str) -> Iterator[str]:
    """Modules of Benchside that a module imports, anywhere in it."""
    package = module if ROOT.joinpath(modules()[module]).name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "benchside")
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            if base.split(".")[0] == "benchside":
                yield from (f"{base}.{a.name}" if f"{base}.{a.name}" in TREES else base for a in node.names)


IMPORTS = {name: set(targets(name)) - {name} for name in TREES}


def test_a_floor_imports_only_from_floors_below() -> None:
    upward = [f"{name} imports {t}" for name, found in IMPORTS.items() for t in found if floor(t) > floor(name)]
    assert upward == []


def test_there_is_something_on_each_floor() -> None:
    assert {floor(name) for name in TREES} == {0, 1, 2, 3, 4}
    assert len([1 for found in IMPORTS.values() if found]) > 50


def test_no_module_imports_itself_round_a_corner() -> None:
    try:
        tuple(TopologicalSorter({n: t - LATE.get(n, set()) for n, t in IMPORTS.items()}).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_nothing_imports_a_floor_by_its_bare_name() -> None:
    for path in project_files():
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert not {n.split(".")[0] for n in names} & set(FLOORS), f"{path}: a second copy of a floor is loaded"


def test_the_symlinks_are_there_committed_and_resolve() -> None:
    for name in FLOORS:
        link = ROOT / "src" / "benchside" / name
        assert link.is_symlink(), name
        assert os.readlink(link) == f"../../{name}"
        assert link.resolve() == ROOT / name
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-s", "src"], cwd=ROOT, capture_output=True, check=True, text=True)
        links = {line.split("/")[-1] for line in listed.stdout.splitlines() if line.startswith("120000")}
        assert links == set(FLOORS)


def test_each_module_says_what_it_is_for() -> None:
    short = [name for name, tree in TREES.items() if len(ast.get_docstring(tree) or "") < 20]
    assert short == []


def test_modules_are_of_one_idea() -> None:
    lengths = {name: (ROOT / path).read_text(encoding="utf-8").count("\n") for name, path in modules().items()}
    assert {name: n for name, n in lengths.items() if n > LONGEST and name not in TABLES} == {}
    assert [name for name in TABLES if lengths.get(name, 0) <= LONGEST] == [], "no longer an exception"


def seconds(command: list[str]) -> float:
    """Median of three runs, wall clock."""
    found = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def test_help_is_instant() -> None:
    bare = seconds([sys.executable, "-c", "pass"])
    helped = seconds([sys.executable, "-m", "benchside", "--help"])
    # half a second, or on a machine that is busy as much slower as the bare interpreter is there
    assert helped < max(0.5, 15 * bare)


@pytest.mark.parametrize("arguments", [["--help"], ["screen", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = f"""
import sys
from benchside.cli import main
try:
    main({arguments!r})
except SystemExit:
    pass
print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_importing_benchside_loads_nothing_heavy() -> None:
    script = (
        f"import sys, benchside, benchside.tools, benchside.workspaces; print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_tests_cannot_reach_the_network() -> None:
    with socket.socket() as one, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        one.connect(("192.0.2.1", 80))


def test_langgraph_json_names_a_factory_that_builds() -> None:
    graphs = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
    assert sorted(graphs) == ["screening"]
    for name in graphs.values():
        module, _, attribute = name.partition(":")
        # a path would load a second copy of the module under another name
        assert "/" not in module
        factory = getattr(importlib.import_module(module), attribute)
        # the server hands its configuration to the first parameter of a factory that has one
        assert not inspect.signature(factory).parameters
        graph = factory()
        assert graph.compile().checkpointer is None
        assert {"load", "standardise", "compute", "filter", "predict", "rank", "review", "write"} <= set(graph.nodes)


def test_the_makefile_has_the_doors_that_are_promised() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = text.partition(".PHONY:")[2].splitlines()[0].split()
    assert {"setup", "demo", "test", "soak", "bench", "docs", "picture"} <= set(phony)
    assert all(f"\n{target}:" in text for target in phony)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in script if line and not line.startswith(("#", "set ", "cd "))] == ["make test CI=true"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_nothing_in_the_project_names_this_machine() -> None:
    home = str(ROOT.parent) + "/"
    for path in project_files():
        if path.suffix in {".py", ".md", ".toml", ".json", ".jinja", ".css", ".js"} or path == Path("Makefile"):
            assert home not in (ROOT / path).read_text(encoding="utf-8"), path
