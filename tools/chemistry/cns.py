"""CNS MPO: how far six properties lie within the range of marketed CNS drugs, 0 to 6.

Source: Wager et al., ACS Chem. Neurosci. 2010, 1, 435, table 1 (see also 2016, 7, 767). The paper takes ClogP, ClogD at
pH 7.4 and the pKa of the most basic centre from commercial programs. Here stand in for them:

- ClogP: Crippen logP.
- pKa: a typical value of the most basic group that is found by SMARTS (BASIC_GROUPS), the estimate of a textbook,
  good to about one to two units. A molecule without any such group counts as not basic, which is the full
  desirability, as in the paper.
- ClogD: Crippen logP less the ionised share of the most basic and the most acidic group (ACIDIC_GROUPS) at pH 7.4 by
  Henderson and Hasselbalch; an ion is taken to partition 3 (cation) or 4 (anion) log units less than the neutral form
  (Avdeef, Absorption and Drug Development, 2003, "diff 3-4").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import log10

import pandas as pd
from rdkit import Chem

from benchside.tools.chemistry.alert_patterns import PatternScreen
from benchside.tools.chemistry.properties import Value, frame_of
from benchside.tools.chemistry.workup import Workup

PH = 7.4
CATION_DIFFERENCE = 3.0
ANION_DIFFERENCE = 4.0

# Name, SMARTS of the atom that takes the proton, typical pKa of its conjugate acid. The first of a family that
# matches an atom wins, so that the special stand before the general.
BASIC_GROUPS: tuple[tuple[str, str, float], ...] = (
    ("amide, urea, sulfonamide or carbamate nitrogen", "[#7;$([#7][#6](=[O,S])),$([#7][#16](=O))]", -1.0),
    ("cyano- or nitroguanidine, acylguanidine", "[#7X2]=[#6]([#7])[#7][$(C=O),$(C#N),$([N+](=O)[O-])]", 7.0),
    ("cyanoguanidine", "[#7X2;$([#7]C#N),$([#7][N+](=O)[O-]),$([#7]C=O)]=[#6]([#7])[#7]", 0.0),
    ("aryl guanidine", "[NX2]=[CX3]([NX3])[NX3;$(Nc)]", 10.5),
    ("aryl guanidine", "[NX2;$(Nc)]=[CX3]([NX3])[NX3]", 10.5),
    ("guanidine", "[NX2]=[CX3]([NX3])[NX3]", 13.0),
    ("aryl amidine", "[NX2;$(Nc)]=[CX3]([#6,#1])[NX3]", 8.5),
    ("amidine", "[NX2;!$(N[O,N])]=[CX3;!$(C(=N)[O,S])][NX3;!$(N[O,N])]", 11.5),
    ("amidoxime", "[NX2;$(NO)]=[CX3][NX3]", 5.0),
    ("imidate", "[NX2;!$(N[O,N])]=[CX3][O,S]", 6.5),
    ("oxime or hydrazone", "[NX2;$(N[O,N])]=[#6]", 2.0),
    ("aryl imine, as in benzodiazepines", "[NX2;!$(N[O,N])]=[CX3]c", 3.5),
    ("imine", "[NX2;!$(N[O,N])]=[CX3]", 7.0),
    ("hydrazine or hydroxylamine", "[NX3;!$(N=*);$(N[N,O])]", 6.0),
    ("trifluoroethylamine", "[NX3;!$(N[!#6;!#1]);!$(Nc);!$(NC=*);!$(NC#*)][CX4]C(F)(F)F", 5.5),
    ("triaryl- or diarylamine", "[NX3;$(N(c)c)]", 0.5),
    ("aniline with a strong acceptor in place", "[NX3;$(Nc1ccc([N+](=O)[O-])cc1),$(Nc1ccccc1[N+](=O)[O-])]", 1.0),
    ("amine on an electron-poor ring", "[NX3;$(Nc[nX2]),$(Nc:[c,n]:[c,n]:[nX2])]", -1.0),
    ("aniline", "[NX3;$(Nc)]", 4.7),
    ("enamine or vinylogous amide", "[NX3;$(NC=[C,N])]", 1.0),
    ("aminonitrile", "[NX3;!$(N=*);$(NCC#N),$(N[CX4]C#N)]", 5.0),
    ("bridgehead amine of quinuclidine", "[NX3]12CCC(CC1)CC2", 10.8),
    ("piperazine with an amide or sulfonamide", "[NX3;R]1([CX4])[CX4][CX4][NX3;$(N[C,S]=O)][CX4][CX4]1", 6.8),
    ("aryl piperazine", "[NX3;R]1[CX4][CX4][NX3;$(Nc)][CX4][CX4]1", 7.8),
    ("piperazine", "[NX3;R;!$(N[C,S]=O);!$(Nc)]1[CX4][CX4][NX3;!$(N[C,S]=O);!$(Nc)][CX4][CX4]1", 8.5),
    ("N-alkyl morpholine", "[NX3;H0]1[CX4][CX4]O[CX4][CX4]1", 7.4),
    ("morpholine", "[NX3;H1]1[CX4][CX4]O[CX4][CX4]1", 8.4),
    ("thiomorpholine", "[NX3]1[CX4][CX4]S[CX4][CX4]1", 7.8),
    ("amine beside a carbonyl", "[NX3;!$(N=*);$(N[CX4][CX3]=[O,S,N]),$(N[CX4]S(=O)=O)]", 7.6),
    ("amine between two benzylic carbons", "[NX3;!$(N=*);$(N([CX4]c)[CX4]c)]", 8.0),
    ("benzhydryl amine", "[NX3;!$(N=*);$(N[CX4](c)c)]", 7.8),
    ("benzylic amine", "[NX3;!$(N=*);$(N[CX4]c)]", 9.0),
    ("allylic or propargylic amine", "[NX3;!$(N=*);$(N[CX4]C=C),$(N[CX4]C#C)]", 8.3),
    ("aziridine", "[NX3]1[CX4][CX4]1", 7.8),
    ("amine with a hydroxyl or ether beside it", "[NX3;!$(N=*);!$(N[!#6;!#1]);$(N[CX4][CX4][OX2])]", 9.0),
    ("secondary aliphatic amine", "[NX3;H1;!$(N=*)]([CX4])[CX4]", 10.3),
    ("primary aliphatic amine", "[NX3;H2;!$(N=*)][CX4]", 10.0),
    ("tertiary aliphatic amine", "[NX3;H0;!$(N=*)]([CX4])([CX4])[CX4]", 9.6),
    ("4-aminopyridine", "[nX2]1cc[c;$(c[NX3;!$(N[C,S]=[O,S])])]cc1", 9.1),
    ("2-aminopyridine", "[nX2]1[c;$(c[NX3;!$(N[C,S]=[O,S])])]cccc1", 6.8),
    ("halogenated pyridine", "[nX2]1[c;$(c[F,Cl,Br,I])]cccc1", 0.7),
    ("2-aminoimidazole or 2-aminobenzimidazole", "[nX2]1[c;$(c[NX3;!$(N[C,S]=O)])][n;X3]cc1", 7.8),
    ("benzimidazole", "[nX2]1c[nX3]c2ccccc12", 5.5),
    ("imidazole", "[nX2]1c[nX3]cc1", 7.0),
    ("aminothiazole", "[nX2]1[c;$(c[NX3;!$(N[C,S]=O)])]scc1", 5.4),
    ("thiazole", "[nX2]1cscc1", 2.5),
    ("aminopyrimidine", "[nX2]1[c;$(c[NX3])]nccc1", 3.7),
    ("aminopyrimidine", "[nX2]1[c;$(c[NX3])]ccnc1", 5.0),
    ("ring with two or more nitrogens", "[nX2;r6;$([nX2]1aaaan1),$([nX2]1aanaa1),$([nX2]1anaaa1)]", 1.5),
    ("pyrazole or triazole", "[nX2;r5;$([nX2]~[n]),$([nX2]~*~[n]~[n])]", 2.0),
    ("oxazole or isoxazole", "[nX2;r5;$([nX2]~[o,s]),$([nX2]~*~[o])]", 0.8),
    ("quinoline or isoquinoline", "[nX2;r6;$([nX2]1aaaa2aaaaa12),$([nX2]1aaa2aaaaa2a1)]", 5.0),
    ("pyridine", "[nX2;r6]1ccccc1", 5.2),
)

# Name, SMARTS of the acidic atom, typical pKa.
ACIDIC_GROUPS: tuple[tuple[str, str, float], ...] = (
    ("sulfonic or sulfuric acid", "[OX2H][SX4](=O)=O", -1.0),
    ("phosphoric or phosphonic acid", "[OX2H]P=O", 2.0),
    ("carboxylic acid", "[OX2H][CX3]=O", 4.2),
    ("tetrazole", "[nH]1nnnc1", 4.9),
    ("tetrazole", "[nH]1nncn1", 4.9),
    ("acyl sulfonamide", "[NX3;H1]([CX3]=O)S(=O)=O", 4.5),
    ("sulfonylurea", "[NX3;H1](C(=O)N)S(=O)=O", 5.0),
    ("heteroaryl sulfonamide", "[NX3;H1]([c;$(c[nX2]),$(c:[o,s])])S(=O)=O", 6.5),
    ("nitrophenol", "[OX2H]c1ccc([N+](=O)[O-])cc1", 7.1),
    ("barbiturate", "[NX3;H1]1C(=O)NC(=O)CC1=O", 7.9),
    ("thiazolidinedione", "[NX3;H1]1C(=O)SCC1=O", 6.7),
    ("imide or hydantoin", "[NX3;H1](C=O)C=O", 9.0),
    ("hydroxamic acid", "[OX2H][NX3]C=O", 9.0),
    ("aryl sulfonamide", "[NX3;H1,H2;$(Nc),$([NH2])]S(=O)=O", 9.5),
    ("thiol", "[SX2H]", 9.5),
    ("phenol", "[OX2H]c", 9.8),
)

CNS_PARTS = (
    "cns_mpo_logp",
    "cns_mpo_logd",
    "cns_mpo_molecular_weight",
    "cns_mpo_tpsa",
    "cns_mpo_hbd",
    "cns_mpo_pka",
)
CNS_ESTIMATES = ("basic_pka_estimate", "logd74_estimate")
CNS_OUTPUTS = ("cns_mpo", *CNS_PARTS, *CNS_ESTIMATES)


def falling(value: float, good: float, bad: float) -> float:
    """1 up to `good`, 0 from `bad`, a straight line between them."""
    return min(1.0, max(0.0, (bad - value) / (bad - good)))


def hump(value: float, bad_low: float, good_low: float, good_high: float, bad_high: float) -> float:
    """1 between the two good values, 0 outside the two bad ones, straight lines between them."""
    if value < good_low:
        return min(1.0, max(0.0, (value - bad_low) / (good_low - bad_low)))
    return falling(value, good_high, bad_high)


def mpo_parts(
    *, logp: float, logd: float, molecular_weight: float, tpsa: float, hbd: float, basic_pka: float | None
) -> dict[str, float]:
    """The six desirabilities of CNS MPO, each 0 to 1; their sum is the score.

    Args:
        logp: ClogP or its stand-in: 1 up to 3, 0 from 5.
        logd: ClogD at pH 7.4 or its stand-in: 1 up to 2, 0 from 4.
        molecular_weight: Da: 1 up to 360, 0 from 500.
        tpsa: Å²: 1 from 40 to 90, 0 up to 20 and from 120.
        hbd: hydrogen-bond donors: 1 up to 0.5, 0 from 3.5.
        basic_pka: pKa of the most basic centre: 1 up to 8, 0 from 10; None for a compound without one: 1.
    """
    return {
        "cns_mpo_logp": falling(logp, 3, 5),
        "cns_mpo_logd": falling(logd, 2, 4),
        "cns_mpo_molecular_weight": falling(molecular_weight, 360, 500),
        "cns_mpo_tpsa": hump(tpsa, 20, 40, 90, 120),
        "cns_mpo_hbd": falling(hbd, 0.5, 3.5),
        "cns_mpo_pka": 1.0 if basic_pka is None else falling(basic_pka, 8, 10),
    }


def basic_pka(mol: Chem.Mol) -> float | None:
    """A typical pKa of the most basic group of a molecule, or None if BASIC_GROUPS knows none in it."""
    return _pkas(Workup(mol))[0]


def acidic_pka(mol: Chem.Mol) -> float | None:
    """A typical pKa of the most acidic group of a molecule, or None if ACIDIC_GROUPS knows none in it."""
    return _pkas(Workup(mol))[1]


def logd74(logp: float, basic: float | None, acidic: float | None) -> float:
    """logD at pH 7.4 from the logP of the neutral form and the pKa of the most basic and the most acidic group."""
    cation = 0.0 if basic is None else 10 ** (basic - PH)
    anion = 0.0 if acidic is None else 10 ** (PH - acidic)
    partitioned = 1 + cation * 10**-CATION_DIFFERENCE + anion * 10**-ANION_DIFFERENCE
    return logp + log10(partitioned / (1 + cation + anion))


def cns_values(work: Workup) -> dict[str, Value]:
    """All columns of CNS_OUTPUTS for one molecule."""
    logp = work.crippen[0]
    basic, acidic = _pkas(work)
    distribution = logd74(logp, basic, acidic)
    parts = mpo_parts(
        logp=logp,
        logd=distribution,
        molecular_weight=work.molecular_weight,
        tpsa=work.tpsa,
        hbd=work.hbd,
        basic_pka=basic,
    )
    return {
        "cns_mpo": sum(parts.values()),
        **parts,
        "basic_pka_estimate": basic,
        "logd74_estimate": distribution,
    }


def cns_mpo(mols: Sequence[Chem.Mol | None], *, parts: bool = False) -> pd.DataFrame:
    """CNS MPO of molecules.

    Args:
        mols: n sanitised molecules; None gives a row of nulls.
        parts: also give the six desirabilities and the estimates of pKa and logD.

    Returns:
        A frame of n rows with `cns_mpo` (0 to 6), or with all of CNS_OUTPUTS.
    """
    names = CNS_OUTPUTS if parts else ("cns_mpo",)
    rows = [{} if mol is None else cns_values(Workup(mol)) for mol in mols]
    return frame_of({name: [row.get(name) for row in rows] for name in names}, len(rows))


def _pkas(work: Workup) -> tuple[float | None, float | None]:
    """The pKa of the most basic and of the most acidic group."""
    found = work.screened(_groups().screen)
    basic = _group_pkas(work.mol, [_groups().basic[number] for number in found["basic"]])
    acidic = _group_pkas(work.mol, [_groups().acidic[number] for number in found["acidic"]])
    return max(basic.values(), default=None), min(acidic.values(), default=None)


def _group_pkas(mol: Chem.Mol, queries: list[tuple[Chem.Mol, float]]) -> dict[int, float]:
    """The pKa of each ionisable atom: that of the first query whose first atom it is."""
    found: dict[int, float] = {}
    for query, pka in queries:
        for match in mol.GetSubstructMatches(query):
            found.setdefault(match[0], pka)
    return found


@dataclass(frozen=True, slots=True)
class _Groups:
    basic: list[tuple[Chem.Mol, float]]
    acidic: list[tuple[Chem.Mol, float]]
    screen: PatternScreen


@cache
def _groups() -> _Groups:
    basic = [(Chem.MolFromSmarts(smarts), pka) for _, smarts, pka in BASIC_GROUPS]
    acidic = [(Chem.MolFromSmarts(smarts), pka) for _, smarts, pka in ACIDIC_GROUPS]
    return _Groups(
        basic, acidic, PatternScreen({"basic": [query for query, _ in basic], "acidic": [query for query, _ in acidic]})
    )
