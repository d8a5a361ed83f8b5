"""What a root has to hold, shown on the first update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notary_conformance import metadata
from notary_conformance.case import Case, Ends, Trial, update
from notary_conformance.keys import PublicKey, ecdsa_key
from notary_conformance.metadata import Role, signature, with_signatures
from notary_conformance.outcome import (
    Accepted,
    Outcome,
    Refused,
    bad_root,
    bad_targets,
    invalid,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.canonical import Object
    from notary_conformance.owner import Files, Owner

INVALID = "could not validate the path to a trusted root: "


def first(
    name: str,
    clause: str,
    sends: str,
    build: Callable[[Owner], Files],
    ends: Outcome | Ends,
) -> Case:
    """Return the case of a first update."""
    return update(f"roots/{name}", clause, sends, build, ends, prepare=Trial.owner)


def with_root(owner: Owner, signed: Object) -> Files:
    """Return a first update with ``signed`` as its root."""
    return {"root": owner.sign_root(signed), "targets": owner.targets(version=1)}


def _bent(owner: Owner, **changes: object) -> Files:
    return with_root(owner, {**owner.root(), **changes})


def _without_role(owner: Owner, role: str) -> Files:
    signed = owner.root()
    del signed["roles"][role]
    return with_root(owner, signed)


def _with_threshold(owner: Owner, role: str, threshold: int) -> Files:
    signed = owner.root()
    signed["roles"][role]["threshold"] = threshold
    return with_root(owner, signed)


def _further_role(owner: Owner) -> Files:
    signed = owner.root()
    signed["roles"]["mirrors"] = signed["roles"]["targets"]
    return with_root(owner, signed)


def _unused_key(owner: Owner) -> Files:
    signed = owner.root()
    unknown = PublicKey("sphincs", "AAAA")
    signed["keys"][unknown.id] = unknown.as_object()
    return with_root(owner, signed)


def _named_twice(owner: Owner) -> Files:
    signed = owner.root()
    named = signed["roles"]["root"]
    named["keyids"], named["threshold"] = named["keyids"] * 2, 2
    root = owner.sign_root(signed, owner.root_key)
    return {"root": root, "targets": owner.targets(version=1)}


def _key_missing(owner: Owner) -> Files:
    signed = owner.root()
    signed["roles"]["targets"]["keyids"].append("00")
    return with_root(owner, signed)


def _key_of_other_content(owner: Owner) -> Files:
    signed = owner.root()
    signed["keys"][owner.root_key.id] = owner.certified(ecdsa_key()).named.as_object()
    return with_root(owner, signed)


def _unsigned(owner: Owner) -> Files:
    files = with_root(owner, owner.root())
    return {**files, "root": with_signatures(owner.root(), [])}


def _signed_by_stranger(owner: Owner) -> Files:
    signed = owner.root()
    entry = {**signature(signed, ecdsa_key()), "keyid": owner.root_key.id}
    return {**with_root(owner, signed), "root": with_signatures(signed, [entry])}


def _changed_after_signing(owner: Owner) -> Files:
    signed = owner.root()
    entry = signature(signed, owner.root_key)
    changed = {**signed, "version": 2}
    return {**with_root(owner, signed), "root": with_signatures(changed, [entry])}


def _two_root_keys(owner: Owner, *, both: bool) -> Files:
    second = owner.certified(ecdsa_key())
    signed = owner.root(1, root=Role((owner.root_key.named, second.named), threshold=2))
    root = owner.sign_root(signed, *((second,) if both else ()))
    return {"root": root, "targets": owner.targets(version=1)}


def _one_key_twice(owner: Owner) -> Files:
    second = owner.certified(ecdsa_key())
    signed = owner.root(1, root=Role((owner.root_key.named, second.named), threshold=2))
    root = owner.sign_root(signed, owner.root_key)
    return {"root": root, "targets": owner.targets(version=1)}


def _stranger_signs_too(owner: Owner) -> Files:
    root = owner.sign_root(owner.root(), ecdsa_key())
    return {"root": root, "targets": owner.targets(version=1)}


COMPLETE = (
    first(
        "none",
        "4.1",
        "targets alone for a new repository",
        lambda owner: {"targets": owner.targets(version=1)},
        invalid("no pre-existing root and no root provided in update."),
    ),
    first(
        "without-targets",
        "4.1",
        "a root alone for a new repository",
        lambda owner: {"root": owner.sign_root(owner.root())},
        invalid("targets must be loaded first"),
    ),
    first(
        "nothing-for-nothing",
        "4.1",
        "an empty multipart for a new repository",
        lambda _owner: {},
        invalid("no pre-existing root and no root provided in update."),
    ),
    *(
        first(
            f"without-{role}-role",
            "4.2",
            f"a root that names no {role} role",
            lambda owner, role=role: _without_role(owner, role),  # type: ignore[misc]
            bad_root(f"root type metadata invalid: missing {role} role specification"),
        )
        for role in ("targets", "snapshot", "timestamp")
    ),
    first(
        "without-root-role",
        "4.2",
        "a root that names no root role",
        lambda owner: _without_role(owner, "root"),
        bad_root("*missing root role specification*"),
    ),
)

CONTENT = (
    first(
        "wrong-type",
        "4.2",
        "a root whose `_type` is Targets",
        lambda owner: _bent(owner, _type="Targets"),
        bad_root("root type metadata invalid: expected type Root, not Targets"),
    ),
    first(
        "expired",
        "4.2",
        "a root that has expired",
        lambda owner: with_root(
            owner, metadata.root(owner.roles(), version=1, life=metadata.EXPIRED)
        ),
        bad_root("root expired at *"),
    ),
    first(
        "version-0",
        "4.2",
        "a first root with version 0",
        lambda owner: with_root(owner, owner.root(0)),
        bad_root(),
    ),
    first(
        "version-negative",
        "4.2",
        "a first root with version -1",
        lambda owner: with_root(owner, owner.root(-1)),
        bad_root(),
    ),
    first(
        "version-2",
        "4.2",
        "a first root with version 2: the root key was rotated before the first publish",
        lambda owner: with_root(owner, owner.root(2)),
        Accepted(),
    ),
    first(
        "version-3",
        "4.2",
        "a first root with version 3",
        lambda owner: with_root(owner, owner.root(3)),
        bad_root("Root modifications must increment the version. Current 1, new 3"),
    ),
    first(
        "threshold-0",
        "4.2",
        "a root role with threshold 0",
        lambda owner: _with_threshold(owner, "root", 0),
        bad_root("root type metadata invalid: invalid threshold specified for root: 0*"),
    ),
    first(
        "threshold-negative",
        "4.2",
        "a targets role with threshold -1",
        lambda owner: _with_threshold(owner, "targets", -1),
        bad_root("root type metadata invalid: invalid threshold specified for targets: -1*"),
    ),
    first(
        "key-missing",
        "4.2",
        "a targets role that names a key which is not in `keys`",
        _key_missing,
        bad_root("*key ID 00 specified in targets without corresponding key"),
    ),
    first(
        "key-of-other-content",
        "4.2",
        "a root key whose content does not hash to its id",
        _key_of_other_content,
        bad_root(),
    ),
    first(
        "threshold-beyond-keys",
        "4.2",
        "a targets role with one key and threshold 2",
        lambda owner: _with_threshold(owner, "targets", 2),
        Refused(name="ErrBadRoot", names=("ErrBadTargets",)),
    ),
)

UNUSUAL = (
    first(
        "consistent-snapshot",
        "4.2",
        "a root with `consistent_snapshot` true",
        lambda owner: _bent(owner, consistent_snapshot=True),
        Accepted(),
    ),
    first(
        "further-role",
        "4.2",
        "a root with a fifth role, `mirrors`",
        _further_role,
        Accepted(),
    ),
    first(
        "unused-key-of-unknown-type",
        "4.2",
        "a root with a key of the type `sphincs` that no role names",
        _unused_key,
        Accepted(),
    ),
    first(
        "key-named-twice",
        "5.2",
        "a root role that names one key twice, with threshold 2, signed twice by it",
        _named_twice,
        bad_root(),
    ),
)

SIGNED = (
    first(
        "unsigned",
        "5.2",
        "a root with an empty list of signatures",
        _unsigned,
        bad_root(f"{INVALID}*"),
    ),
    first(
        "signed-by-a-stranger",
        "5.2",
        "a root whose signature was made by another key",
        _signed_by_stranger,
        bad_root(f"{INVALID}*"),
    ),
    first(
        "changed-after-signing",
        "5.2",
        "a root changed after it was signed",
        _changed_after_signing,
        bad_root(f"{INVALID}*"),
    ),
    first(
        "two-keys-one-signature",
        "5.2",
        "a root role with threshold 2, signed by one key",
        lambda owner: _two_root_keys(owner, both=False),
        bad_root(f"{INVALID}*"),
    ),
    first(
        "two-keys-one-twice",
        "5.2",
        "a root role with threshold 2, signed twice by one key",
        _one_key_twice,
        bad_root(f"{INVALID}*"),
    ),
    first(
        "two-keys-two-signatures",
        "5.2",
        "a root role with threshold 2, signed by both keys",
        lambda owner: _two_root_keys(owner, both=True),
        Accepted(),
    ),
    first(
        "stranger-signs-too",
        "5.2",
        "a good root with a further signature by an unknown key",
        _stranger_signs_too,
        Accepted(),
    ),
)

FIRST_TARGETS = (
    first(
        "targets-of-another",
        "5.2",
        "a good root with targets signed by a key it does not name",
        lambda owner: {
            "root": owner.sign_root(owner.root()),
            "targets": metadata.signed_file(metadata.targets(), (ecdsa_key(),)),
        },
        bad_targets("valid signatures did not meet threshold for targets"),
    ),
)
