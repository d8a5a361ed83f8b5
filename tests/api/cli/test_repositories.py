"""`sealyard acr repository` against the whole application: tokens, catalog, attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from registry_images import SERVER, Images, running
from shell_setup import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from management_setup import InProcess

NAME = ("-n", "MyRegistry")


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[InProcess]:
    yield from running(tmp_path)


@pytest.fixture
def shell(
    transport: InProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    shell = Shell(transport, tmp_path, monkeypatch, capsys)
    shell.sign_in(server=SERVER)
    return shell


def lines(shell: Shell, *arguments: str) -> list[str]:
    return shell.done("acr", "repository", *arguments, *NAME, "-o", "tsv").out.splitlines()


def test_images_are_listed_and_shown(shell: Shell, transport: InProcess) -> None:
    images = Images(transport)
    first = images.push("team/app", "v1", "one")
    second = images.push("team/app", "v2", "another")
    images.push("base", "latest", "base")

    assert lines(shell, "list") == ["base", "team/app"]
    assert lines(shell, "list", "--top", "1") == ["base"]
    assert lines(shell, "show-tags", "--repository", "team/app") == ["v1", "v2"]
    newest = ("--orderby", "time_desc", "--top", "1")
    assert lines(shell, "show-tags", "--repository", "team/app", *newest) == ["v2"]
    manifests = lines(
        shell, "show-manifests", "--repository", "team/app", "--query", "[].[digest, tags[0]]"
    )
    assert sorted(manifests) == sorted([f"{first}\tv1", f"{second}\tv2"])
    shown = shell.done("acr", "repository", "show", "--repository", "team/app", *NAME).json
    assert (shown["imageName"], shown["tagCount"]) == ("team/app", 2)
    by_tag = shell.done("acr", "repository", "show", "--image", "team/app:v1", *NAME).json
    assert by_tag["digest"] == first
    image = f"team/app@{second}"
    by_digest = shell.done("acr", "repository", "show", "--image", image, *NAME).json
    assert by_digest["tags"] == ["v2"]


def test_images_are_untagged_and_deleted(shell: Shell, transport: InProcess) -> None:
    images = Images(transport)
    images.push("team/app", "v1", "one")
    images.push("team/app", "stable", "one")
    images.push("team/app", "v2", "another")

    shell.done("acr", "repository", "untag", "--image", "team/app:stable", *NAME)
    assert lines(shell, "show-tags", "--repository", "team/app") == ["v1", "v2"]
    image = ("--image", "team/app:v1")
    refused = shell.run("acr", "repository", "delete", *image, *NAME)
    assert refused.code == 1
    assert "tags that point to it: v1" in refused.err
    shell.done("acr", "repository", "delete", *image, *NAME, "--yes")
    assert lines(shell, "show-tags", "--repository", "team/app") == ["v2"]
    repository = ("--repository", "team/app")
    declined = shell.run("acr", "repository", "delete", *repository, *NAME, typed="n\n")
    assert declined.code == 1
    assert "1 manifests, its 1 tags and its trust data" in declined.err
    shell.done("acr", "repository", "delete", *repository, *NAME, typed="y\n")
    assert lines(shell, "list") == []


def test_a_list_of_many_pages_is_whole(shell: Shell, transport: InProcess) -> None:
    images = Images(transport)
    digest = images.push("app", "first", "one")
    for number in range(101):
        images.push("app", f"t{number:03}", "one")
    tags = lines(shell, "show-tags", "--repository", "app")
    assert len(tags) == 102
    shown = shell.done("acr", "repository", "show", "--image", f"app@{digest}", *NAME).json
    assert len(shown["tags"]) == 102


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "--repository", "none"], 1),
        (["show-tags", "--repository", "none"], 1),
        (["show", "--image", "none:v1"], 1),
        (["untag", "--image", "none:v1"], 1),
        (["delete", "--repository", "none", "--yes"], 1),
        (["show", "--repository", "../../v1.0/users"], 1),
        (["show", "--image", "app:v1?x=1"], 1),
        (["show"], 2),
        (["show", "--repository", "a", "--image", "a:b"], 2),
        (["untag", "--image", "app@sha256:" + "a" * 64], 2),
    ],
)
def test_what_is_not_there_or_cannot_be_is_told(
    shell: Shell, arguments: list[str], code: int
) -> None:
    ran = shell.run("acr", "repository", *arguments, *NAME)
    assert ran.code == code
    assert ran.out == ""
    assert ran.err


def test_who_may_only_pull_sees_what_it_may_pull(shell: Shell, transport: InProcess) -> None:
    images = Images(transport)
    images.push("open", "v1", "one")
    images.push("closed", "v1", "one")
    made = shell.done("ad", "user", "create", "--user-principal-name", "alice@example.com").json
    scope = shell.done("acr", "show", *NAME, "--query", "id", "-o", "tsv").out.strip()
    shell.done(
        "role", "assignment", "create", "--role", "AcrPull", "--assignee", "alice",
        "--scope", f"{scope}/repositories/open",
    )  # fmt: skip
    shell.sign_in("alice", made["password"], server=SERVER)
    assert lines(shell, "show-tags", "--repository", "open") == ["v1"]
    refused = shell.run("acr", "repository", "show-tags", "--repository", "closed", *NAME)
    assert refused.code == 1
    assert "alice@example.com may not read the attributes of repository closed" in refused.err


def test_docker_is_signed_in_with_a_token_that_works(
    shell: Shell, transport: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\ncat > {tmp_path}/token\n')
    docker.chmod(0o755)
    monkeypatch.setenv("DOCKER_COMMAND", str(docker))
    assert shell.done("acr", "login", *NAME).out == ""
    user = "00000000-0000-0000-0000-000000000000"
    told = (tmp_path / "arguments").read_text().strip()
    assert told == f"login --username {user} --password-stdin localhost:5443"
    token = (tmp_path / "token").read_text()
    with httpx.Client(base_url=SERVER, transport=transport, auth=(user, token)) as client:
        assert client.get("/v2/").status_code == 200

    docker.write_text("#!/bin/sh\necho no daemon >&2\nexit 7\n")
    refused = shell.run("acr", "login", *NAME)
    assert refused.code == 1
    assert "no daemon" in refused.err
    monkeypatch.setenv("DOCKER_COMMAND", str(tmp_path / "nowhere"))
    assert "--expose-token" in shell.run("acr", "login", *NAME).err
    exposed = shell.done("acr", "login", *NAME, "--expose-token").json
    assert exposed["loginServer"] == "localhost:5443"
    assert exposed["accessToken"]
