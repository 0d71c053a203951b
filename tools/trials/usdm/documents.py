"""The documents that define a study, section by section."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import Ref
from benchside.tools.trials.usdm.codes import Code, CommentAnnotation, Instance
from benchside.tools.trials.usdm.governance import GovernanceDate


class Abbreviation(Instance):
    """A short form and what it stands for."""

    abbreviated_text: str
    expanded_text: str
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["Abbreviation"] = "Abbreviation"


class NarrativeContentItem(Instance):
    """The text of a section."""

    name: str
    text: str
    instance_type: Literal["NarrativeContentItem"] = "NarrativeContentItem"


class NarrativeContent(Instance):
    """A section of a document: its number, title and place in the order."""

    name: str
    section_number: str | None = None
    section_title: str | None = None
    display_section_number: bool
    display_section_title: bool
    child_ids: Annotated[list[str], Ref("NarrativeContent")] = Field(default_factory=list)
    previous_id: Annotated[str | None, Ref("NarrativeContent")] = None
    next_id: Annotated[str | None, Ref("NarrativeContent")] = None
    content_item_id: Annotated[str | None, Ref("NarrativeContentItem")] = None
    instance_type: Literal["NarrativeContent"] = "NarrativeContent"


class StudyDefinitionDocumentVersion(Instance):
    """A version of a document."""

    version: str
    status: Code
    date_values: list[GovernanceDate] = Field(default_factory=list)
    contents: list[NarrativeContent] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyDefinitionDocumentVersion"] = "StudyDefinitionDocumentVersion"


class StudyDefinitionDocument(Instance):
    """A document that defines the study, such as the protocol."""

    name: str
    label: str | None = None
    description: str | None = None
    language: Code
    type: Code
    template_name: str
    versions: list[StudyDefinitionDocumentVersion] = Field(default_factory=list)
    child_ids: Annotated[list[str], Ref("StudyDefinitionDocument")] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyDefinitionDocument"] = "StudyDefinitionDocument"


class DocumentContentReference(Instance):
    """A section of a document."""

    section_number: str
    section_title: str
    applies_to_id: Annotated[str, Ref("StudyDefinitionDocument")]
    instance_type: Literal["DocumentContentReference"] = "DocumentContentReference"
