"""The command line: thin, no science. Heavy modules are imported by the command that needs them."""

from __future__ import annotations

import sys

import cyclopts

from benchside import __version__
from benchside.cli import approvals, chemistry, safety, trials, usdm, workspace
from benchside.workspaces.errors import ExitCode

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
app.command(trials.app)
app.command(usdm.app)
app.command(approvals.resume)
app.command(approvals.approve)
app.command(approvals.reject)
app.command(safety.app)
app.command(workspace.app, name="workspace")
app.command(workspace.trace)


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `benchside`."""
    try:
        code = app(arguments, exit_on_error=False, result_action="return_int_as_exit_code_else_zero")
    except cyclopts.CycloptsError:  # it has been printed, with the nearest option where there is one
        code = ExitCode.USAGE
    sys.exit(int(code))
