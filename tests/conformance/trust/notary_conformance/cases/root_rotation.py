"""From one root to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notary_conformance import metadata
from notary_conformance.answer import require
from notary_conformance.case import Case, Ends, Trial, scripted, update
from notary_conformance.keys import ecdsa_key
from notary_conformance.metadata import Role, signed_file
from notary_conformance.outcome import (
    OK,
    VERSION,
    Accepted,
    Outcome,
    Refused,
    bad_hierarchy,
    bad_root,
)
from notary_conformance.reader import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.keys import KeyPair
    from notary_conformance.owner import Files, Owner

NOT_BY_OLD = (
    "could not rotate trust to a new trusted root: "
    "failed to validate data with current trusted certificates"
)
NOT_BY_NEW = "could not validate the path to a trusted root: failed to validate integrity of roots"


def _case(
    name: str, clause: str, sends: str, build: Callable[[Owner], Files], ends: Outcome | Ends
) -> Case:
    return update(f"rotation/{name}", clause, sends, build, ends)


def _with_version(owner: Owner, version: int) -> Files:
    return {"root": owner.sign_root(owner.root(version))}


def _rotated(owner: Owner, *, by_old: bool = True, by_new: bool = True) -> Files:
    """Return the next root, which names another root key."""
    fresh = owner.certified(ecdsa_key())
    signers: list[KeyPair] = [owner.root_key] * by_old + [fresh] * by_new
    signed = owner.root(2, root=Role((fresh.named,)))
    return {"root": signed_file(signed, signers)}


def _raised_threshold(owner: Owner) -> Files:
    second = owner.certified(ecdsa_key())
    signed = owner.root(2, root=Role((owner.root_key.named, second.named), threshold=2))
    return {"root": owner.sign_root(signed)}


def _other_targets_key(owner: Owner, *, with_targets: bool) -> Files:
    owner.targets_key = ecdsa_key()
    files = {"root": owner.sign_root(owner.root(2))}
    return {**files, "targets": owner.targets(version=2)} if with_targets else files


def _further_targets_key(owner: Owner) -> Files:
    keys = (owner.targets_key.named, ecdsa_key().named)
    return {"root": owner.sign_root(owner.root(2, targets=Role(keys)))}


def _other_content(owner: Owner, role: str) -> Files:
    """Return the next root, in which the key of ``role`` has the content of another."""
    signed = owner.root(2)
    (named,) = signed["roles"][role]["keyids"]
    signed["keys"][named] = ecdsa_key().named.as_object()
    return {"root": owner.sign_root(signed)}


MISNAMED = (
    *(
        _case(
            f"{role}-key-of-other-content",
            "4.2",
            f"the next root, in which the {role} key's content does not hash to its id",
            lambda owner, role=role: _other_content(owner, role),  # type: ignore[misc]
            Refused(name="ErrBadRoot", names=("ErrBadHierarchy", "ErrValidation")),
        )
        for role in ("snapshot", "timestamp")
    ),
    _case(
        "targets-key-of-other-content",
        "4.2",
        "the next root, in which the targets key's content does not hash to its id",
        lambda owner: _other_content(owner, "targets"),
        Ends(
            strict=bad_root(),
            notary=Accepted(readable=False),
            why="nobody could read the repository until the owner publishes again",
        ),
    ),
)

ROTATION = (
    _case(
        "next-version",
        "4.4",
        "the same keys with version 2",
        lambda owner: _with_version(owner, 2),
        Accepted(),
    ),
    _case(
        "version-skipped",
        "4.4",
        "a root with version 3 after version 1",
        lambda owner: _with_version(owner, 3),
        bad_root("Root modifications must increment the version. Current 1, new 3"),
    ),
    _case(
        "version-same",
        "4.4",
        "another root with version 1",
        lambda owner: {
            "root": owner.sign_root(
                metadata.root(owner.roles(), version=1, life=metadata.TARGETS_LIFE)
            )
        },
        VERSION,
    ),
    _case(
        "version-0",
        "4.4",
        "a root with version 0 after version 1",
        lambda owner: _with_version(owner, 0),
        bad_root(),
    ),
    _case("by-both", "4.4", "another root key, signed by both", _rotated, Accepted()),
    _case(
        "not-by-the-old",
        "4.4",
        "another root key, signed by the new one alone",
        lambda owner: _rotated(owner, by_old=False),
        bad_root(NOT_BY_OLD),
    ),
    _case(
        "not-by-the-new",
        "4.4",
        "another root key, signed by the old one alone",
        lambda owner: _rotated(owner, by_new=False),
        bad_root(NOT_BY_NEW),
    ),
    _case(
        "threshold-raised",
        "4.4",
        "a second root key and threshold 2, signed by the old key alone",
        _raised_threshold,
        bad_root(NOT_BY_NEW),
    ),
    _case(
        "targets-key-with-targets",
        "4.4",
        "another targets key, with targets signed by it",
        lambda owner: _other_targets_key(owner, with_targets=True),
        Accepted(),
    ),
    _case(
        "targets-key-without-targets",
        "4.4",
        "another targets key; the stored targets are signed by the old one",
        lambda owner: _other_targets_key(owner, with_targets=False),
        Ends(
            strict=bad_hierarchy(),
            notary=Accepted(readable=False),
            why="nobody could read the repository until the owner publishes again",
        ),
    ),
    _case(
        "targets-key-added",
        "4.4",
        "a further targets key; the stored targets stay valid",
        _further_targets_key,
        Accepted(),
    ),
)


@scripted(
    "rotation/every-root-stays",
    "1.4",
    "two rotations of the root key, then `1.root.json` to `3.root.json`",
    "every version has its bytes, and each was signed by the one before",
)
def every_root_stays(trial: Trial) -> None:
    owner = trial.published()
    roots = [owner.published["root"]]
    for version in (2, 3):
        former = owner.root_key
        owner.root_key = owner.certified(ecdsa_key())
        owner.publish({"root": owner.sign_root(owner.root(version), former)})
        roots.append(owner.published["root"])
    walk(owner.collection)
    for version, content in enumerate(roots, 1):
        answer = owner.collection.get(f"{version}.root.json")
        require(answer.status == OK and answer.body == content, f"version {version} is another")


@scripted(
    "rotation/old-key-is-out",
    "4.4",
    "a rotated root key, then a root signed by the former key alone",
    "400 `INVALID_UPDATE`, ErrBadRoot",
)
def old_key_is_out(trial: Trial) -> None:
    owner = trial.published()
    former = owner.root_key
    owner.root_key = owner.certified(ecdsa_key())
    owner.publish({"root": owner.sign_root(owner.root(2), former)})
    bad_root(NOT_BY_OLD).judge(
        owner.post({"root": signed_file(owner.root(3), (former,))}), trial.profile
    )
