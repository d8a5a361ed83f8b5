"""``sealyard docker`` with the real docker, and with one that ignores content trust as 29 does."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.engine import REPOSITORY_PASSPHRASE, ROOT_PASSPHRASE, docker
from real.processes import run
from real.registry import OWNER_PASSWORD, SEALYARD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from real.engine import Docker
    from real.processes import Done
    from real.registry import Cli, Registry


class Wrapped:
    """``sealyard docker`` as one person uses it, over a docker that knows no content trust."""

    def __init__(self, person: Docker, folder: Path) -> None:
        programs = folder / "bin"
        programs.mkdir()
        script = programs / "docker"
        script.write_text(
            f'#!/bin/sh\nunset DOCKER_CONTENT_TRUST\necho "$@" >> {folder}/seen\n'
            f'exec {docker()} "$@"\n'
        )
        script.chmod(0o755)
        self.person = person
        self.seen = folder / "seen"
        self.env = {
            **person.env,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "DOCKER_CONTENT_TRUST": "1",
            "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": ROOT_PASSPHRASE,
            "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": REPOSITORY_PASSPHRASE,
        }

    def __call__(self, *words: str, given: str | None = None, **variables: str) -> Done:
        """Run it."""
        return run([SEALYARD, "docker", *words], {**self.env, **variables}, given=given)

    def told(self) -> str:
        """Return the words that docker was run with since the last time, and forget them."""
        text = self.seen.read_text() if self.seen.exists() else ""
        self.seen.unlink(missing_ok=True)
        return text


@pytest.fixture(scope="module")
def wrapped(signers: Cli, new_docker: Callable[[str], Docker], folder: Path) -> Wrapped:
    del signers  # content trust is on, and the Owner may sign
    person = new_docker("wrapped")
    person.login("admin", OWNER_PASSWORD).ok()
    (folder / "wrapped").mkdir()
    return Wrapped(person, folder / "wrapped")


@pytest.fixture(scope="module")
def signed(wrapped: Wrapped) -> str:
    """Give the name of an image that was pushed signed, through the wrapper."""
    name = wrapped.person.name("wrapped/app:v1")
    wrapped("tag", SMALL, name).ok()
    done = wrapped("push", name).ok()
    assert f"Successfully signed {name}" in done.out
    wrapped.person.push(OTHER, "wrapped/app:unsigned").ok()
    return name


def test_a_push_is_signed_before_its_tag_can_be_seen(wrapped: Wrapped, signed: str) -> None:
    wrapped.person.forget("wrapped/app:v1")
    pulled = wrapped.person.trusted("pull", signed).ok()
    assert "Pull (1 of 1)" in pulled.out


def test_a_pull_goes_by_digest_and_gets_its_tag(wrapped: Wrapped, signed: str) -> None:
    wrapped.person.forget("wrapped/app:v1")
    wrapped.told()
    done = wrapped("pull", signed).ok()
    assert "Pull (1 of 1)" in done.out
    assert done.out.splitlines()[-1] == signed
    told = wrapped.told().splitlines()
    assert told[0].startswith(f"pull {signed.rpartition(':')[0]}@sha256:")
    assert told[1].endswith(signed)
    assert wrapped("image", "inspect", signed).code == 0


def test_an_unsigned_tag_is_neither_pulled_nor_run(wrapped: Wrapped, signed: str) -> None:
    unsigned = signed.replace(":v1", ":unsigned")
    wrapped.told()
    for words in (("pull", unsigned), ("create", unsigned), ("run", "--rm", "-it", unsigned, "x")):
        done = wrapped(*words)
        assert done.code == 1
        assert "No valid trust data for unsigned" in done.err
    assert wrapped.told() == ""


def test_the_flag_switches_it_off_for_one_command(wrapped: Wrapped, signed: str) -> None:
    unsigned = signed.replace(":v1", ":unsigned")
    wrapped("pull", "--disable-content-trust", unsigned).ok()
    done = wrapped("pull", "--disable-content-trust=false", unsigned, DOCKER_CONTENT_TRUST="0")
    assert done.code == 1
    wrapped("pull", unsigned, DOCKER_CONTENT_TRUST="0").ok()


def test_a_container_is_created_from_the_digest(wrapped: Wrapped, signed: str) -> None:
    wrapped.told()
    made = wrapped("create", "--name", "c1", "-e", "A=b", signed, "/hello", "--", "-x").ok()
    told = wrapped.told()
    assert f"{signed.rpartition(':')[0]}@sha256:" in told
    assert told.rstrip().endswith("/hello -- -x")
    wrapped("rm", made.out.strip()).ok()


def test_a_build_takes_signed_digests_only(wrapped: Wrapped, signed: str, folder: Path) -> None:
    context = folder / "context"
    context.mkdir()
    (context / "hello").write_text("built\n")
    repository = signed.rpartition(":")[0]
    file = context / "Dockerfile"
    file.write_text(
        f"ARG TAG=v1\nFROM {repository}:$TAG AS base\nFROM base\nCOPY --from=base /hello /copied\n"
        "COPY hello /hello\n"
    )
    wrapped("build", "-t", "built:1", str(context)).ok()
    refused = wrapped("build", "--build-arg", "TAG=unsigned", "-t", "built:2", str(context))
    assert refused.code == 1
    assert "No valid trust data for unsigned" in refused.err
    assert wrapped("image", "inspect", "built:2").code != 0
    piped = wrapped("build", "-f", "-", "-t", "built:3", str(context), given=f"FROM {signed}\n")
    piped.ok()


@pytest.mark.parametrize(
    "words",
    [
        ("compose", "up"),
        ("buildx", "bake"),
        ("service", "create", "x"),
        ("plugin", "install", "x"),
        ("run", "--what-is-this", "x", "y"),
        ("--what-is-this", "pull", "x"),
        ("build", "https://example.com/x.git"),
        ("build", "-"),
        ("scout", "x"),
    ],
)
def test_what_cannot_be_verified_is_not_run(wrapped: Wrapped, words: tuple[str, ...]) -> None:
    wrapped.told()
    done = wrapped(*words)
    assert done.code == 1
    assert "cannot be verified" in done.err
    assert wrapped.told() == ""


def test_everything_else_is_dockers_own(wrapped: Wrapped) -> None:
    assert "Server" in wrapped("version").ok().out
    assert wrapped("image", "inspect", "not-there").code == 1
    assert "Usage" in wrapped("run", "--help").ok().out
    assert wrapped("compose", "up", DOCKER_CONTENT_TRUST="0").code != 0  # docker's own refusal


def test_its_trust_commands_are_sealyards(wrapped: Wrapped, signed: str) -> None:
    shown = wrapped("trust", "inspect", "--pretty", signed).ok().out
    assert "SIGNED TAG" in shown


def test_files_are_printed_with_signed_digests(
    wrapped: Wrapped, signed: str, folder: Path, registry: Registry
) -> None:
    del registry
    compose = folder / "compose.yaml"
    compose.write_text(f"services:\n  app:\n    image: {signed}  # signed\n")
    done = run([SEALYARD, "trust", "resolve", compose], wrapped.env).ok()
    assert f"{signed.rpartition(':')[0]}@sha256:" in done.out
    assert done.out.endswith("  # signed\n")
    compose.write_text(f"services:\n  app:\n    image: {signed.replace(':v1', ':unsigned')}\n")
    refused = run([SEALYARD, "trust", "resolve", compose], wrapped.env)
    assert (refused.code, refused.out) == (1, "")


def test_without_docker_it_says_so(wrapped: Wrapped, folder: Path) -> None:
    empty = folder / "empty"
    empty.mkdir()
    python = shutil.which("env")
    assert python
    done = run([SEALYARD, "docker", "ps"], {**wrapped.env, "PATH": str(empty)})
    assert done.code == 1
    assert "no docker command" in done.err
