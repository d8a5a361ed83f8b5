from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from sealyard.client.client import Client
from sealyard.client.doctor import Doctor, Finding, State
from sealyard.client.images.engine import Engine
from sealyard.client.images.engine_address import EngineAddress
from sealyard.client.surroundings import Surroundings
from sealyard.client.trust.key_store import KeyStore
from sealyard.client.trust.passphrases import DockerVariables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOST = "registry.example:5443"


def surroundings(folder: Path) -> Surroundings:
    return Surroundings(
        docker_folder=folder / "docker",
        config_folder=folder / "sealyard",
        cache_folder=folder / "cache",
        content_trust=True,
        docker_host=f"unix://{folder}/no.sock",
    )


def client(found: Surroundings, answer: Callable[[httpx.Request], httpx.Response]) -> Client:
    return Client(found, clock=lambda: NOW, transport=httpx.MockTransport(answer))


def answering(request: httpx.Request) -> httpx.Response:
    del request
    return httpx.Response(200, json={}, headers={"Date": format_datetime(NOW, usegmt=True)})


def test_a_docker_that_is_sealyard_is_said_and_no_problem(tmp_path: Path) -> None:
    examined = Doctor(client(surroundings(tmp_path), answering), engine)
    found = found_about(
        list(examined.findings("Docker version 29.0.1", 29, replaced=True)), "docker command"
    )
    assert [one.state for one in found] == [State.OK]
    assert "is sealyard docker, and behind it Docker version 29.0.1" in found[0].text


def found_about(findings: list[Finding], word: str) -> list[Finding]:
    return [one for one in findings if word in f"{one.about} {one.text}"]


def engine_answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/version"):
        return httpx.Response(200, json={"Version": "28.0", "ApiVersion": "1.48"})
    if request.url.path.endswith("/info"):
        return httpx.Response(200, json={"SystemTime": "2026-11-23T12:00:30.123456789Z"})
    return httpx.Response(200)


def engine() -> Engine:
    address = EngineAddress.parse("unix:///var/run/docker.sock")
    return Engine(address, httpx.MockTransport(engine_answer))


def examined(one: Client, host: str = "", major: int | None = 28) -> list[Finding]:
    version = "Docker version 28" if major is not None else ""
    return list(Doctor(one, engine, host).findings(version, major))


@pytest.mark.parametrize(
    ("major", "state"), [(28, State.OK), (29, State.PROBLEM), (30, State.PROBLEM), (None, State.OK)]
)
def test_a_docker_that_ignores_content_trust_is_a_problem(
    tmp_path: Path, major: int | None, state: State
) -> None:
    findings = examined(client(surroundings(tmp_path), answering), major=major)
    [docker] = found_about(findings, "docker command")
    assert docker.state is state
    assert ("ignores" in docker.text) is (state is State.PROBLEM)


def test_content_trust_that_is_off_is_said(tmp_path: Path) -> None:
    off = replace(surroundings(tmp_path), content_trust=False)
    [finding] = found_about(examined(client(off, answering)), "in this shell")
    assert (finding.state, finding.remedy) == (State.WARNING, "export DOCKER_CONTENT_TRUST=1")


def test_a_variable_that_opens_its_key_is_told_from_one_that_does_not(tmp_path: Path) -> None:
    found = surroundings(tmp_path)
    store = KeyStore(found.trust_folder, DockerVariables("right for root", "right for the rest"))
    root, other = store.create("root"), store.create("targets", f"{HOST}/app")
    wrong = replace(found, root_passphrase="wrong", repository_passphrase="right for the rest")
    passphrases = found_about(examined(client(wrong, answering)), "passphrases")
    states = {
        one.text.rsplit(" ", 1)[-1] if root.id in one.text else other.id: one.state
        for one in passphrases
    }
    assert states == {root.id: State.PROBLEM, other.id: State.OK}
    assert not any("wrong" in one.text.replace("not open", "") for one in passphrases)


def test_a_key_that_others_can_read_is_a_problem(tmp_path: Path) -> None:
    found = surroundings(tmp_path)
    key = KeyStore(found.trust_folder, DockerVariables("a passphrase", "x")).create("root")
    path = found.trust_folder / "private" / f"{key.id}.key"
    path.chmod(0o644)
    [finding] = found_about(examined(client(found, answering)), "by others")
    assert finding.state is State.PROBLEM
    assert finding.remedy == f"chmod 600 {path}"


def test_a_registry_that_answers_is_well(tmp_path: Path) -> None:
    findings = found_about(examined(client(surroundings(tmp_path), answering), HOST), HOST)
    assert [one.state for one in findings[:2]] == [State.OK, State.OK]
    assert "clock" in findings[1].text


def test_the_engine_is_asked_for_its_version_and_time(tmp_path: Path) -> None:
    findings = found_about(examined(client(surroundings(tmp_path), answering)), "Docker Engine")
    assert [one.state for one in findings] == [State.OK, State.OK]
    assert "28.0" in findings[0].text


def test_a_clock_that_is_off_is_said(tmp_path: Path) -> None:
    def late(request: httpx.Request) -> httpx.Response:
        del request
        date = format_datetime(NOW - timedelta(minutes=7), usegmt=True)
        return httpx.Response(200, json={}, headers={"Date": date})

    _, finding = found_about(examined(client(surroundings(tmp_path), late), HOST), "clock")
    assert finding.state is State.WARNING
    assert "420 s" in finding.text


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 23 Nov 2026 12:00:00 -0000"])
def test_a_clock_that_nobody_can_read_is_no_finding(date: str, tmp_path: Path) -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        del request
        return httpx.Response(200, json={}, headers={"Date": date})

    assert found_about(examined(client(surroundings(tmp_path), odd), HOST), "trusted by sealyard")


def test_a_registry_that_does_not_answer_is_a_problem_and_the_rest_is_still_told(
    tmp_path: Path,
) -> None:
    def refusing(request: httpx.Request) -> httpx.Response:
        message = "refused"
        raise httpx.ConnectError(message, request=request)

    one = Client(surroundings(tmp_path), clock=lambda: NOW, transport=httpx.MockTransport(refusing))
    findings = examined(one, "localhost:1")
    [finding] = found_about(findings, "registry localhost:1")
    assert finding.state is State.PROBLEM
    assert found_about(findings, "Docker Engine")
