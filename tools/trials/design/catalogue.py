"""What the engine offers, by name: endpoints of a comparison and designs of their own kind. Loaded when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import OutOfScopeError

_HERE = "benchside.tools.trials.design"


@dataclass(frozen=True, slots=True)
class Entry:
    """One family: its class, as `module:Class` below this package, and what it is in a few words."""

    where: str
    title: str

    def load(self) -> Any:
        """The class."""
        module, _, name = self.where.partition(":")
        return getattr(import_module(f"{_HERE}.{module}"), name)


ENDPOINTS: dict[str, Entry] = {
    "two-means": Entry("continuous.endpoints:TwoMeans", "two means, known or estimated spread (z, t, Welch)"),
    "survival": Entry("survival.endpoint:Survival", "time to an event: hazard ratio, log-rank and weighted tests"),
    "two-proportions": Entry(
        "binary.two_proportions:TwoProportions", "two proportions: difference, risk or odds ratio"
    ),
}

DESIGNS: dict[str, Entry] = {}

# what people ask for that is not this engine's, each with what it must not be confused with
REFUSED: dict[str, str] = {
    "adaptive-enrichment": "adaptive enrichment changes the population at an interim look; it is not a plain "
    "group-sequential design, and its alpha is not controlled by one",
    "competing-risks": "competing risks need a cumulative-incidence or cause-specific model; plain survival formulas "
    "overstate the events",
    "cure-model": "a cured fraction breaks the proportional-hazards formulas; piecewise hazards of `survival` come "
    "nearest, with the late hazard near 0",
    "platform-trial": "a platform with arms that enter and leave needs a simulation of its own; `mams` has a fixed set "
    "of arms",
    "basket-trial": "borrowing between baskets needs a hierarchical model; design each basket with `simon`",
    "smart": "sequential multiple assignment (SMART) compares regimes, not arms",
    "stepped-wedge": "a stepped wedge needs the correlation over periods; `cluster-means` and its kin are parallel",
    "bayesian-borrowing": "borrowing from historical controls needs a prior to be agreed on; `assurance` averages "
    "power over a prior but does not borrow",
}


def endpoint_class(name: str) -> type[Endpoint]:
    """The endpoint of that name.

    Raises:
        OutOfScopeError: there is none; a refused one says why, others the nearest names.
    """
    if name not in ENDPOINTS:
        raise unknown(name, ENDPOINTS)
    found: type[Endpoint] = ENDPOINTS[name].load()
    return found


def design_class(name: str) -> type[Design]:
    """The design of that name, which is not a comparison.

    Raises:
        OutOfScopeError: as `endpoint_class`.
    """
    if name not in DESIGNS:
        raise unknown(name, DESIGNS)
    found: type[Design] = DESIGNS[name].load()
    return found


def unknown(name: str, among: dict[str, Entry] | None = None) -> OutOfScopeError:
    """The error for a name that is not offered."""
    known = list(among if among is not None else ENDPOINTS | DESIGNS)
    refused = get_close_matches(name, list(REFUSED), n=1, cutoff=0.75)
    if refused:
        return OutOfScopeError(f"{refused[0]}: {REFUSED[refused[0]]}", where="design", hint="It is not offered.")
    near = get_close_matches(name, known, n=3, cutoff=0.4)
    return OutOfScopeError(
        f"there is no design {name[:60]!r}",
        where="design",
        hint=f"Nearest: {', '.join(near)}." if near else "`benchside design --list` names all of them.",
    )
