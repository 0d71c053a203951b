"""What the study is to find out: objectives, endpoints, estimands, analysis populations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import Ref
from benchside.tools.trials.usdm.codes import Code, CommentAnnotation, Instance
from benchside.tools.trials.usdm.wording import SyntaxTemplate


class Endpoint(SyntaxTemplate):
    """What is measured to answer an objective."""

    purpose: str
    level: Code
    instance_type: Literal["Endpoint"] = "Endpoint"


class Objective(SyntaxTemplate):
    """What the study is to find out, with its endpoints."""

    level: Code
    endpoints: list[Endpoint] = Field(default_factory=list)
    instance_type: Literal["Objective"] = "Objective"


class IntercurrentEvent(SyntaxTemplate):
    """An event after the start of treatment that changes what the endpoint means, and the strategy for it."""

    strategy: str
    instance_type: Literal["IntercurrentEvent"] = "IntercurrentEvent"


class Estimand(Instance):
    """What is to be estimated: population, interventions, variable, intercurrent events (ICH E9(R1))."""

    name: str
    label: str | None = None
    description: str | None = None
    population_summary: str
    analysis_population_id: Annotated[str, Ref("AnalysisPopulation")]
    intervention_ids: Annotated[list[str], Ref("StudyIntervention")]
    variable_of_interest_id: Annotated[str, Ref("Endpoint")]
    intercurrent_events: list[IntercurrentEvent]
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["Estimand"] = "Estimand"


class AnalysisPopulation(Instance):
    """A set of participants that an analysis is about."""

    name: str
    label: str | None = None
    description: str | None = None
    text: str
    subset_of_ids: Annotated[list[str], Ref("PopulationDefinition")] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["AnalysisPopulation"] = "AnalysisPopulation"
