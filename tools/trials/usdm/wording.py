"""Texts with parameters, and the dictionaries that say what these stand for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import Ref
from benchside.tools.trials.usdm.codes import CommentAnnotation, Instance


class SyntaxTemplate(Instance):
    """Text that may hold parameters, which a dictionary resolves."""

    name: str
    label: str | None = None
    description: str | None = None
    text: str
    dictionary_id: Annotated[str | None, Ref("SyntaxTemplateDictionary")] = None
    notes: list[CommentAnnotation] = Field(default_factory=list)


class ParameterMap(Instance):
    """A parameter of a text, and what it stands for."""

    tag: str
    reference: str
    instance_type: Literal["ParameterMap"] = "ParameterMap"


class SyntaxTemplateDictionary(Instance):
    """What the parameters of a text stand for."""

    name: str
    label: str | None = None
    description: str | None = None
    parameter_maps: list[ParameterMap]
    instance_type: Literal["SyntaxTemplateDictionary"] = "SyntaxTemplateDictionary"
