"""PubChem records: real ones where the shared folder is there, and synthetic ones served locally."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pubchempy
import pytest
import stamina
from pytest_httpserver import HTTPServer
from rdkit import Chem
from rdkit.Chem.Descriptors import ExactMolWt, MolWt

from benchside.tools.databases import pubchem
from benchside.tools.databases.pubchem import PubChemCompound, parse_compounds
from benchside.tools.http import (
    BusyError,
    HttpClient,
    HttpSettings,
    MalformedError,
    OfflineError,
    PrivateStructureError,
    RemoteNotFoundError,
)


@pytest.fixture(autouse=True)
def _pubchempy_must_not_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("pubchempy went to the network by itself")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    for name in ("urlopen", "request", "get", "get_json", "get_compounds", "get_synonyms", "get_cids"):
        monkeypatch.setattr(pubchempy, name, refuse)


@pytest.fixture
def http(httpserver: HTTPServer) -> Iterator[HttpClient]:
    settings = HttpSettings(
        base_urls={"pubchem": httpserver.url_for("/pug")}, requests_per_second={"pubchem": 1000}, attempts=2
    )
    with stamina.set_testing(True, attempts=2), HttpClient(settings) as client:
        yield client


def synthetic(cid: int | None, smiles: str) -> dict[str, Any]:
    """A made-up record in the form of PUG REST, with two atoms."""
    labelled = [("SMILES", "Absolute", smiles), ("Molecular Weight", None, "46.07")]
    return {
        "id": {"id": {"cid": cid}} if cid is not None else {},
        "atoms": {"aid": [1, 2], "element": [6, 8]},
        "bonds": {"aid1": [1], "aid2": [2], "order": [1]},
        "props": [
            {"urn": {"label": label, **({"name": name} if name else {})}, "value": {"sval": value}}
            for label, name, value in labelled
        ],
    }


def real_records(folder: Path) -> dict[str, list[PubChemCompound]]:
    found = {}
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text())
        if isinstance(data, list) or "PC_Compounds" in data:
            found[path.name] = parse_compounds(data)
    return found


@pytest.mark.shared
def test_every_real_record_parses_and_agrees_with_rdkit(shared: Path) -> None:
    found = real_records(shared / "fixtures" / "pubchem")
    assert len(found) == 8
    checked = 0
    for compounds in found.values():
        (compound,) = compounds
        if compound.smiles is None or compound.cid is None:
            continue
        mol = Chem.MolFromSmiles(compound.smiles)
        assert Chem.MolToInchiKey(mol) == compound.inchikey
        assert MolWt(mol) == pytest.approx(compound.molecular_weight, abs=0.1)
        assert ExactMolWt(mol) == pytest.approx(compound.monoisotopic_mass, abs=0.001)
        assert mol.GetNumHeavyAtoms() == compound.heavy_atoms
        checked += 1
    assert checked == 6


@pytest.mark.shared
def test_benzene_as_published(shared: Path) -> None:
    benzene = real_records(shared / "fixtures" / "pubchem")["cache_26b5276f3061c111b5deb68dfd6a7f24.json"][0]
    assert benzene.cid == 241
    assert benzene.inchikey == "UHOVQNZJYSORNB-UHFFFAOYSA-N"
    assert benzene.molecular_formula == "C6H6"
    assert (benzene.xlogp, benzene.tpsa, benzene.charge, benzene.hbond_donors) == (2.1, 0, 0, 0)


@pytest.mark.shared
def test_a_structure_that_pubchem_does_not_hold_has_no_cid(shared: Path) -> None:
    unknown = real_records(shared / "fixtures" / "pubchem")["cache_6ce8192dfef81894008fcce5867cbb38.json"][0]
    assert unknown.cid is None


@pytest.mark.shared
def test_a_conformer_without_properties(shared: Path) -> None:
    conformer = real_records(shared / "fixtures" / "pubchem")["Conformer3D_COMPOUND_CID_4_1.json"][0]
    assert conformer.cid == 4
    assert conformer.smiles is None


@pytest.mark.parametrize(
    "answer",
    [
        {},
        "text",
        {"PC_Compounds": 3},
        {"PC_Compounds": [3]},
        {"PC_Compounds": [{"atoms": {"aid": [1]}}]},
        {"PC_Compounds": [{"atoms": {"aid": [1, 2], "element": [6]}}]},
        {"PC_Compounds": [synthetic(1, "C") | {"props": 3}]},
        {"PC_Compounds": [synthetic(1, "C") | {"props": [3]}]},
    ],
)
def test_malformed_answers(answer: Any) -> None:
    with pytest.raises(MalformedError):
        parse_compounds(answer)


def test_a_queue_ticket_is_busy() -> None:
    with pytest.raises(BusyError):
        parse_compounds({"Waiting": {"ListKey": "123"}})


def test_by_name_returns_every_candidate(httpserver: HTTPServer, http: HttpClient) -> None:
    httpserver.expect_request("/pug/compound/name/ethyl alcohol/JSON").respond_with_json(
        {"PC_Compounds": [synthetic(702, "CCO"), synthetic(703, "CO")]}
    )
    assert [(c.cid, c.smiles) for c in pubchem.compounds_by_name(http, "ethyl alcohol")] == [(702, "CCO"), (703, "CO")]


def test_a_name_with_a_slash_is_posted(httpserver: HTTPServer, http: HttpClient) -> None:
    httpserver.expect_request("/pug/compound/name/JSON", method="POST", data="name=a%2Fb").respond_with_json(
        {"PC_Compounds": [synthetic(1, "C")]}
    )
    assert pubchem.compounds_by_name(http, "a/b")[0].cid == 1


def test_unknown_names(httpserver: HTTPServer, http: HttpClient) -> None:
    fault = {"Fault": {"Code": "PUGREST.NotFound", "Message": "No CID found"}}
    httpserver.expect_request("/pug/compound/name/zzz/JSON").respond_with_json(fault, status=404)
    httpserver.expect_request("/pug/compound/name/yyy/JSON").respond_with_json({"PC_Compounds": []})
    for name in ("zzz", "yyy"):
        with pytest.raises(RemoteNotFoundError):
            pubchem.compounds_by_name(http, name)


def test_by_cid_and_synonyms(httpserver: HTTPServer, http: HttpClient) -> None:
    httpserver.expect_request("/pug/compound/cid/702/JSON").respond_with_json({"PC_Compounds": [synthetic(702, "CCO")]})
    httpserver.expect_request("/pug/compound/cid/702/synonyms/JSON").respond_with_json(
        {"InformationList": {"Information": [{"CID": 702, "Synonym": ["ethanol", "alcohol"]}]}}
    )
    httpserver.expect_request("/pug/compound/cid/1/synonyms/JSON").respond_with_json(
        {"InformationList": {"Information": [{"CID": 1}]}}
    )
    httpserver.expect_request("/pug/compound/cid/2/synonyms/JSON").respond_with_json({"InformationList": []})
    assert pubchem.compound_by_cid(http, 702).smiles == "CCO"
    assert pubchem.synonyms(http, 702) == ["ethanol", "alcohol"]
    with pytest.raises(RemoteNotFoundError):
        pubchem.synonyms(http, 1)
    with pytest.raises(MalformedError):
        pubchem.synonyms(http, 2)


def test_structures_stay_here_unless_shared(httpserver: HTTPServer, http: HttpClient) -> None:
    for ask in (pubchem.compounds_by_smiles, pubchem.compounds_by_inchikey):
        with pytest.raises(PrivateStructureError):
            ask(http, "C/C=C/C")
    assert httpserver.log == []


def test_by_smiles_when_shared(httpserver: HTTPServer, http: HttpClient) -> None:
    httpserver.expect_request(
        "/pug/compound/smiles/JSON", method="POST", data="smiles=C%2FC%3DC%2FC"
    ).respond_with_json({"PC_Compounds": [synthetic(None, "C/C=C/C")]})
    settings = http.settings.model_copy(update={"share_structures": True})
    with HttpClient(settings) as sharing:
        (found,) = pubchem.compounds_by_smiles(sharing, "C/C=C/C")
    assert (found.cid, found.smiles) == (None, "C/C=C/C")


def test_a_structure_that_cannot_be_placed_is_not_found(httpserver: HTTPServer, http: HttpClient) -> None:
    httpserver.expect_request("/pug/compound/smiles/JSON").respond_with_json({"PC_Compounds": [{"id": {}}]})
    with (
        HttpClient(http.settings.model_copy(update={"share_structures": True})) as sharing,
        pytest.raises(RemoteNotFoundError),
    ):
        pubchem.compounds_by_smiles(sharing, "C")


def test_offline() -> None:
    with HttpClient(HttpSettings(network="off")) as http, pytest.raises(OfflineError):
        pubchem.compounds_by_name(http, "aspirin")
