"""Tables of a comparison: boundaries by look, the power curve, and what each assumption is worth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel
from scipy.stats import norm

from benchside.tools.trials.design.base import fields_of
from benchside.tools.trials.design.calendar import information
from benchside.tools.trials.design.errors import DesignError
from benchside.tools.trials.design.hypotheses import Equivalence
from benchside.tools.trials.design.results import Cell, Column, Table

if TYPE_CHECKING:
    from benchside.tools.trials.design.compared import Compared

CURVE = tuple(i / 8 for i in range(13))  # from the null to one and a half times the assumed effect


def effect_at(design: Compared, share: float) -> float:
    """The effect that is this share of the way from the null to the assumed one; ratios on the log scale."""
    null, effect = design.nulls[0], design.endpoint.effect()
    if design.endpoint.no_effect == 1.0 and null > 0 and effect > 0:
        return null * math.exp(share * math.log(effect / null))
    return null + share * (effect - null)


def boundary_table(design: Compared) -> Table:
    """One row per look: size, boundaries on the Z, p, effect and B-value scales, and cumulative crossing.

    The effect at a boundary is where the statistic would stand exactly there, by its linear relation to the effect
    (its logarithm, for ratios): Jennison and Turnbull (2000), section 3.
    """
    plan = design.plan
    assert plan is not None
    assert design.monitoring is not None
    sizes = np.asarray(design.sizes, dtype=float)
    drift = float(design.statistic.drift(sizes, design.level, design.sides))
    null, alternative = plan.crossing(0.0), plan.crossing(drift)
    counted = information(design)
    futility = design.monitoring.futility is not None
    p_label = "two-sided p" if design.sides == 2 else "one-sided p"
    columns = [
        Column("look", "look", digits=0),
        Column("information_fraction", "information fraction"),
        Column(counted.name, counted.label, digits=0),
        Column("efficacy_z", "efficacy Z"),
        Column("efficacy_p", p_label),
        Column("efficacy_effect", f"{design.endpoint.effect_name} at efficacy"),
        Column("efficacy_b", "efficacy B-value"),
        Column("cumulative_alpha", "cumulative alpha"),
        Column("cumulative_power", "cumulative power"),
    ]
    if futility:
        columns[7:7] = [Column("futility_z", "futility Z"),
                        Column("futility_effect", f"{design.endpoint.effect_name} at futility")]  # fmt: skip
        columns += [Column("futility_null", "cumulative futility stop, null"),
                    Column("cumulative_beta", "cumulative beta")]  # fmt: skip
    both = design.sides == 2
    rows: list[tuple[Cell, ...]] = []
    spent = design.sides * plan.cumulative_alpha()
    power = np.cumsum(_efficacy(alternative, both))
    down_null, down = np.cumsum(np.ravel(null.lower)), np.cumsum(np.ravel(alternative.lower))
    for k, t in enumerate(plan.fractions):
        upper, lower = float(plan.upper[k]), float(plan.lower[k])
        row: list[Cell] = [
            k + 1,
            float(t),
            math.ceil(counted.total * t - 1e-9),
            upper,
            float(design.sides * norm.sf(upper)),
            effect_at(design, upper / (drift * math.sqrt(t))),
            upper * math.sqrt(t),
            float(spent[k]),
            float(power[k]),
        ]
        if futility:
            row[7:7] = [lower, effect_at(design, lower / (drift * math.sqrt(t)))]
            row += [float(down_null[k]), float(down[k])]
        rows.append(tuple(row))
    notes = [f"Efficacy: {design.monitoring.efficacy_label}."]
    if futility:
        binds = "binding" if design.monitoring.binding else "non-binding: alpha holds also when it is not obeyed"
        notes.append(
            f"Futility: {design.monitoring.futility_label}; {binds}. Crossing probabilities as if it is obeyed."
        )
    return Table("boundaries", "Boundaries by look", tuple(columns), tuple(rows), tuple(notes))


def _efficacy(crossing: Any, both: bool) -> Any:
    """Probability of an efficacy stop by look; a symmetric two-sided test may stop on either side."""
    up = np.ravel(crossing.upper)
    return up + np.ravel(crossing.lower) if both else up


def power_curve(design: Compared) -> Table:
    """Power, and with looks the expected size and early stopping, over true effects."""
    plan = design.plan
    sizes = np.asarray(design.sizes, dtype=float)
    counted = information(design)
    columns = [Column("effect", design.endpoint.effect_name), Column("power", "power", "1")]
    if plan is not None:
        columns += [
            Column("expected", f"expected {counted.label}", digits=5),
            Column("early_efficacy", "early efficacy stop", "1"),
            Column("early_futility", "early futility stop", "1"),
        ]
    rows: list[tuple[Cell, ...]] = []
    left_out = 0
    for effect in _effects(design):
        try:
            statistic = design.statistic_at(effect)
            power = design.power_of(statistic, sizes)
        except DesignError:  # an effect that the endpoint cannot have, such as a proportion above 1
            left_out += 1
            continue
        row: list[Cell] = [effect, power]
        if plan is not None:
            drift = float(statistic.drift(sizes, design.level, design.sides))
            crossing = plan.crossing(drift)
            both = design.sides == 2
            early = float(np.sum(_efficacy(crossing, both)[:-1]))
            down = 0.0 if both else float(np.sum(np.ravel(crossing.lower)[:-1]))
            row += [counted.total * float(plan.expected_information(drift)), early, down]
        rows.append(tuple(row))
    notes = (f"{left_out} effects that this endpoint cannot have are left out.",) if left_out else ()
    return Table("power_curve", "Power over true effects", tuple(columns), tuple(rows), notes)


def _effects(design: Compared) -> Iterator[float]:
    if isinstance(design.hypothesis, Equivalence):
        low, high = design.hypothesis.lower, design.hypothesis.upper
        for i in range(13):
            yield low + (high - low) * i / 12 if low <= 0 else low * (high / low) ** (i / 12)
    else:
        for share in CURVE:
            yield effect_at(design, share)


def sensitivity(design: Compared) -> Table:
    """Size and power when one assumption is a tenth smaller or larger, the others as assumed."""
    rows: list[tuple[Cell, ...]] = []
    designed = (sum(design.sizes), design.power_of(design.statistic, design.sizes))
    parts: tuple[tuple[str, BaseModel], ...] = (("endpoint", design.endpoint), ("hypothesis", design.hypothesis))
    for part, owner in parts:
        for name, value in fields_of(owner).items():
            if isinstance(value, bool) or not isinstance(value, float) or value == 0:
                continue
            for factor in (0.9, 1.1):
                size: Cell = None
                power: Cell = None
                why = ""
                try:
                    other = design.changed(part, name, value * factor)
                    size = other.sample_size().total
                    power = design.power_of(other.statistic, design.sizes)
                except DesignError as error:
                    why = error.message
                if (size, power) != designed:
                    rows.append((name, value, value * factor, size, power, why))
    columns = (
        Column("assumption", "assumption", digits=0),
        Column("assumed", "assumed"),
        Column("changed", "changed to"),
        Column("n_total", f"{design.statistic.unit} needed", digits=0),
        Column("power", "power at the designed size", "1"),
        Column("note", "note", digits=0),
    )
    return Table("sensitivity", "What each assumption is worth", columns, tuple(rows))
