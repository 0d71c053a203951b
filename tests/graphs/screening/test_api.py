"""Screening as a whole, from Python."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors

from benchside.graphs.screening import api
from benchside.graphs.screening.api import Pending, resume, screen
from benchside.graphs.screening.result import ScreenResult
from benchside.graphs.screening.results import STATUSES
from benchside.tools.screening.profile import ProfileError
from benchside.tools.screening.settings import ScreeningSettings
from benchside.workspaces.checkpoints import largest_checkpoint
from benchside.workspaces.errors import HeldError, InputError, NotFoundError, StorageError, UsageError
from benchside.workspaces.verification import verify
from benchside.workspaces.workspace import Workspace

SETTINGS = ScreeningSettings(workers=1, shard_rows=25, chunk_rows=10)


def test_every_row_comes_out_once_in_order(finished: ScreenResult) -> None:
    table = finished.results
    assert list(table["row"]) == list(range(1, 64))
    assert set(table["status"]) <= set(STATUSES)
    assert table["compound_id"].is_unique
    c = finished.counts
    assert (c["rows"], c["duplicates"], c["rejects"], c["compounds"]) == (63, 1, 1, 61)
    assert table.loc[60, ["status", "duplicate_of", "reason"]].tolist() == [
        "duplicate",
        "BX001",
        "the same structure as BX001",
    ]
    assert table.loc[61, "status"] == "reject"
    assert table.loc[62, ["compound_id", "input_id"]].tolist() == ["BX001#63", "BX001"]
    assert table.loc[table["status"] != "shortlisted", "reason"].notna().all()


def test_values_are_those_of_rdkit(finished: ScreenResult) -> None:
    aspirin = finished.results.iloc[0]
    mol = Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")
    assert aspirin["smiles"] == Chem.MolToSmiles(mol)
    assert aspirin["molecular_weight"] == Descriptors.MolWt(mol)
    assert aspirin["logp"] == Crippen.MolLogP(mol)
    assert aspirin["name"] == "aspirin"


def test_filters_and_score_are_those_of_the_profile(finished: ScreenResult) -> None:
    table = finished.results
    computed = table[table["molecular_weight"].notna()]
    outside = (computed["molecular_weight"] < 150) | (computed["molecular_weight"] > 550)
    assert (computed.loc[outside, "status"] == "filtered").all()
    ranked = table[table["rank"].notna()].sort_values("rank")
    assert ranked["score"].is_monotonic_decreasing
    weights = {f"d_{p.column}": p.weight for p in finished.profile.score}
    logs = sum(w * np.log(np.maximum(ranked[n], 0.01)) for n, w in weights.items())
    assert np.allclose(ranked["score"], np.exp(logs / sum(weights.values())))
    assert len(finished.shortlist) == 10
    assert finished.shortlist["cluster"].value_counts().max() <= finished.profile.selection.max_per_cluster


def test_reference_columns(finished: ScreenResult) -> None:
    table = finished.results.set_index("name")
    assert table.loc["ibuprofen", "reference_similarity"] == 1.0
    assert table.loc["ibuprofen", "reference_delta_molecular_weight"] == pytest.approx(0.0, abs=1e-9)
    assert table.loc["aspirin", "reference_delta_molecular_weight"] == pytest.approx(180.159 - 206.285, abs=1e-2)


def test_products_agree_with_each_other(finished: ScreenResult) -> None:
    csv = pd.read_csv(finished.products["shortlist_csv"])
    parquet = pq.read_table(finished.products["shortlist_parquet"]).to_pandas()
    supplier = Chem.SDMolSupplier(str(finished.products["shortlist_sdf"]))
    ids = finished.shortlist["compound_id"].tolist()
    assert (
        csv["compound_id"].tolist() == parquet["compound_id"].tolist() == [m.GetProp("_Name") for m in supplier] == ids
    )
    assert [Chem.MolToSmiles(m) for m in supplier] == csv["smiles"].tolist()
    assert csv["class"].notna().all()
    rejects = pd.read_csv(finished.products["rejects"])
    assert rejects[["row", "compound_id", "problem_code"]].to_numpy().tolist() == [[62, "D2", "unparseable_smiles"]]


def test_the_ledger_resolves_what_the_results_hold(finished: ScreenResult) -> None:
    place = Workspace.open(finished.workspace)
    entry = place.ledger.get(finished.evidence["tpsa"])
    assert (entry.kind, entry.unit, entry.quantity) == ("computed", "Å²", "TPSA")
    assert place.artifacts.resolve(entry, "BX001") == finished.results.iloc[0]["tpsa"]
    rows = place.ledger.get(finished.evidence["rows"])
    assert rows.value == 63
    assert len(place.ledger.all()) < 120
    assert [f for f in verify(finished.workspace) if f.severity == "error"] == []


def test_the_report_stands_alone(finished: ScreenResult) -> None:
    assert finished.report is not None
    html = finished.report.read_text(encoding="utf-8")
    assert "default-src &#39;none&#39;" in html
    for outside in ('src="http', 'href="http', "url(http", "@import"):
        assert outside not in html
    for name in finished.shortlist["name"]:
        assert name in html
    assert Workspace.open(finished.workspace).ledger.get(list(finished.evidence.values())[-1]).hash in html


def test_markup_in_a_library_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "evil.csv"
    path.write_text('id,name,smiles\nA,"<script>alert(1)</script></script>",CC(=O)Oc1ccccc1C(=O)O\n', encoding="utf-8")
    found = screen(path, workspace=tmp_path / "w", admet=False, settings=SETTINGS, approved_background=False)
    assert isinstance(found, ScreenResult)
    assert found.report is not None
    html = found.report.read_text(encoding="utf-8")
    assert found.counts["shortlisted"] == 1
    assert "<script>alert" not in html
    assert html.count("</script>") == html.count("<script")


def test_explain(finished: ScreenResult) -> None:
    best = finished.shortlist.iloc[0]
    found = finished.explain(best["name"].upper())
    assert (found.rank, found.status) == (1, "shortlisted")
    assert all(passes for _, _, passes in found.limits)
    assert "rank 1 of" in found.text()
    rejected = finished.explain("D2")
    assert (rejected.status, rejected.limits) == ("reject", [])
    with pytest.raises(NotFoundError, match="nothing-like-it"):
        finished.explain("nothing-like-it")


def test_checkpoints_do_not_grow_with_the_library(finished: ScreenResult, tmp_path: Path) -> None:
    smiles = [f"{'C' * (1 + i % 30)}{'N' if i % 2 else 'O'}{'C' * (1 + i // 60)}" for i in range(1500)]
    frame = pd.DataFrame({"id": [f"M{i}" for i in range(len(smiles))], "smiles": smiles})
    big = screen(frame, workspace=tmp_path / "w", admet=False, approved_background=False, settings=SETTINGS)
    assert isinstance(big, ScreenResult)
    small_size = largest_checkpoint(Workspace.open(finished.workspace), finished.run)
    big_size = largest_checkpoint(Workspace.open(big.workspace), big.run)
    assert 0 < big_size < 64 * 1024
    assert big_size < small_size + 2048


def test_review_waits_and_goes_on(small: Path, tmp_path: Path) -> None:
    found = screen(small, workspace=tmp_path / "w", admet=False, review=True, top=5, settings=SETTINGS)
    assert isinstance(found, Pending)
    assert found.details["shortlisted"] == 5
    assert list((tmp_path / "w" / "reports").iterdir()) == []
    again = resume(tmp_path / "w")
    assert again == found
    with pytest.raises(NotFoundError, match="0001-screen has no results yet: it is pending"):
        api.open_result(tmp_path / "w", "0001-screen")
    done = found.approve(who="A. Chemist", why="sound")
    assert isinstance(done, ScreenResult)
    assert done.report is not None
    assert "A. Chemist" in done.report.read_text(encoding="utf-8")
    place = Workspace.open(tmp_path / "w")
    decision = place.ledger.get(done.evidence["decision"])
    assert (decision.kind, decision.value, decision.source.person) == ("decision", True, "A. Chemist")
    assert decision.parameters["why"] == "sound"


def test_a_rejected_shortlist_is_recorded_and_not_written(small: Path, tmp_path: Path) -> None:
    found = screen(small, workspace=tmp_path / "w", admet=False, review=True, top=5, settings=SETTINGS)
    assert isinstance(found, Pending)
    done = found.reject(who="A. Chemist", why="too greasy")
    assert isinstance(done, ScreenResult)
    assert not done.accepted
    assert done.report is None
    assert "shortlist_csv" not in done.products
    with pytest.raises(UsageError):
        found.approve(who="A. Chemist", why="changed my mind")


def test_two_runs_side_by_side(small: Path, tmp_path: Path) -> None:
    done: list[ScreenResult | Pending] = []

    def work(top: int) -> None:
        done.append(
            screen(small, workspace=tmp_path / "w", admet=False, top=top, settings=SETTINGS, approved_background=False)
        )

    threads = [threading.Thread(target=work, args=(top,)) for top in (3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.counts["shortlisted"] for r in done if isinstance(r, ScreenResult)) == [3, 4]
    assert [f for f in verify(tmp_path / "w") if f.severity == "error"] == []


def test_a_held_run_says_who_holds_it(small: Path, tmp_path: Path) -> None:
    waiting = screen(small, workspace=tmp_path / "w", admet=False, review=True, settings=SETTINGS)
    assert isinstance(waiting, Pending)
    code = (
        "import sys, time; from pathlib import Path; from benchside.workspaces.workspace import Workspace\n"
        "with Workspace.open(Path(sys.argv[1])).runs.hold('0001-screen'):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "w")], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(HeldError, match=f"process {holder.pid}"):
            resume(tmp_path / "w")
    finally:
        holder.kill()
        holder.communicate()
    assert isinstance(resume(tmp_path / "w"), Pending)


def test_a_full_disk_loses_nothing(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchside.tools.screening import parts

    written = 0
    real = parts.write_parquet

    def full(table: object, path: Path) -> None:
        nonlocal written
        written += 1
        if written > 4:
            raise StorageError("cannot write the file: No space left on device", where=str(path))
        real(table, path)

    monkeypatch.setattr(parts, "write_parquet", full)
    with pytest.raises(StorageError, match="No space left"):
        screen(small, workspace=tmp_path / "w", admet=False, settings=SETTINGS)
    run = Workspace.open(tmp_path / "w").runs.get("0001-screen")
    assert run.status == "failed"
    assert "No space left" in run.error
    monkeypatch.undo()
    done = resume(tmp_path / "w", settings=SETTINGS)
    assert isinstance(done, ScreenResult)
    assert done.counts["rows"] == 63


def test_nothing_passes(tmp_path: Path) -> None:
    path = tmp_path / "tiny.smi"
    path.write_text("C methane\nCC ethane\n", encoding="utf-8")
    found = screen(path, workspace=tmp_path / "w", admet=True, settings=SETTINGS)
    assert isinstance(found, ScreenResult)
    assert found.counts["passed_filters"] == found.counts["shortlisted"] == 0
    assert set(found.results["status"]) == {"filtered"}
    assert found.report is not None


def test_all_rejects(tmp_path: Path) -> None:
    path = tmp_path / "bad.smi"
    path.write_text("C1CC a\nxyz( b\n", encoding="utf-8")
    found = screen(path, workspace=tmp_path / "w", admet=False, settings=SETTINGS)
    assert isinstance(found, ScreenResult)
    assert found.counts["rejects"] == 2
    assert len(found.rejects) == 2


def test_admet_goes_to_the_stated_depth(small: Path, tmp_path: Path) -> None:
    found = screen(small, workspace=tmp_path / "w", admet_depth=6, top=3, settings=SETTINGS)
    assert isinstance(found, ScreenResult)
    table = found.results
    predicted = table[table["hERG"].notna()]
    assert len(predicted) == found.counts["finalists"] == 6
    assert predicted["hERG"].between(0, 1).all()
    assert (predicted["hERG_spread"] >= 0).all()
    beyond = table[table["status"] == "beyond_depth"]
    assert len(beyond) == found.counts["passed_filters"] - 6
    assert beyond["rank"].isna().all()
    assert beyond["early_score"].max() <= predicted["early_score"].min()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"profile": "orall"}, ProfileError, "no profile 'orall'"),
        ({"reference_weight": 1.0}, UsageError, "needs a reference"),
        ({"structure_column": "nope"}, UsageError, "nope"),
        ({"admet_depth": -1}, UsageError, "negative"),
        ({"top": 0}, UsageError, "top"),
    ],
)
def test_wrong_requests_say_so(
    small: Path, tmp_path: Path, arguments: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        screen(small, workspace=tmp_path / "w", settings=SETTINGS, **arguments)  # type: ignore[arg-type]


def test_missing_and_empty_libraries(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"missing\.csv"):
        screen(tmp_path / "missing.csv", workspace=tmp_path / "w")
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match=str(empty)):
        screen(empty, workspace=tmp_path / "w", settings=SETTINGS)
    assert not (tmp_path / "w").exists()
    with pytest.raises(NotFoundError):
        resume(tmp_path / "w")


def test_a_second_run_adds(small: Path, tmp_path: Path) -> None:
    first = screen(small, workspace=tmp_path / "w", admet=False, settings=SETTINGS)
    before = {p: p.read_bytes() for p in (tmp_path / "w" / "results").iterdir()}
    second = screen(small, workspace=tmp_path / "w", admet=False, settings=SETTINGS)
    assert isinstance(first, ScreenResult)
    assert isinstance(second, ScreenResult)
    assert second.run == "0002-screen"
    assert all(p.read_bytes() == data for p, data in before.items())
    assert api.open_result(tmp_path / "w").run == "0002-screen"
    assert len(list((tmp_path / "w" / "inputs").iterdir())) == 2


def test_a_frame_with_molecules_in_it(tmp_path: Path) -> None:
    smiles = ["CC(=O)Oc1ccccc1C(=O)O", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"]
    frame = pd.DataFrame(
        {"ID": [1, 2], "ROMol": [Chem.MolFromSmiles(s) for s in smiles], "mixed": [1.5, "text"], "list": [[1], None]}
    )
    found = screen(frame, workspace=tmp_path / "w", admet=False, approved_background=False, settings=SETTINGS)
    assert isinstance(found, ScreenResult)
    assert found.results["smiles"].tolist() == [Chem.CanonSmiles(s) for s in smiles]
    assert found.results["compound_id"].tolist() == ["1", "2"]
    assert found.results["mixed"].tolist() == ["1.5", "text"]


def test_measured_activities_are_limits_and_score(tmp_path: Path) -> None:
    path = tmp_path / "assay.csv"
    path.write_text(
        "id,smiles,Standard Value,Standard Units,Standard Relation\n"
        "A,CC(=O)Oc1ccccc1C(=O)O,10,uM,>\nB,CC(C)Cc1ccc(cc1)C(C)C(=O)O,20,nM,=\nC,COc1ccc2cc(ccc2c1)C(C)C(=O)O,5,uM,=\n",
        encoding="utf-8",
    )
    profile = tmp_path / "potent.toml"
    profile.write_text(
        'name = "potent"\n[[filter]]\ncolumn = "activity_pvalue"\nmin = 5.1\n[[filter]]\ncolumn = "logp"\nmax = 9\n'
        '[[score]]\ncolumn = "lle"\nshape = "higher"\nlow = 0\nhigh = 6\n[admet]\ndepth = 0\n',
        encoding="utf-8",
    )
    found = screen(
        path, profile=profile, workspace=tmp_path / "w", activity_column="Standard Value", settings=SETTINGS,
        approved_background=False,
    )  # fmt: skip
    assert isinstance(found, ScreenResult)
    table = found.results.set_index("compound_id")
    assert table["activity_pvalue"].tolist() == pytest.approx([5.0, 7.69897, 5.30103], abs=1e-5)
    assert table.loc["A", ["activity_relation", "efficiency_relation", "status"]].tolist() == [">", "<", "filtered"]
    assert table.loc["B", "rank"] == 1
    assert table.loc["B", "lle"] == pytest.approx(
        7.69897 - Crippen.MolLogP(Chem.MolFromSmiles(table.loc["B", "smiles"]))
    )
    assert found.counts["failed: pActivity at least 5.1"] == 1


def test_repr_html_draws(finished: ScreenResult) -> None:
    html = finished._repr_html_()
    assert "<svg" in html
    assert finished.shortlist.iloc[0]["compound_id"] in html
