"""Structure drawings as small SVG that can stand many times in one page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape
from rdkit import Chem
from rdkit.Chem import rdCoordGen, rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from benchside.tools.reporting.svg import tidy

HIGHLIGHTS: Final[tuple[str, ...]] = ("#f4a99a", "#f6cf6b", "#9fd0f0", "#a9dcc0", "#e2b3d8", "#c3ccd6")
"""Fills of successive alerts, light enough that the bonds above them stay legible."""

ATOMS: Final[dict[int, str]] = {
    -1: "#18222e",
    5: "#a5672a",
    7: "#2456c8",
    8: "#c62828",
    9: "#24803f",
    15: "#c05c00",
    16: "#8c6d00",
    17: "#24803f",
    35: "#8a3b12",
    53: "#6a2c91",
}
"""Colours of the elements (-1: all others), each dark enough to read as small type on white."""

_FLOAT = re.compile(r"-?\d+\.\d+")
_STYLE = re.compile(r"style=(['\"])(.*?)\1")
_CLASS = re.compile(r"\s+class=(['\"]).*?\1")
_BACKGROUND = re.compile(r"<rect[^>]*opacity:0[^>]*>\s*</rect>")
_BOND = re.compile(r"<path\s+d='([^']*)'\s+fill='none'\s+([^<>]*?)\s*/>")
_BONDS = re.compile(r"(?:<path\s+d='[^']*'\s+fill='none'\s+[^<>]*/>\s*){2,}")
_D = re.compile(r"\bd='([^']*)'")
_JOIN = re.compile(r"\s*([A-Za-z])\s*")
_DEFAULTS = (
    "fill-rule:evenodd",
    "stroke-linecap:butt",
    "stroke-linejoin:miter",
    "stroke-opacity:1",
    "fill-opacity:1",
    "stroke-miterlimit:10",
)


@dataclass(frozen=True, slots=True)
class Highlight:
    """Atoms to mark and what they stand for.

    Attributes:
        atoms: indices into the molecule.
        label: name of the alert or match, for the text alternative.
        colour: #rrggbb; the next of `HIGHLIGHTS` when empty.
    """

    atoms: tuple[int, ...]
    label: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing and what was done to make it.

    Attributes:
        svg: inline SVG.
        notes: what a reader should know, "drawn without kekulising" for one; empty if nothing.
    """

    svg: Markup
    notes: tuple[str, ...] = ()


def svg(
    mol: Chem.Mol | None,
    highlight_atoms: Iterable[int] = (),
    width: int = 220,
    height: int = 150,
    legend: str = "",
    *,
    highlights: Sequence[Highlight] = (),
    coordgen: bool = False,
) -> Markup:
    """A molecule as inline SVG; see `draw`, which also says what had to be done."""
    marked = tuple(highlight_atoms)
    every = ((Highlight(marked),) if marked else ()) + tuple(highlights)
    return draw(mol, width=width, height=height, legend=legend, highlights=every, coordgen=coordgen).svg


def draw(
    mol: Chem.Mol | None,
    *,
    width: int = 220,
    height: int = 150,
    legend: str = "",
    highlights: Sequence[Highlight] = (),
    coordgen: bool = False,
) -> Drawing:
    """Draws a molecule; an odd one is drawn as well as can be, and the notes and the text alternative say how.

    The background is transparent and there are no ids, so the SVG can stand many times in a page. Coordinates are made
    afresh, so the same molecule gives the same bytes.

    Args:
        mol: None gives an empty frame with a note.
        width, height: in px.
        legend: below the drawing, escaped.
        highlights: in order; an atom of two takes the colour of the first, and bonds between atoms of one are marked.
        coordgen: lay out with CoordGen, better for macrocycles and slower, in place of RDKit's own method.
    """
    if mol is None:
        return _blank("no structure", width, height, legend)
    if mol.GetNumAtoms() == 0:
        return _blank("no atoms", width, height, legend)
    notes: list[str] = []
    prepared = _prepare(Chem.Mol(mol), notes, coordgen=coordgen)
    if prepared is None:
        return _blank(notes[-1], width, height, legend, notes)
    fills = _fills(highlights, mol.GetNumAtoms(), notes)
    try:
        text = _render(prepared, fills, width, height)
    except (RuntimeError, ValueError) as error:
        notes.append(f"no structure could be drawn: {_first_line(error)}")
        return _blank(notes[-1], width, height, legend, notes)
    marks = "; ".join(h.label for h in highlights if h.label)
    words = ". ".join(filter(None, (legend or "Structure", marks and f"Marked: {marks}", *notes)))
    return Drawing(_frame(text, words, width, height, legend), tuple(notes))


def _prepare(mol: Chem.Mol, notes: list[str], *, coordgen: bool) -> Chem.Mol | None:
    try:
        ready = rdMolDraw2D.PrepareMolForDrawing(mol, kekulize=True, addChiralHs=False)
        if any(bond.GetBondType() == Chem.BondType.AROMATIC for bond in ready.GetBonds()):
            notes.append("drawn without kekulising")
        return _laid_out(ready, coordgen=coordgen)
    except (Chem.MolSanitizeException, RuntimeError, ValueError):
        notes[:] = ["drawn without kekulising"]
    try:
        mol.UpdatePropertyCache(strict=False)
        Chem.FastFindRings(mol)
        plain = rdMolDraw2D.PrepareMolForDrawing(mol, kekulize=False, addChiralHs=False, wedgeBonds=False)
        return _laid_out(plain, coordgen=coordgen)
    except (Chem.MolSanitizeException, RuntimeError, ValueError) as error:
        notes.append(f"no structure could be drawn: {_first_line(error)}")
        return None


def _laid_out(mol: Chem.Mol, *, coordgen: bool) -> Chem.Mol:
    mol.RemoveAllConformers()
    if coordgen:
        rdCoordGen.AddCoords(mol)
    else:
        rdDepictor.Compute2DCoords(mol, canonOrient=True)
    rdDepictor.StraightenDepiction(mol)
    Chem.WedgeMolBonds(mol, mol.GetConformer())
    return mol


def _fills(highlights: Sequence[Highlight], atoms: int, notes: list[str]) -> list[tuple[list[int], str]]:
    fills: list[tuple[list[int], str]] = []
    for number, highlight in enumerate(highlights):
        inside = sorted({atom for atom in highlight.atoms if 0 <= atom < atoms})
        if len(inside) < len(set(highlight.atoms)):
            notes.append(f"{highlight.label or 'a highlight'} names atoms that the structure lacks")
        if inside:
            fills.append((inside, highlight.colour or HIGHLIGHTS[number % len(HIGHLIGHTS)]))
    return fills


def _render(mol: Chem.Mol, fills: list[tuple[list[int], str]], width: int, height: int) -> str:
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()
    options.clearBackground = False
    options.padding = 0.06
    options.bondLineWidth = 1.3
    options.baseFontSize = 0.7
    options.minFontSize = 7
    options.maxFontSize = 13
    options.fixedBondLength = 26
    options.highlightRadius = 0.34
    options.highlightBondWidthMultiplier = 18
    options.fillHighlights = True
    options.addStereoAnnotation = False
    options.prepareMolsBeforeDrawing = False
    options.setAtomPalette({number: _rgb(value) for number, value in ATOMS.items()})
    colours: dict[int, tuple[float, float, float]] = {}
    bonds: dict[int, tuple[float, float, float]] = {}
    for atoms, fill in fills:
        rgb = _rgb(fill)
        for atom in atoms:
            colours.setdefault(atom, rgb)
        chosen = set(atoms)
        for bond in mol.GetBonds():
            if bond.GetBeginAtomIdx() in chosen and bond.GetEndAtomIdx() in chosen:
                bonds.setdefault(bond.GetIdx(), rgb)
    drawer.DrawMolecule(
        mol,
        highlightAtoms=list(colours),
        highlightBonds=list(bonds),
        highlightAtomColors=colours,
        highlightBondColors=bonds,
    )
    drawer.FinishDrawing()
    return str(drawer.GetDrawingText())


def _rgb(colour: str) -> tuple[float, float, float]:
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)


def _frame(text: str, words: str, width: int, height: int, legend: str) -> Markup:
    """The drawing with the noise of the drawer removed and its text alternative added."""
    inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    inner = _CLASS.sub("", _BACKGROUND.sub("", inner))
    inner = _FLOAT.sub(lambda number: f"{float(number.group()):.1f}".removesuffix(".0"), inner)
    inner = _BONDS.sub(_merged, _STYLE.sub(_shorter_style, inner))
    inner = _D.sub(_shorter_path, inner)
    return _wrapped(inner, words, width, height, legend)


def _shorter_path(found: re.Match[str]) -> str:
    path = _JOIN.sub(r"\1", found.group(1)).replace(",", " ").strip()
    return f"d='{path}'"


def _merged(found: re.Match[str]) -> str:
    """Bonds of one colour as one path: a third of the size, and the same picture."""
    paths: dict[str, list[str]] = {}
    for bond in _BOND.finditer(found.group()):
        paths.setdefault(bond.group(2), []).append(bond.group(1))
    lines = "".join(f"<path d='{''.join(parts)}' {style}/>" for style, parts in paths.items())
    return f"<g fill='none'>{lines}</g>"


def _shorter_style(found: re.Match[str]) -> str:
    kept = [part for part in found.group(2).split(";") if part and part not in _DEFAULTS]
    pairs = [part.split(":", 1) for part in kept]
    return " ".join(f"{key}='{value.removesuffix('px')}'" for key, value in pairs)


def _wrapped(inner: str, words: str, width: int, height: int, legend: str) -> Markup:
    room = 16 if legend else 0
    caption = (
        Markup('<text x="{}" y="{}" text-anchor="middle" font-size="11" fill="#5a6675">{}</text>').format(
            width / 2, height + 11, legend
        )
        if legend
        else ""
    )
    whole = (
        f'<svg role="img" aria-label="{escape(words)}" width="{width}" height="{height + room}" '
        f'viewBox="0 0 {width} {height + room}">{inner}{caption}</svg>'
    )
    return tidy(whole, prefix="m")


def _blank(reason: str, width: int, height: int, legend: str, notes: Sequence[str] = ()) -> Drawing:
    inner = Markup(
        '<rect x="0.5" y="0.5" width="{}" height="{}" rx="3" fill="none" stroke="#dde3ea"/>'
        '<text x="{}" y="{}" text-anchor="middle" font-size="11" fill="#8a95a3">{}</text>'
    ).format(width - 1, height - 1, width / 2, height / 2 + 4, reason[: max(8, width // 7)])
    words = f"{legend}: {reason}" if legend else reason
    return Drawing(_wrapped(str(inner), words, width, height, legend), tuple(notes) or (reason,))


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def alert_highlights(matches: Mapping[str, Iterable[int]]) -> tuple[Highlight, ...]:
    """Highlights of alerts, each in a colour of its own: name -> atom indices, in the order given."""
    return tuple(Highlight(tuple(atoms), name) for name, atoms in matches.items())
