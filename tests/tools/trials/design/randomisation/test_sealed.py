"""The sealed form: nothing leaks, nothing can be changed, and the right passphrase gives everything back."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from benchside.tools.trials.design.errors import DesignError, ImpossibleInputError
from benchside.tools.trials.design.randomisation.errors import SealError, TamperedError, WrongPassphraseError
from benchside.tools.trials.design.randomisation.lists import Factor, RandomisationList, RandomisationPlan, make_list
from benchside.tools.trials.design.randomisation.schemes import Arm, PermutedBlocks
from benchside.tools.trials.design.randomisation.sealed import (
    OpenList,
    prove_unchanged,
    read_open,
    save,
    seal,
    unseal,
)

PASSPHRASE = "correct horse battery staple"
SEED = 81_985_529_216_486_895


@pytest.fixture(scope="module")
def found() -> RandomisationList:
    arms = (Arm(name="verum"), Arm(name="placebo"))
    factors = (Factor(name="site", levels=("Basel", "Graz")),)
    return make_list(RandomisationPlan(arms=arms, scheme=PermutedBlocks(sizes=(4, 6)), factors=factors, n=30), SEED)


@pytest.fixture(scope="module")
def parts(found: RandomisationList) -> tuple[OpenList, bytes]:
    return seal(found, PASSPHRASE)


def test_what_was_sealed_comes_back(found: RandomisationList, parts: tuple[OpenList, bytes]) -> None:
    open_part, sealed = parts
    opened = unseal(sealed, PASSPHRASE)
    assert opened.found == found
    assert opened.fingerprint == open_part.fingerprint
    prove_unchanged(read_open(open_part.to_csv()), opened)
    for row, original in zip(open_part.rows, found.rows, strict=True):
        assert opened.arm_of(row.kit) == original.arm
    assert make_list(opened.found.plan, opened.found.seed).rows == found.rows


def test_neither_part_tells_an_arm_a_block_or_the_seed(parts: tuple[OpenList, bytes]) -> None:
    open_part, sealed = parts
    for text in (open_part.to_csv(), sealed.decode()):
        for secret in ("verum", "placebo", str(SEED), f"{SEED:x}", "block", "PCG64"):
            assert secret not in text
    header = open_part.to_csv().splitlines()[0]
    assert header == "identifier,stratum,sequence,kit,fingerprint"


def test_kits_do_not_follow_arms_or_seed(found: RandomisationList) -> None:
    first, _ = seal(found, PASSPHRASE, salt=b"a" * 32)
    again, _ = seal(found, PASSPHRASE, salt=b"a" * 32)
    other, _ = seal(found, PASSPHRASE, salt=b"b" * 32)
    assert first == again
    assert [r.kit for r in first.rows] != [r.kit for r in other.rows]
    assert first.fingerprint != other.fingerprint
    assert len({r.kit for r in first.rows}) == len(first.rows)
    # other arms under the same salt have the same kits in the same order
    mirrored = replace(
        found, rows=tuple(replace(r, arm="placebo" if r.arm == "verum" else "verum") for r in found.rows)
    )
    reversed_part, _ = seal(mirrored, PASSPHRASE, salt=b"a" * 32)
    assert [r.kit for r in reversed_part.rows] == [r.kit for r in first.rows]
    assert reversed_part.fingerprint != first.fingerprint


def test_two_seals_of_one_list_have_nothing_in_common(found: RandomisationList, parts: tuple[OpenList, bytes]) -> None:
    open_part, sealed = seal(found, PASSPHRASE)
    assert open_part.fingerprint != parts[0].fingerprint
    assert json.loads(sealed)["kdf"]["salt"] != json.loads(parts[1])["kdf"]["salt"]
    with pytest.raises(TamperedError, match="fingerprints"):
        prove_unchanged(open_part, unseal(parts[1], PASSPHRASE))


def test_a_wrong_passphrase_is_told_from_a_changed_file(parts: tuple[OpenList, bytes]) -> None:
    _, sealed = parts
    with pytest.raises(WrongPassphraseError) as caught:
        unseal(sealed, PASSPHRASE + "!")
    assert caught.value.where == "passphrase"
    outer = json.loads(sealed)
    for at in (10, len(outer["token"]) // 2, len(outer["token"]) - 5):
        flipped = "A" if outer["token"][at] != "A" else "B"
        changed = outer | {"token": outer["token"][:at] + flipped + outer["token"][at + 1 :]}
        with pytest.raises(TamperedError):
            unseal(json.dumps(changed).encode(), PASSPHRASE)
    with pytest.raises(TamperedError):
        unseal(json.dumps(outer | {"token": ""}).encode(), PASSPHRASE)
    with pytest.raises(WrongPassphraseError):
        unseal(json.dumps(outer | {"kdf": outer["kdf"] | {"salt": "00" * 16}}).encode(), PASSPHRASE)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[1]", b"null", b"\xff\xfe", b'{"format": "benchside-sealed-list"}', b"[" * 100_000],
    ids=lambda b: repr(b[:12]),
)
def test_a_file_that_is_no_list(text: bytes) -> None:
    with pytest.raises(SealError):
        unseal(text, PASSPHRASE)


def test_a_file_cannot_make_the_key_endless(parts: tuple[OpenList, bytes]) -> None:
    outer = json.loads(parts[1])
    for change in ({"n": 2**30}, {"r": 1000}, {"name": "none"}, {"salt": "zz"}):
        with pytest.raises(SealError):
            unseal(json.dumps(outer | {"kdf": outer["kdf"] | change}).encode(), PASSPHRASE)


def test_one_who_has_the_passphrase_cannot_swap_an_arm_unseen(parts: tuple[OpenList, bytes]) -> None:
    open_part, sealed = parts
    opened = unseal(sealed, PASSPHRASE)
    rows = list(opened.found.rows)
    rows[0] = replace(rows[0], arm="placebo" if rows[0].arm == "verum" else "verum")
    _, forged = seal(replace(opened.found, rows=tuple(rows)), PASSPHRASE)
    with pytest.raises(TamperedError):
        prove_unchanged(open_part, unseal(forged, PASSPHRASE))


def test_a_list_without_its_fingerprint_is_found_even_when_well_encrypted(parts: tuple[OpenList, bytes]) -> None:
    import base64

    outer = json.loads(parts[1])
    made = Scrypt(salt=bytes.fromhex(outer["kdf"]["salt"]), length=64, n=2**15, r=8, p=1).derive(PASSPHRASE.encode())
    box = Fernet(base64.urlsafe_b64encode(made[:32]))
    content = json.loads(box.decrypt(outer["token"]))
    content["rows"][0]["arm"], content["rows"][1]["arm"] = "placebo", "placebo"
    content["rows"][2]["arm"], content["rows"][3]["arm"] = "verum", "verum"
    for changed, error in ((content, TamperedError), ({"rows": []}, SealError), ([1], SealError)):
        token = box.encrypt(json.dumps(changed).encode()).decode()
        with pytest.raises(error):
            unseal(json.dumps(outer | {"token": token}).encode(), PASSPHRASE)


def test_a_changed_row_of_the_open_part_is_named(parts: tuple[OpenList, bytes]) -> None:
    open_part, sealed = parts
    opened = unseal(sealed, PASSPHRASE)
    rows = (open_part.rows[0], replace(open_part.rows[1], kit=open_part.rows[2].kit), *open_part.rows[2:])
    with pytest.raises(TamperedError) as caught:
        prove_unchanged(replace(open_part, rows=rows), opened)
    assert caught.value.where == open_part.rows[1].identifier
    with pytest.raises(TamperedError):
        prove_unchanged(replace(open_part, rows=open_part.rows[:-1]), opened)


def test_an_unknown_kit_and_a_broken_table(parts: tuple[OpenList, bytes]) -> None:
    with pytest.raises(DesignError) as caught:
        unseal(parts[1], PASSPHRASE).arm_of("000")
    assert caught.value.where == "kit"
    for text in ("", "a,b\n1,2\n", "identifier,stratum,sequence,kit,fingerprint\nx,y,z,k,f\n"):
        with pytest.raises(SealError):
            read_open(text)


@pytest.mark.parametrize("passphrase", ["", "short", None, 123_456_789_012])
def test_a_short_passphrase_is_refused_without_being_shown(found: RandomisationList, passphrase: object) -> None:
    with pytest.raises(ImpossibleInputError) as caught:
        seal(found, passphrase)  # type: ignore[arg-type]
    assert caught.value.where == "passphrase"
    assert "short" not in str(caught.value).replace("too short", "")


def test_files_are_new_and_the_sealed_one_is_private(parts: tuple[OpenList, bytes], tmp_path: Path) -> None:
    open_path, sealed_path = tmp_path / "open.csv", tmp_path / "list.sealed"
    save(*parts, open_path, sealed_path)
    assert stat.S_IMODE(sealed_path.stat().st_mode) == 0o600
    prove_unchanged(read_open(open_path.read_text()), unseal(sealed_path.read_bytes(), PASSPHRASE))
    with pytest.raises(SealError) as caught:
        save(*parts, open_path, tmp_path / "other.sealed")
    assert str(open_path) in str(caught.value.where)
    assert not (tmp_path / "other.sealed").exists()
