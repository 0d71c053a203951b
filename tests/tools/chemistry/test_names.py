"""Names to structures, against published InChIKeys and SMILES."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
import stamina
from pytest_httpserver import HTTPServer
from rdkit import Chem

from benchside.tools.chemistry.names import (
    AmbiguousNameError,
    OfflineNameError,
    UnknownNameError,
    UnreadableStructureError,
    resolve_name,
    resolve_structure,
    valid_cas,
)
from benchside.tools.http import HttpClient, HttpSettings, UnreachableError
from benchside.workspaces.errors import ExitCode, InputError


def key(smiles: str) -> str:
    return str(Chem.MolToInchiKey(Chem.MolFromSmiles(smiles)))


@pytest.mark.parametrize(
    ("name", "inchikey", "source"),
    [
        ("osimertinib", "DUYJMQONPNNFPI-UHFFFAOYSA-N", "approved drugs"),
        ("  OSIMERTINIB ", "DUYJMQONPNNFPI-UHFFFAOYSA-N", "approved drugs"),
        ("Imatinib", "KTUFNOKKBVMGRW-UHFFFAOYSA-N", "approved drugs"),
        ("acetylsalicylic acid", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "approved drugs"),
        ("Acetyl salicylic-acid", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "approved drugs"),
        ("aspirin", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "identifier table"),
        ("Tylenol", "RZVAJINKPMORJF-UHFFFAOYSA-N", "identifier table"),
        ("1,2-dichlorobenzene", "RFFLAFLAYFXFSW-UHFFFAOYSA-N", "approved drugs"),
        ("50-78-2", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "identifier table"),
        ("CAS 58-08-2", "RYYVLZVUVIJVGH-UHFFFAOYSA-N", "identifier table"),
        ("decadron", "UREBDLICKHMUKA-CXSFZGCWSA-N", "identifier table"),
    ],
)
def test_known_names(name: str, inchikey: str, source: str) -> None:
    found = resolve_name(name)
    assert key(found.smiles) == inchikey
    assert found.source == source
    assert found.name == name
    assert found.source_version.split()[0] in {"admet-ai", "chemicals"}
    assert found.identifier


def test_a_salt_is_left_off_and_said() -> None:
    found = resolve_name("imatinib mesylate")
    assert found.matched_name == "Imatinib"
    assert "'mesylate' was left off" in found.note
    assert "'magnesium trihydrate'" in resolve_name("esomeprazole magnesium trihydrate").note


def test_a_salt_with_its_own_entry_is_that_salt() -> None:
    assert resolve_name("zinc sulfate").smiles == "O=S(=O)([O-])[O-].[Zn+2]"
    assert resolve_name("metformin hydrochloride").smiles.endswith(".Cl")


def test_missing_stereochemistry_is_said() -> None:
    assert "no stereochemistry" in resolve_name("ibuprofen sodium").note


def test_an_unknown_name_offline_says_that_it_cannot() -> None:
    with pytest.raises(OfflineNameError, match="Osimertinib") as caught:
        resolve_name("osimertinb")
    assert caught.value.code == "unknown_name_offline"
    assert caught.value.exit_code is ExitCode.NETWORK
    with HttpClient(HttpSettings(network="off")) as http, pytest.raises(OfflineNameError, match="network is off"):
        resolve_name("gleevec", http)


def test_ambiguous_names_list_their_candidates() -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        resolve_name("penicillin")
    assert {c.identifier for c in caught.value.candidates} == {"CAS 61-33-6", "CAS 69-57-8"}


@pytest.mark.parametrize(("cas", "valid"), [("50-78-2", True), ("7732-18-5", True), ("50-78-3", False)])
def test_check_digits(cas: str, valid: bool) -> None:
    assert valid_cas(cas) is valid


def test_a_wrong_cas_number() -> None:
    with pytest.raises(InputError, match="check digit"):
        resolve_name("50-78-3")


@pytest.mark.parametrize(
    ("text", "kind", "smiles"),
    [
        ("C", "smiles", "C"),
        ("CO", "smiles", "CO"),
        ("smiles: CCO", "smiles", "CCO"),
        ("InChI=1S/CH4/h1H4", "inchi", "C"),
        ("methanol", "name", "CO"),
        ("name:water", "name", "O"),
        ("67-56-1", "cas", "CO"),
        ("C[C@H](N)C(=O)O", "smiles", "C[C@H](N)C(=O)O"),
    ],
)
def test_how_a_text_is_understood(text: str, kind: str, smiles: str) -> None:
    found = resolve_structure(text)
    assert (found.understood_as, found.smiles, found.name) == (kind, smiles, text)


@pytest.mark.parametrize("text", ["Cc1ccccc1(", "C(C)(C)(C)(C)C", "smiles:hello", "InChI=1S/nonsense"])
def test_broken_structures(text: str) -> None:
    with pytest.raises(UnreadableStructureError):
        resolve_structure(text)


@pytest.mark.parametrize("text", ["", "   ", "name:  "])
def test_no_text(text: str) -> None:
    with pytest.raises((InputError, UnknownNameError)):
        resolve_structure(text)


@pytest.fixture
def http(httpserver: HTTPServer) -> Iterator[HttpClient]:
    settings = HttpSettings(
        base_urls={"pubchem": httpserver.url_for("/pug")}, requests_per_second={"pubchem": 1000}, attempts=2
    )
    with stamina.set_testing(True, attempts=2), HttpClient(settings) as client:
        yield client


def answer(*compounds: tuple[int, str]) -> dict[str, object]:
    """A synthetic PUG REST answer."""
    return {
        "PC_Compounds": [
            {
                "id": {"id": {"cid": cid}},
                "atoms": {"aid": [1], "element": [6]},
                "props": [{"urn": {"label": "SMILES", "name": "Absolute"}, "value": {"sval": smiles}}],
            }
            for cid, smiles in compounds
        ]
    }


def test_pubchem_is_asked_last(httpserver: HTTPServer, http: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1735689600")
    httpserver.expect_request("/pug/compound/name/gleevec/JSON").respond_with_json(answer((5291, "CCO")))
    assert resolve_name("aspirin", http).source == "identifier table"
    assert httpserver.log == []
    found = resolve_name("gleevec", http)
    assert (found.source, found.identifier, found.smiles, found.matched_name) == (
        "PubChem",
        "CID 5291",
        "CCO",
        "gleevec",
    )
    assert found.source_version.startswith("2025-01-01")


def test_pubchem_knows_several_or_none(httpserver: HTTPServer, http: HttpClient) -> None:
    httpserver.expect_request("/pug/compound/name/two things/JSON").respond_with_json(answer((1, "CCO"), (2, "CO")))
    httpserver.expect_request("/pug/compound/name/zzz nothing/JSON").respond_with_json({}, status=404)
    httpserver.expect_request("/pug/compound/name/broken thing/JSON").respond_with_data("", 504)
    with pytest.raises(AmbiguousNameError, match="CID 1"):
        resolve_name("two things", http)
    with pytest.raises(UnknownNameError, match="nor PubChem") as caught:
        resolve_name("zzz nothing", http)
    assert caught.value.code == "unknown_name"
    with pytest.raises(UnreachableError):
        resolve_name("broken thing", http)


@pytest.mark.parametrize(
    "text", ["CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Oc1ccccc1C(", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "InChI=1S/broken"]
)
def test_nothing_like_a_structure_is_sent(httpserver: HTTPServer, http: HttpClient, text: str) -> None:
    for resolve in (resolve_name, resolve_structure):
        with suppress(UnknownNameError, UnreadableStructureError):
            resolve(text, http)
    assert httpserver.log == []
