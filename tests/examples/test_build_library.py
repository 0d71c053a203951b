"""The example library is what its script makes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from rdkit import Chem

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_committed_library_is_what_the_script_makes(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("build_library", EXAMPLES / "build_library.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    target = tmp_path / "library.csv"
    module.main(target)
    assert target.read_bytes() == (EXAMPLES / "library.csv").read_bytes()
    rows = module.rows()
    assert len(rows) == 348
    assert len({Chem.CanonSmiles(smiles) for _, _, smiles, _, _ in rows}) == 348
