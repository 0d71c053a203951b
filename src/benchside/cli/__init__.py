"""The command line: thin, no science. Heavy modules are imported by the command that needs them."""

from __future__ import annotations

import sys

import cyclopts

from benchside import __version__
from benchside.cli import approvals, chemistry, workspace

app = cyclopts.App(
    name="benchside",
    help="Agents for drug discovery and clinical-trial design: tools compute, the ledger remembers.",
    version=__version__,
    help_format="plaintext",
)
app.command(chemistry.screen)
app.command(chemistry.properties)
app.command(chemistry.explain)
app.command(chemistry.profiles)
app.command(approvals.resume)
app.command(approvals.approve)
app.command(approvals.reject)
app.command(workspace.app, name="workspace")
app.command(workspace.trace)


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `benchside`."""
    sys.exit(app(arguments, result_action="return_int_as_exit_code_else_zero"))
