"""Who takes part and on which path: eligibility criteria, and arms by epochs."""

from __future__ import annotations

from benchside.tools.trials.design.results import Table
from benchside.tools.trials.usdm.index import Index, Node
from benchside.tools.trials.usdm.markup import words
from benchside.tools.trials.usdm.views.order import columns, ordered

INCLUSION, EXCLUSION = "C25532", "C25370"


def criteria(index: Index, design: Node) -> list[Table]:
    """Inclusion and exclusion criteria in their order, with the parameters of their texts filled in."""
    groups: dict[str, list[Node]] = {INCLUSION: [], EXCLUSION: []}
    for criterion in ordered(index.held(design, "eligibilityCriteria")):
        groups.setdefault(index.code(criterion, "category"), []).append(criterion)
    titles = {INCLUSION: "Inclusion criteria", EXCLUSION: "Exclusion criteria"}
    found = []
    for code, members in groups.items():
        if members:
            title = titles.get(code) or f"Criteria of the category {index.decode(members[0], 'category') or code!r}"
            rows = tuple((c.text("identifier"), c.named(), _text(index, c)) for c in members)
            name = title.lower().replace(" ", "_")
            found.append(Table(name, f"{title}, {design.named()}", columns("No.", "Name", "Text"), rows))
    return found


def _text(index: Index, criterion: Node) -> str:
    item = index.get(criterion.text("criterionItemId"), "EligibilityCriterionItem")
    return words(index, item) if item is not None else f"[{criterion.text('criterionItemId')}]"


def arms(index: Index, design: Node) -> list[Table]:
    """What happens in each arm during each epoch."""
    epochs = ordered(index.held(design, "epochs"))
    cells: dict[tuple[str, str], list[str]] = {}
    for cell in index.held(design, "studyCells"):
        elements = [e.named() for e in index.referred(cell, "elementIds")]
        cells.setdefault((cell.text("armId"), cell.text("epochId")), []).extend(elements)
    rows = tuple(
        (arm.named(), index.decode(arm, "type"), *(", ".join(cells.get((arm.id, e.id), [])) or None for e in epochs))
        for arm in index.held(design, "arms")
    )
    heads = columns("Arm", "Type", *(e.named() for e in epochs))
    return [Table("arms", f"Arms and epochs, {design.named()}", heads, rows)]
