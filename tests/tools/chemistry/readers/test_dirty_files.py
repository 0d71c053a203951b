"""Dirty files: every row comes out once, in order, as a record or as a reject with its reason."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
from rdkit import Chem

from benchside.tools.chemistry.readers import ReadOptions, read_library
from benchside.tools.chemistry.records import PROBLEM_CODES, InputRecord
from benchside.tools.chemistry.structures import standardise_many
from benchside.workspaces.errors import InputError, NotFoundError, UsageError

Write = Callable[[str, bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writer(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return writer


def read(path: Path, **options: object) -> list[InputRecord]:
    library = read_library(path, options=ReadOptions(**options))  # type: ignore[arg-type]
    records = list(library)
    assert [record.row for record in records] == list(range(1, len(records) + 1))
    assert records == list(library), "reading again must give the same"
    return records


def codes(records: list[InputRecord]) -> list[str]:
    """The problem of each row after standardisation, "" for a compound."""
    found = [result.problem.code if result.problem else "" for result in standardise_many(records)]
    assert set(found) <= {"", *PROBLEM_CODES}
    return found


def test_every_kind_of_dirt_in_one_smiles_file(write: Write) -> None:
    peptide = "N[C@@H](C)C(=O)" * 60 + "O"
    assert Chem.MolFromSmiles(peptide).GetNumHeavyAtoms() == 301
    rows = [
        ("CCO", "ethanol", ""),
        ("c1ccc", "bad-ring", "unparseable_smiles"),
        ("", "", "empty"),
        ("CC(=O)Oc1ccccc1C(=O)O.Cn1cnc2c1c(=O)n(C)c(=O)n2C", "mixture", ""),
        ("[Fe]", "iron", "no_organic_part"),
        ("[Na+].[Cl-]", "salt", "no_organic_part"),
        (peptide, "peptide", ""),
        ("CCO", "ethanol", ""),
        ("C" * 10_000, "long", "too_long"),
        ("C" * 1_200, "large", "too_large"),
        ("# a comment", "", "comment_line"),
        ("*CC", "r-group", "query_structure"),
        ("CCO>>CC=O", "reaction", "reaction"),
        ("C\x00C", "nul", "unparseable_smiles"),
        ("C[Hg]Cl", "organometallic", ""),
        ("CN", "last", ""),
    ]
    data = "\n".join(f"{smiles} {name}".strip() for smiles, name, _ in rows) + "\n"
    records = read(write("dirty.smi", data.encode()))
    assert codes(records) == [code for _, _, code in rows]
    assert [r.compound_id for r in records if r.problem is None] == [n for s, n, _ in rows if n and len(s) < 5_000]
    assert records[2].compound_id == "row-3"
    assert records[8].text == "C" * 500
    assert [record.line for record in records] == list(range(1, 17))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_line_ends_and_the_last_line(write: Write, end: str, last: str) -> None:
    data = end.join(["CCO a", "", "CCN b"]) + (end if last else "")
    records = read(write("ends.smi", data.encode()))
    assert [(r.structure, r.compound_id) for r in records] == [("CCO", "a"), ("", "row-2"), ("CCN", "b")]


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("cp1252", b""),
        ("latin-1", b""),
        ("utf-32-le", codecs.BOM_UTF32_LE),
    ],
)
def test_encodings(write: Write, encoding: str, bom: bytes) -> None:
    text = "smiles,name,IC50 (µM)\nCCO,Éthanol,1\nCCN,naïve amine,2\n"
    path = write("encoded.csv", bom + text.encode(encoding))
    records = read(path)
    assert [record.tags["name"] for record in records] == ["Éthanol", "naïve amine"]
    library = read_library(path)
    assert library.roles["activity"].column == "IC50 (µM)"
    if not bom and encoding != "utf-8":
        assert any("assumed" in note for note in library.notes)


def test_bytes_that_are_not_utf8(write: Write) -> None:
    good = "smiles,name\n" + "CCO,Éthanol\n" * 3
    path = write("bad.csv", good.encode() + b"CC\xffO,odd\nCCC,caf\xe9\nCCN,fine\n")
    library = read_library(path)
    records = list(library)
    assert codes(records) == ["", "", "", "bad_encoding", "", ""]
    assert records[3].text == r"CC\xffO"
    assert records[4].tags["name"] == "café"
    assert any("Row 4" in note and "Windows-1252" in note for note in library.notes)


def test_encoding_first_seen_far_into_the_file(write: Write) -> None:
    data = b"smiles,name\n" + b"CCO,ethanol\n" * 40_000 + "CCN,é\n".encode("cp1252")
    path = write("late.csv", data)
    assert read_library(path).encoding == "cp1252"
    assert read(path)[-1].tags["name"] == "é"


def test_a_truncated_gzip_gives_all_rows_before_the_break(write: Write) -> None:
    lines = [f"CC{'C' * (number % 9)}O id-{number}" for number in range(5_000)]
    whole = gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0)
    records = read(write("cut.smi.gz", whole[: len(whole) * 2 // 3]))
    *good, last = records
    assert len(good) > 100
    assert [f"{r.structure} {r.compound_id}" for r in good] == lines[: len(good)]
    assert last.problem is not None
    assert last.problem.code == "truncated_file"
    assert f"row {len(good) + 1}" in last.problem.message
    assert lines[len(good)].startswith(last.text)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_members_and_damage(write: Write, pack: Callable[[bytes], bytes]) -> None:
    suffix = {gzip.compress: "gz", bz2.compress: "bz2", lzma.compress: "xz"}[pack]  # type: ignore[index]
    both = pack(b"CCO a\n") + pack(b"CCN b\n")
    assert [r.structure for r in read(write(f"two.smi.{suffix}", both))] == ["CCO", "CCN"]
    damaged = read(write(f"damaged.smi.{suffix}", pack(b"CCO a\n" * 3) + b"rubbish after the end"))
    assert codes(damaged) == ["", "", "", "truncated_file"]
    with pytest.raises(InputError, match="not"):
        read_library(write(f"plain.smi.{suffix}", b"CCO a\n"))


def test_every_cut_of_a_small_gzip_is_accounted_for(write: Write) -> None:
    whole = gzip.compress(b"smiles,id\nCCO,a\nCCN,b\n", mtime=0)
    for size in range(3, len(whole)):
        path = write("cut.csv.gz", whole[:size])
        try:
            records = read(path)
        except InputError:
            continue
        assert records[-1].problem is not None
        assert records[-1].problem.code == "truncated_file"
        assert [r.structure for r in records[:-1]] == ["CCO", "CCN"][: len(records) - 1]


def test_a_table_without_structures_says_what_was_looked_for(write: Write) -> None:
    path = write("none.csv", b"batch,weight\n17,3.4\n18,5.6\n")
    with pytest.raises(InputError) as caught:
        read_library(path)
    error = caught.value
    assert error.code == "input_no_structure_column"
    assert "'batch', 'weight'" in str(error)
    assert "canonical_smiles" in str(error)
    assert "--structure-column" in str(error)
    assert error.where == str(path)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.smi", b""),
        ("empty.csv.gz", gzip.compress(b"", mtime=0)),
        ("blank.smi", b"\n\n  \n"),
        ("header.csv", b"smiles,id\n"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200)),
        ("book.csv", b"PK\x03\x04" + bytes(range(256))),
        ("binary.smi", bytes(range(256)) * 64),
        ("zeros.smi", bytes(100_000)),
        ("prose.md", b"This is no library at all.\nNot one line of it.\n"),
        ("cut.parquet", b"PAR1" + b"\x15\x04" * 50),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unusable_files(write: Write, name: str, data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_library(write(name, data))
    assert caught.value.hint


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_library(tmp_path / "missing.smi")
    with pytest.raises(InputError, match="folder"):
        read_library(tmp_path)


def test_one_line_without_an_end(write: Write) -> None:
    records = read(write("endless.smi", b"CCO a\n" + b"C" * 3_000_000 + b" x\nCCN b"))
    assert codes(records) == ["", "too_long", ""]
    assert records[2].line == 3
    records = read(write("endless.csv", b"smiles,id\nCCO,a\n" + b"C" * 3_000_000 + b",x\nCCN,b"))
    assert codes(records) == ["", "too_long", ""]


def test_a_quote_that_never_closes_costs_one_row(write: Write) -> None:
    rows = ["CCO,a", '"CCN,b', *[f"{'C' * (n % 30 + 1)},x{n}" for n in range(6_000)]]
    records = read(write("quote.csv", ("smiles,id\n" + "\n".join(rows) + "\n").encode()))
    assert len(records) == len(rows)
    assert [r.row for r in records if r.problem] == [2]
    assert records[1].problem is not None
    assert records[1].problem.code == "unclosed_quote"
    assert records[-1].compound_id == "x5999"


def test_many_quotes_that_never_close_end_soon(write: Write) -> None:
    body = 'CCO","\n' * 20_000
    assert len(read(write("quotes.csv", f"smiles,id\n{body}".encode()))) == 20_000


def test_wrong_options(write: Write) -> None:
    path = write("good.csv", b"smiles,id\nCCO,a\n")
    with pytest.raises(UsageError, match="Did you mean 'smiles'"):
        read_library(path, options=ReadOptions(structure_column="smile"))
    with pytest.raises(UsageError, match="encoding"):
        read_library(path, options=ReadOptions(encoding="klingon"))
    with pytest.raises(UsageError, match="delimiter"):
        read_library(path, options=ReadOptions(delimiter="ab"))
