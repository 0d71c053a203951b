"""What a screening run is asked to do, and the small state that its graph carries from node to node."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from benchside.tools.chemistry.readers import ReadOptions
from benchside.tools.safety.settings import SafetySettings
from benchside.tools.screening.profile import Profile


class Reference(BaseModel):
    """A known active to compare with, and how its structure was found."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asked: str
    name: str
    smiles: str
    source: str
    requests: tuple[str, ...] = ()
    """Each request that finding it took, as the report lists them."""


class ScreenRequest(BaseModel):
    """One screening job, complete: with it and the library the run can be repeated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    library: str
    """As the user named it: a path, or `approved-drugs`."""
    input_artifact: str | None = None
    """Path inside the workspace of the copy that is read; None for `approved-drugs`."""
    input_sha256: str
    profile: Profile
    profile_name: str
    read_as: ReadOptions = ReadOptions()
    reference: Reference | None = None
    reference_weight: Annotated[float, Field(ge=0)] = 0.0
    top: Annotated[int, Field(ge=1, le=10_000)] = 50
    admet: bool = True
    approved_background: bool = True
    """Whether the report compares with the approved drugs that admet-ai ships."""
    review: bool = False
    """Whether a person approves the shortlist before it is written."""
    safety: SafetySettings = SafetySettings()
    """The user's settings of the safety gate."""
    shard_rows: Annotated[int, Field(ge=1, le=50_000)] = 10_000
    seed: int = 0


class Decision(TypedDict):
    """What a person decided at a pause."""

    approved: bool
    who: str
    why: str


class ScreeningState(TypedDict, total=False):
    """State of the graph: names and counts, never tables."""

    run_id: str
    shards: int
    rows: int
    counts: dict[str, int]
    notes: list[str]
    decision: Decision | None
    products: dict[str, str]
    status: Literal["running", "done", "rejected"]
