"""Structures of listed items for tests: looked up by CAS number, or put together by code where no table has them."""

from __future__ import annotations

import contextlib
from functools import cache

from chemicals import search_chemical
from rdkit import Chem

from benchside.tools.safety.forms import forms_of

WRONG_ELSEWHERE = {"753-59-3"}
"""CAS numbers under which the table of `chemicals` holds another compound than the list means."""

ACYL = {"form": "", "acet": "C", "propan": "CC", "isobutan": "C(C)C", "butan": "CCC"}
ALKYL = {"dimethyl": "C", "diethyl": "CC", "dipropyl": "CCC", "diisopropyl": "C(C)C"}


def looked_up(cas: str) -> str | None:
    """The SMILES that `chemicals` has under a CAS number."""
    with contextlib.suppress(ValueError):
        return str(search_chemical(cas).smiles)
    return None


def keys_of(smiles: str) -> set[str]:
    """The keys by which a structure can be found in the tables: of its parts, and of them together."""
    forms = forms_of(Chem.MolFromSmiles(smiles))
    return {part.key14 for part in forms.parts} | {key[:14] for key in forms.salts}


def amidine(name: str) -> str:
    """An N,N-dialkyl amidine from its name."""
    stem = name.removeprefix("N,N-").removesuffix("amidine").lower()
    alkyl = max((word for word in ALKYL if stem.startswith(word)), key=len)
    acyl = ACYL[stem.removeprefix(alkyl)]
    return f"N=C{f'({acyl})' if acyl else ''}N({ALKYL[alkyl]}){ALKYL[alkyl]}"


def phosphonate(on_phosphorus: str, leaving: str, alkoxy: str) -> str:
    """R-P(=O)(X)-OR'."""
    return f"P({on_phosphorus})(=O)({leaving})O{alkoxy}"


def thiolate(on_phosphorus: str, alkoxy: str, amine: str) -> str:
    """R-P(=O)(OR')-S-ethylene-amine."""
    return f"P({on_phosphorus})(=O)(O{alkoxy})SCC{amine}"


def amidate(on_phosphorus: str, alkylidene: str, alkyl: str) -> str:
    """X-P(=O)(F)-N=C(R)-NR2."""
    return f"P({on_phosphorus})(=O)(F)N=C({alkylidene})N({alkyl}){alkyl}"


def mustard(bridge: str) -> str:
    """Two chloroethylthio groups and what is between them."""
    return f"ClCCS{bridge}SCCCl"


PICOLYL = "CN(C)C(=O)Oc1cccnc1C"


def _made() -> dict[str, str]:
    decyl, nonyl, pinacolyl = "C" * 10, "C" * 9, "C(C)C(C)(C)C"
    return {
        "159939-87-4": thiolate("C", "CC(C)C", "N(CC)CC"),
        "468712-10-9": thiolate("C", "CCCC", "N(CC)CC"),
        "2625-76-5": "ClCCSCCl",
        "63905-10-2": mustard("CCC"),
        "142868-94-8": mustard("CCCCC"),
        "63918-90-1": mustard("COC"),
        "2387495-99-8": amidate(decyl, nonyl, decyl),
        "2387496-12-8": amidate("C", "C", "CC"),
        "2387496-00-4": amidate(f"O{decyl}", nonyl, decyl),
        "2387496-04-8": amidate("OC", "C", "CC"),
        "2387496-06-0": amidate("OCC", "C", "CC"),
        "2387496-14-0": amidate("C", "N(CC)CC", "CC"),
        "77104-62-2": f"{PICOLYL}[N+](C)(C){decyl}[N+](C)(C)CCO",
        "77104-00-8": f"{PICOLYL}[N+](C)(CC)CC(=O){'C' * 6}C(=O)C[N+](C)(CC)Cc2ncccc2OC(=O)N(C)C",
        "753-98-0": "CCP(=O)(F)F",
        "1445-76-7": phosphonate("C", "Cl", "C(C)C"),
        "7040-57-5": phosphonate("C", "Cl", pinacolyl),
        "68957-94-8": "CCCP1(=O)OP(=O)(CCC)OP(=O)(CCC)O1",
        "430-78-4": "CCP(F)F",
        "753-59-3": "CP(F)F",
        "96-79-7": "ClCCN(C(C)C)C(C)C",
        "2893-43-8": "OCCN(C)CC",
        "7789-29-9": "[K+].[F-].F",
        "1341-49-7": "[NH4+].[F-].F",
        "1333-83-1": "[Na+].[F-].F",
        "2465-65-8": "CCOP(O)(=S)OCC",
        "41480-75-5": "SCCN(C(C)C)C(C)C.Cl",
        "460-52-6": "CCOP(=O)(F)F",
        "754-01-8": "COP(=O)(F)Cl",
        "762-77-6": "CCOP(=O)(F)Cl",
    }


@cache
def structure(cas: str, name: str) -> str | None:
    """The structure of a listed item; None where it has none here (a toxin, a name for a class)."""
    if name.endswith("amidine"):
        return amidine(name)
    made = _made().get(cas)
    return made or (looked_up(cas) if cas else None)
