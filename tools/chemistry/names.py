"""From a name to a structure: offline tables first, then PubChem if the network policy lets it.

Only names are ever sent. A text that could be a structure stays here, also one that is misspelt.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import Literal

from rdkit import Chem, rdBase
from rdkit.Chem import rdinchi, rdMolDescriptors

from benchside.tools.chemistry.approved import TABLE_VERSION, approved_drugs
from benchside.tools.databases import identifier_table
from benchside.tools.databases.identifier_table import Entry, loose
from benchside.tools.databases.pubchem import compounds_by_name
from benchside.tools.http import HttpClient, NetworkError, RemoteNotFoundError
from benchside.workspaces import clock
from benchside.workspaces.errors import ExitCode, InputError, NotFoundError

UnderstoodAs = Literal["name", "cas", "smiles", "inchi"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A structure, and how a text led to it.

    Attributes:
        name: the text as it was given.
        matched_name: the name that was found; "" for a structure that was given as such.
        smiles: canonical, by RDKit.
        source, source_version: the table or service, and which edition of it.
        identifier: DrugBank id, `CAS 50-78-2` or `CID 2244`; "" where there is none.
        understood_as: what the text was taken for.
        note: what a person should know: a salt that was left off, missing stereochemistry, another reading.
    """

    name: str
    matched_name: str
    smiles: str
    source: str
    source_version: str
    identifier: str = ""
    understood_as: UnderstoodAs = "name"
    note: str = ""


class UnknownNameError(NotFoundError):
    """No table, and not PubChem, knows the name."""

    code = "unknown_name"


class OfflineNameError(UnknownNameError):
    """The offline tables do not know the name, and PubChem was not asked."""

    code = "unknown_name_offline"
    exit_code = ExitCode.NETWORK


class AmbiguousNameError(InputError):
    """Several compounds have the name. `candidates` holds them where the error was raised."""

    code = "ambiguous_name"
    candidates: tuple[Resolved, ...] = ()


class UnreadableStructureError(InputError):
    """A text that is meant as a structure and is none."""

    code = "unparseable_structure"


_CAS = re.compile(r"(?:CAS(?:RN)?[\s:#-]*)?(\d{2,7}-\d{2}-\d)", re.IGNORECASE)
_SMILES_LIKE = re.compile(r"(?:\[[^\[\]\s]+\]|Br|Cl|[BCNOSPFIbcnosp*]|[0-9%()\[\]=#$/\\.:@+-])+")
_SALTS = (
    "acetate adipate aspartate benzoate besilate besylate bromide calcium camsylate chloride citrate decanoate "
    "diethylamine dihydrate dihydrochloride dimesylate disodium edisylate esylate formate fumarate gluconate glutamate "
    "hcl hemihydrate hydrate hydrobromide hydrochloride hydroxide iodide isethionate lactate lysine magnesium malate "
    "maleate meglumine mesilate mesylate methanesulfonate monohydrate monosodium napsylate nitrate olamine oxalate "
    "palmitate pamoate pentahydrate phosphate potassium propionate saccharate salicylate sodium stearate succinate "
    "sulfate sulphate tartrate tosilate tosylate trihydrate trifluoroacetate tromethamine zinc anhydrous free base"
)
_SALT_ENDING = re.compile(rf"^(?P<base>.+?)[\s,]+(?P<salt>(?:(?:\(?(?:{'|'.join(_SALTS.split())})\)?)[\s,]*)+)$", re.I)


def resolve_name(name: str, http: HttpClient | None = None) -> Resolved:
    """The structure of a name or a CAS number.

    The order is: approved drugs, the identifier table, both again with spaces and hyphens there or not, both without
    the name of a salt, PubChem. Case never matters.

    Args:
        http: for PubChem; None asks nobody.

    Raises:
        UnknownNameError: with the nearest names. OfflineNameError: not in the tables, and PubChem was not asked.
        AmbiguousNameError: several compounds. InputError: no text, or a CAS number whose check digit is wrong.
        NetworkError: PubChem could not answer.
    """
    asked = " ".join(name.split())
    if not asked:
        raise InputError("there is no name", hint="Give a name, a CAS number or a SMILES.")
    cas = _CAS.fullmatch(asked)
    if cas:
        return _from_cas(name, cas.group(1), http)
    found = _from_tables(name, asked)
    if found is not None:
        return found
    salt = _SALT_ENDING.match(asked)
    if salt:
        base = _from_tables(name, salt["base"])
        # "zinc sulfate" without its sulfate is no form of the same drug
        if base is not None and _is_organic(base.smiles):
            left_off = f"{salt['salt'].strip()!r} was left off: this is {base.matched_name}"
            return replace(base, note="; ".join(filter(None, (left_off, base.note))))
    return _from_pubchem(name, asked, http)


def resolve_structure(text: str, http: HttpClient | None = None) -> Resolved:
    """The structure that a text draws or names: an InChI, a SMILES, or else a name.

    A text that reads as a SMILES is one, even if it is also a name ("CO"); the note then says so. `smiles:`, `inchi:`
    or `name:` before the text settles it.

    Raises:
        UnreadableStructureError: said to be a structure, or written like one, and no name either.
        Otherwise as `resolve_name`.
    """
    given = text.strip()
    prefix = re.match(r"(smiles|inchi|name)\s*:\s*(?=\S)", given, re.IGNORECASE)
    said = prefix.group(1).lower() if prefix else ""
    body = given[prefix.end() :] if prefix else given
    if not body:
        raise InputError("there is no structure", hint="Give a SMILES, an InChI or a name.")
    if said == "inchi" or (not said and body.startswith("InChI=")):
        return _drawn(text, "inchi", _from_inchi(body))
    if said == "smiles":
        return _drawn(text, "smiles", _from_smiles(body))
    if not said and _SMILES_LIKE.fullmatch(body):
        return _from_letters(text, body)
    return replace(resolve_name(body, http), name=text)


def _from_letters(text: str, body: str) -> Resolved:
    """A text in the letters of SMILES: that, or else a name of the offline tables."""
    smiles = _from_smiles(body)
    if smiles is None:
        try:
            return replace(resolve_name(body), name=text)
        except (UnknownNameError, AmbiguousNameError):
            return _drawn(text, "smiles", None)
    also = body.lower() in _approved_by_name() or identifier_table.find_by_name(body)
    return replace(_drawn(text, "smiles", smiles), note=f"also a name; name:{body} would mean that" if also else "")


def valid_cas(number: str) -> bool:
    """Whether the check digit of a CAS number is right (the digits, weighted from the right by 1, 2, …, modulo 10)."""
    digits = number.replace("-", "")
    weighted = sum(i * int(d) for i, d in enumerate(reversed(digits[:-1]), start=1))
    return weighted % 10 == int(digits[-1])


@dataclass(frozen=True, slots=True)
class _Approved:
    name: str
    smiles: str
    drugbank_id: str


@cache
def _approved_by_name() -> dict[str, _Approved]:
    table = approved_drugs()[["name", "smiles", "drugbank_id"]].astype(str)
    return {row[0].lower(): _Approved(*row) for row in table.itertuples(index=False, name=None)}


@cache
def _approved_by_loose_name() -> dict[str, _Approved]:
    return {loose(drug.name): drug for drug in _approved_by_name().values()}


def _from_tables(name: str, asked: str) -> Resolved | None:
    """By the exact name in both tables, then by the loose one. Raises AmbiguousNameError."""
    drug = _approved_by_name().get(asked.lower())
    if drug is None:
        entries = identifier_table.find_by_name(asked)
        if entries:
            return _from_entries(name, asked, entries)
        drug = _approved_by_loose_name().get(loose(asked))
    if drug is not None:
        return _as_resolved(name, drug)
    entries = identifier_table.find_by_loose_name(asked)
    return _from_entries(name, asked, entries) if entries else None


def _as_resolved(name: str, drug: _Approved) -> Resolved:
    return Resolved(name, drug.name, _table_smiles(drug.smiles), "approved drugs", TABLE_VERSION, drug.drugbank_id)


def _from_cas(name: str, cas: str, http: HttpClient | None) -> Resolved:
    if not valid_cas(cas):
        raise InputError(f"{cas} is no CAS number: its check digit is wrong", hint="Look for a mistyped digit.")
    entries = identifier_table.find_by_cas(cas)
    found = _from_entries(name, cas, entries) if entries else _from_pubchem(name, cas, http)
    return replace(found, understood_as="cas")


def _from_entries(name: str, asked: str, entries: list[Entry]) -> Resolved:
    """One compound of several table lines: curated before others, common names before IUPAC names and synonyms."""
    low = asked.lower()
    for better in (
        [e for e in entries if e.curated],
        [e for e in entries if e.common_name.lower() == low],
        [e for e in entries if e.is_primary(asked)],
    ):
        entries = [e for e in entries if e in better] or entries
    skeletons = {e.inchikey[:14]: e for e in reversed(entries)}
    if len(skeletons) > 1:
        raise _ambiguous(name, [_of_entry(name, e) for e in dict.fromkeys(entries)])
    return _with_stereo(_of_entry(name, entries[0]), entries[0])


def _of_entry(name: str, entry: Entry) -> Resolved:
    smiles = _table_smiles(entry.smiles)
    undefined = _undefined_stereocentres(smiles)
    note = f"the table has no stereochemistry: {undefined} undefined centre(s)" if undefined else ""
    return Resolved(
        name,
        entry.common_name,
        smiles,
        "identifier table",
        identifier_table.table_version(),
        f"CAS {entry.cas}",
        note=note,
    )


def _with_stereo(found: Resolved, entry: Entry) -> Resolved:
    """The approved drug in place of its flat drawing, where exactly one is among the compound's names."""
    if not found.note:
        return found
    known = [_approved_by_name().get(n.lower()) for n in entry.names]
    drugs = {d.drugbank_id: d for d in known if d is not None}
    if len(drugs) != 1:
        return found
    drug = next(iter(drugs.values()))
    resolved = _as_resolved(found.name, drug)
    if _skeleton(resolved.smiles) != _skeleton(found.smiles):
        return found
    return replace(resolved, note=f"a synonym of {drug.name}, whose stereochemistry is taken")


def _from_pubchem(name: str, asked: str, http: HttpClient | None) -> Resolved:
    if _could_be_a_structure(asked):
        raise OfflineNameError(
            f"{asked!r} is in no offline table, and was not sent to PubChem since it may be a structure of yours",
            hint="Check its spelling; write a SMILES as smiles:…",
        )
    if http is None or http.settings.offline:
        why = "PubChem was not asked" if http is None else "the network is off"
        raise OfflineNameError(
            f"{asked!r} is not in the offline tables, and {why}, so that it cannot be resolved", hint=_nearest(asked)
        )
    try:
        compounds = compounds_by_name(http, asked)
    except RemoteNotFoundError:
        raise UnknownNameError(f"neither the offline tables nor PubChem know {asked!r}", hint=_nearest(asked)) from None
    except NetworkError as error:
        # still the same kind of error, with what it was asked for and what can be done without the service
        error.message = f"{asked!r} is not in the offline tables, and PubChem could not be asked: {error.message}"
        error.hint = _nearest(asked)
        raise
    date = clock.now().date().isoformat()
    found = [
        Resolved(
            name,
            c.iupac_name or asked,
            _table_smiles(c.smiles),
            "PubChem",
            f"{date}, pubchempy {version('pubchempy')}",
            f"CID {c.cid}" if c.cid else "",
        )
        for c in compounds
        if c.smiles
    ]
    if not found:
        raise UnknownNameError(f"PubChem knows {asked!r}, but no structure of it", hint="Give a SMILES.")
    if len(found) > 1:
        raise _ambiguous(name, found)
    return replace(found[0], matched_name=asked)


def _ambiguous(name: str, candidates: list[Resolved]) -> AmbiguousNameError:
    shown = "; ".join(f"{c.matched_name} ({c.identifier}, {c.smiles})" for c in candidates[:5])
    more = f"; and {len(candidates) - 5} more" if len(candidates) > 5 else ""
    error = AmbiguousNameError(
        f"{name!r} names {len(candidates)} compounds: {shown}{more}", hint="Give the CAS number or the SMILES."
    )
    error.candidates = tuple(candidates)
    return error


def _nearest(asked: str) -> str:
    known = {n.lower(): n for n in identifier_table.common_names()}
    known |= {key: drug.name for key, drug in _approved_by_name().items()}
    near = difflib.get_close_matches(asked.lower(), list(known), n=3, cutoff=0.75)
    return f"Did you mean {', '.join(known[n] for n in near)}?" if near else "Give a SMILES."


def _could_be_a_structure(text: str) -> bool:
    return (
        _SMILES_LIKE.fullmatch(text) is not None
        or text.lower().startswith("inchi=")
        or re.fullmatch(r"[A-Z]{14}-[A-Z]{10}-[A-Z]", text) is not None
    )


def _drawn(text: str, kind: Literal["smiles", "inchi"], smiles: str | None) -> Resolved:
    if smiles is None:
        word = {"smiles": "SMILES", "inchi": "InChI"}[kind]
        raise UnreadableStructureError(
            f"{text[:100]!r} is written like an {word}, but cannot be read as one".replace("an SMILES", "a SMILES"),
            hint="Check brackets, ring closures and valences.",
        )
    return Resolved(text, "", smiles, "as given", f"RDKit {rdBase.rdkitVersion}", understood_as=kind)


def _from_smiles(text: str) -> str | None:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(text)
    return Chem.MolToSmiles(mol) if mol is not None and mol.GetNumAtoms() else None


def _from_inchi(text: str) -> str | None:
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = rdinchi.InchiToMol(text)[0]
    return Chem.MolToSmiles(mol) if mol is not None and mol.GetNumAtoms() else None


def _table_smiles(smiles: str | None) -> str:
    """The canonical form; a table's drawing that RDKit cannot read is passed on as it is, for its reader to reject."""
    return _from_smiles(smiles or "") or smiles or ""


def _undefined_stereocentres(smiles: str) -> int:
    mol = Chem.MolFromSmiles(smiles)
    return rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters(mol) if mol is not None else 0


def _skeleton(smiles: str) -> str:
    mol = Chem.MolFromSmiles(smiles)
    return str(rdinchi.MolToInchiKey(mol))[:14] if mol is not None else ""


def _is_organic(smiles: str) -> bool:
    mol = Chem.MolFromSmiles(smiles)
    return mol is not None and any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms())
