"""Settings of screening: processes, shards and time limits."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ScreeningSettings(BaseModel):
    """How screening uses the machine; none of these changes a result."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workers: Annotated[int, Field(ge=0)] = 0
    """Worker processes; 0 takes one for each processor that this process may use."""
    shard_rows: Annotated[int, Field(ge=1, le=50_000)] = 10_000
    """Rows of one shard: what a killed run loses at most."""
    chunk_rows: Annotated[int, Field(ge=1, le=5_000)] = 200
    """Rows sent to a worker at a time."""
    seconds_per_row: Annotated[float, Field(gt=0)] = 2.0
    least_seconds: Annotated[float, Field(gt=0)] = 60.0
