"""``sealyard login --use-device-code``, and what ``sealyard logout`` ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from directory_setup import OWNER, OWNER_PASSWORD
from management_setup import SERVER

if TYPE_CHECKING:
    from shell_setup import OwnersShell


class Person:
    """Somebody who reads the code at a terminal, and enters it after the second question."""

    def __init__(
        self, shell: OwnersShell, capsys: pytest.CaptureFixture[str], decision: str
    ) -> None:
        self.waited: list[float] = []
        self._shell, self._capsys, self._decision = shell, capsys, decision
        shell.terminal.sleep = self.pass_time

    def pass_time(self, seconds: float) -> None:
        self.waited.append(seconds)
        self._shell.server.directory.clock.move(seconds=seconds)
        if len(self.waited) == 1:
            shown = re.search(r"enter ([A-Z]{4}-[A-Z]{4})", self._capsys.readouterr().err)
            assert shown is not None
            self.code = shown[1]
        if len(self.waited) == 2:
            form = {"user_code": self.code, "username": "admin", "password": OWNER_PASSWORD}
            form["decision"] = self._decision
            assert self._shell.server.http.post("/device", data=form).status_code == 200


def test_the_code_is_shown_and_the_sign_in_waits_for_it(
    shell: OwnersShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.done("logout")
    person = Person(shell, capsys, "allow")
    ran = shell.done("login", "--server", SERVER, "--use-device-code")
    assert ran.json[0]["user"] == {"name": OWNER, "type": "user"}
    assert len(person.waited) == 2
    assert shell.done("acr", "list").json[0]["name"] == "myregistry"


def test_who_turns_it_away_signs_nobody_in(
    shell: OwnersShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.done("logout")
    Person(shell, capsys, "deny")
    ran = shell.run("login", "--server", SERVER, "--use-device-code")
    assert (ran.code, ran.out) == (1, "")
    assert "turned this sign-in away" in ran.err
    assert shell.run("account", "show").code == 1


def test_a_code_that_nobody_enters_ends_the_wait(shell: OwnersShell) -> None:
    waited: list[float] = []
    shell.terminal.sleep = waited.append
    shell.server.directory.clock.move(seconds=1)
    ran = shell.run("login", "--use-device-code")
    assert ran.code == 1
    # The server's clock stands still here, so that it slows us: the client ends by its own count.
    assert sum(waited) < 1000


@pytest.mark.parametrize("more", [["-u", "admin"], ["--service-principal"], ["--password-stdin"]])
def test_a_code_goes_with_no_name_and_no_password(shell: OwnersShell, more: list[str]) -> None:
    ran = shell.run("login", "--use-device-code", *more, stdin=OWNER_PASSWORD)
    assert (ran.code, ran.out) == (2, "")
    assert "on the page" in ran.err


def test_without_a_name_both_ways_are_named(shell: OwnersShell) -> None:
    ran = shell.run("login", stdin=OWNER_PASSWORD)
    assert ran.code == 2
    assert "--use-device-code" in ran.err


def test_signing_out_ends_the_sign_in_on_the_registry_too(shell: OwnersShell) -> None:
    token = shell.terminal.profiles.load().refresh_token
    form = {"grant_type": "refresh_token", "refresh_token": token}
    assert shell.server.sign_in(**form).status_code == 200
    shell.done("logout")
    assert shell.server.sign_in(**form).status_code == 400


def test_signing_out_of_a_registry_that_is_gone_is_told_and_done(shell: OwnersShell) -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        message = "no route to host"
        raise httpx.ConnectError(message, request=request)

    shell.terminal.transport = httpx.MockTransport(gone)
    assert "could not be told" in shell.done("logout").err
    assert shell.run("account", "show").code == 1
