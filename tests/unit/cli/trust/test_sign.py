"""`sealyard trust sign` and `revoke`: docker's words, and what docker does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publishing_machine import Machine, new_signer, refused
from trust_owner import GUN
from trust_shell import INDEX, TrustShell

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> TrustShell:
    return TrustShell(tmp_path, monkeypatch, capsys)


@pytest.fixture
def consumer(desk: TrustShell, tmp_path: Path) -> Machine:
    return Machine(desk.server, tmp_path / "consumer")


def test_what_the_registry_holds_is_signed_without_an_image_here(
    desk: TrustShell, consumer: Machine
) -> None:
    digest = desk.image("v1")
    ran = desk.done("sign", f"{GUN}:v1")
    assert ran.out == (
        f"Signing and pushing trust metadata for {GUN}:v1\n"
        f"Finished initializing signed repository for {GUN}:v1\n"
        f"Successfully signed {GUN}:v1\n"
    )
    assert consumer.says("v1") == digest.hex
    assert "Finished" not in desk.done("sign", f"{GUN}:v1").out


def test_an_index_is_signed_as_a_whole(desk: TrustShell, consumer: Machine) -> None:
    digest = desk.image("v1", b'{"schemaVersion":2,"manifests":[]}', INDEX)
    desk.done("sign", f"{GUN}:v1")
    assert consumer.says("v1") == digest.hex


def test_several_tags_are_signed_one_after_the_other(desk: TrustShell) -> None:
    desk.image("v1")
    desk.image("v2")
    ran = desk.run("sign", f"{GUN}:v1", f"{GUN}:v9", f"{GUN}:v2")
    assert ran.code == 1
    assert f"Successfully signed {GUN}:v1" in ran.out
    assert "v9" in ran.err
    assert f"{GUN}:v2" not in ran.out


def test_who_may_not_sign_is_told_before_the_registry_is_asked(desk: TrustShell) -> None:
    desk.image("v1")
    desk.server.refusal = refused("INVALID_UPDATE", "content trust is off")
    ran = desk.run("sign", f"{GUN}:v1")
    assert ran.code == 1
    assert ran.err.startswith(f"failed to sign {GUN}:v1: ")
    assert desk.registry.asked() == []


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (GUN, f"no tag specified for {GUN}"),
        (f"{GUN}@sha256:{'0' * 64}", "cannot use a digest reference for IMAGE:TAG"),
    ],
)
def test_only_a_tag_can_be_signed(desk: TrustShell, image: str, words: str) -> None:
    ran = desk.run("sign", image)
    assert ran.code == 1
    assert words in ran.err
    assert desk.server.asked == []


def test_one_signer_can_be_named(desk: TrustShell, consumer: Machine) -> None:
    desk.image("v1")
    for name in ("alice", "bob"):
        desk.machine.signers().add(name, [desk.machine.new_key(name).public])
    desk.done("sign", f"{GUN}:v1", "--signer", "alice")
    assert consumer.pull("v1").signers == ("alice",)
    ran = desk.run("sign", f"{GUN}:v1", "--signer", "carol")
    assert ran.code == 1
    assert "no signer carol" in ran.err
    assert "its signers are: alice, bob" in ran.err


def test_a_wrong_passphrase_is_called_so(desk: TrustShell, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.machine.sign("v1")
    desk.image("v2")
    monkeypatch.setenv("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE", "something else")
    ran = desk.run("sign", f"{GUN}:v2")
    assert ran.code == 1
    assert ran.err.startswith(f"failed to sign {GUN}:v2: the passphrase for the repository key")
    assert "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE is wrong" in ran.err
    assert "something else" not in ran.err


def test_a_revoked_tag_is_gone(desk: TrustShell) -> None:
    desk.machine.sign("v1")
    desk.machine.signers().add("alice", [desk.machine.new_key("alice").public])
    desk.machine.sign("v1")
    ran = desk.done("revoke", f"{GUN}:v1")
    assert ran.out == f"Successfully deleted signature for {GUN}:v1\n"
    ran = desk.run("revoke", f"{GUN}:v1")
    assert ran.code == 1
    assert ran.err == f"could not remove signature for {GUN}:v1: No valid trust data for v1\n"


def test_where_it_stays_signed_is_named_and_the_end_is_1(desk: TrustShell, tmp_path: Path) -> None:
    desk.machine.sign("v1")
    alice = new_signer(desk.server, desk.machine, tmp_path, "alice")
    alice.sign("v1")
    ran = desk.run("revoke", f"{GUN}:v1")
    assert ran.code == 1
    assert "Successfully deleted" not in ran.out
    assert "v1 is still signed in targets/alice, targets/releases, whose keys are not" in ran.err


def test_all_tags_are_revoked_only_if_that_is_meant(desk: TrustShell) -> None:
    desk.machine.sign("v1")
    desk.machine.sign("v2")
    declined = desk.run("revoke", GUN, typed="n\n")
    assert declined.code == 1
    assert f"Please confirm you would like to delete all signature data for {GUN}?" in declined.err
    assert len(desk.server.published) == 2
    ran = desk.done("revoke", GUN, "--yes")
    assert ran.out == f"Successfully deleted signature for {GUN}\n"
    assert desk.machine.editor().reader.refresh().targets["targets"].content.targets == {}


def test_a_digest_cannot_be_revoked(desk: TrustShell) -> None:
    ran = desk.run("revoke", f"{GUN}@sha256:{'0' * 64}")
    assert ran.code == 1
    assert "cannot use a digest reference for IMAGE:TAG" in ran.err
