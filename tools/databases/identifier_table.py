"""The offline table of names, CAS numbers and structures that the `chemicals` package ships (MIT, from PubChem).

About 76,000 compounds and 900,000 names. The files are searched where they lie, without an index: a name takes about
20 ms and no memory, where the package's own loader takes a second and 230 MB, and keeps one compound a name without
saying that there were others. Most structures of the table have no stereochemistry.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from benchside.workspaces.errors import StorageError

# curated files come first: the package itself lets them override the large one
_CURATED = (
    "Inorganic db.tsv",
    "Anion db.tsv",
    "Cation db.tsv",
    "chemical identifiers example user db.tsv",
    "chemical identifiers pubchem small.tsv",
)
_LARGE = "chemical identifiers pubchem large.tsv"
_FIRST_NAME_COLUMN = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """One compound of the table.

    Attributes:
        cid: PubChem CID, or None where the table has none.
        smiles: mostly without stereochemistry.
        names: IUPAC name, common name, synonyms; the first two are the primary ones.
        curated: from one of the small files that people looked over.
    """

    cid: int | None
    cas: str
    smiles: str
    inchikey: str
    names: tuple[str, ...]
    curated: bool

    @property
    def common_name(self) -> str:
        """The name that the table itself uses."""
        return self.names[1]

    def is_primary(self, name: str) -> bool:
        """Whether the name is its IUPAC or common name rather than a synonym."""
        return name.lower() in {n.lower() for n in self.names[:2]}


def table_version() -> str:
    """The package and its version, for provenance."""
    return f"chemicals {version('chemicals')}"


def find_by_name(name: str) -> list[Entry]:
    """Every compound that has this name, in any case, curated files first."""
    wanted = name.strip().lower()
    if not wanted or "\t" in wanted:
        return []
    return list(_entries(re.escape(wanted.encode()), lambda entry: wanted in (n.lower() for n in entry.names)))


def find_by_loose_name(name: str) -> list[Entry]:
    """The same with spaces and hyphens between letters there or not: `acetylsalicylicacid`, `4 amino-phenol`."""
    wanted = loose(name)
    if len(wanted) < 4:
        return []
    pattern = b"".join(
        re.escape(c.encode()) + (b"[ -]?" if not (c.isdigit() and n.isdigit()) else b"") for c, n in pairwise(wanted)
    )
    pattern += re.escape(wanted[-1].encode())
    return list(_entries(pattern, lambda entry: wanted in map(loose, entry.names)))


def find_by_cas(cas: str) -> list[Entry]:
    """The compounds of a CAS number: those that have it as their own, else those that list it."""
    listed = list(_entries(re.escape(cas.encode()), lambda entry: cas == entry.cas or cas in entry.names))
    return [e for e in listed if e.cas == cas] or listed


def common_names() -> list[str]:
    """The common names of the curated compounds, for spelling suggestions."""
    return sorted({e.common_name for e in _curated_entries()})


def loose(name: str) -> str:
    """The name in lower case without spaces and hyphens, save those between two digits."""
    return re.sub(r"(?<!\d)[\s-]+|[\s-]+(?!\d)", "", name.strip().lower())


@cache
def _folder() -> Path:
    spec = find_spec("chemicals")
    if spec is None or not spec.submodule_search_locations:
        raise StorageError("the package `chemicals` is not installed", hint="Install chemicals>=1.3.")
    return Path(next(iter(spec.submodule_search_locations))) / "Identifiers"


@cache
def _content(name: str) -> tuple[mmap.mmap | bytes, mmap.mmap | bytes]:
    """The bytes of a file, and the same in lower case; the large file is in lower case but for its structures."""
    path = _folder() / name
    try:
        if name == _LARGE:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return mapped, mapped
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise StorageError(
            f"the table of names cannot be read: {error}", where=str(path), hint="Reinstall chemicals>=1.3."
        ) from None
    return content, content.lower()


def _entries(pattern: bytes, keep: Callable[[Entry], bool]) -> Iterator[Entry]:
    """Compounds whose line holds the pattern as a whole cell and that are to be kept, each once."""
    cell = re.compile(b"\t(?:" + pattern + b")(?=[\t\r\n])")
    for name in (*_CURATED, _LARGE):
        content, low = _content(name)
        seen: set[int] = set()
        for match in cell.finditer(low):
            start = content.rfind(b"\n", 0, match.start()) + 1
            if start in seen:
                continue
            seen.add(start)
            end = content.find(b"\n", start)
            entry = _parse(content[start : end if end >= 0 else len(content)], curated=name != _LARGE)
            if keep(entry):
                yield entry


def _parse(line: bytes, *, curated: bool) -> Entry:
    cells = line.decode("utf-8").rstrip("\r").split("\t")
    cid = int(cells[0])
    return Entry(cid if cid > 0 else None, cells[1], cells[4], cells[6], tuple(cells[_FIRST_NAME_COLUMN:]), curated)


@cache
def _curated_entries() -> tuple[Entry, ...]:
    return tuple(
        _parse(line, curated=True) for name in _CURATED for line in bytes(_content(name)[0]).splitlines() if line
    )
