"""`sealyard trust pin`: the end of trust at first use."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from hostile_trust_server import HostileTrustServer
from trust_owner import GUN

if TYPE_CHECKING:
    from pathlib import Path

    from shell_setup import Shell

ID = "0123456789abcdef" * 4


def test_the_root_of_the_server_is_pinned_after_somebody_compared_it(
    server: HostileTrustServer, shell: Shell
) -> None:
    key = server.owner.root_pair.public
    declined = shell.run("trust", "pin", "add", GUN, typed="n\n")
    assert declined.code == 1
    assert key.canonical_id in declined.err
    assert "over another way than this server" in declined.err
    assert shell.done("trust", "pin", "list").out == ""
    assert shell.done("trust", "pin", "add", GUN, typed="y\n").out == f"Pinned {GUN}\n"
    rows = shell.done("trust", "pin", "list", "-o", "json").json
    assert rows == [{"repository": GUN, "kind": "root key", "id": key.canonical_id}]
    shell.done("trust", "inspect", "--no-tofu", GUN)


def test_a_pinned_repository_is_not_taken_over_at_first_use(
    server: HostileTrustServer, shell: Shell
) -> None:
    shell.done("trust", "pin", "add", GUN, "--yes")
    server.files = HostileTrustServer().files
    ran = shell.run("trust", "inspect", GUN)
    assert ran.code == 1
    assert "is not the pinned one" in ran.err


def test_what_was_trusted_before_the_pin_is_judged_by_it_too(
    server: HostileTrustServer, shell: Shell
) -> None:
    shell.done("trust", "inspect", GUN)
    shell.done("trust", "pin", "add", "localhost:5443/*", "--root-key", ID)
    assert shell.run("trust", "inspect", GUN).code == 1
    server.go_down()
    ran = shell.run("trust", "inspect", GUN)
    assert ran.code == 1
    assert "is not the pinned one" in ran.err
    shell.done("trust", "pin", "remove", "localhost:5443/*")
    server.faults.clear()
    shell.done("trust", "inspect", GUN)


def test_pins_are_listed_and_removed(shell: Shell) -> None:
    shell.done("trust", "pin", "add", "b.example/*", "--root-key", ID, "--certificate", ID)
    shell.done("trust", "pin", "add", "a.example/app", "--root-key", ID)
    assert shell.done("trust", "pin", "list").out.splitlines() == [
        "Repository     Kind         Pinned",
        f"-------------  -----------  {'-' * 64}",
        f"a.example/app  root key     {ID}",
        f"b.example/*    root key     {ID}",
        f"b.example/*    certificate  {ID}",
    ]
    shell.done("trust", "pin", "remove", "b.example/*")
    assert len(shell.done("trust", "pin", "list", "-o", "json").json) == 1
    missing = shell.run("trust", "pin", "remove", "b.example/*")
    assert missing.code == 1
    assert "there is no pin for 'b.example/*'" in missing.err


def test_short_names_are_those_of_docker_hub(shell: Shell) -> None:
    shell.done("trust", "pin", "add", "alpine", "--root-key", ID)
    (row,) = shell.done("trust", "pin", "list", "-o", "json").json
    assert row["repository"] == "docker.io/library/alpine"


def test_what_this_machine_trusts_is_exported_for_others(
    server: HostileTrustServer, shell: Shell, tmp_path: Path
) -> None:
    shell.done("trust", "inspect", GUN)
    shell.done("trust", "pin", "add", "a.example/*", "--root-key", ID)
    exported = shell.done("trust", "pin", "export", GUN, "a.example/*").out
    key = server.owner.root_pair.public.canonical_id
    assert tomllib.loads(exported) == {
        "pin": [
            {"repository": GUN, "root-keys": [key]},
            {"repository": "a.example/*", "root-keys": [ID]},
        ]
    }
    (tmp_path / "theirs.toml").write_text(exported)
    pins = ("--no-tofu", "--pins", str(tmp_path / "theirs.toml"))
    shell.done("trust", "inspect", *pins, GUN)
    server.files = HostileTrustServer().files
    assert shell.run("trust", "inspect", *pins, GUN).code == 1
    unknown = shell.run("trust", "pin", "export", "localhost:5443/never")
    assert unknown.code == 1
    assert "pull from it once, or pin it" in unknown.err
    assert shell.done("trust", "pin", "export").out.startswith('[[pin]]\nrepository = "a.example')


def test_a_pattern_or_a_key_that_cannot_be_meant_is_refused(shell: Shell) -> None:
    assert shell.run("trust", "pin", "add", "a.example/*").code == 2
    for arguments in (
        ("a.example/app", "--root-key", "short"),
        ("a*b*", "--root-key", ID),
        ("a.example/app", "--ca", "/dev/null"),
    ):
        ran = shell.run("trust", "pin", "add", *arguments)
        assert ran.code == 1, arguments
        assert ran.err
    assert shell.done("trust", "pin", "list").out == ""
