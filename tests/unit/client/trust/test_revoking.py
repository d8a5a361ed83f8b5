"""Taking signatures back: from every role whose key is here; the others are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publishing_machine import ONE, OTHER, SIZE, Machine, PublishingServer, new_signer
from sealyard.client.errors import (
    RevocationFailedError,
)
from sealyard.trust.errors import (
    NotSignedError,
)
from trust_owner import GUN

if TYPE_CHECKING:
    from pathlib import Path


def test_a_revoked_tag_is_gone_from_every_role_also_from_targets(
    server: PublishingServer, owner: Machine, consumer: Machine
) -> None:
    """Docker looks among delegations only, and says success (notary-v1 section 0, item 13)."""
    owner.sign("v1")
    owner.signers().add("alice", [owner.new_key("alice").public])
    owner.sign("v1", OTHER)
    done = owner.publisher().revoke("v1")
    assert set(done.removed_from) == {"targets", "targets/alice", "targets/releases"}
    assert done.left_in == ()
    with pytest.raises(NotSignedError):
        consumer.pull("v1")
    assert set(server.published[-1]) == {"targets", "targets/alice", "targets/releases"}


def test_where_a_key_is_elsewhere_the_role_is_named(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    alice = new_signer(server, owner, tmp_path, "alice")
    alice.sign("v1")
    done = alice.publisher().revoke("v1")
    assert set(done.removed_from) == {"targets/alice", "targets/releases"}
    assert done.left_in == ("targets",)


def test_what_cannot_be_revoked_at_all_changes_nothing(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    with pytest.raises(RevocationFailedError) as caught:
        owner.publisher().revoke("v9")
    text = f"could not remove signature for {GUN}:v9: No valid trust data for v9"
    assert str(caught.value) == text
    with pytest.raises(RevocationFailedError, match="could not find necessary signing keys"):
        Machine(server, tmp_path / "stranger").publisher().revoke("v1")
    assert len(server.published) == 1


def test_all_tags_are_revoked_in_one_publish(server: PublishingServer, owner: Machine) -> None:
    owner.publisher().sign_many({"v1": (ONE, SIZE), "v2": (OTHER, SIZE)})
    done = owner.publisher().revoke_all()
    assert [one.tag for one in done] == ["v1", "v2"]
    assert server.published[1:] == [["targets"]]
