"""Legibility of the theme."""

from __future__ import annotations

import itertools

import pytest

from benchside.tools.reporting.theme import COLOURS, PALETTE, TONES, colour, stylesheet


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tone", TONES)
def test_text_of_each_tone_reads_on_its_wash(tone: str) -> None:
    assert contrast(COLOURS[tone], COLOURS[f"{tone}-wash"]) >= 4.5
    assert contrast(COLOURS[tone], COLOURS["paper"]) >= 4.5


def test_body_text_reads_and_colours_differ() -> None:
    assert contrast(COLOURS["ink"], COLOURS["wash"]) >= 7
    assert contrast(COLOURS["muted"], COLOURS["wash"]) >= 4.5
    assert all(a != b for a, b in itertools.combinations(PALETTE, 2))
    assert colour(10) == PALETTE[0]


def test_the_stylesheet_reaches_for_nothing() -> None:
    css = stylesheet()
    assert "@import" not in css
    assert "url(" not in css
    assert "--accent:#0a5a8c" in css
