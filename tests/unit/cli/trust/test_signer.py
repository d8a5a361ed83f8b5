"""`sealyard trust signer` and `key rotate`, as an owner meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publishing_machine import Machine, new_signer
from sealyard.trust.key_file import public_key_file
from trust_owner import GUN
from trust_shell import TrustShell

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.trust.private_key import PrivateKey


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> TrustShell:
    return TrustShell(tmp_path, monkeypatch, capsys)


def public_file(folder: Path, key: PrivateKey, name: str) -> str:
    path = folder / f"{key.id[:8]}.pub"
    path.write_bytes(public_key_file(key, name))
    return str(path)


def test_a_signer_is_added_with_dockers_words(desk: TrustShell, tmp_path: Path) -> None:
    key = public_file(tmp_path, desk.machine.new_key("alice"), "alice")
    ran = desk.done("signer", "add", "--key", key, "alice", GUN)
    assert ran.out == (
        f'Adding signer "alice" to {GUN}...\n'
        f"Initializing signed repository for {GUN}...\n"
        f'Successfully initialized "{GUN}"\n'
        f"Successfully added signer: alice to {GUN}\n"
    )
    again = desk.done("signer", "add", "--key", key, "bob", GUN)
    assert "initialized" not in again.out
    listed = desk.done("signer", "list", GUN, "-o", "json").json
    assert [row["name"] for row in listed] == ["alice", "bob"]
    assert listed[0]["keys"] == listed[1]["keys"]


def test_a_file_that_is_no_public_key_is_refused(desk: TrustShell, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("nothing")
    for file in ("x", "missing"):
        ran = desk.run("signer", "add", "--key", str(tmp_path / file), "alice", GUN)
        assert ran.code == 1
        assert f"could not read public key from {tmp_path / file}" in ran.err
    assert desk.server.asked == []


def test_a_name_that_cannot_be_is_refused(desk: TrustShell, tmp_path: Path) -> None:
    key = public_file(tmp_path, desk.machine.new_key("alice"), "alice")
    ran = desk.run("signer", "add", "--key", key, "releases", GUN)
    assert ran.code == 1
    assert "releases is a reserved keyword, use a different signer name" in ran.err


def test_who_is_removed_leaves_tags_that_are_named(desk: TrustShell, tmp_path: Path) -> None:
    alice = new_signer(desk.server, desk.machine, tmp_path, "alice")
    desk.machine.signers().add("bob", [desk.machine.new_key("bob").public])
    alice.sign("v1")
    ran = desk.done("signer", "remove", "alice", GUN)
    assert ran.out == (
        f'Removing signer "alice" from {GUN}...\nSuccessfully removed alice from {GUN}\n'
    )
    assert "Nobody but alice has signed: v1." in ran.err
    ran = desk.run("signer", "remove", "alice", GUN)
    assert ran.code == 1
    assert "no signer alice" in ran.err


def test_the_last_signer_goes_when_somebody_agrees(desk: TrustShell) -> None:
    desk.machine.signers().add("alice", [desk.machine.new_key("alice").public])
    desk.machine.sign("v1")
    ran = desk.run("signer", "remove", "alice", GUN)
    assert ran.code == 1
    assert f"Removing this signer will make {GUN} unpullable" in ran.err
    assert desk.run("signer", "remove", "alice", GUN, typed="n\n").code == 1
    desk.done("signer", "remove", "alice", GUN, typed="y\n")
    assert desk.done("signer", "list", GUN, "-o", "json").json == []


def test_a_stolen_key_is_taken_out_by_force(desk: TrustShell, tmp_path: Path) -> None:
    alice = new_signer(desk.server, desk.machine, tmp_path, "alice")
    new_signer(desk.server, desk.machine, tmp_path, "bob")
    alice.sign("v1")
    ran = desk.run("signer", "remove", "alice", GUN)
    assert ran.code == 1
    assert "no key of bob is here to sign them again" in ran.err
    ran = desk.done("signer", "remove", "--force", "alice", GUN)
    assert "until a remaining signer has signed it again" in ran.err


def test_a_signer_gets_another_key(desk: TrustShell, tmp_path: Path) -> None:
    desk.machine.signers().add("alice", [desk.machine.new_key("alice").public])
    desk.machine.sign("v1")
    key = desk.machine.new_key("alice")
    file = public_file(tmp_path, key, "alice")
    ran = desk.done("signer", "rotate", "--key", file, "alice", GUN)
    assert ran.out == f"Successfully rotated the keys of alice in {GUN}\n"
    assert desk.done("signer", "list", GUN, "-o", "json").json[0]["keys"] == [key.id]


@pytest.mark.parametrize("role", ["root", "repository", "targets", "snapshot", "timestamp"])
def test_each_key_is_rotated(desk: TrustShell, tmp_path: Path, role: str) -> None:
    desk.machine.sign("v1")
    consumer = Machine(desk.server, tmp_path / "consumer")
    before = consumer.says("v1")
    ran = desk.done("key", "rotate", GUN, role)
    assert ran.out == f"Successfully rotated {role} key for repository {GUN}\n"
    assert consumer.says("v1") == before
    assert consumer.editor().reader.refresh().root.version == 2


def test_only_the_registrys_keys_are_server_managed(desk: TrustShell) -> None:
    desk.machine.sign("v1")
    desk.done("key", "rotate", GUN, "snapshot", "--server-managed")
    desk.done("key", "rotate", GUN, "timestamp", "-r")
    ran = desk.run("key", "rotate", GUN, "targets", "--server-managed")
    assert ran.code == 2
    assert desk.run("key", "rotate", GUN, "timestamp", "--key", "0" * 64).code == 2


def test_a_root_key_that_is_here_can_be_named(desk: TrustShell) -> None:
    desk.machine.sign("v1")
    key = desk.machine.new_key("root")
    other = desk.machine.new_key("alice")
    ran = desk.run("key", "rotate", GUN, "root", "--key", other.id)
    assert ran.code == 1
    assert ran.err.startswith(f"the alice key {other.id} is no root key")
    assert desk.run("key", "rotate", GUN, "root", "--key", "0" * 64).code == 1
    desk.done("key", "rotate", GUN, "root", "--key", key.id[:12])
    root = desk.machine.editor().reader.refresh().root.content
    [keyid] = root.roles["root"].keyids
    assert root.keys[keyid].key.canonical_id == key.id
