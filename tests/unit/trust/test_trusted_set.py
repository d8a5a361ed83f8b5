"""The client's judge: nothing older, nothing expired, nothing that the parent does not name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from sealyard.trust.errors import (
    BadHierarchyError,
    CertificateError,
    ExpiredMetadataError,
    HashMismatchError,
    NotSignedError,
    PinMismatchError,
    RollbackError,
    SignatureError,
    ThresholdNotMetError,
)
from sealyard.trust.metadata import FileInfo
from sealyard.trust.trusted_set import TrustedSet
from trust_owner import GUN, NOW, KeyPair, Owner, sign_file, target
from trust_registry import LIMITS, Registry


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def owner(registry: Registry) -> Owner:
    owner = registry.owner()
    registry.publish(root=owner.root_file(), targets=owner.add("v1"))
    return owner


def test_what_was_seen_may_not_go_back(registry: Registry, owner: Owner) -> None:
    old = dict(registry.files)
    registry.publish(targets=owner.add("v2"))
    seen = registry.believed().versions()
    trusted = TrustedSet.from_cache(GUN, old["root"].raw, NOW, LIMITS, seen)
    with pytest.raises(RollbackError) as caught:
        trusted.update_timestamp(old["timestamp"].raw)
    assert (caught.value.role, caught.value.version, caught.value.trusted) == ("timestamp", 1, 2)


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_no_role_may_go_back_behind_a_new_timestamp(registry: Registry, role: str) -> None:
    trusted = TrustedSet.from_cache(GUN, registry.raw("root"), NOW, LIMITS, {role: 5})
    trusted.update_timestamp(registry.raw("timestamp"))
    if role == "targets":
        trusted.update_snapshot(registry.raw("snapshot"))
    take = trusted.update_snapshot if role == "snapshot" else trusted.update_targets
    with pytest.raises(RollbackError, match=f"{role} version [12] is lower than version 5"):
        take(registry.raw(role))


@pytest.mark.usefixtures("owner")
def test_each_file_is_believed_only_until_it_expires(registry: Registry) -> None:
    for days, role in ((15, "timestamp"), (1096, "timestamp"), (3649, "timestamp")):
        registry.now = NOW + timedelta(days=days)
        with pytest.raises(ExpiredMetadataError) as caught:
            registry.believed()
        assert caught.value.role == role
    registry.now = NOW + timedelta(days=1096)
    registry.renew()
    with pytest.raises(ExpiredMetadataError) as caught:
        registry.believed()
    assert caught.value.role == "targets"


def test_an_expired_root_ends_the_chain(registry: Registry, owner: Owner) -> None:
    raw = owner.change_root(expires="2026-11-23T13:00:00Z")
    registry.publish(root=raw)
    registry.now = NOW + timedelta(hours=2)
    with pytest.raises(ExpiredMetadataError) as caught:
        registry.believed()
    assert caught.value.role == "root"


def test_a_chain_of_rotated_roots_is_followed_one_by_one(registry: Registry, owner: Owner) -> None:
    for _ in range(3):
        registry.publish(root=owner.rotate_root())
    trusted = TrustedSet.from_cache(GUN, registry.roots[1], NOW, LIMITS, {})
    with pytest.raises(SignatureError):
        trusted.update_root(registry.roots[3])
    for version in (2, 3, 4):
        trusted.update_root(registry.roots[version])
    assert trusted.root.version == 4
    with pytest.raises(SignatureError):
        trusted.update_root(registry.roots[3])


def test_a_root_may_not_go_back_or_leap(registry: Registry, owner: Owner) -> None:
    registry.publish(root=owner.change_root())
    registry.publish(root=owner.change_root())
    trusted = TrustedSet.from_cache(GUN, registry.roots[2], NOW, LIMITS, {})
    with pytest.raises(RollbackError):
        trusted.update_root(registry.roots[1])
    with pytest.raises(BadHierarchyError):
        trusted.update_root(owner.change_root(version=4))


def test_an_unrelated_root_does_not_follow(registry: Registry, owner: Owner) -> None:
    stranger = registry.owner()
    trusted = TrustedSet.from_cache(GUN, owner.root_file(), NOW, LIMITS, {})
    with pytest.raises(SignatureError, match="could not rotate trust to a new trusted root"):
        trusted.update_root(stranger.change_root())


def test_a_cached_root_outlives_its_certificate(registry: Registry) -> None:
    owner = registry.owner()
    owner.root_pair = KeyPair.certified(days=1)
    owner.rotate()
    raw = sign_file(replace(owner.root, version=1), [owner.root_pair])
    registry.publish(root=raw, targets=owner.targets_file())
    later = NOW + timedelta(days=2)
    with pytest.raises(CertificateError):
        TrustedSet.on_first_use(GUN, raw, later, LIMITS)
    trusted = TrustedSet.from_cache(GUN, raw, later, LIMITS, {})
    owner.root = replace(owner.root, version=1)
    owner.now = later
    trusted.update_root(owner.rotate_root())


def test_a_pin_is_the_root_key_with_or_without_its_certificate(owner: Owner) -> None:
    raw = owner.root_file()
    key = owner.root_pair.public
    for pins in ({key.id}, {key.canonical_id}, {"00", key.id}):
        TrustedSet.on_first_use(GUN, raw, NOW, LIMITS, pins)
    for wrong in (set[str](), {"00"}):
        with pytest.raises(PinMismatchError) as caught:
            TrustedSet.on_first_use(GUN, raw, NOW, LIMITS, wrong)
        assert caught.value.keys == (key.id,)


def test_files_are_judged_from_the_top_down(registry: Registry, owner: Owner) -> None:
    trusted = TrustedSet.on_first_use(GUN, owner.root_file(), NOW, LIMITS)
    with pytest.raises(BadHierarchyError):
        trusted.update_snapshot(registry.raw("snapshot"))
    with pytest.raises(BadHierarchyError):
        trusted.update_targets(registry.raw("targets"))
    with pytest.raises(BadHierarchyError):
        registry.believed().update_targets(b"", "targets/nobody")


def test_a_file_that_its_parent_does_not_name_is_refused(registry: Registry, owner: Owner) -> None:
    old = registry.raw("targets")
    registry.publish(targets=owner.add("v2"))
    trusted = registry.believed()
    with pytest.raises(HashMismatchError) as caught:
        trusted.update_targets(old)
    assert caught.value.role == "targets"
    assert caught.value.expected != caught.value.actual


def test_a_parent_that_names_no_known_digest_vouches_for_nothing() -> None:
    with pytest.raises(HashMismatchError):
        FileInfo(hashes={"md5": b"0" * 16}, length=1).check("targets", b"x")


def test_releases_come_before_targets_and_other_signers_not_at_all(
    registry: Registry, owner: Owner
) -> None:
    registry.publish(targets=owner.delegate("targets/releases"))
    registry.publish(targets=owner.delegate("targets/alice"))
    registry.publish_files(
        {
            "targets/releases": owner.change("targets/releases", targets={"v1": target(7)}),
            "targets/alice": owner.change("targets/alice", targets={"v9": target()}),
        }
    )
    trusted = registry.believed(("targets/releases", "targets/alice"))
    assert trusted.declared("targets") == ["targets/releases", "targets/alice"]
    assert trusted.lookup("v1").info.length == target(7).length
    assert trusted.lookup("v9", ("targets/alice",)).role == "targets/alice"
    with pytest.raises(NotSignedError, match="No valid trust data for v9"):
        trusted.lookup("v9")


def test_a_name_outside_a_delegations_paths_is_not_said(registry: Registry, owner: Owner) -> None:
    registry.publish(targets=owner.delegate("targets/a", None, "v1", "w"))
    registry.publish(targets__a=owner.add("v1", "v10", "v2", "w-any", role="targets/a"))
    trusted = registry.believed(("targets/a",))
    names = [name for name in ("v1", "v10", "v2", "w-any") if trusted.find(name, "targets/a")]
    assert names == ["v1", "v10", "w-any"]


def test_a_delegation_is_believed_under_the_keys_that_its_parent_gives_it_now(
    registry: Registry, owner: Owner
) -> None:
    registry.publish(targets=owner.delegate("targets/a"))
    registry.publish(targets__a=owner.add("v1", role="targets/a"))
    registry.publish(targets=owner.delegate("targets/a", [KeyPair.bare()]))
    with pytest.raises(ThresholdNotMetError):
        registry.believed(("targets/a",))
    registry.believed()
