"""The table of ADMET endpoints."""

from __future__ import annotations

from benchside.tools.chemistry.admet_endpoints import endpoints


def test_there_are_41_endpoints_of_which_31_are_classifications() -> None:
    found = endpoints()
    assert len(found) == 41
    assert sum(endpoint.task == "classification" for endpoint in found.values()) == 31


def test_only_volume_of_distribution_and_half_life_are_unreliable() -> None:
    assert {name for name, endpoint in endpoints().items() if endpoint.unreliable} == {
        "VDss_Lombardo",
        "Half_Life_Obach",
    }


def test_weak_endpoints_follow_the_stated_rule() -> None:
    assert {name for name, endpoint in endpoints().items() if endpoint.weak} == {
        "VDss_Lombardo",
        "Half_Life_Obach",
        "Clearance_Hepatocyte_AZ",
        "Clearance_Microsome_AZ",
        "CYP2C9_Substrate_CarbonMangels",
    }


def test_quality_is_what_admet_ai_measured() -> None:
    herg, solubility = endpoints()["hERG"], endpoints()["Solubility_AqSolDB"]
    assert herg.auroc is not None
    assert round(herg.auroc, 4) == 0.8388
    assert herg.r2 is None
    assert solubility.r2 is not None
    assert round(solubility.r2, 4) == 0.8166
    assert solubility.quality == "R² 0.82, MAE 0.692 log10(mol/L) (n = 9980)"


def test_direction_follows_the_unit() -> None:
    # LD50 is given as -log10(mol/kg): a higher value is a more toxic compound.
    assert endpoints()["LD50_Zhu"].direction == "lower"
    assert endpoints()["Caco2_Wang"].direction == "higher"
    assert endpoints()["Caco2_Wang"].unit == "log10(cm/s)"
    assert endpoints()["hERG"].unit == "probability"
    assert endpoints()["VDss_Lombardo"].direction is None
