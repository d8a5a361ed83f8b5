"""Groups, scoped tokens, locks, the admin user and anonymous pull, with the real az and docker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.registry import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.az import Az
    from real.engine import Docker, Engine

    NewDocker = Callable[[str], Docker]

PASSWORD = "a person's long password"
IN_REGISTRY = ("-n", NAME)
ACTIONS = ("content/read", "content/write")


@pytest.fixture(scope="module")
def trusting(az: Az) -> Az:
    az.enable_content_trust().ok()
    return az


@pytest.fixture(scope="module")
def images(trusting: Az, engine: Engine, new_docker: NewDocker) -> Docker:
    """Give docker, signed in by `az acr login` as the first Owner, with two images pushed."""
    docker = new_docker("az-owner")
    trusting.docker_login(engine, docker.home).ok()
    docker.push(SMALL, "team/app:v1").ok()
    docker.push(OTHER, "team/app:v2").ok()
    return docker


def test_a_role_of_a_group_reaches_its_members_and_them_alone(
    trusting: Az, engine: Engine, new_docker: NewDocker
) -> None:
    for name in ("inside", "outside"):
        trusting.new_user(f"{name}@example.com", PASSWORD, "AcrPush")
    group = trusting.json(
        "ad", "group", "create", "--display-name", "signers", "--mail-nickname", "s"
    )
    show = ("ad", "user", "show", "--query", "id", "--id")
    member = ("--group", "signers", "--member-id", trusting.value(*show, "inside@example.com"))
    trusting("ad", "group", "member", "add", *member).ok()
    trusting.grant("AcrImageSigner", group["id"]).ok()
    listed = ("role", "assignment", "list", "--scope", trusting.registry_id())
    query = "[?principalType=='Group'].principalName"
    assert trusting.json(*listed, "--query", query) == ["signers"]

    docker = {}
    for name in ("inside", "outside"):
        theirs = trusting.somebody_else(name)
        theirs.login(f"{name}@example.com", PASSWORD).ok()
        docker[name] = new_docker(name)
        theirs.docker_login(engine, docker[name].home).ok()
    docker["inside"].sign(SMALL, "grouped/app:v1").ok()
    docker["outside"].sign(SMALL, "grouped/other:v1").refused("AcrImageSigner")

    trusting("ad", "group", "member", "remove", *member).ok()
    docker["inside"].sign(OTHER, "grouped/app:v2").refused("AcrImageSigner")


def test_a_token_does_what_its_scope_map_says_and_signs_only_if_that_is_said(
    trusting: Az, new_docker: NewDocker
) -> None:
    scope_map = ("acr", "scope-map", "create", "-r", NAME, "-n", "builders")
    trusting(*scope_map, "--repository", "built/*", *ACTIONS).ok()
    made = trusting.json(
        "acr", "token", "create", "-r", NAME, "-n", "build-bot", "--scope-map", "builders"
    )
    first, second = (one["value"] for one in made["credentials"]["passwords"])
    docker = new_docker("build-bot")
    docker.login("build-bot", first).ok()
    docker.push(SMALL, "built/app:v1").ok()
    docker.push(SMALL, "team/app:by-token").refused("denied")
    lacking = "the scope map of this token has no repositories/built/app/sign/write"
    docker.sign(SMALL, "built/app:v2").refused(lacking)

    url = f"{trusting.registry_id()}/scopeMaps/builders?api-version=2023-07-01"
    actions = [f"repositories/built/*/{action}" for action in (*ACTIONS, "sign/write")]
    body = json.dumps({"properties": {"actions": actions}})
    trusting("rest", "--method", "put", "--url", url, "--body", body).ok()
    shown = trusting.json("acr", "scope-map", "show", "-r", NAME, "-n", "builders")
    assert sorted(shown["actions"]) == sorted(actions)
    docker.sign(SMALL, "built/app:v2").ok()

    named = ("-r", NAME, "-n", "build-bot")
    generated = trusting.json("acr", "token", "credential", "generate", *named, "--password1")
    assert generated["passwords"][0]["value"] != first
    docker("pull", docker.name("built/app:v2")).refused("unauthorized")
    docker.login("build-bot", second).ok()
    trusting("acr", "token", "update", *named, "--status", "disabled").ok()
    docker.login("build-bot", second).refused("unauthorized")
    trusting("acr", "token", "delete", *named, "--yes").ok()
    trusting("acr", "scope-map", "delete", "-r", NAME, "-n", "builders", "--yes").ok()
    assert trusting.json("acr", "token", "list", "-r", NAME) == []


def test_a_locked_tag_is_neither_moved_nor_deleted_and_docker_says_why(
    trusting: Az, images: Docker
) -> None:
    update = ("acr", "repository", "update", *IN_REGISTRY, "--image", "team/app:v1")
    off = ("--write-enabled", "false", "--delete-enabled", "false")
    assert trusting.json(*update, *off)["changeableAttributes"]["writeEnabled"] is False
    images.push(OTHER, "team/app:v1").refused("team/app:v1 is locked (writeEnabled is false)")
    delete = ("acr", "repository", "delete", *IN_REGISTRY, "--image", "team/app:v1", "--yes")
    trusting(*delete).refused("is locked")
    trusting("acr", "repository", "untag", *IN_REGISTRY, "--image", "team/app:v1").refused("locked")
    on = ("--write-enabled", "true", "--delete-enabled", "true")
    trusting(*update, *on).ok()
    images.push(OTHER, "team/app:v1").ok()


def test_what_may_not_be_read_is_not_pulled_and_what_may_not_be_listed_not_listed(
    trusting: Az, images: Docker
) -> None:
    update = ("acr", "repository", "update", *IN_REGISTRY, "--repository", "team/app")
    trusting(*update, "--read-enabled", "false", "--list-enabled", "false").ok()
    images("pull", images.name("team/app:v2")).refused("is locked")
    assert "team/app" not in trusting.json("acr", "repository", "list", *IN_REGISTRY)
    trusting(*update, "--read-enabled", "true", "--list-enabled", "true").ok()
    images("pull", images.name("team/app:v2")).ok()
    assert "team/app" in trusting.json("acr", "repository", "list", *IN_REGISTRY)


def test_manifests_are_shown_and_deleted(trusting: Az, images: Docker) -> None:
    images.push(SMALL, "short/lived:v1").ok()
    named = ("-r", NAME, "-n", "short/lived:v1")
    (found,) = trusting.json("acr", "manifest", "list-metadata", "-r", NAME, "-n", "short/lived")
    assert (found["os"], found["tags"]) == ("linux", ["v1"])
    assert trusting.json("acr", "manifest", "show", *named)["schemaVersion"] == 2
    shown = trusting.json("acr", "manifest", "show-metadata", *named)
    assert shown["digest"] == found["digest"]
    trusting("acr", "manifest", "delete", *named, "--yes").ok()
    images.forget("short/lived:v1")
    images("pull", images.name("short/lived:v1")).refused("manifest unknown")


def test_the_admin_user_pushes_and_never_signs(
    trusting: Az, images: Docker, new_docker: NewDocker
) -> None:
    del images
    show = ("acr", "credential", "show", *IN_REGISTRY)
    trusting(*show).refused("admin")
    trusting("acr", "update", *IN_REGISTRY, "--admin-enabled", "true").ok()
    shown = trusting.json(*show)
    docker = new_docker("admin-user")
    docker.login(shown["username"], shown["passwords"][0]["value"]).ok()
    docker.push(SMALL, "by/admin:v1").ok()
    docker.sign(SMALL, "by/admin:v2").refused("the admin user never can")
    renewed = trusting.json(
        "acr", "credential", "renew", *IN_REGISTRY, "--password-name", "password"
    )
    assert renewed["passwords"][0]["value"] != shown["passwords"][0]["value"]
    docker("pull", docker.name("by/admin:v1")).refused("unauthorized")
    trusting("acr", "update", *IN_REGISTRY, "--admin-enabled", "false").ok()
    docker.login(shown["username"], renewed["passwords"][0]["value"]).refused("unauthorized")


def test_anybody_pulls_while_anonymous_pull_is_on(
    trusting: Az, images: Docker, new_docker: NewDocker
) -> None:
    del images
    stranger = new_docker("stranger")
    image = stranger.name("team/app:v2")
    stranger("pull", image).refused("unauthorized")
    trusting("acr", "update", *IN_REGISTRY, "--anonymous-pull-enabled", "true").ok()
    stranger("pull", image).ok()
    stranger.push(SMALL, "team/app:by-stranger").refused("sign in first")
    trusting("acr", "update", *IN_REGISTRY, "--anonymous-pull-enabled", "false").ok()
    stranger.forget("team/app:v2")
    stranger("pull", image).refused("unauthorized")


def test_the_name_is_taken_and_no_other_registry_is_made(az: Az) -> None:
    assert az.json("acr", "check-name", *IN_REGISTRY)["nameAvailable"] is False
    where = ("--resource-group", "sealyard", "--sku", "Premium")
    az("acr", "create", "--name", "another1", *where).refused("this server is one registry")
    az("acr", "delete", *IN_REGISTRY, "--yes").refused("Conflict")
    assert az.json("acr", "list", "--query", "[].name") == [NAME]


def test_signing_in_without_docker_gives_its_token(
    az: Az, new_docker: NewDocker, images: Docker
) -> None:
    del images
    exposed = az.json("acr", "login", "--name", NAME, "--expose-token")
    docker = new_docker("exposed")
    docker.login("00000000-0000-0000-0000-000000000000", exposed["accessToken"]).ok()
    docker("pull", docker.name("team/app:v2")).ok()
