"""`sealyard trust reset`: a person compares two roots; nothing else replaces one by the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from hostile_trust_server import HostileTrustServer
from trust_owner import GUN

if TYPE_CHECKING:
    from pathlib import Path

    from shell_setup import Shell


@pytest.fixture
def replaced(server: HostileTrustServer, shell: Shell) -> HostileTrustServer:
    """Have the owner lose the root key, delete the trust data, and begin again."""
    shell.done("trust", "inspect", GUN)
    fresh = HostileTrustServer()
    server.files, server.owner = fresh.files, fresh.owner
    return server


def cached_root(folder: Path) -> bytes:
    return (folder / "docker" / "trust" / "tuf" / GUN / "metadata" / "root.json").read_bytes()


def test_a_replaced_root_is_refused_until_somebody_compared_it(
    replaced: HostileTrustServer, shell: Shell, tmp_path: Path
) -> None:
    old = cached_root(tmp_path)
    refused = shell.run("trust", "inspect", GUN)
    assert refused.code == 1
    assert f"sealyard trust reset {GUN}" in refused.err

    declined = shell.run("trust", "reset", GUN, typed="n\n")
    assert declined.code == 1
    assert replaced.owner.root_pair.public.canonical_id in declined.err
    assert "Compare its root key with the publisher" in declined.err
    assert cached_root(tmp_path) == old
    nobody = shell.run("trust", "reset", GUN)
    assert nobody.code == 1
    assert "add --yes if that is meant" in nobody.err

    done = shell.done("trust", "reset", GUN, typed="y\n")
    assert done.out == f"Trust in {GUN} was reset\n"
    assert cached_root(tmp_path) == replaced.present("root")
    shell.done("trust", "inspect", GUN)


def test_both_roots_are_shown_with_what_they_can_be_compared_by(
    replaced: HostileTrustServer, shell: Shell
) -> None:
    ran = shell.done("trust", "reset", GUN, "--yes")
    (certificate,) = replaced.owner.root_pair.public.certificates()
    fingerprint = certificate.fingerprint(SHA256()).hex(":").upper()
    before, after = ran.err.split("Root that the server has now:")
    assert before.startswith(f"Root of {GUN} that this machine trusts:\n  version 1, expires 2036")
    assert fingerprint in after
    assert replaced.owner.root_pair.id in after


def test_the_root_that_was_shown_is_the_one_that_is_trusted_then(
    replaced: HostileTrustServer, shell: Shell
) -> None:
    shell.done("trust", "reset", GUN, "--yes")
    another = HostileTrustServer()
    replaced.files = another.files
    assert shell.run("trust", "inspect", GUN).code == 1


@pytest.mark.usefixtures("replaced")
def test_other_repositories_and_keys_are_left_alone(shell: Shell, tmp_path: Path) -> None:
    trust = tmp_path / "docker" / "trust"
    other = trust / "tuf" / "localhost:5443/team/other/metadata/root.json"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"other")
    key = trust / "private" / "a.key"
    key.parent.mkdir(parents=True, exist_ok=True)
    key.write_bytes(b"key")
    shell.done("trust", "reset", GUN, "--yes")
    assert (other.read_bytes(), key.read_bytes()) == (b"other", b"key")


def test_what_is_gone_from_the_server_is_forgotten(
    replaced: HostileTrustServer, shell: Shell, tmp_path: Path
) -> None:
    replaced.files.clear()
    ran = shell.done("trust", "reset", GUN, "--yes")
    assert "Root that the server has now:\n  none" in ran.err
    assert not (tmp_path / "docker/trust/tuf" / GUN / "metadata").exists()


def test_a_root_of_another_repository_is_not_offered(
    replaced: HostileTrustServer, shell: Shell, tmp_path: Path
) -> None:
    old = cached_root(tmp_path)
    replaced.files["root.json"] = b"{}"
    ran = shell.run("trust", "reset", GUN, "--yes")
    assert ran.code == 1
    assert cached_root(tmp_path) == old


@pytest.mark.usefixtures("replaced")
def test_a_pinned_repository_is_reset_to_the_pinned_root_only(shell: Shell, tmp_path: Path) -> None:
    old = cached_root(tmp_path)
    shell.done("trust", "pin", "add", GUN, "--root-key", "0" * 64)
    ran = shell.run("trust", "reset", GUN, "--yes")
    assert ran.code == 1
    assert "unable to match any certificates to trust_pinning config" in ran.err
    assert cached_root(tmp_path) == old


def test_the_same_keys_are_told(shell: Shell) -> None:
    shell.done("trust", "inspect", GUN)
    ran = shell.run("trust", "reset", GUN, typed="n\n")
    assert "Both have the same keys" in ran.err


def test_a_cache_that_cannot_be_read_can_be_reset(shell: Shell, tmp_path: Path) -> None:
    shell.done("trust", "inspect", GUN)
    (tmp_path / "docker/trust/tuf" / GUN / "metadata/root.json").write_bytes(b"{spoiled")
    assert shell.run("trust", "inspect", GUN).code == 1
    ran = shell.done("trust", "reset", GUN, "--yes")
    assert "unreadable: root is not a metadata file" in ran.err
    shell.done("trust", "inspect", GUN)


def test_nothing_trusted_is_nothing_to_reset(shell: Shell) -> None:
    ran = shell.done("trust", "reset", GUN)
    assert "nothing to reset" in ran.err
    assert ran.out == ""


def test_an_expired_root_is_not_offered(
    replaced: HostileTrustServer, shell: Shell, tmp_path: Path
) -> None:
    old = cached_root(tmp_path)
    replaced.put("root", replaced.owner.change_root(expires="2026-11-23T11:00:00Z"))
    ran = shell.run("trust", "reset", GUN, "--yes")
    assert ran.code == 1
    assert "root expired" in ran.err
    assert cached_root(tmp_path) == old
