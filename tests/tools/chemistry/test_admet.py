"""ADMET predictions against admet_ai.ADMETModel."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from benchside.tools.chemistry.admet import admet_model, percentiles
from benchside.tools.chemistry.admet_endpoints import endpoints

SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc1nccc(-c2cn(C)c3ccccc23)n1",
    "CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O",
    "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
    "C",
    "[Na+].[Cl-]",
    "CC/C=C/C=C\\CO",
    "[2H]C([2H])([2H])Oc1ccc(C#N)cc1",
    "OB(O)c1ccccc1",
    "C[N+](C)(C)CC([O-])=O",
    "N[Pt](N)(Cl)Cl",
    "C[As](=O)(O)O",
    "FS(F)(F)(F)(F)c1ccccc1",
    "CC(C)C[C@H](NC(=O)[C@H](Cc1ccccc1)NC(=O)c1cnccn1)B(O)O",
    "[O-][N+](=O)c1ccc(I)cc1",
    "C1CCCCCCCCCCCC1",
    "CN(C)CCC=C1c2ccccc2CCc2ccccc21",
    "CP(=O)(O)CCC(N)C(=O)O",
    "c1ccc2c(c1)ccc1ccccc12",
]


@pytest.fixture(scope="module")
def predicted() -> pd.DataFrame:
    return admet_model().predict(SMILES)


@pytest.mark.filterwarnings("ignore")
def test_predictions_equal_those_of_admet_ai(predicted: pd.DataFrame) -> None:
    # In a process of its own: its imports take seconds, print, and warn.
    script = (
        "import sys, pandas as pd\n"
        "from admet_ai import ADMETModel\n"
        "model = ADMETModel(include_physchem=False, drugbank_path=None, num_workers=0)\n"
        f"frame = model.predict({SMILES!r})\n"
        "frame.to_json(sys.argv[1], orient='split', double_precision=15)\n"
    )
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "theirs.json")
        subprocess.run([sys.executable, "-W", "ignore", "-c", script, str(target)], check=True, capture_output=True)
        theirs = pd.read_json(target, orient="split")
    names = list(endpoints())
    assert set(theirs.columns) == set(names)
    np.testing.assert_allclose(predicted[names].to_numpy(), theirs[names].to_numpy(), rtol=1e-5, atol=1e-5)


def test_columns_are_endpoint_and_spread_in_order(predicted: pd.DataFrame) -> None:
    assert list(predicted.columns) == [text for name in endpoints() for text in (name, f"{name}_spread")]
    assert (predicted.filter(like="_spread") >= 0).all().all()
    classified = [name for name, endpoint in endpoints().items() if endpoint.task == "classification"]
    assert predicted[classified].min().min() >= 0
    assert predicted[classified].max().max() <= 1


def test_known_pharmacology_is_found(predicted: pd.DataFrame) -> None:
    amitriptyline, penicillin = predicted.iloc[17], predicted.iloc[3]
    assert amitriptyline["hERG"] > 0.7
    assert amitriptyline["BBB_Martins"] > 0.9
    assert penicillin["hERG"] < 0.3


def test_what_cannot_be_predicted_stays_as_a_row_of_nulls(predicted: pd.DataFrame) -> None:
    frame = admet_model().predict([SMILES[0], "garbage", None, "", Chem.MolFromSmiles(SMILES[1])])
    assert list(frame.index) == [0, 1, 2, 3, 4]
    assert frame.iloc[1:4].isna().all().all()
    np.testing.assert_allclose(frame.iloc[[0, 4]].to_numpy(), predicted.iloc[:2].to_numpy(), rtol=1e-4, atol=1e-5)
    assert admet_model().predict([]).shape == (0, 82)


def test_the_batch_changes_a_value_by_rounding_only(predicted: pd.DataFrame) -> None:
    names = list(endpoints())
    one_by_one = admet_model().predict(SMILES, batch_size=1)
    np.testing.assert_allclose(one_by_one[names].to_numpy(), predicted[names].to_numpy(), rtol=1e-5, atol=1e-5)
    pd.testing.assert_frame_equal(admet_model().predict(SMILES), predicted, check_exact=True)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    admet_model().predict(["CCO", "garbage"])
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


def test_percentiles_are_those_of_scipy(predicted: pd.DataFrame) -> None:
    from scipy.stats import percentileofscore

    from benchside.tools.chemistry.admet_endpoints import admet_ai_folder

    table = pd.read_csv(admet_ai_folder() / "resources" / "data" / "drugbank_approved.csv", usecols=["hERG", "PPBR_AZ"])
    frame = pd.concat([predicted[["hERG", "PPBR_AZ"]], table.iloc[:5]], ignore_index=True)
    frame.loc[len(frame)] = [np.nan, np.nan]
    found = percentiles(frame)
    for name in ("hERG", "PPBR_AZ"):
        expected = [percentileofscore(table[name], value) for value in frame[name].iloc[:-1]]
        assert found[f"{name}_approved_percentile"].iloc[:-1].tolist() == pytest.approx(expected)
        assert np.isnan(found[f"{name}_approved_percentile"].iloc[-1])
