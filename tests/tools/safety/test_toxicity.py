"""Acute toxicity alerts: each fires on its class and not beside it, and none has a say in a verdict."""

from __future__ import annotations

import pytest
from rdkit import Chem

from benchside.tools.chemistry.names import resolve_name
from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.gate import SafetyGate
from benchside.tools.safety.toxicity import ALERTS, toxicity_alerts

# Well-known members of each class, and a neighbour that is none.
EXAMPLES = {
    "organophosphorus-ester": (["malathion", "chlorpyrifos", "dichlorvos"], ["triethyl phosphate", "cyclophosphamide"]),
    "methylcarbamate": (["carbaryl", "methomyl", "neostigmine"], ["urethane", "meprobamate"]),
    "fluoroacetate": (["fluoroacetic acid", "fluoroacetamide"], ["trifluoroacetic acid", "difluoroacetic acid"]),
    "cyanohydrin": (["lactonitrile", "acetone cyanohydrin"], ["propionitrile", "3-hydroxypropionitrile"]),
    "uncoupler": (["2,4-dinitrophenol", "pentachlorophenol", "dinoseb"], ["4-nitrophenol", "2,4-dichlorophenol"]),
    "polychlorinated-cyclodiene": (["aldrin", "endosulfan"], ["lindane"]),
    "cyano-pyrethroid": (["cypermethrin", "deltamethrin"], ["permethrin"]),
    "small-ring-electrophile": (["ethylene oxide", "styrene oxide"], ["tetrahydrofuran", "azetidine"]),
    "halogenoethyl-mustard": (["melphalan", "chlorambucil"], ["cyclophosphamide", "carmustine"]),
    "unsaturated-aldehyde": (["acrolein", "crotonaldehyde", "allyl alcohol"], ["propionaldehyde", "benzaldehyde"]),
    "bipyridinium": (["C[n+]1ccc(cc1)-c1cc[n+](C)cc1"], ["4,4'-bipyridine"]),
    "alkylmercury": (["C[Hg]Cl"], ["Cl[Hg]Cl"]),
}


def alerts_of(name: str) -> set[str]:
    mol = Chem.MolFromSmiles(name if "[" in name else resolve_name(name).smiles)
    return {found.alert.id for found in toxicity_alerts(mol)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_alert_fires_on_its_class_and_not_beside_it(name: str) -> None:
    inside, outside = EXAMPLES[name]
    assert [member for member in inside if name not in alerts_of(member)] == []
    assert [member for member in outside if name in alerts_of(member)] == []


def test_every_alert_has_an_example_and_a_paper() -> None:
    assert set(EXAMPLES) == {alert.id for alert in ALERTS}
    assert all(any(str(year) in alert.source for year in range(1980, 2026)) for alert in ALERTS)


def test_the_matched_atoms_are_named() -> None:
    (found,) = toxicity_alerts(Chem.MolFromSmiles("CCC1CO1"))
    assert found.atoms == (2, 3, 4)


@pytest.mark.parametrize("name", ["carbaryl", "pentachlorophenol", "deltamethrin", "acrolein"])
def test_an_alert_has_no_say_in_a_verdict(name: str) -> None:
    smiles = resolve_name(name).smiles
    assert toxicity_alerts(Chem.MolFromSmiles(smiles))
    for action in Action:
        assert SafetyGate().judge(smiles, action).verdict is Verdict.ALLOW
