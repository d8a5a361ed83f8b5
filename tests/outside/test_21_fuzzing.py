"""Every described route under made-up requests: no 5xx, no success without the right to it.

schemathesis makes the requests out of docs/reference/openapi.json, for a bounded time; the seed of
a run is in what it prints, and ``SEALYARD_FUZZ_SECONDS`` makes a run longer.
"""

from __future__ import annotations

import json
import os
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from real.processes import environment, run
from real.registry import OWNER_PASSWORD, Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real.registry import Cli

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = ROOT / ".outside" / "schemathesis" / "bin" / "schemathesis"
DESCRIPTION: Final = ROOT / "docs" / "reference" / "openapi.json"
SECONDS: Final = os.environ.get("SEALYARD_FUZZ_SECONDS", "12")
CHECKS: Final = "not_a_server_error,response_schema_conformance"
DATA: Final = "^/(v2|acr)/"
# They would end the sign-in of whoever asks, and with it the rest of the run.
ENDING: Final = "changePassword|revokeSignInSessions"
EXAMPLES: Final = {
    "digest": "sha256:" + "0" * 64,
    "file": "root",
    "role": "timestamp",
    "subscription": "0" * 8 + "-0000-0000-0000-" + "0" * 12,
}
READER, PASSWORD = "reader@example.com", "a reader's long password"


@pytest.fixture(scope="module")
def reader(owner: Cli) -> str:
    """Make a user who may look at everything and change nothing."""
    name = ("--user-principal-name", READER)
    owner("ad", "user", "create", *name, "--password-stdin", given=f"{PASSWORD}\n").ok()
    owner.grant("Reader", READER).ok()
    owner.grant("AcrImageSigner", "admin@myregistry.local").ok()
    owner.trust("enabled").ok()
    return READER


@pytest.fixture(scope="module")
def http(registry: Registry) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=str(registry.ca))
    with httpx.Client(base_url=registry.url, verify=context, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Reach a server that nobody has changed: anonymous pull is off."""
    with Registry(tmp_path_factory.mktemp("strangers")) as registry:
        registry.start()
        context = ssl.create_default_context(cafile=str(registry.ca))
        with httpx.Client(base_url=registry.url, verify=context, trust_env=False) as client:
            yield client


def token(http: httpx.Client, name: str, password: str) -> str:
    form = {"grant_type": "password", "username": name, "password": password}
    answer = http.post("/adfs/oauth2/token", data=form)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def state(http: httpx.Client, owner_token: str) -> dict[str, Any]:
    """Return everything that somebody without rights must not be able to change."""
    headers = {"Authorization": f"Bearer {owner_token}"}
    [subscription] = http.get("/subscriptions", headers=headers).json()["value"]
    base = f"{subscription['id']}/providers"
    paths = [
        "/v1.0/users",
        "/v1.0/groups",
        "/v1.0/servicePrincipals",
        f"{base}/Microsoft.ContainerRegistry/registries",
        f"{base}/Microsoft.Authorization/roleAssignments",
    ]
    [registry] = http.get(paths[3], headers=headers).json()["value"]
    paths += [f"{registry['id']}/scopeMaps", f"{registry['id']}/tokens"]
    found = {path: http.get(path, headers=headers).json() for path in paths}
    basic = ("admin", OWNER_PASSWORD)
    return found | {"catalog": http.get("/v2/_catalog", auth=basic).json()}


def fuzz(registry: Registry, home: Path, *options: str) -> None:
    command: list[str | Path] = [
        PROGRAM,
        "run",
        DESCRIPTION,
        "--url",
        registry.url,
        "--tls-verify",
        registry.ca,
    ]
    command += ["--checks", CHECKS, "--max-time", SECONDS, "--continue-on-failure", "--no-color"]
    done = run([*command, *options], environment(home), cwd=home, seconds=300)
    assert done.code == 0, done.text[-8000:]
    assert " 0 generated" not in done.text


def test_a_stranger_changes_and_breaks_nothing(
    registry: Registry, owner: Cli, reader: str, http: httpx.Client, tmp_path: Path
) -> None:
    del owner, reader
    before = state(http, token(http, "admin", OWNER_PASSWORD))
    fuzz(registry, tmp_path)
    # Failed sign-ins of made-up names slow down those names; the Owner's is not among them.
    assert state(http, token(http, "admin", OWNER_PASSWORD)) == before


@pytest.mark.parametrize("plane", ["management", "data"])
def test_who_may_read_changes_and_breaks_nothing(
    registry: Registry, reader: str, http: httpx.Client, tmp_path: Path, plane: str
) -> None:
    before = state(http, token(http, "admin", OWNER_PASSWORD))
    if plane == "data":
        options = ("--auth", f"{reader}:{PASSWORD}", "--include-path-regex", DATA)
    else:
        signed_in = f"Authorization: Bearer {token(http, reader, PASSWORD)}"
        options = ("-H", signed_in, "--exclude-path-regex", f"{DATA}|{ENDING}")
    fuzz(registry, tmp_path, *options)
    assert state(http, token(http, "admin", OWNER_PASSWORD)) == before


@pytest.mark.parametrize("plane", ["management", "data"])
def test_an_owner_breaks_nothing(
    registry: Registry, http: httpx.Client, tmp_path: Path, plane: str
) -> None:
    if plane == "data":
        options = ("--auth", f"admin:{OWNER_PASSWORD}", "--include-path-regex", DATA)
    else:
        signed_in = f"Authorization: Bearer {token(http, 'admin', OWNER_PASSWORD)}"
        options = ("-H", signed_in, "--exclude-path-regex", f"{DATA}|{ENDING}")
    fuzz(registry, tmp_path, *options)
    assert http.get("/readyz").status_code == 200


SIGNED_IN = [
    (method.upper(), path)
    for path, operations in json.loads(DESCRIPTION.read_text())["paths"].items()
    for method, operation in operations.items()
    if "security" in operation and "/_deleted/" not in path  # which refuses everybody
]
TOKENS = (None, "Bearer x", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", "Negotiate x")


@pytest.mark.parametrize(("method", "path"), SIGNED_IN, ids=str)
def test_nothing_is_there_for_who_has_not_signed_in(
    strangers: httpx.Client, method: str, path: str
) -> None:
    examples = EXAMPLES | {"gun": f"{strangers.base_url.netloc.decode()}/app"}
    url = re.sub(r"\{(\w+)\}", lambda match: examples.get(match[1], "app"), path)
    for credentials in TOKENS:
        headers = {} if credentials is None else {"Authorization": credentials}
        answer = strangers.request(
            method, url, headers=headers, params={"records": "1"}, content=b"{}"
        )
        assert answer.status_code == 401, f"{credentials}: {answer.text}"
