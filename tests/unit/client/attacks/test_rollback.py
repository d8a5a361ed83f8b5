"""Rollback and fast-forward: nobody makes a consumer go back, or keeps it ahead for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.trust.canonical import LARGEST_INTEGER
from sealyard.trust.errors import DelegationUnusableError, NotSignedError, RollbackError
from trust_owner import KeyPair

if TYPE_CHECKING:
    from hostile_trust_server import Consumer, HostileTrustServer

WORDS = ("potential malicious behavior", "lower than expected", "rollback", "try again later")


def test_older_trust_data_is_not_believed(server: HostileTrustServer, consumer: Consumer) -> None:
    old = server.saved()
    server.publish(targets=server.owner.add("v2"))
    consumer.pull("v2")
    server.files = old
    with consumer.refuses(RollbackError, "timestamp version 1 is lower than version 2", *WORDS):
        consumer.pull("v1")


@pytest.mark.parametrize("role", ["snapshot", "targets", "targets/releases"])
def test_no_role_goes_back_behind_a_newer_timestamp(
    server: HostileTrustServer, consumer: Consumer, role: str
) -> None:
    server.publish(targets=server.owner.delegate("targets/releases"))
    server.publish(targets__releases=server.owner.add("v1", role="targets/releases"))
    old = server.saved()
    server.publish(targets=server.owner.add("v2"))
    server.publish(targets__releases=server.owner.add("v3", role="targets/releases"))
    consumer.pull("v3")
    if role == "snapshot":
        server.put("snapshot", old["snapshot.json"])
        server.stamp()
    else:
        server.seal({role: old[f"{role}.json"]})
    if role == "targets/releases":  # what is below targets is refused when it is needed
        with pytest.raises(DelegationUnusableError, match=f"{role} version 1 is lower.*rollback"):
            consumer.pull("v1")
        return
    with consumer.refuses(RollbackError, f"{role} version", *WORDS):
        consumer.pull("v1")


def test_the_root_does_not_go_back(server: HostileTrustServer, consumer: Consumer) -> None:
    old = server.saved()
    server.publish(root=server.owner.rotate_root())
    consumer.pull()
    server.seal({"root": old["root.json"]})
    with consumer.refuses(RollbackError, "root version 1 is lower than version 2", *WORDS):
        consumer.pull()


def test_what_was_seen_is_remembered_by_the_next_process(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    old = server.saved()
    server.publish(targets=server.owner.change(targets={}))
    with pytest.raises(NotSignedError):
        consumer.pull("v1")
    server.files = old
    with consumer.refuses(RollbackError, *WORDS):
        consumer.pull("v1")


def test_a_version_run_up_with_a_stolen_key_does_not_lock_anybody_out_for_ever(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.seal({}, snapshot=LARGEST_INTEGER - 1, timestamp=LARGEST_INTEGER)
    consumer.pull("v1")
    server.show()
    with consumer.refuses(RollbackError, "rollback"):
        consumer.pull("v1")

    recover(server)
    consumer.pull("v2")
    old = server.saved()
    server.publish(targets=server.owner.add("v3"))
    consumer.pull("v3")
    server.files = old
    with consumer.refuses(RollbackError, "rollback"):
        consumer.pull("v2")


def recover(server: HostileTrustServer) -> None:
    registry = server.registry
    registry.snapshot = registry.hold(KeyPair.bare())
    registry.timestamp = registry.hold(KeyPair.bare())
    root = server.owner.rotate(
        snapshot=registry.snapshot.public, timestamp=registry.timestamp.public
    )
    server.publish(root=root, targets=server.owner.add("v2"))


def test_targets_run_up_with_a_stolen_key_are_forgotten_with_the_key(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    stolen = server.owner.change(version=LARGEST_INTEGER)
    server.seal({"targets": stolen})
    consumer.pull("v1")
    server.owner.change(version=5)
    root = server.owner.rotate_targets()
    server.publish(root=root, targets=server.owner.add("v2"))
    server.stamp(9)
    assert consumer.pull("v2").role == "targets"


def test_a_key_that_stays_keeps_what_was_signed_with_it(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    """Only a version whose signer was replaced is forgotten: adding a key is no way back."""
    server.publish(targets=server.owner.delegate("targets/releases"))
    server.publish(targets__releases=server.owner.add("v1", role="targets/releases"))
    old = server.present("targets/releases")
    server.publish(targets__releases=server.owner.add("v2", role="targets/releases"))
    consumer.pull("v2")
    pairs = [*server.owner.signers["targets/releases"], KeyPair.bare()]
    server.publish(targets=server.owner.delegate("targets/releases", pairs))
    server.seal({"targets/releases": old})
    with pytest.raises(DelegationUnusableError, match="targets/releases version 1 is lower"):
        consumer.pull("v1")
