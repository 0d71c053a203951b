"""What can be wrong with a sealed list: the passphrase, the file, or its agreement with the open part."""

from __future__ import annotations

from benchside.tools.trials.design.errors import DesignError


class SealError(DesignError):
    """Base of the errors about sealed lists."""

    code = "randomisation_seal"


class WrongPassphraseError(SealError):
    """The passphrase does not open this list."""

    code = "randomisation_passphrase"


class TamperedError(SealError):
    """A sealed list was changed, or does not belong to the open part."""

    code = "randomisation_tampered"
