"""The example study, and the pilot study of CDISC where it is at hand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchside.tools.trials.usdm.checks.findings import Finding
from benchside.tools.trials.usdm.checks.run import check
from benchside.tools.trials.usdm.reading import Source, parse

EXAMPLE = Path(__file__).resolve().parents[4] / "examples" / "usdm" / "synthetic-study.usdm.json"


@pytest.fixture(scope="session")
def example() -> Source:
    return parse(EXAMPLE)


@pytest.fixture(scope="session")
def pilot(shared: Path) -> Source:
    return parse(shared / "reference" / "usdm" / "CDISC_Pilot_Study.json")


@pytest.fixture
def broken(example: Source) -> Callable[[Callable[[dict[str, Any], dict[str, Any]], object]], list[Finding]]:
    """Findings after the version and its design were changed by a function."""

    def after(change: Callable[[dict[str, Any], dict[str, Any]], object]) -> list[Finding]:
        data = copy.deepcopy(example.data)
        version = data["study"]["versions"][0]
        change(version, version["studyDesigns"][0])
        return list(check(Source(data, "", "changed")))

    return after
