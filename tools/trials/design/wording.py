"""How a comparison describes itself: its assumptions by name, and the paragraph of a protocol, all numbers in slots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchside.tools.trials.design.base import fields_of
from benchside.tools.trials.design.calendar import information
from benchside.tools.trials.design.hypotheses import Equivalence, NonInferiority
from benchside.tools.trials.design.results import Cell, Paragraph, Quantity, printed, sequence_note

if TYPE_CHECKING:
    from benchside.tools.trials.design.compared import Compared

SIDES = {1: "one-sided", 2: "two-sided"}


def assumptions(design: Compared) -> tuple[Quantity, ...]:
    """Every field that shapes the design, by its own name, with where it comes from."""
    found: list[Quantity] = []
    for name, value in fields_of(design.endpoint).items():
        unset = name not in design.endpoint.model_fields_set
        if name == "kind" or value is None or (unset and (isinstance(value, int | float) or not value)):
            continue  # a number that was left at its default is said by the test's label, or is nought
        about = type(design.endpoint).model_fields[name].description or name.replace("_", " ")
        found.append(_assumption(name, about, value))
    found.append(Quantity("effect", f"assumed {design.endpoint.effect_name}", design.endpoint.effect()))
    hypothesis = design.hypothesis
    found.append(Quantity("hypothesis", "hypothesis", hypothesis.kind))
    if isinstance(hypothesis, NonInferiority):
        found.append(_assumption("margin", "non-inferiority margin", hypothesis.margin))
    elif isinstance(hypothesis, Equivalence):
        found.append(_assumption("lower", "lower equivalence margin", hypothesis.lower))
        found.append(_assumption("upper", "upper equivalence margin", hypothesis.upper))
    elif hypothesis.null is not None:
        found.append(_assumption("null", "effect under the null", hypothesis.null))
    found += [
        Quantity("test", "test statistic", design.statistic.label, note=design.test_name),
        Quantity("alpha", f"{SIDES[design.sides]} alpha", design.alpha, "1"),
        Quantity("sides", "sides", design.sides, digits=0),
    ]
    if design.power is not None:
        found.append(Quantity("target_power", "wanted power", design.power, "1"))
    if design.statistic.arms > 1:
        found.append(Quantity("allocation", ":".join(design.arm_names), design.shared.text()))
    if design.dropout:
        found.append(_assumption("dropout", "share lost to the analysis", design.dropout))
    if design.effect_sd is not None:
        found.append(_assumption("effect_sd", "standard deviation of the belief about the effect", design.effect_sd))
    if design.monitoring is not None:
        m = design.monitoring
        found += [
            Quantity("looks", "information fractions of the looks", sequence_note(m.looks)),
            Quantity("spending", "efficacy boundary", m.efficacy_label, note=m.spending),
        ]
        if m.futility is not None:
            binds = "binding" if m.binding else "non-binding"
            found.append(Quantity("futility", f"futility boundary ({binds})", m.futility_label, note=m.futility))
    if design.multiplicity is not None:
        named = design.hypothesis_name or design.multiplicity.names[0]
        found += [
            Quantity("multiplicity", "multiplicity", design.multiplicity.described()),
            Quantity("hypothesis_name", "this hypothesis", named),
            Quantity("level", "alpha of this hypothesis", design.level, "1"),
        ]
    return tuple(found)


def _assumption(name: str, label: str, value: object) -> Quantity:
    shown: Cell = value if isinstance(value, int | float | str | bool) else _flat(value)
    return Quantity(name, label, shown)


def _flat(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_flat(v) for v in value)
    return printed(value, 6) if isinstance(value, int | float | str | bool) else str(value)


def _named(value: Cell) -> bool:
    """Whether a value is a word (a choice of method), not numbers."""
    return isinstance(value, str) and not any(c.isdigit() for c in value)


def paragraph(design: Compared) -> Paragraph:
    """The sample-size paragraph: what is tested, at which assumptions, with which size and power."""
    size = design.sample_size()
    values = {q.name: q for q in (*design.assumptions(), *size.quantities())}

    def word(name: str, text: str) -> str:
        values[name] = Quantity(name, name.replace("_", " "), text)
        return f"{{{name}}}"

    endpoint = [name for name in fields_of(design.endpoint) if name in values and not _named(values[name].value)]
    assumed = "; ".join(f"{word(f'{name}_label', values[name].label)} {{{name}}}" for name in endpoint)
    aim = {
        "superiority": "superiority",
        "non-inferiority": "non-inferiority with the margin {margin}",
        "equivalence": "equivalence within {lower} and {upper}",
    }[design.hypothesis.kind]
    each = "each of " if isinstance(design.hypothesis, Equivalence) else ""
    parts = [
        f"The trial is to show {aim} in the {word('effect_name', design.endpoint.effect_name)} "
        f"({word('test_label', design.statistic.label)}, {each}{word('sidedness', SIDES[design.sides])} alpha "
        "{alpha}).",
        f"It is assumed: {assumed}; the {{effect_name}} is then {{effect}}.",
    ]
    keys = [(arm, arm.replace(" ", "_").lower()) for arm in size.arms]
    arms = ", ".join(f"{{n_{key}}} {word(f'arm_{key}', arm)}" for arm, key in keys) if len(size.arms) > 1 else ""
    unit = word("unit", size.unit)
    events = " and {events} events" if size.events is not None else ""
    parts.append(
        f"With {{n_total}} evaluable {unit} ({f'{arms}; ' if arms else ''}{word('rule', size.rule)}){events}, "
        "the power is {achieved_power}."
    )
    if size.enrolled != size.evaluable:
        parts.append(f"To allow for a loss of {{dropout}}, {{n_enrolled}} {unit} are enrolled.")
    cites = list(design.statistic.references)
    if design.plan is not None and design.monitoring is not None:
        counted = information(design)

        def each_look(name: str, label: str, numbers: Iterable[float]) -> str:
            for k, number in enumerate(numbers, start=1):
                values[f"{name}_{k}"] = Quantity(f"{name}_{k}", f"{label}, look {k}", float(number), "1")
            return ", ".join(f"{{{name}_{k + 1}}}" for k in range(design.plan.looks if design.plan else 0))

        fractions = each_look("look", "information fraction", design.plan.fractions)
        bounds = each_look("efficacy_z", "efficacy boundary, Z", design.plan.upper)
        parts.append(
            f"Analyses are planned at the information fractions {fractions}; the efficacy boundary follows "
            f"{{spending}} (Z: {bounds})."
        )
        cites += design.plan.references
        if design.monitoring.futility is not None:
            low = each_look("futility_z", "futility boundary, Z", design.plan.lower)
            binds = word("binding", "binding" if design.monitoring.binding else "non-binding")
            parts.append(f"The {binds} futility boundary spends beta by {{futility}} (Z: {low}).")
        parts.append(
            f"The looks make the largest size {{inflation}} times that of a fixed design; the expected size is "
            f"{{expected_{counted.name}}} {word('information', counted.label)} at the assumed effect and "
            f"{{expected_{counted.name}_null}} at the null."
        )
    if design.effect_sd is not None:
        parts.append(
            "Averaged over a normal prior of the effect with standard deviation {effect_sd}, the probability of "
            "success (assurance) is {assurance}."
        )
        cites.append("ohagan-2005")
    if design.multiplicity is not None:
        parts.append("Alpha is shared by {multiplicity}; {hypothesis_name} is tested at {level}.")
    return Paragraph(" ".join(parts), values, tuple(dict.fromkeys(cites)))
