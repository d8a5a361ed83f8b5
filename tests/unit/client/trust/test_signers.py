"""Who may sign: added, removed, given other keys; what stays signed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publishing_machine import ONE, OTHER, Machine, PublishingServer, new_signer
from sealyard.client.errors import (
    LastSignerError,
    ReleasesUnsignedError,
    SignerNameError,
    SignerUnknownError,
    SigningFailedError,
)
from sealyard.trust.errors import DelegationUnusableError, KeysNotHeldError, NotSignedError
from sealyard.trust.policy import PullPolicy

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.trust.private_key import PrivateKey


def release_keys(machine: Machine) -> set[str]:
    """Return the ids of the keys that may sign the releases."""
    return keys_of(machine, "targets/releases")


def keys_of(machine: Machine, role: str) -> set[str]:
    delegations = machine.editor().reader.refresh().targets["targets"].content.delegations
    declared = delegations.find(role)
    return set() if declared is None else set(declared.keyids or ())


def known_keys(machine: Machine) -> set[str]:
    return set(machine.editor().reader.refresh().targets["targets"].content.delegations.keys)


def key_of(machine: Machine, name: str) -> PrivateKey:
    keys = machine.keys()
    [entry] = [entry for entry in keys.entries() if entry.role == name]
    return keys.unlock(entry.id)


def hand_over(key: PrivateKey, machine: Machine, name: str) -> None:
    machine.keys().add(key, name)


def test_the_first_signer_of_a_new_repository_begins_its_trust_data(
    server: PublishingServer, owner: Machine
) -> None:
    done = owner.signers().add("alice", [owner.new_key("alice").public])
    assert done.initialised
    assert server.published == [["root", "targets"]]
    assert owner.sign("v1") == ("targets/alice", "targets/releases")


def test_a_signer_is_added_as_docker_adds_one(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    alice = new_signer(server, owner, tmp_path, "alice")
    key = key_of(alice, "alice").public.id
    assert server.published[-1] == ["targets"]
    assert (keys_of(owner, "targets/alice"), release_keys(owner)) == ({key}, {key})
    delegations = owner.editor().reader.refresh().targets["targets"].content.delegations
    assert [role.paths for role in delegations.declared] == [[""], [""]]
    assert [role.threshold for role in delegations.declared] == [1, 1]


def test_a_second_key_of_a_signer_stands_beside_the_first(
    owner: Machine,
) -> None:
    first, second = owner.new_key("alice"), owner.new_key("alice")
    owner.signers().add("alice", [first.public])
    owner.signers().add("alice", [second.public])
    assert keys_of(owner, "targets/alice") == {first.public.id, second.public.id}
    assert release_keys(owner) == {first.public.id, second.public.id}


@pytest.mark.parametrize("name", ["Carol", "releases", "", "a b", "targets/x", "-a", "ä"])
def test_some_names_are_no_signers(owner: Machine, name: str) -> None:
    with pytest.raises(SignerNameError) as caught:
        owner.signers().add(name, [owner.new_key("x").public])
    words = "reserved keyword" if name == "releases" else "must start with lowercase alphanumeric"
    assert words in str(caught.value)


def test_a_signer_that_is_not_there_cannot_go(owner: Machine) -> None:
    owner.sign("v1")
    owner.signers().add("alice", [owner.new_key("alice").public])
    for act in (lambda: owner.signers().remove("bob"), lambda: owner.signers().rotate("bob", [])):
        with pytest.raises(SignerUnknownError, match=r"no signer bob .*signers are: alice"):
            act()
    with pytest.raises(SignerUnknownError):
        owner.signers().remove("releases")


def test_who_goes_leaves_the_releases_to_who_stays(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    """Docker's command exits 0 here without any change (notary-v1 section 0, item 14)."""
    owner.sign("v1")
    alice = new_signer(server, owner, tmp_path, "alice")
    bob = owner.new_key("bob")
    owner.signers().add("bob", [bob.public])
    alice.sign("v2")
    owner.sign("v3", OTHER)
    alice.sign("v4")
    gone = owner.signers().remove("alice")
    assert (gone.only_theirs, gone.unreadable) == (("v2", "v4"), False)
    assert server.published[-1] == ["targets", "targets/releases"]
    assert release_keys(owner) == known_keys(owner) == {bob.public.id}
    assert consumer.says("v3") == OTHER.hex
    assert consumer.says("v2") == ONE.hex, "until somebody revokes it"
    assert consumer.pull("v2").signers == ()
    with pytest.raises(SigningFailedError, match="no valid signing keys"):
        alice.sign("v5")
    with pytest.raises(NotSignedError):
        PullPolicy.any_of(["alice"]).judge(consumer.editor().reader.refresh(), "v2")


def test_a_tag_that_others_vouch_for_too_is_not_named(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    alice = new_signer(server, owner, tmp_path, "alice")
    owner.signers().add("bob", [owner.new_key("bob").public])
    for machine in (alice, owner):
        machine.sign("v1")
    alice.sign("v2")
    owner.sign("v2", OTHER)
    assert owner.signers().remove("alice").only_theirs == ("v2",), "bob vouches for another image"


def test_the_last_signer_goes_only_if_that_is_meant(
    server: PublishingServer, owner: Machine, consumer: Machine
) -> None:
    owner.sign("v1")
    owner.signers().add("alice", [owner.new_key("alice").public])
    owner.sign("v2")
    before = len(server.published)
    with pytest.raises(LastSignerError, match="alice is the last signer"):
        owner.signers().remove("alice")
    assert len(server.published) == before
    gone = owner.signers().remove("alice", force=True)
    assert gone.only_theirs == ("v2",)
    assert known_keys(owner) == set()
    assert consumer.says("v1") == ONE.hex
    with pytest.raises(NotSignedError):
        consumer.pull("v2")
    assert owner.sign("v2", OTHER) == ("targets",)
    assert consumer.says("v2") == OTHER.hex


def test_a_stolen_key_can_be_taken_out_though_nobody_else_can_sign_here(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    alice = new_signer(server, owner, tmp_path, "alice")
    bob = new_signer(server, owner, tmp_path, "bob")
    bob.sign("v2")
    alice.sign("v3")
    with pytest.raises(ReleasesUnsignedError, match="no key of bob is here"):
        owner.signers().remove("alice")
    gone = owner.signers().remove("alice", force=True)
    assert gone.unreadable
    with pytest.raises(DelegationUnusableError):
        consumer.pull("v2")
    bob.sign("v2")
    assert any("begun anew" in notice for notice in bob.notices)
    assert consumer.says("v2") == ONE.hex
    with pytest.raises(NotSignedError):
        consumer.pull("v3")


def test_releases_that_a_remaining_signer_signed_need_no_new_signature(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    alice = new_signer(server, owner, tmp_path, "alice")
    bob = new_signer(server, owner, tmp_path, "bob")
    alice.sign("v2")
    bob.sign("v3")
    gone = owner.signers().remove("alice")
    assert (gone.unreadable, gone.only_theirs) == (False, ("v2",))
    assert server.published[-1] == ["targets"]
    assert consumer.says("v3") == ONE.hex


def test_who_comes_back_goes_on_where_the_old_versions_ended(
    server: PublishingServer, owner: Machine, consumer: Machine
) -> None:
    """A registry keeps the files of removed roles: what the same key says counts again."""
    owner.sign("v1")
    key = owner.new_key("alice").public
    for tag in ("v2", "v3"):
        owner.signers().add("alice", [key])
        owner.sign(tag)
        owner.signers().remove("alice", force=True)
    owner.signers().add("alice", [key])
    owner.sign("v4")
    assert server.registry.files["targets/alice"].version == 3
    assert [consumer.says(tag) for tag in ("v2", "v3", "v4")] == [ONE.hex] * 3


def test_who_comes_back_with_another_key_begins_anew(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    new_signer(server, owner, tmp_path, "alice").sign("v2")
    owner.signers().remove("alice", force=True)
    new_signer(server, owner, tmp_path / "back", "alice").sign("v3")
    assert server.registry.files["targets/alice"].version == 2
    assert consumer.says("v3") == ONE.hex
    with pytest.raises(NotSignedError):
        consumer.pull("v2")


def test_another_key_of_a_signer_comes_in_one_step(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    alice = new_signer(server, owner, tmp_path, "alice")
    alice.sign("v1")
    old = key_of(alice, "alice").public.id
    key = owner.new_key("alice")
    owner.signers().rotate("alice", [key.public])
    assert set(server.published[-1]) == {"targets", "targets/alice", "targets/releases"}
    assert known_keys(owner) == {key.public.id} != {old}
    assert consumer.pull("v1").signers == ("alice",)
    with pytest.raises(SigningFailedError):
        alice.sign("v2")
    hand_over(key, alice, "alice")
    assert alice.sign("v2") == ("targets/alice", "targets/releases")


def test_rotating_leaves_the_keys_of_others_alone(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    bob = new_signer(server, owner, tmp_path, "bob")
    alice = new_signer(server, owner, tmp_path, "alice")
    for machine in (alice, bob):
        machine.sign("v1")
    key = owner.new_key("alice")
    owner.signers().rotate("alice", [key.public])
    assert release_keys(owner) == {key.public.id, key_of(bob, "bob").public.id}


def test_without_the_new_key_nothing_that_was_signed_is_lost(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    alice = new_signer(server, owner, tmp_path, "alice")
    alice.sign("v1")
    before = len(server.published)
    elsewhere = Machine(server, tmp_path / "elsewhere").new_key("alice")
    with pytest.raises(KeysNotHeldError, match=elsewhere.public.id):
        owner.signers().rotate("alice", [elsewhere.public])
    assert len(server.published) == before
    assert consumer.says("v1") == ONE.hex


def test_a_signer_who_has_signed_nothing_yet_gets_any_key(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    new_signer(server, owner, tmp_path, "alice")
    elsewhere = Machine(server, tmp_path / "elsewhere").new_key("alice")
    owner.signers().rotate("alice", [elsewhere.public])
    assert known_keys(owner) == {elsewhere.public.id}


def test_only_the_owner_says_who_signs(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    alice = new_signer(server, owner, tmp_path, "alice")
    bob = new_signer(server, owner, tmp_path, "bob")
    alice.sign("v1")
    for act in (
        lambda: alice.signers().add("mallory", [alice.new_key("mallory").public]),
        lambda: bob.signers().remove("alice", force=True),
        lambda: alice.signers().rotate("alice", [alice.new_key("alice").public]),
    ):
        with pytest.raises(KeysNotHeldError, match="signing keys for targets,"):
            act()
