"""Which column of a table holds the structures, the ids, the names and the activities."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from rdkit import Chem, rdBase

from benchside.tools.chemistry.readers.options import (
    NoStructureColumnError,
    ReadOptions,
    Role,
    UnknownColumnError,
)
from benchside.tools.chemistry.records import MAX_STRUCTURE_CHARS, StructureFormat

SURE_STRUCTURE = (
    "isomericsmiles", "smilesisomeric", "smiles", "canonicalsmiles", "smilescanonical", "cansmiles", "cxsmiles", "smi",
    "structuresmiles", "smilesstructure", "smilesstring", "compoundsmiles", "moleculesmiles", "molsmiles",
    "ligandsmiles", "drugsmiles", "rdkitsmiles", "openeyesmiles", "openeyeisomericsmiles", "stdsmiles",
    "standardisedsmiles", "standardizedsmiles", "parentsmiles", "desaltedsmiles", "extendedsmiles", "isosmiles",
    "smile",
)  # fmt: skip
"""Header texts, reduced to letters and digits, that mean a structure whatever the cells hold; the best first."""

LIKELY_STRUCTURE = (
    "structure", "structures", "mol", "molblock", "molfile", "ctab", "sdf", "molecule", "molecules", "molstructure",
    "chemicalstructure", "standardinchi", "inchi", "stdinchi", "compound", "compoundstructure", "ligand", "drug",
    "rdkitmolecule", "romol", "canonical", "input",
)  # fmt: skip
"""Header texts that mean a structure only if the cells read as structures."""

ID_HEADERS = (
    "compoundid", "compoundidentifier", "moleculeid", "molid", "cmpdid", "cpdid", "id", "idnumber", "identifier",
    "catalogid", "catalognumber", "catalogueid", "cataloguenumber", "catno", "catalog", "registrationnumber", "regno",
    "regid", "corporateid", "substanceid", "sampleid", "structureid", "ligandid", "drugid", "chemblid",
    "moleculechemblid", "compoundchemblid", "drugbankid", "zincid", "cid", "pubchemcid", "sid", "pubchemsid",
    "enamineid", "mcule", "mculeid", "supplierid", "vendorid", "batchid", "barcode", "corpid", "no", "code",
    "compoundno", "compoundnumber", "cmpd", "cas", "casnumber", "casrn", "casno", "key",
)  # fmt: skip
NAME_HEADERS = (
    "name", "compoundname", "moleculename", "molname", "drugname", "preferredname", "prefname", "moleculeprefname",
    "commonname", "genericname", "inn", "title", "label", "chemicalname", "iupacname", "compound", "molecule", "drug",
    "ligand", "substance", "substancename", "synonym",
)  # fmt: skip
ACTIVITY_HEADERS = (
    "pic50", "pki", "pkd", "pec50", "pchemblvalue", "pchembl", "ic50", "ki", "kd", "ec50", "pac50", "ac50", "pxc50",
    "xc50", "potency", "activity", "activityvalue", "standardvalue", "affinity",
)  # fmt: skip

_SMILES_CHARS = re.compile(r"[A-Za-z0-9@+\-\[\]()\\/%=#$:.*~&{}]+\Z")
_INCHI = re.compile(r"InChI=1S?/", re.IGNORECASE)
_UNITS = re.compile(r"[\s_]*[\[(]?\s*(?:[pnuµμm]?m|[pnuµμm]?mol/l)\s*[\])]?\s*\Z", re.IGNORECASE)
ENOUGH = 0.5
LOOKED_FOR = "smiles, canonical_smiles, cxsmiles, structure, molecule, mol, molblock, inchi and the like"


def reduced(header: str) -> str:
    """A header text without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", header.lower())


def looks_like(text: str) -> StructureFormat | None:
    """What a cell holds if it reads as a structure, else None."""
    text = text.strip()
    if _INCHI.match(text):
        return "inchi"
    if "M  END" in text or "V2000" in text:
        return "molblock"
    if " |" in text and text.endswith("|"):
        text = text.split(" |", 1)[0]
    if not text or len(text) > MAX_STRUCTURE_CHARS or not _SMILES_CHARS.match(text):
        return None
    with rdBase.BlockLogs():
        return "smiles" if Chem.MolFromSmiles(text, sanitize=False) is not None else None


def share_of_structures(cells: Sequence[str]) -> float:
    """The share of the non-empty cells that read as structures (0 if all are empty)."""
    filled = [cell for cell in cells if cell.strip()][:100]
    return sum(looks_like(cell) is not None for cell in filled) / len(filled) if filled else 0.0


def majority_format(cells: Sequence[str]) -> StructureFormat:
    """What most of the cells hold; SMILES if none reads as a structure."""
    found = [kind for cell in cells[:100] if (kind := looks_like(cell)) is not None]
    return max(sorted(set(found)), key=found.count) if found else "smiles"


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first line names columns: a known header text."""
    known = {*SURE_STRUCTURE, *LIKELY_STRUCTURE, *ID_HEADERS, *NAME_HEADERS}
    return any(reduced(cell) in known for cell in cells)


def find_column(told: str, columns: Sequence[str], where: str, role: str) -> int:
    """The 0-based position of a column that the user named by its header, in any case, or by its 1-based number.

    Raises:
        UnknownColumnError: there is none.
    """
    if told in columns:
        return columns.index(told)
    folded = [column.strip().casefold() for column in columns]
    if told.strip().casefold() in folded:
        return folded.index(told.strip().casefold())
    if told.isdecimal() and 1 <= int(told) <= len(columns):
        return int(told) - 1
    close = difflib.get_close_matches(told, columns, n=1)
    hint = f"Did you mean '{close[0]}'? " if close else ""
    raise UnknownColumnError(
        f"There is no column '{told}' for the {role}.",
        where=where,
        hint=f"{hint}The columns are: {listed(columns)}.",
    )


def listed(columns: Sequence[str], most: int = 20) -> str:
    """The columns' names in one line, cut after `most`."""
    names = [f"'{column[:60]}'" for column in columns[:most]]
    more = f" and {len(columns) - most} more" if len(columns) > most else ""
    return ", ".join(names) + more


def unique_columns(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """Column names without blanks or repeats, and notes on what was renamed."""
    names: list[str] = []
    notes: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, start=1):
        base = cell.strip() or f"column_{number}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        if name != base:
            notes.append(f"Column {number} repeats the name '{base}': it is called '{name}' here.")
        taken.add(name)
        names.append(name)
    return names, notes


def assign_roles(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    options: ReadOptions,
    where: str,
    *,
    by_content_from: float = 0.8,
) -> tuple[dict[str, Role], list[str]]:
    """Roles by what the user told, then by header, then by content of the sample rows; with notes.

    Args:
        by_content_from: the share of a column's cells that must read as structures where no header says so.

    Raises:
        NoStructureColumnError: nothing is or looks like a structure.
        UnknownColumnError: an option names a column that is not there.
    """
    notes: list[str] = []
    if options.structure_column is not None:
        index, how = find_column(options.structure_column, columns, where, "structure"), "told"
    else:
        index, how = _structure(columns, rows, where, notes, by_content_from)
    roles = {"structure": Role(columns[index], index, how)}
    for role, told, known in (
        ("id", options.id_column, ID_HEADERS),
        ("name", options.name_column, NAME_HEADERS),
        ("activity", options.activity_column, ACTIVITY_HEADERS),
    ):
        used = {taken.index for taken in roles.values()}
        if told is not None:
            at = find_column(told, columns, where, role)
            roles[role] = Role(columns[at], at, "told")
        elif (at := by_header(columns, known, used, role)) >= 0:
            roles[role] = Role(columns[at], at, "header")
    if "id" not in roles and "name" in roles:
        name = roles["name"]
        roles["id"] = Role(name.column, name.index, f"{name.how}: the name, as there is no id")
    return roles, notes


def by_header(columns: Sequence[str], known: Sequence[str], used: set[int], role: str) -> int:
    """The position of the first column with a known header, -1 if none; the unit of an activity does not count."""
    texts = [_UNITS.sub("", column) if role == "activity" else column for column in columns]
    keys = [reduced(text) for text in texts]
    for wanted in known:
        for at, key in enumerate(keys):
            if key == wanted and at not in used:
                return at
    return -1


def _structure(
    columns: Sequence[str], rows: Sequence[Sequence[str]], where: str, notes: list[str], needed: float
) -> tuple[int, str]:
    def cells(at: int) -> list[str]:
        return [row[at] for row in rows if at < len(row)]

    keys = [reduced(column) for column in columns]
    sure = [at for wanted in SURE_STRUCTURE for at, key in enumerate(keys) if key == wanted]
    if not sure:
        sure = [at for at, key in enumerate(keys) if "smiles" in key]
    shares = {at: share_of_structures(cells(at)) for at in range(len(columns))}
    good = [at for at in sure if shares[at] >= ENOUGH]
    likely = [
        at for wanted in LIKELY_STRUCTURE for at, key in enumerate(keys) if key == wanted and shares[at] >= ENOUGH
    ]
    if good or likely:
        at = (good or likely)[0]
        if len(good) > 1:
            notes.append(
                f"Several columns hold structures ({listed([columns[i] for i in good])}): used '{columns[at]}'."
            )
        return at, "header"
    by_content = [at for at in shares if shares[at] >= needed and _is_telling(cells(at))]
    if by_content:
        at = max(by_content, key=lambda i: (round(shares[i], 1), _mean_length(cells(i)), -i))
        percent = round(100 * shares[at])
        notes.append(f"Structures: column '{columns[at]}', as {percent} % of the first values read as structures.")
        return at, f"content: {percent} % of the first values read as structures"
    if sure:
        return sure[0], "header"
    raise NoStructureColumnError(
        f"No column holds structures. The columns are: {listed(columns)}.",
        where=where,
        hint=f"Looked for headers such as {LOOKED_FOR}, and for cells that read as structures. "
        "Name the column with --structure-column, or read a list of names with the format 'names'.",
    )


def _is_telling(cells: Sequence[str]) -> bool:
    """Whether cells that read as structures are too long or too varied to be letters of another meaning."""
    filled = [cell for cell in cells if cell]
    varied = len(set(filled)) >= 0.9 * len(filled)
    return _mean_length(filled) >= (1.5 if varied else 4)


def _mean_length(cells: Sequence[str]) -> float:
    filled = [len(cell) for cell in cells if cell]
    return sum(filled) / len(filled) if filled else 0.0
