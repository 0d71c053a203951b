"""From the bytes of an answer to text or JSON, or to an error that says why not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from benchside.tools.http.errors import MalformedError

_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def decode_text(body: bytes, headers: Mapping[str, str], where: str) -> str:
    """The body as text, in the charset that the service names, or UTF-8.

    Raises:
        MalformedError: an unknown charset, or bytes that it does not have.
    """
    named = _CHARSET.search(headers.get("content-type", ""))
    charset = named.group(1) if named else "utf-8"
    # a byte order mark is allowed in UTF-8 and is no part of the text
    charset = "utf-8-sig" if charset.lower().replace("_", "-") in {"utf-8", "utf8"} else charset
    try:
        return body.decode(charset)
    except LookupError:
        raise MalformedError(f"the answer names an unknown charset {charset!r}", where=where) from None
    except UnicodeDecodeError as error:
        raise MalformedError(
            f"the answer is not in the charset it names ({charset.removesuffix('-sig')}): "
            f"byte {error.object[error.start]:#04x} at {error.start}",
            where=where,
        ) from None


def decode_json(body: bytes, headers: Mapping[str, str], where: str) -> Any:
    """The body as JSON (RFC 8259).

    Raises:
        MalformedError: HTML, an empty body, a cut-off body, or anything else that is not JSON.
    """
    text = decode_text(body, headers, where)
    stripped = text.lstrip()
    if not stripped:
        raise MalformedError("an empty answer where JSON was due", where=where)
    if stripped[0] == "<":
        raise MalformedError(f"{describe_markup(stripped)} where JSON was due", where=where)
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        at_the_end = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated")
        what = "cut-off JSON" if at_the_end else "invalid JSON"
        raise MalformedError(f"{what}: {error.msg} at character {error.pos} of {len(text)}", where=where) from None
    except ValueError as error:
        raise MalformedError(f"invalid JSON: {error}", where=where) from None
    except RecursionError:
        raise MalformedError("JSON nested too deeply", where=where) from None


def describe_markup(text: str) -> str:
    """ "HTML (title)" or "XML" for a text that starts with `<`."""
    head = text[:2000]
    if not re.search(r"<(!doctype html|html|head|body)\b", head, re.IGNORECASE):
        return "XML"
    title = _TITLE.search(head)
    return f'an HTML page ("{" ".join(title.group(1).split())[:80]}")' if title else "an HTML page"


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
