"""The ledger entries of a design: each assumption, each result with what it was computed from, each table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.results import Quantity, Results, Verification
from benchside.workspaces.artifacts import Artifact
from benchside.workspaces.ledger import NewEvidence, Source, TableReference
from benchside.workspaces.workspace import Workspace

_ID = re.compile(r"E[1-9][0-9]*")


def record_design(
    place: Workspace,
    design: Design,
    results: Results,
    *,
    run: str,
    subject: str,
    verification: Verification | None,
    definition: Artifact,
    tables: Sequence[tuple[str, Artifact, Sequence[str]]],
    version: str,
) -> dict[str, str]:
    """Append the entries of a run in a fixed order; the same design finds its own entries again.

    Args:
        subject: what the entries are about: the title of the design.
        definition: the artifact with the whole design.
        tables: name, artifact and columns of each table.

    Returns:
        quantity name (or `table.column`) to evidence id.

    Raises:
        NotFoundError: an assumption names evidence that does not exist.
        ContradictoryInputError: it names evidence with another value.
    """
    assumed = design.assumptions()
    names = [q.name for q in assumed]
    entries = [_assumption(place, q, design.sources.get(q.name), run=run, subject=subject) for q in assumed]
    given = dict(zip(names, (e.id for e in place.ledger.append(entries)), strict=True))
    engine = Source(tool="benchside design", version=version)
    inputs = [*given.values(), definition.sha256]
    computed: list[tuple[str, NewEvidence]] = []

    def add(
        name: str, quantity: str, value: Any, unit: str = "1", *, note: str = "", uncertainty: str | None = None
    ) -> None:
        computed.append(
            (
                name,
                NewEvidence(kind="computed", subject=subject, quantity=quantity, value=value, unit=unit,
                            uncertainty=uncertainty, source=engine, inputs=inputs, run=run,
                            parameters={"name": name, "method": note} if note else {"name": name}),
            )
        )  # fmt: skip

    spoken = {n: q for n, q in results.text.values.items() if isinstance(q.value, int | float)}
    for q in ({q.name: q for q in results.quantities} | spoken).values():
        if q.name not in given:
            add(q.name, q.label, q.value, q.unit, note=q.note)
    if verification is not None:
        for check in verification.checks:
            how = f"{verification.trials} trials, seed {verification.seed}"
            add(f"simulated_{check.name}", f"{check.label}, simulated", check.simulated, note=how,
                uncertainty=f"Monte Carlo standard error {check.standard_error:.2g}")  # fmt: skip
    for name, artifact, columns in tables:
        for column in columns:
            reference = TableReference(artifact=artifact.sha256, column=column, key_column="row")
            add(f"{name}.{column}", f"{name.replace('_', ' ')}: {column.replace('_', ' ')}", reference)
    recorded = place.ledger.append([entry for _, entry in computed])
    return given | dict(zip((name for name, _ in computed), (e.id for e in recorded), strict=True))


def _assumption(place: Workspace, q: Quantity, source: str | None, *, run: str, subject: str) -> NewEvidence:
    """One assumption: of the user, or taken from evidence that is there and says the same."""
    inputs: list[str] = []
    origin = Source(person="the user")
    if source is not None and _ID.fullmatch(source):
        known = place.ledger.get(source)
        numbers = isinstance(known.value, int | float) and isinstance(q.value, int | float)
        if numbers and not isinstance(known.value, bool) and abs(float(known.value) - float(q.value)) > 1e-9:  # type: ignore[arg-type]
            raise ContradictoryInputError(
                f"{q.name} is {q.value:g}, but {source} says {known.value:g}",
                where=q.name,
                hint="Use the value of the evidence, or name another source.",
            )
        inputs = [source]
    elif source:
        origin = Source(document=source)
    return NewEvidence(kind="assumption", subject=subject, quantity=q.label, value=q.value, unit=q.unit,
                       source=origin, inputs=inputs, run=run, parameters={"name": q.name})  # fmt: skip
