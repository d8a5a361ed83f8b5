"""Other keys for a repository: whoever trusted the old ones follows, and tags stay signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publishing_machine import ONE, OTHER, Machine, PublishingServer, refused
from sealyard.client.errors import PublishRefusedError
from sealyard.client.trust.key_errors import KeyMissingError, PassphraseRefusedError
from sealyard.trust.errors import KeysNotHeldError
from trust_owner import GUN

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.trust.metadata import Root


@pytest.fixture
def begun(owner: Machine) -> Machine:
    owner.sign("v1")
    return owner


def root(machine: Machine) -> Root:
    return machine.editor().reader.refresh().root.content


def test_a_new_root_key_is_followed_also_three_roots_later(
    server: PublishingServer, begun: Machine, consumer: Machine
) -> None:
    assert consumer.says("v1") == ONE.hex
    first = set(root(begun).roles["root"].keyids)
    for _ in range(3):
        begun.rotation().root()
    assert consumer.says("v1") == ONE.hex
    now = root(consumer)
    assert now.version == 4
    assert len(now.roles["root"].keyids) == 1
    assert first < set(now.keys), "the old certificates stay, as docker leaves them"
    assert server.published[1:] == [["root"]] * 3
    signatures = begun.editor().reader.refresh().root.signatures
    assert len(signatures) == 2, "by the key before and the new one"


def test_after_a_rotation_the_old_root_key_is_needed_no_longer(begun: Machine) -> None:
    [old] = begun.keys().root_keys()
    begun.rotation().root()
    begun.keys().remove(old.id)
    begun.rotation().targets()
    assert root(begun).version == 3


def test_a_root_key_that_is_here_can_be_named(begun: Machine, consumer: Machine) -> None:
    mine = begun.new_key("root")
    begun.rotation().root(mine.id)
    [keyid] = root(consumer).roles["root"].keyids
    assert root(consumer).keys[keyid].key.canonical_id == mine.id
    assert len(begun.keys().root_keys()) == 2
    with pytest.raises(KeyMissingError):
        begun.rotation().root("0" * 64)


def test_the_same_root_key_gets_a_new_certificate(begun: Machine, consumer: Machine) -> None:
    [old] = begun.keys().root_keys()
    before = root(begun).roles["root"].keyids
    begun.rotation().root(old.id)
    assert root(consumer).roles["root"].keyids != before
    assert consumer.says("v1") == ONE.hex


def test_a_new_repository_key_signs_again_what_the_old_one_had(
    server: PublishingServer, begun: Machine, consumer: Machine
) -> None:
    before = root(begun).roles["targets"].keyids
    begun.rotation().targets()
    assert server.published[-1] == ["root", "targets"]
    now = root(consumer)
    assert now.roles["targets"].keyids != before
    assert set(before).isdisjoint(now.keys)
    assert consumer.says("v1") == ONE.hex
    begun.sign("v2", OTHER)
    assert consumer.says("v2") == OTHER.hex


@pytest.mark.parametrize("role", ["snapshot", "timestamp"])
def test_the_registry_replaces_its_own_keys(
    server: PublishingServer, begun: Machine, consumer: Machine, role: str
) -> None:
    before = root(begun).roles[role].keyids
    begun.rotation().by_server(role)
    assert server.asked.count(f"POST {role}.key") == 1
    now = root(consumer)
    assert now.roles[role].keyids != before
    assert set(before).isdisjoint(now.keys)
    assert consumer.says("v1") == ONE.hex
    assert begun.sign("v2") == ("targets",)


def test_a_snapshot_key_that_a_client_kept_is_handed_to_the_registry(
    server: PublishingServer, begun: Machine
) -> None:
    kept = begun.keys().create("snapshot", GUN).public
    begun.editor().change(lambda draft: draft.replace_keys("snapshot", kept))
    begun.sign("v2")
    assert server.published[-1] == ["targets", "snapshot"]
    begun.rotation().by_server("snapshot")
    assert server.published[-1] == ["root"]
    begun.sign("v3")
    assert server.published[-1] == ["targets"]


def test_without_the_root_key_nothing_is_made_and_nothing_asked(
    server: PublishingServer, begun: Machine
) -> None:
    [old] = begun.keys().root_keys()
    begun.keys().remove(old.id)
    before = begun.keys().entries()
    rotation = begun.rotation()
    for act in (rotation.root, rotation.targets, lambda: rotation.by_server("timestamp")):
        with pytest.raises(KeysNotHeldError, match=old.id):
            act()
    assert begun.keys().entries() == before
    assert "POST timestamp.key" not in server.asked


def test_a_locked_root_key_is_told_before_a_new_one_is_made(begun: Machine) -> None:
    begun.answers.by_kind["root"] = "wrong"
    before = begun.keys().entries()
    with pytest.raises(PassphraseRefusedError):
        begun.rotation().root()
    assert begun.keys().entries() == before


def test_a_key_that_never_came_into_use_is_not_kept(
    server: PublishingServer, begun: Machine
) -> None:
    before = begun.keys().entries()
    server.refusal = refused("INVALID_UPDATE", "no")
    for act in (begun.rotation().root, begun.rotation().targets):
        with pytest.raises(PublishRefusedError):
            act()
    assert begun.keys().entries() == before


def test_somebody_who_publishes_meanwhile_does_not_stop_a_rotation(
    server: PublishingServer, begun: Machine, consumer: Machine, tmp_path: Path
) -> None:
    rival = Machine(server, tmp_path / "owner")
    server.rivals.append(lambda: rival.sign("v2"))
    begun.rotation().targets()
    assert consumer.says("v2") == ONE.hex
    assert root(begun).version == 2
