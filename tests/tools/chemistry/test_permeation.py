"""BOILED-Egg on drugs, caffeine being a known miss of it for the brain, and the published ranges of its ellipses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from benchside.tools.chemistry.permeation import WHITE, YOLK, permeation
from benchside.tools.chemistry.properties import properties


@pytest.mark.parametrize(
    ("name", "smiles", "gut", "brain"),
    [
        ("diazepam", "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21", True, True),
        ("nicotine", "CN1CCC[C@H]1c1cccnc1", True, True),
        ("aspirin", "CC(=O)Oc1ccccc1C(=O)O", True, True),
        ("caffeine", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", True, False),
        ("atenolol", "CC(C)NCC(O)COc1ccc(CC(N)=O)cc1", True, False),
        ("methotrexate", "CN(Cc1cnc2nc(N)nc(N)c2n1)c1ccc(C(=O)NC(CCC(=O)O)C(=O)O)cc1", False, False),
        ("sucrose", "OCC1OC(OC2(CO)OC(CO)C(O)C2O)C(O)C(O)C1O", False, False),
    ],
)
def test_known_drugs(name: str, smiles: str, gut: bool, brain: bool) -> None:
    row = properties([Chem.MolFromSmiles(smiles)], ["logp", "tpsa"])
    found = permeation(row["logp"], row["tpsa"]).iloc[0]
    assert (found["gi_absorption"], found["brain_penetration"]) == (gut, brain), name


@pytest.mark.parametrize("egg", [WHITE, YOLK])
def test_the_outline_is_the_border(egg: object) -> None:
    assert egg in (WHITE, YOLK)
    ellipse = WHITE if egg is WHITE else YOLK
    centre = np.array([ellipse.tpsa, ellipse.logp])
    outline = ellipse.outline()
    inner, outer = centre + 0.999 * (outline - centre), centre + 1.001 * (outline - centre)
    assert ellipse.contains(inner[:, 0], inner[:, 1]).all()
    assert not ellipse.contains(outer[:, 0], outer[:, 1]).any()
    assert outline[0] == pytest.approx(outline[-1])


def test_the_white_reaches_the_published_extremes() -> None:
    # SwissADME states the ranges: TPSA below 142 Å² and logP of -2.3 to 6.8.
    outline = WHITE.outline(2000)
    assert outline[:, 0].min() == pytest.approx(0, abs=0.2)
    assert outline[:, 0].max() == pytest.approx(142, abs=0.2)
    assert outline[:, 1].min() == pytest.approx(-2.3, abs=0.1)
    assert outline[:, 1].max() == pytest.approx(6.8, abs=0.1)


def test_the_yolk_reaches_the_published_extremes() -> None:
    # SwissADME states the ranges: TPSA below 79 Å² and logP of 0.4 to 6.0.
    outline = YOLK.outline(2000)
    assert outline[:, 0].max() == pytest.approx(79, abs=0.2)
    assert outline[:, 1].min() == pytest.approx(0.4, abs=0.05)
    assert outline[:, 1].max() == pytest.approx(6.0, abs=0.05)


def test_a_missing_value_gives_null() -> None:
    assert pd.isna(permeation([float("nan")], [50.0])["gi_absorption"][0])
