"""The article's commands, as they stand, with the real az of both versions and the real docker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from real.az import NEWEST, OLDER, Az
from real.az_output import check
from real.content import SMALL
from real.engine import Docker
from real.registry import NAME, OWNER_PASSWORD, Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real.engine import Engine

OWNER = "admin@myregistry.local"
PASSWORD = "a person's long password"
DATA = Path(__file__).parents[1] / "data" / "az"
# The article's lines for others than oneself; what stands in <> is to be replaced.
GRANT_USER = (
    "az role assignment create --scope <registry ID> --role AcrImageSigner --assignee <user name>"
)
GRANT_SERVICE = (
    "az role assignment create --scope $REGISTRY_ID --role AcrImageSigner"
    " --assignee <service principal ID>"
)
SHOW = ("acr", "config", "content-trust", "show", "-r", NAME)
SWITCH = ("acr", "config", "content-trust", "update", "-r", NAME, "--status")


@pytest.fixture(scope="module", params=[OLDER, NEWEST])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def place(version: str, folder: Path) -> Path:
    return folder / version


@pytest.fixture(scope="module")
def registry(place: Path) -> Iterator[Registry]:
    place.mkdir()
    with Registry(place) as registry:
        yield registry.start()


@pytest.fixture(scope="module")
def owner(version: str, registry: Registry, place: Path) -> Az:
    """Give az, signed in as the first Owner."""
    az = Az(version, registry, place / "owner").register()
    az.login(OWNER, OWNER_PASSWORD).ok()
    return az


@pytest.fixture(scope="module")
def registry_id(owner: Az) -> str:
    return owner.value("acr", "show", "--name", NAME, "--query", "id")


@pytest.fixture(scope="module")
def signed_in(registry: Registry, engine: Engine, owner: Az, place: Path) -> Docker:
    """Give docker, signed in by `az acr login` as the first Owner."""
    docker = Docker(engine, registry.server, registry.ca, place / "docker-owner")
    assert "Login Succeeded" in owner.docker_login(engine, docker.home).ok().out
    return docker


def test_the_cloud_shows_the_account_and_the_registry(owner: Az) -> None:
    check(owner, "account-show", "account", "show")
    check(owner, "acr-show", "acr", "show", "--name", NAME)
    check(owner, "acr-list", "acr", "list")
    check(owner, "role-definition-list", "role", "definition", "list", "--name", "AcrImageSigner")
    check(owner, "content-trust-show", *SHOW)


def test_while_content_trust_is_off_docker_pushes_and_is_told_why_it_cannot_sign(
    signed_in: Docker,
) -> None:
    signed_in.push(SMALL, "story/image:plain").ok()
    signed_in.sign(SMALL, "story/early:v1").refused("content trust is disabled")


def test_content_trust_is_switched_on(version: str, owner: Az) -> None:
    if version == OLDER:
        owner(*SWITCH, "enabled").ok()
    else:
        owner(*SWITCH, "enabled").refused("'enabled' is not a valid value", code=2)
        owner.enable_content_trust().ok()
    assert owner.json(*SHOW)["status"] == "enabled"


def test_the_owner_grants_itself_the_role_with_the_articles_script(
    owner: Az, signed_in: Docker
) -> None:
    signed_in.sign(SMALL, "story/image:v1").refused("AcrImageSigner", OWNER)
    owner.shell((DATA / "article.sh").read_text(encoding="utf-8")).ok()
    signed = signed_in.sign(SMALL, "story/image:v1").ok()
    assert f"Successfully signed {signed_in.name('story/image:v1')}" in signed.text
    again = owner.shell((DATA / "article.sh").read_text(encoding="utf-8")).ok()
    assert "AcrImageSigner" in again.out, "granting twice is no failure"


def test_consumers_with_content_trust_see_signed_tags_only(signed_in: Docker) -> None:
    signed_in.forget("story/image:v1")
    signed = signed_in.name("story/image:v1")
    pulled = signed_in.trusted("pull", signed).ok().out
    assert f"Pull (1 of 1): {signed}@sha256:" in pulled
    unsigned = signed_in.trusted("pull", signed_in.name("story/image:plain"))
    unsigned.refused("No valid trust data for plain")


@dataclass(frozen=True)
class Somebody:
    """Who is to sign: how it signs in and what the article's line names it."""

    name: str
    secret: str
    assignee: str
    line: str


@pytest.mark.parametrize("named", ["user name", "appId", "objectId", "servicePrincipalNames"])
def test_who_is_granted_the_role_signs_after_az_acr_login(
    named: str, owner: Az, registry_id: str, engine: Engine, place: Path
) -> None:
    who = _somebody(owner, named)
    word = named.replace(" ", "-").lower()
    owner.grant("AcrPush", who.assignee).ok()
    theirs = owner.somebody_else(word)
    if named == "user name":
        theirs.login(who.name, who.secret).ok()
    else:
        tenant = owner.value("account", "show", "--query", "tenantId")
        theirs.login_service(who.name, who.secret, tenant).ok()
    docker = Docker(engine, owner.registry.server, owner.registry.ca, place / f"docker-{word}")
    theirs.docker_login(engine, docker.home).ok()
    docker.sign(SMALL, f"story/{word}:1").refused("AcrImageSigner")
    owner.shell(who.line, REGISTRY_ID=registry_id).ok()
    docker.sign(SMALL, f"story/{word}:1").ok()


def test_what_az_shows_of_it(owner: Az, registry_id: str) -> None:
    role = ("--role", "AcrImageSigner", "--assignee", OWNER)
    check(
        owner, "role-assignment-list", "role", "assignment", "list", "--scope", registry_id, *role
    )
    in_registry = ("-n", NAME)
    image = ("--repository", "story/image")
    check(owner, "repository-list", "acr", "repository", "list", *in_registry)
    check(owner, "repository-show", "acr", "repository", "show", *in_registry, *image)
    tags = ("acr", "repository", "show-tags", *in_registry, *image, "--detail")
    check(owner, "show-tags", *tags, "--orderby", "time_asc")
    check(owner, "show-manifests", "acr", "repository", "show-manifests", *in_registry, *image)
    listed = ("acr", "manifest", "list-metadata", "-r", NAME, "-n", "story/image")
    check(owner, "manifest-list-metadata", *listed)


def test_the_log_says_who_granted_signed_and_was_refused(owner: Az, registry_id: str) -> None:
    log = ("monitor", "activity-log", "list", "--resource-id")
    image = f"{registry_id}/repositories/story/image"
    check(owner, "activity-log", *log, image, "--select", *_FIELDS)
    refused = owner.json(*log, image, "--status", "Failed", "--offset", "1h")
    assert {one["operationName"]["value"] for one in refused} == {"trust.publish"}
    assert {one["caller"] for one in refused} == {OWNER}
    granted = owner.json(*log, registry_id, "--caller", OWNER, "--max-events", "500")
    one = next(one for one in granted if one["operationName"]["value"] == "role.assign")
    found = owner.json("monitor", "activity-log", "list", "--correlation-id", one["correlationId"])
    assert found == [one]


_FIELDS = ("caller", "operationName", "status", "level", "resourceId", "httpRequest")


def test_switching_it_off_deletes_all_signatures_and_no_image(
    version: str, owner: Az, engine: Engine, signed_in: Docker, place: Path
) -> None:
    image = signed_in.name("story/image:v1")
    assert signed_in.trusted("trust", "inspect", image).ok().out.count('"SignedTag": "v1"') == 1
    if version == OLDER:  # it does not ask
        owner(*SWITCH, "disabled").ok()
    else:
        owner(*SWITCH, "disabled").refused("--yes")
        assert owner.json(*SHOW)["status"] == "enabled"
        owner(*SWITCH, "disabled", "--yes").ok()
    assert owner.json(*SHOW)["status"] == "disabled"
    consumer = Docker(engine, owner.registry.server, owner.registry.ca, place / "docker-consumer")
    owner.docker_login(engine, consumer.home).ok()
    consumer.trusted("pull", image).refused("does not have trust data")
    consumer("pull", image).ok()
    listed = ("acr", "repository", "show-tags", "-n", NAME, "--repository", "story/image")
    tags = owner.json(*listed, "--detail")
    assert [one["signed"] for one in tags] == [False] * len(tags)


def _somebody(owner: Az, named: str) -> Somebody:
    """Make an identity; return how it signs in and the article's line that grants it the role."""
    if named == "user name":
        name = "publisher@example.com"
        owner.new_user(name, PASSWORD)
        line = GRANT_USER.replace("<registry ID>", "$REGISTRY_ID").replace("<user name>", name)
        return Somebody(name, PASSWORD, name, line)
    made_sp = owner.json("ad", "sp", "create-for-rbac", "--name", f"build-{named.lower()}")
    shown = owner.json("ad", "sp", "show", "--id", made_sp["appId"])
    names = {
        "appId": made_sp["appId"],
        "objectId": shown["id"],
        "servicePrincipalNames": shown["servicePrincipalNames"][-1],
    }
    line = GRANT_SERVICE.replace("<service principal ID>", names[named])
    return Somebody(made_sp["appId"], made_sp["password"], names[named], line)
