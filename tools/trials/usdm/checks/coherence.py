"""Parts that must agree: arms and cells, criteria and population, objectives and endpoints, texts and dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchside.tools.trials.usdm.checks.findings import Finding, Severity, finding
from benchside.tools.trials.usdm.index import Index, Node
from benchside.tools.trials.usdm.markup import resolved

PRIMARY_OBJECTIVE, PRIMARY_ENDPOINT, OFFICIAL_TITLE, SPONSOR = "C85826", "C94496", "C207616", "C70793"
_TEXTS = ("EligibilityCriterionItem", "Objective", "Endpoint", "IntercurrentEvent", "Characteristic", "Condition")


def check(index: Index) -> Iterator[Finding]:
    """Findings about parts that do not agree."""
    for version in index.of("StudyVersion"):
        yield from _version(index, version)
    for design in index.of("InterventionalStudyDesign", "ObservationalStudyDesign"):
        yield from _cells(index, design)
        yield from _objectives(index, design)
        yield from _criteria(index, design)
    yield from _quantities(index)
    for node in index.of(*_TEXTS, "NarrativeContentItem"):
        said: list[str] = []
        resolved(index, node, "text", said.append)
        for what in dict.fromkeys(said):
            fix = "Mend the reference, or add the parameter to the dictionary."
            yield finding("unresolved-text", Severity.ERROR, node, f"in its text, {what}", fix, "text")


def _version(index: Index, version: Node) -> Iterator[Finding]:
    titles = [index.code(t, "type") for t in index.held(version, "titles")]
    if OFFICIAL_TITLE not in titles:
        message = "it has no title of the type Official Study Title"
        yield finding("no-official-title", Severity.ERROR, version, message, f"Add one ({OFFICIAL_TITLE}).", "titles")
    sponsors = [r for r in index.held(version, "roles") if index.code(r, "code") == SPONSOR]
    if len(sponsors) != 1:
        message = f"it has {len(sponsors)} roles of the sponsor"
        yield finding("sponsor", Severity.ERROR, version, message, "Exactly one role is the sponsor's.", "roles")
    organizations = {i for r in sponsors for i in r.ids("organizationIds")}
    scoped = [i for i in index.held(version, "studyIdentifiers") if set(i.ids("scopeId")) & organizations]
    if sponsors and len(scoped) != 1:
        message = f"it has {len(scoped)} identifiers of the sponsor"
        fix = "Exactly one study identifier has the sponsor's organization as its scope."
        yield finding("sponsor-identifier", Severity.ERROR, version, message, fix, "studyIdentifiers")
    used = {i for c in index.of("EligibilityCriterion") for i in c.ids("criterionItemId")}
    for item in index.held(version, "eligibilityCriterionItems"):
        if item.id not in used:
            message = f"no criterion uses the words {item.named()!r}"
            yield finding("unused-item", Severity.WARNING, item, message, "Use it in a criterion, or leave it out.")


def _cells(index: Index, design: Node) -> Iterator[Finding]:
    counts = Counter((c.text("armId"), c.text("epochId")) for c in index.held(design, "studyCells"))
    for arm in index.held(design, "arms"):
        for epoch in index.held(design, "epochs"):
            count = counts[arm.id, epoch.id]
            if count != 1:
                message = f"{count or 'no'} cells for the arm {arm.named()!r} in the epoch {epoch.named()!r}"
                yield finding(
                    "cells", Severity.ERROR, design, message, "One cell for each arm and epoch.", "studyCells"
                )
    used = {i for c in index.held(design, "studyCells") for i in c.ids("elementIds")}
    for element in index.held(design, "elements"):
        if element.id not in used:
            message = f"no cell uses the element {element.named()!r}"
            yield finding("unused-element", Severity.WARNING, element, message, "Use it in a cell, or leave it out.")


def _objectives(index: Index, design: Node) -> Iterator[Finding]:
    objectives = index.held(design, "objectives")
    primary = [o for o in objectives if index.code(o, "level") == PRIMARY_OBJECTIVE]
    if len(primary) != 1:
        message = f"it has {len(primary)} primary objectives"
        fix = "Exactly one objective has the level Primary Objective."
        yield finding("primary-objective", Severity.ERROR, design, message, fix, "objectives")
    for objective in primary:
        if not any(index.code(e, "level") == PRIMARY_ENDPOINT for e in index.held(objective, "endpoints")):
            message = "the primary objective has no primary endpoint"
            yield finding("primary-endpoint", Severity.ERROR, objective, message, "Add one.", "endpoints")
    if index.of("InterventionalStudyDesign") and not index.held(design, "estimands") and primary:
        message = "it has no estimand"
        fix = "State population, interventions, variable and intercurrent events (ICH E9(R1))."
        yield finding("no-estimand", Severity.NOTE, design, message, fix, "estimands")


def _criteria(index: Index, design: Node) -> Iterator[Finding]:
    population = index.one(design, "population")
    if population is None:
        return
    used = set(population.ids("criterionIds"))
    for cohort in index.held(population, "cohorts"):
        used |= set(cohort.ids("criterionIds"))
    seen: dict[tuple[str, str], Node] = {}
    for criterion in index.held(design, "eligibilityCriteria"):
        if criterion.id not in used:
            message = f"the criterion {criterion.named()!r} belongs to no population"
            fix = "Add its id to the criterionIds of the population or of a cohort."
            yield finding("unused-criterion", Severity.ERROR, criterion, message, fix)
        key = (index.code(criterion, "category"), criterion.text("identifier"))
        if seen.setdefault(key, criterion) is not criterion:
            message = f"the identifier {key[1]!r} is also that of {seen[key].path}"
            yield finding("criterion-number", Severity.WARNING, criterion, message, "Number them apart.", "identifier")


def _quantities(index: Index) -> Iterator[Finding]:
    for node in index.of("Range"):
        low, high = index.one(node, "minValue"), index.one(node, "maxValue")
        if low is None or high is None:
            continue
        units = index.code(low, "unit"), index.code(high, "unit")
        values = low.data.get("value"), high.data.get("value")
        numbers = [v for v in values if isinstance(v, int | float)]
        if units[0] != units[1]:
            yield finding("units", Severity.WARNING, node, "its ends have different units", "Give both the same unit.")
        elif len(numbers) == 2 and numbers[0] > numbers[1]:
            message = f"its smallest value {numbers[0]:g} is above its largest {numbers[1]:g}"
            yield finding("range", Severity.ERROR, node, message, "Turn them round.")
    for node in index.of("Duration"):
        if bool(node.data.get("durationWillVary")) != bool(node.text("reasonDurationWillVary")):
            message = "durationWillVary and reasonDurationWillVary do not agree"
            yield finding("duration-reason", Severity.ERROR, node, message, "Give a reason if, and only if, it varies.")
