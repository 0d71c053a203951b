"""Screening profiles: hard filters and desirability functions, read from TOML files that users copy and edit."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from benchside.tools.chemistry.columns import ALERT_SETS, COLUMNS
from benchside.workspaces.errors import UsageError


class ProfileError(UsageError):
    """A profile that cannot be used; `where` names the file and the line."""

    code = "profile"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known(column: str) -> str:
    if column not in COLUMNS:
        from difflib import get_close_matches

        near = get_close_matches(column, list(COLUMNS), n=3)
        raise ValueError(f"there is no column {column!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""))
    return column


class Filter(_Strict):
    """A hard limit: a compound outside it is out, and the reason is kept.

    `min` and `max` are inclusive, in the unit of the column; `equals` is for yes/no and text columns.
    """

    column: str
    min: float | None = None
    max: float | None = None
    equals: bool | str | None = None
    why: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _known(self.column)
        if self.min is None and self.max is None and self.equals is None:
            raise ValueError("a filter needs min, max or equals")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min:g}) is above max ({self.max:g})")
        return self

    def text(self) -> str:
        """The limit in words with its unit, as it stands in reports and reasons."""
        column = COLUMNS[self.column]
        unit = f" {column.unit}" if column.unit else ""
        if self.equals is not None:
            wanted = {True: "yes", False: "no"}.get(self.equals, self.equals) if isinstance(self.equals, bool) else self.equals
            return f"{column.label}: {wanted}"
        if self.min is not None and self.max is not None:
            return f"{column.label} {self.min:g} to {self.max:g}{unit}"
        if self.max is not None:
            return f"{column.label} at most {self.max:g}{unit}"
        return f"{column.label} at least {self.min:g}{unit}"


class Shape(StrEnum):
    """Forms of a desirability function."""

    HIGHER = "higher"
    LOWER = "lower"
    RANGE = "range"


class Desirability(_Strict):
    """One part of the score: 0 (useless) to 1 (ideal), linear between its points (Derringer & Suich 1980).

    - higher: 0 at `low` and below, 1 at `high` and above.
    - lower: 1 at `low` and below, 0 at `high` and above.
    - range: 0 at `low`, 1 from `ideal_low` to `ideal_high`, 0 at `high`.
    """

    column: str
    shape: Shape
    low: float
    high: float
    ideal_low: float | None = None
    ideal_high: float | None = None
    weight: Annotated[float, Field(gt=0)] = 1.0
    why: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _known(self.column)
        if not self.low < self.high:
            raise ValueError(f"low ({self.low:g}) must be below high ({self.high:g})")
        ideal = (self.ideal_low, self.ideal_high)
        if self.shape is Shape.RANGE:
            if ideal[0] is None or ideal[1] is None:
                raise ValueError("shape 'range' needs ideal_low and ideal_high")
            if not self.low <= ideal[0] <= ideal[1] <= self.high:
                raise ValueError("a range must be ordered: low, ideal_low, ideal_high, high")
        elif ideal != (None, None):
            raise ValueError("ideal_low and ideal_high belong to shape 'range'")
        return self

    def text(self) -> str:
        """The function in words."""
        unit = f" {COLUMNS[self.column].unit}" if COLUMNS[self.column].unit else ""
        if self.shape is Shape.HIGHER:
            return f"0 at {self.low:g}, 1 from {self.high:g}{unit}"
        if self.shape is Shape.LOWER:
            return f"1 up to {self.low:g}, 0 from {self.high:g}{unit}"
        return f"0 at {self.low:g}, 1 from {self.ideal_low:g} to {self.ideal_high:g}, 0 at {self.high:g}{unit}"


class Compute(_Strict):
    """What is computed on every compound that can be read."""

    alert_sets: tuple[str, ...] = ("pains", "brenk", "nih")
    canonical_tautomer: bool = False

    @field_validator("alert_sets")
    @classmethod
    def _sets(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in ALERT_SETS:
                raise ValueError(f"there is no alert set {name!r}; there are {', '.join(ALERT_SETS)}")
        return names


class Admet(_Strict):
    """How deep the costly predictions go: the best `depth` survivors by the score without them; 0 leaves them out."""

    depth: Annotated[int, Field(ge=0)] = 1000


class Selection(_Strict):
    """How the shortlist is drawn from the ranking.

    Clusters are Butina clusters of the best `pool` compounds at a Tanimoto similarity of `cluster_similarity` or more
    (Morgan, radius 2, 2048 bits); at most `max_per_cluster` of one enter the shortlist, 0 for no limit.
    """

    cluster_similarity: Annotated[float, Field(gt=0, le=1)] = 0.4
    max_per_cluster: Annotated[int, Field(ge=0)] = 3
    pool: Annotated[int, Field(ge=1, le=5000)] = 1000


class Profile(_Strict):
    """What a good compound is, for one purpose."""

    name: Annotated[str, Field(min_length=1)]
    description: str = ""
    references: tuple[str, ...] = ()
    combine: Literal["geometric", "arithmetic"] = "geometric"
    compute: Compute = Compute()
    filter: tuple[Filter, ...] = ()
    score: Annotated[tuple[Desirability, ...], Field(min_length=1)]
    admet: Admet = Admet()
    selection: Selection = Selection()

    @model_validator(mode="after")
    def _check(self) -> Self:
        seen: set[str] = set()
        for part in self.score:
            if part.column in seen:
                raise ValueError(f"{part.column} is scored twice")
            seen.add(part.column)
        wanted = {c for c in self.columns if c.endswith(("_alerts", "_alert_names"))}
        missing = sorted(c for c in wanted if c.removesuffix("_alerts").removesuffix("_alert_names") not in self.compute.alert_sets)
        if missing:
            raise ValueError(f"{', '.join(missing)} is used, but its set is not in compute.alert_sets")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the limits and the score use, each once."""
        return tuple(dict.fromkeys((*(f.column for f in self.filter), *(s.column for s in self.score))))

    def is_late(self, column: str) -> bool:
        """Whether a column is costly, and so exists only for the compounds within the ADMET depth."""
        return COLUMNS[column].kind == "predicted" or column.startswith("nearest_approved_")

    @property
    def needs_admet(self) -> bool:
        """Whether a filter or a part of the score uses a predicted column."""
        return any(COLUMNS[name].kind == "predicted" for name in self.columns)

    @property
    def needs_reference(self) -> bool:
        """Whether a filter or a part of the score compares with a reference compound."""
        return any(name.startswith("reference_") for name in self.columns)

    @property
    def needs_activity(self) -> bool:
        """Whether a filter or a part of the score needs a measured activity."""
        names = {"activity_value", "activity_pvalue", "ligand_efficiency", "lle"}
        return not names.isdisjoint(self.columns)

    def without_admet(self) -> Profile:
        """The same profile on computed columns alone; what was left out is up to the caller to report."""
        score = tuple(s for s in self.score if not self.is_late(s.column))
        if not score:
            raise ProfileError(
                f"profile {self.name!r} scores nothing but predicted columns", hint="Do not switch ADMET off for it."
            )
        return self.model_copy(
            update={
                "filter": tuple(f for f in self.filter if not self.is_late(f.column)),
                "score": score,
                "admet": Admet(depth=0),
            }
        )


def built_in() -> dict[str, Path]:
    """Name to file of the profiles that come with Benchside."""
    folder = Path(str(resources.files("benchside.tools.screening"))) / "profiles"
    return {p.stem: p for p in sorted(folder.glob("*.toml"))}


def load_profile(name_or_path: str | Path) -> Profile:
    """A profile by name, or from a file.

    Raises:
        ProfileError: unknown name, unreadable file, wrong TOML, wrong or missing entries; with file and line.
    """
    known = built_in()
    path = known.get(str(name_or_path), Path(name_or_path))
    if str(name_or_path) not in known and path.suffix != ".toml":
        raise ProfileError(
            f"there is no profile {str(name_or_path)!r}",
            hint=f"Profiles: {', '.join(known)}; or give a .toml file (`benchside profiles show oral > mine.toml`).",
        )
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProfileError("the profile does not exist", where=str(path), hint="Check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"the profile cannot be read: {error}", where=str(path)) from None
    return parse_profile(text, where=str(name_or_path))


def parse_profile(text: str, where: str = "profile") -> Profile:
    """A profile from the text of its TOML file; errors name the line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = found.group(1) if found and found.group(1) else str(text.count("\n") + 1)
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise ProfileError(
            f"not valid TOML: {message}", where=f"{where}, line {line}", hint="Text values need quotes."
        ) from None
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        line_number = _line_of(text, first["loc"])
        more = f" ({error.error_count() - 1} more after it)" if error.error_count() > 1 else ""
        raise ProfileError(
            f"{_path(first['loc'])}{_plain(first)}{more}",
            where=f"{where}, line {line_number}",
            hint="`benchside profiles show oral` prints a complete example.",
        ) from None


def _plain(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "no such entry"
    if error["type"] == "missing":
        return "is missing"
    message: str = error["msg"].removeprefix("Value error, ")
    return message


def _path(loc: tuple[int | str, ...]) -> str:
    parts = [f"{p}" if isinstance(p, str) else f"number {p + 1}" for p in loc]
    return " ".join(parts) + ": " if parts else ""


def _line_of(text: str, loc: tuple[int | str, ...]) -> int:
    """The 1-based line that a validation error speaks of: the key if it stands there, else its table's header."""
    lines = text.splitlines()
    start, end = 0, len(lines)
    keys = list(loc)
    if len(keys) >= 2 and isinstance(keys[1], int):
        headers = [i for i, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{re.escape(str(keys[0]))}\s*\]\]", line)]
        if keys[1] < len(headers):
            start = headers[keys[1]]
            keys = keys[2:]
    elif keys:
        header = [i for i, line in enumerate(lines) if re.match(rf"\s*\[+\s*{re.escape(str(keys[0]))}\s*\]+", line)]
        if header:
            start, keys = header[0], keys[1:]
    for i in range(start + 1, len(lines)):
        if re.match(r"\s*\[", lines[i]) and start:
            end = i
            break
    for key in keys[:1]:
        for i in range(start, end):
            if re.match(rf"\s*{re.escape(str(key))}\s*=", lines[i]):
                return i + 1
    return start + 1
