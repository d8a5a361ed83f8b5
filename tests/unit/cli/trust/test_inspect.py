"""`sealyard trust inspect` prints what docker prints, and says why where docker does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sealyard.trust.metadata import FileInfo
from trust_owner import DIGEST, GUN, target

if TYPE_CHECKING:
    from hostile_trust_server import HostileTrustServer
    from shell_setup import Shell

HEX, OTHER = DIGEST.hex(), DIGEST[::-1].hex()


@pytest.fixture
def signed(server: HostileTrustServer) -> HostileTrustServer:
    """Tags of the administrator, of alice, of alice and bob; one that nobody released."""
    owner = server.owner
    for role in ("targets/releases", "targets/alice", "targets/bob"):
        server.publish(targets=owner.delegate(role))
    info = FileInfo(hashes={"sha256": DIGEST[::-1]}, length=9)
    server.publish(
        targets=owner.change(targets={"v10": target(), "v9": target()}),
        targets__releases=owner.change("targets/releases", targets={"v2": info, "v10": info}),
        targets__alice=owner.change("targets/alice", targets={"v2": info, "v10": info}),
        targets__bob=owner.change("targets/bob", targets={"v2": info, "mine": info}),
    )
    return server


def test_the_json_is_dockers(signed: HostileTrustServer, shell: Shell) -> None:
    owner = signed.owner
    ran = shell.done("trust", "inspect", GUN)
    assert ran.json == [
        {
            "Name": GUN,
            "SignedTags": [
                {"SignedTag": "v2", "Digest": OTHER, "Signers": ["alice", "bob"]},
                {"SignedTag": "v9", "Digest": HEX, "Signers": ["Repo Admin"]},
                {"SignedTag": "v10", "Digest": HEX, "Signers": ["Repo Admin"]},
                {"SignedTag": "v10", "Digest": OTHER, "Signers": ["alice"]},
            ],
            "Signers": [
                {"Name": "bob", "Keys": [{"ID": owner.signers["targets/bob"][0].id}]},
                {"Name": "alice", "Keys": [{"ID": owner.signers["targets/alice"][0].id}]},
            ],
            "AdministrativeKeys": [
                {"Name": "Root", "Keys": [{"ID": owner.root_pair.id}]},
                {"Name": "Repository", "Keys": [{"ID": owner.targets_pair.id}]},
            ],
        }
    ]
    assert ran.out == json.dumps(ran.json, indent=4) + "\n"


@pytest.mark.usefixtures("signed")
def test_one_tag_alone(shell: Shell) -> None:
    (found,) = shell.done("trust", "inspect", f"{GUN}:v2").json
    assert found["Name"] == f"{GUN}:v2"
    assert [row["SignedTag"] for row in found["SignedTags"]] == ["v2"]
    (found,) = shell.done("trust", "inspect", f"{GUN}:mine").json
    assert found["SignedTags"] == []


def test_the_tables_are_dockers(signed: HostileTrustServer, shell: Shell) -> None:
    owner = signed.owner
    alice, bob = (owner.signers[f"targets/{name}"][0].id[:12] for name in ("alice", "bob"))
    ran = shell.done("trust", "inspect", "--pretty", f"{GUN}:v2")
    assert ran.out == (
        f"\nSignatures for {GUN}:v2\n\n"
        "SIGNED TAG   DIGEST                                                             SIGNERS\n"
        f"v2           {OTHER}   alice, bob\n"
        f"\nList of signers and their keys for {GUN}:v2\n\n"
        "SIGNER    KEYS\n"
        f"alice     {alice}\n"
        f"bob       {bob}\n"
        f"\nAdministrative keys for {GUN}:v2\n\n"
        f"  Repository Key:\t{owner.targets_pair.id}\n"
        f"  Root Key:\t{owner.root_pair.id}\n"
    )


def test_tables_of_several_are_apart(server: HostileTrustServer, shell: Shell) -> None:
    ran = shell.done("trust", "inspect", "--pretty", f"{GUN}:v1", f"{GUN}:v7")
    admins = f"Root Key:\t{server.owner.root_pair.id}\n"
    assert "(Repo Admin)" in ran.out
    assert f"{admins}\n\n\nNo signatures for {GUN}:v7\n\n\nAdministrative keys" in ran.out
    assert "List of signers" not in ran.out
    assert server.asked


def test_a_cause_that_docker_hides_is_told(server: HostileTrustServer, shell: Shell) -> None:
    server.files.clear()
    ran = shell.run("trust", "inspect", GUN, "localhost:5443/UPPER")
    assert (ran.code, ran.out) == (1, "[]\n")
    assert f"no signatures or cannot access {GUN}: Error: remote trust data does not" in ran.err
    assert "no signatures or cannot access localhost:5443/UPPER: " in ran.err
    ran = shell.run("trust", "inspect", "--pretty", GUN)
    assert (ran.code, ran.out) == (1, "")
    assert "does not have trust data" in ran.err


def test_what_can_be_shown_is_shown_beside_what_cannot(shell: Shell) -> None:
    ran = shell.run("trust", "inspect", "localhost:5443/none", GUN)
    assert ran.code == 1
    assert [one["Name"] for one in ran.json] == [GUN]
    assert "cannot access localhost:5443/none" in ran.err


def test_a_tag_that_nobody_can_look_up_is_not_shown_as_signed(
    signed: HostileTrustServer, shell: Shell
) -> None:
    del signed.files[signed.name_of("targets/releases")]
    ran = shell.done("trust", "inspect", GUN)
    assert ran.json[0]["SignedTags"] == []
    assert "trust data missing for remote repository" in ran.err


def test_a_pin_is_asked(server: HostileTrustServer, shell: Shell) -> None:
    ran = shell.run("trust", "inspect", "--no-tofu", GUN)
    assert ran.code == 1
    assert "invalid trust pinning specified" in ran.err
    shell.done("trust", "pin", "add", GUN, "--certificate", server.owner.root_pair.id)
    shell.done("trust", "inspect", "--no-tofu", GUN)
