"""Delegations: who declares them, who signs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notary_conformance import metadata
from notary_conformance.answer import require
from notary_conformance.case import Case, Ends, Trial, scripted, update
from notary_conformance.certificates import CertificateForm, certified
from notary_conformance.keys import KeyPair, ecdsa_key, ed25519_key, rsa_key
from notary_conformance.metadata import Delegation, Role, signed_file
from notary_conformance.outcome import VERSION, Accepted, Outcome, Refused, bad_targets
from notary_conformance.reader import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from notary_conformance.canonical import Object
    from notary_conformance.owner import Files, Owner

RELEASES = "targets/releases"


def _case(
    name: str,
    sends: str,
    build: Callable[[Owner], Files],
    ends: Outcome | Ends,
    clause: str = "5.5",
) -> Case:
    return update(f"delegations/{name}", clause, sends, build, ends)


def _declared(name: str, *keys: KeyPair, threshold: int = 1) -> Delegation:
    return Delegation(name, Role(tuple(key.named for key in keys), threshold))


def _child(*signers: KeyPair, **form: object) -> bytes:
    signed = metadata.targets({"1.0": metadata.target()})
    return signed_file({**signed, **form}, signers)


def _releases(owner: Owner, key: KeyPair, child: bytes) -> Files:
    parent = owner.targets(version=2, delegations=(_declared(RELEASES, key),))
    return {"targets": parent, RELEASES: child}


def _of_kind(make: Callable[[], KeyPair]) -> Callable[[Owner], Files]:
    def build(owner: Owner) -> Files:
        key = make()
        return _releases(owner, key, _child(key))

    return build


def _deep(owner: Owner) -> Files:
    key = ecdsa_key()
    names = ["targets/a", "targets/a/b", "targets/a/b/c"]
    files = {"targets": owner.targets(version=2, delegations=(_declared(names[0], key),))}
    for name, below in zip(names, [*names[1:], None], strict=True):
        delegations = (_declared(below, key),) if below else ()
        files[name] = signed_file(metadata.targets(delegations=delegations), (key,))
    return files


def _without_parent(owner: Owner) -> Files:
    key = ecdsa_key()
    parent = owner.targets(version=2, delegations=(_declared("targets/a", key),))
    return {"targets": parent, "targets/a/b": _child(key)}


def _not_direct(owner: Owner) -> Files:
    key = ecdsa_key()
    parent = owner.targets(version=2, delegations=(_declared("targets/a/b", key),))
    return {"targets": parent, "targets/a/b": _child(key)}


def _bad_name(owner: Owner, name: str) -> Files:
    return {"targets": owner.targets(version=2, delegations=(_declared(name, ecdsa_key()),))}


def _undeclared(_owner: Owner) -> Files:
    return {RELEASES: _child(ecdsa_key())}


def _bent_role(owner: Owner, **changes: object) -> Files:
    key = ecdsa_key()
    signed = metadata.targets(version=2, delegations=(_declared(RELEASES, key),))
    signed["delegations"]["roles"][0].update(changes)
    return {"targets": owner.sign_targets(signed), RELEASES: _child(key)}


def _outside_paths(owner: Owner) -> Files:
    key = ecdsa_key()
    narrow = Delegation(RELEASES, Role((key.named,)), paths=("v",))
    return {"targets": owner.targets(version=2, delegations=(narrow,)), RELEASES: _child(key)}


def _without_paths(owner: Owner) -> Files:
    key = ecdsa_key()
    none = Delegation(RELEASES, Role((key.named,)), paths=())
    return {"targets": owner.targets(version=2, delegations=(none,)), RELEASES: _child(key)}


def _declared_twice(owner: Owner) -> Files:
    first, second = ecdsa_key(), ecdsa_key()
    both = (_declared(RELEASES, first), _declared(RELEASES, second))
    return {"targets": owner.targets(version=2, delegations=both), RELEASES: _child(first)}


def _two_keys(owner: Owner, signatures: int) -> Files:
    keys = (ecdsa_key(), ecdsa_key())
    declared = _declared(RELEASES, *keys, threshold=2)
    parent = owner.targets(version=2, delegations=(declared,))
    return {"targets": parent, RELEASES: _child(*keys[:signatures])}


def _emptied() -> Object:
    signed = metadata.targets({"1.0": metadata.target()}, version=2)
    return {**signed, "delegations": {"keys": {}, "roles": None}}


def _first_key(kind: str) -> KeyPair:
    key = rsa_key() if kind == "rsa" else ecdsa_key()
    return certified(key, CertificateForm("erin"))


ACCEPTED = (
    _case("ecdsa", "a delegation with an ECDSA key", _of_kind(ecdsa_key), Accepted()),
    _case("ed25519", "a delegation with an Ed25519 key", _of_kind(ed25519_key), Accepted()),
    _case(
        "rsa-x509",
        "a delegation with an RSA certificate (`notary delegation add`)",
        _of_kind(lambda: _first_key("rsa")),
        Accepted(),
    ),
    _case(
        "ecdsa-x509",
        "a delegation with an ECDSA certificate",
        _of_kind(lambda: _first_key("ecdsa")),
        Accepted(),
    ),
    _case("three-deep", "delegations of delegations, all at once", _deep, Accepted()),
    _case(
        "declared-only",
        "a declared delegation without a file (`docker trust signer add`)",
        lambda owner: {
            "targets": owner.targets(version=2, delegations=(_declared(RELEASES, ecdsa_key()),))
        },
        Accepted(),
    ),
    _case(
        "emptied-list",
        "targets whose `delegations.roles` is null, as Go writes once the last one was removed",
        lambda owner: {"targets": owner.sign_targets(_emptied())},
        Accepted(),
    ),
    _case("without-paths", "a delegation without `paths`", _without_paths, Accepted()),
    _case(
        "outside-its-paths",
        "a target outside the delegation's `paths`: clients pass over it",
        _outside_paths,
        Accepted(),
    ),
    _case(
        "two-of-two",
        "a delegation with threshold 2, signed by both keys",
        lambda owner: _two_keys(owner, 2),
        Accepted(),
    ),
)

REFUSED = (
    _case(
        "undeclared",
        "a delegation that the stored targets do not declare",
        _undeclared,
        bad_targets(f"tuf: invalid role {RELEASES}. delegation does not exist"),
    ),
    _case(
        "without-parent",
        "`targets/a/b` while `targets/a` is declared but has no file",
        _without_parent,
        bad_targets("tuf: invalid role targets/a/b. delegation does not exist"),
    ),
    _case(
        "not-a-direct-child",
        "targets that declare `targets/a/b`",
        _not_direct,
        bad_targets("targets type metadata invalid: delegation role targets/a/b invalid"),
    ),
    *(
        _case(
            f"bad-name-{number}",
            f"targets that declare `{name}`",
            lambda owner, name=name: _bad_name(owner, name),  # type: ignore[misc]
            bad_targets(),
        )
        for number, name in enumerate(("root", "releases", "targets/A", "targets", "targets/"), 1)
    ),
    _case(
        "foreign-signature",
        "a delegation signed by a key its parent does not name",
        lambda owner: _releases(owner, ecdsa_key(), _child(ecdsa_key())),
        bad_targets(f"valid signatures did not meet threshold for {RELEASES}"),
        "5.2",
    ),
    _case(
        "signed-by-the-targets-key",
        "a delegation signed by its parent's key",
        lambda owner: _releases(owner, ecdsa_key(), _child(owner.targets_key)),
        bad_targets(f"valid signatures did not meet threshold for {RELEASES}"),
        "5.2",
    ),
    _case(
        "one-of-two",
        "a delegation with threshold 2, signed by one key",
        lambda owner: _two_keys(owner, 1),
        bad_targets(f"valid signatures did not meet threshold for {RELEASES}"),
        "5.2",
    ),
    _case(
        "expired",
        "a delegation that has expired",
        lambda owner: _releases(
            owner, (key := ecdsa_key()), _child(key, expires=metadata.expiry(metadata.EXPIRED))
        ),
        bad_targets(f"{RELEASES} expired at *"),
    ),
    _case(
        "wrong-type",
        "a delegation whose `_type` is Delegation",
        lambda owner: _releases(owner, (key := ecdsa_key()), _child(key, _type="Delegation")),
        bad_targets(f"{RELEASES} type metadata invalid: expected type Targets, not Delegation"),
    ),
    _case(
        "version-0",
        "a delegation with version 0",
        lambda owner: _releases(owner, (key := ecdsa_key()), _child(key, version=0)),
        bad_targets(f"{RELEASES} type metadata invalid: version cannot be less than one"),
    ),
    _case(
        "key-missing",
        "a delegation naming a key that is not in `delegations.keys`",
        lambda owner: _bent_role(owner, keyids=["00"]),
        bad_targets("*key ID 00 specified in * without corresponding key"),
    ),
    _case(
        "threshold-0",
        "a delegation with threshold 0",
        lambda owner: _bent_role(owner, threshold=0),
        bad_targets(),
    ),
)


@scripted(
    "delegations/same-version",
    "5.1",
    "a delegation with the stored version",
    "400 `VERSION`",
)
def same_version(trial: Trial) -> None:
    owner = trial.published()
    key = ecdsa_key()
    owner.publish(_releases(owner, key, _child(key)))
    other = _child(key, targets={"2.0": metadata.target()})
    VERSION.judge(owner.post({RELEASES: other}), trial.profile)


@scripted(
    "delegations/alone",
    "5.5",
    "the next version of a delegation alone, as a delegated signer sends it",
    "accepted; targets stay as they are",
)
def alone(trial: Trial) -> None:
    owner = trial.published()
    key = ecdsa_key()
    owner.publish(_releases(owner, key, _child(key)))
    owner.publish({RELEASES: _child(key, version=2)})
    view = walk(owner.collection)
    require(view.version(RELEASES) == 2, "not the new version")
    require(view.files["targets"] == owner.published["targets"], "targets changed")


@scripted(
    "delegations/undeclared-again",
    "5.5",
    "a delegation that was declared once, after targets dropped it",
    "400 `INVALID_UPDATE`, ErrBadTargets",
)
def undeclared_again(trial: Trial) -> None:
    owner = trial.published()
    key = ecdsa_key()
    owner.publish(_releases(owner, key, _child(key)))
    owner.publish({"targets": owner.targets(version=3)})
    bad_targets(f"tuf: invalid role {RELEASES}. delegation does not exist").judge(
        owner.post({RELEASES: _child(key, version=2)}), trial.profile
    )


@scripted(
    "delegations/signer-removed",
    "5.5",
    "targets that take a delegation's key away; the stored delegation was signed by it",
    "accepted: this is how a signer is removed",
)
def signer_removed(trial: Trial) -> None:
    owner = trial.published()
    key = ecdsa_key()
    owner.publish(_releases(owner, key, _child(key)))
    other = (_declared(RELEASES, ecdsa_key()),)
    owner.publish({"targets": owner.targets(version=3, delegations=other)})


def _other_content(owner: Owner) -> Files:
    key = ecdsa_key()
    signed = metadata.targets(version=2, delegations=(_declared(RELEASES, key),))
    signed["delegations"]["keys"][key.id] = ecdsa_key().named.as_object()
    return {"targets": owner.sign_targets(signed)}


DECLARED_TWICE = (
    _case(
        "key-of-other-content",
        "targets that declare a delegation whose key's content does not hash to its id",
        _other_content,
        Ends(
            strict=bad_targets(),
            notary=Accepted(),
            why="nobody could ever sign for that delegation",
        ),
    ),
    _case(
        "declared-twice",
        "targets that declare one delegation twice with different keys",
        _declared_twice,
        Ends(
            strict=Refused(name="ErrBadTargets"),
            notary=Accepted(readable=False),
            why="readers disagree on which of the two counts",
        ),
    ),
)
