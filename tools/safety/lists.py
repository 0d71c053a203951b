"""The lists that the gate knows, and what one match with them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LISTS = {
    "CWC": "Chemical Weapons Convention, Annex on Chemicals",
    "Australia Group": "Australia Group, Chemical Weapons Precursors",
    "UN 1961": "Single Convention on Narcotic Drugs, 1961",
    "UN 1971": "Convention on Psychotropic Substances, 1971",
    "UN 1988": "Convention against Illicit Traffic in Narcotic Drugs and Psychotropic Substances, 1988",
    "US CSA": "United States Controlled Substances Act, schedules in 21 CFR 1308",
    "UK MDA": "Misuse of Drugs Act 1971 (United Kingdom), Schedule 2, generic definitions",
    "Explosives": "Explosives and energetic materials",
}
"""Short name of a list, as tables and pattern files write it, and its title."""

How = Literal["structure", "stereo", "class", "name", "similar", "energetic", "excluded"]
"""How an item was recognised: by its key; by its key without stereochemistry, where the listed stereochemistry is
another; by a class pattern; by a name or CAS number alone; by similarity; by composition and groups; or as something
that a list expressly leaves out."""


UNKNOWN = "not found"
"""Rule of a text that is no name, number or structure that is known here."""

UNREADABLE = "unreadable"
"""Rule of a structure that cannot be judged."""


@dataclass(frozen=True, slots=True)
class Match:
    """One reason to look at a structure.

    Attributes:
        rule: stable id, such as `cwc-1a01` or `UN 1971 Schedule II: name`.
        list, category: which list, and where in it.
        title: the item or class, for a person.
        how: by what it was recognised.
        source, edition, date: of the list.
        atoms: matched atoms, as indices into the molecule that was given; empty where the whole structure is meant.
        detail: what else a person should know; "" if nothing.
        attention: wider than what the list says: at most a note.
    """

    rule: str
    list: str
    category: str
    title: str
    how: How
    source: str
    edition: str
    date: str
    atoms: tuple[int, ...] = ()
    detail: str = ""
    attention: bool = False
