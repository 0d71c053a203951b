"""Designs: arms, epochs, cells and elements, and all that belongs to one design."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import Ref
from benchside.tools.trials.usdm.codes import AliasCode, Code, CommentAnnotation, Instance
from benchside.tools.trials.usdm.objectives import AnalysisPopulation, Estimand, Objective
from benchside.tools.trials.usdm.population import EligibilityCriterion, Indication, StudyDesignPopulation
from benchside.tools.trials.usdm.schedule import Activity, Encounter, ScheduleTimeline, TransitionRule


class StudyArm(Instance):
    """A path of participants through the study."""

    name: str
    label: str | None = None
    description: str | None = None
    type: Code
    data_origin_description: str
    data_origin_type: Code
    population_ids: Annotated[list[str], Ref("PopulationDefinition")] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyArm"] = "StudyArm"


class StudyEpoch(Instance):
    """A phase of the study, such as screening or treatment."""

    name: str
    label: str | None = None
    description: str | None = None
    type: Code
    previous_id: Annotated[str | None, Ref("StudyEpoch")] = None
    next_id: Annotated[str | None, Ref("StudyEpoch")] = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyEpoch"] = "StudyEpoch"


class StudyElement(Instance):
    """A building block of a cell: a treatment, a wash-out, a follow-up."""

    name: str
    label: str | None = None
    description: str | None = None
    transition_start_rule: TransitionRule | None = None
    transition_end_rule: TransitionRule | None = None
    study_intervention_ids: Annotated[list[str], Ref("StudyIntervention")] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyElement"] = "StudyElement"


class StudyCell(Instance):
    """What happens in one arm during one epoch."""

    arm_id: Annotated[str, Ref("StudyArm")]
    epoch_id: Annotated[str, Ref("StudyEpoch")]
    element_ids: Annotated[list[str], Ref("StudyElement")]
    instance_type: Literal["StudyCell"] = "StudyCell"


class BiospecimenRetention(Instance):
    """Whether samples are kept, and whether they contain DNA."""

    name: str
    label: str | None = None
    description: str | None = None
    is_retained: bool
    includes_dna: bool | None = None
    instance_type: Literal["BiospecimenRetention"] = "BiospecimenRetention"


class StudyDesign(Instance):
    """What interventional and observational designs have in common."""

    name: str
    label: str | None = None
    description: str | None = None
    study_type: Code | None = None
    study_phase: AliasCode | None = None
    therapeutic_areas: list[Code] = Field(default_factory=list)
    characteristics: list[Code] = Field(default_factory=list)
    encounters: list[Encounter] = Field(default_factory=list)
    activities: list[Activity] = Field(default_factory=list)
    arms: list[StudyArm]
    study_cells: list[StudyCell]
    rationale: str
    epochs: list[StudyEpoch]
    elements: list[StudyElement] = Field(default_factory=list)
    estimands: list[Estimand] = Field(default_factory=list)
    indications: list[Indication] = Field(default_factory=list)
    study_intervention_ids: Annotated[list[str], Ref("StudyIntervention")] = Field(default_factory=list)
    objectives: list[Objective] = Field(default_factory=list)
    population: StudyDesignPopulation
    schedule_timelines: list[ScheduleTimeline] = Field(default_factory=list)
    biospecimen_retentions: list[BiospecimenRetention] = Field(default_factory=list)
    document_version_ids: Annotated[list[str], Ref("StudyDefinitionDocumentVersion")] = Field(default_factory=list)
    eligibility_criteria: list[EligibilityCriterion]
    analysis_populations: list[AnalysisPopulation] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)


class InterventionalStudyDesign(StudyDesign):
    """The design of a study in which interventions are assigned."""

    sub_types: list[Code] = Field(default_factory=list)
    model: Code
    intent_types: list[Code] = Field(default_factory=list)
    blinding_schema: AliasCode | None = None
    instance_type: Literal["InterventionalStudyDesign"] = "InterventionalStudyDesign"


class ObservationalStudyDesign(StudyDesign):
    """The design of a study in which interventions are observed and not assigned."""

    sub_types: list[Code] = Field(default_factory=list)
    model: Code
    time_perspective: Code
    sampling_method: Code | None = None
    instance_type: Literal["ObservationalStudyDesign"] = "ObservationalStudyDesign"


AnyDesign = Annotated[InterventionalStudyDesign | ObservationalStudyDesign, Field(discriminator="instance_type")]
