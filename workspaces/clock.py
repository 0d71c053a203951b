"""The only clock: the present time in UTC, or the one that SOURCE_DATE_EPOCH sets for reproducible products."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from benchside.workspaces.errors import UsageError


def now() -> datetime:
    """The present time in UTC, to the second; SOURCE_DATE_EPOCH (reproducible-builds.org) overrides it.

    Raises:
        UsageError: SOURCE_DATE_EPOCH is no number of seconds.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = datetime.fromtimestamp(int(epoch), tz=UTC) if epoch else datetime.now(tz=UTC)
    except (ValueError, OverflowError, OSError):
        hint = "Unset it, or give whole seconds."
        raise UsageError(f"{epoch!r} is no time in seconds since 1970", where="SOURCE_DATE_EPOCH", hint=hint) from None
    return moment.replace(microsecond=0)
