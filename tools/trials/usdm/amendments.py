"""Amendments: why, what changed, what it affects, whom it reached."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import Ref
from benchside.tools.trials.usdm.codes import Code, CommentAnnotation, GeographicScope, Instance, Quantity
from benchside.tools.trials.usdm.documents import DocumentContentReference
from benchside.tools.trials.usdm.governance import GovernanceDate


class StudyAmendmentReason(Instance):
    """Why there is an amendment."""

    code: Code
    other_reason: str | None = None
    instance_type: Literal["StudyAmendmentReason"] = "StudyAmendmentReason"


class StudyAmendmentImpact(Instance):
    """What an amendment affects."""

    type: Code
    text: str
    is_substantial: bool
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyAmendmentImpact"] = "StudyAmendmentImpact"


class StudyChange(Instance):
    """One change of an amendment, with the sections in which it was made."""

    name: str
    label: str | None = None
    description: str | None = None
    summary: str
    rationale: str
    changed_sections: list[DocumentContentReference]
    instance_type: Literal["StudyChange"] = "StudyChange"


class SubjectEnrollment(Instance):
    """How many were enrolled, in which region, site or cohort."""

    name: str
    label: str | None = None
    description: str | None = None
    quantity: Quantity
    for_geographic_scope: GeographicScope | None = None
    for_study_cohort_id: Annotated[str | None, Ref("StudyCohort")] = None
    for_study_site_id: Annotated[str | None, Ref("StudySite")] = None
    instance_type: Literal["SubjectEnrollment"] = "SubjectEnrollment"


class StudyAmendment(Instance):
    """An amendment: why, what changed, where it holds."""

    name: str
    label: str | None = None
    description: str | None = None
    number: str
    summary: str
    primary_reason: StudyAmendmentReason
    secondary_reasons: list[StudyAmendmentReason] = Field(default_factory=list)
    changes: list[StudyChange]
    impacts: list[StudyAmendmentImpact] = Field(default_factory=list)
    geographic_scopes: list[GeographicScope]
    enrollments: list[SubjectEnrollment] = Field(default_factory=list)
    date_values: list[GovernanceDate] = Field(default_factory=list)
    previous_id: Annotated[str | None, Ref("StudyAmendment")] = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyAmendment"] = "StudyAmendment"
