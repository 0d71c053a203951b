"""Hostile settings for every family, through dictionaries, files and the command line.

Each set either raises an error that names the setting and says what to change, or gives results without a NaN in which
the setting stands as it was given: nothing is clipped in silence, nothing warns, nothing hangs.
"""

from __future__ import annotations

import importlib.util
import json
import math
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchside.cli import main
from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.catalogue import DESIGNS, ENDPOINTS
from benchside.tools.trials.design.families import from_settings, read_design, settings_of
from benchside.workspaces.errors import InputError

SECONDS = 5.0
DEEP: Any = 0
for _ in range(400):
    DEEP = {"a": DEEP}

# what replaces one setting; every family meets every one of them, at one of its settings after the other
VALUES: dict[str, Any] = {
    "nan": math.nan,
    "inf": math.inf,
    "minus-inf": -math.inf,
    "negative": -3,
    "zero": 0,
    "bool": True,
    "none": None,
    "1e308": 1e308,
    "10**400": 10**400,
    "-10**400": -(10**400),
    "1e-300": 1e-300,
    "text": "many",
    "empty-text": "",
    "markup": "<script>alert(1)</script>&\x00\u202e",
    "list": [1, 2],
    "empty-list": [],
    "nested-list": [[[]]],
    "long-list": [0.5] * 100_000,
    "rising-list": list(range(100_000)),
    "nan-list": [0.1, math.nan],
    "dict": {"value": 1},
    "bytes": b"0.3",
    "unicode-digits": "٣",
    "superscript": "²",
    "deep": DEEP,
    "complex": 1 + 2j,
}
# settings where a value of the table is as good as another, or is read by the type of the field
ALSO = ("alpha", "power", "n", "sides", "allocation", "dropout", "looks", "spending", "futility", "margin", "test")


def examples() -> dict[str, dict[str, Any]]:
    spec = importlib.util.spec_from_file_location("hostile_examples", Path(__file__).with_name("families.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, dict[str, Any]] = module.EXAMPLES
    return found


EXAMPLES = examples()


def replaced() -> Iterator[tuple[str, str, str]]:
    """Family, setting and name of a value: each value once for each family, the settings in turn."""
    for at, family in enumerate(ENDPOINTS | DESIGNS):
        known = [k for k in settings_of(family) if k not in ("title", "sources", "hypothesis_name", "multiplicity")]
        keys = [k for k in known if k in EXAMPLES[family] or k in ALSO or family in DESIGNS]
        for i, value in enumerate(VALUES):
            yield family, keys[(at + i) % len(keys)], value


SINGLE = list(replaced())


def answer(settings: Any) -> Design | None:
    """The design where its results are sound, None where it is refused with a setting and a hint."""
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        design, refused = None, None
        try:
            design = from_settings(settings)
            results = design.results()
            text = results.text.render()
        except InputError as error:
            refused = error
    assert time.process_time() - start < SECONDS
    if refused is not None:
        assert refused.where, f"no setting is named: {refused}"
        assert refused.hint, f"nothing says what to change: {refused}"
        assert len(str(refused)) < 2000
        return None
    assert text
    for quantity in results.quantities:
        assert sound(quantity.value), f"{quantity.name} is {quantity.value}"
    for table in results.tables:
        for row in table.rows:
            assert all(sound(cell) for cell in row), f"{table.name}: {row}"
    return design


def sound(value: Any) -> bool:
    """No NaN; an infinite number only stands for a boundary that is never crossed."""
    return not isinstance(value, float) or not math.isnan(value)


def kept(design: Design, key: str, value: Any) -> bool:
    """Whether a design holds the value that was given for a setting."""
    for part in (design, getattr(design, "endpoint", None), getattr(design, "hypothesis", None),
                 getattr(design, "monitoring", None)):  # fmt: skip
        if part is not None and key in type(part).model_fields:
            held = getattr(part, key)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return bool(held == value) or held == (value,) or key in ("looks", "allocation")
            return True
    return value is None


MEANS = {"design": "two-means", "difference": 0.5, "sd": 1}
SHARES = {"design": "two-proportions", "control": 0.3, "treatment": 0.45}
SURVIVAL = {"design": "survival", "control_median": 12, "hazard_ratio": 0.7, "accrual": 24, "follow_up": 12}
SIMON = {"design": "simon", "p0": 0.1, "p1": 0.3}

# a trial, and each of the changes that make it one that cannot be
REFUSED: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (MEANS, [{"power": 0.01}, {"power": 0.025}, {"power": 1.0}, {"power": 1 - 1e-17}, {"alpha": 0.5},
        {"alpha": 1e-13}, {"alpha": 0.0}, {"sides": 1.5}, {"difference": 0}, {"difference": 0.2, "null": 0.2},
        {"difference": 5e-324}, {"margin": 0.5}, {"margin": 0}, {"hypothesis": "non-inferiority"},
        {"lower": -0.4, "upper": 0.4}, {"lower": 0.4, "upper": -0.4}, {"lower": 0.6, "upper": 1},
        {"lower": -1, "upper": 1, "sides": 2}, {"lower": -1, "upper": 1, "looks": 2},
        {"hypothesis": "equivalence", "lower": -1}, {"hypothesis": "superiority", "margin": -1},
        {"null": 0.1, "margin": -0.1}, {"difference": 0.0001}, {"difference": 1e-12}, {"sd": -1}, {"sd": 0},
        {"sd": 1000000000.0}, {"sd_treatment": -1}, {"n": 1}, {"n": 10 ** 9}, {"n": 10.5}, {"n": 101},
        {"n": 100, "power": 0.9}, {"allocation": "1:0"}, {"allocation": "-1:1"}, {"allocation": "1:1:1"},
        {"allocation": "5000:1"}, {"allocation": "control:placebo=1:1"}, {"allocation": "1..2:1"},
        {"allocation": "a" * 10000}, {"allocation": [1] * 30}, {"allocation": []}, {"dropout": 1}, {"dropout": -0.1},
        {"dropout": 0.96}, {"dropout": "10%"}, {"looks": "0.75,0.5,1"}, {"looks": "0.5,0.9"}, {"looks": "0.5,0.5,1"},
        {"looks": "0,1"}, {"looks": "0.5,1,1"}, {"looks": "0.5,1.2"}, {"looks": []}, {"looks": "-0.5,1"},
        {"looks": 51}, {"looks": 2.5}, {"looks": 0}, {"looks": "half,1"}, {"looks": [0.5, math.nan, 1]},
        {"looks": list(range(100000))}, {"spending": "hsd:-2"}, {"looks": 2, "spending": "hsd:"},
        {"looks": 2, "spending": "hsd:inf"}, {"looks": 2, "spending": "hsd:1e9"},
        {"looks": 2, "spending": "kim-demets:-1"}, {"looks": 2, "spending": "custom:0.02,0.01"},
        {"looks": 2, "spending": "custom:0.01,0.02"}, {"looks": 2, "spending": "custom:0.01,0.01,0.025"},
        {"looks": 2, "spending": "custom:nan,0.025"}, {"looks": 2, "spending": "wang-tsiatis:99"},
        {"looks": 2, "spending": "haybittle-peto:-3"}, {"looks": 2, "spending": "bonferroni"},
        {"looks": 2, "spending": "x" * 10000}, {"looks": 2, "futility": "pocock-ish"}, {"looks": 2, "binding": True},
        {"looks": 2, "sides": 2, "futility": "hsd:-2"}, {"looks": 2, "binding": "perhaps", "futility": "hsd:-2"}]),
    ({}, [{}, {"design": None}, {"design": 3}, {"design": ["two-means"]}, {"design": ""},
        {"design": "two-means" * 1000}, {"design": "competing-risks"}, {"design": "adaptive enrichment"},
        {"design": "../../etc/passwd"}, {"design": "two-means"}]),
    (MEANS, [{"colour": "red"}, {"<b>difference</b>": 1}, {"": 1}, {"test": "barnard"}, {"test": "T"},
        {"model_config": {}}, {"__class__": 1}, {"endpoint": DEEP}]),
    ({}, [{"endpoint": DEEP}, {"endpoint": {"kind": "two-means"}}, {"endpoint": {"kind": "simon"}},
        {"kind": "comparison"}, {"kind": "comparison", "endpoint": 3}, {"kind": ["boin"]}]),
    (MEANS, [{"title": "x" * 1000}, {"title": 3}, {"sources": "E1"}, {"sources": {"sd": 1}},
        {"multiplicity": "bonferroni:0"}, {"multiplicity": "bonferroni:nan"}, {"multiplicity": DEEP},
        {"multiplicity": "bonferroni:1000000000"}, {"hypothesis_name": "H1"}, {"multiplicity": "x"}]),
    (SHARES, [{"control": 0}, {"treatment": 1}, {"control": 1.2}, {"treatment": 0.3}, {"margin": 0.15}, {"margin": 2},
        {"margin": -1}, {"treatment": 0.3 + 1e-09}, {"scale": "odds-ratio", "margin": -0.1}, {"scale": "risk"},
        {"test": "log-odds"},
        {"test": "fisher", "n": 10 ** 7, "looks": 2}]),
    (SURVIVAL, [{"control_hazard": 0.05}, {"treatment_median": 20}, {"hazard_ratio": 1}, {"hazard_ratio": -1},
        {"hazard_ratio": 0}, {"control_median": -12}, {"accrual": -1}, {"follow_up": -1}, {"dropout_hazard": -1},
        {"control_median": None, "control_hazard": "0:0.1,0:0.2"}, {"margin": -1.3},
        {"control_median": None, "control_hazard": "5:0.1"}, {"strata": "0.2:1,0.2:2"},
        {"control_median": None, "control_hazard": "0:0.1,6:-0.2"}, {"hazard_ratio": 0.999999},
        {"accrual_rate": "x:y"}, {"margin": 0.7}, {"control_median": 1e+40}]),
    ({"design": "rmst"}, [{**{k: v for k, v in SURVIVAL.items() if k != "design"}, "horizon": 100}]),
    ({"design": "ordinal"}, [{"control_probabilities": [0.5, 0.6], "odds_ratio": 2},
        {"control_probabilities": [1], "odds_ratio": 2}, {"control_probabilities": [0.5, 0.5], "odds_ratio": 1}]),
    ({"design": "mcnemar"}, [{"treatment_only": 0.6, "control_only": 0.6},
        {"treatment_only": 0.2, "control_only": 0.2}]),
    ({"design": "two-rates"}, [{"control": 1, "treatment": 1}, {"control": 0, "treatment": 1}]),
    ({"design": "cluster-means"}, [{"difference": 0.3, "sd": 1, "icc": 1.5, "cluster_size": 20},
        {"difference": 0.3, "sd": 1, "icc": 0.1, "cluster_size": 0}]),
    ({"design": "mmrm"}, [{"difference": 1, "sd": 1, "visits": 3, "correlation": 2},
        {"difference": 1, "sd": 1, "visits": 3, "correlation": 0.5, "retention": [1, 0.5, 0.9]},
        {"difference": 1, "sd": 1, "visits": 2, "structure": "unstructured", "matrix": [[1, 2], [2, 1]]}]),
    ({"design": "slopes"}, [
        {"difference": 1, "times": [0], "intercept_variance": 1, "slope_variance": 1, "residual_variance": 1}]),
    ({"design": "bioequivalence"}, [{"cv": 0.25, "ratio": 1.25}, {"cv": 0.25, "ratio": 1.5}, {"cv": 50},
        {"cv": 0.25, "study": "9x9"}]),
    (SIMON, [{"p0": 0.3, "p1": 0.1}, {"p1": 0.1}, {"p0": 0}, {"p1": 1}, {"p1": 0.1001}, {"power": 0.04}]),
    ({"design": "ahern"}, [{"p0": 0.3, "p1": 0.30001}]),
    ({"design": "fleming"}, [{"p0": 0.5, "p1": 0.2}]),
    ({"design": "boin"}, [{"target": 1}, {"doses": 0}, {"start": 9}, {"max_n": 10 ** 6}, {"cohort": 0}]),
    ({"design": "crm"}, [{"skeleton": [0.5, 0.3]}, {"skeleton": [0.1, 1.2]}, {"doses": 5, "prior_mtd": 9}]),
    ({"design": "mcp-mod"}, [{"doses": [0, 1, 1], "models": "linear", "max_effect": 1, "sd": 1},
        {"doses": [0, 1, 2], "models": "cubic", "max_effect": 1, "sd": 1},
        {"doses": [0, 1, 2], "models": "", "max_effect": 1, "sd": 1}]),
    ({"design": "dose-response-means"}, [{"means": [0, 1], "sd": 1, "contrast": [1, 1]},
        {"means": [0, 1], "sd": 1, "contrast": [-1, 0, 1]}]),
    ({"design": "dunnett"}, [{"effects": [0, 0]}, {"effects": []}, {"effects": [0.5] * 1000}]),
    ({"design": "mams"}, [{"effect": 0.5, "treatments": 1000}, {"effect": 0.5, "treatments": 2, "upper": "nonsense"},
        {"effect": 0}]),
    ({"design": "response-adaptive"}, [{"rates": [0.3], "n": 100}, {"rates": [2, 3], "n": 100}]),
]  # fmt: skip
SETS = [(trial, change) for trial, changes in REFUSED for change in changes]


@pytest.mark.parametrize("family", ENDPOINTS | DESIGNS, ids=lambda f: f"{f}: {len(VALUES)} sets")
def test_a_hostile_value_is_refused_or_kept(family: str) -> None:
    for _, key, name in (s for s in SINGLE if s[0] == family):
        value = VALUES[name]
        try:
            design = answer({"design": family} | EXAMPLES[family] | {key: value})
        except Exception as error:
            raise AssertionError(f"{key} = {name}: {type(error).__name__}: {error}") from error
        assert design is None or kept(design, key, value), f"{key} = {name} was changed in silence"


def test_there_are_more_than_two_hundred_sets_of_one_value_and_many_of_several() -> None:
    assert len(SINGLE) == len(VALUES) * len(ENDPOINTS | DESIGNS)
    assert len(SINGLE) > 1000
    assert len(SETS) > 150


PARTS = 8


@pytest.mark.parametrize("part", range(PARTS), ids=lambda p: f"part {p + 1}: {len(SETS[p::PARTS])} sets")
def test_what_cannot_be_is_refused(part: int) -> None:
    for trial, change in SETS[part::PARTS]:
        short = f"{trial.get('design')} with {str(change)[:80]}"
        try:
            assert answer(trial | change) is None, "it was answered"
        except Exception as error:
            raise AssertionError(f"{short}: {type(error).__name__}: {error}") from error


FILES = {
    "empty.toml": "",
    "broken.toml": "design = ",
    "twice.toml": 'design = "simon"\ndesign = "boin"',
    "nan.toml": 'design = "two-means"\ndifference = nan\nsd = 1',
    "inf.toml": 'design = "two-means"\ndifference = 0.5\nsd = inf',
    "huge.toml": f'design = "two-means"\ndifference = 0.5\nsd = {10**400}',
    "longer-than-int.toml": 'design = "two-means"\ndifference = 0.5\nsd = ' + "9" * 5000,
    "bool.toml": 'design = "two-means"\ndifference = true\nsd = 1',
    "date.toml": 'design = "two-means"\ndifference = 2020-01-01\nsd = 1',
    "table.toml": 'design = "two-means"\nsd = 1\n[difference]\nvalue = 1',
    "tables.toml": '[[design]]\nname = "two-means"',
    "strange.toml": 'design = "two-means"\ndifference = 0.5\nsd = 1\ncolour = "red"',
    "order.toml": 'design = "two-means"\ndifference = 0.5\nsd = 1\nlooks = [0.75, 0.5, 1]',
    "markup.toml": 'design = "<script>"',
    "deep.toml": 'design = "two-means"\nsd = ' + "[" * 5000 + "]" * 5000,
    "deep.json": "[" * 100_000,
    "list.json": "[1, 2]",
    "text.json": '"two-means"',
    "nan.json": '{"design": "two-means", "difference": NaN, "sd": 1}',
    "inf.json": '{"design": "two-means", "difference": 0.5, "sd": 1e999}',
    "nested.json": json.dumps({"endpoint": {"kind": "two-means", "difference": 0.5, "sd": -1}}),
    "long.json": json.dumps({"design": "two-means", "difference": 0.5, "sd": 1, "looks": [0.5] * 50_000}),
    "large.toml": "#" * 1_000_001,
    "null.json": "null",
}


@pytest.mark.parametrize("name", FILES, ids=lambda n: f"{n} (1 of {len(FILES)})")
def test_a_hostile_file_is_refused_with_its_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError) as caught:
            read_design(path).results()
    assert time.process_time() - start < SECONDS
    assert caught.value.where
    assert caught.value.hint
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 100, b'design = "\xe9"'], ids=["bom", "nul", "latin-1"])
def test_bytes_that_are_no_text_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bytes.toml"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_design(path)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(InputError):
            read_design(path)


TRIAL = ("two-means", "--difference", "0.5", "--sd", "1")
COMMANDS: list[tuple[str, ...]] = [
    ("two-means",), ("two-mean",), ("",), ("competing-risks",), ("<b>",), ("--from", "nowhere.toml"),
    ("two-means", "--from", "x.toml"), ("two-means", "--difference", "nan", "--sd", "1"),
    ("two-means", "--difference", "inf", "--sd", "1"), ("two-means", "--difference", "-inf", "--sd", "1"),
    ("two-means", "--difference", "0", "--sd", "1"), ("two-means", "--difference", "9" * 5000, "--sd", "1"),
    ("two-means", "--difference", "1e999", "--sd", "1"), ("two-means", "--difference", "1e-300", "--sd", "1"),
    ("two-means", "--difference", "²", "--sd", "1"), ("two-means", "--difference", "yes", "--sd", "1"),
    ("two-means", "--difference", "0,5", "--sd", "1"), ("two-means", "--difference", "½", "--sd", "1"),
    (*TRIAL, "--power", "0.01"), (*TRIAL, "--power", "90%"), (*TRIAL, "--alpha", "true"), (*TRIAL, "--sides", "-1"),
    (*TRIAL, "--looks", "0.75,0.5,1"), (*TRIAL, "--looks", "0.5,0.5,1"), (*TRIAL, "--looks", "0.5,0.9"),
    (*TRIAL, "--looks", "1e5"), (*TRIAL, "--looks", ","), (*TRIAL, "--spending", "hsd:-2"),
    (*TRIAL, "--looks", "2", "--spending", "hsd:nan"), (*TRIAL, "--binding"), (*TRIAL, "--looks", "2", "--binding"),
    (*TRIAL, "--allocation", "2:0"), (*TRIAL, "--allocation", ":::"), (*TRIAL, "--dropout", "1"), (*TRIAL, "--n", "1"),
    (*TRIAL, "--n", "1e300"), (*TRIAL, "--n", "100", "--power", "0.9"), (*TRIAL, "--colour", "red"),
    (*TRIAL, "--trials", "0"), (*TRIAL, "--trials", "-5"), (*TRIAL, "--trials", "many"), (*TRIAL, "--seed", "-1"),
    (*TRIAL, "--trials", "9" * 30), (*TRIAL, "--outcomes", "1NNN"), ("boin", "--outcomes", "9NNN"),
    ("boin", "--outcomes", "1XYZ"), ("boin", "--outcomes", "1"), ("boin", "--outcomes", "1" + "N" * 10_000),
    ("compare", "a.toml", "b.toml"), ("compare", "a.toml"), ("--cases", "nowhere.json"),
    ("simon", "--p0", "0.3", "--p1", "0.1"), ("crm", "--skeleton", "0.3,0.1"), ("mcp-mod", "--doses", "0,0,1"),
]  # fmt: skip


@pytest.mark.parametrize("part", range(4), ids=lambda p: f"part {p + 1}: {len(COMMANDS[p::4])} sets")
def test_a_hostile_command_ends_with_a_named_error(
    part: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS[part::4]:
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(SystemExit) as ended:
                main(["design", *command])
        said = capsys.readouterr()
        short = " ".join(command)[:100]
        assert time.process_time() - start < SECONDS, short
        assert ended.value.code not in (0, 1), f"{short}: {ended.value.code} {said.err[-300:]}"
        assert said.err.strip(), short
        assert "Traceback" not in said.err, short


def test_the_errors_of_the_command_are_json_when_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["design", *TRIAL, "--power", "0.01", "--json"])
    assert ended.value.code not in (0, 1)
    said = capsys.readouterr()
    error = json.loads(said.out or said.err)
    error = error.get("error", error)
    assert error["code"] == "design_contradictory"
    assert error["where"] == "power"
    assert error["hint"]
