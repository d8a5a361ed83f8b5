"""Roots: a chain is followed link by link, and nothing else leads from one root to another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hostile_trust_server import Consumer, HostileTrustServer
from sealyard.trust.errors import (
    CertificateError,
    ExpiredMetadataError,
    FileMissingError,
    SignatureError,
    TrustError,
    WalkTooLongError,
)
from trust_owner import NOW, KeyPair, sign_file

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.trust.metadata import Root

NOT_ROTATED = (
    "the root of localhost:5443/team/app is not to be trusted",
    "could not rotate trust to a new trusted root: failed to validate data with current trusted",
    "a root that nobody vouches for",
    "compare its root key with the publisher",
    "sealyard trust reset localhost:5443/team/app",
)


def test_three_roots_further_every_one_between_is_fetched(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    for _ in range(3):
        server.publish(root=server.owner.rotate_root())
    server.asked.clear()
    assert consumer.refresh().root.version == 4
    roots = [name for name in server.asked if "root" in name]
    assert roots == [server.name_of("root"), "2.root.json", "3.root.json"]
    server.asked.clear()
    consumer.pull()
    assert server.asked == ["timestamp.json"]


def test_a_fresh_consumer_needs_no_chain(server: HostileTrustServer, consumer: Consumer) -> None:
    for _ in range(3):
        server.publish(root=server.owner.rotate_root())
    consumer.pull()
    assert [name for name in server.asked if "root" in name] == ["root.json"]


def test_a_gap_in_the_chain_is_told(server: HostileTrustServer, consumer: Consumer) -> None:
    consumer.pull()
    for _ in range(3):
        server.publish(root=server.owner.rotate_root())
    del server.files["3.root.json"]
    said = ("3.root.json is not to be had, although the chain of roots names it", "mix-and-match")
    with consumer.refuses(FileMissingError, *said):
        consumer.pull()


def test_a_link_that_skips_one_is_refused(server: HostileTrustServer, consumer: Consumer) -> None:
    consumer.pull()
    for _ in range(3):
        server.publish(root=server.owner.rotate_root())
    server.files["2.root.json"] = server.files["3.root.json"]
    with consumer.refuses(SignatureError, *NOT_ROTATED):
        consumer.pull()
    server.files["2.root.json"] = server.files["1.root.json"]
    with consumer.refuses(TrustError, "localhost:5443/team/app"):
        consumer.pull()


def test_a_root_that_the_old_one_did_not_sign_is_refused(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    server.owner.rotate_root()
    server.seal({"root": sign_file(server.owner.root, [server.owner.root_pair])})
    with consumer.refuses(SignatureError, *NOT_ROTATED):
        consumer.pull()


def test_a_root_that_its_own_keys_did_not_sign_is_refused(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    before = server.owner.root_pair
    server.owner.rotate_root()
    server.seal({"root": sign_file(server.owner.root, [before])})
    with consumer.refuses(SignatureError, "failed to validate integrity of roots"):
        consumer.pull()


def test_a_root_in_the_middle_has_to_be_signed_by_its_own_keys_too(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    owner = server.owner
    first = owner.root_pair
    owner.rotate_root()
    server.files["2.root.json"] = sign_file(owner.root, [first])
    server.seal({"root": owner.rotate_root()})
    with consumer.refuses(SignatureError, "failed to validate integrity of roots"):
        consumer.pull()


def test_a_completely_new_root_does_not_replace_the_one_that_is_known(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    """The registry was taken over, or the owner started afresh: only a person can tell which."""
    consumer.pull()
    stranger = HostileTrustServer()
    server.files = stranger.files
    with consumer.refuses(SignatureError, *NOT_ROTATED):
        consumer.pull()


def test_too_many_roots_are_not_followed(server: HostileTrustServer, consumer: Consumer) -> None:
    consumer.limits = replace(consumer.limits, rotations=2)
    consumer.pull()
    for _ in range(3):
        server.publish(root=server.owner.rotate_root())
    server.asked.clear()
    with consumer.refuses(WalkTooLongError, "more than 2 roots to follow (endless data)"):
        consumer.pull()
    assert "2.root.json" not in server.asked


def test_a_root_in_the_middle_may_have_expired_and_the_last_one_may_not(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    server.publish(root=server.owner.change_root(expires="2026-11-23T13:00:00Z"))
    between = server.saved()
    server.publish(root=server.owner.change_root(expires="2030-11-23T13:00:00Z"))
    consumer.now = NOW + timedelta(days=1)
    server.files, latest = between, server.files
    with consumer.refuses(ExpiredMetadataError, "root expired", "(freeze)"):
        consumer.pull()
    server.files = latest
    assert consumer.refresh().root.version == 3


def test_a_certificate_in_the_middle_may_have_expired_and_the_last_one_may_not(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    owner = server.owner
    first = owner.root_pair
    owner.root_pair = KeyPair.certified(days=3)
    server.publish(root=_with_root_key(owner.root_pair, server, first))
    between = server.saved()
    server.publish(root=owner.rotate_root())
    consumer.now = NOW + timedelta(days=4)
    server.files, latest = between, server.files
    with consumer.refuses(CertificateError, "its certificate expired on 2026-11-26"):
        consumer.pull()
    server.files = latest
    assert consumer.refresh().root.version == 3


def _with_root_key(pair: KeyPair, server: HostileTrustServer, before: KeyPair) -> bytes:
    server.owner.root_pair = pair
    server.owner.rotate()
    return server.owner.root_file(before)


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_a_stolen_key_is_worth_nothing_once_the_root_names_another(
    server: HostileTrustServer, consumer: Consumer, role: str, tmp_path: Path
) -> None:
    stolen = _thief(server, role)
    consumer.pull()
    _replace_key(server, role)
    consumer.pull("v1")
    Consumer(server, tmp_path / "another").pull("v1")
    _use(server, role, stolen)
    for one in (consumer, Consumer(server, tmp_path / "third")):
        if role == "root" and one is not consumer:
            continue  # whoever knows no root cannot tell; pins can (test_pinned.py)
        with one.refuses(SignatureError):
            one.pull("v1")


def _thief(server: HostileTrustServer, role: str) -> KeyPair:
    registry, owner = server.registry, server.owner
    return {
        "root": owner.root_pair,
        "targets": owner.targets_pair,
        "snapshot": registry.snapshot,
        "timestamp": registry.timestamp,
    }[role]


def _replace_key(server: HostileTrustServer, role: str) -> None:
    registry, owner = server.registry, server.owner
    if role == "root":
        server.publish(root=owner.rotate_root())
    elif role == "targets":
        root = owner.rotate_targets()
        server.publish(root=root, targets=owner.change())
    else:
        setattr(registry, role, registry.hold(KeyPair.bare()))
        server.publish(root=owner.rotate(**{role: getattr(registry, role).public}))


def _use(server: HostileTrustServer, role: str, stolen: KeyPair) -> None:
    owner = server.owner
    if role == "root":
        server.seal({"root": sign_file(_next_root(server), [stolen])})
    elif role == "targets":
        owner.targets_pair = stolen
        server.seal({"targets": owner.add("v1")})
    elif role == "snapshot":
        server.registry.snapshot = stolen
        server.seal({})
    else:
        server.stamp(pair=stolen)


def _next_root(server: HostileTrustServer) -> Root:
    owner = server.owner
    owner.root_pair = KeyPair.certified()
    owner.rotate()
    return owner.root
