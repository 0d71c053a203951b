"""Candidate shapes of a dose-response curve, written as text: `emax:25`, `sigEmax:30.5,3.5`, `linear`, ...

A shape is standardised: it is scaled so that its largest effect over the range of doses is the assumed one. Names and
parameters are those of the DoseFinding package and of Pinheiro, Bornkamp & Bretz 2006.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchside.tools.trials.design.checks import finite, not_negative, positive
from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError, OutOfScopeError
from benchside.tools.trials.design.statistic import Floats

MOST_DOSES = 20
SHAPES: dict[str, tuple[str, ...]] = {
    "linear": (),
    "linlog": (),
    "emax": ("ED50",),
    "sigemax": ("ED50", "Hill exponent"),
    "exponential": ("delta",),
    "logistic": ("ED50", "delta"),
    "quadratic": ("delta = b2 / b1",),
    "betamod": ("delta1", "delta2"),
    "linint": (),  # one share of the largest effect for each active dose
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A parsed shape: its name in lower case and its parameters."""

    name: str
    parameters: tuple[float, ...]

    @classmethod
    def parse(cls, text: str) -> Shape:
        """From `name` or `name:parameter,parameter`.

        Raises:
            OutOfScopeError: a name that is not in `SHAPES`.
            ImpossibleInputError: parameters that are no numbers, too few, or out of range.
        """
        word, _, rest = text.strip().partition(":")
        name = word.strip().lower()
        if name not in SHAPES:
            raise OutOfScopeError(
                f"there is no dose-response shape {word[:40]!r}", where="models", hint=f"Known: {', '.join(SHAPES)}."
            )
        try:
            values = tuple(finite("models", float(part)) for part in rest.split(",") if part.strip())
        except ValueError:
            raise ImpossibleInputError(
                f"the parameters of {text[:60]!r} are no numbers",
                where="models",
                hint="Write emax:25 or logistic:50,10.",
            ) from None
        wanted = SHAPES[name]
        if name != "linint" and len(values) != len(wanted):
            needs = ", ".join(wanted) or "none"
            raise ImpossibleInputError(
                f"{text[:60]!r} has {len(values)} parameters", where="models", hint=f"{name} has: {needs}."
            )
        if name not in ("quadratic", "linint", "logistic"):
            for value in values:
                positive(f"models ({name})", value)
        if name == "logistic":
            positive("models (logistic delta)", values[1])
        return cls(name, values)

    def curve(self, doses: Floats, largest: float, scale: float, offset: float) -> Floats:
        """The standardised curve at doses; `scale` is that of the beta model, `offset` that of linlog."""
        p = self.parameters
        with np.errstate(divide="ignore", over="ignore"):
            match self.name:
                case "linear":
                    found = doses
                case "linlog":
                    found = np.log(doses + offset)
                case "emax":
                    found = doses / (p[0] + doses)
                case "sigemax":
                    found = 1 / (1 + np.exp(p[1] * (math.log(p[0]) - np.log(doses))))
                case "exponential":
                    if largest / p[0] > 500:
                        raise ImpossibleInputError(
                            f"exponential:{p[0]:g} is too steep", where="models", hint="Raise delta."
                        )
                    found = np.expm1(doses / p[0])
                case "logistic":
                    found = 1 / (1 + np.exp(np.clip((p[0] - doses) / p[1], -700, 700)))
                case "quadratic":
                    found = doses + p[0] * doses**2
                case _:
                    top = p[0] * math.log(p[0]) + p[1] * math.log(p[1]) - (p[0] + p[1]) * math.log(p[0] + p[1])
                    share = doses / scale
                    found = np.exp(p[0] * np.log(share) + p[1] * np.log1p(-share) - top)
        return np.asarray(found, dtype=float)

    def peak(self, largest: float, scale: float) -> float:
        """The dose of the largest effect within 0 to `largest`."""
        p = self.parameters
        if self.name == "quadratic" and p[0] < 0:
            return min(largest, -1 / (2 * p[0]))
        if self.name == "betamod":
            return min(largest, scale * p[0] / (p[0] + p[1]))
        return largest


def checked_doses(doses: Sequence[float]) -> tuple[float, ...]:
    """Strictly increasing doses, the first of them 0 (placebo or control)."""
    if not 2 <= len(doses) <= MOST_DOSES:
        raise ImpossibleInputError(f"{len(doses)} doses", where="doses", hint=f"Give 2 to {MOST_DOSES}, placebo too.")
    found = tuple(finite("doses", d) for d in doses)
    if found[0] != 0:
        raise ImpossibleInputError(f"doses start at {found[0]:g}", where="doses", hint="Start with placebo, dose 0.")
    for a, b in pairwise(found):
        if b <= a:
            raise ContradictoryInputError(f"dose {b:g} follows {a:g}", where="doses", hint="Give increasing doses.")
    return found


def responses(
    models: Sequence[str],
    doses: Sequence[float],
    max_effect: float,
    placebo: float = 0.0,
    *,
    scale: float | None = None,
    offset: float | None = None,
) -> Floats:
    """Mean responses at the doses, one row for each model, shape (models, doses).

    Args:
        models: shapes as text.
        max_effect: largest effect over placebo within the range of doses, negative for a decreasing curve.
        placebo: mean at dose 0.
        scale: of the beta model; 1.2 times the largest dose when not given.
        offset: of the linear-in-log model; 0.01 times the largest dose when not given.
    """
    found = np.asarray(checked_doses(doses))
    largest = float(found[-1])
    of_beta = 1.2 * largest if scale is None else positive("scale", scale)
    if of_beta < largest:
        raise ImpossibleInputError(f"scale is {of_beta:g}", where="scale", hint="At least the largest dose.")
    of_log = 0.01 * largest if offset is None else positive("offset", offset)
    size = finite("max_effect", max_effect)
    level = finite("placebo", placebo)
    rows = []
    for text in models:
        shape = Shape.parse(text)
        if shape.name == "linint":
            rows.append(level + size * _interpolated(shape, found.size))
            continue
        ends = np.array([0.0, shape.peak(largest, of_beta)])
        low, high = shape.curve(ends, largest, of_beta, of_log)
        if not abs(high - low) > 1e-12:
            raise ImpossibleInputError(
                f"{text} is flat over these doses", where="models", hint="Change its parameters, or leave it out."
            )
        rows.append(level + size * (shape.curve(found, largest, of_beta, of_log) - low) / (high - low))
    return np.array(rows)


def _interpolated(shape: Shape, doses: int) -> Floats:
    if len(shape.parameters) != doses - 1:
        raise ImpossibleInputError(
            f"linint has {len(shape.parameters)} shares for {doses - 1} active doses",
            where="models",
            hint="Give one share of the largest effect for each active dose.",
        )
    for share in shape.parameters:
        not_negative("models (linint)", share)
    if max(shape.parameters) == 0:
        raise ImpossibleInputError("linint is flat", where="models", hint="Some share must be above 0.")
    return np.array([0.0, *shape.parameters])
