"""The line of an entry, whatever stands around it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchside.tools.screening.toml_lines import line_of

TEXT = '''# a comment with [[filter]] and min = 3

name = "x [[filter]]"
text = """
[[filter]]
min = 7
"""

[compute]   # the table
alert_sets = [
    "pains",

    # a comment inside
    "brenk",
]

[[filter]]
column = "tpsa"

  max = 3

[[ filter ]]
min = 1
point.x = 5
inline = { min = 2, max = 3 }
[filter.deep]
key = 1
'''


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ((), 1),
        (("name",), 3),
        (("text",), 4),
        (("compute",), 9),
        (("compute", "alert_sets"), 10),
        (("compute", "alert_sets", 1), 10),
        (("filter",), 17),
        (("filter", 0), 17),
        (("filter", 0, "column"), 18),
        (("filter", 0, "max"), 20),
        (("filter", 0, "missing"), 17),
        (("filter", 1), 22),
        (("filter", 1, "min"), 23),
        (("filter", 1, "point", "x"), 24),
        (("filter", 1, "inline"), 25),
        (("filter", 1, "inline", "max"), 25),
        (("filter", 1, "deep"), 26),
        (("filter", 1, "deep", "key"), 27),
        (("filter", 7), 17),
        (("nothing", "here"), 1),
    ],
)
def test_the_line_of(location: tuple[int | str, ...], line: int) -> None:
    assert line_of(TEXT, location) == line
    assert line_of(TEXT.replace("\n", "\r\n"), location) == line


def test_a_form_feed_or_line_separator_in_a_string_is_no_line() -> None:
    assert line_of('a = "x\u2028y"\nb = 1\n', ("b",)) == 2


STATEMENT = st.sampled_from(
    ["", "# note", "  ", "k{n} = 1", "k{n} = [\n 1,\n\n 2 ]", 'k{n} = """\n\nk0 = 1\n"""', "[t{n}]"]
)


@given(st.lists(STATEMENT, max_size=25))
def test_every_key_is_found_where_it_was_written(statements: list[str]) -> None:
    table: tuple[str, ...] = ()
    text, expected = "", {}
    for n, statement in enumerate(statements):
        written = statement.format(n=n)
        line = text.count("\n") + 1
        if written.startswith("["):
            table = (f"t{n}",)
            expected[table] = line
        elif written.startswith("k"):
            expected[(*table, f"k{n}")] = line
        text += written + "\n"
    tomllib.loads(text)
    assert {location: line_of(text, location) for location in expected} == expected
