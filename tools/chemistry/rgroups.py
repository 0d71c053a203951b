"""The R-group table of a series: what each compound carries at each position of a common core."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd
from rdkit import Chem, rdBase
from rdkit.Chem import rdRGroupDecomposition as decomposition

from benchside.tools.chemistry.substructure import parse_smarts
from benchside.workspaces.errors import InputError

_LABEL = re.compile(r"R(\d+)")


class CoreError(InputError):
    """The core cannot be read, or does not work as one."""

    code = "bad_core"


def rgroup_table(mols: Sequence[Chem.Mol | None], core: str, *, labelled_only: bool = False) -> pd.DataFrame:
    """R-groups of each compound about one core (RDKit's RGroupDecomposition).

    Args:
        mols: n molecules.
        core: SMILES, or SMARTS where it is no SMILES; attachment points may be labelled, as in `c1ccc([*:1])cc1`.
        labelled_only: whether a compound with a group at any other place than a labelled one is left out.

    Returns:
        n rows in order: core, R1, R2… (SMILES; a hydrogen is `[H][*:1]`), problem. A compound that is left out has
        nulls and a problem, which says why; a compound that is not has a null problem.

    Raises:
        CoreError: the core is neither SMILES nor SMARTS, or has no atom.
        SmartsError: the core is no SMILES and has a mistake as SMARTS.
    """
    if not core.strip():
        raise CoreError("There is no core.", hint="Give it as SMILES, for example c1ccc([*:1])cc1.")
    with rdBase.BlockLogs():
        pattern = Chem.MolFromSmiles(core)
    pattern = pattern if pattern is not None else parse_smarts(core)
    if not any(atom.GetAtomicNum() for atom in pattern.GetAtoms()):
        raise CoreError("The core has no atom of its own.", where=core[:120])
    parameters = decomposition.RGroupDecompositionParameters()
    parameters.onlyMatchAtRGroups = labelled_only
    parameters.removeHydrogensPostMatch = True
    parameters.removeAllHydrogenRGroups = False
    problems: list[str | None] = []
    rows: list[int] = []
    with rdBase.BlockLogs():
        work = decomposition.RGroupDecomposition(pattern, parameters)
        for row, mol in enumerate(mols):
            problems.append(_add(work, mol, pattern, labelled_only))
            if problems[-1] is None:
                rows.append(row)
        groups = work.GetRGroupsAsRows(asSmiles=True) if rows and work.Process() else []
    if len(groups) < len(rows):
        for row in rows[len(groups) :]:
            problems[row] = "the decomposition was cut short"
    names = sorted({name for group in groups for name in group if name != "Core"}, key=_position)
    table = {"core": _column("Core", groups, rows, len(mols))}
    table |= {name: _column(name, groups, rows, len(mols)) for name in names}
    table["problem"] = problems
    return pd.DataFrame(table, dtype="string")


def _add(
    work: decomposition.RGroupDecomposition, mol: Chem.Mol | None, pattern: Chem.Mol, labelled_only: bool
) -> str | None:
    if mol is None:
        return "there is no molecule"
    if work.Add(mol) >= 0:
        return None
    if labelled_only and mol.HasSubstructMatch(_bare(pattern)):
        return "it carries a group at a place that the core does not label"
    return "it does not contain the core"


def _bare(pattern: Chem.Mol) -> Chem.Mol:
    """The core without its attachment points."""
    editable = Chem.RWMol(pattern)
    for index in sorted((a.GetIdx() for a in pattern.GetAtoms() if a.GetAtomicNum() == 0), reverse=True):
        editable.RemoveAtom(index)
    return editable.GetMol()


def _position(name: str) -> tuple[int, str]:
    found = _LABEL.fullmatch(name)
    return (int(found[1]) if found else 10_000, name)


def _column(name: str, groups: Sequence[dict[str, str]], rows: Sequence[int], length: int) -> list[str | None]:
    out: list[str | None] = [None] * length
    for row, group in zip(rows, groups, strict=False):
        out[row] = group.get(name) or None
    return out
