"""The classes against the data structure and the API of CDISC."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchside.tools.trials.usdm.metamodel import attributes, concrete
from benchside.tools.trials.usdm.terminology import codelists, concepts


def test_classes_and_attributes_are_those_of_the_api(shared: Path) -> None:
    schemas = json.loads((shared / "reference" / "usdm" / "USDM_API.json").read_text(encoding="utf-8"))["components"]
    theirs = {n[:-6]: s for n, s in schemas["schemas"].items() if n.endswith("-Input") and n != "Wrapper-Input"}
    assert set(concrete()) == set(theirs)
    for name, schema in theirs.items():
        ours = attributes(name)
        assert set(ours) == set(schema["properties"]), name
        # the data structure asks for the id of the study, which the API lets be null
        needed = set(schema.get("required", []))
        assert {a for a, x in ours.items() if x.least} == needed, name
        assert {a for a, x in ours.items() if x.many} == {
            a for a, p in schema["properties"].items() if p.get("type") == "array"
        }, name


def test_cardinalities_and_references_are_those_of_the_data_structure(shared: Path) -> None:
    text = (shared / "reference" / "usdm" / "dataStructure.yml").read_text(encoding="utf-8")
    kind = attribute = ""
    seen = 0
    relation: dict[tuple[str, str], dict[str, str]] = {}
    for line in text.splitlines():
        if found := re.fullmatch(r"(\w+):", line):
            kind = found[1]
        elif found := re.fullmatch(r"    (\w+):", line):
            attribute = found[1]
        elif found := re.fullmatch(r"      (Cardinality|Relationship Type): '?([^']+)'?", line):
            relation.setdefault((kind, attribute), {})[found[1]] = found[2]
    for (kind, attribute), said in relation.items():
        if kind in concrete() and (kind, attribute) != ("Study", "id"):
            ours = attributes(kind)[attribute]
            assert ours.cardinality == said["Cardinality"], (kind, attribute)
            assert bool(ours.targets) == (said["Relationship Type"] == "Ref"), (kind, attribute)
            seen += 1
    assert seen > 600


def test_the_tables_belong_to_the_model() -> None:
    for kind, attribute in concepts():
        assert kind in concrete()
        assert not attribute or attribute in attributes(kind), (kind, attribute)
    assert all(re.fullmatch(r"C\d+", code) for listed in codelists().values() for code in (listed.code, *listed.terms))
    assert codelists()["C207419"].says("C207616", "official study title")
