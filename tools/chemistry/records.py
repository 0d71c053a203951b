"""What a compound library is made of: one record per input row, and why a row is a reject."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

StructureFormat = Literal["smiles", "molblock", "inchi", "name"]

MAX_TEXT = 500
"""Characters of the original structure text that are kept for the rejects file."""

MAX_STRUCTURE_CHARS = 5_000
"""Longest SMILES, InChI or name that is read. A peptide of 300 heavy atoms needs about 800 characters."""

MAX_MOLBLOCK_CHARS = 500_000
"""Longest mol block that is read; 1,000 atoms with their bonds need about 90,000 characters."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is a reject.

    Attributes:
        code: stable and snake_case, such as `unparseable_smiles`; the codes are listed in `PROBLEM_CODES`.
        message: what is wrong, for a person.
    """

    code: str
    message: str


PROBLEM_CODES = {
    "ambiguous_name": "a name that stands for several compounds",
    "bad_encoding": "the structure holds bytes that the file's encoding does not have",
    "bad_molblock": "the mol block cannot be read",
    "calculation_failed": "a calculation raised an error on this structure",
    "comment_line": "a line that starts with # and is no structure",
    "empty": "an empty line, row or record",
    "no_inchikey": "the InChI software gives no key for the structure",
    "no_organic_part": "nothing with carbon is left: a lone metal, an inorganic salt, a gas",
    "no_structure_text": "the row has no text where its structure should be",
    "query_structure": "a query, an R-group or a dummy atom: a pattern, not one compound",
    "ragged_row": "more cells than the header, so that the structure's cell is uncertain",
    "reaction": "a reaction, not a compound",
    "standardisation_failed": "the structure reads, but the standardised form is not valid",
    "timeout": "the calculation took too long and was stopped",
    "too_large": "more heavy atoms than the limit",
    "too_long": "more text than the limit",
    "truncated_file": "the file ends, or is damaged, in the middle of a row",
    "unclosed_quote": "a quotation mark opens and never closes",
    "unparseable_inchi": "the InChI cannot be read",
    "unknown_name": "a name that the offline tables do not know",
    "unparseable_smiles": "the SMILES cannot be read",
    "unresolved_name": "a name that has not been turned into a structure yet",
    "worker_crash": "the chemistry library crashed on this structure",
}
"""Every code that the readers and the standardiser give, with its meaning."""


@dataclass(frozen=True, slots=True)
class InputRecord:
    """One input row, exactly as given; row numbers have no gaps and no repeats.

    Attributes:
        row: 1-based number of the data row or record; a header is not counted.
        line: 1-based line of the text file on which the row starts; None where the source has no lines.
        compound_id: as given, not necessarily unique; `row-17` where none was given.
        structure: SMILES, mol block, InChI or name, as given; "" if there is none.
        format: what `structure` is.
        text: the original text of the structure (or of the whole row, where no structure was found in it), cut
            to `MAX_TEXT` characters.
        tags: every other input column or SD tag, as text, in input order.
        problem: set where the reader already knows that the row is a reject.
    """

    row: int
    line: int | None
    compound_id: str
    structure: str
    format: StructureFormat = "smiles"
    text: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    problem: Problem | None = None
