"""Every column that Benchside writes about a compound: its label, unit, decimals, direction and source.

Tables, reports, profiles and evidence all take their wording from here, so that a number is named the same everywhere.
A missing value is null in each of these columns, never 0 and never an empty text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchside.tools.chemistry.admet_endpoints import Endpoint, endpoints
from benchside.workspaces.errors import NotFoundError

Kind = Literal["computed", "predicted", "input"]
Direction = Literal["higher", "lower"]
Type = Literal["number", "integer", "boolean", "text"]

ALERT_SETS: dict[str, tuple[str, str]] = {
    "pains": ("PAINS", "Baell & Holloway 2010, J. Med. Chem. 53, 2719, families A, B and C; RDKit FilterCatalog"),
    "brenk": ("BRENK", "Brenk et al. 2008, ChemMedChem 3, 435; RDKit FilterCatalog"),
    "nih": ("NIH", "Jadhav et al. 2010, J. Med. Chem. 53, 37 and Doveston et al. 2015; RDKit FilterCatalog"),
    "chembl_bms": ("ChEMBL BMS", "Pearce et al. 2006, J. Chem. Inf. Model. 46, 1060; ChEMBL 23, RDKit FilterCatalog"),
    "chembl_dundee": ("ChEMBL Dundee", "Brenk et al. 2008, ChemMedChem 3, 435; ChEMBL 23, RDKit FilterCatalog"),
    "chembl_glaxo": (
        "ChEMBL Glaxo",
        "Hann et al. 1999, J. Chem. Inf. Comput. Sci. 39, 897; ChEMBL 23, RDKit FilterCatalog",
    ),
    "chembl_inpharmatica": ("ChEMBL Inpharmatica", "Inpharmatica unwanted fragments; ChEMBL 23, RDKit FilterCatalog"),
    "chembl_lint": ("ChEMBL LINT", "Blake 2005, Med. Chem. 1, 649 (Pfizer LINT); ChEMBL 23, RDKit FilterCatalog"),
    "chembl_mlsmr": ("ChEMBL MLSMR", "NIH MLSMR excluded functionality; ChEMBL 23, RDKit FilterCatalog"),
    "chembl_surechembl": (
        "ChEMBL SureChEMBL",
        "SureChEMBL non-MedChem-friendly SMARTS; ChEMBL 23, RDKit FilterCatalog",
    ),
}

RULE_COLUMNS = ("lipinski", "veber", "ghose", "egan", "muegge", "lead_like", "rule_of_three")


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: name in tables and profiles.
        label: name for people.
        unit: unit, "" for a count, a flag, a text or a dimensionless number.
        kind: "computed" by a defined method, "predicted" by a trained model, or "input" by the user.
        type: what the values are.
        decimals: digits after the point when shown.
        direction: which end is better, or None where that depends on the project.
        source: method and paper.
        note: what a reader must know, or "".
    """

    name: str
    label: str
    unit: str
    kind: Kind
    type: Type
    decimals: int
    direction: Direction | None
    source: str
    note: str = ""


# The pandas type of each kind of value: all of them can hold a null.
DTYPES: dict[Type, str] = {"number": "float64", "integer": "Int64", "boolean": "boolean", "text": "string"}


class UnknownColumnError(NotFoundError):
    """A column name that Benchside does not know."""

    code = "unknown_column"


_RDKIT = "RDKit"
_CRIPPEN = "Wildman & Crippen 1999, J. Chem. Inf. Comput. Sci. 39, 868; RDKit"
_MPO = "Wager et al. 2010, ACS Chem. Neurosci. 1, 435"
_MPO_NOTE = "pKa and logD at pH 7.4 are estimates by rule, not measured: see basic_pka_estimate and logd74_estimate"
_BOILED_EGG = "BOILED-Egg, Daina & Zoete 2016, ChemMedChem 11, 1117"
_GIVEN = "as given in the library"
_ESTIMATE_NOTE = "a rough rule by functional group; good to about one to two units"


def _computed() -> list[Column]:
    def number(  # noqa: PLR0917 - one line of a table, in the order of Column
        name: str, label: str, unit: str, decimals: int, direction: Direction | None, source: str, note: str = ""
    ) -> Column:
        return Column(name, label, unit, "computed", "number", decimals, direction, source, note)

    def count(name: str, label: str, source: str, direction: Direction | None = None, note: str = "") -> Column:
        return Column(name, label, "", "computed", "integer", 0, direction, source, note)

    def flag(name: str, label: str, direction: Direction | None, source: str, note: str = "") -> Column:
        return Column(name, label, "", "computed", "boolean", 0, direction, source, note)

    def text(name: str, label: str, source: str, note: str = "") -> Column:
        return Column(name, label, "", "computed", "text", 0, None, source, note)

    return [
        text("smiles", "SMILES", "canonical SMILES of the standardised parent; RDKit"),
        text("inchikey", "InChIKey", "IUPAC InChI; RDKit"),
        text("stereo", "Stereo", _RDKIT, "none, defined, partial or undefined"),
        text("removed_fragments", "Removed fragments", _RDKIT, "SMILES of salts and solvents that were cut"),
        flag("charge_neutralised", "Charge neutralised", None, _RDKIT),
        number("molecular_weight", "Molecular weight (average)", "Da", 2, None, "RDKit, average atomic masses"),
        number(
            "monoisotopic_weight", "Molecular weight (monoisotopic)", "Da", 4, None, "RDKit, most abundant isotopes"
        ),
        number("logp", "Crippen logP", "", 2, None, _CRIPPEN),
        number("molar_refractivity", "Molar refractivity", "cm3/mol", 1, None, _CRIPPEN),
        number(
            "tpsa", "TPSA", "Å²", 1, None, "Ertl et al. 2000, J. Med. Chem. 43, 3714; RDKit", "N and O only, no S or P"
        ),
        count("hbd", "H-bond donors", "RDKit CalcNumHBD"),
        count("hba", "H-bond acceptors", "RDKit CalcNumHBA", None, "not Lipinski's N + O count: see lipinski_hba"),
        count("lipinski_hbd", "N–H and O–H bonds", "Lipinski et al. 1997; RDKit CalcNumLipinskiHBD"),
        count("lipinski_hba", "N and O atoms", "Lipinski et al. 1997; RDKit CalcNumLipinskiHBA"),
        count("rotatable_bonds", "Rotatable bonds", "RDKit CalcNumRotatableBonds, strict definition"),
        count("rings", "Rings", "RDKit, smallest set of smallest rings"),
        count("aromatic_rings", "Aromatic rings", _RDKIT),
        number("fraction_csp3", "Fraction Csp3", "", 2, None, "Lovering et al. 2009, J. Med. Chem. 52, 6752; RDKit"),
        count("formal_charge", "Formal charge", _RDKIT),
        count("atoms", "Atoms with hydrogens", _RDKIT),
        count("heavy_atoms", "Heavy atoms", _RDKIT),
        count("carbons", "Carbon atoms", _RDKIT),
        count("heteroatoms", "Heteroatoms", _RDKIT),
        count("stereocentres", "Stereocentres", "RDKit CalcNumAtomStereoCenters, defined and undefined atom centres"),
        count("unspecified_stereocentres", "Undefined stereocentres", "RDKit CalcNumUnspecifiedAtomStereoCenters"),
        number(
            "qed", "QED", "", 3, "higher", "Bickerton et al. 2012, Nature Chem. 4, 90, mean weights; RDKit", "0 to 1"
        ),
        number(
            "sa_score",
            "Synthetic accessibility",
            "",
            2,
            "lower",
            "Ertl & Schuffenhauer 2009, J. Cheminf. 1, 8; RDKit Contrib",
            "1 (easy) to 10 (hard)",
        ),
        number(
            "np_score",
            "Natural-product likeness",
            "",
            2,
            None,
            "Ertl et al. 2008, J. Chem. Inf. Model. 48, 68; RDKit Contrib",
            "about -5 (synthetic) to 5 (natural product)",
        ),
        text("scaffold", "Murcko scaffold", "Bemis & Murcko 1996, J. Med. Chem. 39, 2887; RDKit", "null without rings"),
        count(
            "lipinski_violations", "Lipinski violations", "Lipinski et al. 1997, Adv. Drug Deliv. Rev. 23, 3", "lower"
        ),
        flag(
            "lipinski", "Lipinski", "higher", "Lipinski et al. 1997, Adv. Drug Deliv. Rev. 23, 3", "at most 1 violation"
        ),
        flag("veber", "Veber", "higher", "Veber et al. 2002, J. Med. Chem. 45, 2615"),
        flag("ghose", "Ghose", "higher", "Ghose et al. 1999, J. Comb. Chem. 1, 55"),
        flag("egan", "Egan", "higher", "Egan et al. 2000, J. Med. Chem. 43, 3867"),
        flag("muegge", "Muegge", "higher", "Muegge et al. 2001, J. Med. Chem. 44, 1841"),
        flag("lead_like", "Lead-like", "higher", "Teague et al. 1999, cut-offs of ZINC and SwissADME"),
        flag("rule_of_three", "Rule of three", "higher", "Congreve et al. 2003, Drug Discov. Today 8, 876"),
        flag("gi_absorption", "GI absorption (high)", "higher", _BOILED_EGG),
        flag("brain_penetration", "Brain penetration", None, _BOILED_EGG, "passive; efflux is not considered"),
        number("cns_mpo", "CNS MPO", "", 2, "higher", _MPO, f"0 to 6; {_MPO_NOTE}"),
        number("cns_mpo_logp", "CNS MPO: logP", "", 2, "higher", _MPO, "0 to 1; Crippen logP stands in for ClogP"),
        number("cns_mpo_logd", "CNS MPO: logD", "", 2, "higher", _MPO, "0 to 1; from logd74_estimate"),
        number("cns_mpo_molecular_weight", "CNS MPO: molecular weight", "", 2, "higher", _MPO, "0 to 1"),
        number("cns_mpo_tpsa", "CNS MPO: TPSA", "", 2, "higher", _MPO, "0 to 1"),
        number("cns_mpo_hbd", "CNS MPO: H-bond donors", "", 2, "higher", _MPO, "0 to 1"),
        number("cns_mpo_pka", "CNS MPO: basic pKa", "", 2, "higher", _MPO, "0 to 1; from basic_pka_estimate"),
        number(
            "basic_pka_estimate",
            "Most basic pKa (estimate)",
            "",
            1,
            None,
            "typical pKa of the most basic group by SMARTS; Benchside",
            f"{_ESTIMATE_NOTE}; null where no basic group is known",
        ),
        number(
            "logd74_estimate",
            "logD at pH 7.4 (estimate)",
            "",
            2,
            None,
            "Crippen logP less the ionised share by Henderson-Hasselbalch; Benchside",
            _ESTIMATE_NOTE,
        ),
        number(
            "ligand_efficiency",
            "Ligand efficiency",
            "kcal/mol/heavy atom",
            2,
            "higher",
            "1.37 × pActivity / heavy atoms, Hopkins et al. 2004, Drug Discov. Today 9, 430",
            "a bound where the activity is one: see efficiency_relation",
        ),
        number(
            "lle",
            "LLE",
            "",
            2,
            "higher",
            "pActivity - logP, Leeson & Springthorpe 2007, Nat. Rev. Drug Discov. 6, 881",
            "a bound where the activity is one: see efficiency_relation; Crippen logP stands in for logD",
        ),
        text(
            "efficiency_relation",
            "Relation of LE and LLE",
            "=: values; <: upper bounds, >: lower bounds, as the activity is censored",
        ),
        text(
            "nearest_approved_drug", "Nearest approved drug", "Tanimoto, Morgan radius 2, 2,048 bits; admet-ai's table"
        ),
        number(
            "nearest_approved_similarity",
            "Similarity to it",
            "",
            2,
            None,
            "Tanimoto, Morgan radius 2, 2,048 bits",
            "0 to 1; not an applicability domain of any model",
        ),
        number(
            "reference_similarity",
            "Similarity to the reference",
            "",
            2,
            "higher",
            "Tanimoto, Morgan radius 2, 2,048 bits",
        ),
        flag("reference_shared_scaffold", "Shares the reference's scaffold", None, "Bemis & Murcko 1996; RDKit"),
        number("reference_delta_molecular_weight", "Δ molecular weight to the reference", "Da", 1, None, _RDKIT),
        number("reference_delta_logp", "Δ logP to the reference", "", 2, None, _CRIPPEN),
        number("reference_delta_tpsa", "Δ TPSA to the reference", "Å²", 1, None, _RDKIT),
        text("problem", "Problem", "Benchside", "which calculation failed and why; null where none did"),
    ]


def _inputs() -> list[Column]:
    return [
        Column("compound_id", "Compound", "", "input", "text", 0, None, _GIVEN),
        Column("activity_value", "Activity", "", "input", "number", 3, None, _GIVEN, "in activity_unit"),
        Column("activity_unit", "Activity unit", "", "input", "text", 0, None, _GIVEN),
        Column("activity_relation", "Activity relation", "", "input", "text", 0, None, _GIVEN, "=, <, > or ~"),
        Column(
            "activity_pvalue",
            "pActivity",
            "",
            "computed",
            "number",
            2,
            "higher",
            "-log10 of the activity in mol/L",
            "a bound where activity_relation is < or >",
        ),
    ]


def _alerts() -> list[Column]:
    found: list[Column] = []
    for name, (label, source) in ALERT_SETS.items():
        found.append(
            Column(
                f"{name}_alerts", f"{label} alerts", "", "computed", "integer", 0, "lower", source, "distinct patterns"
            )
        )
        found.append(
            Column(
                f"{name}_alert_names",
                f"{label} alert names",
                "",
                "computed",
                "text",
                0,
                None,
                source,
                "; between names",
            )
        )
    return found


def _predicted(endpoint: Endpoint) -> list[Column]:
    decimals = 3 if endpoint.task == "classification" else 2 if endpoint.unit.startswith("log") else 1
    source = f"admet-ai, {endpoint.quality}"
    spread = "standard deviation over the five models of the ensemble: disagreement, not an error bar"
    name, label = endpoint.id, endpoint.label
    direction = endpoint.direction
    return [
        Column(name, label, endpoint.unit, "predicted", "number", decimals, direction, source, endpoint.note),
        Column(
            f"{name}_spread", f"{label} (spread)", endpoint.unit, "predicted", "number", decimals, None, source, spread
        ),
    ]


COLUMNS: dict[str, Column] = {
    found.name: found
    for found in [
        *_inputs(),
        *_computed(),
        *_alerts(),
        *(column for endpoint in endpoints().values() for column in _predicted(endpoint)),
    ]
}


def column(name: str) -> Column:
    """The column of that name.

    Raises:
        UnknownColumnError: no column is called so; the hint lists the closest names.
    """
    try:
        return COLUMNS[name]
    except KeyError:
        from difflib import get_close_matches

        close = get_close_matches(name, COLUMNS, n=3)
        hint = f"Closest: {', '.join(close)}." if close else "See benchside.tools.chemistry.columns.COLUMNS."
        raise UnknownColumnError(f"there is no column {name!r}.", where=name, hint=hint) from None
