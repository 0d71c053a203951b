"""Who takes part: populations, cohorts, eligibility, indications."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import AtMost, Ref
from benchside.tools.trials.usdm.codes import AnyQuantity, Code, CommentAnnotation, Instance, Range
from benchside.tools.trials.usdm.wording import SyntaxTemplate


class Indication(Instance):
    """The disease or condition under study."""

    name: str
    label: str | None = None
    description: str | None = None
    codes: list[Code] = Field(default_factory=list)
    is_rare_disease: bool
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["Indication"] = "Indication"


class EligibilityCriterionItem(SyntaxTemplate):
    """The words of a criterion."""

    instance_type: Literal["EligibilityCriterionItem"] = "EligibilityCriterionItem"


class EligibilityCriterion(Instance):
    """The use of a criterion in a design: inclusion or exclusion, its number and its place in the order."""

    name: str
    label: str | None = None
    description: str | None = None
    category: Code
    identifier: str
    criterion_item_id: Annotated[str, Ref("EligibilityCriterionItem")]
    next_id: Annotated[str | None, Ref("EligibilityCriterion")] = None
    previous_id: Annotated[str | None, Ref("EligibilityCriterion")] = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["EligibilityCriterion"] = "EligibilityCriterion"


class Characteristic(SyntaxTemplate):
    """A characteristic of a cohort, in words."""

    instance_type: Literal["Characteristic"] = "Characteristic"


class PopulationDefinition(Instance):
    """A population that is planned: who, how many, by which criteria."""

    name: str
    label: str | None = None
    description: str | None = None
    includes_healthy_subjects: bool
    planned_enrollment_number: AnyQuantity | None = None
    planned_completion_number: AnyQuantity | None = None
    planned_sex: Annotated[list[Code], AtMost(2)] = Field(default_factory=list)
    criterion_ids: Annotated[list[str], Ref("EligibilityCriterion")] = Field(default_factory=list)
    planned_age: Range | None = None
    notes: list[CommentAnnotation] = Field(default_factory=list)


class StudyCohort(PopulationDefinition):
    """A part of the population with characteristics of its own."""

    characteristics: list[Characteristic] = Field(default_factory=list)
    indication_ids: Annotated[list[str], Ref("Indication")] = Field(default_factory=list)
    instance_type: Literal["StudyCohort"] = "StudyCohort"


class StudyDesignPopulation(PopulationDefinition):
    """The population of a design."""

    cohorts: list[StudyCohort] = Field(default_factory=list)
    instance_type: Literal["StudyDesignPopulation"] = "StudyDesignPopulation"
