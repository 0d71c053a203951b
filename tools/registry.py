"""The registry: each capability is defined once, and every way in is made from that definition.

A capability is a plain function with a small typed schema (a pydantic model of its arguments). LangChain tools, the
command line and MCP wrap the same definition, so that names, bounds and errors agree everywhere.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from benchside.tools.gate import Action, Gate, require
from benchside.workspaces.errors import Actor, BenchsideError, ExitCode, NotFoundError

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool


class ArgumentsError(BenchsideError):
    """Arguments that do not fit a capability's schema; a model can try again."""

    code = "arguments"
    actor = Actor.MODEL
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Finding:
    """One value that a capability found, ready to be recorded as evidence.

    Attributes:
        subject, quantity: what of what, as in the ledger.
        value: number, text or yes/no; null is a value that could not be computed, and `note` says why.
        unit: UCUM-style, "" for none.
        kind: computed, predicted or retrieved.
        source: library or service with its version.
        uncertainty: spread, interval or domain note.
    """

    subject: str
    quantity: str
    value: float | int | str | bool | None
    unit: str
    kind: str
    source: str
    uncertainty: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that Benchside can do.

    Attributes:
        name: snake_case, a verb and a noun; unique.
        description: one line, for a model and for `--help`.
        arguments: pydantic model of the arguments, with units and bounds in its field descriptions.
        function: takes an instance of `arguments`, returns findings.
        records: the kind of evidence its findings become.
        network: whether it may use the network.
        gated: the action that the safety gate judges first, if any; the structure is the argument `smiles`.
        harmless: why it needs no gate: it makes, improves, ranks and plans nothing. One of `gated` and `harmless` is
            always declared.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    function: Callable[[Any], list[Finding]]
    records: str
    network: bool = False
    gated: Action | None = None
    harmless: str = ""

    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments."""
        return self.arguments.model_json_schema()

    def call(self, arguments: dict[str, Any], gate: Gate | None = None) -> list[Finding]:
        """Check the arguments, ask the gate where it is due, and run.

        Args:
            arguments: as the schema says.
            gate: in place of the package's own safety gate with nothing relaxed; there is no way to have none.

        Raises:
            ArgumentsError: what is wrong with which argument, and the schema's own limits.
            GateError: the gate does not let it pass.
        """
        try:
            checked = self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise self.misfit(error) from None
        if self.gated is not None:
            require(gate or _default_gate(), checked.smiles, self.gated)  # type: ignore[attr-defined]
        return self.function(checked)

    def misfit(self, error: ValidationError) -> ArgumentsError:
        """What pydantic says of the arguments, as an error that a model can act on."""
        said = [f"{'.'.join(str(p) for p in e['loc']) or 'arguments'}: {e['msg']}" for e in error.errors()]
        return ArgumentsError(
            "; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else ""),
            where=self.name,
            hint=f"Arguments: {', '.join(self.arguments.model_fields)}.",
        )


class Registry:
    """All capabilities by name."""

    def __init__(self) -> None:
        self._capabilities: dict[str, Capability] = {}

    def add(self, capability: Capability) -> None:
        """Add a capability; a second one of the same name is a bug."""
        if capability.name in self._capabilities:
            raise ValueError(f"two capabilities are called {capability.name!r}")
        if capability.gated is not None and "smiles" not in capability.arguments.model_fields:
            raise ValueError(f"{capability.name!r} is gated but has no argument `smiles` for the gate to judge")
        if (capability.gated is None) != bool(capability.harmless.strip()):
            raise ValueError(f"{capability.name!r} must declare either `gated` or why it is `harmless`")
        self._capabilities[capability.name] = capability

    def __iter__(self) -> Iterator[Capability]:
        return iter(sorted(self._capabilities.values(), key=lambda c: c.name))

    def __getitem__(self, name: str) -> Capability:
        """The capability of that name.

        Raises:
            NotFoundError: with the nearest names.
        """
        if name not in self._capabilities:
            from difflib import get_close_matches

            near = get_close_matches(name, list(self._capabilities), n=3, cutoff=0.4)
            raise NotFoundError(
                f"there is no capability {name!r}", hint=f"Nearest: {', '.join(near)}." if near else None
            )
        return self._capabilities[name]


def _default_gate() -> Gate:
    from benchside.tools.safety.gate import default_gate

    return default_gate()


@functools.cache
def registry() -> Registry:
    """The registry with the capabilities of every domain."""
    from benchside.tools.chemistry.capabilities import CAPABILITIES as CHEMISTRY
    from benchside.tools.safety.capabilities import CAPABILITIES as SAFETY
    from benchside.tools.trials.capabilities import CAPABILITIES as TRIALS

    made = Registry()
    for capability in (*CHEMISTRY, *SAFETY, *TRIALS):
        made.add(capability)
    return made


def langchain_tool(capability: Capability, gate: Gate | None = None) -> StructuredTool:
    """A capability as a LangChain tool: its result is data, `{"findings": [...]}` or `{"error": {...}}` with a code.

    Errors on purpose come back as results, also those of the arguments; any other exception is a bug and is raised.
    """
    from langchain_core.tools import StructuredTool

    def misfit(error: Any) -> Any:  # typed for text, but passed on as it is
        return {"error": capability.misfit(error).as_dict()}

    def run(**arguments: Any) -> dict[str, Any]:
        try:
            findings = capability.call(arguments, gate)
        except BenchsideError as error:
            return {"error": error.as_dict()}
        fields = Finding.__dataclass_fields__
        return {"findings": [{f: getattr(x, f) for f in fields} for x in findings]}

    return StructuredTool.from_function(
        func=run,
        name=capability.name,
        description=capability.description,
        args_schema=capability.arguments,
        handle_validation_error=misfit,
    )
