"""The keys that the server holds: asking for them, and changing them."""

from __future__ import annotations

from notary_conformance.answer import require
from notary_conformance.case import Case, Ends, Expectation, Trial, scripted, update
from notary_conformance.keys import PublicKey, ecdsa_key
from notary_conformance.metadata import Role
from notary_conformance.outcome import OK, Accepted, Refused
from notary_conformance.owner import Owner
from notary_conformance.reader import walk
from notary_conformance.session import ALL
from notary_conformance.signatures import key_of, usable

KEY_BYTES = 256 * 1024


def _another_key(owner: Owner, role: str) -> PublicKey:
    answer = owner.collection.ask("POST", f"tuf/{role}.key", ALL)
    require(answer.status == OK, f"POST {role}.key: {answer.in_brief()}")
    return key_of(answer.json())


def _signers(owner: Owner, role: str) -> set[str]:
    files = walk(owner.collection)
    return set(files.signed("root")["roles"][role]["keyids"])


def _given(role: str) -> Case:
    @scripted(
        f"server-keys/{role}",
        "2.1",
        f"`GET {role}.key` for a new repository",
        "a usable public key, `private` null, at most 256 KiB",
    )
    def case(trial: Trial) -> None:
        answer = trial.collection().get(f"{role}.key")
        require(answer.status == OK, f"got {answer.in_brief()}")
        require(len(answer.body) <= KEY_BYTES, "too long")
        key = key_of(answer.json())
        require(key.keytype in {"ecdsa", "rsa", "ed25519"}, f"keytype {key.keytype}")
        usable(key)

    return case


def _lasting(role: str) -> Case:
    @scripted(
        f"server-keys/{role}-asked-twice",
        "2.1",
        f"`GET {role}.key` twice for a new repository",
        Expectation(
            strict="the same key",
            notary="two keys (local signer; with notary-signer the same key)",
            why="a client whose first publish failed asks again; keys nobody uses pile up",
        ),
    )
    def case(trial: Trial) -> None:
        owner = trial.owner()
        same = owner.server_key(role).id == owner.server_key(role).id
        require(same is not trial.expects_notary, "the same" if same else "two different keys")

    return case


def _current(role: str) -> Case:
    @scripted(
        f"server-keys/{role}-of-the-root",
        "2.1",
        f"`GET {role}.key` for a published repository",
        "the key that the root names",
    )
    def case(trial: Trial) -> None:
        owner = trial.published()
        require({owner.server_key(role).id} == _signers(owner, role), "another key")

    return case


def _pending(role: str) -> Case:
    @scripted(
        f"server-keys/{role}-pending",
        "2.2",
        f"`POST {role}.key`, then a publish that does not use the key",
        "another key; the old one is given and signs until a root names the new one",
    )
    def case(trial: Trial) -> None:
        owner = trial.published()
        current = owner.server_key(role)
        require(_another_key(owner, role).id != current.id, "not another key")
        owner.publish({"targets": owner.targets(version=2)})
        require(_signers(owner, role) == {current.id}, "the old key does not sign")
        require(owner.server_key(role).id == current.id, "GET gives another key")

    return case


def _rotated(role: str) -> Case:
    @scripted(
        f"server-keys/{role}-rotation",
        "2.2",
        f"`POST {role}.key`, then a root that names that key",
        "accepted; the new key signs and is given",
    )
    def case(trial: Trial) -> None:
        owner = trial.published()
        fresh = _another_key(owner, role)
        owner.publish({"root": owner.sign_root(owner.root(2, **{role: Role((fresh,))}))})
        require(_signers(owner, role) == {fresh.id}, "the new key does not sign")
        require(owner.server_key(role).id == fresh.id, "GET gives another key")

    return case


SERVER_ROLES = tuple(
    make(role)
    for make in (_given, _lasting, _current, _pending, _rotated)
    for role in ("timestamp", "snapshot")
)


@scripted(
    "server-keys/earlier-pending",
    "2.2",
    "`POST timestamp.key` twice, then a root that names the first of the two",
    "accepted",
)
def earlier_pending(trial: Trial) -> None:
    owner = trial.published()
    first = _another_key(owner, "timestamp")
    _another_key(owner, "timestamp")
    owner.publish({"root": owner.sign_root(owner.root(2, timestamp=Role((first,))))})
    require(_signers(owner, "timestamp") == {first.id}, "another key signs")


@scripted(
    "server-keys/apart",
    "2.1",
    "`GET snapshot.key` and `timestamp.key`, of two repositories",
    "four different keys",
)
def apart(trial: Trial) -> None:
    keys = {
        Owner(trial.collection(suffix)).server_key(role).id
        for suffix in ("-a", "-b")
        for role in ("snapshot", "timestamp")
    }
    require(len(keys) == 4, f"{len(keys)} keys")


@scripted(
    "server-keys/no-other-roles",
    "2.2",
    "`POST` of `root.key` and `targets.key`",
    "404 or 405",
)
def no_other_roles(trial: Trial) -> None:
    for role in ("root", "targets"):
        answer = trial.collection().ask_as_told("POST", f"tuf/{role}.key", ALL)
        require(answer.status in {404, 405}, f"{role}: {answer.in_brief()}")


@scripted(
    "server-keys/rotation-before-publish",
    "2.2",
    "`POST timestamp.key` for a new repository, then a first publish with that key",
    "accepted",
)
def rotation_before_publish(trial: Trial) -> None:
    owner = trial.owner()
    owner.server_timestamp = _another_key(owner, "timestamp")
    owner.publish_first()
    walk(owner.collection)


@scripted(
    "server-keys/snapshot-on-offer",
    "2.1",
    "`GET snapshot.key` while the client holds the snapshot key",
    "a key of the server's own",
)
def snapshot_on_offer(trial: Trial) -> None:
    owner = trial.owner(snapshot_key=ecdsa_key())
    owner.publish_first()
    require({owner.server_key("snapshot").id}.isdisjoint(_signers(owner, "snapshot")), "the same")


@scripted(
    "server-keys/snapshot-to-the-server",
    "4.5",
    "a root that replaces the client's snapshot key by the server's",
    "accepted; the server signs the snapshot from now on",
)
def snapshot_to_server(trial: Trial) -> None:
    owner = trial.owner(snapshot_key=ecdsa_key())
    owner.publish_first()
    owner.snapshot_key = None
    owner.publish({"root": owner.sign_root(owner.root(2))})
    walk(owner.collection)
    owner.publish({"targets": owner.targets(version=2)})
    walk(owner.collection)


@scripted(
    "server-keys/snapshot-to-the-client",
    "4.5",
    "a root that replaces the server's snapshot key by the client's, with a snapshot",
    "accepted",
)
def snapshot_to_client(trial: Trial) -> None:
    owner = trial.published()
    owner.snapshot_key = ecdsa_key()
    files = {"root": owner.sign_root(owner.root(2))}
    owner.publish({**files, "snapshot": owner.snapshot(files, version=2)})
    walk(owner.collection)


def _with_role(role: str, owner: Owner, key: PublicKey) -> dict[str, bytes]:
    root = owner.sign_root(owner.root(1, **{role: Role((key,))}))
    return {"root": root, "targets": owner.targets(version=1)}


def _second_timestamp_key(owner: Owner, threshold: int) -> dict[str, bytes]:
    keys = (owner.server_timestamp, ecdsa_key().named)
    root = owner.sign_root(owner.root(1, timestamp=Role(keys, threshold)))
    return {"root": root, "targets": owner.targets(version=1)}


def _neighbours_key(owner: Owner) -> dict[str, bytes]:
    other = Owner(type(owner.collection)(owner.collection.session, owner.collection.gun + "-b"))
    return _with_role("timestamp", owner, other.server_key("timestamp"))


FOREIGN_KEYS = (
    update(
        "server-keys/unknown-timestamp-key",
        "4.5",
        "a first root whose timestamp key the server does not hold",
        lambda owner: _with_role("timestamp", owner, ecdsa_key().named),
        Refused(name="ErrBadRoot", names=("ErrValidation",)),
        prepare=Trial.owner,
    ),
    update(
        "server-keys/unknown-snapshot-key",
        "4.5",
        "a first root whose snapshot key the server does not hold, without a snapshot",
        lambda owner: _with_role("snapshot", owner, ecdsa_key().named),
        Refused(name="ErrBadHierarchy", names=("ErrValidation",)),
        prepare=Trial.owner,
    ),
    update(
        "server-keys/second-timestamp-key",
        "4.5",
        "a first root that names the server's timestamp key and a stranger's",
        lambda owner: _second_timestamp_key(owner, 1),
        Accepted(),
        prepare=Trial.owner,
    ),
    update(
        "server-keys/timestamp-threshold-out-of-reach",
        "4.5",
        "the same with threshold 2, which the server cannot reach",
        lambda owner: _second_timestamp_key(owner, 2),
        Refused(name="ErrBadRoot", names=("ErrValidation",)),
        prepare=Trial.owner,
    ),
    update(
        "server-keys/timestamp-key-of-a-neighbour",
        "4.5",
        "a first root whose timestamp key the server made for another repository",
        _neighbours_key,
        Ends(
            strict=Refused(name="ErrBadRoot", names=("ErrValidation",)),
            notary=Accepted(),
            why="a registry-held key belongs to one repository and goes with it",
        ),
        prepare=Trial.owner,
    ),
)
