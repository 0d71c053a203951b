"""All settings in one typed object: each floor defines its section, this module composes, loads and passes them down.

From the strongest to the weakest: environment variables (`BENCHSIDE_SCREENING__WORKERS=4`), the file that
`BENCHSIDE_SETTINGS` names, `~/.config/benchside/settings.toml`, defaults. An unknown entry is an error. The section
`safety` is read from the file alone: a variable that sets it is an error.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from benchside.tools.http.settings import HttpSettings
from benchside.tools.safety.settings import SafetySettings
from benchside.tools.screening.settings import ScreeningSettings
from benchside.workspaces.errors import UsageError


class SettingsError(UsageError):
    """A setting that does not exist or has a wrong value."""

    code = "settings"


def settings_file() -> Path:
    """The file that settings are read from, which need not exist."""
    named = os.environ.get("BENCHSIDE_SETTINGS")
    if named:
        return Path(named)
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "benchside" / "settings.toml"


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="BENCHSIDE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    http: HttpSettings = Field(default_factory=HttpSettings)
    screening: ScreeningSettings = Field(default_factory=ScreeningSettings)
    safety: SafetySettings = Field(default_factory=SafetySettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file; no .env and no secret files."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file())


def load_settings(**overrides: Any) -> Settings:
    """The settings in force.

    Raises:
        SettingsError: an unknown entry or a wrong value, by name.
    """
    named = os.environ.get("BENCHSIDE_SETTINGS")
    if named and not Path(named).is_file():
        raise SettingsError("the settings file does not exist", where=named, hint="BENCHSIDE_SETTINGS names it.")
    if by_variable := sorted(name for name in os.environ if name.upper().startswith("BENCHSIDE_SAFETY")):
        raise SettingsError(
            "the safety gate is set in the settings file alone", where=by_variable[0], hint="Unset the variable."
        )
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(p) for p in first["loc"])
        raise SettingsError(f"{name}: {first['msg']}", where=str(settings_file()), hint="Check the entry.") from None
    except ValueError as error:
        raise SettingsError(f"cannot be read: {error}", where=str(settings_file())) from None
