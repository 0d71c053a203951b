"""All columns that are cheap enough to compute for every compound, in one pass over a chunk of molecules.

A molecule is worked up once: its Crippen contributions, Morgan counts and pattern fingerprint serve properties, QED,
    scores, alerts
and CNS MPO. A calculation that fails leaves nulls in its columns and the reason in `problem`; it never ends the chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from benchside.tools.chemistry.alert_patterns import QED_ALERTS
from benchside.tools.chemistry.alerts import (
    DEFAULT_ALERT_SETS,
    SEPARATOR,
    alert_columns,
    alert_names,
    check_alert_sets,
)
from benchside.tools.chemistry.cns import CNS_OUTPUTS, cns_values
from benchside.tools.chemistry.permeation import PERMEATION_INPUTS, PERMEATION_OUTPUTS, permeation
from benchside.tools.chemistry.properties import PROPERTIES, PROPERTY_COLUMNS, Value, check_properties, frame_of
from benchside.tools.chemistry.rules import RULE_INPUTS, RULE_OUTPUTS, rules
from benchside.tools.chemistry.workup import Workup

_murcko: Any = MurckoScaffold.GetScaffoldForMol  # untyped in RDKit


@dataclass(frozen=True, slots=True)
class PropertyPlan:
    """What to compute.

    Attributes:
        properties: property columns, out of PROPERTY_COLUMNS.
        alert_sets: alert sets by name; each gives `<set>_alerts` and `<set>_alert_names`.
        rules: lipinski_violations and a flag per rule.
        permeation: gi_absorption and brain_penetration.
        cns: cns_mpo.
        cns_parts: with `cns`, also the six desirabilities and the estimates of pKa and logD.
        scaffold: Murcko scaffold as SMILES, null for a molecule without rings.
    """

    properties: tuple[str, ...] = PROPERTY_COLUMNS
    alert_sets: tuple[str, ...] = DEFAULT_ALERT_SETS
    rules: bool = True
    permeation: bool = True
    cns: bool = True
    cns_parts: bool = False
    scaffold: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns that the plan gives, in order; the last is `problem`."""
        return (
            *self.properties,
            *(title for name in self.alert_sets for title in alert_columns(name)),
            *(RULE_OUTPUTS if self.rules else ()),
            *(PERMEATION_OUTPUTS if self.permeation else ()),
            *self.cns_columns,
            *(("scaffold",) if self.scaffold else ()),
            "problem",
        )

    @property
    def cns_columns(self) -> tuple[str, ...]:
        """The columns of CNS MPO that the plan gives."""
        return () if not self.cns else CNS_OUTPUTS if self.cns_parts else ("cns_mpo",)


def compute_properties(mols: Sequence[Chem.Mol | None], plan: PropertyPlan | None = None) -> pd.DataFrame:
    """All columns of a plan for a chunk of molecules.

    Args:
        mols: n sanitised molecules; None gives a row of nulls with the reason in `problem`.
        plan: what to compute; everything by default.

    Returns:
        A frame of n rows, index 0 to n-1, with the columns `plan.columns`. Units, sources and types stand in
        `benchside.tools.chemistry.columns`. `problem` is null, or says which calculations failed and why.

    Raises:
        UnknownColumnError, UnknownAlertSetError: the plan asks for what does not exist.
    """
    plan = plan or PropertyPlan()
    check_properties(plan.properties)
    sets = check_alert_sets(plan.alert_sets)
    wanted = dict.fromkeys(plan.properties)
    wanted |= dict.fromkeys(RULE_INPUTS if plan.rules else ())
    wanted |= dict.fromkeys(PERMEATION_INPUTS if plan.permeation else ())
    screened = (*sets, QED_ALERTS) if "qed" in wanted else sets

    rows: list[dict[str, Value]] = [{"problem": "there is no molecule"} if mol is None else {} for mol in mols]
    works = [(Workup(mol, screened), row) for mol, row in zip(mols, rows, strict=True) if mol is not None]
    # One calculation on the whole chunk, then the next: the processor's caches stay warm.
    for name in wanted:
        _attempt(name, partial(_property, name=name), works)
    for name in sets:
        _attempt(name, partial(_alerts, name=name), works)
    if plan.cns:
        _attempt("cns_mpo", cns_values, works)
    if plan.scaffold:
        _attempt("scaffold", _scaffold, works)
    titles = (title for name in sets for title in alert_columns(name))
    names = (*wanted, *titles, *plan.cns_columns, "scaffold", "problem")
    frame = frame_of({name: [row.get(name) for row in rows] for name in names}, len(rows))
    parts = [frame]
    if plan.rules:
        parts.append(rules(frame))
    if plan.permeation:
        parts.append(permeation(frame["logp"], frame["tpsa"]))
    return pd.concat(parts, axis=1)[list(plan.columns)]


def scaffold_smiles(mol: Chem.Mol) -> str | None:
    """The Murcko scaffold (Bemis & Murcko 1996) as canonical SMILES; None for a molecule without rings."""
    return Chem.MolToSmiles(_murcko(mol)) or None


def _attempt(
    name: str, calculation: Callable[[Workup], dict[str, Value]], works: list[tuple[Workup, dict[str, Value]]]
) -> None:
    """One calculation on each molecule of a chunk; where it fails, the reason goes into the row."""
    for work, row in works:
        try:
            row.update(calculation(work))
        except Exception as error:  # noqa: BLE001 - one molecule must not end the chunk; its row says what happened
            reason = f"{name}: {type(error).__name__}: {_first_line(error)}"
            row["problem"] = f"{row['problem']}; {reason}" if "problem" in row else reason


def _property(work: Workup, name: str) -> dict[str, Value]:
    return {name: PROPERTIES[name](work)}


def _alerts(work: Workup, name: str) -> dict[str, Value]:
    counted, named = alert_columns(name)
    found = alert_names(work, name)
    return {counted: len(found), named: SEPARATOR.join(found)}


def _scaffold(work: Workup) -> dict[str, Value]:
    return {"scaffold": scaffold_smiles(work.mol)}


def _first_line(error: Exception) -> str:
    """What an error says, in one line: RDKit's run over many."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else "no reason given"
