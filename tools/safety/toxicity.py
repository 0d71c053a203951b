"""Acute toxicity alerts: structures that the literature links to acute poisoning. Information, never part of a verdict.

A handful of well-studied mechanisms, each with the paper that describes the link between structure and mechanism; the
patterns are this package's reading of those papers and were not fitted to data. Several come from aquatic toxicology
(Russom et al. 1997; Hermens 1990), where modes of action were assigned to structures first. An alert is a reason to
read the data sheet before anyone handles a substance. It is no prediction: many approved medicines carry one, and a
molecule without an alert may be as toxic as one with several. No alert says how toxic anything is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rdkit import Chem

_RUSSOM = (
    "Russom CL, Bradbury SP, Broderius SJ, Hammermeister DE, Drummond RA. Predicting modes of toxic action from "
    "chemical structure. Environ Toxicol Chem 1997, 16, 948-967"
)
_FUKUTO = (
    "Fukuto TR. Mechanism of action of organophosphorus and carbamate insecticides. Environ Health Perspect 1990, 87, "
    "245-254"
)
_HERMENS = "Hermens JLM. Electrophiles and acute toxicity to fish. Environ Health Perspect 1990, 87, 219-225"


@dataclass(frozen=True, slots=True)
class ToxicityAlert:
    """One structural alert.

    Attributes:
        id: stable, lower case.
        title: the structure in words.
        mechanism: how the literature explains the acute effect, in a few words.
        smarts: patterns, any of which raises the alert.
        source: the paper.
    """

    id: str
    title: str
    mechanism: str
    smarts: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class ToxicityMatch:
    """An alert that a molecule raises, with the atoms of its first match."""

    alert: ToxicityAlert
    atoms: tuple[int, ...]


ALERTS: tuple[ToxicityAlert, ...] = (
    ToxicityAlert(
        "organophosphorus-ester",
        "organophosphorus ester with a group that can leave",
        "inhibition of acetylcholinesterase",
        (
            "[PX4](=[O,S])([#6,#7,#8,#16])([OX2,SX2,NX3][#6])[$([OX2]c),$([OX2]C=C),$([OX2]N=C),$([SX2][#6]),F,Cl]",
            "[PX4](=O)([#6,#7,#8])([OX2][#6])[CX2]#[NX1]",
        ),
        _FUKUTO,
    ),
    ToxicityAlert(
        "methylcarbamate",
        "methyl- or dimethylcarbamate of a phenol, enol or oxime",
        "inhibition of acetylcholinesterase",
        ("[CH3][NX3;H1,$(N([CH3])[CH3])]C(=O)[OX2][$(c),$(N=C),$(C=C)]",),
        _FUKUTO,
    ),
    ToxicityAlert(
        "fluoroacetate",
        "fluoroacetic acid, its esters and amides, and fluoroethanol",
        "block of the citric acid cycle",
        ("[FX1][CH2]C(=O)[OX2,NX3,OX1-]", "[FX1][CH2][CH2][OX2H]"),
        "Proudfoot AT, Bradberry SM, Vale JA. Sodium fluoroacetate poisoning. Toxicol Rev 2006, 25, 213-219",
    ),
    ToxicityAlert(
        "cyanohydrin",
        "nitrile with hydroxy or amino on the next carbon",
        "release of cyanide",
        ("[NX1]#[CX2][CX4][OX2H]", "[NX1]#[CX2][CX4;!R][NX3;H2]"),
        "Tanii H, Hashimoto K. Studies on the mechanism of acute toxicity of nitriles in mice. Arch Toxicol 1984, 55, "
        "47-54",
    ),
    ToxicityAlert(
        "uncoupler",
        "phenol with two nitro groups, or with four or more halogens",
        "uncoupling of oxidative phosphorylation",
        (
            "[OX2H,OX1-]c1c([N+](=O)[O-])cc([N+](=O)[O-])cc1",
            "[OX2H,OX1-]c1c([N+](=O)[O-])cccc1[N+](=O)[O-]",
            "[OX2H,OX1-]c1c([F,Cl,Br,I])c([F,Cl,Br,I])c(*)c([F,Cl,Br,I])c1[F,Cl,Br,I]",
        ),
        "Terada H. Uncouplers of oxidative phosphorylation. Environ Health Perspect 1990, 87, 213-218",
    ),
    ToxicityAlert(
        "polychlorinated-cyclodiene",
        "hexachloronorbornene",
        "seizures by action on the central nervous system",
        ("C1(Cl)=C(Cl)C2(Cl)CCC1(Cl)C2(Cl)Cl",),
        _RUSSOM,
    ),
    ToxicityAlert(
        "cyano-pyrethroid",
        "ester of an alpha-cyano-3-phenoxybenzyl alcohol",
        "seizures by action on the central nervous system",
        ("[CX3](=O)[OX2][CH](C#N)c1cccc([OX2]c)c1",),
        _RUSSOM,
    ),
    ToxicityAlert(
        "small-ring-electrophile",
        "epoxide or aziridine",
        "alkylation of proteins and nucleic acids",
        ("[CX4]1[OX2][CX4]1", "[CX4]1[NX3][CX4]1"),
        _HERMENS,
    ),
    ToxicityAlert(
        "halogenoethyl-mustard",
        "amine or sulfide with a 2-halogenoethyl group",
        "alkylation of proteins and nucleic acids",
        ("[NX3;!$(NC=[O,S]);!$(NS=O);!$(N[N,P])]([#6])[CX4H2][CX4H2][Cl,Br,I]", "[#6][SX2][CX4H2][CX4H2][Cl,Br,I]"),
        _RUSSOM,
    ),
    ToxicityAlert(
        "unsaturated-aldehyde",
        "alpha,beta-unsaturated aldehyde, or a small alcohol that is oxidised to one",
        "addition to thiols",
        ("[CX3H1](=O)[CX3]=[CX3;!$(C=[N,O])]", "[CX3H2]=[CX3][CX4H2][OX2H]", "[CX2H]#[CX2][CX4H2][OX2H]"),
        _RUSSOM,
    ),
    ToxicityAlert(
        "bipyridinium",
        "bipyridinium with two quaternary nitrogen atoms",
        "redox cycling in the lung",
        ("[n+;$([n+][#6X4])]1ccc(cc1)-c1cc[n+;$([n+][#6X4])]cc1", "c1cc[n+]2CC[n+]3ccccc3c2c1"),
        "Dinis-Oliveira RJ et al. Paraquat poisonings: mechanisms of lung toxicity, clinical features, and treatment. "
        "Crit Rev Toxicol 2008, 38, 13-71",
    ),
    ToxicityAlert(
        "alkylmercury",
        "carbon bound to mercury",
        "damage to the nervous system",
        ("[#6][Hg]", "[#6-].[Hg+2]"),
        "Clarkson TW, Magos L. The toxicology of mercury and its chemical compounds. Crit Rev Toxicol 2006, 36, "
        "609-662",
    ),
)
"""Every alert, in the order in which it is searched."""


def toxicity_alerts(mol: Chem.Mol) -> tuple[ToxicityMatch, ...]:
    """The alerts that a molecule raises, each once, in the order of `ALERTS`; none means that nothing is known here."""
    found: list[ToxicityMatch] = []
    for alert, queries in _queries():
        place = next((place for query in queries if (place := mol.GetSubstructMatch(query))), None)
        if place:
            found.append(ToxicityMatch(alert, tuple(sorted(place))))
    return tuple(found)


@cache
def _queries() -> tuple[tuple[ToxicityAlert, tuple[Chem.Mol, ...]], ...]:
    return tuple((alert, tuple(Chem.MolFromSmarts(text) for text in alert.smarts)) for alert in ALERTS)
