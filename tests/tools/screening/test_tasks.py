"""One row out per row in, of the same columns whatever happens to a row."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pytest

from benchside.tools.chemistry.compute import PropertyPlan
from benchside.tools.chemistry.records import Problem
from benchside.tools.screening import tasks
from benchside.tools.screening.tasks import (
    ROW_FAILURES,
    STANDARDISED,
    answer,
    check_parameters,
    failed_row,
    properties_rows,
    standardise_rows,
)
from benchside.workspaces.errors import BenchsideError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
PLAN = {"plan": asdict(PropertyPlan(alert_sets=("pains",), cns_parts=True))}
WITH_REFERENCE = PLAN | {"reference": "OC(=O)c1ccccc1O"}


def row(structure: str, format: str = "smiles") -> dict[str, Any]:
    return {"row": 1, "structure": structure, "format": format}


def test_standardised_rows_and_problems_in_order() -> None:
    made = standardise_rows([row("[Na+].CC(=O)Oc1ccccc1C([O-])=O"), row("C1CC"), row("C[C@H](N)C(=O)O")], {})
    assert made.schema == STANDARDISED
    first, second, third = made.to_pylist()
    assert first["smiles"] == ASPIRIN
    assert first["removed_fragments"] == "[Na+]"
    assert first["charge_neutralised"] is True
    assert (first["problem_code"], third["stereo"]) == (None, "defined")
    assert second["problem_code"] == "unparseable_smiles"
    assert {second[name] for name in ("smiles", "inchikey", "stereo", "removed_fragments", "note")} == {None}


def test_the_canonical_tautomer_is_made_only_where_it_is_asked_for() -> None:
    rows = [row("Oc1ccccn1")]
    as_drawn = standardise_rows(rows, {})["smiles"].to_pylist()
    assert as_drawn == ["Oc1ccccn1"]
    assert standardise_rows(rows, {"canonical_tautomer": True})["smiles"].to_pylist() == ["O=c1cccc[nH]1"]


def test_properties_and_the_comparison_with_the_reference() -> None:
    made = properties_rows([{"smiles": ASPIRIN}, {"smiles": "c1ccccc1"}], WITH_REFERENCE)
    first, second = made.to_pylist()
    assert first["molecular_weight"] == pytest.approx(180.159)
    assert first["reference_delta_molecular_weight"] == pytest.approx(180.159 - 138.122, abs=1e-3)
    assert first["reference_shared_scaffold"] is True
    assert 0 < first["reference_similarity"] < 1
    assert second["hba"] == 0
    assert "reference_similarity" not in properties_rows([{"smiles": ASPIRIN}], PLAN).column_names


@pytest.mark.parametrize("parameters", [PLAN, WITH_REFERENCE])
@pytest.mark.parametrize("code", ROW_FAILURES)
def test_a_failed_row_has_all_columns_and_no_values(parameters: dict[str, Any], code: str) -> None:
    good = properties_rows([{"smiles": ASPIRIN}], parameters)
    failed = failed_row("properties", Problem(code, "why"), parameters)
    assert failed.schema.equals(good.schema)
    (values,) = failed.to_pylist()
    assert values.pop("problem") == f"{code}: why"
    assert set(values.values()) == {None}
    whole = pa.concat_tables([failed, good, failed])
    assert whole.num_rows == 3


def test_a_failed_row_of_standardise() -> None:
    (values,) = failed_row("standardise", Problem("timeout", "too long"), {}).to_pylist()
    assert (values.pop("problem_code"), values.pop("problem")) == ("timeout", "too long")
    assert set(values.values()) == {None}


@pytest.mark.parametrize("task", ["standardise", "properties"])
def test_no_rows_give_a_table_of_all_columns(task: str) -> None:
    empty = answer(task, [], WITH_REFERENCE)
    assert empty.num_rows == 0
    assert empty.column_names == failed_row(task, Problem("x", "y"), WITH_REFERENCE).column_names


def test_the_row_that_raises_comes_out_with_the_reason_and_the_others_with_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def some_raise(rows: list[dict[str, Any]], parameters: dict[str, Any]) -> pa.Table:
        if any(r["smiles"] == "N" for r in rows):
            raise RuntimeError("a \udc80 surrogate\nand a second line")
        return properties_rows(rows, parameters)

    monkeypatch.setitem(tasks.TASKS, "properties", some_raise)
    made = answer("properties", [{"smiles": "C"}, {"smiles": "N"}, {"smiles": "O"}], PLAN).to_pylist()
    assert [m["heavy_atoms"] for m in made] == [1, None, 1]
    assert made[1]["problem"].startswith("calculation_failed: RuntimeError: a \\udc80 surrogate")
    assert made[0]["problem"] is made[2]["problem"] is None


def test_a_smiles_that_cannot_be_read_again_is_told() -> None:
    made = properties_rows([{"smiles": "C1CC"}, {"smiles": "C"}], PLAN).to_pylist()
    assert made[0]["problem"] == "there is no molecule"
    assert made[1]["problem"] is None


def test_what_would_fail_on_every_row_is_refused() -> None:
    check_parameters("standardise", {})
    check_parameters("properties", WITH_REFERENCE)
    with pytest.raises(ValueError, match="no task 'dock'"):
        check_parameters("dock", {})
    with pytest.raises(KeyError):
        check_parameters("properties", {})
    with pytest.raises(ValueError, match="valid boolean"):
        check_parameters("properties", {"plan": {"rules": "maybe"}})
    with pytest.raises(ValueError, match=r"the reference 'C1CC' cannot be read"):
        check_parameters("properties", PLAN | {"reference": "C1CC"})
    with pytest.raises(BenchsideError, match="panes"):
        check_parameters("properties", {"plan": {"alert_sets": ["panes"]}})
