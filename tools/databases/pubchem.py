"""PubChem compounds by name, CID and structure: pubchempy's records and parsing over the HTTP layer.

pubchempy itself has no timeout, retry, pace or cache, so that none of its functions that fetch are called.
PUG REST: https://pubchem.ncbi.nlm.nih.gov/docs/pug-rest (5 requests a second; X-Throttling-Control).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import pubchempy

from benchside.tools.http import (
    BusyError,
    HttpClient,
    MalformedError,
    PrivateStructureError,
    RemoteNotFoundError,
    Service,
)

PUBCHEM = Service(
    "pubchem",
    "https://pubchem.ncbi.nlm.nih.gov/rest/pug",
    requests_per_second=5,
    fresh_seconds=7 * 24 * 3600,
)


@dataclass(frozen=True, slots=True)
class PubChemCompound:
    """One compound record of PubChem; None is what the record does not say.

    Attributes:
        cid: None for a structure that PubChem computed on the fly and does not hold.
        smiles: with stereochemistry and isotopes, where PubChem knows them.
        connectivity_smiles: without.
        molecular_weight: average, g/mol. monoisotopic_mass: Da.
        xlogp: XLogP3. tpsa: Å².
        charge: formal, e.
    """

    cid: int | None
    smiles: str | None
    connectivity_smiles: str | None
    inchi: str | None
    inchikey: str | None
    iupac_name: str | None
    molecular_formula: str | None
    molecular_weight: float | None
    monoisotopic_mass: float | None
    xlogp: float | None
    tpsa: float | None
    charge: int
    hbond_donors: int | None
    hbond_acceptors: int | None
    rotatable_bonds: int | None
    heavy_atoms: int | None
    undefined_stereocentres: int | None


def parse_compounds(answer: Any, where: str = "PubChem") -> list[PubChemCompound]:
    """The compounds of a PUG REST answer (`{"PC_Compounds": […]}`, or the list in it).

    Raises:
        MalformedError: it is no such answer, or a record that pubchempy cannot read.
        BusyError: PubChem answered with a ticket to wait on instead of records.
    """
    if isinstance(answer, dict) and "Waiting" in answer:
        raise BusyError("PubChem put the request in a queue", where=where, hint="Try again later.")
    records = answer.get("PC_Compounds") if isinstance(answer, dict) else answer
    if not isinstance(records, list):
        raise MalformedError("no list of compounds in the answer", where=where)
    # a structure that PubChem cannot place comes back as a record with neither id nor atoms
    return [parse_compound(r, where) for r in records if not (isinstance(r, dict) and "atoms" not in r)]


def parse_compound(record: Any, where: str = "PubChem") -> PubChemCompound:
    """One record of `PC_Compounds`.

    Records from before mid-2025 call their SMILES "Isomeric" and "Canonical" where newer ones say "Absolute" and
    "Connectivity"; both are read.

    Raises:
        MalformedError: the record cannot be read.
    """
    try:
        compound = pubchempy.Compound(record)
        props = record.get("props", [])
        if not isinstance(props, list):
            raise TypeError("props is not a list")
        # pubchempy takes it for granted that a record has properties; those of 3D conformers may not
        full = compound if "props" in record else pubchempy.Compound({**record, "props": []})
        return PubChemCompound(
            cid=full.cid,
            smiles=full.smiles or _smiles(props, "Isomeric") or _smiles(props, "Canonical"),
            connectivity_smiles=full.connectivity_smiles or _smiles(props, "Canonical"),
            inchi=full.inchi,
            inchikey=full.inchikey,
            iupac_name=full.iupac_name,
            molecular_formula=full.molecular_formula,
            molecular_weight=full.molecular_weight,
            monoisotopic_mass=full.monoisotopic_mass,
            xlogp=full.xlogp,
            tpsa=full.tpsa,
            charge=full.charge,
            hbond_donors=full.h_bond_donor_count,
            hbond_acceptors=full.h_bond_acceptor_count,
            rotatable_bonds=full.rotatable_bond_count,
            heavy_atoms=full.heavy_atom_count,
            undefined_stereocentres=full.undefined_atom_stereo_count,
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, pubchempy.PubChemPyError) as error:
        raise MalformedError(f"a compound record that cannot be read ({error!r})", where=where) from None


def _smiles(props: list[Any], name: str) -> str | None:
    for prop in props:
        urn = prop.get("urn", {})
        if urn.get("label") == "SMILES" and urn.get("name") == name:
            return cast(str, prop["value"]["sval"])
    return None


def compounds_by_name(http: HttpClient, name: str) -> list[PubChemCompound]:
    """Every compound that PubChem knows by that name; more than one means that the name is ambiguous.

    Raises:
        RemoteNotFoundError: no compound of that name. NetworkError: the other kinds.
    """
    if "/" in name or "\\" in name or "?" in name:
        # a slash in a path cannot be escaped for PUG REST; the name goes into the body
        answer = http.post_json(PUBCHEM, "compound/name/JSON", form={"name": name})
    else:
        answer = http.get_json(PUBCHEM, f"compound/name/{quote(name, safe='')}/JSON")
    return _some(parse_compounds(answer), f"named {name!r}")


def compound_by_cid(http: HttpClient, cid: int) -> PubChemCompound:
    """The compound of that CID.

    Raises:
        RemoteNotFoundError: there is none. NetworkError: the other kinds.
    """
    return _some(parse_compounds(http.get_json(PUBCHEM, f"compound/cid/{cid}/JSON")), f"with CID {cid}")[0]


def compounds_by_smiles(http: HttpClient, smiles: str) -> list[PubChemCompound]:
    """The compounds that have the structure; one without a CID is not in PubChem and only computed by it.

    The SMILES travels in the body of a POST, since slashes in it would end a path; it is never cached.

    Raises:
        PrivateStructureError: structures are not to be shared. RemoteNotFoundError: there is none.
    """
    _require_sharing(http, "a SMILES")
    answer = http.post_json(PUBCHEM, "compound/smiles/JSON", form={"smiles": smiles})
    return _some(parse_compounds(answer), "with that SMILES")


def compounds_by_inchikey(http: HttpClient, inchikey: str) -> list[PubChemCompound]:
    """The compounds with the InChIKey. Raises as `compounds_by_smiles`: a key gives a known structure away."""
    _require_sharing(http, "an InChIKey")
    answer = http.post_json(PUBCHEM, "compound/inchikey/JSON", form={"inchikey": inchikey})
    return _some(parse_compounds(answer), "with that InChIKey")


def synonyms(http: HttpClient, cid: int) -> list[str]:
    """All names of the compound, best known first.

    Raises:
        RemoteNotFoundError: there is no such CID, or it has no name. MalformedError, NetworkError.
    """
    answer = http.get_json(PUBCHEM, f"compound/cid/{cid}/synonyms/JSON")
    try:
        found = answer["InformationList"]["Information"][0].get("Synonym", [])
        if not all(isinstance(s, str) for s in found):
            raise TypeError("a synonym that is no text")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise MalformedError(f"synonyms that cannot be read ({error!r})", where="PubChem") from None
    if not found:
        raise RemoteNotFoundError(f"PubChem has no names for CID {cid}", where="PubChem")
    return cast(list[str], found)


def _some(compounds: list[PubChemCompound], what: str) -> list[PubChemCompound]:
    if not compounds:
        raise RemoteNotFoundError(f"PubChem has no compound {what}", where="PubChem")
    return compounds


def _require_sharing(http: HttpClient, what: str) -> None:
    if not http.settings.share_structures:
        raise PrivateStructureError(
            f"{what} is a structure of yours and was not sent to PubChem",
            where="PubChem",
            hint="Allow it with --share-structures.",
        )
