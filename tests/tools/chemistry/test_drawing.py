"""Structure drawings: small, clean, the same each time, and never an exception."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rdkit import Chem

from benchside.tools.chemistry.drawing import HIGHLIGHTS, Highlight, alert_highlights, draw, svg

LIBRARY = Path(__file__).parents[3] / "examples" / "library.csv"
CURCUMIN = "COc1cc(/C=C/C(=O)CC(=O)/C=C/c2ccc(O)c(OC)c2)ccc1O"


def test_the_whole_library_is_well_formed_and_small() -> None:
    sizes = []
    with LIBRARY.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            drawing = draw(Chem.MolFromSmiles(row["smiles"]), legend=row["name"])
            ElementTree.fromstring(drawing.svg)
            assert drawing.notes == ()
            sizes.append(len(drawing.svg))
    assert sum(sizes) / len(sizes) < 5000


def test_a_drawing_carries_no_noise_and_repeats() -> None:
    mol = Chem.MolFromSmiles(CURCUMIN)
    text = svg(mol)
    assert text == svg(Chem.MolFromSmiles(CURCUMIN))
    assert text == svg(mol), "drawing must not change the molecule"
    assert mol.GetNumConformers() == 0
    for noise in ("<?xml", "xmlns", "class=", " id=", "rdkit", "style="):
        assert noise not in text
    assert "fill:#FFFFFF" not in text


def test_text_is_escaped() -> None:
    text = svg(Chem.MolFromSmiles("C"), legend='<script>"x"</script> & co')
    root = ElementTree.fromstring(text)
    assert root.attrib["aria-label"] == '<script>"x"</script> & co'
    assert "<script" not in text


def test_alerts_have_colours_of_their_own() -> None:
    matches = {"enone": [8, 9], "catechol": [16, 17]}
    text = svg(Chem.MolFromSmiles(CURCUMIN), highlights=alert_highlights(matches))
    assert {HIGHLIGHTS[0], HIGHLIGHTS[1]} <= set(re.findall(r"#[0-9a-f]{6}", text.lower()))
    assert "Marked: enone; catechol" in text


def test_atoms_that_are_not_there_are_noted() -> None:
    drawing = draw(Chem.MolFromSmiles("CC"), highlights=[Highlight((0, 7), "PAINS")])
    assert drawing.notes == ("PAINS names atoms that the structure lacks",)


def unkekulisable() -> Chem.Mol:
    return Chem.MolFromSmiles("c1cccc1", sanitize=False)


@pytest.mark.parametrize(
    "mol",
    [
        None,
        Chem.Mol(),
        Chem.MolFromSmiles("[Na+].[Cl-]"),
        Chem.MolFromSmiles("*c1ccccc1"),
        Chem.MolFromSmiles("[NH3][Pt]([NH3])(Cl)Cl", sanitize=False),
        Chem.MolFromSmiles("CC(C)(C)(C)C", sanitize=False),
        Chem.MolFromSmarts("[#6;R]~[!#1]"),
        Chem.MolFromSmiles("C" * 400),
        unkekulisable(),
    ],
)
def test_odd_molecules_never_raise(mol: Chem.Mol | None) -> None:
    ElementTree.fromstring(svg(mol, width=90, height=60, legend="x"))


def test_a_fallback_is_stated() -> None:
    drawing = draw(unkekulisable())
    assert drawing.notes == ("drawn without kekulising",)
    assert "drawn without kekulising" in drawing.svg
    assert draw(None).notes == ("no structure",)


def test_coordgen_lays_out_macrocycles() -> None:
    mol = Chem.MolFromSmiles("O=C1CCCCCCCCCCCCCCO1")
    assert svg(mol, coordgen=True) != svg(mol)
