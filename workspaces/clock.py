"""The only clock: the present time in UTC, or the one that SOURCE_DATE_EPOCH sets for reproducible products."""

from __future__ import annotations

import os
from datetime import UTC, datetime


def now() -> datetime:
    """The present time in UTC, to the second; SOURCE_DATE_EPOCH (reproducible-builds.org) overrides it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(epoch), tz=UTC) if epoch else datetime.now(tz=UTC)
    return moment.replace(microsecond=0)
