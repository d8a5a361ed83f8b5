"""Signing: what is published, by whom, and what a consumer believes afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from publishing_machine import ONE, OTHER, SIZE, Machine, PublishingServer, new_signer, refused
from sealyard.client.errors import (
    SignerUnknownError,
    SigningFailedError,
)
from sealyard.client.trust.key_errors import PassphraseRefusedError
from sealyard.trust.errors import (
    KeysNotHeldError,
    NoSigningRoleError,
)
from trust_owner import GUN, KeyPair

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_signature_begins_the_trust_data(
    server: PublishingServer, owner: Machine, consumer: Machine
) -> None:
    signing = owner.publisher().sign("v1", ONE, SIZE)
    assert signing.initialised
    assert signing.tags[0].roles == ("targets",)
    assert server.published == [["root", "targets"]], "the snapshot is the registry's"
    assert consumer.says("v1") == ONE.hex
    assert sorted(key.role for key in owner.keys().entries()) == ["root", "targets"]
    assert owner.answers.asked == ["new root", "new repository"]


def test_a_second_repository_is_begun_with_the_same_root_key(
    owner: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    gun = "localhost:5443/team/second"
    registry = PublishingServer.empty()
    registry.registry.gun = gun
    second = Machine(registry, tmp_path / "owner", gun=gun)
    second.sign("v1")
    roles = [key.role for key in second.keys().entries()]
    assert (roles.count("root"), roles.count("targets")) == (1, 2)
    assert second.answers.asked == ["root", "new repository"]


def test_a_later_signature_changes_only_the_targets(
    server: PublishingServer, owner: Machine, consumer: Machine
) -> None:
    owner.sign("v1")
    owner.sign("v2", OTHER)
    assert server.published[1:] == [["targets"]]
    assert (consumer.says("v1"), consumer.says("v2")) == (ONE.hex, OTHER.hex)


def test_what_is_signed_already_is_not_published_again(
    server: PublishingServer, owner: Machine
) -> None:
    owner.sign("v1")
    assert owner.sign("v1") == ("targets",)
    assert len(server.published) == 1


def test_several_tags_are_one_publish(server: PublishingServer, owner: Machine) -> None:
    owner.publisher().sign_many({"v1": (ONE, SIZE), "v2": (OTHER, SIZE)})
    assert len(server.published) == 1
    assert set(owner.editor().reader.refresh().targets["targets"].content.targets) == {"v1", "v2"}


def test_a_signer_writes_the_own_role_and_the_releases(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    alice = new_signer(server, owner, tmp_path, "alice")
    assert alice.sign("v2", OTHER) == ("targets/alice", "targets/releases")
    assert server.published[-1] == ["targets/alice", "targets/releases"]
    verdict = consumer.pull("v2")
    assert (verdict.role, verdict.signers) == ("targets/releases", ("alice",))
    assert consumer.pull("v1").role == "targets"


def test_with_signers_the_repository_key_alone_signs_no_tag(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    """Docker's rule: targets itself is signed only while there are no delegations at all."""
    owner.sign("v1")
    new_signer(server, owner, tmp_path, "alice")
    before = len(server.published)
    for act in (lambda: owner.publisher().prepare(["v2"]), lambda: owner.sign("v2")):
        with pytest.raises(SigningFailedError) as caught:
            act()
        assert isinstance(caught.value.cause, NoSigningRoleError)
        text = f"failed to sign {GUN}:v2: no valid signing keys for delegation roles: the signers"
        assert text in str(caught.value)
    assert server.published[before:] == [[]], "only the question whether it might"


def test_two_keys_of_one_person_sign_both_unless_one_is_named(
    server: PublishingServer, owner: Machine
) -> None:
    owner.sign("v1")
    for name in ("alice", "bob"):
        owner.signers().add(name, [owner.new_key(name).public])
    assert owner.sign("v2") == ("targets/alice", "targets/releases", "targets/bob")
    named = owner.publisher("bob")
    named.prepare(["v3"])
    assert named.sign("v3", ONE, SIZE).tags[0].roles == ("targets/releases", "targets/bob")
    assert owner.pull("v3").signers == ("bob",)
    assert server.published[-1] == ["targets/bob", "targets/releases"]


def test_nobody_signs_as_somebody_unknown_or_without_that_ones_key(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    with pytest.raises(SigningFailedError, match="no signer alice") as caught:
        owner.publisher("alice").prepare(["v1"])
    assert isinstance(caught.value.cause, SignerUnknownError)
    owner.sign("v1")
    new_signer(server, owner, tmp_path, "alice")
    with pytest.raises(SigningFailedError) as caught:
        owner.publisher("alice").sign("v2", ONE, SIZE)
    assert isinstance(caught.value.cause, KeysNotHeldError)
    with pytest.raises(SigningFailedError, match="its signers are: alice"):
        owner.publisher("bob").sign("v2", ONE, SIZE)


def test_a_role_whose_paths_leave_the_tag_out_does_not_sign_it(
    server: PublishingServer, owner: Machine
) -> None:
    owner.sign("v1")
    key = owner.new_key("night").public
    owner.editor().change(lambda draft: draft.declare("targets/night", [key], ["night-"]))
    assert owner.sign("night-1") == ("targets/night",)
    with pytest.raises(SigningFailedError, match="no valid signing keys"):
        owner.sign("v2")
    assert server.published[-1] == ["targets/night"]


def test_preparing_asks_for_every_passphrase_and_signing_for_none(
    server: PublishingServer, owner: Machine
) -> None:
    first = owner.publisher()
    first.prepare(["v1"])
    assert owner.answers.asked == ["new root", "new repository"]
    assert server.published == []
    first.sign("v1", ONE, SIZE)
    assert owner.answers.asked == ["new root", "new repository"]
    later = owner.publisher()
    later.prepare(["v2"])
    later.sign("v2", ONE, SIZE)
    assert owner.answers.asked[2:] == ["repository"]


def test_a_wrong_passphrase_is_said_before_anything_is_uploaded(
    server: PublishingServer, owner: Machine
) -> None:
    owner.sign("v1")
    owner.answers = type(owner.answers)(others="wrong")
    with pytest.raises(SigningFailedError) as caught:
        owner.publisher().prepare(["v2"])
    assert isinstance(caught.value.cause, PassphraseRefusedError)
    text = str(caught.value)
    assert text.startswith(f"failed to sign {GUN}:v2: the passphrase for the repository key ")
    assert "is wrong" in text
    assert len(server.published) == 2


def test_a_missing_key_is_named(server: PublishingServer, owner: Machine, tmp_path: Path) -> None:
    owner.sign("v1")
    stranger = Machine(server, tmp_path / "stranger")
    [key] = [entry.id for entry in owner.keys().entries() if entry.role == "targets"]
    for act in (lambda: stranger.publisher().prepare(["v2"]), lambda: stranger.sign("v2")):
        with pytest.raises(SigningFailedError, match=key) as caught:
            act()
        assert "could not find necessary signing keys" in str(caught.value)


def test_who_may_not_publish_is_told_before_anything_is_uploaded(
    server: PublishingServer, owner: Machine
) -> None:
    server.refusal = refused("INVALID_UPDATE", "content trust is off")
    with pytest.raises(SigningFailedError, match=f"failed to sign {GUN}:v1: .*trust is off"):
        owner.publisher().prepare(["v1"])
    assert owner.keys().entries() == [], "no key is made for nothing"
    body = b'{"errors":[{"code":"UNAUTHORIZED","message":"you may not"}]}'
    server.refusal = httpx.Response(403, content=body)
    with pytest.raises(SigningFailedError, match=f"failed to sign {GUN}:v1: .*you may not"):
        owner.publisher().prepare(["v1"])


def test_a_notary_server_is_not_asked_what_it_could_not_answer(
    server: PublishingServer, owner: Machine
) -> None:
    """It makes a snapshot even of an empty publish, and fails where it has no key for it."""
    owner.sign("v1")
    keys = owner.keys()
    key = keys.create("snapshot", GUN)
    owner.editor().change(lambda draft: draft.replace_keys("snapshot", key.public))
    assert server.published[-1] == ["root", "snapshot"]
    server.refusal = refused("INVALID_UPDATE", "no snapshot key")
    owner.answers.asked.clear()
    publisher = owner.publisher()
    publisher.prepare(["v2"])
    assert sorted(owner.answers.asked) == ["repository", "repository"], "targets and snapshot"
    server.refusal = None
    publisher.sign("v2", ONE, SIZE)
    assert server.published[-1] == ["targets", "snapshot"]


def test_a_key_of_a_kind_that_nobody_here_could_have_is_not_held(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    owner.signers().add("alice", [KeyPair.bare().public])
    with pytest.raises(SigningFailedError, match="no valid signing keys"):
        Machine(server, tmp_path / "nobody").sign("v2")
