"""Two who publish at the same time: one comes after the other, and nobody overrules anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publishing_machine import ONE, OTHER, Machine, PublishingServer
from sealyard.client.errors import (
    PublishRefusedError,
    RevocationFailedError,
    SigningFailedError,
    TagContendedError,
)
from sealyard.trust.errors import (
    KeysNotHeldError,
)

if TYPE_CHECKING:
    from pathlib import Path


def owned(owner: Machine) -> bytes:
    """Return the next targets, signed anew with the owner's key."""
    editor = owner.editor()
    draft = editor.draft_of(editor.reader.refresh_for_publishing())
    draft.sign_again("targets")
    keys = owner.keys()
    public = draft.root.role("targets")[0]
    return draft.files(
        lambda keyid, message: keys.signer(public[keyid].canonical_id, message),
        lambda key: keys.find(key.canonical_id) is not None,
    )["targets"]


def test_of_two_who_publish_at_once_the_slower_one_comes_after_the_other(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    rival = Machine(server, tmp_path / "owner")
    server.rivals.append(lambda: rival.sign("v2", OTHER))
    owner.sign("v3")
    assert consumer.says("v2") == OTHER.hex
    assert consumer.says("v3") == ONE.hex


def test_who_is_always_slower_gives_up_after_a_few_times(
    server: PublishingServer, owner: Machine
) -> None:
    owner.sign("v1")

    def faster() -> None:
        server.registry.publish_files({"targets": owned(owner)})
        server.show()

    server.rivals.extend([faster] * 9)
    with pytest.raises(SigningFailedError, match="somebody else has published") as caught:
        owner.sign("v2")
    assert isinstance(caught.value.cause, PublishRefusedError)
    assert len(server.rivals) == 5


def test_the_same_tag_signed_as_something_else_at_the_same_time_is_not_overruled(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    rival = Machine(server, tmp_path / "owner")
    server.rivals.append(lambda: rival.sign("v2", OTHER))
    with pytest.raises(SigningFailedError, match="somebody else has signed") as caught:
        owner.sign("v2")
    assert isinstance(caught.value.cause, TagContendedError)
    assert consumer.says("v2") == OTHER.hex


def test_the_same_tag_signed_as_the_same_at_the_same_time_is_signed(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    rival = Machine(server, tmp_path / "owner")
    server.rivals.append(lambda: rival.sign("v2"))
    assert owner.sign("v2") == ("targets",)


def test_what_is_signed_anew_while_it_is_revoked_is_not_revoked(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    rival = Machine(server, tmp_path / "owner")
    server.rivals.append(lambda: rival.sign("v1", OTHER))
    with pytest.raises(RevocationFailedError, match="somebody else has signed"):
        owner.publisher().revoke("v1")
    assert consumer.says("v1") == OTHER.hex


def test_who_begins_the_trust_data_second_does_not_replace_the_first(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    rival = Machine(server, tmp_path / "rival")
    server.rivals.append(lambda: rival.sign("v1"))
    with pytest.raises(SigningFailedError) as caught:
        owner.sign("v2")
    assert isinstance(caught.value.cause, KeysNotHeldError)
    assert len(server.published) == 1


def test_two_machines_with_the_same_keys_may_begin_at_once(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    owner.publisher().prepare(["v1"])
    rival = Machine(server, tmp_path / "owner")
    server.rivals.append(lambda: rival.sign("v1"))
    owner.sign("v2")
    assert set(rival.editor().reader.refresh().targets["targets"].content.targets) == {"v1", "v2"}
