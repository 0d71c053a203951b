"""What is given: interventions, products, substances, devices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import Ref
from benchside.tools.trials.usdm.codes import (
    AliasCode,
    AnyQuantity,
    Code,
    CommentAnnotation,
    Duration,
    Instance,
    Quantity,
)
from benchside.tools.trials.usdm.governance import Identifier


class Administration(Instance):
    """How an intervention is given: dose, route, frequency, duration."""

    name: str
    label: str | None = None
    description: str | None = None
    duration: Duration
    dose: Quantity | None = None
    route: AliasCode | None = None
    frequency: AliasCode | None = None
    administrable_product_id: Annotated[str | None, Ref("AdministrableProduct")] = None
    medical_device_id: Annotated[str | None, Ref("MedicalDevice")] = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["Administration"] = "Administration"


class StudyIntervention(Instance):
    """A drug, device, procedure or behaviour that is given or withheld."""

    name: str
    label: str | None = None
    description: str | None = None
    role: Code
    type: Code
    minimum_response_duration: Quantity | None = None
    codes: list[Code] = Field(default_factory=list)
    administrations: list[Administration] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyIntervention"] = "StudyIntervention"


class Strength(Instance):
    """How much of a substance is in how much of a product."""

    name: str
    label: str | None = None
    description: str | None = None
    numerator: AnyQuantity
    denominator: Quantity | None = None
    instance_type: Literal["Strength"] = "Strength"


class Substance(Instance):
    """A substance and its strengths."""

    name: str
    label: str | None = None
    description: str | None = None
    codes: list[Code] = Field(default_factory=list)
    strengths: list[Strength]
    reference_substance: Substance | None = None
    instance_type: Literal["Substance"] = "Substance"


class Ingredient(Instance):
    """A substance in a product, and what it is there for."""

    role: Code
    substance: Substance
    instance_type: Literal["Ingredient"] = "Ingredient"


class AdministrableProductIdentifier(Identifier):
    """An identifier of a product."""

    instance_type: Literal["AdministrableProductIdentifier"] = "AdministrableProductIdentifier"


class AdministrableProductProperty(Instance):
    """A physical or chemical property of a product."""

    name: str
    text: str
    type: Code
    quantity: Quantity | None = None
    instance_type: Literal["AdministrableProductProperty"] = "AdministrableProductProperty"


class AdministrableProduct(Instance):
    """A medicinal product in the form in which it is given."""

    name: str
    label: str | None = None
    description: str | None = None
    pharmacologic_class: Code | None = None
    administrable_dose_form: AliasCode
    product_designation: Code
    sourcing: Code | None = None
    properties: list[AdministrableProductProperty] = Field(default_factory=list)
    identifiers: list[AdministrableProductIdentifier] = Field(default_factory=list)
    ingredients: list[Ingredient] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["AdministrableProduct"] = "AdministrableProduct"


class MedicalDeviceIdentifier(Identifier):
    """An identifier of a device."""

    type: Code
    instance_type: Literal["MedicalDeviceIdentifier"] = "MedicalDeviceIdentifier"


class MedicalDevice(Instance):
    """A device of the study."""

    name: str
    label: str | None = None
    description: str | None = None
    hardware_version: str | None = None
    software_version: str | None = None
    embedded_product_id: Annotated[str | None, Ref("AdministrableProduct")] = None
    sourcing: Code | None = None
    identifiers: list[MedicalDeviceIdentifier] = Field(default_factory=list)
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["MedicalDevice"] = "MedicalDevice"


class ProductOrganizationRole(Instance):
    """What an organization does for products or devices."""

    name: str
    label: str | None = None
    description: str | None = None
    code: Code
    applies_to_ids: Annotated[list[str], Ref("AdministrableProduct", "MedicalDevice")] = Field(default_factory=list)
    organization_id: Annotated[str, Ref("Organization")]
    instance_type: Literal["ProductOrganizationRole"] = "ProductOrganizationRole"
