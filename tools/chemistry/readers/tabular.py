"""Delimited tables: CSV, TSV and their kin, with quoted line ends, ragged rows and quotation marks that never close."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchside.tools.chemistry.readers.options import (
    MAX_LINE_CHARS,
    MAX_QUOTED_CHARS,
    MAX_QUOTED_LINES,
    MAX_UNCLOSED_QUOTES,
    Notes,
    ReadOptions,
    Role,
    UnknownOptionError,
)
from benchside.tools.chemistry.readers.roles import (
    ACTIVITY_HEADERS,
    ENOUGH,
    assign_roles,
    is_header,
    looks_like,
    majority_format,
    reduced,
    share_of_structures,
    unique_columns,
)
from benchside.tools.chemistry.readers.rows import RowMaker, finished, truncated
from benchside.tools.chemistry.readers.streams import BrokenStreamError
from benchside.tools.chemistry.records import InputRecord, Problem, StructureFormat

LineSource = Callable[[], Iterator[tuple[int, str]]]
DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";", "space": " ", "pipe": "|", "\\t": "\t"}
CANDIDATES = (",", "\t", ";", "|")
_DRAWN = re.compile(r"[=#()\[\]@]|[a-z]\d")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One logical row: its first line, its cells, its text, and a problem if it could not be split."""

    line: int
    cells: list[str]
    raw: str
    problem: Problem | None = None


class _UnclosedError(Exception):
    """A quotation mark is still open after as many lines as may be kept."""


class _Splitter:
    """Lines into rows. A quoted cell may span lines; a quotation mark that never closes costs only its own line."""

    def __init__(self, source: Iterator[tuple[int, str]], delimiter: str) -> None:
        self._source = source
        self._delimiter = delimiter
        self._back: deque[tuple[int, str]] = deque()
        self._failures = 0
        self.broken: BrokenStreamError | None = None
        self.last_line = 0

    def _next(self) -> tuple[int, str] | None:
        if self._back:
            return self._back.popleft()
        if self.broken is not None:
            return None
        try:
            return next(self._source, None)
        except BrokenStreamError as broken:
            self.broken = broken
            return None

    def __iter__(self) -> Iterator[TableRow]:
        delimiter = self._delimiter
        while (item := self._next()) is not None:
            line, text = item
            self.last_line = max(self.last_line, line)
            if len(text) > MAX_LINE_CHARS:
                problem = Problem("too_long", f"The line is longer than {MAX_LINE_CHARS:,} characters.")
                yield TableRow(line, [], text, problem)
            elif '"' not in text:
                yield TableRow(line, text.split(delimiter) if text else [], text)
            else:
                yield self._quoted(line, text)

    def _quoted(self, line: int, text: str) -> TableRow:
        taken: list[tuple[int, str]] = []
        size = len(text)

        def feed() -> Iterator[str]:
            nonlocal size
            yield text + "\n"
            while True:
                if len(taken) >= MAX_QUOTED_LINES or size > MAX_QUOTED_CHARS or self._failures >= MAX_UNCLOSED_QUOTES:
                    raise _UnclosedError
                item = self._next()
                if item is None:
                    raise _UnclosedError
                taken.append(item)
                size += len(item[1]) + 1
                yield item[1] + "\n"

        try:
            cells = next(csv.reader(feed(), delimiter=self._delimiter))
        except _UnclosedError:
            self._failures += 1
            self._back.extendleft(reversed(taken))
            problem = Problem("unclosed_quote", "A quotation mark opens in this line and does not close.")
            return TableRow(line, text.split(self._delimiter), text, problem)
        except csv.Error as error:
            self._back.extendleft(reversed(taken))
            if "field larger" in str(error):
                problem = Problem("too_long", f"A cell is longer than {MAX_QUOTED_CHARS:,} characters.")
            else:
                problem = Problem("unclosed_quote", f"The line cannot be split into cells: {error}.")
            return TableRow(line, text.split(self._delimiter), text, problem)
        if taken:
            self.last_line = max(self.last_line, taken[-1][0])
            text = "\n".join([text, *(part for _, part in taken)])
        return TableRow(line, cells, text)


@dataclass(frozen=True, slots=True)
class TableLayout:
    """How a delimited file is made: its delimiter, columns, roles, and the line of its header (0: none)."""

    delimiter: str
    columns: tuple[str, ...]
    roles: dict[str, Role]
    header_line: int
    kind: StructureFormat
    notes: tuple[str, ...]


def delimiter_of(told: str) -> str:
    """One character for what the user wrote.

    Raises:
        UnknownOptionError: it is none.
    """
    delimiter = DELIMITERS.get(told.lower() if len(told) > 1 else told, told)
    if len(delimiter) != 1 or delimiter in '"\n\r':
        raise UnknownOptionError(
            f"'{told}' is no delimiter.", where="delimiter", hint="Use one character, or comma, tab, semicolon, pipe."
        )
    return delimiter


def sniff_delimiter(sample: Sequence[str]) -> str:
    """The delimiter that splits the sample's lines most evenly into the most cells; a comma if none does."""
    best = (0.0, 0, ",")
    for candidate in CANDIDATES:
        rows = sample_rows(sample, candidate)
        widths = Counter(len(row.cells) for row in rows if row.cells)
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        header = len(next(row.cells for row in rows if row.cells))
        if width < 2 or header < 2:
            continue
        score = (count / sum(widths.values())) * (1.0 if header == width else 0.6)
        if (score, width) > best[:2]:
            best = (score, width, candidate)
    first = next((line for line in sample if line.strip()), "")
    if best[1] < 2 and len(first.split(" ")) > 1 and is_header(_bare(first.split(" "))):
        return " "
    return best[2]


def sample_rows(sample: Sequence[str], delimiter: str) -> list[TableRow]:
    """The rows in some lines; a quoted cell that the sample cuts off is left out."""
    return [row for row in _Splitter(iter(enumerate(sample, start=1)), delimiter) if row.problem is None]


def table_layout(sample: Sequence[str], options: ReadOptions, where: str) -> TableLayout:
    """Delimiter, header and roles from a file's first lines.

    Raises:
        NoStructureColumnError, UnknownColumnError, UnknownOptionError
    """
    delimiter = delimiter_of(options.delimiter) if options.delimiter is not None else sniff_delimiter(sample)
    rows = list(_Splitter(iter(enumerate(sample, start=1)), delimiter))
    notes: list[str] = []
    at = 0
    while at < len(rows) - 1 and (not rows[at].raw.strip() or _is_comment(rows[at], rows[at + 1])):
        at += 1
    first = rows[at]
    body = [row.cells for row in rows[at + 1 :] if row.problem is None]
    header = options.has_header if options.has_header is not None else _names_columns(first.cells, body)
    if header:
        if at:
            notes.append(f"{at} lines before the header are no rows: {first_words(rows[:at])}")
        cells = [first.cells[0].lstrip("#"), *first.cells[1:]] if first.cells else []
        columns, renamed = unique_columns(cells)
        notes += renamed
        if options.has_header is None and not is_header(cells):
            notes.append(f"The first line is taken for the header: {first_words([first])}")
    else:
        body = [row.cells for row in rows if row.problem is None]
        columns = [f"column_{number}" for number in range(1, max((len(row) for row in body), default=1) + 1)]
        notes.append("The file has no header: its columns are called column_1 and so on.")
    roles, more = assign_roles(columns, body, options, where, by_content_from=0.8 if header else ENOUGH)
    notes += more
    if not header and "id" not in roles and len(columns) > 1:
        other = 1 if roles["structure"].index == 0 else 0
        roles["id"] = Role(columns[other], other, "position: the column beside the structure")
    kind = options.structure_format or _kind(roles["structure"], body)
    return TableLayout(delimiter, tuple(columns), roles, first.line if header else 0, kind, tuple(notes))


def _kind(role: Role, body: Sequence[Sequence[str]]) -> StructureFormat:
    cells = [row[role.index] for row in body if role.index < len(row)]
    named = role.how == "told" and "smiles" not in reduced(role.column) and "inchi" not in reduced(role.column)
    if named and any(cell.strip() for cell in cells) and share_of_structures(cells) < 0.2:
        return "name"
    return majority_format(cells)


def first_words(rows: Sequence[TableRow]) -> str:
    """The start of some lines, for a note."""
    return " / ".join(row.raw.strip()[:60] for row in rows[:3])


def _is_comment(row: TableRow, following: TableRow) -> bool:
    return row.raw.startswith("#") and (len(row.cells) != len(following.cells) or not is_header(_bare(row.cells)))


def _bare(cells: Sequence[str]) -> list[str]:
    return [cells[0].lstrip("#"), *cells[1:]] if cells else []


def _names_columns(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """A header names columns we know, or holds no structure where the rows below it do."""
    if is_header(_bare(first)) or any(reduced(cell) in ACTIVITY_HEADERS for cell in first):
        return True
    for at, cell in enumerate(first):
        if len(cell) < 2:
            continue
        drawn = looks_like(cell) is not None or (_DRAWN.search(cell) is not None and " " not in cell)
        if drawn and share_of_structures([row[at] for row in body if at < len(row)]) >= ENOUGH:
            return False
    return not (not body and any(looks_like(cell) for cell in first))


def read_table(source: LineSource, layout: TableLayout, notes: Notes) -> Iterator[InputRecord]:
    """One record a logical row, in order."""
    maker = RowMaker(layout.columns, layout.roles, layout.kind, notes)
    splitter = _Splitter(source(), layout.delimiter)
    row = 0
    for item in splitter:
        if item.line <= layout.header_line:
            continue
        row += 1
        if item.problem is not None:
            yield finished(row, item.line, "", "", kind=layout.kind, raw=item.raw, tags={}, problem=item.problem)
        elif item.raw.startswith("#") and len(item.cells) < len(layout.columns):
            problem = Problem("comment_line", "The line starts with # and is read as a comment.")
            yield finished(row, item.line, "", "", kind=layout.kind, raw=item.raw, tags={}, problem=problem)
        else:
            yield maker.make(row, item.line, item.cells, item.raw)
    if splitter.broken is not None:
        yield truncated(row + 1, splitter.last_line + 1, splitter.broken.reason, splitter.broken.partial, layout.kind)
