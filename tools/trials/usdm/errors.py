"""What can be wrong with a file of a study, so that it cannot be read: each error says where, and what to change."""

from __future__ import annotations

from benchside.workspaces.errors import InputError


class StudyFileError(InputError):
    """Base of the errors about a USDM file."""

    code = "usdm"


class NotReadableError(StudyFileError):
    """No regular file, no permission, or larger than is read."""

    code = "usdm_not_readable"


class NotJsonError(StudyFileError):
    """Not JSON in UTF-8, or JSON that loses something when it is read: a key twice, a number out of range."""

    code = "usdm_not_json"


class NotUsdmError(StudyFileError):
    """JSON, but no USDM v4 study: another version, or a structure that the classes do not have."""

    code = "usdm_not_usdm"
