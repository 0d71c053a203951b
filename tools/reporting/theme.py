"""Colours, type and spacing of every report, as CSS variables and as a Vega-Lite configuration.

The categorical palette is that of Okabe and Ito (Color Universal Design, 2008), which people with any of the common
forms of colour blindness can tell apart; its yellow is darkened so that it holds on white paper. A tone is never
carried by colour alone: a mark or a word stands beside it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

Tone = Literal["neutral", "good", "caution", "bad", "info"]
"""What a badge or a cell says about itself."""

TONES: Final[tuple[Tone, ...]] = ("neutral", "good", "caution", "bad", "info")

COLOURS: Final[dict[str, str]] = {
    "ink": "#18222e",
    "muted": "#5a6675",
    "faint": "#8a95a3",
    "line": "#dde3ea",
    "wash": "#f5f7f9",
    "paper": "#ffffff",
    "accent": "#0a5a8c",
    "accent-wash": "#e8f1f7",
    "good": "#0b7a57",
    "good-wash": "#e5f4ee",
    "caution": "#8f5600",
    "caution-wash": "#fdf1dc",
    "bad": "#b0301c",
    "bad-wash": "#fbe9e5",
    "info": "#0a5a8c",
    "info-wash": "#e8f1f7",
    "neutral": "#465362",
    "neutral-wash": "#eef1f4",
}

PALETTE: Final[tuple[str, ...]] = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#d55e00",
    "#56b4e9",
    "#b8a800",
    "#6b7785",
    "#7a3b8f",
    "#7d4a2d",
)
"""Categorical colours, in the order in which they are given out (after ten they repeat).

The first six are those of Okabe & Ito 2008, the seventh a darker form of their yellow: colour-blind eyes tell them
apart.
"""

SERIES: Final[str] = PALETTE[0]
REFERENCE: Final[str] = "#a9b4c0"

FONT: Final[str] = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
)
MONOSPACE: Final[str] = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace"


def colour(index: int) -> str:
    """The categorical colour number `index` (from 0), as #rrggbb; the palette repeats after ten."""
    return PALETTE[index % len(PALETTE)]


def variables() -> str:
    """The theme as a `:root` rule of CSS variables (`--ink`, `--accent`, `--font`, `--series-1`…)."""
    pairs = [f"--{name}:{value}" for name, value in COLOURS.items()]
    pairs += [f"--series-{number}:{value}" for number, value in enumerate(PALETTE, start=1)]
    pairs += [f"--font:{FONT}", f"--mono:{MONOSPACE}"]
    return ":root{" + ";".join(pairs) + "}"


@cache
def asset(name: str) -> str:
    """The text of a file of `assets/`, for example "report.css".

    Raises:
        FileNotFoundError: the package was installed without it.
    """
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def stylesheet() -> str:
    """All CSS of a report: the variables, the page, the table and the rules for print."""
    return "\n".join((variables(), asset("report.css"), asset("table.css"), asset("print.css")))


def vega_config() -> dict[str, Any]:
    """The theme as a Vega-Lite `config` object: no frame, faint grid, small quiet type."""
    axis = {
        "labelColor": COLOURS["muted"],
        "titleColor": COLOURS["muted"],
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 6,
        "domainColor": "#c3ccd6",
        "tickColor": "#c3ccd6",
        "tickSize": 4,
        "gridColor": "#edf0f3",
    }
    return {
        "font": FONT,
        "background": None,
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False},
        "axisX": {"grid": False},
        "title": {"fontSize": 12, "fontWeight": 600, "anchor": "start", "color": COLOURS["ink"], "offset": 8},
        "legend": {
            "labelColor": COLOURS["muted"],
            "titleColor": COLOURS["muted"],
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "symbolType": "square",
            "orient": "top",
            "columnPadding": 18,
            "offset": 4,
        },
        "range": {"category": list(PALETTE)},
    }
