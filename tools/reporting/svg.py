"""SVG made fit to stand many times inside one HTML page: checked, without noise, with ids that do not clash."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from markupsafe import Markup

from benchside.workspaces.errors import BenchsideError

SHAPES: Final = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "use")
FRAMES: Final = ("svg", "g", "defs", "symbol", "clipPath", "mask", "marker", "pattern", "title", "desc")
PAINTS: Final = ("linearGradient", "radialGradient", "stop")
ELEMENTS: Final = frozenset(SHAPES + FRAMES + PAINTS)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z_:][\w:.-]*\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')")
_HEADER = re.compile(r"\s*<\?xml.*?\?>|<!DOCTYPE[^>]*>|<!--.*?-->", re.DOTALL)
_BLANK = re.compile(r">\s+<")
_REFERENCE = re.compile(r"url\((['\"]?)#([^)'\"]+)\1\)")
_URL = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)
_DROPPED = ("xmlns", "xmlns:xlink", "xmlns:rdkit", "xml:space", "version", "baseProfile")


class UnsafeSvgError(BenchsideError):
    """An SVG holds something that a report must not: a script, an event handler, a link out."""

    code = "unsafe_svg"


def tidy(text: str, *, prefix: str) -> Markup:
    """An SVG ready to be put into HTML.

    Headers, comments, namespaces and white space between tags go. Ids are numbered in order of appearance behind
    `prefix`, so that the counters of the program that drew it do not show, and references follow them.

    Args:
        text: one `<svg>` element, perhaps after an XML header.
        prefix: unique on the page, letters, digits, - and _ only.

    Raises:
        UnsafeSvgError: an element outside `ELEMENTS`, an event handler, a reference to anything outside the drawing,
            or text that is not well-formed.
    """
    body = _BLANK.sub("><", _HEADER.sub("", text)).strip()
    out: list[str] = []
    names: dict[str, str] = {}

    def rename(old: str) -> str:
        return names.setdefault(old, f"{prefix}-{len(names)}")

    position = 0
    for tag in _TAG.finditer(body):
        out.append(_text(body[position : tag.start()]))
        out.append(_tag(tag, rename))
        position = tag.end()
    out.append(_text(body[position:]))
    if position == 0 or not body.startswith("<svg"):
        raise UnsafeSvgError("The text is no SVG drawing.", where=body[:60] or "an empty text")
    return Markup("".join(out))  # noqa: S704 - every tag and attribute was checked


def _text(part: str) -> str:
    if "<" in part or ">" in part:
        raise UnsafeSvgError("The drawing has a tag that is not well-formed.", where=part.strip()[:60])
    return part


def _tag(tag: re.Match[str], rename: Callable[[str], str]) -> str:
    closing, name, attributes, empty = tag.groups()
    if name not in ELEMENTS:
        raise UnsafeSvgError(f"The drawing holds the element <{name}>.", where=tag.group()[:60])
    kept: list[str] = []
    for found in _ATTRIBUTE.finditer(attributes):
        key = found.group(1)
        value = found.group(2) if found.group(2) is not None else found.group(3).replace('"', "&quot;")
        if key in _DROPPED:
            continue
        if key.lower().startswith("on") or _URL.search(value):
            raise UnsafeSvgError(f"The drawing holds the attribute {key}={value[:40]!r}.", where=tag.group()[:60])
        if key in ("href", "xlink:href"):
            if not value.startswith("#"):
                raise UnsafeSvgError(f"The drawing refers to {value[:40]!r}.", where=tag.group()[:60])
            value = f"#{rename(value[1:])}"
        elif key == "id":
            value = rename(value)
        elif key == "aria-labelledby":
            value = " ".join(map(rename, value.split()))
        elif "url(" in value:
            value = _REFERENCE.sub(lambda found: f"url(#{rename(found.group(2))})", value)
        kept.append(f' {key}="{value}"')
    return f"<{closing}{name}{''.join(kept)}{empty}>"
