"""What happens when: activities, encounters, timelines, timings, conditions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import Ref
from benchside.tools.trials.usdm.codes import Code, CommentAnnotation, Duration, Instance
from benchside.tools.trials.usdm.wording import SyntaxTemplate


class Procedure(Instance):
    """What is done within an activity."""

    name: str
    label: str | None = None
    description: str | None = None
    procedure_type: str
    code: Code
    study_intervention_id: Annotated[str | None, Ref("StudyIntervention")] = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["Procedure"] = "Procedure"


class Activity(Instance):
    """Something done or observed in the study: a row of the schedule of activities."""

    name: str
    label: str | None = None
    description: str | None = None
    previous_id: Annotated[str | None, Ref("Activity")] = None
    next_id: Annotated[str | None, Ref("Activity")] = None
    child_ids: Annotated[list[str], Ref("Activity")] = Field(default_factory=list)
    defined_procedures: list[Procedure] = Field(default_factory=list)
    biomedical_concept_ids: Annotated[list[str], Ref("BiomedicalConcept")] = Field(default_factory=list)
    bc_category_ids: Annotated[list[str], Ref("BiomedicalConceptCategory")] = Field(default_factory=list)
    bc_surrogate_ids: Annotated[list[str], Ref("BiomedicalConceptSurrogate")] = Field(default_factory=list)
    timeline_id: Annotated[str | None, Ref("ScheduleTimeline")] = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["Activity"] = "Activity"


class TransitionRule(Instance):
    """When an encounter or element begins or ends."""

    name: str
    label: str | None = None
    description: str | None = None
    text: str
    instance_type: Literal["TransitionRule"] = "TransitionRule"


class Encounter(Instance):
    """A contact with the participant: a visit, a call."""

    name: str
    label: str | None = None
    description: str | None = None
    type: Code
    previous_id: Annotated[str | None, Ref("Encounter")] = None
    next_id: Annotated[str | None, Ref("Encounter")] = None
    scheduled_at_id: Annotated[str | None, Ref("Timing")] = None
    environmental_settings: list[Code] = Field(default_factory=list)
    contact_modes: list[Code] = Field(default_factory=list)
    transition_start_rule: TransitionRule | None = None
    transition_end_rule: TransitionRule | None = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["Encounter"] = "Encounter"


class ConditionAssignment(Instance):
    """A branch of a decision: when the condition holds, go on there."""

    condition: str
    condition_target_id: Annotated[str, Ref("ScheduledInstance")]
    instance_type: Literal["ConditionAssignment"] = "ConditionAssignment"


class ScheduledInstance(Instance):
    """A point of a timeline."""

    name: str
    label: str | None = None
    description: str | None = None
    default_condition_id: Annotated[str | None, Ref("ScheduledInstance")] = None
    epoch_id: Annotated[str | None, Ref("StudyEpoch")] = None


class ScheduledActivityInstance(ScheduledInstance):
    """Activities at one point of a timeline: a column of the schedule of activities."""

    timeline_id: Annotated[str | None, Ref("ScheduleTimeline")] = None
    timeline_exit_id: Annotated[str | None, Ref("ScheduleTimelineExit")] = None
    activity_ids: Annotated[list[str], Ref("Activity")] = Field(default_factory=list)
    encounter_id: Annotated[str | None, Ref("Encounter")] = None
    instance_type: Literal["ScheduledActivityInstance"] = "ScheduledActivityInstance"


class ScheduledDecisionInstance(ScheduledInstance):
    """A point of a timeline from which several ways go on."""

    condition_assignments: list[ConditionAssignment]
    instance_type: Literal["ScheduledDecisionInstance"] = "ScheduledDecisionInstance"


AnyInstance = Annotated[ScheduledActivityInstance | ScheduledDecisionInstance, Field(discriminator="instance_type")]


class ScheduleTimelineExit(Instance):
    """A way out of a timeline."""

    instance_type: Literal["ScheduleTimelineExit"] = "ScheduleTimelineExit"


class Timing(Instance):
    """When an instance is, relative to another, with its window. Values are ISO 8601 durations."""

    name: str
    label: str | None = None
    description: str | None = None
    type: Code
    value: str
    value_label: str
    relative_to_from: Code
    relative_from_scheduled_instance_id: Annotated[str, Ref("ScheduledInstance")]
    relative_to_scheduled_instance_id: Annotated[str | None, Ref("ScheduledInstance")] = None
    window_lower: str | None = None
    window_upper: str | None = None
    window_label: str | None = None
    instance_type: Literal["Timing"] = "Timing"


class ScheduleTimeline(Instance):
    """Instances of activities in time: the main timeline of a design, or one that is entered from it."""

    name: str
    label: str | None = None
    description: str | None = None
    main_timeline: bool
    entry_condition: str
    entry_id: Annotated[str, Ref("ScheduledInstance")]
    exits: list[ScheduleTimelineExit] = Field(default_factory=list)
    timings: list[Timing] = Field(default_factory=list)
    instances: list[AnyInstance] = Field(default_factory=list)
    planned_duration: Duration | None = None
    instance_type: Literal["ScheduleTimeline"] = "ScheduleTimeline"


class Condition(SyntaxTemplate):
    """Under which circumstances an activity or a procedure is done."""

    context_ids: Annotated[list[str], Ref("Activity", "ScheduledActivityInstance")] = Field(default_factory=list)
    applies_to_ids: Annotated[
        list[str],
        Ref("BiomedicalConceptCategory", "Procedure", "Activity", "BiomedicalConcept", "BiomedicalConceptSurrogate"),
    ] = Field(default_factory=list)
    instance_type: Literal["Condition"] = "Condition"
