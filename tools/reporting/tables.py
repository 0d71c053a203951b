"""Tables of a report: a plain one, and one that the reader sorts, filters, pages and saves without a network.

The data of an interactive table travel as JSON inside the page. Text is escaped when it is shown, drawings are checked
when the table is made, and a text cell that a spreadsheet would run as a formula is saved with a leading apostrophe.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import pandas as pd
from markupsafe import Markup, escape

from benchside.tools.reporting.svg import tidy
from benchside.tools.reporting.theme import TONES
from benchside.workspaces.errors import BenchsideError

Kind = Literal["text", "number", "flag", "category", "drawing"]
Order = Literal["ascending", "descending"]

MINUS: Final = "−"


class TableError(BenchsideError):
    """A table was asked for a column that its data lack, or with a wrong setting."""

    code = "bad_table"


class ColumnLike(Protocol):
    """What `TableColumn.of` reads from a column of the column contract."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def decimals(self) -> int | None: ...
    @property
    def direction(self) -> str | None: ...
    @property
    def source(self) -> str: ...
    @property
    def note(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class TableColumn:
    """How one column of a frame is shown.

    Attributes:
        name: the column of the frame, and its heading in a saved CSV.
        label: the heading; the name when empty.
        unit: small, below the heading.
        kind: text (filter: contains), number (minimum, maximum), flag (yes, no), category (one of its values), or
            drawing (an SVG: not sorted, filtered or saved).
        decimals: of a number; None shows it as it is.
        note: shown when the pointer rests on the heading.
        hidden: off until the reader switches it on.
        bar: (low, high) of a thin bar below a number.
        good: which answer of a flag is good news; None: neither.
        mono: fixed-width type, for SMILES and InChIKeys.
        link: the column of the frame that holds the id of an element on the page.
        tone: the column of the frame that holds a tone for each cell (None: none).
        pinned: stays in sight when the table is scrolled sideways; one column at most.
        first: the order that the first click gives; numbers default to descending, the rest to ascending.
    """

    name: str
    label: str = ""
    unit: str = ""
    kind: Kind = "text"
    decimals: int | None = None
    note: str = ""
    hidden: bool = False
    bar: tuple[float, float] | None = None
    good: Literal["yes", "no"] | None = None
    mono: bool = False
    link: str | None = None
    tone: str | None = None
    pinned: bool = False
    first: Order | None = None

    @classmethod
    def of(cls, column: ColumnLike, frame: pd.DataFrame, **changes: Any) -> TableColumn:
        """A column of the column contract as it is shown: the kind from its data, the rest from the contract."""
        series = frame[column.name]
        kind: Kind = "text"
        filled = series.dropna()
        if pd.api.types.is_bool_dtype(series) or (len(filled) and all(isinstance(value, bool) for value in filled)):
            kind = "flag"
        elif pd.api.types.is_numeric_dtype(series):
            kind = "number"
        better = {"higher": "Higher is better.", "lower": "Lower is better."}.get(column.direction or "", "")
        notes = [part for part in (column.note, better, column.source and f"Source: {column.source}") if part]
        settings: dict[str, Any] = {
            "name": column.name,
            "label": column.label,
            "unit": column.unit or "",
            "kind": kind,
            "decimals": column.decimals if kind == "number" else None,
            "note": " ".join(part if part.endswith(".") else f"{part}." for part in notes),
            "first": "ascending" if column.direction == "lower" else None,
        }
        return cls(**(settings | changes))


def script_json(value: object) -> Markup:
    """JSON that may stand inside a `<script>` element: no `<`, `>`, `&` or line separator is left as it is."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)  # noqa: S704 - the marks that could end the element are gone


def plain_value(value: object) -> str | int | float | bool | None:
    """One cell as JSON holds it: NaN, NaT and NA become None, an infinity the text "inf" or "-inf"."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    item = getattr(value, "item", None)
    if callable(item) and not isinstance(value, str):
        value = item()
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if math.isnan(value):
            return None
        # Ten digits are more than any quantity here has, and hide the last bit in which two machines may differ.
        return float(f"{value:.10g}") if math.isfinite(value) else str(value)
    return str(value)


def format_value(value: object, column: TableColumn) -> str:
    """One cell as text for a person; an empty string when there is no value."""
    plain = plain_value(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, int | float) and column.decimals is not None:
        return f"{plain:.{column.decimals}f}".replace("-", MINUS)
    return str(plain)


def _check(frame: pd.DataFrame, columns: Sequence[TableColumn], where: str) -> None:
    names = [column.name for column in columns]
    asked = [name for c in columns for name in (c.name, c.link, c.tone) if name is not None]
    missing = [name for name in asked if name not in frame.columns]
    if missing:
        raise TableError(f"The data have no column {', '.join(map(repr, missing))}.", where=where)
    if len(set(names)) < len(names):
        raise TableError("A column is asked for twice.", where=where)
    if sum(column.pinned for column in columns) > 1:
        raise TableError("More than one column is pinned.", where=where)


def _cells(series: Iterable[object], column: TableColumn, where: str, prefix: str) -> list[Any]:
    if column.kind != "drawing":
        return [plain_value(value) for value in series]
    out: list[Any] = []
    for number, value in enumerate(series):
        plain = plain_value(value)
        out.append(None if plain is None else str(tidy(str(plain), prefix=f"{where}-{prefix}-{number}")))
    return out


def data_table(
    frame: pd.DataFrame,
    columns: Sequence[TableColumn],
    *,
    id: str,
    caption: str = "",
    page_size: int = 25,
    file_name: str = "table.csv",
    sort: tuple[str, Order] | None = None,
    show_filters: bool = False,
) -> Markup:
    """An interactive table; smooth up to about 1,000 rows.

    Args:
        frame: one row per row shown.
        columns: what is shown, in order; other columns of the frame stay out of the page.
        id: unique on the page; letters, digits, - and _.
        caption: above the table.
        page_size: rows at first (0: all).
        file_name: what "Save CSV" calls its file, which holds the rows that pass the filters, and all columns.
        sort: (column, order) at first; None keeps the order of the frame.
        show_filters: whether the filter row is open at first.

    Raises:
        TableError: a column is missing or asked for twice, or a tone is unknown.
        UnsafeSvgError: a drawing is not a clean SVG.
    """
    _check(frame, columns, id)
    if sort is not None and sort[0] not in {column.name for column in columns}:
        raise TableError(f"The table is to be sorted by {sort[0]!r}, which it does not show.", where=id)
    shown: list[dict[str, Any]] = []
    data: list[list[Any]] = []
    for position, column in enumerate(columns):
        data.append(_cells(frame[column.name], column, id, f"c{position}"))
        first = column.first or ("descending" if column.kind in ("number", "flag") else "ascending")
        shown.append(
            {
                "name": column.name,
                "label": column.label or column.name,
                "unit": column.unit,
                "kind": column.kind,
                "decimals": column.decimals,
                "note": column.note,
                "hidden": column.hidden,
                "bar": column.bar,
                "good": column.good,
                "mono": column.mono,
                "pinned": column.pinned,
                "link": None,
                "first": first,
            }
        )
    links: dict[str, int] = {}
    for position, column in enumerate(columns):
        if column.link is not None:
            if column.link not in links:
                links[column.link] = len(data)
                data.append([plain_value(value) for value in frame[column.link]])
            shown[position]["link"] = links[column.link]
    payload = {
        "id": id,
        "caption": caption,
        "size": page_size,
        "file": file_name,
        "sort": list(sort) if sort else None,
        "filters": show_filters,
        "columns": shown,
        "rows": [list(row) for row in zip(*data, strict=True)],
        "tones": _tones(frame, columns, id),
    }
    return Markup(
        '<div class="bt-box" id="{id}"><script type="application/json">{data}</script>'
        "<noscript>This table needs JavaScript, which this viewer has switched off. "
        "Open the file in a browser, or see the CSV files beside the report.</noscript></div>"
    ).format(id=id, data=script_json(payload))


def _tones(frame: pd.DataFrame, columns: Sequence[TableColumn], where: str) -> list[dict[str, str] | None]:
    out: list[dict[str, str] | None] = [None] * len(frame)
    for column in columns:
        if column.tone is None:
            continue
        for position, value in enumerate(frame[column.tone]):
            tone = plain_value(value)
            if tone is None:
                continue
            if tone not in TONES:
                raise TableError(f"{tone!r} is no tone; there are {', '.join(TONES)}.", where=f"{where}, {column.tone}")
            out[position] = (out[position] or {}) | {column.name: str(tone)}
    return out


def plain_table(
    frame: pd.DataFrame, columns: Sequence[TableColumn], *, caption: str = "", limit: int | None = None
) -> Markup:
    """A static table for few rows; with `limit`, the first rows, and a line that says how many there are.

    Raises:
        TableError: a column is missing or asked for twice.
        UnsafeSvgError: a drawing is not a clean SVG.
    """
    _check(frame, columns, caption or "a plain table")
    part = frame if limit is None else frame.head(limit)
    head = Markup("").join(
        Markup('<th scope="col" class="{}" title="{}">{}{}</th>').format(
            column.kind, column.note, column.label or column.name, f" ({column.unit})" if column.unit else ""
        )
        for column in columns
    )
    lines: list[Markup] = []
    series = [_cells(part[column.name], column, f"p{len(frame)}", f"c{at}") for at, column in enumerate(columns)]
    for values in zip(*series, strict=True):
        lines.append(Markup("<tr>{}</tr>").format(Markup("").join(map(_plain_cell, values, columns))))
    note = caption if len(part) == len(frame) else f"{caption} First {len(part)} of {len(frame)}.".strip()
    top = Markup("<caption>{}</caption>").format(note) if note else Markup("")
    return Markup('<table class="plain">{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(
        top, head, Markup("").join(lines)
    )


def _plain_cell(value: object, column: TableColumn) -> Markup:
    style = f"{column.kind} mono" if column.mono else column.kind
    if value is None:
        return Markup('<td class="{}"><span class="none">–</span></td>').format(style)
    if column.kind == "drawing":
        return Markup('<td class="{}">{}</td>').format(style, Markup(str(value)))  # noqa: S704 - checked by tidy
    return Markup('<td class="{}">{}</td>').format(style, format_value(value, column))


def facts(pairs: Mapping[str, object] | Iterable[tuple[str, object]]) -> Markup:
    """A list of terms and their values; a value that is Markup is taken as it is."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    rows = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(
            term, Markup('<span class="none">–</span>') if value is None or value == "" else escape(value)
        )
        for term, value in items
    )
    return Markup('<dl class="facts">{}</dl>').format(rows)


def stats(pairs: Iterable[tuple[str, object]]) -> Markup:
    """The few numbers that the reader should see first, large: (label, value)."""
    items = Markup("").join(
        Markup('<li><span class="value">{}</span><span class="label">{}</span></li>').format(value, label)
        for label, value in pairs
    )
    return Markup('<ul class="stats">{}</ul>').format(items)
