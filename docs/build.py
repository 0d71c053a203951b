"""Writes the pages of docs/ that are made from the code, so that they cannot say anything else than the code does.

python docs/build.py
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from benchside.tools.chemistry.admet_endpoints import QUALITY_RULE, endpoints
from benchside.tools.chemistry.columns import COLUMNS, Column
from benchside.tools.trials.design.catalogue import DESIGNS, ENDPOINTS, REFUSED, endpoint_class
from benchside.tools.trials.design.families import DESIGN, HYPOTHESIS, MONITORING, settings_of
from benchside.workspaces.errors import ExitCode

FOLDER = Path(__file__).resolve().parent
NOTICE = "<!-- made by docs/build.py; change the code, not this page -->"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def exit_codes() -> str:
    """docs/exit-codes.md, from the enumeration and the comment beside each member."""
    said = dict(re.findall(r"^    (\w+) = \d+(?:  # (.+))?$", inspect.getsource(ExitCode), re.MULTILINE))
    rows = [(f"`{int(code)}`", code.name, said[code.name] or "done") for code in ExitCode]
    return f"""# Exit codes

{NOTICE}

Every command ends with one of these. With `--json`, an error is also an object on standard output, with a stable
`code`, the `actor` who can put it right (`user`, `operator`, `model`, `developer`), a `message`, `where` and a `hint`.
Standard output holds results alone; everything else goes to standard error.

{table(["code", "name", "meaning"], rows)}
"""


def _rows(columns: Iterable[Column]) -> list[list[str]]:
    better = {"higher": "higher", "lower": "lower", None: ""}
    return [[f"`{c.name}`", c.label, c.unit, better[c.direction], c.source, c.note] for c in columns]


def columns() -> str:
    """docs/columns.md, from the table of columns and the endpoint table of admet-ai."""
    known = endpoints()
    plain = [c for c in COLUMNS.values() if c.kind != "predicted"]
    groups = {"Given": "input", "Computed": "computed"}
    computed = "\n\n".join(
        f"## {title}\n\n"
        + table(["column", "what", "unit", "better", "method", "note"], _rows(c for c in plain if c.kind == k))
        for title, k in groups.items()
    )
    predicted = [
        [f"`{e.id}`", e.label, e.unit, COLUMNS[e.id].direction or "", f"{e.quality}{'; ' + e.note if e.note else ''}"]
        for e in known.values()
    ]
    doubtful = ", ".join(f"`{e.id}`" for e in known.values() if e.unreliable)
    return f"""# Columns

{NOTICE}

What each column of the results, of `benchside properties` and of a profile means. A missing value is empty, never 0.
`benchside profiles --columns --json` prints the same for a script.

{computed}

## Predicted

By the models of admet-ai {version("admet-ai")} (Swanson et al. 2024, Bioinformatics 40, btae416), with their quality as
measured by its authors. Each endpoint has a second column, `<endpoint>_spread`: the standard deviation over the five
models of the ensemble. It shows disagreement; it is not an error bar.

{QUALITY_RULE[0].upper()}{QUALITY_RULE[1:]}. Do not rank on an unreliable endpoint: {doubtful}.

{table(["column", "what", "unit", "better", "measured quality and notes"], predicted)}
"""


def designs() -> str:
    """docs/designs.md, from the catalogue of the trial engine and the fields of each family."""
    shared = {**HYPOTHESIS, **MONITORING, **DESIGN}

    def settings(name: str) -> str:
        own = {k: v for k, v in settings_of(name).items() if k not in shared or name in DESIGNS}
        return table(["setting", "what it is"], [(f"`{k.replace('_', '-')}`", v) for k, v in own.items()])

    def tests(name: str) -> str:
        known = endpoint_class(name).tests
        return "Tests: " + "; ".join(f"{kind}: {', '.join(f'`{n}`' for n in names)}" for kind, names in known.items())

    comparisons = "\n\n".join(
        f"### `{name}`: {entry.title}\n\n{tests(name)}.\n\n{settings(name)}" for name, entry in ENDPOINTS.items()
    )
    others = "\n\n".join(f"### `{name}`: {entry.title}\n\n{settings(name)}" for name, entry in DESIGNS.items())
    return f"""# Designs

{NOTICE}

Every family of `benchside design`, with its settings; values in brackets are the defaults. On the command line a
setting is `--setting value`, in a file `setting = value`. [trial-design.md](trial-design.md) explains the conventions.

## Comparisons of one or two groups

All of these also take the settings of the hypothesis, the looks and the design:

{table(["setting", "what it is"], [(f"`{k.replace('_', '-')}`", v) for k, v in shared.items()])}

{comparisons}

## Designs of their own kind

{others}

## Refused by name

{table(["asked for", "why not"], [(f"`{k}`", v) for k, v in REFUSED.items()])}
"""


PAGES = {"exit-codes.md": exit_codes, "columns.md": columns, "designs.md": designs}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
