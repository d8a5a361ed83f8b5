"""A user chooses another password through the directory's door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory_setup import OWNER, OWNER_PASSWORD

if TYPE_CHECKING:
    from management_setup import ManagementSetup

PATH = "/v1.0/me/changePassword"


def test_the_new_password_signs_in_and_the_old_token_ends(server: ManagementSetup) -> None:
    body = {"currentPassword": OWNER_PASSWORD, "newPassword": "a better password"}
    assert server.ask("POST", PATH, body=body).status_code == 204
    assert server.ask("GET", "/v1.0/me").status_code == 401
    form = {"grant_type": "password", "username": OWNER}
    assert server.sign_in(**form, password="a better password").status_code == 200
    assert server.sign_in(**form, password=OWNER_PASSWORD).status_code == 400


def test_without_the_present_password_nothing_changes(server: ManagementSetup) -> None:
    body = {"currentPassword": "a guess", "newPassword": "the thief's password"}
    assert server.ask("POST", PATH, body=body).status_code == 401
    assert server.ask("POST", PATH, body={"newPassword": "x"}).status_code == 400
    assert server.ask("GET", "/v1.0/me").status_code == 200
