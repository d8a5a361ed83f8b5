"""What az and docker say to who may not, to strangers, and to secrets that are spent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from real.content import SMALL
from real.processes import wait_until
from real.registry import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.az import Az
    from real.engine import Docker, Engine

    NewDocker = Callable[[str], Docker]

OWNER = "admin@myregistry.local"
PASSWORD = "a person's long password"
WRONG = "the user name or password is wrong"


@pytest.fixture(scope="module")
def trusting(az: Az) -> Az:
    az.enable_content_trust().ok()
    return az


@pytest.fixture(scope="module")
def tenant(az: Az) -> str:
    return az.value("account", "show", "--query", "tenantId")


def test_a_wrong_password_and_a_wrong_secret_are_told_in_words(az: Az, tenant: str) -> None:
    az.somebody_else("wrong-password").login(OWNER, "not the password").refused(WRONG)
    made = az.json("ad", "sp", "create-for-rbac", "--name", "guessed")
    stranger = az.somebody_else("wrong-secret")
    stranger.login_service(made["appId"], "not the secret", tenant).refused(WRONG)


def test_a_secret_that_has_expired_signs_in_neither_az_nor_docker(
    az: Az, tenant: str, new_docker: NewDocker
) -> None:
    made = az.json("ad", "sp", "create-for-rbac", "--name", "short-lived")
    end = datetime.now(UTC) + timedelta(seconds=6)
    reset = ("ad", "sp", "credential", "reset", "--id", made["appId"])
    secret = az.json(*reset, "--end-date", f"{end:%Y-%m-%dT%H:%M:%SZ}")["password"]
    docker = new_docker("short-lived")
    docker.login(made["appId"], secret).ok()
    wait_until("the secret expires", lambda: datetime.now(UTC) > end)
    az.somebody_else("expired").login_service(made["appId"], secret, tenant).refused("expired")
    docker.login(made["appId"], secret).refused("expired")
    docker("pull", docker.name("any/image:1")).refused("expired")


def test_who_only_reads_grants_nothing_and_changes_no_policy(trusting: Az) -> None:
    trusting.new_user("reader@example.com", PASSWORD, "Reader")
    reader = trusting.somebody_else("reader")
    reader.login("reader@example.com", PASSWORD).ok()
    needed = "that needs the role User Access Administrator or Owner"
    reader.grant("AcrImageSigner", "reader@example.com").refused("AuthorizationFailed", needed)
    switch = ("acr", "config", "content-trust", "update", "-r", NAME, "--status", "disabled", "-y")
    reader(*switch).refused("AuthorizationFailed", "that needs the role Contributor or Owner")
    status = trusting.value("acr", "config", "content-trust", "show", "-r", NAME)
    assert status.split()[0] == "enabled"
    assert trusting.json("role", "assignment", "list", "--assignee", "reader@example.com", "--all")


def test_who_only_signs_does_not_push(trusting: Az, engine: Engine, new_docker: NewDocker) -> None:
    docker = _signed_in(trusting, engine, new_docker, "signer", "AcrImageSigner")
    docker.push(SMALL, "team/by-signer:1").refused("denied", "may not push to")
    docker.sign(SMALL, "team/by-signer:1").refused("denied")


def test_who_only_pushes_does_not_sign(trusting: Az, engine: Engine, new_docker: NewDocker) -> None:
    docker = _signed_in(trusting, engine, new_docker, "pusher", "AcrPush")
    docker.push(SMALL, "team/by-pusher:1").ok()
    docker.sign(SMALL, "team/by-pusher:2").refused("AcrImageSigner")
    signed = ("acr", "repository", "show-tags", "-n", NAME, "--repository", "team/by-pusher")
    assert trusting.json(*signed, "--detail", "--query", "[?signed]") == []


def test_a_role_that_is_taken_back_signs_no_more(
    trusting: Az, engine: Engine, new_docker: NewDocker
) -> None:
    docker = _signed_in(trusting, engine, new_docker, "former", "AcrPush", "AcrImageSigner")
    docker.sign(SMALL, "team/by-former:1").ok()
    back = ("--assignee", "former@example.com", "--scope", trusting.registry_id())
    trusting("role", "assignment", "delete", "--role", "AcrImageSigner", *back).ok()
    docker.sign(SMALL, "team/by-former:2").refused("AcrImageSigner")


def test_a_contributor_makes_no_owner_and_the_last_owner_stays(az: Az) -> None:
    az.new_user("contributor@example.com", PASSWORD, "Contributor")
    contributor = az.somebody_else("contributor")
    contributor.login("contributor@example.com", PASSWORD).ok()
    contributor.grant("Owner", "contributor@example.com").refused("AuthorizationFailed")
    mine = ("--assignee", OWNER, "--role", "Owner", "--scope", az.registry_id())
    az("role", "assignment", "delete", *mine).refused("this is the last user who is Owner")
    assert len(az.json("role", "assignment", "list", *mine)) == 1


def test_a_condition_is_refused_and_not_passed_over(az: Az) -> None:
    where = ("--scope", az.registry_id(), "--assignee", OWNER, "--role", "AcrPull")
    condition = ("--condition", "(@Resource[a:b] StringEquals 'c')", "--condition-version", "2.0")
    az("role", "assignment", "create", *where, *condition).refused("condition")


def test_the_signed_in_person_is_told_when_the_role_was_never_there(az: Az) -> None:
    az.grant("AcrImageSigner", "nobody@example.com").refused("nobody@example.com")
    az.grant("AcrImageSinger", OWNER).refused("AcrImageSinger")


def test_what_was_refused_is_in_the_log(trusting: Az) -> None:
    log = ("monitor", "activity-log", "list", "--status", "Failed", "--caller")
    found = trusting.json(*log, "pusher@example.com", "--query", "[].operationName.value")
    assert "trust.publish" in found


def test_who_reads_no_log_is_told_so(az: Az) -> None:
    az.new_user("puller@example.com", PASSWORD, "AcrPull")
    puller = az.somebody_else("puller")
    puller.login("puller@example.com", PASSWORD).ok()
    refused = puller("monitor", "activity-log", "list", "--resource-id", puller.registry_id())
    refused.refused("may not read the activity log")


def _signed_in(owner: Az, engine: Engine, new_docker: NewDocker, name: str, *roles: str) -> Docker:
    """Return docker, signed in by `az acr login` of a new user who holds ``roles``."""
    owner.new_user(f"{name}@example.com", PASSWORD, *roles)
    az = owner.somebody_else(name)
    az.login(f"{name}@example.com", PASSWORD).ok()
    docker = new_docker(name)
    az.docker_login(engine, docker.home).ok()
    return docker
