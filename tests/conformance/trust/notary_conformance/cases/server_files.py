"""The snapshot and timestamp that the server makes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from notary_conformance import metadata
from notary_conformance.answer import require
from notary_conformance.case import Expectation, Trial, scripted
from notary_conformance.keys import ecdsa_key
from notary_conformance.metadata import Delegation, Role, described, signed_file
from notary_conformance.reader import expires, require_go_form, walk

DAY = timedelta(days=1)


@scripted(
    "server-files/snapshot-entries",
    "3.5",
    "root and targets, then a delegation",
    "a snapshot with SHA-256, SHA-512 and length of each of them, and no other entry",
)
def snapshot_entries(trial: Trial) -> None:
    owner = trial.published()
    releases = Delegation("targets/releases", Role((owner.targets_key.named,)))
    child = signed_file(metadata.targets(), (owner.targets_key,))
    parent = owner.targets(version=2, delegations=(releases,))
    owner.publish({"targets": parent, releases.name: child})
    wanted = {name: described(content) for name, content in owner.published.items()}
    seen = walk(owner.collection).signed("snapshot")["meta"]
    require(seen == wanted, f"entries {sorted(seen)}, or their hashes, are others")


@scripted(
    "server-files/timestamp-entries",
    "3.6",
    "an update",
    "a timestamp with SHA-256, SHA-512 and length of the snapshot, and no other entry",
)
def timestamp_entries(trial: Trial) -> None:
    view = walk(trial.published().collection)
    require(
        view.signed("timestamp")["meta"] == {"snapshot": described(view.files["snapshot"])},
        "other entries",
    )


@scripted(
    "server-files/versions",
    "3.6",
    "three updates, the last one empty",
    "snapshot and timestamp versions rise each time the content changed, and never fall",
)
def versions(trial: Trial) -> None:
    owner = trial.published()
    first = walk(owner.collection)
    owner.publish({"targets": owner.targets(version=2)})
    second = walk(owner.collection)
    owner.publish({})
    third = walk(owner.collection)
    for role in ("snapshot", "timestamp"):
        seen = [view.version(role) for view in (first, second, third)]
        require(seen[0] < seen[1] <= seen[2], f"{role}: {seen}")


@scripted(
    "server-files/versions-by-one",
    "3.6",
    "two updates",
    "snapshot and timestamp have versions 1 and 2",
)
def versions_by_one(trial: Trial) -> None:
    owner = trial.published()
    owner.publish({"targets": owner.targets(version=2)})
    view = walk(owner.collection)
    seen = [view.version(role) for role in ("snapshot", "timestamp")]
    require(seen == [2, 2], f"versions {seen}")


@scripted(
    "server-files/empty-update",
    "3.2",
    "an empty multipart",
    Expectation(
        strict="root and targets stay; snapshot and timestamp may be new or stay",
        notary="root and targets stay, and there is a new snapshot and a new timestamp",
        why="nothing changed, so there is nothing new to sign",
    ),
)
def empty_update(trial: Trial) -> None:
    owner = trial.published()
    before = walk(owner.collection)
    owner.publish({})
    after = walk(owner.collection)
    for role in ("root", "targets"):
        require(before.files[role] == after.files[role], f"{role} changed")
    if trial.expects_notary:
        require(after.version("snapshot") == after.version("timestamp") == 2, "no new versions")


@scripted(
    "server-files/lifetimes",
    "3.6",
    "a first publish",
    Expectation(
        strict="the timestamp lives one day to one month, the snapshot a month to three years",
        notary="14 days and three years",
        why="a timestamp's life is how long an old state can be replayed; how long a snapshot "
        "lives matters little while the server renews it in time",
    ),
)
def lifetimes(trial: Trial) -> None:
    view = walk(trial.published().collection)
    now = datetime.now(UTC)
    left = {role: expires(view.signed(role)) - now for role in ("timestamp", "snapshot")}
    bounds = {"timestamp": (DAY, 31 * DAY), "snapshot": (28 * DAY, 1097 * DAY)}
    if trial.expects_notary:
        bounds = {"timestamp": (13.9 * DAY, 14 * DAY), "snapshot": (1094 * DAY, 1097 * DAY)}
    for role, (least, most) in bounds.items():
        require(least <= left[role] <= most, f"{role}: {left[role]}")


@scripted(
    "server-files/form",
    "5.3",
    "a first publish",
    "snapshot and timestamp are byte for byte in the clients' own form",
)
def form(trial: Trial) -> None:
    view = walk(trial.published().collection)
    for role in ("snapshot", "timestamp"):
        require_go_form(view.files[role])
        file = json.loads(view.files[role])
        require(set(file["signed"]) == {"_type", "expires", "meta", "version"}, "other fields")
        require(
            all(set(entry) == {"keyid", "method", "sig"} for entry in file["signatures"]),
            "other fields in a signature",
        )


@scripted(
    "server-files/small-timestamp",
    "3.6",
    "a first publish",
    "a timestamp of at most 1 MiB: clients read no more",
)
def small_timestamp(trial: Trial) -> None:
    require(len(walk(trial.published().collection).files["timestamp"]) <= 2**20, "too long")


@scripted(
    "server-files/removed-delegation",
    "3.5",
    "a delegation, then targets that no longer declare it",
    "accepted and readable",
)
def removed_delegation(trial: Trial) -> None:
    owner = trial.published()
    releases = Delegation("targets/releases", Role((owner.targets_key.named,)))
    child = signed_file(metadata.targets(), (owner.targets_key,))
    parent = owner.targets(version=2, delegations=(releases,))
    owner.publish({"targets": parent, releases.name: child})
    owner.publish({"targets": owner.targets(version=3)})
    require("targets/releases" not in walk(owner.collection).files, "still declared")


@scripted(
    "server-files/client-snapshot-is-kept",
    "5.6",
    "a snapshot signed by the client",
    "served with its bytes; only the timestamp is the server's",
)
def client_snapshot(trial: Trial) -> None:
    owner = trial.owner(snapshot_key=ecdsa_key())
    owner.publish_first()
    require(walk(owner.collection).files["snapshot"] == owner.published["snapshot"], "other bytes")
