"""What the documentation says is so: its commands run, its links lead somewhere, its made pages are fresh."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
from rdkit import Chem

from benchside.workspaces.errors import ExitCode

from .checkout import ROOT, project_files

PAGES = sorted(p for p in project_files() if p.suffix == ".md" and p.parts[0] in {"README.md", "docs", "examples"})
FENCE = re.compile(
    r"(?:^<!-- test: (?P<said>[^\n]+) -->\n)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
COMPOUNDS = 14


@dataclass(frozen=True)
class Block:
    """A block of commands; `said` is the comment above it, which prepares it or names its exit code."""

    page: Path
    line: int
    kind: str
    body: str
    said: str


def blocks(page: Path) -> list[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, m.start()) + 1, m["kind"], m["body"], m["said"] or "")
        for m in FENCE.finditer(text)
    ]


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(folder / "config"),
        "BENCHSIDE_OFFLINE": "1",
        "BENCHSIDE_SCREENING__WORKERS": "1",
    }


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the files that the commands name: the example library, cut short, and others."""
    lines = (ROOT / "examples" / "library.csv").read_text(encoding="utf-8").splitlines(keepends=True)[: COMPOUNDS + 1]
    (tmp_path / "library.csv").write_text("".join(lines), encoding="utf-8")
    with Chem.SDWriter(str(tmp_path / "library.sdf")) as writer:
        for line in lines[1:]:
            compound, name, smiles, *_ = line.split(",")
            mol = Chem.MolFromSmiles(smiles)
            mol.SetProp("_Name", compound)
            mol.SetProp("name", name)
            writer.write(mol)
    for name in ("dirty.csv", "screen_library.py", "design_trial.py"):
        shutil.copy(ROOT / "examples" / name, tmp_path / name)
    shutil.copy(ROOT / "examples" / "usdm" / "synthetic-study.usdm.json", tmp_path)
    shutil.copytree(ROOT / "examples" / "designs", tmp_path / "designs")
    return tmp_path


def interrupt(workspace: str, folder: Path) -> None:
    """A screening in the workspace that was killed on its way."""
    runs = f"{workspace}/runs/0*/run.toml"
    before = len(list(folder.glob(runs)))
    command = [sys.executable, "-m", "benchside", "screen", "library.csv", "--no-admet", "--workspace", workspace]
    with subprocess.Popen(command, cwd=folder, env=environment(folder), stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(list(folder.glob(runs))) == before:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_runs(page: Path, desk: Path) -> None:
    for block in blocks(page):
        where = f"{page}, line {block.line}"
        assert block.kind in {"", "sh", "python", "toml"}, f"{where}: a kind of block that is not checked"
        if block.kind not in {"sh", "python"}:
            continue
        commands = "\n".join(x for x in block.body.splitlines() if not x.startswith("make "))
        word, _, rest = block.said.partition(" ")
        if word == "interrupted":
            interrupt(rest, desk)
        command = ["sh", "-euc", commands] if block.kind == "sh" else [sys.executable, "-c", commands]
        done = subprocess.run(command, cwd=desk, env=environment(desk), capture_output=True, text=True, check=False)
        assert done.returncode == (int(rest) if word == "exit" else 0), f"{where}\n{done.stdout}\n{done.stderr}"


def test_make_commands_are_targets() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        assert set(re.findall(r"`?\bmake ([a-z]+)\b(?=[`\s])", "\n".join(b.body for b in blocks(page)))) <= targets, (
            page
        )
        assert set(re.findall(r"`make ([a-z]+)", text)) <= targets, page


def test_the_example_script_runs_without_a_guard(desk: Path) -> None:
    script = (ROOT / "examples" / "screen_library.py").read_text(encoding="utf-8")
    assert "__main__" not in script
    command = [sys.executable, "screen_library.py"]
    two = {**environment(desk), "BENCHSIDE_SCREENING__WORKERS": "2"}
    done = subprocess.run(command, cwd=desk, env=two, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Report: ") == 1
    assert Path(done.stdout.rpartition("Report: ")[2].strip()).is_file()
    assert "ibuprofen" in done.stdout


def test_links_lead_somewhere() -> None:
    for page in [*PAGES, Path("CHANGELOG.md"), Path("THREAT_MODEL.md")]:
        for target in LINK.findall((ROOT / page).read_text(encoding="utf-8")):
            assert (ROOT / page.parent / target).exists(), f"{page} links to {target}"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_exit_codes_is_fresh(build: ModuleType) -> None:
    page = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    assert page == build.exit_codes(), "run `make docs`"
    assert all(f"| `{int(code)}` | {code.name} |" in page for code in ExitCode)


def test_the_page_of_columns_is_fresh(build: ModuleType) -> None:
    page = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    if f"admet-ai {version('admet-ai')} " not in page:
        pytest.skip("another version of admet-ai measured its models anew")
    assert page == build.columns(), "run `make docs`"


def test_the_readme_names_the_unreliable_endpoints() -> None:
    from benchside.tools.chemistry.admet_endpoints import endpoints

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{e.id}`" in text for e in endpoints().values() if e.unreliable)


def test_no_built_in_profile_uses_an_unreliable_endpoint() -> None:
    from benchside.tools.chemistry.admet_endpoints import endpoints
    from benchside.tools.screening.profile import built_in, load_profile

    doubtful = {e.id for e in endpoints().values() if e.unreliable}
    assert {name for name in built_in() if doubtful & set(load_profile(name).columns)} == set()


def test_the_profile_blocks_are_valid() -> None:
    from benchside.tools.screening.profile import parse_profile

    parts = [b.body for b in blocks(Path("docs/profiles.md")) if b.kind == "toml"]
    assert parse_profile('name = "from the page"\n' + "\n".join(parts)).needs_admet


def test_every_command_of_the_program_is_documented() -> None:
    from benchside.cli import app

    text = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    names = [name for name in app if not name.startswith("-")]
    assert {"screen", "properties", "resume"} <= set(names)
    assert [name for name in names if f"benchside {name}" not in text] == []
