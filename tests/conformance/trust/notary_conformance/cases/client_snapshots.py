"""Snapshots that the client signs (``notary init`` keeps that key)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notary_conformance import metadata
from notary_conformance.answer import require
from notary_conformance.case import Case, Ends, Trial, scripted, update
from notary_conformance.keys import ecdsa_key
from notary_conformance.metadata import signed_file
from notary_conformance.outcome import VERSION, Accepted, Outcome, Refused, bad_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.canonical import Object
    from notary_conformance.owner import Files, Owner


def _published(trial: Trial) -> Owner:
    owner = trial.owner(snapshot_key=ecdsa_key())
    owner.publish_first()
    return owner


def _case(name: str, sends: str, build: Callable[[Owner], Files], ends: Outcome | Ends) -> Case:
    return update(f"client-snapshots/{name}", "5.6", sends, build, ends, prepare=_published)


def _later(owner: Owner, *, version: int = 2, **changes: object) -> Files:
    """Return the next targets with a snapshot of which ``changes`` are bent."""
    targets = {"targets": owner.targets(version=2)}
    signed = {**_signed(owner, targets, version), **changes}
    return {**targets, "snapshot": _sign(owner, signed)}


def _signed(owner: Owner, files: Files, version: int) -> Object:
    over = {"root": owner.published["root"], "targets": owner.published["targets"], **files}
    return metadata.snapshot(over, version=version)


def _sign(owner: Owner, signed: Object) -> bytes:
    assert owner.snapshot_key is not None
    return signed_file(signed, (owner.snapshot_key,))


def _without(owner: Owner, role: str) -> Files:
    targets = {"targets": owner.targets(version=2)}
    signed = _signed(owner, targets, 2)
    del signed["meta"][role]
    return {**targets, "snapshot": _sign(owner, signed)}


def _of_other_bytes(owner: Owner, role: str) -> Files:
    signed = _signed(owner, {role: b"other bytes"}, 2)
    return {"targets": owner.targets(version=2), "snapshot": _sign(owner, signed)}


def _bent(owner: Owner, bend: Callable[[Object], None]) -> Files:
    targets = {"targets": owner.targets(version=2)}
    signed = _signed(owner, targets, 2)
    bend(signed["meta"])
    return {**targets, "snapshot": _sign(owner, signed)}


def _sha256_only(owner: Owner) -> Files:
    def bend(meta: Object) -> None:
        for entry in meta.values():
            del entry["hashes"]["sha512"]

    return _bent(owner, bend)


def _wrong_sha512(owner: Owner) -> Files:
    def bend(meta: Object) -> None:
        meta["targets"]["hashes"]["sha512"] = metadata.described(b"other")["hashes"]["sha512"]

    return _bent(owner, bend)


def _wrong_length(owner: Owner) -> Files:
    def bend(meta: Object) -> None:
        meta["targets"]["length"] = 10

    return _bent(owner, bend)


def _further_entry(owner: Owner) -> Files:
    def bend(meta: Object) -> None:
        meta["targets/nowhere"] = metadata.described(b"nothing")

    return _bent(owner, bend)


def _by_stranger(owner: Owner) -> Files:
    targets = {"targets": owner.targets(version=2)}
    return {**targets, "snapshot": signed_file(_signed(owner, targets, 2), (ecdsa_key(),))}


CASES = (
    _case("later", "the next targets with a snapshot", _later, Accepted()),
    _case(
        "same-version",
        "a snapshot with the stored version",
        lambda owner: _later(owner, version=1),
        VERSION,
    ),
    _case(
        "version-0",
        "a snapshot with version 0",
        lambda owner: _later(owner, version=0),
        bad_snapshot("snapshot type metadata invalid: version cannot be less than one"),
    ),
    _case(
        "expired",
        "a snapshot that has expired",
        lambda owner: _later(owner, expires=metadata.expiry(metadata.EXPIRED)),
        bad_snapshot("snapshot expired at *"),
    ),
    _case(
        "wrong-type",
        "a snapshot whose `_type` is Timestamp",
        lambda owner: _later(owner, _type="Timestamp"),
        bad_snapshot("snapshot type metadata invalid: expected type Snapshot, not Timestamp"),
    ),
    _case(
        "without-root",
        "a snapshot without an entry for the root",
        lambda owner: _without(owner, "root"),
        bad_snapshot("snapshot type metadata invalid: missing root sha256 checksum information"),
    ),
    _case(
        "without-targets",
        "a snapshot without an entry for targets",
        lambda owner: _without(owner, "targets"),
        bad_snapshot("snapshot type metadata invalid: missing targets sha256 checksum information"),
    ),
    _case(
        "other-bytes",
        "a snapshot whose entry for targets has hashes of other bytes",
        lambda owner: _of_other_bytes(owner, "targets"),
        bad_snapshot("sha* checksum for targets did not match: expected *"),
    ),
    _case(
        "sha256-only",
        "a snapshot whose entries have a SHA-256 alone",
        _sha256_only,
        Accepted(),
    ),
    _case(
        "wrong-sha512",
        "a snapshot whose entry for targets has a wrong SHA-512 beside the right SHA-256",
        _wrong_sha512,
        bad_snapshot("sha512 checksum for targets did not match: expected *"),
    ),
    _case(
        "wrong-length",
        "a snapshot whose entry for targets has too small a length: clients read no further",
        _wrong_length,
        Ends(
            strict=bad_snapshot(),
            notary=Accepted(readable=False),
            why="no client could read the file",
        ),
    ),
    _case(
        "further-entry",
        "a snapshot with an entry for a file that is not there",
        _further_entry,
        Ends(
            strict=bad_snapshot(),
            notary=Accepted(),
            why="a client would look for that file",
        ),
    ),
    _case(
        "foreign-signature",
        "a snapshot signed by a key the root does not name",
        _by_stranger,
        bad_snapshot("valid signatures did not meet threshold for snapshot"),
    ),
    _case(
        "not-sent",
        "the next targets alone, while the client holds the snapshot key",
        lambda owner: {"targets": owner.targets(version=2)},
        Refused(name="ErrBadHierarchy", names=("ErrValidation",)),
    ),
    update(
        "client-snapshots/uninvited",
        "5.6",
        "a snapshot signed by the client while the server holds the snapshot key",
        lambda owner: {
            "targets": (content := owner.targets(version=2)),
            "snapshot": signed_file(
                metadata.snapshot({**owner.published, "targets": content}, version=2),
                (ecdsa_key(),),
            ),
        },
        bad_snapshot("valid signatures did not meet threshold for snapshot"),
    ),
)


@scripted(
    "client-snapshots/empty-update",
    "3.2",
    "an empty multipart, while the client holds the snapshot key",
    "accepted, or refused without changing anything",
)
def empty_update(trial: Trial) -> None:
    owner = _published(trial)
    before = owner.state()
    answer = owner.post({})
    if answer.status != 200:
        require(answer.status == 400, f"got {answer.in_brief()}")
        require(owner.state() == before, "something changed")
