"""Text of a structure into an RDKit molecule, or the reason why not, in words that point at the mistake."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rdkit import Chem, rdBase
from rdkit.Chem import rdinchi

from benchside.tools.chemistry.records import MAX_MOLBLOCK_CHARS, MAX_STRUCTURE_CHARS, InputRecord, Problem

_STAMP = re.compile(r"^\[\d\d:\d\d:\d\d\]\s*")
_REACTION = re.compile(r"^[^\s|]*>[^\s|]*>")
_MARKED = re.compile(r"[*:~#|]")
_SMARTS = re.compile(r"\[[^\]]*[,;!&$?][^\]]*\]|~")
_CODES = {"smiles": "unparseable_smiles", "inchi": "unparseable_inchi", "molblock": "bad_molblock"}
_WORDS = {"smiles": "SMILES", "inchi": "InChI", "molblock": "mol block"}

Parsed = tuple[Chem.Mol | None, Problem | None, list[str]]


def parse(record: InputRecord) -> Parsed:
    """The molecule with RDKit's sanitisation and hydrogens removed, or a problem; and notes on what was left out."""
    if (problem := _refused(record)) is not None:
        return None, problem, []
    if record.format == "molblock":
        return _checked(record, _quietly(Chem.MolFromMolBlock, _with_title(record.structure)), [])
    if record.format == "inchi":
        return _checked(record, _quietly(_from_inchi, record.structure.strip()), [])
    return _parse_smiles(record, record.structure.strip())


def _with_title(block: str) -> str:
    """The block with its blank first line, which is lost where a cell was trimmed: the fourth line holds the counts."""
    third = block.split("\n", 3)[2:3]
    return f"\n{block}" if third and third[0].rstrip().endswith(("V2000", "V3000")) else block


def _from_inchi(text: str) -> Chem.Mol | None:
    found: tuple[Chem.Mol | None, int, str, str] = rdinchi.InchiToMol(text, sanitize=True, removeHs=True)
    return found[0]


def _refused(record: InputRecord) -> Problem | None:
    text = record.structure
    if record.format == "name":
        return Problem("unresolved_name", f"'{text[:100]}' is a name: it has no structure yet.")
    if not text.strip():
        return Problem("no_structure_text", "There is no structure.")
    limit = MAX_MOLBLOCK_CHARS if record.format == "molblock" else MAX_STRUCTURE_CHARS
    if len(text) > limit:
        return Problem("too_long", f"The structure has {len(text):,} characters; at most {limit:,} are read.")
    return _strange_character(record)


def _quietly(reader: Callable[[str], Chem.Mol | None], text: str) -> Chem.Mol | None:
    with rdBase.BlockLogs():
        try:
            return reader(text)
        except (ValueError, RuntimeError):
            return None


def _strange_character(record: InputRecord) -> Problem | None:
    text = record.structure
    if text.isascii() and "\x00" not in text:
        return None
    checked = text if record.format != "molblock" else "\n".join(text.split("\n")[3:])
    strange = next((char for char in checked if char == "\x00" or not char.isascii()), None)
    if strange is None:
        return None
    at = checked.index(strange) + 1
    name = "a NUL byte" if strange == "\x00" else f"'{strange}' (U+{ord(strange):04X})"
    message = f"The {_WORDS[record.format]} holds {name} at position {at}, which no {_WORDS[record.format]} has."
    return Problem(_CODES[record.format], message)


def _parse_smiles(record: InputRecord, text: str) -> Parsed:
    if ">" in text and _REACTION.match(text):
        return None, Problem("reaction", "This is a reaction, not a compound."), []
    base, _, extension = text.partition(" ")
    extension = extension.strip()
    notes: list[str] = []
    if extension and not extension.startswith("|"):
        message = f"Text follows the SMILES: '{extension[:60]}'."
        return None, Problem("unparseable_smiles", message), []
    mol = _quietly(Chem.MolFromSmiles, text)
    if mol is None and extension:
        mol = _quietly(Chem.MolFromSmiles, base)
        if mol is not None:
            notes.append("cxsmiles_ignored: the extension behind the SMILES cannot be read")
    return _checked(record, mol, notes)


def _checked(record: InputRecord, mol: Chem.Mol | None, notes: list[str]) -> Parsed:
    if mol is None:
        return None, why_unparseable(record), notes
    if mol.GetNumAtoms() == 0:
        return None, Problem("no_structure_text", "The structure has no atoms."), notes
    if record.format == "smiles" and not _MARKED.search(record.structure):
        return mol, None, notes
    mapped = False
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0 or atom.HasQuery():
            message = (
                f"Atom {atom.GetIdx() + 1} is a dummy atom, an R-group or a query: this is a pattern, not one compound."
            )
            return None, Problem("query_structure", message), notes
        if atom.GetAtomMapNum():
            atom.SetAtomMapNum(0)
            mapped = True
    if any(bond.HasQuery() for bond in mol.GetBonds()):
        return None, Problem("query_structure", "A bond is a query: this is a pattern, not one compound."), notes
    if mapped:
        notes.append("atom_maps_removed: the atoms were numbered")
    return mol, None, notes


def why_unparseable(record: InputRecord) -> Problem:
    """What is wrong with a structure that RDKit does not read: the atom, the bracket or the ring, if it says so."""
    code = _CODES.get(record.format, "unparseable_smiles")
    text = record.structure.strip("\r\n") if record.format == "molblock" else record.structure.strip()
    raw = _unsanitised(record, text)
    if raw is not None:
        with rdBase.BlockLogs():
            problems = list(Chem.DetectChemistryProblems(raw))
        if problems:
            return Problem(code, _worded(problems[0].Message(), raw))
    messages = _messages(record, text)
    if record.format == "smiles" and _SMARTS.search(text):
        return Problem(code, "This looks like a SMARTS pattern, not a SMILES.")
    if not messages:
        return Problem(code, f"The {_WORDS.get(record.format, 'structure')} cannot be read.")
    return Problem(code, f"The {_WORDS[record.format]} cannot be read: {messages}.")


def _unsanitised(record: InputRecord, text: str) -> Chem.Mol | None:
    if record.format == "smiles":
        return _quietly(lambda value: Chem.MolFromSmiles(value, sanitize=False), text.split(" ", maxsplit=1)[0])
    if record.format == "molblock":
        return _quietly(lambda value: Chem.MolFromMolBlock(value, sanitize=False), record.structure)
    return None


def _worded(message: str, mol: Chem.Mol) -> str:
    if found := re.search(r"valence for atom # (\d+) (\w+), (\d+)", message):
        number, symbol, valence = int(found[1]) + 1, found[2], found[3]
        return f"Atom {number} ({symbol}) has {valence} bonds, which is more than its valence allows."
    if found := re.search(r"[Uu]nkekulized atoms: ([\d ]+)", message):
        atoms = ", ".join(str(int(index) + 1) for index in found[1].split()[:12])
        return f"No alternating double bonds can be drawn for the aromatic atoms {atoms}: a hydrogen may be missing."
    if found := re.search(r"non-ring atom (\d+) marked aromatic", message):
        index = int(found[1])
        symbol = mol.GetAtomWithIdx(index).GetSymbol()
        return f"Atom {index + 1} ({symbol}) is written as aromatic, but is in no ring."
    return message.strip().rstrip(".") + "."


@contextmanager
def captured() -> Iterator[list[str]]:
    """RDKit's messages of this block as a list, with nothing printed."""
    kept: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, entry: logging.LogRecord) -> None:
            kept.append(_STAMP.sub("", entry.getMessage()))

    logger = logging.getLogger("rdkit")
    handlers, propagate = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [Keeper()], False
    rdBase.LogToPythonLogger()
    try:
        yield kept
    finally:
        rdBase.LogToCppStreams()
        logger.handlers, logger.propagate = handlers, propagate


def _messages(record: InputRecord, text: str) -> str:
    with captured() as kept:
        try:
            if record.format == "smiles":
                Chem.MolFromSmiles(text.split(" ", maxsplit=1)[0])
            elif record.format == "molblock":
                Chem.MolFromMolBlock(record.structure)
            else:
                kept.append(rdinchi.InchiToMol(text)[2])
        except (ValueError, RuntimeError) as error:
            kept.append(str(error))
    return _shortened(kept)


def _shortened(kept: list[str]) -> str:
    """RDKit's lines in one clause: what it says, and the position if it says one."""
    for line in kept:
        what = re.sub(r"^SMILES Parse Error:\s*", "", line).strip()
        what = re.split(r" (?:while parsing|for input):?", what)[0].strip().rstrip(".:")
        if what and what not in {"ERROR", "syntax"}:
            position = next((found[1] for other in kept if (found := re.search(r"around position (\d+)", other))), None)
            what = what[:200]
            return f"{what} around position {position}" if position else what
    return ""
