"""`sealyard trust status` shows what is there, also what a pull refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trust_owner import GUN

if TYPE_CHECKING:
    from pathlib import Path

    from hostile_trust_server import HostileTrustServer
    from shell_setup import Shell


@pytest.fixture
def delegated(server: HostileTrustServer) -> HostileTrustServer:
    server.publish(targets=server.owner.delegate("targets/alice"))
    server.publish(targets=server.owner.delegate("targets/releases"))
    server.publish(targets__alice=server.owner.add("v2", role="targets/alice"))
    return server


def test_roles_signers_and_keys_are_shown(delegated: HostileTrustServer, shell: Shell) -> None:
    owner = delegated.owner
    shown = shell.done("trust", "status", GUN, "--output", "json").json
    assert shown["gun"] == GUN
    (key,) = shown["rootKeys"]
    assert key["id"] == owner.root_pair.id
    assert key["canonicalId"] == owner.root_pair.public.canonical_id
    roles = {role["role"]: role for role in shown["roles"]}
    assert list(roles) == [
        "root", "targets", "snapshot", "timestamp", "targets/alice", "targets/releases",
    ]  # fmt: skip
    assert roles["targets"]["version"] == 4
    assert roles["targets"]["names"] == 1
    assert roles["timestamp"]["expires"] == "2026-12-07T12:00:00Z"
    assert roles["timestamp"]["daysLeft"] == 14
    assert roles["targets/alice"]["threshold"] == 1
    assert roles["targets/releases"]["version"] is None
    assert roles["targets/releases"]["problem"] == "never published"
    alice = owner.signers["targets/alice"][0].id
    assert shown["signers"] == [{"name": "alice", "keys": [alice]}]
    assert shown["staged"] == []


def test_a_table_is_for_people(delegated: HostileTrustServer, shell: Shell) -> None:
    out = shell.done("trust", "status", GUN).out
    assert out.startswith("Role              Version  Expires               DaysLeft  Threshold")
    assert "targets/alice" in out
    assert f"Root key  {delegated.owner.root_pair.public.canonical_id}" in out
    assert "Signers   alice" in out


def test_what_has_expired_or_cannot_be_believed_is_shown(
    delegated: HostileTrustServer, shell: Shell
) -> None:
    soon = "2026-11-23T11:00:00Z"
    delegated.seal({"targets": delegated.owner.change(expires=soon)})
    del delegated.files[delegated.name_of("targets/alice")]
    ran = shell.done("trust", "status", GUN, "-o", "json")
    problems = {role["role"]: role["problem"] for role in ran.json["roles"]}
    assert problems["targets"] == "targets expired at Mon Nov 23 11:00:00 UTC 2026"
    assert "is not to be had" in problems["targets/alice"]
    assert problems["root"] == ""
    assert "it has to be signed again" in ran.err


def test_what_docker_staged_is_shown(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "docker" / "trust" / "tuf" / GUN / "changelist"
    folder.mkdir(parents=True)
    change = '{"action":"create","role":"targets","type":"target","path":"v3","data":"e30="}'
    (folder / "1_x.change").write_text(change)
    out = shell.done("trust", "status", GUN).out
    assert "Staged on this machine and not published (1):\n  create target v3 in targets" in out


def test_without_trust_data_there_is_no_status(server: HostileTrustServer, shell: Shell) -> None:
    server.files.clear()
    ran = shell.run("trust", "status", GUN)
    assert (ran.code, ran.out) == (1, "")
    assert "does not have trust data" in ran.err
