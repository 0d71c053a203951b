"""Settings of the HTTP layer, and what is known of each service that it talks to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

OFFLINE_VARIABLE = "BENCHSIDE_OFFLINE"


@dataclass(frozen=True, slots=True)
class Service:
    """A public web service.

    Attributes:
        name: short and stable, such as `pubchem`; settings refer to it.
        base_url: where its paths start, without a trailing slash.
        requests_per_second: what its terms of use allow without a key.
        keyed_requests_per_second: what they allow with a key, where that differs.
        key_parameter, key_header: where an API key goes; at most one of them.
        needs_key: whether nothing is answered without a key.
        email_parameter: where the contact e-mail goes, for services that ask for it.
        fresh_seconds: how long an answer is taken from the cache when the service itself says nothing about it
            (RFC 9111 section 4.2.2 leaves that to the cache); 0 for not at all.
    """

    name: str
    base_url: str
    requests_per_second: float
    keyed_requests_per_second: float | None = None
    key_parameter: str | None = None
    key_header: str | None = None
    needs_key: bool = False
    email_parameter: str | None = None
    fresh_seconds: int = 0


class HttpSettings(BaseModel):
    """How Benchside behaves towards services; a typo in a name is an error.

    Attributes:
        network: "on" or "off"; BENCHSIDE_OFFLINE=1 in the environment turns it off whatever is set here.
        share_structures: whether a user's own structures may be sent to public databases.
        connect_timeout, read_timeout: seconds for one connection, and between two pieces of an answer.
        total_timeout: seconds for one request with its body, and for all of its retries together.
        attempts: how often a request is tried in all.
        wait_max: the longest wait in seconds before a retry or for a slowed-down host; a service that asks
            for longer gives a BusyError that says how long.
        requests_per_second: overrides by service name or host.
        cache_dir: folder of the cache on disk; None keeps none.
        base_urls: replacements, for replay and mirrors: of a service's base URL by its name, or of scheme and
            host by the host's name.
        api_keys: by service name.
        contact: e-mail address that services may write to; part of the user agent.
        max_bytes: largest body that is read, after decompression.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: Literal["on", "off"] = "on"
    share_structures: bool = False
    connect_timeout: float = Field(default=10.0, gt=0)
    read_timeout: float = Field(default=30.0, gt=0)
    total_timeout: float = Field(default=120.0, gt=0)
    attempts: int = Field(default=4, ge=1, le=20)
    wait_max: float = Field(default=60.0, ge=0)
    requests_per_second: dict[str, float] = Field(default_factory=dict)
    cache_dir: Path | None = None
    base_urls: dict[str, str] = Field(default_factory=dict)
    api_keys: dict[str, SecretStr] = Field(default_factory=dict)
    contact: str = ""
    max_bytes: int = Field(default=64 * 1024 * 1024, gt=0)

    @field_validator("requests_per_second")
    @classmethod
    def _positive(cls, rates: dict[str, float]) -> dict[str, float]:
        for name, rate in rates.items():
            if not 0 < rate <= 1000:
                raise ValueError(f"{name}: {rate} requests a second; expected more than 0 and at most 1000")
        return rates

    @field_validator("base_urls")
    @classmethod
    def _http_only(cls, urls: dict[str, str]) -> dict[str, str]:
        for name, url in urls.items():
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{name}: {url!r} is not an http(s) address")
        return {name: url.rstrip("/") for name, url in urls.items()}

    @property
    def offline(self) -> bool:
        """Whether nothing may be sent: by setting or by BENCHSIDE_OFFLINE."""
        return self.network == "off" or offline_by_environment()

    def key_for(self, service: Service) -> str | None:
        """The API key for the service, if one is set."""
        key = self.api_keys.get(service.name)
        return key.get_secret_value() if key is not None else None


def offline_by_environment() -> bool:
    """Whether BENCHSIDE_OFFLINE is set to anything but "", 0, false, no or off."""
    return os.environ.get(OFFLINE_VARIABLE, "").strip().lower() not in {"", "0", "false", "no", "off"}
