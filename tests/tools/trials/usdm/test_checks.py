"""Each fault that is planted is found where it is, and a clean study has none."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchside.tools.trials.usdm.checks.findings import Finding
from benchside.tools.trials.usdm.checks.run import check
from benchside.tools.trials.usdm.reading import Source, dump, typed

Change = Callable[[dict[str, Any], dict[str, Any]], object]
Broken = Callable[[Change], list[Finding]]


def test_the_example_is_clean(example: Source) -> None:
    assert check(example) == ()
    assert check(typed(example)) == ()


FAULTS: dict[str, Change] = {
    "missing-attribute": lambda v, d: v.pop("rationale"),
    "empty-attribute": lambda v, d: v.update(rationale=""),
    "wrong-type": lambda v, d: d["indications"][0].update(isRareDisease="no"),
    "too-few": lambda v, d: d["studyCells"][0].update(elementIds=[]),
    "too-many": lambda v, d: d["population"]["plannedSex"].append({**d["population"]["plannedSex"][0], "id": "Code_x"}),
    "unknown-class": lambda v, d: d["scheduleTimelines"][0]["instances"][0].update(instanceType="Nonsense"),
    "wrong-class": lambda v, d: d["arms"][0]["type"].update(instanceType="AliasCode"),
    "unknown-attribute": lambda v, d: d.update(colour="blue"),
    "no-date": lambda v, d: v["dateValues"][0].update(dateValue="2026-02-99"),
    "duplicate-id": lambda v, d: d["arms"][1].update(id=d["arms"][0]["id"]),
    "dangling-reference": lambda v, d: d["eligibilityCriteria"][0].update(criterionItemId="Nobody"),
    "wrong-target": lambda v, d: d["eligibilityCriteria"][0].update(criterionItemId=d["arms"][0]["id"]),
    "one-way-order": lambda v, d: d["epochs"][0].update(nextId=d["epochs"][2]["id"]),
    "cycle": lambda v, d: d["epochs"][2].update(nextId=d["epochs"][0]["id"]),
    "endless-timeline": lambda v, d: d["scheduleTimelines"][0]["instances"][4].update(
        defaultConditionId=d["scheduleTimelines"][0]["instances"][0]["id"]
    ),
    "wrong-decode": lambda v, d: d["objectives"][0]["level"].update(decode="Secondary"),
    "wrong-code": lambda v, d: d["objectives"][0]["level"].update(code="C85827x"),
    "not-in-list": lambda v, d: d["objectives"][1]["level"].update(code="C1", decode="Tertiary"),
    "two-decodes": lambda v, d: d["arms"][0]["dataOriginType"].update(decode="Otherwise"),
    "two-versions": lambda v, d: d["arms"][0]["type"].update(codeSystemVersion="2020-01-01"),
    "wrong-system": lambda v, d: d["model"].update(codeSystem="mine"),
    "no-duration": lambda v, d: d["scheduleTimelines"][0]["timings"][2].update(value="six weeks"),
    "half-window": lambda v, d: d["scheduleTimelines"][0]["timings"][2].update(windowUpper=None),
    "no-anchor": lambda v, d: d["scheduleTimelines"][0]["timings"][2].update(relativeToScheduledInstanceId=None),
    "fixed-window": lambda v, d: d["scheduleTimelines"][0]["timings"][1].update(windowLower="P1D", windowUpper="P1D"),
    "no-fixed-reference": lambda v, d: d["scheduleTimelines"][0]["timings"].pop(1),
    "no-timing": lambda v, d: d["scheduleTimelines"][0]["timings"].pop(2),
    "not-reached": lambda v, d: d["scheduleTimelines"][0]["instances"][0].update(defaultConditionId=None),
    "no-way-on": lambda v, d: d["scheduleTimelines"][0]["instances"][4].update(timelineExitId=None),
    "main-timeline": lambda v, d: d["scheduleTimelines"][0].update(mainTimeline=False),
    "never-scheduled": lambda v, d: d["scheduleTimelines"][0]["instances"][0]["activityIds"].pop(0),
    "empty-encounter": lambda v, d: d["scheduleTimelines"][0]["instances"][0].update(encounterId=None),
    "cells": lambda v, d: d["studyCells"].pop(),
    "unused-element": lambda v, d: d["studyCells"][1].update(elementIds=d["studyCells"][0]["elementIds"]),
    "primary-objective": lambda v, d: d["objectives"].pop(0),
    "primary-endpoint": lambda v, d: d["objectives"][0].update(endpoints=[]),
    "no-estimand": lambda v, d: d.update(estimands=[]),
    "unused-criterion": lambda v, d: d["population"]["criterionIds"].pop(),
    "criterion-number": lambda v, d: d["eligibilityCriteria"][1].update(identifier="I1"),
    "unused-item": lambda v, d: d["eligibilityCriteria"][4].update(
        criterionItemId=d["eligibilityCriteria"][3]["criterionItemId"]
    ),
    "no-official-title": lambda v, d: v["titles"].pop(0),
    "sponsor": lambda v, d: v["roles"].pop(0),
    "sponsor-identifier": lambda v, d: v["studyIdentifiers"].clear(),
    "range": lambda v, d: d["population"]["plannedAge"]["minValue"].update(value=99),
    "units": lambda v, d: d["population"]["plannedAge"]["minValue"].update(unit=None),
    "duration-reason": lambda v, d: d["scheduleTimelines"][0]["plannedDuration"].update(durationWillVary=True),
    "unresolved-text": lambda v, d: v["dictionaries"][0]["parameterMaps"].pop(),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_planted_fault_is_found(rule: str, broken: Broken) -> None:
    found = [f for f in broken(FAULTS[rule]) if f.rule == rule]
    assert found, rule
    for f in found:
        assert f.path.startswith("$.study")
        assert f.message
        assert f.fix.endswith(".")


def test_the_findings_of_the_pilot(pilot: Source) -> None:
    found = check(pilot)
    assert Counter(str(f.severity) for f in found) == {"error": 10, "warning": 152}
    assert not {"missing-attribute", "dangling-reference", "duplicate-id", "cycle", "cells"} & {f.rule for f in found}
    lines = pilot.text.split("\n")
    for f in found:
        assert f.line is not None
        if isinstance(f.steps[-1], str):
            assert f'"{f.steps[-1]}"' in lines[f.line - 1]


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [[]], [None], {"id": 1, "instanceType": []}, [{"id": "a"}]])
def test_checks_outlive_any_json(example: Source, value: Any) -> None:
    for steps in list(example.lines)[:: max(1, len(example.lines) // 120)]:
        data = json.loads(example.text)
        place: Any = data
        if len(steps) < 2:
            continue
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = value
        check(Source(data, "", "f"))


def test_a_text_that_refers_to_itself_ends(broken: Broken) -> None:
    def loop(version: dict[str, Any], _: dict[str, Any]) -> None:
        item = version["eligibilityCriterionItems"][0]
        item["text"] = f'<usdm:ref klass="EligibilityCriterionItem" id="{item["id"]}" attribute="text"/>' * 2

    assert any("on and on" in f.message for f in broken(loop))


def test_the_rules_of_usdm4_say_the_same_before_and_after(pilot: Source, example: Source, tmp_path: Path) -> None:
    """usdm4 0.29.0 is no dependency: BENCHSIDE_USDM4_PYTHON names the Python of an environment that has it."""
    python = os.environ.get("BENCHSIDE_USDM4_PYTHON")
    if not python:
        pytest.skip("needs an environment with usdm4 0.29.0; BENCHSIDE_USDM4_PYTHON names its Python")
    script = """
import json, sys, types
sys.modules.setdefault("cdisc_rules_engine", types.ModuleType("cdisc_rules_engine"))
from usdm4 import USDM4
keep = ("rule_id", "status", "message", "path", "exception")
print(json.dumps([[sorted(str([r[k] for k in keep]) for r in USDM4().validate(f).to_dict())] for f in sys.argv[1:]]))
"""
    files = []
    for name, source in (("pilot", pilot), ("example", example)):
        files += [tmp_path / f"{name}.json", tmp_path / f"{name}-again.json"]
        files[-2].write_text(source.text, encoding="utf-8")
        files[-1].write_text(dump(typed(source)), encoding="utf-8")
    done = subprocess.run([python, "-c", script, *files], capture_output=True, text=True, check=True)
    before, after, clean, clean_again = json.loads(done.stdout.splitlines()[-1])
    assert before == after
    assert len(before[0]) == 636
    assert clean == clean_again == [[]]
