"""Who is who: titles, identifiers, organizations, sites, roles, people, dates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from benchside.tools.trials.usdm.base import IsoDate, Ref
from benchside.tools.trials.usdm.codes import Code, CommentAnnotation, GeographicScope, Instance


class Identifier(Instance):
    """Text that an organization uses to tell one thing from another."""

    text: str
    scope_id: Annotated[str, Ref("Organization")]


class StudyIdentifier(Identifier):
    """An identifier of the study."""

    instance_type: Literal["StudyIdentifier"] = "StudyIdentifier"


class ReferenceIdentifier(Identifier):
    """An identifier of something the study belongs to, such as a development plan."""

    type: Code
    instance_type: Literal["ReferenceIdentifier"] = "ReferenceIdentifier"


class StudyTitle(Instance):
    """A title of the study."""

    text: str
    type: Code
    instance_type: Literal["StudyTitle"] = "StudyTitle"


class Address(Instance):
    """A postal address, as lines and as parts."""

    text: str | None = None
    lines: list[str] = Field(default_factory=list)
    city: str | None = None
    district: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: Code | None = None
    instance_type: Literal["Address"] = "Address"


class StudySite(Instance):
    """A site at which the study is done."""

    name: str
    label: str | None = None
    description: str | None = None
    country: Code
    instance_type: Literal["StudySite"] = "StudySite"


class Organization(Instance):
    """A company, agency, registry, institution."""

    name: str
    label: str | None = None
    type: Code
    identifier_scheme: str
    identifier: str
    legal_address: Address | None = None
    managed_sites: list[StudySite] = Field(default_factory=list)
    instance_type: Literal["Organization"] = "Organization"


class PersonName(Instance):
    """The name of a person, as text and as parts."""

    text: str | None = None
    family_name: str | None = None
    given_names: list[str] = Field(default_factory=list)
    prefixes: list[str] = Field(default_factory=list)
    suffixes: list[str] = Field(default_factory=list)
    instance_type: Literal["PersonName"] = "PersonName"


class AssignedPerson(Instance):
    """A person who holds a role."""

    name: str
    label: str | None = None
    description: str | None = None
    person_name: PersonName
    job_title: str
    organization_id: Annotated[str | None, Ref("Organization")] = None
    instance_type: Literal["AssignedPerson"] = "AssignedPerson"


class Masking(Instance):
    """Whether a role knows the assignment of interventions."""

    text: str
    is_masked: bool
    instance_type: Literal["Masking"] = "Masking"


class StudyRole(Instance):
    """A role in the study, and the organizations and persons that hold it."""

    name: str
    label: str | None = None
    description: str | None = None
    code: Code
    applies_to_ids: Annotated[list[str], Ref("StudyVersion", "StudyDesign")] = Field(default_factory=list)
    assigned_persons: list[AssignedPerson] = Field(default_factory=list)
    organization_ids: Annotated[list[str], Ref("Organization")] = Field(default_factory=list)
    masking: Masking | None = None
    notes: list[CommentAnnotation] = Field(default_factory=list)
    instance_type: Literal["StudyRole"] = "StudyRole"


class GovernanceDate(Instance):
    """A date of approval, issue or effect, and where it holds."""

    name: str
    label: str | None = None
    description: str | None = None
    type: Code
    date_value: IsoDate
    geographic_scopes: list[GeographicScope]
    instance_type: Literal["GovernanceDate"] = "GovernanceDate"
