"""The 41 ADMET endpoints of admet-ai: what each one is, in which unit, and how well it is predicted.

Ids, categories, units, data set sizes and measured quality are read from the table that the installed admet-ai package
ships, so that they always describe the weights that are used. What that table does not say is stated here: the
direction in which a value is better, and corrections of labels that would mislead.

Source: Swanson et al., ADMET-AI, Bioinformatics 2024, 40, btae416, on the data sets of the Therapeutics Data Commons
(Huang et al., 2021).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from benchside.workspaces.errors import NotFoundError

Direction = Literal["higher", "lower"]
Task = Literal["classification", "regression"]

WEAK_AUROC = 0.7
WEAK_R2 = 0.3
QUALITY_RULE = (
    f"unreliable: R² below 0 (worse than predicting the mean); weak: AUROC below {WEAK_AUROC} or R² below {WEAK_R2}"
)

# None: neither end is better in general, so that a profile must state the range it wants.
DIRECTIONS: dict[str, Direction | None] = {
    "HIA_Hou": "higher",
    "Bioavailability_Ma": "higher",
    "Solubility_AqSolDB": "higher",
    "Lipophilicity_AstraZeneca": None,
    "HydrationFreeEnergy_FreeSolv": None,
    "Caco2_Wang": "higher",
    "PAMPA_NCATS": "higher",
    "Pgp_Broccatelli": "lower",
    "BBB_Martins": None,
    "PPBR_AZ": None,
    "VDss_Lombardo": None,
    "Half_Life_Obach": None,
    "Clearance_Hepatocyte_AZ": "lower",
    "Clearance_Microsome_AZ": "lower",
    "CYP1A2_Veith": "lower",
    "CYP2C19_Veith": "lower",
    "CYP2C9_Veith": "lower",
    "CYP2D6_Veith": "lower",
    "CYP3A4_Veith": "lower",
    "CYP2C9_Substrate_CarbonMangels": None,
    "CYP2D6_Substrate_CarbonMangels": None,
    "CYP3A4_Substrate_CarbonMangels": None,
    "hERG": "lower",
    "ClinTox": "lower",
    "AMES": "lower",
    "DILI": "lower",
    "Carcinogens_Lagunin": "lower",
    "LD50_Zhu": "lower",
    "Skin_Reaction": "lower",
    "NR-AR": "lower",
    "NR-AR-LBD": "lower",
    "NR-AhR": "lower",
    "NR-Aromatase": "lower",
    "NR-ER": "lower",
    "NR-ER-LBD": "lower",
    "NR-PPAR-gamma": "lower",
    "SR-ARE": "lower",
    "SR-ATAD5": "lower",
    "SR-HSE": "lower",
    "SR-MMP": "lower",
    "SR-p53": "lower",
}

_UNITS = {"Caco2_Wang": "log10(cm/s)", "Lipophilicity_AstraZeneca": "log10", "Solubility_AqSolDB": "log10(mol/L)"}

_LABELS = {
    "Caco2_Wang": "Caco-2 permeability",
    "Lipophilicity_AstraZeneca": "logD at pH 7.4",
    "Pgp_Broccatelli": "P-glycoprotein inhibition",
    "PPBR_AZ": "Plasma protein binding",
    "hERG": "hERG blocking",
}

_NOTES = {
    "Caco2_Wang": "admet-ai prints the unit log(10^-6 cm/s); its values, about -4 to -7, are log10 of cm/s",
    "Lipophilicity_AstraZeneca": "octanol/water distribution at pH 7.4, not the logP of the neutral form",
    "LD50_Zhu": "-log10 of the dose in mol/kg: a higher value is a more toxic compound",
    "PPBR_AZ": "the model does not bound its values: some lie above 100 %",
    "VDss_Lombardo": "the model does not bound its values: some lie below 0",
    "Half_Life_Obach": "the model does not bound its values: some lie below 0",
    "Clearance_Hepatocyte_AZ": "the model does not bound its values: some lie below 0",
    "Clearance_Microsome_AZ": "the model does not bound its values: some lie below 0",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One predicted endpoint.

    Attributes:
        id: admet-ai's own id, also the column name.
        label: name for people.
        category: Absorption, Distribution, Metabolism, Excretion or Toxicity.
        task: "classification" (a probability, 0 to 1) or "regression".
        unit: unit of the value; "probability" for classifications.
        unit_stated: the unit as admet-ai prints it, where ours corrects it.
        direction: which end is better, or None where that depends on the project.
        size: number of compounds in the data set.
        species: organism or assay of the data set, "-" where it has none.
        auroc, auprc: measured quality of a classification, 0 to 1.
        r2, mae: measured quality of a regression; the mean absolute error is in `unit`.
        note: what a reader must know, or "".
    """

    id: str
    label: str
    category: str
    task: Task
    unit: str
    unit_stated: str
    direction: Direction | None
    size: int
    species: str
    auroc: float | None
    auprc: float | None
    r2: float | None
    mae: float | None
    note: str

    @property
    def unreliable(self) -> bool:
        """Whether the model is worse than predicting the mean of its data set (R² below 0)."""
        return self.r2 is not None and self.r2 < 0

    @property
    def weak(self) -> bool:
        """Whether the quality is below AUROC 0.7 or R² 0.3 (an unreliable endpoint is weak, too)."""
        return (self.auroc is not None and self.auroc < WEAK_AUROC) or (self.r2 is not None and self.r2 < WEAK_R2)

    @property
    def quality(self) -> str:
        """The measured quality in words, for example "AUROC 0.84, AUPRC 0.91 (n = 648)"."""
        if self.task == "classification":
            parts = [f"AUROC {self.auroc:.2f}", f"AUPRC {self.auprc:.2f}"]
        else:
            parts = [f"R² {self.r2:.2f}", f"MAE {self.mae:.3g} {self.unit}"]
        mark = "unreliable: " if self.unreliable else "weak: " if self.weak else ""
        return f"{mark}{', '.join(parts)} (n = {self.size})"


class PackageDataError(NotFoundError):
    """A table that an installed package should ship is missing or has changed."""

    code = "package_data"


def admet_ai_folder() -> Path:
    """The folder of the installed admet-ai package, found without importing it (which takes seconds).

    Raises:
        PackageDataError: admet-ai is not installed.
    """
    spec = find_spec("admet_ai")
    if spec is None or not spec.submodule_search_locations:
        raise PackageDataError(
            "the package admet-ai is not installed.", hint="Install it: pip install 'admet-ai>=2,<3'."
        )
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def endpoints() -> dict[str, Endpoint]:
    """All endpoints by id, in admet-ai's order.

    Raises:
        PackageDataError: admet-ai is missing, or its table does not list the endpoints that this module knows.
    """
    path = admet_ai_folder() / "resources" / "data" / "admet.csv"
    if not path.is_file():
        raise PackageDataError(
            "the endpoint table of admet-ai is missing.", where=str(path), hint="Reinstall admet-ai>=2,<3."
        )
    with path.open(encoding="utf-8", newline="") as lines:
        table = [row for row in csv.DictReader(lines) if row["category"] != "Physicochemical"]
    found = {row["id"]: _endpoint(row) for row in table}
    if set(found) != set(DIRECTIONS):
        raise PackageDataError(
            f"admet-ai lists other endpoints than expected: {sorted(set(found) ^ set(DIRECTIONS))}.",
            where=str(path),
            hint="Install admet-ai>=2,<3.",
        )
    return found


def _endpoint(row: dict[str, str]) -> Endpoint:
    name = row["id"]
    task: Task = "classification" if row["task_type"] == "classification" else "regression"
    stated = row["units"]
    return Endpoint(
        id=name,
        label=_LABELS.get(name, row["name"]),
        category=row["category"],
        task=task,
        unit=_UNITS.get(name, "probability" if task == "classification" else "h" if stated == "hr" else stated),
        unit_stated=stated,
        direction=DIRECTIONS.get(name),
        size=int(float(row["size"])),
        species=row["species"],
        auroc=_number(row["AUROC"]),
        auprc=_number(row["AUPRC"]),
        r2=_number(row["R^2"]),
        mae=_number(row["MAE"]),
        note=_NOTES.get(name, ""),
    )


def _number(text: str) -> float | None:
    return float(text) if text else None
