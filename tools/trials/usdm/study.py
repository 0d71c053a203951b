"""The study, its versions, and the envelope of the file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.amendments import StudyAmendment
from benchside.tools.trials.usdm.base import Part, Ref
from benchside.tools.trials.usdm.codes import Code, CommentAnnotation, ExtensionAttribute, Instance
from benchside.tools.trials.usdm.concepts import (
    BiomedicalConcept,
    BiomedicalConceptCategory,
    BiomedicalConceptSurrogate,
)
from benchside.tools.trials.usdm.design import AnyDesign
from benchside.tools.trials.usdm.documents import Abbreviation, NarrativeContentItem, StudyDefinitionDocument
from benchside.tools.trials.usdm.governance import (
    GovernanceDate,
    Organization,
    ReferenceIdentifier,
    StudyIdentifier,
    StudyRole,
    StudyTitle,
)
from benchside.tools.trials.usdm.interventions import (
    AdministrableProduct,
    MedicalDevice,
    ProductOrganizationRole,
    StudyIntervention,
)
from benchside.tools.trials.usdm.population import EligibilityCriterionItem
from benchside.tools.trials.usdm.schedule import Condition
from benchside.tools.trials.usdm.wording import SyntaxTemplateDictionary


class Study(Part):
    """The study: its versions and its documents."""

    id: str | None = None
    extension_attributes: list[ExtensionAttribute] = Field(default_factory=list)
    name: str
    description: str | None = None
    label: str | None = None
    versions: list[StudyVersion] = Field(default_factory=list)
    documented_by: list[StudyDefinitionDocument] = Field(default_factory=list)
    instance_type: Literal["Study"] = "Study"


class StudyVersion(Instance):
    """A version of the study: everything that is defined in it."""

    version_identifier: str
    rationale: str
    document_version_ids: Annotated[list[str], Ref("StudyDefinitionDocumentVersion")] = Field(default_factory=list)
    date_values: list[GovernanceDate] = Field(default_factory=list)
    amendments: list[StudyAmendment] = Field(default_factory=list)
    business_therapeutic_areas: list[Code] = Field(default_factory=list)
    study_identifiers: list[StudyIdentifier]
    reference_identifiers: list[ReferenceIdentifier] = Field(default_factory=list)
    study_designs: list[AnyDesign] = Field(default_factory=list)
    titles: list[StudyTitle]
    eligibility_criterion_items: list[EligibilityCriterionItem] = Field(default_factory=list)
    narrative_content_items: list[NarrativeContentItem] = Field(default_factory=list)
    abbreviations: list[Abbreviation] = Field(default_factory=list)
    roles: list[StudyRole] = Field(default_factory=list)
    organizations: list[Organization] = Field(default_factory=list)
    study_interventions: list[StudyIntervention] = Field(default_factory=list)
    administrable_products: list[AdministrableProduct] = Field(default_factory=list)
    medical_devices: list[MedicalDevice] = Field(default_factory=list)
    product_organization_roles: list[ProductOrganizationRole] = Field(default_factory=list)
    biomedical_concepts: list[BiomedicalConcept] = Field(default_factory=list)
    bc_categories: list[BiomedicalConceptCategory] = Field(default_factory=list)
    bc_surrogates: list[BiomedicalConceptSurrogate] = Field(default_factory=list)
    dictionaries: list[SyntaxTemplateDictionary] = Field(default_factory=list)
    conditions: list[Condition] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyVersion"] = "StudyVersion"


class Usdm(Part):
    """What a file holds: the study, the version of the model, and the system that wrote it."""

    study: Study
    usdm_version: str
    system_name: str | None = None
    system_version: str | None = None
