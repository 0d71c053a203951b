"""Screening profiles: hard filters and desirability functions, read from TOML files that users copy and edit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from benchside.tools.chemistry.columns import ALERT_SETS, COLUMNS
from benchside.tools.screening.toml_lines import Location, line_of
from benchside.workspaces.errors import UsageError

MAX_CHARACTERS = 1_000_000
"""Longest profile that is read; the built-in ones have about 2,000 characters."""

NOT_SCREENED = frozenset(
    {
        *("compound_id", "smiles", "inchikey", "stereo", "removed_fragments", "charge_neutralised", "problem"),
        *("activity_unit", "activity_relation", "basic_pka_estimate", "logd74_estimate", "efficiency_relation"),
        *(f"cns_mpo_{part}" for part in ("logp", "logd", "molecular_weight", "tpsa", "hbd", "pka")),
    }
)
"""Columns that a profile cannot use: identity and text about a row, and the parts of the CNS MPO score."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0)]


class ProfileError(UsageError):
    """A profile that cannot be used; `where` names the file and the line."""

    code = "profile"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _misplaced(message: str, *at: int | str) -> PydanticCustomError:
    """An error of a whole table whose cause stands at `at` inside it."""
    return PydanticCustomError("profile", "{text}", {"text": message, "at": at})


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=3)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _known(column: str) -> str:
    if column not in COLUMNS:
        usable = [name for name in COLUMNS if name not in NOT_SCREENED]
        raise ValueError(f"there is no column {column!r}{_did_you_mean(column, usable)}")
    if column in NOT_SCREENED:
        raise ValueError(f"{column!r} is no column that a profile can filter or score by")
    return column


class Filter(_Strict):
    """A hard limit: a compound outside it is out, and the reason is kept.

    `min` and `max` are inclusive, in the unit of the column; `equals` is for yes/no and text columns.
    """

    column: str
    min: Number | None = None
    max: Number | None = None
    equals: StrictBool | str | None = None
    why: str = ""

    _column = field_validator("column")(_known)

    @field_validator("equals", mode="before")
    @classmethod
    def _yes_no_or_text(cls, value: Any) -> Any:
        if not isinstance(value, bool | str | None):
            raise ValueError("equals takes true, false or a text; numbers have min and max")
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min is None and self.max is None and self.equals is None:
            raise ValueError("a filter needs min, max or equals")
        kind = COLUMNS[self.column].type
        if kind in {"boolean", "text"}:
            for name in ("min", "max"):
                if getattr(self, name) is not None:
                    needs = "equals = true or false" if kind == "boolean" else 'equals = "..."'
                    raise _misplaced(f"{self.column} is no number: it takes {needs}", name)
        if self.equals is not None and isinstance(self.equals, bool) != (kind == "boolean"):
            wanted = {"boolean": "equals = true or false", "text": "a text to equal"}.get(kind, "min and max")
            raise _misplaced(f"{self.column} takes {wanted}", "equals")
        if self.equals is not None and kind not in {"boolean", "text"}:
            raise _misplaced(f"{self.column} takes min and max", "equals")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise _misplaced(f"min ({self.min:g}) is above max ({self.max:g})", "min")
        return self

    def text(self) -> str:
        """The limit in words with its unit, as it stands in reports and reasons."""
        column = COLUMNS[self.column]
        unit = f" {column.unit}" if column.unit else ""
        if isinstance(self.equals, bool):
            return f"{column.label}: {'yes' if self.equals else 'no'}"
        if self.equals is not None:
            return f"{column.label}: {self.equals}"
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
    low: Number
    high: Number
    ideal_low: Number | None = None
    ideal_high: Number | None = None
    weight: Annotated[Number, Field(gt=0)] = 1.0
    why: str = ""

    @field_validator("column")
    @classmethod
    def _column(cls, column: str) -> str:
        if COLUMNS[_known(column)].type == "text":
            raise ValueError(f"{column!r} holds text, which has no desirability")
        return column

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low < self.high:
            raise _misplaced(f"low ({self.low:g}) must be below high ({self.high:g})", "low")
        ideal = (self.ideal_low, self.ideal_high)
        if self.shape is Shape.RANGE:
            if ideal[0] is None or ideal[1] is None:
                raise _misplaced("shape 'range' needs ideal_low and ideal_high", "shape")
            if not self.low <= ideal[0] <= ideal[1] <= self.high:
                wrong = "ideal_high" if ideal[1] > self.high else "ideal_low"
                raise _misplaced("a range must be ordered: low, ideal_low, ideal_high, high", wrong)
        elif ideal != (None, None):
            wrong = "ideal_low" if ideal[0] is not None else "ideal_high"
            raise _misplaced("ideal_low and ideal_high belong to shape 'range'", wrong)
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
    canonical_tautomer: StrictBool = False

    @field_validator("alert_sets")
    @classmethod
    def _sets(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in ALERT_SETS:
                raise ValueError(f"there is no alert set {name!r}; there are {', '.join(ALERT_SETS)}")
        if len(set(names)) < len(names):
            raise ValueError("an alert set is named twice")
        return names


class Admet(_Strict):
    """How deep the costly predictions go: the best `depth` survivors by the score without them; 0 leaves them out."""

    depth: Count = 1000


class Selection(_Strict):
    """How the shortlist is drawn from the ranking.

    Clusters are Butina clusters of the best `pool` compounds at a Tanimoto similarity of `cluster_similarity` or more
    (Morgan, radius 2, 2048 bits); at most `max_per_cluster` of one enter the shortlist, 0 for no limit.
    """

    cluster_similarity: Annotated[Number, Field(gt=0, le=1)] = 0.4
    max_per_cluster: Count = 3
    pool: Annotated[int, Field(strict=True, ge=1, le=5000)] = 1000


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
        for i, part in enumerate(self.score):
            if part.column in seen:
                raise _misplaced(f"{part.column} is scored twice", "score", i, "column")
            seen.add(part.column)
        for table in ("filter", "score"):
            for i, entry in enumerate(getattr(self, table)):
                name = entry.column.removesuffix("_alerts").removesuffix("_alert_names")
                if name in ALERT_SETS and name not in self.compute.alert_sets:
                    message = f"{entry.column} is used, but its set {name!r} is not in compute.alert_sets"
                    raise _misplaced(message, table, i, "column")
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
    path = known.get(str(name_or_path), Path(name_or_path).expanduser())
    if str(name_or_path) not in known and path.suffix.lower() != ".toml":
        raise ProfileError(
            f"there is no profile {str(name_or_path)!r}",
            hint=f"Profiles: {', '.join(known)}; or give a .toml file (`benchside profiles oral > mine.toml`).",
        )
    where = str(name_or_path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ProfileError("the profile does not exist", where=where, hint="Check the path.") from None
    except OSError as error:
        raise ProfileError(f"the profile cannot be read: {error.strerror or error}", where=where) from None
    try:
        text = data.decode("utf-8-sig")  # some editors put a byte order mark first
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "Save it as plain text in UTF-8."
        raise ProfileError("the profile is not UTF-8 text", where=f"{where}, line {line}", hint=hint) from None
    return parse_profile(text, where=where)


def parse_profile(text: str, where: str = "profile") -> Profile:
    """A profile from the text of its TOML file.

    Raises:
        ProfileError: the first thing that is wrong with it, with its line.
    """
    if len(text) > MAX_CHARACTERS:
        raise ProfileError("the file is too long for a profile", where=where, hint="Check that it is the right file.")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_toml(text, error, where) from None
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        problems = [(_location(e), e) for e in error.errors()]
        line, (location, first) = min(((line_of(text, p[0]), p) for p in problems), key=lambda found: found[0])
        more = f" ({len(problems) - 1} more after it)" if len(problems) > 1 else ""
        raise ProfileError(
            f"{_path(location)}{_plain(first, location)}{more}",
            where=f"{where}, line {line}",
            hint="`benchside profiles oral` prints a complete example.",
        ) from None


def _not_toml(text: str, error: ValueError | RecursionError, where: str) -> ProfileError:
    message = "nested too deeply" if isinstance(error, RecursionError) else re.sub(r" \(at .*\)$", "", str(error))
    found = re.search(r"\(at line (\d+), column \d+\)$", str(error))
    line = int(found.group(1)) if found else text.rstrip("\n").count("\n") + 1
    return ProfileError(f"not valid TOML: {message}", where=f"{where}, line {line}", hint="Text values need quotes.")


def _location(error: Any) -> Location:
    """Where in the file an error of pydantic has its cause."""
    at: Location = (*error["loc"], *error.get("ctx", {}).get("at", ()))
    if len(at) > 3 and at[2] == "equals":  # the rest names a branch of its type
        at = at[:3]
    return at


def _plain(error: Any, location: Location) -> str:
    if error["type"] == "extra_forbidden":
        return f"no such entry{_did_you_mean(str(location[-1]), _entries(location[:-1]))}"
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "too_short" and location == ("score",):
        return "is empty: a profile scores at least one column"
    if error["type"] == "model_type":
        return "a table is wanted here"
    message: str = error["msg"].removeprefix("Value error, ")
    return message


_TABLES: dict[str, type[BaseModel]] = {
    "filter": Filter,
    "score": Desirability,
    "compute": Compute,
    "admet": Admet,
    "selection": Selection,
}


def _entries(table: Location) -> list[str]:
    """The entries that a table of the profile can have."""
    return list((_TABLES[str(table[0])] if table else Profile).model_fields)


def _path(location: Location) -> str:
    parts = [part if isinstance(part, str) else f"number {part + 1}" for part in location]
    return " ".join(parts) + ": " if parts else ""
