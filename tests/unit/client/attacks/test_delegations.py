"""Delegations: none is passed over in silence so that an older signature below it counts again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hostile_trust_server import Consumer, HostileTrustServer, endless
from sealyard.trust.errors import (
    DelegationUnusableError,
    MetadataFormatError,
    NotSignedError,
    PolicyUnmetError,
)
from sealyard.trust.metadata import DelegationRole, Delegations, FileInfo, KeyObject
from sealyard.trust.policy import PullPolicy
from trust_owner import DIGEST, NOW, KeyPair, target

if TYPE_CHECKING:
    from collections.abc import Callable

RELEASES = "targets/releases"
NEWER = FileInfo(hashes={"sha256": DIGEST[::-1]}, length=600)
FIRST = f"v1 cannot be looked up, because {RELEASES} is asked first and cannot be believed"


@pytest.fixture
def delegated(server: HostileTrustServer) -> HostileTrustServer:
    """`v1` was signed by the administrator; alice then released another image as `v1`."""
    server.publish(targets=server.owner.delegate("targets/alice"))
    server.publish(targets=server.owner.delegate(RELEASES))
    server.publish(
        targets__alice=server.owner.change("targets/alice", targets={"v1": NEWER}),
        targets__releases=server.owner.change(RELEASES, targets={"v1": NEWER}),
    )
    return server


def test_what_was_released_counts(delegated: HostileTrustServer, consumer: Consumer) -> None:
    verdict = consumer.pull()
    assert (verdict.role, verdict.info, verdict.signers) == (RELEASES, NEWER, ("alice",))
    assert delegated.asked[0] == "root.json"
    assert consumer.notices == []


def expired(server: HostileTrustServer) -> None:
    raw = server.owner.change(RELEASES, expires="2026-11-23T11:00:00Z")
    server.seal({RELEASES: raw})


def badly_signed(server: HostileTrustServer) -> None:
    server.owner.signers[RELEASES] = [KeyPair.bare()]
    server.seal({RELEASES: server.owner.change(RELEASES)})


def missing(server: HostileTrustServer) -> None:
    del server.files[server.name_of(RELEASES)]


def altered(server: HostileTrustServer) -> None:
    server.files[server.name_of(RELEASES)] = server.present(RELEASES).replace(b"v1", b"v2")


def without_end(server: HostileTrustServer) -> None:
    server.faults[server.name_of(RELEASES)] = endless


def not_trust_data(server: HostileTrustServer) -> None:
    server.seal({RELEASES: b"<html>"})


CASES = [
    (expired, "expired at Mon Nov 23 11:00:00 UTC 2026", "freeze"),
    (badly_signed, "valid signatures did not meet threshold for targets/releases", "arbitrary"),
    (missing, "is not to be had, although the snapshot names it", "mix-and-match"),
    (altered, "checksum for targets/releases did not match", "mix-and-match"),
    (without_end, "targets/releases is longer than the", "endless data"),
    (not_trust_data, "targets/releases is not a metadata file", "arbitrary data"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
@pytest.mark.parametrize("warm", [False, True])
def test_a_delegation_that_cannot_be_believed_is_no_way_back_to_targets(
    delegated: HostileTrustServer,
    consumer: Consumer,
    case: tuple[Callable[[HostileTrustServer], None], str, str],
    *,
    warm: bool,
) -> None:
    spoil, cause, threat = case
    if warm:
        consumer.pull()
        delegated.publish(
            targets__releases=delegated.owner.change(RELEASES, targets={"v1": NEWER, "v2": NEWER})
        )
    spoil(delegated)
    with pytest.raises(DelegationUnusableError) as caught:
        consumer.pull()
    said = str(caught.value)
    assert said.startswith(FIRST)
    assert cause in said
    assert f"({threat}" in said
    assert any(cause in notice for notice in consumer.notices)


def test_a_delegation_that_was_there_and_is_not_named_any_more_is_no_way_back(
    delegated: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    delegated.drop(RELEASES)
    with pytest.raises(DelegationUnusableError, match="trust data seen before names it"):
        consumer.pull()


def test_a_delegation_that_nobody_has_published_yet_is_told(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.publish(targets=server.owner.delegate(RELEASES))
    assert consumer.pull().role == "targets"
    assert "targets/releases, which nobody has published yet" in consumer.notices[0]


def test_a_delegation_that_the_owner_withdrew_is_not_asked(
    delegated: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    delegated.publish(
        targets=delegated.owner.change(delegations=Delegations(keys={}, roles=[]), targets={})
    )
    with pytest.raises(NotSignedError, match="No valid trust data for v1"):
        consumer.pull()


def test_a_tag_outside_the_paths_of_a_spoiled_delegation_is_still_found(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.publish(targets=server.owner.delegate(RELEASES, None, "release-"))
    server.publish(targets__releases=server.owner.add("release-1", role=RELEASES))
    expired(server)
    assert consumer.pull("v1").role == "targets"
    with pytest.raises(DelegationUnusableError):
        consumer.pull("release-1")


def test_a_signer_whose_file_cannot_be_believed_does_not_vouch(
    delegated: HostileTrustServer, consumer: Consumer
) -> None:
    raw = delegated.owner.change("targets/alice", expires="2026-11-23T11:00:00Z")
    delegated.seal({"targets/alice": raw})
    assert consumer.pull().signers == ()
    assert "targets/alice expired" in consumer.notices[0]
    with pytest.raises(PolicyUnmetError, match=r"signed by 1 of alice.*targets/alice expired"):
        consumer.pull("v1", PullPolicy.any_of(["alice"]))


def test_a_delegation_is_not_believed_beyond_its_paths_or_its_parents(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.publish(targets=server.owner.delegate(RELEASES, None, "release-"))
    server.publish(
        targets__releases=server.owner.change(
            RELEASES, targets={"v1": NEWER, "v2": NEWER, "release-1": NEWER}
        )
    )
    assert consumer.pull("v1").role == "targets"
    assert consumer.pull("release-1").role == RELEASES
    with pytest.raises(NotSignedError):
        consumer.pull("v2")


def test_a_role_may_only_declare_its_own_children(
    delegated: HostileTrustServer, consumer: Consumer
) -> None:
    """So there are no loops: a delegation cannot name its parent, its sibling or itself."""
    owner = delegated.owner
    key = owner.signers["targets/alice"][0]
    for name in ("targets", "targets/alice", RELEASES, "targets/alice/a/b"):
        declared = DelegationRole(keyids=[key.id], name=name, threshold=1, paths=[""])
        looped = Delegations(keys={key.id: KeyObject.of(key.public)}, roles=[declared])
        delegated.seal({"targets/alice": owner.change("targets/alice", delegations=looped)})
        trusted = consumer.refresh()
        assert isinstance(trusted.refused["targets/alice"], MetadataFormatError)
        assert f"delegation role {name} invalid" in str(trusted.refused["targets/alice"])


def test_delegations_below_delegations_end_somewhere(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.limits = replace(consumer.limits, depth=3)
    role = "targets"
    for depth in range(5):
        role = f"{role}/d{depth}"
        server.owner.delegate(role)
    files = {name: server.owner.targets_file(name) for name in server.owner.targets}
    for name, raw in files.items():
        if name != "targets":
            files[name] = server.owner.change(name, targets={"v2": target()}) or raw
    server.seal(files)
    trusted = consumer.refresh()
    assert set(trusted.targets) == {
        "targets", "targets/d0", "targets/d0/d1", "targets/d0/d1/d2",
    }  # fmt: skip
    told = str(trusted.refused["targets/d0/d1/d2/d3"])
    assert "more than 3 delegations below delegations (endless data)" in told


def test_delegations_beside_delegations_end_somewhere(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.limits = replace(consumer.limits, walked_delegations=4)
    for number in range(6):
        server.owner.delegate(f"targets/d{number}")
    files = {name: server.owner.change(name) for name in server.owner.targets if name != "targets"}
    server.seal({"targets": server.owner.targets_file(), **files})
    trusted = consumer.refresh()
    assert list(trusted.refused) == ["targets/d4", "targets/d5"]
    assert "more than 4 delegations (endless data)" in str(trusted.refused["targets/d5"])
    assert len([name for name in server.asked if name.startswith("targets/")]) == 4


def test_what_is_refused_stays_refused_without_a_server(
    delegated: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    badly_signed(delegated)
    with pytest.raises(DelegationUnusableError):
        consumer.pull()
    delegated.go_down()
    with pytest.raises(DelegationUnusableError):
        consumer.pull()
    consumer.now = NOW + timedelta(days=1)
    with pytest.raises(DelegationUnusableError):
        consumer.pull()
