"""Biomedical concepts: what is measured, and what is collected for it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import Ref
from benchside.tools.trials.usdm.codes import AliasCode, Code, CommentAnnotation, Instance


class ResponseCode(Instance):
    """An answer that a property of a biomedical concept may have."""

    name: str
    label: str | None = None
    is_enabled: bool
    code: Code
    instance_type: Literal["ResponseCode"] = "ResponseCode"


class BiomedicalConceptProperty(Instance):
    """One item that is collected for a biomedical concept."""

    name: str
    label: str | None = None
    is_required: bool
    is_enabled: bool
    datatype: str
    response_codes: list[ResponseCode] = Field(default_factory=list)
    code: AliasCode
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["BiomedicalConceptProperty"] = "BiomedicalConceptProperty"


class BiomedicalConcept(Instance):
    """What is measured, with the properties that are collected."""

    name: str
    label: str | None = None
    synonyms: list[str] = Field(default_factory=list)
    reference: str
    properties: list[BiomedicalConceptProperty] = Field(default_factory=list)
    code: AliasCode
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["BiomedicalConcept"] = "BiomedicalConcept"


class BiomedicalConceptCategory(Instance):
    """A group of biomedical concepts or of further groups."""

    name: str
    label: str | None = None
    description: str | None = None
    child_ids: Annotated[list[str], Ref("BiomedicalConceptCategory")] = Field(default_factory=list)
    member_ids: Annotated[list[str], Ref("BiomedicalConcept")] = Field(default_factory=list)
    code: AliasCode | None = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["BiomedicalConceptCategory"] = "BiomedicalConceptCategory"


class BiomedicalConceptSurrogate(Instance):
    """A name for a biomedical concept that has not been defined yet."""

    name: str
    label: str | None = None
    description: str | None = None
    reference: str | None = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["BiomedicalConceptSurrogate"] = "BiomedicalConceptSurrogate"
