"""Rules of drug-likeness and lead-likeness as one table of limits.

A rule holds if at most so many of its limits are broken as it allows. The table says which part failed, so that a
report can, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchside.tools.chemistry.columns import column
from benchside.workspaces.errors import InputError, NotFoundError


class UnknownRuleError(NotFoundError):
    """A rule that does not exist."""

    code = "unknown_rule"


class MissingColumnError(InputError):
    """A table lacks a column that is needed."""

    code = "missing_column"


@dataclass(frozen=True, slots=True)
class Limit:
    """A closed range of one property, in the unit of its column; `below` makes the upper end open."""

    column: str
    minimum: float | None = None
    maximum: float | None = None
    below: bool = False

    def __str__(self) -> str:
        shown = column(self.column)
        unit = f" {shown.unit}" if shown.unit else ""
        if self.minimum is not None and self.maximum is not None:
            return f"{shown.label} {self.minimum:g} to {self.maximum:g}{unit}"
        if self.minimum is not None:
            return f"{shown.label} ≥ {self.minimum:g}{unit}"
        return f"{shown.label} {'<' if self.below else '≤'} {self.maximum:g}{unit}"

    def holds(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each of n values lies in the range; False for NaN."""
        held: NDArray[np.bool_] = ~np.isnan(values)
        if self.minimum is not None:
            held &= values >= self.minimum
        if self.maximum is not None:
            held &= values < self.maximum if self.below else values <= self.maximum
        return held


@dataclass(frozen=True, slots=True)
class Rule:
    """A published rule: its limits and how many of them may be broken."""

    name: str
    label: str
    limits: tuple[Limit, ...]
    allowed_violations: int
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """One limit of a rule applied to one compound; `passed` is None where the value is missing."""

    limit: Limit
    value: float | None
    passed: bool | None

    def __str__(self) -> str:
        verdict = "value missing" if self.passed is None else "holds" if self.passed else "broken"
        shown = "" if self.value is None else f", is {self.value:.{column(self.limit.column).decimals}f}"
        return f"{self.limit}{shown}: {verdict}"


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "lipinski",
            "Lipinski's rule of five",
            (
                Limit("molecular_weight", maximum=500),
                Limit("logp", maximum=5),
                Limit("lipinski_hbd", maximum=5),
                Limit("lipinski_hba", maximum=10),
            ),
            1,
            "Lipinski et al. 1997, Adv. Drug Deliv. Rev. 23, 3; donors are N–H and O–H bonds, acceptors N and O atoms",
        ),
        Rule(
            "veber",
            "Veber",
            (Limit("rotatable_bonds", maximum=10), Limit("tpsa", maximum=140)),
            0,
            "Veber et al. 2002, J. Med. Chem. 45, 2615",
        ),
        Rule(
            "ghose",
            "Ghose",
            (
                Limit("molecular_weight", 160, 480),
                Limit("logp", -0.4, 5.6),
                Limit("molar_refractivity", 40, 130),
                Limit("atoms", 20, 70),
            ),
            0,
            "Ghose et al. 1999, J. Comb. Chem. 1, 55, qualifying ranges",
        ),
        Rule(
            "egan",
            "Egan",
            (Limit("logp", maximum=5.88), Limit("tpsa", maximum=131.6)),
            0,
            "Egan et al. 2000, J. Med. Chem. 43, 3867, box around the ellipse",
        ),
        Rule(
            "muegge",
            "Muegge",
            (
                Limit("molecular_weight", 200, 600),
                Limit("logp", -2, 5),
                Limit("tpsa", maximum=150),
                Limit("rings", maximum=7),
                Limit("carbons", minimum=5),
                Limit("heteroatoms", minimum=2),
                Limit("rotatable_bonds", maximum=15),
                Limit("hba", maximum=10),
                Limit("hbd", maximum=5),
            ),
            0,
            "Muegge et al. 2001, J. Med. Chem. 44, 1841; Crippen logP stands in for XLOGP",
        ),
        Rule(
            "lead_like",
            "Lead-like",
            (
                Limit("molecular_weight", 250, 350),
                Limit("logp", maximum=3.5),
                Limit("rotatable_bonds", maximum=7),
            ),
            0,
            "Teague et al. 1999, Angew. Chem. Int. Ed. 38, 3743, with the cut-offs of ZINC and SwissADME",
        ),
        Rule(
            "rule_of_three",
            "Rule of three",
            (
                Limit("molecular_weight", maximum=300, below=True),
                Limit("logp", maximum=3),
                Limit("hbd", maximum=3),
                Limit("hba", maximum=3),
            ),
            0,
            "Congreve et al. 2003, Drug Discov. Today 8, 876",
        ),
    )
}

RULE_NAMES = tuple(RULES)
RULE_OUTPUTS = ("lipinski_violations", *RULE_NAMES)
RULE_INPUTS = tuple(dict.fromkeys(limit.column for rule in RULES.values() for limit in rule.limits))


def rules(frame: pd.DataFrame) -> pd.DataFrame:
    """Which rules each compound passes.

    Args:
        frame: n rows with the columns of RULE_INPUTS, as `properties` gives them.

    Returns:
        A frame with the index of `frame`: `lipinski_violations` (0 to 4) and one flag per rule in RULE_NAMES. Where a
        value that a rule needs is missing, its result is null.

    Raises:
        MissingColumnError: `frame` lacks a column.
    """
    values = _values(frame, RULE_INPUTS)
    found: dict[str, pd.Series] = {}
    for rule in RULES.values():
        broken = np.sum([~limit.holds(values[limit.column]) for limit in rule.limits], axis=0)
        unknown = np.any([np.isnan(values[limit.column]) for limit in rule.limits], axis=0)
        if rule.name == "lipinski":
            found["lipinski_violations"] = pd.Series(broken, index=frame.index, dtype="Int64").mask(unknown)
        passed = pd.Series(broken <= rule.allowed_violations, index=frame.index, dtype="boolean")
        found[rule.name] = passed.mask(unknown)
    return pd.DataFrame(found)


def explain_rule(name: str, row: Mapping[Any, Any]) -> list[Part]:
    """Each limit of a rule with the compound's value and whether it holds; broken limits come first.

    Args:
        name: a name out of RULE_NAMES.
        row: the compound's values by column name (a dict or a row of a frame).

    Raises:
        UnknownRuleError: no rule is called so.
        MissingColumnError: the row lacks a column.
    """
    if name not in RULES:
        raise UnknownRuleError(f"there is no rule {name!r}.", where=name, hint=f"Rules: {', '.join(RULE_NAMES)}.")
    parts = []
    for limit in RULES[name].limits:
        if limit.column not in row:
            raise MissingColumnError(f"the rule {name} needs the column {limit.column!r}.", where=limit.column)
        value = row[limit.column]
        missing = value is None or bool(pd.isna(value))
        number = float("nan") if missing else float(value)
        held = None if missing else bool(limit.holds(np.array([number]))[0])
        parts.append(Part(limit, None if missing else number, held))
    return sorted(parts, key=lambda part: part.passed is not False)


def _values(frame: pd.DataFrame, names: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise MissingColumnError(
            f"the table lacks {', '.join(missing)}.", where=missing[0], hint="Compute it with `properties` first."
        )
    return {name: frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names}
