"""Signing out everywhere, as Microsoft Graph has it: ``revokeSignInSessions``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory_setup import OWNER, OWNER_PASSWORD

if TYPE_CHECKING:
    from management_setup import ManagementSetup

ALICE = "alice@example.com"
OWN = "/v1.0/me/revokeSignInSessions"


def refresh_status(server: ManagementSetup, refresh_token: str) -> int:
    return server.sign_in(grant_type="refresh_token", refresh_token=refresh_token).status_code


def test_every_token_of_the_user_ends_and_the_password_stays(server: ManagementSetup) -> None:
    form = {"grant_type": "password", "username": OWNER, "password": OWNER_PASSWORD}
    elsewhere = server.sign_in(**form).json()["refresh_token"]
    assert refresh_status(server, elsewhere) == 200
    assert server.ask("POST", OWN).json() == {"value": True}
    assert refresh_status(server, elsewhere) == 400
    assert server.ask("GET", "/v1.0/me").status_code == 401
    assert server.sign_in(**form).status_code == 200
    (entry,) = server.directory.activity("user.signout")
    assert entry.actor_name == entry.detail["user"] == OWNER


def test_an_owner_signs_somebody_out_and_nobody_else_does(server: ManagementSetup) -> None:
    server.add_user(ALICE, "Contributor")
    refused = server.ask("POST", f"/v1.0/users/{OWNER}/revokeSignInSessions", who=ALICE)
    assert refused.status_code == 403
    assert server.ask("GET", "/v1.0/me").status_code == 200
    path = f"/v1.0/users/{ALICE}/revokeSignInSessions"
    assert server.ask("POST", path).status_code == 200
    assert server.ask("GET", "/v1.0/me", who=ALICE).status_code == 401


def test_alice_signs_herself_out_and_nobody_beside_her(server: ManagementSetup) -> None:
    server.add_user(ALICE)
    assert server.ask("POST", OWN, who=ALICE).status_code == 200
    assert server.ask("GET", "/v1.0/me", who=ALICE).status_code == 401
    assert server.ask("GET", "/v1.0/me").status_code == 200
    assert server.ask("POST", "/v1.0/users/nobody/revokeSignInSessions").status_code == 404


def test_one_sign_in_ends_by_its_refresh_token(server: ManagementSetup) -> None:
    form = {"grant_type": "password", "username": OWNER, "password": OWNER_PASSWORD}
    one, other = (server.sign_in(**form).json()["refresh_token"] for _ in range(2))
    for _ in range(2):  # RFC 7009, 2.2: one that has ended is no error
        assert server.http.post("/adfs/oauth2/revoke", data={"token": one}).status_code == 200
    assert refresh_status(server, one) == 400
    assert refresh_status(server, other) == 200
