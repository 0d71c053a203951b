"""Files in and out: nothing is lost, and nothing hostile gets far."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchside.tools.trials.usdm import reading
from benchside.tools.trials.usdm.errors import NotJsonError, NotReadableError, NotUsdmError, StudyFileError
from benchside.tools.trials.usdm.positions import path_of
from benchside.tools.trials.usdm.reading import Source, dump, load, parse, parse_text, typed, write

EXAMPLES = Path(__file__).resolve().parents[4] / "examples" / "usdm"


def test_the_pilot_study_comes_back_as_it_was(pilot: Source, tmp_path: Path) -> None:
    write(typed(pilot), tmp_path / "again.json")
    assert parse(tmp_path / "again.json").data == pilot.data
    # 1 and 1.0 are equal in Python and are not the same text
    assert json.dumps(parse(tmp_path / "again.json").data, sort_keys=True) == json.dumps(pilot.data, sort_keys=True)
    assert [p.name for p in tmp_path.iterdir()] == ["again.json"]


def test_the_example_is_what_its_script_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(EXAMPLES / "build_study.py"), str(tmp_path / "s.json")], check=True)
    made = (EXAMPLES / "synthetic-study.usdm.json").read_text(encoding="utf-8")
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == made


def test_keys_of_a_newer_version_nulls_and_whole_numbers_are_kept(example: Source) -> None:
    data = copy.deepcopy(example.data)
    version = data["study"]["versions"][0]
    version["newThing"] = {"deep": [1, 2.0, None, {"instance_type": "x"}]}
    version["version_identifier"] = "a key that is only like the name in Python"
    version["titles"][0]["label_of_tomorrow"] = None
    version["studyDesigns"][0]["population"]["plannedEnrollmentNumber"]["value"] = 120.0
    again = json.loads(dump(typed(Source(data, "", "x"))))
    assert json.dumps(again, sort_keys=True) == json.dumps(data, sort_keys=True)


def test_what_is_added_to_a_loaded_study_is_written(example: Source) -> None:
    study = typed(example)
    title = study.study.versions[0].titles[0]
    assert "extensionAttributes" not in title.as_json()
    title.extension_attributes.append(example_extension())
    assert title.as_json()["extensionAttributes"][0]["valueString"] == "yes"


def example_extension() -> object:
    from benchside.tools.trials.usdm.codes import ExtensionAttribute

    return ExtensionAttribute(id="X1", url="https://example.org/x", value_string="yes")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"study": {"a": 1, "a": 2}}',
        '{"study": NaN}',
        '{"study": {"x": 1e999}}',
        '{"study": {"x": "\\ud800"}}',
        '{"study": {"x": ' + "9" * 5000 + "}}",
        "[" * 100_000,
        '{"study":' + '{"a":' * 200 + "1" + "}" * 201,
    ],
)
def test_json_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(NotJsonError):
        parse_text(text, "f")


@pytest.mark.parametrize("text", ["[]", "1", "{}", '{"study": []}', '{"study": null}'])
def test_other_json_is_no_study(text: str) -> None:
    with pytest.raises(NotUsdmError):
        parse_text(text, "f")


def test_a_wrong_structure_is_named_by_path_and_line(example: Source) -> None:
    text = example.text.replace('"isRareDisease": false', '"isRareDisease": "no"')
    with pytest.raises(NotUsdmError) as error:
        typed(parse_text(text, "f"))
    line = text[: text.index('"isRareDisease"')].count("\n") + 1
    assert f"$.study.versions[0].studyDesigns[0].indications[0].isRareDisease must be true or false (line {line})" in (
        error.value.message
    )


def test_another_version_is_refused(example: Source) -> None:
    with pytest.raises(NotUsdmError, match="reads version 4"):
        typed(Source({**example.data, "usdmVersion": "3.0.0"}, example.text, "f"))


def test_every_value_has_its_line(example: Source) -> None:
    lines = example.text.split("\n")
    for steps, line in example.lines.items():
        if steps and isinstance(steps[-1], str):
            assert f'"{steps[-1]}":' in lines[line - 1], path_of(steps)


def test_what_is_no_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "latin").write_bytes('{"study": {"name": "é"}}'.encode("latin-1"))
    (tmp_path / "big").write_text(" " * 50, encoding="utf-8")
    for name, kind in (
        ("none", NotReadableError),
        (".", NotReadableError),
        ("latin", NotJsonError),
        ("a\0b", NotReadableError),
    ):
        with pytest.raises(kind):
            load(tmp_path / name)
    monkeypatch.setattr(reading, "MAX_BYTES", 49)
    with pytest.raises(NotReadableError, match="larger"):
        parse(tmp_path / "big")
    assert issubclass(NotReadableError, StudyFileError)
