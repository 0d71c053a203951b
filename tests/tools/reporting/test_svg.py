"""Cleaning of SVG for the page."""

from __future__ import annotations

import pytest

from benchside.tools.reporting.svg import UnsafeSvgError, tidy


def test_noise_goes_and_ids_are_numbered() -> None:
    text = """<?xml version='1.0'?><!-- made by x -->
    <svg version="1.1" xmlns="http://www.w3.org/2000/svg" width="9">
      <defs><clipPath id="clip41"><rect width='9'/></clipPath></defs> <g clip-path="url(#clip41)"><use href="#a7"/></g>
    </svg>"""
    assert tidy(text, prefix="p") == (
        '<svg width="9"><defs><clipPath id="p-0"><rect width="9"/></clipPath></defs>'
        '<g clip-path="url(#p-0)"><use href="#p-1"/></g></svg>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain text",
        "<svg><script>x</script></svg>",
        '<svg onload="x()"></svg>',
        '<svg><a href="#x">y</a></svg>',
        '<svg><use href="other.svg#x"/></svg>',
        '<svg><use xlink:href="data:x"/></svg>',
        '<svg><rect fill="url(http://x.invalid/y)"/></svg>',
        "<svg><rect style=\"fill: URL( 'x')\"/></svg>",
        "<svg><text>a < b</text></svg>",
        '<svg title="a>" onload="x"></svg>',
        "<svg><foreignObject></foreignObject></svg>",
        "<svg><image width='1'/></svg>",
        "<svg/onload=x>",
    ],
)
def test_what_could_act_or_load_is_refused(text: str) -> None:
    with pytest.raises(UnsafeSvgError):
        tidy(text, prefix="p")
