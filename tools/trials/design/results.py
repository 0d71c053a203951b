"""What a design answers with: named quantities, tables, simulations, a verification and a paragraph.

Every result can be printed, recorded as evidence and written into a document without knowing the design it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Cell = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Quantity:
    """One named value.

    Attributes:
        name: snake_case key, unique within a design, such as `control_rate`.
        label: for people, such as "control response rate".
        value: None where it does not exist, and `note` says why.
        unit: UCUM-style; "" for none, "1" for proportions.
        digits: significant digits to print; full precision stays in `value`.
        note: method, rounding or caveat.
    """

    name: str
    label: str
    value: Cell
    unit: str = ""
    digits: int = 4
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: key, heading, unit, and digits to print (significant ones; 0 for whole numbers and text)."""

    name: str
    label: str
    unit: str = ""
    digits: int = 4


@dataclass(frozen=True, slots=True)
class Table:
    """A table for people and for JSON; rows follow the columns."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def records(self) -> list[dict[str, Cell]]:
        """Rows as dictionaries by column name."""
        return [dict(zip([c.name for c in self.columns], row, strict=True)) for row in self.rows]

    def turned(self) -> Table:
        """Rows as columns, for few rows of many columns; values as they are printed."""
        heads = ("", *(printed(row[0], self.columns[0].digits) for row in self.rows))
        columns = tuple(Column(f"c{i}", h, digits=0) for i, h in enumerate(heads))
        rows = tuple(
            (c.label, *(printed(row[i], c.digits) for row in self.rows)) for i, c in enumerate(self.columns) if i
        )
        first = (Column("c0", self.columns[0].label, digits=0), *columns[1:])
        return Table(self.name, self.caption, first, rows, self.notes)

    def column(self, name: str) -> tuple[Cell, ...]:
        """One column by name."""
        i = [c.name for c in self.columns].index(name)
        return tuple(row[i] for row in self.rows)


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Sizes of a design, rounded once.

    Attributes:
        arms: names of the arms (or sequences), in the order of the sizes.
        evaluable: whole sizes that the analysis needs, per arm.
        enrolled: whole sizes with the dropout allowance, per arm.
        unrounded: total before rounding, without dropout.
        power: achieved by `evaluable`, None where the design has none (dose finding).
        rule: how it was rounded, in words.
        unit: participants, pairs, clusters.
        events: whole number of events that drive the analysis, where events do.
        extra: further quantities of the family (accrual duration, expected sample size, ...).
    """

    arms: tuple[str, ...]
    evaluable: tuple[int, ...]
    enrolled: tuple[int, ...]
    unrounded: float
    power: float | None
    rule: str
    unit: str = "participants"
    events: int | None = None
    extra: tuple[Quantity, ...] = ()

    @property
    def total(self) -> int:
        """Evaluable over all arms."""
        return sum(self.evaluable)

    @property
    def enrolled_total(self) -> int:
        """Enrolled over all arms."""
        return sum(self.enrolled)

    def quantities(self) -> tuple[Quantity, ...]:
        """The sizes as named quantities."""
        found = [
            Quantity("n_total", f"{self.unit}, evaluable", self.total, note=self.rule, digits=0),
            *(
                Quantity(f"n_{arm.replace(' ', '_').lower()}", f"{self.unit}, {arm.replace('_', ' ')}", n, digits=0)
                for arm, n in zip(self.arms, self.evaluable, strict=True)
                if len(self.arms) > 1
            ),
            Quantity("n_unrounded", f"{self.unit} before rounding", self.unrounded, digits=6),
        ]
        if self.enrolled != self.evaluable:
            found.append(Quantity("n_enrolled", f"{self.unit} to enrol", self.enrolled_total, digits=0))
        if self.events is not None:
            found.append(Quantity("events", "events", self.events, digits=0))
        if self.power is not None:
            found.append(Quantity("achieved_power", "power of the rounded design", self.power, unit="1"))
        return (*found, *self.extra)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A simulated figure with its Monte Carlo standard error."""

    name: str
    label: str
    value: float
    standard_error: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What simulated trials did.

    Attributes:
        truth: in words, such as "the null" or "risk difference 0.15".
        trials, seed: how many, from which seed.
        estimates: each with its standard error: rejection, expected sizes, what the family adds.
        tables: by look or by dose.
    """

    truth: str
    trials: int
    seed: int
    estimates: tuple[Estimate, ...]
    tables: tuple[Table, ...] = ()

    def __getitem__(self, name: str) -> Estimate:
        """The estimate of that name."""
        return next(e for e in self.estimates if e.name == name)


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of the closed form held against the simulation.

    Attributes:
        exactness: `exact` figures must agree within three standard errors; `asymptotic` ones report their signed bias
            (closed form minus simulated) and are flagged above `tolerance`.
    """

    name: str
    label: str
    stated: float
    simulated: float
    standard_error: float
    exactness: Literal["exact", "asymptotic"]
    tolerance: float = 0.01

    @property
    def bias(self) -> float:
        """Stated minus simulated."""
        return self.stated - self.simulated

    @property
    def agrees(self) -> bool:
        """Whether they agree by the rule of the exactness; Monte Carlo error never counts as bias."""
        allowed = 3 * self.standard_error + 1e-12
        return abs(self.bias) <= (allowed if self.exactness == "exact" else self.tolerance + allowed)


@dataclass(frozen=True, slots=True)
class Verification:
    """The closed form against a simulation of the same trial."""

    checks: tuple[Check, ...]
    trials: int
    seed: int
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether all checks agree."""
        return all(c.agrees for c in self.checks)

    def table(self) -> Table:
        """For people: stated, simulated, Monte Carlo standard error, bias, verdict."""
        return Table(
            "verification",
            f"Closed form against {self.trials:,} simulated trials (seed {self.seed})",
            (
                Column("quantity", "quantity", digits=0),
                Column("stated", "stated"),
                Column("simulated", "simulated"),
                Column("standard_error", "Monte Carlo SE", digits=2),
                Column("bias", "stated minus simulated", digits=2),
                Column("method", "method", digits=0),
                Column("verdict", "verdict", digits=0),
            ),
            tuple(
                (
                    c.label,
                    c.stated,
                    c.simulated,
                    c.standard_error,
                    c.bias,
                    c.exactness,
                    "agrees" if c.agrees else "differs",
                )
                for c in self.checks
            ),
            self.notes,
        )


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text whose every number is a slot, `{n_total}`, filled from named quantities; `cites` are keys of references.

    The template holds no digits of its own, so that text and values cannot disagree.
    """

    template: str
    values: dict[str, Quantity]
    cites: tuple[str, ...] = ()

    def render(self) -> str:
        """The text with the values printed in it."""
        return self.template.format(**{name: printed(q.value, q.digits) for name, q in self.values.items()})


@dataclass(frozen=True, slots=True)
class Results:
    """Everything a design answers with, in the order in which people read it."""

    quantities: tuple[Quantity, ...]
    tables: tuple[Table, ...]
    text: Paragraph


def printed(value: Cell, digits: int) -> str:
    """A value for people: `digits` significant digits, whole numbers whole, thousands apart from 10,000 on."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or digits == 0:
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    text = f"{value:.{digits}g}"
    if "e" in text and 1e-6 <= abs(value) < 1e15:
        text = f"{value:,.0f}" if abs(value) >= 1 else f"{value:.{digits + 5}f}".rstrip("0")
    return text


def is_number(text: str) -> bool:
    """Whether a printed cell is a number, or stands for one that does not exist: it goes to the right of its column."""
    return text == "–" or text.replace(",", "").replace(".", "", 1).lstrip("-").isdigit()


def sequence_note(values: Sequence[float], digits: int = 4) -> str:
    """Several values in one cell of text."""
    return ", ".join(printed(v, digits) for v in values)
