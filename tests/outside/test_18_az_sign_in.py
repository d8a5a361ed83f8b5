"""The ways in which the real az signs in: a browser, another device, a certificate, a file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from real.az import NEWEST, OLDER, Az
from real.processes import wait_until
from real.registry import NAME, OWNER_PASSWORD, Registry
from real.sign_in_page import fill

OWNER = "admin@myregistry.local"
WHO = ("account", "show", "--query", "user.name")
# What an unchanged browser does with the pages, for who types name and password into them.
BROWSER = """\
#!/bin/sh
exec {python} -m real.sign_in_page {name} "$1"
"""


@pytest.fixture(params=[OLDER, NEWEST])
def person(request: pytest.FixtureRequest, registry: Registry, tmp_path: Path) -> Az:
    return Az(request.param, registry, tmp_path / "person").register()


def test_another_device_lets_az_in_once_the_code_is_entered(
    person: Az, registry: Registry, tmp_path: Path
) -> None:
    log = tmp_path / "login.log"
    signing_in = person.started(log, "login", "--use-device-code")
    wait_until("az shows a code", lambda: " and enter " in log.read_text(), 30)
    code = log.read_text().partition(" and enter ")[2].split()[0].rstrip(".")
    told = fill(f"{registry.url}/device?user_code={code}", registry.ca, OWNER, OWNER_PASSWORD)
    assert OWNER in told
    signing_in.ended(30)
    assert person.value(*WHO) == OWNER
    assert person.json("acr", "show", "--name", NAME)["name"] == NAME


def test_a_browser_signs_az_in(person: Az, registry: Registry, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(BROWSER.format(python=sys.executable, name=OWNER))
    browser.chmod(0o700)
    # With the sign at its end az does not wait for the browser before it listens for the answer.
    own = {"BROWSER": f"{browser} %s &", "PYTHONPATH": str(Path(__file__).parent)}
    person("login", **own, SIGN_IN_PASSWORD=OWNER_PASSWORD, SIGN_IN_CA=str(registry.ca)).ok()
    assert person.value(*WHO) == OWNER
    person("acr", "login", "--name", NAME, "--expose-token").ok()


def test_a_service_principal_signs_in_with_its_certificate(az: Az, person: Az) -> None:
    name = ("--name", f"certified-{person.version[3:]}")
    made = az.json("ad", "sp", "create-for-rbac", *name, "--create-cert")
    where = ("--username", made["appId"], "--tenant", made["tenant"])
    by_file = ("--certificate", made["fileWithCertAndPrivateKey"])
    person("login", "--service-principal", *where, *by_file).ok()
    assert person.value(*WHO) == made["appId"]
    other = az.json("ad", "sp", "create-for-rbac", "--name", f"other-{person.version[3:]}")
    stranger = az.somebody_else(f"stranger-{person.version}")
    where = ("--username", other["appId"], "--tenant", other["tenant"])
    stranger("login", "--service-principal", *where, *by_file).refused("wrong")


def test_a_cloud_is_told_of_by_a_variable_or_by_options(
    registry: Registry, person: Az, tmp_path: Path
) -> None:
    told = Az(person.version, registry, tmp_path / "variable")
    told.env["ARM_CLOUD_METADATA_URL"] = f"{registry.url}/metadata/endpoints?api-version=2019-05-01"
    told.env["SSL_CERT_FILE"] = str(registry.ca)
    told.login(OWNER, OWNER_PASSWORD).ok()
    assert told.json("acr", "show", "--name", NAME)["loginServer"] == registry.server

    explicit = Az(person.version, registry, tmp_path / "options")
    explicit(
        "cloud", "register", "--name", "byhand", "--skip-endpoint-discovery",
        "--endpoint-resource-manager", registry.url,
        "--endpoint-active-directory", f"{registry.url}/adfs",
        "--endpoint-active-directory-resource-id", f"{registry.url}/",
        "--endpoint-microsoft-graph-resource-id", f"{registry.url}/",
        "--suffix-acr-login-server-endpoint", f".{registry.server}",
    ).ok()  # fmt: skip
    explicit("cloud", "set", "--name", "byhand").ok()
    explicit.login(OWNER, OWNER_PASSWORD).ok()
    assert explicit.value("ad", "signed-in-user", "show", "--query", "userPrincipalName") == OWNER
