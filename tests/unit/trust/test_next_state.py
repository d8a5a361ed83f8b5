"""What the registry adds: snapshots and timestamps in notary's form, renewed at half their life."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from sealyard.trust.errors import BadHierarchyError
from sealyard.trust.next_state import renewal_due
from sealyard.trust.signed_file import parse_snapshot, parse_timestamp
from trust_owner import NOW, KeyPair, Owner
from trust_registry import LIMITS, Registry


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def owner(registry: Registry) -> Owner:
    owner = registry.owner()
    registry.publish(root=owner.root_file(), targets=owner.add("v1"))
    return owner


@pytest.mark.usefixtures("owner")
def test_both_files_are_canonical_and_name_what_is_stored(registry: Registry) -> None:
    snapshot = parse_snapshot(registry.raw("snapshot"), LIMITS)
    timestamp = parse_timestamp(registry.raw("timestamp"), LIMITS)
    assert snapshot.exact
    assert timestamp.exact
    for role in ("root", "targets"):
        info = snapshot.content.meta[role]
        info.check(role, registry.raw(role))
        assert list(info.hashes) == ["sha256", "sha512"]
        assert info.length == len(registry.raw(role))
    assert timestamp.expires == NOW + timedelta(days=14)
    assert snapshot.expires == NOW + timedelta(days=1095)


def test_entries_of_delegations_are_never_dropped(registry: Registry, owner: Owner) -> None:
    registry.publish(targets=owner.delegate("targets/a"))
    registry.publish(targets__a=owner.add("v1", role="targets/a"))
    registry.publish(targets=owner.change(delegations=owner.empty_targets().delegations))
    snapshot = parse_snapshot(registry.raw("snapshot"), LIMITS)
    assert sorted(snapshot.content.meta) == ["root", "targets", "targets/a"]


def test_a_registry_may_sign_with_ed25519() -> None:
    pairs = [KeyPair.bare(ed25519.Ed25519PrivateKey.generate()) for _ in range(2)]
    registry = Registry(snapshot=pairs[0], timestamp=pairs[1])
    owner = registry.owner()
    registry.publish(root=owner.root_file(), targets=owner.add("v1"))
    timestamp = registry.believed().timestamp
    assert timestamp is not None
    assert timestamp.signatures[0].method == "eddsa"


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("days", "roles"),
    [
        (6.9, []),
        (7, ["timestamp"]),
        (30, ["timestamp"]),
        (547, ["timestamp"]),
        (548, ["snapshot", "timestamp"]),
        (2000, ["snapshot", "timestamp"]),
    ],
)
def test_what_is_past_half_of_its_life_is_renewed(
    registry: Registry, days: float, roles: list[str]
) -> None:
    registry.now = NOW + timedelta(days=days)
    assert [file.role for file in registry.renew()] == roles
    assert registry.renew() == ()


def test_a_snapshot_that_the_client_signs_is_left_alone(registry: Registry) -> None:
    pair = KeyPair.bare()
    owner = registry.owner()
    owner.snapshot = pair.public
    files = {"root": owner.rotate(), "targets": owner.targets_file()}
    registry.publish(**files, snapshot=owner.snapshot_file(pair, 1, files))
    registry.now = NOW + timedelta(days=600)
    assert [file.role for file in registry.renew()] == ["timestamp"]


@pytest.mark.usefixtures("owner")
def test_renewal_without_the_timestamp_key_says_so(registry: Registry) -> None:
    registry.held.clear()
    registry.now = NOW + timedelta(days=8)
    with pytest.raises(BadHierarchyError, match="does not hold") as caught:
        registry.renew()
    assert caught.value.missing == "timestamp"


@pytest.mark.usefixtures("owner")
def test_renewal_is_due_when_the_first_of_them_is_half_over(registry: Registry) -> None:
    registry.now = NOW + timedelta(days=540)
    new = registry.renew()
    assert [file.role for file in new] == ["timestamp"]
    assert renewal_due(new, registry.files, registry.making()) == NOW + timedelta(days=547)
    registry.now = NOW + timedelta(days=547)
    new = registry.renew()
    assert renewal_due(new, registry.files, registry.making()) == NOW + timedelta(days=547.5)


@pytest.mark.usefixtures("owner")
def test_a_client_signed_snapshot_makes_nothing_due(registry: Registry) -> None:
    registry.now = NOW + timedelta(days=547)
    new = registry.renew()
    del registry.held[registry.snapshot.id]
    assert renewal_due(new, registry.files, registry.making()) == NOW + timedelta(days=554)
