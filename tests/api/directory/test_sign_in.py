from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from directory_setup import OWNER, OWNER_PASSWORD

if TYPE_CHECKING:
    from management_setup import ManagementSetup

PASSWORD = {"grant_type": "password", "username": OWNER, "password": OWNER_PASSWORD}


def payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_the_endpoints_are_where_msal_looks_for_them(server: ManagementSetup) -> None:
    found = server.http.get("/adfs/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == "https://localhost:5443/adfs/oauth2/token"
    assert found["authorization_endpoint"].startswith("https://localhost:5443/adfs/")
    tenant = server.directory.record.tenant_id
    found = server.http.get(f"/{tenant}/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"https://localhost:5443/{tenant}/oauth2/token"


def test_a_user_signs_in_with_a_password(server: ManagementSetup) -> None:
    answer = server.sign_in(**PASSWORD)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found["token_type"] == "Bearer"
    assert found["expires_in"] == 3600
    assert found["scope"] == "https://localhost:5443//.default"
    claims = payload(found["id_token"])
    # az breaks without each of these.
    assert claims["tid"] == server.directory.record.tenant_id
    assert claims["preferred_username"] == OWNER
    assert claims["sub"]


def test_the_short_name_will_do(server: ManagementSetup) -> None:
    answer = server.sign_in(**{**PASSWORD, "username": "Admin"})
    assert payload(answer.json()["id_token"])["upn"] == OWNER


def test_a_refresh_token_gives_a_token_for_another_audience(server: ManagementSetup) -> None:
    refresh_token = server.sign_in(**PASSWORD).json()["refresh_token"]
    answer = server.sign_in(
        grant_type="refresh_token",
        refresh_token=refresh_token,
        scope="https://containerregistry.azure.net/.default offline_access openid profile",
    )
    assert answer.status_code == 200
    audience = payload(answer.json()["access_token"])["aud"]
    assert audience == "https://containerregistry.azure.net"


@pytest.mark.parametrize("path", ["oauth2/token", "oauth2/v2.0/token"])
def test_a_service_principal_signs_in_with_its_secret(server: ManagementSetup, path: str) -> None:
    made = server.ask(
        "POST", "/v1.0/servicePrincipals/sealyard.createForRbac", body={"displayName": "ci"}
    ).json()
    form = {
        "grant_type": "client_credentials",
        "client_id": made["servicePrincipal"]["appId"],
        "client_secret": made["passwordCredential"]["secretText"],
    }
    answer = server.http.post(f"/{made['tenantId']}/{path}", data=form)
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()


def test_a_wrong_password_and_a_wrong_secret_are_told_as_msal_expects(
    server: ManagementSetup,
) -> None:
    wrong = server.sign_in(**{**PASSWORD, "password": "wrong password"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    client = server.sign_in(
        grant_type="client_credentials",
        client_id="8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        client_secret="wrong",
    )
    assert (client.status_code, client.json()["error"]) == (401, "invalid_client")
    assert "wrong" in client.json()["error_description"]


def test_too_many_wrong_passwords_are_slowed(server: ManagementSetup) -> None:
    for _ in range(6):
        server.sign_in(**{**PASSWORD, "password": "wrong password"})
    slowed = server.sign_in(**PASSWORD)
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "scope",
    [
        "https://management.azure.com/.default",
        "https://evil.example.com/.default",
        "https://localhost:5443//.default https://evil.example.com/.default",
    ],
)
def test_no_token_is_made_for_anybody_else(server: ManagementSetup, scope: str) -> None:
    answer = server.sign_in(**PASSWORD, scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "password", "username": OWNER}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "made up"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x" * 1000}, "invalid_grant"),
    ],
)
def test_a_request_that_lacks_something_is_told_so(
    server: ManagementSetup, form: dict[str, str], error: str
) -> None:
    answer = server.sign_in(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    "content", [b"grant_type=a&grant_type=b", b"&" * 100, b"grant_type", "é".encode()]
)
def test_a_body_that_is_no_form_is_refused(server: ManagementSetup, content: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = server.http.post("/adfs/oauth2/token", content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_another_tenant_is_not_here(server: ManagementSetup) -> None:
    tenant = "00000000-0000-0000-0000-000000000000"
    answer = server.http.post(f"/{tenant}/oauth2/token", data=PASSWORD)
    assert answer.status_code == 400
    assert tenant in answer.json()["error_description"]
