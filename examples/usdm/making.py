"""How the example study makes its instances: ids in order, codes, quantities, chains."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from benchside.tools.trials.usdm.codes import AliasCode, Code, Quantity

_COUNTS: Counter[str] = Counter()
CT = "2024-09-27"
DAY, WEEK, YEAR, MG = ("C25301", "Day"), ("C29844", "Week"), ("C29848", "Year"), ("C28253", "Milligram")


def new(kind: type, **given: Any) -> Any:
    """An instance with the next id of its class."""
    _COUNTS[kind.__name__] += 1
    return kind(id=f"{kind.__name__}_{_COUNTS[kind.__name__]}", **given)


def code(value: str, word: str, system: str = "http://www.cdisc.org", version: str = CT) -> Code:
    """A code of CDISC, or of another system."""
    made: Code = new(Code, code=value, code_system=system, code_system_version=version, decode=word)
    return made


def alias(value: str, word: str, *more: str) -> AliasCode:
    """The same as an AliasCode."""
    made: AliasCode = new(AliasCode, standard_code=code(value, word, *more))
    return made


def quantity(value: float, unit: tuple[str, str] | None = None) -> Quantity:
    """A number with a unit."""
    made: Quantity = new(Quantity, value=value, unit=alias(*unit) if unit else None)
    return made


def linked(items: list[Any]) -> list[Any]:
    """Instances, each pointing at the one before and the one after."""
    for one, after in pairwise(items):
        one.next_id, after.previous_id = after.id, one.id
    return items
