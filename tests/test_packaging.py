"""The wheel, built through the source archive, holds the project and nothing else, and works where nothing else is."""

from __future__ import annotations

import ast
import re
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from .checkout import FLOORS, ROOT, modules, project_files, pyproject

DECLARED = re.compile(r"^\s*\"([A-Za-z0-9._-]+)([^\"]*)\",?\s*(#\s*(.+))?$")
# asked for by name, and used by the floors that come next
ASKED_FOR = {"transformers", "langchain"}
# RDKit's own scripts, loaded from its Contrib folder, and a benchmark that another one imports
NOT_PACKAGES = {"sascorer", "npscorer", "properties", "benchside"}
# pydantic names the one version of its core that fits it, and LangGraph's packages share one folder
PARTS_OF = {"pydantic_core": "pydantic", "langgraph": "langgraph"}
TOOLS = {"build", "mypy", "pandas-stubs", "pytest-socket", "pytest-xdist", "ruff", "setuptools", "types-networkx"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(section: str) -> dict[str, tuple[str, str]]:
    """Name to bounds and reason of the requirements that stand in a list of pyproject.toml."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{section} = ["))
    found = {}
    for line in lines[start + 1 : lines.index("]", start)]:
        match = DECLARED.match(line)
        if match:
            found[canonical(match[1])] = (match[2], match[4] or "")
        else:
            assert not line.strip() or line.strip().startswith("#"), line
    return found


def imported(paths: list[Path]) -> dict[str, Path]:
    """Distributions that the modules import, each with one module that does."""
    owners = packages_distributions()
    found: dict[str, Path] = {}
    scripts = {path for path in paths if path.parts[0] in {"examples", "benchmarks"}}
    for path in paths:
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                if path in scripts and (ROOT / path).with_name(f"{top}.py").is_file():
                    continue  # a script may import what lies beside it
                if name.startswith("langgraph.checkpoint.sqlite"):
                    found["langgraph-checkpoint-sqlite"] = path
                elif top not in sys.stdlib_module_names and top not in NOT_PACKAGES:
                    assert top in PARTS_OF or top in owners, f"{path} imports {top}, which is not installed"
                    found[canonical(PARTS_OF.get(top) or owners[top][0])] = path
    return found


def test_what_the_code_imports_is_declared_and_what_is_declared_is_imported() -> None:
    wanted, used = declared("dependencies"), imported(list(modules().values()))
    assert {name: str(path) for name, path in used.items() if name not in wanted} == {}
    # used without an import: `chemicals` for its table of names, admet-ai for its weights and tables
    assert set(wanted) - set(used) - ASKED_FOR <= {"chemicals", "admet-ai"}


def test_what_tests_and_benchmarks_import_is_declared_for_development() -> None:
    others = [p for p in project_files() if p.suffix == ".py" and p.parts[0] in {"tests", "benchmarks", "examples"}]
    extra = declared("dev")
    used = imported(others)
    assert {n: str(p) for n, p in used.items() if n not in extra and n not in declared("dependencies")} == {}
    assert set(extra) - set(used) <= TOOLS


def test_every_bound_has_a_reason() -> None:
    for name, (bounds, reason) in declared("dependencies").items():
        assert ">=" in bounds, f"{name} has no lower bound"
        assert len(reason) > 5, f"{name} has no reason beside it"
        assert "==" not in bounds, f"{name} is pinned"
    assert all(">=" in bounds for bounds, _ in declared("dev").values())


def test_every_subpackage_is_listed() -> None:
    there = sorted(n for n, path in modules().items() if path.name == "__init__.py")
    assert sorted(pyproject()["tool"]["setuptools"]["packages"]) == there, "list it in pyproject.toml"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source archive of a clean copy, without a network."""
    copy = tmp_path_factory.mktemp("build") / "project"
    for path in project_files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path, follow_symlinks=False)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(copy / "dist")]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return next((copy / "dist").glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_floors_and_nothing_else(wheel: Path) -> None:
    expected = set()
    for path in project_files():
        if path.parts[0] in FLOORS:
            expected.add(f"benchside/{path.as_posix()}")
        elif path.parts[:2] == ("src", "benchside") and not (ROOT / path).is_symlink():
            expected.add(path.relative_to("src").as_posix())
    names = set(zipfile.ZipFile(wheel).namelist())
    metadata = {n for n in names if n.split("/")[0].endswith(".dist-info")}
    assert names - metadata == expected
    assert any(n.endswith("licenses/LICENSE") for n in metadata)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel and sees the packages here, but not the checkout."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--disable-pip-version-check", str(wheel)], check=True)
    library = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # a .pth file adds the folder without reading the .pth files in it, so the editable install stays out of sight
    (library / "others.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")
    return folder / "bin"


def run(command: list[str | Path], folder: Path) -> str:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "BENCHSIDE_OFFLINE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_the_installed_program_answers(installed: Path, tmp_path: Path) -> None:
    assert "screen" in run([installed / "benchside", "--help"], tmp_path)
    assert (
        run([installed / "python", "-m", "benchside", "--version"], tmp_path).strip()
        == pyproject()["project"]["version"]
    )
    there = {p.stem for p in project_files() if p.parts[:3] == ("tools", "screening", "profiles")}
    assert {line.split()[0] for line in run([installed / "benchside", "profiles"], tmp_path).splitlines()} == there


def test_data_files_come_from_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    script = """
import benchside, importlib.metadata
from benchside.tools.reporting import page, theme
from benchside.tools.screening.profile import built_in, load_profile
assert load_profile("oral").score
print(benchside.__file__, built_in()["oral"], page.__file__, sep="\\n")
assert "{" in theme.stylesheet()
"""
    for line in run([installed / "python", "-c", script], tmp_path).splitlines():
        assert Path(line).is_relative_to(installed.parent), line


def test_the_installed_wheel_screens_and_writes_a_report(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "few.smi").write_text("CC(=O)Oc1ccccc1C(=O)O aspirin\nCn1cnc2c1c(=O)n(C)c(=O)n2C caffeine\n")
    command: list[str | Path] = [installed / "benchside", "screen", "few.smi", "--workspace", "w"]
    report = run([*command, "--no-admet", "--no-approved-background", "--workers", "1"], tmp_path).strip()
    assert "aspirin" in (tmp_path / report).read_text(encoding="utf-8")
