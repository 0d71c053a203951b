"""Every built-in profile loads, and every mistake in a user's is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchside.tools.chemistry.columns import ALERT_SETS, COLUMNS
from benchside.tools.chemistry.compute import PropertyPlan
from benchside.tools.screening import profile as module
from benchside.tools.screening.profile import (
    NOT_SCREENED,
    Desirability,
    Filter,
    Profile,
    ProfileError,
    Shape,
    built_in,
    load_profile,
    parse_profile,
)
from benchside.workspaces.errors import ExitCode

GOOD = """\
name = "mine"

# [[filter]] in a comment
[[filter]]
column = "tpsa"
max = 140

[[filter]]
column = "logp"
min = -1
max = 5

[[score]]
column = "qed"
shape = "higher"
low = 0.3
high = 0.8

[[score]]
column = "tpsa"
shape = "range"
low = 10
ideal_low = 40
ideal_high = 90
high = 140
"""


@pytest.mark.parametrize("name", ["oral", "cns", "lead-like", "fragment", "covalent-allowed"])
def test_every_built_in_profile_loads_and_says_what_it_is_for(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert profile.description.endswith(".")
    assert profile.references
    assert all(f.text() for f in profile.filter)
    assert profile.without_admet().score
    assert Profile.model_validate(profile.model_dump(mode="json")) == profile
    assert parse_profile(built_in()[name].read_text(encoding="utf-8")) == profile


def test_no_built_in_profile_is_forgotten_above() -> None:
    assert set(built_in()) == {"oral", "cns", "lead-like", "fragment", "covalent-allowed"}


def test_the_limits_of_oral_are_the_published_ones_with_the_room_that_it_states() -> None:
    limits = {f.column: (f.min, f.max) for f in load_profile("oral").filter}
    assert limits["molecular_weight"] == (150, 550)
    assert limits["tpsa"] == (None, 140)
    assert limits["rotatable_bonds"] == (None, 10)
    assert limits["lipinski_violations"] == (None, 1)


def test_not_screened_is_what_no_step_of_screening_computes() -> None:
    computed = set(PropertyPlan(alert_sets=tuple(ALERT_SETS)).columns) - {"problem"}
    late = {c.name for c in COLUMNS.values() if c.kind == "predicted"}
    compared = {c for c in COLUMNS if c.startswith(("reference_", "nearest_approved_"))}
    measured = {"activity_value", "activity_pvalue", "ligand_efficiency", "lle"}
    assert set(COLUMNS) - computed - late - compared - measured == NOT_SCREENED


def edited(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


MISTAKES = {
    "unknown column": (edited('column = "logp"', 'column = "clogp"'), 9, "no column 'clogp'; did you mean logp"),
    "unknown scored column": (edited('column = "qed"', 'column = "QED_"'), 14, "score number 1 column: there is no"),
    "column no profile can use": (edited('column = "logp"', 'column = "inchikey"'), 9, "'inchikey' is no column that"),
    "typo in a key": (edited("min = -1", "mni = -1"), 10, "filter number 2 mni: no such entry; did you mean min?"),
    "typo in a top-level key": (edited('"mine"', '"mine"\ncombin = "geometric"'), 2, "did you mean combine"),
    "typo in a table": (GOOD + "[selektion]\npool = 3\n", 26, "did you mean selection"),
    "typo inside a table": (GOOD + "[selection]\n\npol = 3\n", 28, "selection pol: no such entry; did you mean pool"),
    "a text for a number": (edited("max = 5", 'max = "5"'), 11, "valid number"),
    "a number for a text": (edited('column = "qed"', "column = 3"), 14, "valid string"),
    "yes for a number": (edited("max = 140", "max = true"), 6, "valid number"),
    "not a number": (edited("max = 140", "max = nan"), 6, "finite number"),
    "min above max": (edited("min = -1", "min = 6"), 10, "min (6) is above max (5)"),
    "no limit": (edited("max = 140\n", ""), 4, "a filter needs min, max or equals"),
    "no column": (edited('column = "qed"\n', ""), 13, "score number 1 column: is missing"),
    "no low": (edited("low = 0.3\n", ""), 13, "low: is missing"),
    "low above high": (edited("low = 0.3", "low = 0.9"), 16, "low (0.9) must be below high (0.8)"),
    "unknown shape": (edited('shape = "higher"', 'shape = "hihger"'), 15, "'higher', 'lower' or 'range'"),
    "range out of order": (edited("ideal_low = 40", "ideal_low = 95"), 23, "must be ordered"),
    "range beyond high": (edited("ideal_high = 90", "ideal_high = 190"), 24, "must be ordered"),
    "range without ideal": (edited("ideal_low = 40\n", ""), 21, "needs ideal_low and ideal_high"),
    "ideal without range": (edited("low = 0.3", "low = 0.3\nideal_high = 0.5"), 17, "belong to shape 'range'"),
    "weight of nothing": (edited("low = 0.3", "low = 0.3\nweight = 0"), 17, "greater than 0"),
    "text is scored": (edited('column = "qed"', 'column = "scaffold"'), 14, "holds text"),
    "scored twice": (edited('column = "tpsa"\nshape', 'column = "qed"\nshape'), 20, "qed is scored twice"),
    "no score": (GOOD[: GOOD.index("[[score]]")], 1, "score: is missing"),
    "empty score": ("score = []\n" + GOOD[: GOOD.index("[[score]]")], 1, "score: is empty"),
    "no name": (edited('name = "mine"\n', ""), 1, "name: is missing"),
    "empty name": (edited('"mine"', '""'), 1, "at least 1 character"),
    "alert set missing": (
        edited('column = "logp"\nmin = -1\nmax = 5', 'column = "chembl_bms_alerts"\nmax = 0'),
        9,
        "its set 'chembl_bms' is not in compute.alert_sets",
    ),
    "unknown alert set": (GOOD + '[compute]\n\nalert_sets = [\n  "pains",\n  "panes"\n]\n', 28, "no alert set 'panes'"),
    "alert set twice": (GOOD + '[compute]\nalert_sets = ["nih", "nih"]\n', 27, "named twice"),
    "depth below 0": (GOOD + "[admet]\ndepth = -1\n", 27, "greater than or equal to 0"),
    "depth is no integer": (GOOD + "[admet]\ndepth = 10.5\n", 27, "valid integer"),
    "pool too large": (GOOD + "[selection]\npool = 50000\n", 27, "less than or equal to 5000"),
    "table for a list": (GOOD + "[[admet]]\ndepth = 1\n", 26, "a table is wanted"),
    "list for a table": (GOOD.replace("[[filter]]\ncolumn = \"logp\"", "[x]\ncolumn = \"logp\""), 8, "no such entry"),
    "equals of a number": (edited("max = 140", "equals = 1"), 6, "true, false or a text"),
    "equals true of a number": (edited("max = 140", "equals = true"), 6, "tpsa takes min and max"),
    "equals text of a number": (edited("max = 140", 'equals = "140"'), 6, "tpsa takes min and max"),
    "equals text of a yes or no": (
        edited('column = "tpsa"\nmax = 140', 'column = "lipinski"\nequals = "yes"'), 6, "takes equals = true or false",
    ),
    "limit of a yes or no": (
        edited('column = "tpsa"\nmax = 140', 'column = "lipinski"\nmax = 1'), 6, "takes equals = true or false",
    ),
    "limit of a text": (
        edited('column = "tpsa"\nmax = 140', 'column = "scaffold"\nmin = 1'), 6, 'takes equals = "..."',
    ),
    "broken TOML": (edited("max = 140", "max = "), 6, "not valid TOML: Invalid value"),
    "unquoted text": (edited('column = "logp"', "column = logp"), 9, "not valid TOML"),
    "an entry twice": (edited("max = 140", "max = 140\nmax = 150"), 7, "not valid TOML: Cannot overwrite a value"),
    "an open bracket": (GOOD + "[admet\n", 26, "not valid TOML"),
    "ends in a list": (GOOD + "[compute]\nalert_sets = [\n", 27, "not valid TOML"),
    "a huge number": (edited("max = 140", "max = " + "9" * 5000), 25, "not valid TOML"),
    "first of several, in the order of the file": (
        edited('column = "qed"', 'column = "x"').replace("max = 140", 'max = "a"'), 6, "(1 more after it)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_file_and_line(mistake: str, tmp_path: Path) -> None:
    text, line, message = MISTAKES[mistake]
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load_profile(file)
    assert caught.value.where == f"{file}, line {line}"
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code is ExitCode.USAGE


def test_the_good_text_is_good_with_crlf_a_byte_order_mark_and_capitals(tmp_path: Path) -> None:
    file = tmp_path / "MINE.TOML"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_profile(file) == parse_profile(GOOD)
    file.write_bytes(GOOD.replace("\n", "\r\n").replace("max = 5", "max = -5").encode())
    with pytest.raises(ProfileError) as caught:
        load_profile(str(file))
    assert caught.value.where == f"{file}, line 10"


def test_inline_tables_and_dotted_keys_are_the_same_profile() -> None:
    scores = GOOD[GOOD.index("[[score]]") :]
    inline = (
        'name = "mine"\nfilter = [\n  { column = "tpsa", max = 140 },\n'
        '  { column = "logp", min = -1, max = 5 }, # second\n]\nadmet.depth = 1000\n'
    )
    assert parse_profile(inline + scores) == parse_profile(GOOD)
    with pytest.raises(ProfileError) as caught:
        parse_profile(inline.replace("depth = 1000", "depth = -1") + scores)
    assert caught.value.where == "profile, line 6"
    with pytest.raises(ProfileError, match="filter number 2") as caught:
        parse_profile(inline.replace("max = 5", "max = -5") + scores)
    assert caught.value.where == "profile, line 2"  # where the list begins


def test_unknown_names_and_files(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no profile 'orall'") as caught:
        load_profile("orall")
    assert "oral" in str(caught.value.hint)
    with pytest.raises(ProfileError, match="does not exist") as caught:
        load_profile(tmp_path / "none.toml")
    assert caught.value.where == str(tmp_path / "none.toml")
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    with pytest.raises(ProfileError, match="cannot be read: Is a directory"):
        load_profile(folder)


def test_a_binary_file_names_the_line_of_the_first_bad_byte(tmp_path: Path) -> None:
    file = tmp_path / "binary.toml"
    file.write_bytes(b'name = "x"\n\n\xff\xfe\x00\x01')
    with pytest.raises(ProfileError, match="not UTF-8") as caught:
        load_profile(file)
    assert caught.value.where == f"{file}, line 3"
    file.write_bytes(b"\x00\x01\x02")
    with pytest.raises(ProfileError, match="not valid TOML") as caught:
        load_profile(file)
    assert caught.value.where == f"{file}, line 1"
    file.write_bytes(b"a = 1\n" * 200_000)
    with pytest.raises(ProfileError, match="too long"):
        load_profile(file)


def test_a_file_in_the_folder_does_not_hide_a_built_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "oral").write_text("nonsense", encoding="utf-8")
    assert load_profile("oral").name == "oral"


def test_columns_are_early_or_late_and_say_what_they_need() -> None:
    oral = load_profile("oral")
    assert oral.needs_admet
    assert not oral.needs_reference
    assert not oral.needs_activity
    assert oral.is_late("hERG")
    assert oral.is_late("nearest_approved_similarity")
    assert not oral.is_late("qed")
    plain = oral.without_admet()
    assert not plain.needs_admet
    assert plain.admet.depth == 0
    assert [s.column for s in plain.score] == ["qed", "logp", "tpsa", "sa_score", "brenk_alerts"]
    assert oral.columns[:2] == ("molecular_weight", "logp")
    assert len(set(oral.columns)) == len(oral.columns)
    measured = parse_profile(GOOD.replace('column = "qed"', 'column = "lle"'))
    assert measured.needs_activity
    assert parse_profile(GOOD.replace('column = "qed"', 'column = "reference_similarity"')).needs_reference


def test_a_profile_of_predictions_alone_cannot_do_without_them() -> None:
    only = parse_profile('name = "p"\n[[score]]\ncolumn = "hERG"\nshape = "lower"\nlow = 0\nhigh = 1\n')
    with pytest.raises(ProfileError, match="nothing but predicted columns"):
        only.without_admet()


def test_limits_and_functions_in_words() -> None:
    assert Filter(column="molecular_weight", min=150, max=550).text() == "Molecular weight (average) 150 to 550 Da"
    assert Filter(column="tpsa", max=140).text() == "TPSA at most 140 Å²"
    assert Filter(column="qed", min=0.5).text() == "QED at least 0.5"
    assert Filter(column="lipinski", equals=True).text() == "Lipinski: yes"
    assert Filter(column="lipinski", equals=False).text() == "Lipinski: no"
    assert Filter(column="scaffold", equals="c1ccccc1").text() == "Murcko scaffold: c1ccccc1"
    assert Desirability(column="qed", shape=Shape.HIGHER, low=0.3, high=0.8).text() == "0 at 0.3, 1 from 0.8"
    assert Desirability(column="tpsa", shape=Shape.LOWER, low=90, high=140).text() == "1 up to 90, 0 from 140 Å²"
    wide = Desirability(column="logp", shape=Shape.RANGE, low=-1, ideal_low=1, ideal_high=3, high=5)
    assert wide.text() == "0 at -1, 1 from 1 to 3, 0 at 5"


def test_deep_nesting_is_an_error_of_the_file() -> None:
    with pytest.raises(ProfileError, match="not valid TOML"):
        parse_profile("a = " + "[" * 100_000)


def test_the_limit_of_length_leaves_room_for_the_longest_built_in() -> None:
    assert max(len(p.read_bytes()) for p in built_in().values()) * 100 < module.MAX_CHARACTERS
