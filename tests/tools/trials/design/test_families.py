"""Every family of the catalogue: it answers, describes itself without numbers of its own, and survives its own JSON."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from benchside.graphs.design.api import finite
from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.catalogue import DESIGNS, ENDPOINTS, REFUSED
from benchside.tools.trials.design.errors import DesignError, OutOfScopeError
from benchside.tools.trials.design.families import from_settings, settings_of
from benchside.tools.trials.design.references import DOMAINS, reference, references


def _examples() -> dict[str, dict[str, Any]]:
    path = Path(__file__).with_name("families.py")
    spec = importlib.util.spec_from_file_location("trial_families", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["trial_families"] = module
    spec.loader.exec_module(module)
    found: dict[str, dict[str, Any]] = module.EXAMPLES
    return found


EXAMPLES = _examples()


def made(name: str) -> Design:
    return from_settings({"design": name} | EXAMPLES[name])


def test_every_family_has_an_example() -> None:
    assert set(EXAMPLES) == set(ENDPOINTS | DESIGNS)


def test_kinds_are_the_names_of_the_catalogue() -> None:
    for name, entry in (ENDPOINTS | DESIGNS).items():
        assert entry.load().model_fields["kind"].default == name


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_family_answers_in_full(name: str) -> None:
    design = made(name)
    results = design.results()
    size = design.sample_size()
    assert all(n > 0 for n in size.evaluable)
    assert size.power is None or 0 < size.power < 1
    assert len({q.name for q in results.quantities}) == len(results.quantities), "one value for each name"
    assert results.tables
    for table in results.tables:
        assert table.rows
        assert all(len(row) == len(table.columns) for row in table.rows)
    bare = re.sub(r"\{[^}]*\}", "", results.text.template)
    assert not re.search(r"\d", bare), "numbers of the text come from slots"
    assert "{" not in results.text.render()
    assert all(reference(key) for key in results.text.cites)
    json.dumps(finite(results.text.render()), allow_nan=False)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_family_survives_its_own_json(name: str) -> None:
    design = made(name)
    text = json.dumps(design.model_dump(mode="json"), allow_nan=False)
    assert from_settings(json.loads(text)) == design


@pytest.mark.parametrize("name", EXAMPLES)
def test_settings_are_explained_and_a_strange_one_is_named(name: str) -> None:
    assert all(settings_of(name).values())
    with pytest.raises(DesignError) as caught:
        from_settings({"design": name, "colour": "red"} | EXAMPLES[name])
    assert caught.value.where == "colour"


@pytest.mark.parametrize("name", EXAMPLES)
def test_yes_and_no_are_no_numbers(name: str) -> None:
    for key, value in EXAMPLES[name].items():
        if isinstance(value, int | float):
            with pytest.raises(DesignError) as caught:
                from_settings({"design": name} | EXAMPLES[name] | {key: True})
            assert caught.value.where


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_by_name(name: str) -> None:
    with pytest.raises(OutOfScopeError, match=name):
        from_settings({"design": name})


def test_no_reference_has_two_texts() -> None:
    found: dict[str, str] = {}
    for domain in DOMAINS:
        module = importlib.import_module(f"benchside.tools.trials.design.{domain}.references")
        for key, text in module.REFERENCES.items():
            assert found.setdefault(key, text) == text, key
    assert found == references()
