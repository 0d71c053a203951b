"""How a text is understood: the rows that it names and the structures that it draws or names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from rdkit import Chem, rdBase

from benchside.tools.chemistry.names import (
    AmbiguousNameError,
    UnknownNameError,
    resolve_name,
    valid_cas,
)
from benchside.tools.databases import identifier_table
from benchside.tools.safety.forms import FormsError, main_part
from benchside.tools.safety.lists import UNKNOWN
from benchside.tools.safety.names import MAX_TEXT, cas_within, names, visible
from benchside.tools.safety.tables import Row
from benchside.workspaces.errors import InputError

MAX_NAME = 300
"""Characters of the longest name that is looked up; a longer text is prose."""

MAX_NAME_WORDS = 8
"""Words of the longest name that is looked up."""

MAX_WORDS = 200
"""Words of a longer text that are tried as structures."""

LEAST_LETTERS = 5
"""Characters of the shortest word in a longer text that is tried as a SMILES."""

_PREFIX = re.compile(r"(smiles|inchi|name|cas|inchikey)\s*:\s*(?=\S)", re.IGNORECASE)
_INCHI = re.compile(r"InChI=1S?/\S+", re.IGNORECASE)
_KEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
_LETTERS = re.compile(r"(?:\[[^\[\]\s]+\]|Br|Cl|[BCNOSPFIbcnosp]|[0-9%()=#$/\\.:@+-])+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text was taken for.

    Attributes:
        understood_as: see `Judgement.understood_as`.
        rows: the rows that it names.
        structures: SMILES, InChIs or mol blocks that it draws, or that its name stands for.
        problem: why it is not one name or one structure; `not found` for a name that nobody knows; "" if nothing.
    """

    understood_as: str
    rows: tuple[Row, ...] = ()
    structures: tuple[str, ...] = ()
    problem: str = ""


@lru_cache(maxsize=1_024)
def read_text(text: str) -> Reading:
    """The rows and structures of anything that a person types.

    A text may be a name and a structure at once ("CO"): both are given, and the stricter verdict counts. A text that
    is neither is looked through for names and structures, and stays unknown whatever is found in it.
    """
    if len(text) > MAX_TEXT and "M  END" not in text:
        return Reading("nothing", problem=f"the text has more than {MAX_TEXT:,} characters")
    if "M  END" in text:
        return Reading("mol block", structures=(text,))
    seen = visible(text)
    prefix = _PREFIX.match(seen)
    body = seen[prefix.end() :] if prefix else seen
    if not body:
        return Reading("nothing", problem="there is no text")
    rows = names().named(body)
    drawn = _drawn(body)
    if drawn:
        return Reading(drawn[1], rows, (drawn[0],))
    if _KEY.fullmatch(body.upper()):
        problem = "" if rows else "an InChIKey that is on no list says nothing of the structure"
        return Reading("inchikey" if rows else "nothing", rows, problem=problem)
    return _named(body, rows)


def _drawn(body: str) -> tuple[str, str] | None:
    """The text as a structure, and which kind, if it reads as one."""
    if _INCHI.fullmatch(body):
        return body, "inchi"
    if " " not in body and "\n" not in body and _LETTERS.fullmatch(body) and _reads(body):
        return body, "smiles"
    return None


def _reads(smiles: str) -> bool:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    return mol is not None and mol.GetNumAtoms() > 0


def _named(body: str, rows: tuple[Row, ...]) -> Reading:
    cas = cas_within(body)
    if cas is not None and not valid_cas(cas):
        return Reading("nothing", rows, problem=f"{cas} is no CAS number: its check digit is wrong")
    structures = _structures_of(rows, cas or body) if rows else _resolved(cas or body)
    if rows or structures:
        return Reading("cas" if cas else "name", rows, structures)
    return _within(body)


def _resolved(name: str) -> tuple[str, ...]:
    """The structures that the offline tables of names have for a name: several, where it is ambiguous."""
    if len(name) > MAX_NAME or len(name.split()) > MAX_NAME_WORDS:
        return ()
    try:
        return (resolve_name(name).smiles,)
    except AmbiguousNameError as error:
        return tuple(candidate.smiles for candidate in error.candidates)
    except (UnknownNameError, InputError):
        return ()


def _structures_of(rows: tuple[Row, ...], asked: str) -> tuple[str, ...]:
    """The structures of listed items, where an offline table draws them with the key of the row."""
    entries = identifier_table.find_by_name(asked)
    for number in dict.fromkeys(row.cas for row in rows if row.cas):
        entries += identifier_table.find_by_cas(number)
    return tuple(smiles for smiles in dict.fromkeys(entry.smiles for entry in entries) if _draws(smiles, rows))


def _draws(smiles: str, rows: tuple[Row, ...]) -> bool:
    """Whether a structure is that of one of the rows.

    Stereochemistry that is given must be that of the row; what a list leaves out for its stereochemistry must have it
    given, since a flat drawing of it would be one of its mirror image too.
    """
    try:
        part = main_part(smiles)
    except FormsError:
        return False
    return any(
        part.key14 in row.keys
        and (not row.key or part.inchikey[:25] == row.key[:25] or (part.stereo != "defined" and not row.exclusion))
        for row in rows
    )


def _within(body: str) -> Reading:
    """Names and structures in a longer text."""
    rows = names().within(body)
    structures = [match.group().rstrip(".,;:)\"'") for match in islice(_INCHI.finditer(body), MAX_WORDS)]
    for word in islice(body.split(), MAX_WORDS):
        bare = word.strip(".,;:\"'`<>{}!?")
        if len(bare) >= LEAST_LETTERS and _LETTERS.fullmatch(bare) and _reads(bare):
            structures.append(bare)
    found = bool(rows or structures)
    problem = "the text is more than one name or one structure" if found else UNKNOWN
    return Reading("text" if found else "nothing", rows, tuple(structures), problem)
