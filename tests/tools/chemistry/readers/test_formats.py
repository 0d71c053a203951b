"""What a chemist's files look like, and what is read from them: formats, headers, roles, ids and tags."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem

from benchside.tools.chemistry.readers import Library, ReadOptions, read_library
from benchside.tools.chemistry.records import InputRecord
from benchside.tools.chemistry.structures import standardise_many
from benchside.workspaces.errors import InputError

Write = Callable[[str, str], Path]
ETHANOL = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
ALANINE_V3000 = Chem.MolToV3KMolBlock(Chem.MolFromSmiles("C[C@H](N)C(=O)O"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writer(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return writer


def opened(path: Path, **options: object) -> tuple[Library, list[InputRecord]]:
    library = read_library(path, options=ReadOptions(**options))  # type: ignore[arg-type]
    return library, list(library)


def pairs(records: list[InputRecord]) -> list[tuple[str, str]]:
    return [(record.compound_id, record.structure) for record in records]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("space.smi", "CCO a\nCCN b\n"),
        ("header.smi", "smiles id\nCCO a\nCCN b\n"),
        ("hash.smi", "#SMILES\tID\nCCO\ta\nCCN\tb\n"),
        ("tab.smi", "CCO\ta\nCCN\tb\n"),
        ("comma.smi", "CCO,a\nCCN,b\n"),
        ("id_first.smi", "a CCO\nb CCN\n"),
        ("table.txt", "SMILES,ID\nCCO,a\nCCN,b\n"),
        ("list.txt", "CCO a\nCCN b\n"),
        ("comma.csv", "smiles,id\nCCO,a\nCCN,b\n"),
        ("semicolon.csv", "id;smiles;IC50 (nM)\na;CCO;3,4\nb;CCN;5,6\n"),
        ("tab.tsv", "id\tCanonical_SMILES\na\tCCO\nb\tCCN\n"),
        ("tab.csv", "id\tSMILES\na\tCCO\nb\tCCN\n"),
        ("space.csv", "smiles id\nCCO a\nCCN b\n"),
        ("no_header.csv", "a,CCO\nb,CCN\n"),
        ("comments.csv", "# exported\n# twice\nsmiles,id\nCCO,a\nCCN,b\n"),
        ("quoted.csv", '"id","smiles","note"\n"a","CCO","two\nlines, and ""more"""\n"b","CCN",""\n'),
        ("chembl.csv", '"Molecule ChEMBL ID";"Molecule Name";"Smiles"\n"a";"x";"CCO"\n"b";"y";"CCN"\n'),
        ("pictures.csv", "structure,my smi,id\n1.png,CCO,a\n2.png,CCN,b\n"),
    ],
)
def test_the_same_two_compounds(write: Write, name: str, text: str) -> None:
    path = write(name, text)
    assert pairs(opened(path)[1]) == [("a", "CCO"), ("b", "CCN")]
    packed = path.with_name(name + ".gz")
    packed.write_bytes(gzip.compress(text.encode()))
    library, records = opened(packed)
    assert pairs(records) == [("a", "CCO"), ("b", "CCN")]
    assert library.name == name.partition(".")[0]


def test_names_with_spaces_extensions_and_further_columns(write: Write) -> None:
    _, records = opened(write("a.smi", "CCO ethyl alcohol\nCCO |$a;b;c$| x\n"))
    assert pairs(records) == [("ethyl alcohol", "CCO"), ("x", "CCO |$a;b;c$|")]
    _, records = opened(write("b.smi", "smiles id dose\nCCO a 5\nCCN b\n"))
    assert [record.tags for record in records] == [{"dose": "5"}, {"dose": ""}]


def test_roles_tags_and_line_numbers(write: Write) -> None:
    text = 'Compound Name,ID,smiles,IC50 (nM),note\naspirin,7,CCO,>10,"a\nb"\n,,CCN,5,\n'
    library, records = opened(write("roles.csv", text))
    assert {role: (found.column, found.how) for role, found in library.roles.items()} == {
        "structure": ("smiles", "header"),
        "id": ("ID", "header"),
        "name": ("Compound Name", "header"),
        "activity": ("IC50 (nM)", "header"),
    }
    assert records[0].tags == {"Compound Name": "aspirin", "IC50 (nM)": ">10", "note": "a\nb"}
    assert [(record.line, record.compound_id) for record in records] == [(2, "7"), (4, "row-2")]


def test_told_columns_win(write: Write) -> None:
    path = write("told.csv", "smiles,parent,key\nCCO,CCN,k1\n")
    library, records = opened(path, structure_column="PARENT", id_column="3")
    assert pairs(records) == [("k1", "CCN")]
    assert library.roles["structure"].how == "told"


def test_isomeric_smiles_come_first_and_are_noted(write: Write) -> None:
    library, records = opened(write("two.csv", "canonical_smiles,isomeric_smiles\nCC(N)C(=O)O,C[C@H](N)C(=O)O\n"))
    assert records[0].structure == "C[C@H](N)C(=O)O"
    assert "Several columns hold structures" in library.notes[0]


def test_ragged_rows(write: Write) -> None:
    _, records = opened(write("a.csv", "id,smiles,n\n1,CCO,x\n2\n3,CCN,y,z\n4,CCC\n5,CCF,y,,\n"))
    assert [record.problem and record.problem.code for record in records] == [
        None,
        "no_structure_text",
        "ragged_row",
        None,
        None,
    ]
    assert records[2].tags["column_4"] == "z"
    library, records = opened(write("b.csv", "smiles,id\nCCN,3,z\n"))
    assert records[0].problem is None
    assert any("more cells" in note for note in library.notes)


def test_a_first_structure_that_is_wrong_is_no_header(write: Write) -> None:
    _, records = opened(write("a.csv", "c1ccc,bad\nCCO,x\nCCN,y\n"))
    assert [record.structure for record in records] == ["c1ccc", "CCO", "CCN"]


def test_inchi_and_mol_blocks_in_cells(write: Write) -> None:
    _, records = opened(write("a.csv", 'id,structure\n1,CCO\n2,"InChI=1S/CH4/h1H4"\n'))
    assert [record.format for record in records] == ["smiles", "inchi"]
    _, records = opened(write("b.csv", f'id,mol\n1,"{ETHANOL}"\n2,"{ALANINE_V3000}"\n'))
    assert [record.format for record in records] == ["molblock", "molblock"]
    assert [result.smiles for result in standardise_many(records)] == ["CCO", "C[C@H](N)C(=O)O"]


def test_names(write: Write) -> None:
    for name in ("drugs.names", "drugs.txt"):
        _, records = opened(write(name, "aspirin\nvalproic acid\n"))
        assert pairs(records) == [("aspirin", "aspirin"), ("valproic acid", "valproic acid")]
        assert {record.format for record in records} == {"name"}
    path = write("drugs.csv", "name,dose\naspirin,1\nimatinib,2\n")
    with pytest.raises(InputError, match="No column holds structures"):
        read_library(path)
    assert {record.format for record in opened(path, structure_column="name")[1]} == {"name"}


def test_an_sd_file(write: Write) -> None:
    text = (
        f"eth{ETHANOL}>  <ID>  (1)\nA1\n\n> <multi>\nline 1\nline 2\n\n> <empty>\n\n$$$$\n"
        f"ala{ALANINE_V3000}> <ID>\nA2\n\n> <ID>\nagain\n\n> <IC50 (nM)>\n12\n\n$$$$\n"
        "rubbish\n$$$$\n"
        f"{ETHANOL}$$$$\n"
        f"{ETHANOL}> <ID>\nA5\n"
    )
    library, records = opened(write("a.sdf", text))
    assert library.columns == ("ID", "multi", "empty", "ID_2", "IC50 (nM)")
    assert library.roles["activity"].column == "IC50 (nM)"
    assert [record.compound_id for record in records] == ["eth", "ala", "rubbish", "row-4", "row-5"]
    assert records[0].tags == {"ID": "A1", "multi": "line 1\nline 2", "empty": ""}
    assert records[1].tags["ID_2"] == "again"
    results = standardise_many(records)
    assert [result.smiles for result in results] == ["CCO", "C[C@H](N)C(=O)O", "", "CCO", ""]
    assert [result.problem and result.problem.code for result in results] == [
        None,
        None,
        "bad_molblock",
        None,
        "truncated_file",
    ]
    assert records[1].line == text[: text.index("ala")].count("\n") + 1
    _, by_tag = opened(write("a.sdf", text), id_column="ID")
    assert [record.compound_id for record in by_tag[:2]] == ["A1", "A2"]
    assert "ID" not in by_tag[0].tags


def test_ids_from_a_tag_where_titles_are_blank(write: Write) -> None:
    text = "".join(f"{ETHANOL}> <Catalog ID>\nZ{number}\n\n$$$$\n" for number in range(3))
    assert [record.compound_id for record in opened(write("a.sdf", text))[1]] == ["Z0", "Z1", "Z2"]


def test_a_single_mol_file(write: Write) -> None:
    _, records = opened(write("a.mol", ETHANOL))
    assert [record.problem for record in records] == [None]


def test_frames_parquet_and_lists(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"cid": [1.0, None, 3.0], "SMILES": ["CCO", None, Chem.MolFromSmiles("CCN")], "x": [0.5, 2.0, None]}
    )
    records = list(read_library(frame))
    assert pairs(records) == [("1", "CCO"), ("row-2", ""), ("3", "CCN")]
    assert records[1].problem is not None
    assert records[1].problem.code == "no_structure_text"
    assert [record.tags["x"] for record in records] == ["0.5", "2", ""]

    frame["SMILES"] = ["CCO", None, "CCN"]
    frame.to_parquet(tmp_path / "a.parquet")
    assert pairs(list(read_library(tmp_path / "a.parquet"))) == pairs(records)

    indexed = pd.DataFrame({"smiles": ["CCO", "CCN"]}, index=pd.Index(["a", "b"], name="compound_id"))
    assert pairs(list(read_library(indexed))) == [("a", "CCO"), ("b", "CCN")]
    assert pairs(list(read_library(["CCO", ""]))) == [("row-1", "CCO"), ("row-2", "")]
    for nothing in (frame.iloc[:0], []):
        with pytest.raises(InputError):
            read_library(nothing)


def test_real_libraries_without_a_reject(shared: Path) -> None:
    library = read_library(shared / "data" / "Enamine50k.csv.gz")
    assert library.name == "Enamine50k"
    assert sum(1 for record in library if record.problem is None) == 50_240
    library = read_library(shared / "data" / "B3DB_classification.tsv")
    assert library.roles["structure"].column == "SMILES"
    assert library.roles["name"].column == "compound_name"
    assert sum(1 for record in library if record.problem is None) == 7_807
