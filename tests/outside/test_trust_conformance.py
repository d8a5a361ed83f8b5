"""The conformance suite for trust servers, run against two of them.

Debian's notary-server shows that the suite is right about the protocol: it is examined by the
same cases, under the profile that records its own behaviour, with and without sign-in. Then
Sealyard is held to the stricter profile.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import token_realm
from real.notary_server import NotaryServer, certificate_files
from real.processes import run
from real.registry import OWNER_PASSWORD
from token_realm import Realm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real.registry import Registry

SUITE = Path(__file__).parents[1] / "conformance" / "trust"
USERNAME, PASSWORD = "examiner", "a password for one test"
# How many cases notary-server is known to fail when it is held to the strict profile. A suite
# that stops noticing them has gone blind.
KNOWN_DIFFERENCES = 35

# Some 360 cases each time, and nobody says on how slow a machine.
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, slots=True)
class Server:
    """A running trust server, and how to reach it."""

    port: int
    ca_file: Path
    credentials: tuple[str, str] | None = None

    def examine(self, report: Path, *options: str) -> dict[str, Any]:
        """Run the suite; return its JSON report, with the exit code as ``code``."""
        command = [sys.executable, str(SUITE), "--server", f"https://localhost:{self.port}"]
        command += ["--gun-prefix", f"localhost:{self.port}/conformance"]
        command += ["--ca-file", str(self.ca_file), "--json", str(report), *options]
        password = None
        if self.credentials is not None:
            username, password = self.credentials
            command += ["--username", username, "--password-stdin"]
        done = run(command, os.environ, given=password)
        assert done.code != 2, done.text
        return {**json.loads(report.read_text()), "code": done.code}


def _of(result: dict[str, Any], verdict: str) -> dict[str, str]:
    """Return the cases that ended so, each with its reason."""
    return {case["name"]: case["reason"] for case in result["cases"] if case["verdict"] == verdict}


@pytest.fixture(params=["open", "signed-in"])
def notary_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with ExitStack() as running:
        certificate, key = certificate_files(tmp_path)
        options: dict[str, object] = {}
        if request.param == "signed-in":
            realm = Realm(USERNAME, PASSWORD, certificate, key)
            options["auth"] = _token_option(
                running.enter_context(token_realm.serving(realm)), realm
            )
        server = running.enter_context(NotaryServer(tmp_path, certificate, key, options))
        yield Server(server.port, certificate, (USERNAME, PASSWORD) if options else None)


def test_notary_server_answers_as_recorded(notary_server: Server, tmp_path: Path) -> None:
    result = notary_server.examine(tmp_path / "report.json", "--peer", "notary-server")
    assert not _of(result, "failed")
    assert result["code"] == 0
    # Without sign-in only the cases about signing in have nothing to ask.
    left_out = {name.partition("/")[0] for name in _of(result, "left out")}
    assert left_out == (set() if notary_server.credentials else {"authentication"})


def test_the_strict_profile_notices_what_notary_server_lets_through(
    notary_server: Server, tmp_path: Path
) -> None:
    result = notary_server.examine(tmp_path / "report.json", "--profile", "strict")
    failed = set(_of(result, "failed"))
    assert len(failed) >= KNOWN_DIFFERENCES
    assert failed <= {case["name"] for case in result["cases"] if case["differs"]}
    assert result["code"] == 1


@pytest.mark.usefixtures("signers")
def test_sealyard_keeps_the_strict_profile(registry: Registry, tmp_path: Path) -> None:
    server = Server(registry.port, registry.ca, ("admin", OWNER_PASSWORD))
    result = server.examine(tmp_path / "report.json")
    assert not _of(result, "failed")
    assert not _of(result, "left out")
    assert result["code"] == 0


def _token_option(address: str, realm: Realm) -> dict[str, object]:
    options = {"realm": address, "service": token_realm.SERVICE, "issuer": token_realm.ISSUER}
    return {"type": "token", "options": {**options, "rootcertbundle": str(realm.certificate)}}
