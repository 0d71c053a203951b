"""Codes, quantities, durations and notes, which every other class uses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import Number, Part


class Instance(Part):
    """An instance of a class of the model, with an id that is unique within the study."""

    id: str
    extension_attributes: list[ExtensionAttribute] = Field(default_factory=list)


class Code(Instance):
    """A term of a code system: code, system, version and the text it stands for."""

    code: str
    code_system: str
    code_system_version: str
    decode: str
    instance_type: Literal["Code"] = "Code"


class AliasCode(Instance):
    """A code of the standard, and codes of other systems for the same thing."""

    standard_code: Code
    standard_code_aliases: list[Code] = Field(default_factory=list)
    instance_type: Literal["AliasCode"] = "AliasCode"


class CommentAnnotation(Instance):
    """A note on an instance: a footnote, a remark."""

    text: str
    codes: list[Code] = Field(default_factory=list)
    instance_type: Literal["CommentAnnotation"] = "CommentAnnotation"


class QuantityRange(Instance):
    """A quantity or a range."""


class Quantity(QuantityRange):
    """A number and its unit."""

    value: Number
    unit: AliasCode | None = None
    instance_type: Literal["Quantity"] = "Quantity"


class Range(QuantityRange):
    """A smallest and a largest quantity."""

    min_value: Quantity
    max_value: Quantity
    is_approximate: bool
    instance_type: Literal["Range"] = "Range"


AnyQuantity = Annotated[Quantity | Range, Field(discriminator="instance_type")]


class Duration(Instance):
    """A length of time, as text, as a quantity, or as one that will vary."""

    text: str | None = None
    quantity: AnyQuantity | None = None
    duration_will_vary: bool
    reason_duration_will_vary: str | None = None
    instance_type: Literal["Duration"] = "Duration"


class GeographicScope(Instance):
    """Where something holds: the whole world, a region, a country."""

    type: Code
    code: AliasCode | None = None
    instance_type: Literal["GeographicScope"] = "GeographicScope"


class ExtensionAttribute(Instance):
    """A value that the model has no attribute for."""

    url: str
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_id: str | None = None
    value_quantity: Quantity | None = None
    value_range: Range | None = None
    value_code: Code | None = None
    value_alias_code: AliasCode | None = None
    value_extension_class: ExtensionClass | None = None
    instance_type: Literal["ExtensionAttribute"] = "ExtensionAttribute"


class ExtensionClass(Instance):
    """A class that the model does not have."""

    url: str
    extension_attributes: list[ExtensionAttribute]
    instance_type: Literal["ExtensionClass"] = "ExtensionClass"


# every instance may hold an extension, whose values are instances: complete only now that all of them are defined
_CLASSES: tuple[type[Part], ...] = (
    *(Instance, Code, AliasCode, CommentAnnotation, QuantityRange, Quantity, Range, Duration, GeographicScope),
    *(ExtensionAttribute, ExtensionClass),
)
for _class in _CLASSES:
    _class.model_rebuild()
