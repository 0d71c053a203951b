"""A list in two parts: an open one for the sites, and a sealed one that only the unblinded party can read.

The open part has randomisation numbers, strata and kit codes, and a fingerprint of the whole list; nothing in it is
made from the seed. The sealed part, encrypted under a passphrase, has the arm of each kit, the blocks, the scheme, the
seed and the salt of the fingerprint. With both, anyone who holds the passphrase can prove that the list was not
changed. Encryption and key derivation are those of the `cryptography` package: Fernet (AES and HMAC-SHA256), so that a
change of the file is detected, under a key from scrypt.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchside.tools.trials.design.errors import ContradictoryInputError, ImpossibleInputError
from benchside.tools.trials.design.randomisation.errors import SealError, TamperedError, WrongPassphraseError
from benchside.tools.trials.design.randomisation.lists import Assignment, RandomisationList, RandomisationPlan

FORMAT = "benchside-sealed-list"
VERSION = 1
SHORTEST_PASSPHRASE = 12
SCRYPT = {"n": 2**15, "r": 8, "p": 1}  # 32 MiB and about 0.1 s
LARGEST_FILE = 200_000_000
KIT_DIGITS = 6


@dataclass(frozen=True, slots=True)
class OpenRow:
    """What a site sees: no arm, no block."""

    identifier: str
    stratum: str
    sequence: int
    kit: str


@dataclass(frozen=True, slots=True)
class OpenList:
    """The open part.

    Attributes:
        rows: in the order of the list.
        fingerprint: salted SHA-256 of the list with its arms; filed before the first patient.
    """

    rows: tuple[OpenRow, ...]
    fingerprint: str

    def to_csv(self) -> str:
        """For the sites, with the fingerprint in each row."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["identifier", "stratum", "sequence", "kit", "fingerprint"])
        writer.writerows([r.identifier, r.stratum, r.sequence, r.kit, self.fingerprint] for r in self.rows)
        return out.getvalue()


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A list that was opened: its rows with their kits, and everything it was made from."""

    found: RandomisationList
    kits: tuple[str, ...]
    fingerprint: str

    def arm_of(self, kit: str) -> str:
        """The arm of one kit, for an emergency; nothing else needs to be shown."""
        if kit not in self.kits:
            raise ContradictoryInputError("there is no such kit in the list", where="kit", hint="Check the code.")
        return self.found.rows[self.kits.index(kit)].arm


def seal(found: RandomisationList, passphrase: str, *, salt: bytes | None = None) -> tuple[OpenList, bytes]:
    """Split a list into its open part and its sealed file.

    Args:
        found: the list.
        passphrase: of the unblinded party, at least 12 characters; without it the arms are lost.
        salt: 32 bytes that kit codes and fingerprint depend on; none draws them, and only a test gives them.

    Raises:
        ImpossibleInputError: the passphrase is too short, or the salt has another length.
    """
    if not isinstance(passphrase, str) or len(passphrase) < SHORTEST_PASSPHRASE:
        raise ImpossibleInputError(
            "the passphrase is too short",
            where="passphrase",
            hint=f"Give at least {SHORTEST_PASSPHRASE}; a few random words are good.",
        )
    key = secrets.token_bytes(32) if salt is None else salt
    if len(key) != 32:
        raise ImpossibleInputError(f"the salt has {len(key)} bytes", where="salt", hint="Leave it out.")
    kits = _kits(len(found.rows), key)
    fingerprint = _fingerprint(found, kits, key)
    content = {
        "plan": found.plan.model_dump(mode="json"),
        "seed": str(found.seed),
        "algorithm": found.algorithm,
        "salt": key.hex(),
        "fingerprint": fingerprint,
        "rows": [asdict(r) | {"kit": kit} for r, kit in zip(found.rows, kits, strict=True)],
    }
    open_rows = tuple(
        OpenRow(r.identifier, r.stratum, r.sequence, kit) for r, kit in zip(found.rows, kits, strict=True)
    )
    return OpenList(open_rows, fingerprint), _encrypted(json.dumps(content).encode(), passphrase)


def unseal(sealed: bytes, passphrase: str) -> Unsealed:
    """Open a sealed file.

    Raises:
        WrongPassphraseError: the passphrase is not the one.
        TamperedError: the file was changed, or its list does not have its fingerprint.
        SealError: the file is no sealed list.
    """
    text = _decrypted(sealed, passphrase)
    try:
        content = json.loads(text)
        kits = tuple(str(r.pop("kit")) for r in content["rows"])
        found = RandomisationList(
            RandomisationPlan.model_validate(content["plan"]),
            int(content["seed"]),
            str(content["algorithm"]),
            tuple(Assignment(**r) for r in content["rows"]),
        )
        key, fingerprint = bytes.fromhex(content["salt"]), str(content["fingerprint"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SealError("the file holds something else than a list", hint="Use the file as it was sealed.") from None
    if not hmac.compare_digest(_fingerprint(found, kits, key), fingerprint):
        raise TamperedError("the list does not have its fingerprint", hint="Use the file as it was sealed.")
    return Unsealed(found, kits, fingerprint)


def read_sealed(path: Path, passphrase: str) -> Unsealed:
    """Open a sealed file by its path; raises as `unseal`, and SealError where it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SealError("the file is too large for a sealed list", where=str(path), hint="Check the path.")
        data = path.read_bytes()
    except OSError as error:
        raise SealError(f"the file cannot be read: {error.strerror}", where=str(path), hint="Check the path.") from None
    return unseal(data, passphrase)


def prove_unchanged(open_part: OpenList, unsealed: Unsealed) -> None:
    """Pass when an open part and an opened list belong together, row by row.

    Raises:
        TamperedError: the fingerprints differ, or a row does; the message names the first one.
    """
    if not hmac.compare_digest(open_part.fingerprint, unsealed.fingerprint):
        raise TamperedError(
            "the fingerprints of the open and of the sealed part differ", hint="They are of two different lists."
        )
    expected = [
        OpenRow(r.identifier, r.stratum, r.sequence, kit)
        for r, kit in zip(unsealed.found.rows, unsealed.kits, strict=True)
    ]
    for got, wanted in zip(open_part.rows, expected, strict=False):
        if got != wanted:
            raise TamperedError("a row of the open part was changed", where=got.identifier, hint="Use the original.")
    if len(open_part.rows) != len(expected):
        raise TamperedError(
            f"the open part has {len(open_part.rows)} rows, the sealed one {len(expected)}", hint="Use the original."
        )


def read_open(text: str) -> OpenList:
    """The open part from its CSV.

    Raises:
        SealError: it is none.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
        fingerprints = {r["fingerprint"] for r in rows}
        found = tuple(OpenRow(r["identifier"], r["stratum"], int(r["sequence"]), r["kit"]) for r in rows)
    except (KeyError, TypeError, ValueError, csv.Error):
        raise SealError("the file is no open part of a list", hint="Give the CSV that was made with it.") from None
    if len(fingerprints) != 1:
        raise TamperedError("the open part has no single fingerprint", hint="Use the original.")
    return OpenList(found, fingerprints.pop())


def save(open_part: OpenList, sealed: bytes, open_path: Path, sealed_path: Path) -> None:
    """Write both parts to new files; the sealed one is readable by its owner only.

    Raises:
        SealError: one of the files exists, which is never overwritten.
    """
    for path in (open_path, sealed_path):
        if path.exists():
            raise SealError("the file exists", where=str(path), hint="A list is not replaced; choose another name.")
    for path, data, mode in ((sealed_path, sealed, 0o600), (open_path, open_part.to_csv().encode(), 0o644)):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)


def _kits(count: int, key: bytes) -> tuple[str, ...]:
    """Different codes of digits in an order that the salt decides, and so unrelated to arms and seed."""
    digits = max(KIT_DIGITS, len(str(count * 20)))
    codes: dict[str, None] = {}
    i = 0
    while len(codes) < count:
        drawn = hmac.new(key, f"kit {i}".encode(), hashlib.sha256).digest()
        codes[f"{int.from_bytes(drawn[:16], 'big') % 10**digits:0{digits}d}"] = None
        i += 1
    return tuple(codes)


def _fingerprint(found: RandomisationList, kits: tuple[str, ...], key: bytes) -> str:
    """SHA-256 of the salt and every row; the salt keeps anyone from trying all lists of a plan."""
    digest = hashlib.sha256(key)
    for row, kit in zip(found.rows, kits, strict=True):
        digest.update(json.dumps([row.identifier, row.stratum, row.sequence, row.arm, row.block, kit]).encode())
    return digest.hexdigest()


def _keys(passphrase: str, salt: bytes) -> tuple[bytes, str]:
    """The key of the encryption, and a check value by which a wrong passphrase is told from a changed file."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    made = Scrypt(salt=salt, length=64, **SCRYPT).derive(passphrase.encode())
    return base64.urlsafe_b64encode(made[:32]), hashlib.sha256(made[32:]).hexdigest()


def _encrypted(content: bytes, passphrase: str) -> bytes:
    from cryptography.fernet import Fernet

    salt = secrets.token_bytes(16)
    key, check = _keys(passphrase, salt)
    header = {"format": FORMAT, "version": VERSION, "kdf": {"name": "scrypt", **SCRYPT, "salt": salt.hex()}}
    body = {"check": check, "token": Fernet(key).encrypt(content).decode()}
    return json.dumps(header | body, indent=1).encode() + b"\n"


def _decrypted(sealed: bytes, passphrase: str) -> bytes:
    from cryptography.fernet import Fernet, InvalidToken

    outer = _outer(sealed)
    try:
        salt = bytes.fromhex(str(outer["kdf"]["salt"]))
    except ValueError:
        raise SealError("the file has no salt", hint="Use the file as it was sealed.") from None
    key, check = _keys(passphrase, salt)
    if not hmac.compare_digest(check, str(outer["check"])):
        raise WrongPassphraseError(
            "the passphrase does not open this list", where="passphrase", hint="Or the head of the file was changed."
        )
    try:
        return Fernet(key).decrypt(str(outer["token"]).encode())
    except InvalidToken:
        raise TamperedError("the sealed file was changed", hint="Use the file as it was sealed.") from None


def _outer(sealed: bytes) -> dict[str, Any]:
    """The unencrypted head; key derivation is accepted only as it is written here, so that no file makes it endless."""
    try:
        if len(sealed) > LARGEST_FILE:
            raise ValueError
        outer = json.loads(sealed)
        kdf = {k: v for k, v in outer["kdf"].items() if k != "salt"}
        good = outer["format"] == FORMAT and outer["version"] == VERSION and {"token", "check"} <= set(outer)
        if not good or kdf != {"name": "scrypt", **SCRYPT} or "salt" not in outer["kdf"]:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SealError("the file is no sealed list of this version", hint="Use the file as it was sealed.") from None
    assert isinstance(outer, dict)
    return outer
