"""What a targets file has to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notary_conformance import metadata
from notary_conformance.case import Case, Ends, update
from notary_conformance.keys import ecdsa_key
from notary_conformance.metadata import signature, signed_file, with_signatures
from notary_conformance.outcome import Accepted, Outcome, Refused, bad_targets

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.canonical import Object
    from notary_conformance.owner import Owner

THRESHOLD = "valid signatures did not meet threshold for targets"


def _case(
    name: str, clause: str, sends: str, bend: Callable[[Owner], bytes], ends: Outcome | Ends
) -> Case:
    return update(f"targets/{name}", clause, sends, lambda owner: {"targets": bend(owner)}, ends)


def _signed(entries: Object | None = None, **changes: object) -> Object:
    usual = {"1.0": metadata.target()} if entries is None else entries
    return {**metadata.targets(usual, version=2), **changes}


def _with_custom(owner: Owner, custom: object) -> bytes:
    return owner.sign_targets(_signed({"1.0": {**metadata.target(), "custom": custom}}))


def _by_stranger(owner: Owner) -> bytes:
    signed = _signed()
    entry = {**signature(signed, ecdsa_key()), "keyid": owner.targets_key.id}
    return with_signatures(signed, [entry])


def _tampered(owner: Owner) -> bytes:
    entry = signature(_signed(), owner.targets_key)
    return with_signatures(_signed({"2.0": metadata.target(b"\x22" * 32)}), [entry])


def _without(owner: Owner, field: str) -> bytes:
    signed = _signed()
    del signed[field]
    return owner.sign_targets(signed)


WHY_SHAPE = "no client can pull that tag; the others are not affected"

CONTENT = (
    _case(
        "version-0",
        "5.1",
        "version 0",
        lambda owner: owner.targets(version=0),
        bad_targets("targets type metadata invalid: version cannot be less than one"),
    ),
    _case(
        "version-negative",
        "5.1",
        "version -1",
        lambda owner: owner.targets(version=-1),
        bad_targets("targets type metadata invalid: version cannot be less than one"),
    ),
    _case(
        "wrong-type",
        "5.1",
        "a targets file whose `_type` is Snapshot",
        lambda owner: owner.sign_targets(_signed(_type="Snapshot")),
        bad_targets("targets type metadata invalid: expected type Targets, not Snapshot"),
    ),
    _case(
        "type-in-lower-case",
        "5.1",
        "the `_type` targets",
        lambda owner: owner.sign_targets(_signed(_type="targets")),
        Ends(
            strict=bad_targets(),
            notary=bad_targets(),
            must=bad_targets(),
            why="",
        ),
    ),
    _case(
        "expired",
        "5.1",
        "targets that have expired",
        lambda owner: owner.targets(version=2, life=metadata.EXPIRED),
        bad_targets("targets expired at *"),
    ),
    _case(
        "fraction",
        "5.3",
        "the number 1.5 in custom data",
        lambda owner: _with_custom(owner, 1.5),
        bad_targets("json: unsupported value: 1.5"),
    ),
    _case(
        "large-number",
        "5.3",
        "an integer above 2^53 in custom data, which clients cannot verify",
        lambda owner: _with_custom(owner, 2**53 + 1),
        bad_targets(THRESHOLD),
    ),
    _case(
        "largest-exact-number",
        "5.3",
        "2^53 - 1 in custom data",
        lambda owner: _with_custom(owner, 2**53 - 1),
        Accepted(),
    ),
)

SIGNED = (
    _case(
        "unsigned",
        "5.2",
        "an empty list of signatures",
        lambda _owner: with_signatures(_signed(), []),
        bad_targets("tuf: data has no signatures"),
    ),
    _case(
        "foreign-signature",
        "5.2",
        "a signature by a key the root does not name",
        lambda _owner: signed_file(_signed(), (ecdsa_key(),)),
        bad_targets(THRESHOLD),
    ),
    _case(
        "signed-by-a-stranger",
        "5.2",
        "a signature by another key under the targets key's id",
        _by_stranger,
        bad_targets(THRESHOLD),
    ),
    _case(
        "signed-by-the-root-key",
        "5.2",
        "a signature by the root key",
        lambda owner: signed_file(_signed(), (owner.root_key,)),
        bad_targets(THRESHOLD),
    ),
    _case(
        "tampered",
        "5.2",
        "another tag put in after signing",
        _tampered,
        bad_targets(THRESHOLD),
    ),
)

NAMES = (
    _case(
        "control-character",
        "5.3",
        "a control character in a tag's name, written `\\u0007`: no canonical form has it",
        lambda owner: owner.sign_targets(_signed({"1.\a0": metadata.target()})).replace(
            b"\a", b"\\u0007"
        ),
        Refused(name="ErrBadTargets", names=("ErrValidation",)),
    ),
    _case(
        "empty-name",
        "5.1",
        "a target whose name is empty",
        lambda owner: owner.sign_targets(_signed({"": metadata.target()})),
        Accepted(),
    ),
    _case(
        "long-name",
        "5.1",
        "a target with a name of 5,000 characters",
        lambda owner: owner.sign_targets(_signed({"n" * 5000: metadata.target()})),
        Accepted(),
    ),
)

SHAPE = (
    _case(
        "hash-not-base64",
        "5.1",
        "a target whose SHA-256 is not base64",
        lambda owner: owner.sign_targets(
            _signed({"1.0": {"hashes": {"sha256": "%%%"}, "length": 1}})
        ),
        bad_targets(),
    ),
    _case(
        "hash-too-short",
        "5.1",
        "a target whose SHA-256 has 31 bytes",
        lambda owner: owner.sign_targets(_signed({"1.0": metadata.target(b"\x11" * 31)})),
        Ends(strict=Accepted(), notary=Accepted(), why=WHY_SHAPE),
    ),
    _case(
        "without-hash",
        "5.1",
        "a target without any hash",
        lambda owner: owner.sign_targets(_signed({"1.0": {"hashes": {}, "length": 1}})),
        Ends(strict=Accepted(), notary=Accepted(), why=WHY_SHAPE),
    ),
    _case(
        "sha512-only",
        "5.1",
        "a target with a SHA-512 alone",
        lambda owner: owner.sign_targets(
            _signed({"1.0": {"hashes": {"sha512": "ER" * 42 + "EQ=="}, "length": 1}})
        ),
        Accepted(),
    ),
    _case(
        "without-delegations",
        "5.1",
        "no field `delegations`",
        lambda owner: _without(owner, "delegations"),
        Ends(
            strict=Accepted(),
            notary=Accepted(readable=False),
            why="notary-server adds the field to what it hashes but not to what was signed",
        ),
    ),
    _case(
        "no-tags",
        "5.1",
        "no target at all, as after the last tag was revoked",
        lambda owner: owner.sign_targets(_signed({})),
        Accepted(),
    ),
)
