"""The capabilities of chemistry, as the registry offers them to agents, MCP and the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import rdkit
from pydantic import BaseModel, ConfigDict, Field
from rdkit import Chem

from benchside.tools.chemistry.columns import COLUMNS
from benchside.tools.registry import ArgumentsError, Capability, Finding

RDKIT = f"RDKit {rdkit.__version__}"

Structure = Annotated[str, Field(min_length=1, max_length=5_000, description="SMILES of one compound")]


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StructureArguments(_Arguments):
    """One compound."""

    smiles: Structure


class PropertiesArguments(StructureArguments):
    """One compound and what is asked about it."""

    properties: Annotated[
        list[
            Literal[
                "molecular_weight",
                "monoisotopic_weight",
                "logp",
                "molar_refractivity",
                "tpsa",
                "hbd",
                "hba",
                "rotatable_bonds",
                "rings",
                "aromatic_rings",
                "fraction_csp3",
                "formal_charge",
                "heavy_atoms",
                "stereocentres",
                "unspecified_stereocentres",
                "qed",
                "sa_score",
                "np_score",
            ]
        ],
        Field(min_length=1, description="which properties; molecular_weight is the average one, in Da"),
    ]


class RuleArguments(StructureArguments):
    """One compound and one rule."""

    rule: Literal["lipinski", "veber", "ghose", "egan", "muegge", "lead_like", "rule_of_three"]


class AlertArguments(StructureArguments):
    """One compound and the alert sets to look through."""

    sets: Annotated[
        list[Literal["pains", "brenk", "nih", "chembl_bms", "chembl_dundee", "chembl_glaxo", "chembl_inpharmatica",
                     "chembl_lint", "chembl_mlsmr", "chembl_surechembl"]],
        Field(min_length=1, description="names of alert sets"),
    ]  # fmt: skip


class SimilarityArguments(_Arguments):
    """Two compounds."""

    smiles: Structure
    other: Annotated[str, Field(min_length=1, max_length=5_000, description="SMILES of the compound to compare with")]


class SubstructureArguments(StructureArguments):
    """One compound and a pattern."""

    smarts: Annotated[str, Field(min_length=1, max_length=2_000, description="SMARTS pattern to look for")]


class NameArguments(_Arguments):
    """A name."""

    name: Annotated[
        str, Field(min_length=1, max_length=300, pattern=r"\S", description="name, synonym or CAS number of a compound")
    ]


class EndpointArguments(StructureArguments):
    """One compound and the endpoints asked for."""

    endpoints: Annotated[
        list[str], Field(min_length=1, max_length=41, description="ADMET endpoint ids, such as hERG or BBB_Martins")
    ]


def _parent(smiles: str, where: str) -> tuple[Chem.Mol, str]:
    """The standardised parent of what a model or person gave, and its SMILES."""
    from benchside.tools.chemistry.structures import standardise

    made = standardise(smiles)
    if made.problem is not None or made.mol is None:
        why = made.problem.message if made.problem else "no structure"
        raise ArgumentsError(f"smiles: {why}", where=where, hint="Give the SMILES of one compound, unchanged.")
    return made.mol, made.smiles


def _finding(
    subject: str, column: str, value: Any, source: str = RDKIT, *, uncertainty: str | None = None, note: str = ""
) -> Finding:
    from benchside.tools.reporting.tables import plain_value

    known = COLUMNS[column]
    plain = plain_value(value)
    if known.type == "integer" and isinstance(plain, float):
        plain = int(plain)
    return Finding(
        subject=subject,
        quantity=known.label,
        value=plain,
        unit=known.unit,
        kind=known.kind,
        source=f"{source}; {known.source}",
        uncertainty=uncertainty,
        note="; ".join(part for part in (note, known.note) if part) or None,
    )


def compute_properties(arguments: PropertiesArguments) -> list[Finding]:
    """Computed properties of the standardised parent."""
    from benchside.tools.chemistry.properties import properties

    mol, smiles = _parent(arguments.smiles, "compute_properties")
    wanted = list(dict.fromkeys(arguments.properties))
    row = properties([mol], wanted).iloc[0]
    return [_finding(smiles, name, row[name]) for name in wanted]


def check_rule(arguments: RuleArguments) -> list[Finding]:
    """Whether a compound passes a rule, and each part of it."""
    from benchside.tools.chemistry.compute import PropertyPlan
    from benchside.tools.chemistry.compute import compute_properties as compute
    from benchside.tools.chemistry.rules import explain_rule

    mol, smiles = _parent(arguments.smiles, "check_rule")
    row = compute([mol], PropertyPlan(alert_sets=(), permeation=False, cns=False, scaffold=False)).iloc[0]
    found = [_finding(smiles, arguments.rule, row[arguments.rule])]
    for part in explain_rule(arguments.rule, row.to_dict()):
        found.append(_finding(smiles, part.limit.column, part.value, note=str(part)))
    return found


def find_alerts(arguments: AlertArguments) -> list[Finding]:
    """Structural alerts by set."""
    from benchside.tools.chemistry.alerts import alerts

    mol, smiles = _parent(arguments.smiles, "find_alerts")
    sets = list(dict.fromkeys(arguments.sets))
    row = alerts([mol], sets).iloc[0]
    return [_finding(smiles, f"{s}_{k}", row[f"{s}_{k}"]) for s in sets for k in ("alerts", "alert_names")]


def compare_structures(arguments: SimilarityArguments) -> list[Finding]:
    """Tanimoto similarity, shared scaffold and differences of two compounds."""
    from benchside.tools.chemistry.similarity import reference_similarity

    mol, smiles = _parent(arguments.smiles, "compare_structures")
    other, other_smiles = _parent(arguments.other, "compare_structures")
    row = reference_similarity([mol], other).iloc[0]
    return [_finding(f"{smiles} against {other_smiles}", str(name), value) for name, value in row.items()]


def find_substructure(arguments: SubstructureArguments) -> list[Finding]:
    """Whether and where a pattern occurs."""
    from benchside.tools.chemistry.substructure import SmartsError, search_substructure

    mol, smiles = _parent(arguments.smiles, "find_substructure")
    try:
        matches = int(search_substructure([mol], arguments.smarts)["matches"].iloc[0])
    except SmartsError as error:
        raise ArgumentsError(f"smarts: {error.message}", where="find_substructure", hint=error.hint) from None
    return [Finding(smiles, f"matches of {arguments.smarts}", matches, "", "computed", RDKIT)]


def name_to_structure(arguments: NameArguments) -> list[Finding]:
    """The structure that a name stands for, from the offline tables."""
    from benchside.tools.chemistry.names import resolve_name

    found = resolve_name(arguments.name)
    source = f"{found.source} {found.source_version}".strip()
    return [Finding(found.matched_name, "SMILES", found.smiles, "", "retrieved", source, note=found.note or None)]


def predict_admet(arguments: EndpointArguments) -> list[Finding]:
    """Predicted ADMET endpoints with the spread over the ensemble."""
    from benchside.tools.chemistry.admet import admet_model
    from benchside.tools.chemistry.admet_endpoints import endpoints

    known = endpoints()
    for name in arguments.endpoints:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, list(known), n=3, cutoff=0.3)
            raise ArgumentsError(
                f"endpoints: there is no endpoint {name!r}",
                where="predict_admet",
                hint=f"Nearest: {', '.join(near)}." if near else f"Endpoints: {', '.join(known)}.",
            )
    _, smiles = _parent(arguments.smiles, "predict_admet")
    row = admet_model().predict([smiles]).iloc[0]
    return [
        _finding(
            smiles, name, row[name], source="admet-ai",
            uncertainty=f"standard deviation over the ensemble {row[f'{name}_spread']:.3g}",
        )
        for name in dict.fromkeys(arguments.endpoints)
    ]  # fmt: skip


def _capability(
    function: Callable[[Any], list[Finding]], description: str, arguments: type[BaseModel], records: str, harmless: str
) -> Capability:
    return Capability(function.__name__, description, arguments, function, records, harmless=harmless)


CAPABILITIES = (
    _capability(compute_properties, "Compute properties of one compound: weights, logP, TPSA, QED and others.",
                PropertiesArguments, "computed", "computes values of a given structure"),
    _capability(check_rule, "Check one compound against a drug-likeness rule, such as Lipinski or Veber.",
                RuleArguments, "computed", "compares values of a given structure with limits"),
    _capability(find_alerts, "Find structural alerts (PAINS, BRENK, NIH, ChEMBL) in one compound.",
                AlertArguments, "computed", "marks groups in a given structure"),
    _capability(compare_structures, "Compare two compounds: Tanimoto similarity, shared scaffold, differences.",
                SimilarityArguments, "computed", "compares two given structures"),
    _capability(find_substructure, "Count where a SMARTS pattern occurs in one compound.",
                SubstructureArguments, "computed", "counts a pattern in a given structure"),
    _capability(name_to_structure, "Look up the structure of a compound by its name, synonym or CAS number.",
                NameArguments, "retrieved", "looks up what is published"),
    _capability(predict_admet, "Predict ADMET endpoints of one compound with admet-ai.",
                EndpointArguments, "predicted", "predicts values of a given structure"),
)  # fmt: skip
