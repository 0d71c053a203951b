"""Taking secrets out of addresses and texts before they are shown, logged or stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

REDACTED = "REDACTED"

SECRET_NAMES = frozenset(
    {
        "access_key",
        "access_token",
        "api-key",
        "api_key",
        "apikey",
        "auth",
        "authorization",
        "client_secret",
        "email",
        "key",
        "mailto",
        "password",
        "secret",
        "sig",
        "signature",
        "token",
        "x-api-key",
    }
)
"""Query parameters and headers whose values are never shown; an e-mail address is a person's."""

_ASSIGNMENT = re.compile(
    r"(?i)(?<![\w-])("
    + "|".join(sorted(map(re.escape, SECRET_NAMES), key=len, reverse=True))
    + r")(=|%3D)([^&\s#\"'<>]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}")


def is_secret_name(name: str) -> bool:
    """Whether a parameter or header of this name holds a secret."""
    return name.strip().lower() in SECRET_NAMES


def redact_url(url: str, secrets: Iterable[str] = ()) -> str:
    """The address without user information and without the values of secret parameters."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        url = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    except ValueError:
        # an address that cannot be taken apart is still searched as text
        pass
    return redact_text(url, secrets)


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without values of secret parameters, bearer tokens, and the given secrets themselves."""
    text = _ASSIGNMENT.sub(rf"\1\2{REDACTED}", text)
    text = _BEARER.sub(rf"\1 {REDACTED}", text)
    for secret in secrets:
        if secret:
            text = text.replace(secret, REDACTED)
    return text
