"""`sealyard acr repository show-trust` against the whole application: what anybody may compare."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from directory_setup import OWNER, OWNER_PASSWORD
from management_setup import InProcess
from sealyard.bootstrap.application import Application
from sealyard.bootstrap.prepare import prepare
from sealyard.client.registry.docker_config import Credential
from sealyard.client.registry.origin import Origin
from sealyard.client.registry.requests import Network
from sealyard.client.trust.cache import TrustCache
from sealyard.client.trust.service import TrustService
from sealyard.client.trust.updater import TrustReader
from sealyard.settings import load
from sealyard.trust.pins import Pin, Pins
from shell_setup import Shell
from trust_owner import GUN, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = "http://localhost:5443"
NAME = ("-n", "MyRegistry")
SHOW = ("acr", "repository", "show-trust", *NAME, "--repository", "team/app")


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[InProcess]:
    given = {"data_dir": str(tmp_path / "data"), "listen": "localhost:5443", "tls": "off"}
    settings = load(given, {"SEALYARD_ADMIN_PASSWORD": OWNER_PASSWORD}, None)
    (tmp_path / "data" / "run").mkdir(parents=True)
    assert prepare(settings, lambda _text: None) == 0
    application = Application(settings)
    yield InProcess(application.asgi)
    application.close()


@pytest.fixture
def shell(
    transport: InProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    shell = Shell(transport, tmp_path, monkeypatch, capsys)
    shell.sign_in(server=SERVER)
    trust = ("acr", "config", "content-trust", "update", "-r", "MyRegistry")
    shell.done(*trust, "--status", "enabled")
    scope = shell.done("acr", "show", *NAME, "--query", "id", "-o", "tsv").out.strip()
    grant = ("role", "assignment", "create", "--role", "AcrImageSigner", "--scope", scope)
    shell.done(*grant, "--assignee", OWNER)
    return shell


def service(transport: InProcess) -> TrustService:
    network = Network(transport, lambda _seconds: None)
    admin = Credential(OWNER, OWNER_PASSWORD)
    return TrustService(Origin(SERVER, network, lambda: admin, Path("/certificates")), GUN)


def test_the_root_of_what_was_published_is_shown_and_can_be_pinned(
    shell: Shell, transport: InProcess, tmp_path: Path
) -> None:
    assert shell.done(*SHOW).json == []
    server, now = service(transport), datetime.now(UTC)
    owner = Owner(server.key("snapshot"), server.key("timestamp"), now=now)
    server.publish({"root": owner.root_file(), "targets": owner.add("v1")})
    (root,) = shell.done(*SHOW).json
    assert (root["gun"], root["rootVersion"]) == (GUN, 1)
    (key,) = root["rootKeys"]
    assert key["certificateId"] == owner.root_pair.id
    table = shell.done(*SHOW, "-o", "table").out
    assert key["canonicalId"] in table
    assert key["certificateSha256"] in table

    pins = Pins((Pin(GUN, root_keys=frozenset({key["canonicalId"]})),), tofu=False)
    reader = TrustReader(server, TrustCache(tmp_path, GUN), pins, lambda: datetime.now(UTC))
    assert reader.refresh().lookup("v1").role == "targets"


def test_a_repository_that_is_not_for_everybody_shows_nothing(shell: Shell) -> None:
    made = shell.done("ad", "user", "create", "--user-principal-name", "alice@example.com").json
    shell.sign_in("alice", made["password"], server=SERVER)
    ran = shell.run(*SHOW)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err
