"""What a worker process computes on a chunk of rows: plain JSON in, one Arrow table out, one row per row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
from pydantic import TypeAdapter
from rdkit import Chem

from benchside.tools.chemistry.compute import PropertyPlan, compute_properties
from benchside.tools.chemistry.records import InputRecord, Problem
from benchside.tools.chemistry.similarity import reference_similarity
from benchside.tools.chemistry.structures import standardise
from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.lists import UNREADABLE

Rows = list[dict[str, Any]]
STRUCTURE_FIELDS = ("smiles", "inchikey", "stereo", "removed_fragments", "charge_neutralised", "note")


def standardise_rows(rows: Rows, parameters: dict[str, Any]) -> pa.Table:
    """Standardised structure of each row, or the problem that makes it a reject."""
    out: Rows = []
    for row in rows:
        record = InputRecord(
            row=row["row"],
            line=None,
            compound_id="",
            structure=row["structure"],
            format=row["format"],
            text="",
            tags={},
            problem=None,
        )
        made = standardise(record, canonical_tautomer=parameters.get("canonical_tautomer", False), keep_mol=False)
        out.append(
            # with a problem there is no structure: null, not an empty text
            {name: None if made.problem else getattr(made, name) for name in STRUCTURE_FIELDS}
            | {
                "problem_code": made.problem.code if made.problem else None,
                "problem": made.problem.message if made.problem else None,
            }
        )
    return pa.Table.from_pylist(out, schema=STANDARDISED)


STANDARDISED = pa.schema(
    [
        ("smiles", pa.string()),
        ("inchikey", pa.string()),
        ("stereo", pa.string()),
        ("removed_fragments", pa.string()),
        ("charge_neutralised", pa.bool_()),
        ("note", pa.string()),
        ("problem_code", pa.string()),
        ("problem", pa.string()),
    ]
)


_PLAN = TypeAdapter(PropertyPlan)


def check_parameters(task: str, parameters: dict[str, Any]) -> None:
    """Refuse, before any row is computed, what would fail on each of them.

    Raises:
        ValueError: no such task, a plan that does not validate, a reference that cannot be read.
        UnknownColumnError, UnknownAlertSetError: the plan asks for what does not exist.
    """
    if task not in TASKS:
        raise ValueError(f"there is no task {task!r}; there are {', '.join(TASKS)}")
    TASKS[task]([], parameters)


def properties_rows(rows: Rows, parameters: dict[str, Any]) -> pa.Table:
    """The cheap columns of each row's standardised SMILES, and the comparison with the reference if there is one."""
    return _properties([Chem.MolFromSmiles(row["smiles"]) for row in rows], parameters)


def _properties(mols: list[Chem.Mol | None], parameters: dict[str, Any]) -> pa.Table:
    table = compute_properties(mols, _PLAN.validate_python(parameters["plan"]))
    if parameters.get("reference"):
        reference = Chem.MolFromSmiles(parameters["reference"])
        if reference is None:
            raise ValueError(f"the reference {parameters['reference']!r} cannot be read")
        table = pd.concat([table, reference_similarity(mols, reference)], axis=1)
    return pa.Table.from_pandas(table, preserve_index=False)


GATE = pa.schema([("gate_verdict", pa.string()), ("gate_rule", pa.string())])
"""What the safety gate says of a row: a verdict, and the rule behind it (null where nothing matches)."""


def gate_rows(rows: Rows, parameters: dict[str, Any]) -> pa.Table:
    """The safety gate's verdict on each row's standardised structure, with what was cut off it, for ranking."""
    from benchside.tools.safety.gate import SafetyGate
    from benchside.tools.safety.settings import SafetySettings

    gate = SafetyGate(SafetySettings.model_validate(parameters["safety"]))
    out: Rows = []
    for row in rows:
        mol = None if row["removed_fragments"] else Chem.MolFromSmiles(row["smiles"])
        if mol is not None:
            decision = gate.judge_parent(mol, row["inchikey"], Action.RANK)
        else:  # each part of a salt or a mixture is judged
            whole = ".".join(filter(None, (row["smiles"], row["removed_fragments"])))
            decision = gate.judge(whole, Action.RANK)
        free = decision.verdict is Verdict.ALLOW
        out.append({"gate_verdict": decision.verdict.value, "gate_rule": None if free else decision.rule})
    return pa.Table.from_pylist(out, schema=GATE)


def failed_row(task: str, problem: Problem, parameters: dict[str, Any]) -> pa.Table:
    """The one-row result of a row that crashed its worker or ran out of time: all columns of the task, all null."""
    if task == "standardise":
        return pa.Table.from_pylist([{"problem_code": problem.code, "problem": problem.message}], schema=STANDARDISED)
    if task == "gate":  # what was not judged is not free
        unread = {"gate_verdict": Verdict.NEEDS_APPROVAL.value, "gate_rule": UNREADABLE}
        return pa.Table.from_pylist([unread], schema=GATE)
    empty = _properties([None], parameters)
    at = empty.schema.get_field_index("problem")
    reason = pa.array([f"{problem.code}: {problem.message}"], empty.schema.field(at).type)
    return empty.set_column(at, empty.schema.field(at), reason)


TASKS: dict[str, Callable[[Rows, dict[str, Any]], pa.Table]] = {
    "standardise": standardise_rows,
    "gate": gate_rows,
    "properties": properties_rows,
}

ROW_FAILURES = ("worker_crash", "timeout", "calculation_failed")
"""Codes of `failed_row`; in the properties, `problem` starts with one of them where the whole row is null."""


def answer(task: str, rows: Rows, parameters: dict[str, Any]) -> pa.Table:
    """Compute a chunk; where that raises, row by row, so that the row at fault comes out with the reason."""
    try:
        return TASKS[task](rows, parameters)
    except Exception:  # noqa: BLE001 - whatever one structure provokes must not cost the other rows their results
        return pa.concat_tables([_answer_one(task, row, parameters) for row in rows], promote_options="permissive")


def _answer_one(task: str, row: dict[str, Any], parameters: dict[str, Any]) -> pa.Table:
    try:
        return TASKS[task]([row], parameters)
    except Exception as error:  # noqa: BLE001 - the reason is kept with the row
        reason = f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace").decode()
        return failed_row(task, Problem("calculation_failed", reason), parameters)
