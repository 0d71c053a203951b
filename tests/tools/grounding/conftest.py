"""Evidence without a ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import settings

# the machine may be busy: a slow example is no failure
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@dataclass(frozen=True)
class FakeEvidence:
    """The attributes that grounding needs."""

    id: str
    value: object
    unit: str = ""
    subject: str = "aspirin"
    quantity: str = "molecular weight"
    source: str = ""


@pytest.fixture
def evidence() -> Callable[..., FakeEvidence]:
    return FakeEvidence
