"""QED, the quantitative estimate of drug-likeness, from inputs that were computed already.

Source: Bickerton et al., Nature Chem. 2012, 4, 90, with the mean weights. Parameters and patterns are those of
rdkit.Chem.QED, and so are the values, bit by bit.
"""

from __future__ import annotations

from typing import Any

from rdkit import Chem
from rdkit.Chem import QED

from benchside.tools.chemistry.alert_patterns import QED_ALERTS
from benchside.tools.chemistry.workup import Workup

# The acceptor patterns are single atoms of which no atom meets two, so that one search for any of them counts the same.
_ACCEPTOR = Chem.MolFromSmarts("[" + ",".join(f"$({smarts})" for smarts in QED.AcceptorSmarts) + "]")
_MOST_MATCHES = 11_000

_qed: Any = QED.qed  # untyped in RDKit
_inputs: Any = QED.QEDproperties


def qed(work: Workup) -> float:
    """QED of a molecule, 0 (unlike drugs) to 1.

    Raises:
        ValueError, RuntimeError: RDKit cannot compute one of the eight inputs.
    """
    if work.has_hydrogens:
        return float(_qed(work.mol))
    return float(_qed(work.mol, qedProperties=qed_inputs(work)))


def qed_inputs(work: Workup) -> QED.QEDproperties:
    """The eight inputs: MW, ALOGP, HBA, HBD, PSA, ROTB, AROM, ALERTS, for a molecule without explicit hydrogens."""
    mol = work.mol
    found: QED.QEDproperties = _inputs(
        MW=work.molecular_weight,
        ALOGP=work.crippen[0],
        HBA=len(mol.GetSubstructMatches(_ACCEPTOR, maxMatches=_MOST_MATCHES)),
        HBD=work.hbd,
        PSA=work.tpsa,
        ROTB=work.rotatable_bonds,
        AROM=_aromatic_rings(mol),
        ALERTS=sum(1 for number in work.candidates(QED_ALERTS) if mol.HasSubstructMatch(QED.StructuralAlerts[number])),
    )
    return found


def _aromatic_rings(mol: Chem.Mol) -> int:
    """Rings that are left once aliphatic ring atoms are cut out, as QED counts them."""
    return len(Chem.GetSSSR(Chem.DeleteSubstructs(Chem.Mol(mol), QED.AliphaticRings)))
