"""The controlled terminology of USDM: which attribute takes codes of which list, and the terms of the lists.

Sources: CDISC DDF controlled terminology of USDM v4.0 (the lists C1887xx to C2176xx), and, for lists that USDM refers
to in the SDTM and protocol terminologies of CDISC, those terms that are in common use. The latter are not whole lists:
a code that they have must have their word, and a code that they do not have is not judged. C207646 is the code that
later releases of the list C207419 have for the acronym, which v4.0 has as C94108.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

CDISC = "http://www.cdisc.org"


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of codes.

    Attributes:
        code: of the list itself.
        extensible: whether a sponsor may add terms; known of whole lists only.
        whole: whether all its terms are here.
        terms: code to preferred term.
        synonyms: code to other words that the list has for it.
    """

    code: str
    extensible: bool
    whole: bool
    terms: Mapping[str, str]
    synonyms: Mapping[str, tuple[str, ...]]

    def says(self, code: str, word: str) -> bool:
        """Whether a word is one of those for a code, whatever its case."""
        known = (self.terms.get(code, ""), *self.synonyms.get(code, ()))
        return word.strip().casefold() in {k.casefold() for k in known}


@dataclass(frozen=True, slots=True)
class Concept:
    """The NCI concept of a class or of an attribute, and the list that its codes come from ("" for none)."""

    code: str
    term: str
    codelist: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    table = resources.files("benchside.tools.trials.usdm") / "tables" / name
    yield from csv.DictReader(table.read_text(encoding="utf-8").splitlines())


@cache
def concepts() -> Mapping[tuple[str, str], Concept]:
    """Concepts by class and attribute; of the class itself by class and ""."""
    return {
        (r["class"], r["attribute"]): Concept(r["concept"], r["term"], r["codelist"]) for r in _rows("concepts.csv")
    }


@cache
def codelists() -> Mapping[str, CodeList]:
    """The lists by their codes."""
    found: dict[str, CodeList] = {}
    for name, whole in (("codelists.csv", True), ("other-codelists.csv", False)):
        terms: dict[str, dict[str, str]] = {}
        synonyms: dict[str, dict[str, tuple[str, ...]]] = {}
        extensible: dict[str, bool] = {}
        for row in _rows(name):
            terms.setdefault(row["codelist"], {})[row["code"]] = row["term"]
            others = tuple(s.strip() for s in row["synonyms"].split(";") if s.strip())
            synonyms.setdefault(row["codelist"], {})[row["code"]] = others
            extensible[row["codelist"]] = row["extensible"] == "yes"
        found |= {code: CodeList(code, extensible[code], whole, t, synonyms[code]) for code, t in terms.items()}
    return found


def codelist_of(kind: str, attribute: str) -> CodeList | None:
    """The list that the codes of an attribute come from, if it is one of those here."""
    concept = concepts().get((kind, attribute))
    return codelists().get(concept.codelist) if concept is not None else None
