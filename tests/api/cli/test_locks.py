"""Locks, manifests and the registry itself, through `sealyard acr`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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


@pytest.fixture
def images(transport: InProcess) -> Images:
    return Images(transport)


def manifest(shell: Shell, verb: str, name: str, *options: str) -> list[str]:
    done = shell.done("acr", "manifest", verb, "-r", "myregistry", "-n", name, *options)
    return done.out.splitlines()


def test_a_tag_is_locked_kept_and_released(shell: Shell, images: Images) -> None:
    images.push("team/app", "v1", "one")
    image = ("--image", "team/app:v1")
    locked = shell.done(
        "acr", "repository", "update", *NAME, *image, "--write-enabled", "false"
    ).json
    assert locked["name"] == "v1"
    assert locked["changeableAttributes"]["writeEnabled"] is False
    for verb in ("untag", "delete"):
        yes = ["--yes"] if verb == "delete" else []
        refused = shell.run("acr", "repository", verb, *NAME, *image, *yes)
        assert refused.code == 1
        assert "team/app:v1 is locked (writeEnabled is false)" in refused.err
    shell.done("acr", "repository", "update", *NAME, *image, "--write-enabled", "TRUE")
    shell.done("acr", "repository", "untag", *NAME, *image)


def test_repositories_and_manifests_are_locked_too(shell: Shell, images: Images) -> None:
    digest = images.push("team/app", "v1", "one")
    name = f"team/app@{digest}"
    assert manifest(
        shell,
        "update-metadata",
        name,
        "--delete-enabled",
        "false",
        "--query",
        "changeableAttributes.deleteEnabled",
    ) == ["false"]
    refused = shell.run("acr", "manifest", "delete", "-r", "myregistry", "-n", name, "-y")
    assert refused.code == 1
    assert f"{name} is locked" in refused.err
    where = ("--repository", "team/app")
    shell.done("acr", "repository", "update", *NAME, *where, "--list-enabled", "false")
    assert shell.done("acr", "repository", "list", *NAME).json == []
    shown = shell.done("acr", "repository", "show", *NAME, *where).json
    assert shown["changeableAttributes"]["listEnabled"] is False


def test_what_is_not_there_cannot_be_locked(shell: Shell, images: Images) -> None:
    images.push("team/app", "v1", "one")
    for option, place, word in (
        ("--repository", "team/other", "repository 'team/other'"),
        ("--image", "team/app:v2", "tag 'team/app:v2'"),
        ("--image", f"team/app@sha256:{'0' * 64}", "manifest 'team/app@sha256"),
    ):
        refused = shell.run(
            "acr", "repository", "update", *NAME, option, place, "--read-enabled", "false"
        )
        assert refused.code == 1
        assert word in refused.err


def test_manifests_are_shown_with_their_platform(shell: Shell, images: Images) -> None:
    first = images.push("team/app", "v1", "one", config={"architecture": "arm64", "os": "linux"})
    index = images.push_index("team/app", "all", first, "arm64")
    columns = ("--query", "[?tags[0]=='v1'].[architecture, os]", "-o", "tsv")
    assert manifest(shell, "list-metadata", "team/app", *columns) == ["arm64\tlinux"]
    shown = json.loads("\n".join(manifest(shell, "show-metadata", f"team/app@{index}")))
    assert shown["references"] == [{"architecture": "arm64", "digest": first, "os": "linux"}]
    assert "references" not in "\n".join(manifest(shell, "show-metadata", f"team/app@{first}"))


def test_manifests_are_shown_as_they_came(shell: Shell, images: Images) -> None:
    digest = images.push("team/app", "v1", "one")
    referrer = images.push_referrer("team/app", digest)
    raw = shell.done("acr", "manifest", "show", "localhost:5443/team/app:v1", "--raw").out
    assert raw == images.pushed[digest]
    assert shell.done("acr", "manifest", "show", "localhost:5443/team/app:v1").json == json.loads(
        raw
    )
    assert len(shell.done("acr", "manifest", "list", "localhost:5443/team/app").json) == 2
    found = shell.done("acr", "manifest", "list-referrers", "localhost:5443/team/app:v1").json
    assert [one["digest"] for one in found["manifests"]] == [referrer]
    table = manifest(shell, "list-referrers", "team/app:v1", "-o", "table")
    assert table[0].split() == ["Digest", "ArtifactType", "MediaType", "Size"]
    assert referrer in table[2]


def test_a_manifest_is_named_in_one_way_or_the_other(shell: Shell) -> None:
    for arguments in ([], ["-r", "myregistry"], ["noslash"], ["host/app", "-n", "app"]):
        assert shell.run("acr", "manifest", "show", *arguments).code == 2


def test_the_registry_answers_for_itself(shell: Shell, images: Images) -> None:
    images.push("team/app", "v1", "one")
    usage = shell.done("acr", "show-usage", *NAME, "-o", "table").out.splitlines()
    assert usage[0].split() == ["NAME", "CURRENT", "VALUE", "UNIT"]
    assert [line.split()[0] for line in usage[2:]] == [
        "Size",
        "Repositories",
        "Manifests",
        "Tags",
    ]
    endpoints = shell.done("acr", "show-endpoints", *NAME).json
    assert endpoints == {"loginServer": "localhost:5443", "dataEndpoints": []}
    assert shell.done("acr", "check-name", *NAME).json["nameAvailable"] is False


def test_resource_tags_are_given_one_after_the_other_as_to_az(shell: Shell) -> None:
    shown = shell.done("acr", "update", "--tags", "team=blue", "stage=", "alone", *NAME).json
    assert shown["tags"] == {"team": "blue", "stage": "", "alone": ""}
    assert shell.done("acr", "update", *NAME, "--tags", "").json["tags"] == {}
    assert shell.run("acr", "update", *NAME).code == 2


def test_there_is_one_registry(shell: Shell) -> None:
    made = shell.done("acr", "create", "-n", "myregistry", "-g", "sealyard", "--sku", "premium")
    assert made.json["name"] == "myregistry"
    other = shell.run("acr", "create", "-n", "another", "-g", "sealyard", "--sku", "Premium")
    assert other.code == 1
    assert "this server is one registry, myregistry" in other.err
    deleted = shell.run("acr", "delete", *NAME, "--yes")
    assert deleted.code == 1
    assert "remove its data folder" in deleted.err


@pytest.mark.parametrize("verb", ["list-deleted", "list-deleted-tags", "restore"])
def test_nothing_that_was_deleted_is_kept(shell: Shell, verb: str) -> None:
    refused = shell.run("acr", "manifest", verb, "-r", "myregistry", "-n", "team/app")
    assert refused.code == 1
    assert "no soft delete" in refused.err
    assert "no soft delete" in shell.run("acr", "repository", "list-deleted", *NAME).err


def test_manifests_are_listed_in_short_as_az_does(shell: Shell, images: Images) -> None:
    digest = images.push("team/app", "v1", "one")
    where = ("acr", "repository", "show-manifests", *NAME, "--repository", "team/app")
    (short,) = shell.done(*where).json
    assert sorted(short) == ["digest", "tags", "timestamp"]
    (full,) = shell.done(*where, "--detail").json
    assert (full["digest"], full["lastUpdateTime"]) == (digest, short["timestamp"])
