"""What a publisher finds in the way: staged changes, expiry, and servers that cannot be right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from publishing_machine import ONE, SIZE, Machine, PublishingServer, new_signer, refused
from sealyard.client.errors import SigningFailedError, UnexpectedAnswerError
from sealyard.client.trust.changelist import staged
from sealyard.trust.errors import FileMissingError, RollbackError
from trust_owner import GUN, NOW

if TYPE_CHECKING:
    from pathlib import Path


def stage(machine: Machine) -> None:
    folder = machine.folder / "tuf" / GUN / "changelist"
    folder.mkdir(parents=True)
    change = '{"action":"create","role":"targets","type":"target","path":"old","data":"e30="}'
    (folder / "00001763869200000000_x.change").write_text(change)


def at(server: PublishingServer, machine: Machine, now: object) -> None:
    """Let time pass, and the registry renew what is its own."""
    server.registry.now = machine.now = now  # type: ignore[assignment] # a datetime
    server.registry.renew()
    server.show()


def test_what_docker_staged_is_told_neither_signed_nor_lost(
    server: PublishingServer, owner: Machine
) -> None:
    stage(owner)
    first = owner.publisher()
    first.prepare(["v1"])
    first.sign("v1", ONE, SIZE)
    told = [notice for notice in owner.notices if "staged" in notice]
    assert len(told) == 1
    assert "(old) were left by docker" in told[0]
    assert [change.name for change in staged(owner.folder, GUN)] == ["old"]
    assert "old" not in server.present("targets").decode()
    owner.publisher().revoke("v1")
    assert len([notice for notice in owner.notices if "staged" in notice]) == 2


def test_a_root_near_its_expiry_is_signed_again_where_its_key_is(
    server: PublishingServer, owner: Machine
) -> None:
    owner.sign("v1")
    soon = NOW + timedelta(days=3650 - 100)
    at(server, owner, soon)
    owner.sign("v2")
    assert server.published[-1] == ["root", "targets"]
    assert owner.editor().reader.refresh().root.version == 2


@pytest.mark.parametrize("days", [3600, 4000])
def test_a_root_is_renewed_together_with_its_certificate(
    server: PublishingServer, owner: Machine, consumer: Machine, tmp_path: Path, days: int
) -> None:
    """Docker renews the one and not the other, and a decade later nobody can read it."""
    owner.sign("v1")
    assert consumer.says("v1") == ONE.hex
    at(server, owner, NOW + timedelta(days=days))
    owner.sign("v2")
    assert server.published[-1] == ["root", "targets"]
    assert len(owner.keys().root_keys()) == 1
    at(server, owner, owner.now + timedelta(days=900))
    fresh = Machine(server, tmp_path / "fresh", now=owner.now)
    consumer.now = owner.now
    assert consumer.says("v2") == fresh.says("v2") == ONE.hex


def test_a_publish_whose_answer_was_lost_is_looked_for(
    server: PublishingServer, owner: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = PublishingServer.answer
    lost = ["before", "after", "after"]

    def losing(self: PublishingServer, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return right(self, request)
        when = lost.pop(0)
        if when == "after":
            right(self, request)
        message = "the line is cut"
        raise httpx.ReadError(message, request=request)

    monkeypatch.setattr(PublishingServer, "answer", losing)
    with pytest.raises(SigningFailedError, match=f"failed to sign {GUN}:v1: .*does not answer"):
        owner.sign("v1")
    assert owner.publisher().sign("v1", ONE, SIZE).initialised
    assert owner.sign("v2") == ("targets",)
    assert server.published == [["root", "targets"], ["targets"]]
    assert owner.says("v2") == ONE.hex


def test_without_its_key_or_passphrase_the_root_is_only_warned_of(
    server: PublishingServer, owner: Machine
) -> None:
    owner.sign("v1")
    at(server, owner, NOW + timedelta(days=3650 - 100))
    owner.answers.by_kind["root"] = "wrong"
    owner.sign("v2")
    assert server.published[-1] == ["targets"]
    warning = "root is nearing expiry, you should re-sign the role metadata"
    assert warning in owner.notices
    [root] = owner.keys().root_keys()
    owner.keys().remove(root.id)
    owner.notices.clear()
    owner.sign("v3")
    assert owner.notices.count(warning) == 1


def test_what_has_expired_is_repaired_by_who_holds_the_keys(
    server: PublishingServer, owner: Machine, consumer: Machine
) -> None:
    owner.sign("v1")
    owner.signers().add("alice", [owner.new_key("alice").public])
    owner.sign("v2")
    at(server, owner, NOW + timedelta(days=1200))
    consumer.now = owner.now
    server.refusal = refused("INVALID_UPDATE", "a notary-server cannot say yes to this")
    owner.publisher().prepare(["v2"])
    server.refusal = None
    owner.sign("v2")
    assert set(server.published[-1]) == {"targets", "targets/alice", "targets/releases"}
    assert consumer.says("v2") == ONE.hex


def test_what_has_expired_and_is_anothers_is_told_and_no_error(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    owner.sign("v1")
    alice = new_signer(server, owner, tmp_path, "alice")
    at(server, alice, NOW + timedelta(days=1200))
    assert alice.sign("v2") == ("targets/alice", "targets/releases")
    assert "targets is nearing expiry, you should re-sign the role metadata" in alice.notices
    assert any("targets expired at" in notice for notice in alice.notices)


def test_a_role_that_cannot_be_read_is_not_written_over(
    server: PublishingServer, owner: Machine, tmp_path: Path
) -> None:
    """A server that holds a file back could otherwise have its tags dropped."""
    owner.sign("v1")
    alice = new_signer(server, owner, tmp_path, "alice")
    alice.sign("v2")
    other = Machine(server, tmp_path / "alice" / "elsewhere")
    for key in (tmp_path / "alice" / "private").iterdir():
        (other.folder / "private").mkdir(parents=True, exist_ok=True)
        (other.folder / "private" / key.name).write_bytes(key.read_bytes())
        (other.folder / "private" / key.name).chmod(0o600)
    del server.files[server.name_of("targets/releases")]
    before = len(server.published)
    with pytest.raises(FileMissingError):
        other.sign("v3")
    assert len(server.published) == before


def test_a_server_that_takes_a_publish_and_keeps_serving_the_old_is_noticed(
    owner: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.sign("v1")
    monkeypatch.setattr(PublishingServer, "show", lambda _self: None)
    with pytest.raises(UnexpectedAnswerError, match=r"took version 2 of targets .* serves 1"):
        owner.sign("v2")


def test_a_server_that_goes_back_is_not_published_to(
    server: PublishingServer, owner: Machine
) -> None:
    owner.sign("v1")
    old = server.saved()
    owner.sign("v2")
    server.files = old
    with pytest.raises(RollbackError):
        owner.sign("v3")


def test_trust_data_that_was_removed_is_begun_anew_and_that_is_told(
    server: PublishingServer, owner: Machine, consumer: Machine
) -> None:
    for tag in ("v1", "v3"):
        owner.sign(tag)
    stage(owner)
    server.remove()
    owner.sign("v2")
    assert any("was removed from the registry" in notice for notice in owner.notices)
    assert owner.says("v2") == consumer.says("v2") == ONE.hex
    assert staged(owner.folder, GUN)
