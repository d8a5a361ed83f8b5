"""The conformance suite for trust servers, run against two of them.

Debian's notary-server shows that the suite is right about the protocol: it is examined by the
same cases, under the profile that records its own behaviour, with and without sign-in. Then
Sealyard is held to the stricter profile.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import token_realm
from real.processes import Running, free_port, program, run, wait_until
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
        certificate, key = _certificate(tmp_path)
        options: dict[str, object] = {}
        if request.param == "signed-in":
            realm = Realm(USERNAME, PASSWORD, certificate, key)
            options["auth"] = _token_option(
                running.enter_context(token_realm.serving(realm)), realm
            )
        port = free_port()
        config = _config(tmp_path, port, certificate, key, options)
        command = [program("notary-server"), "-config", str(config)]
        server = Running(command, os.environ, tmp_path / "notary-server.log")
        running.callback(server.stop)
        health = f"https://localhost:{port}/_notary_server/health"
        wait_until("notary-server is up", lambda: _answers(health, certificate))
        yield Server(port, certificate, (USERNAME, PASSWORD) if options else None)


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


def _config(
    folder: Path, port: int, certificate: Path, key: Path, options: dict[str, object]
) -> Path:
    server = {"http_addr": f"127.0.0.1:{port}"}
    tls = {"tls_cert_file": str(certificate), "tls_key_file": str(key)}
    described = {
        "server": {**server, **tls},
        "trust_service": {"type": "local", "key_algorithm": "ecdsa", "hostname": "", "port": ""},
        "storage": {"backend": "memory"},
        "repositories": {"gun_prefixes": [f"localhost:{port}/"]},
        "logging": {"level": "error"},
        **options,
    }
    config = folder / "notary-server.json"
    config.write_text(json.dumps(described))
    return config


def _token_option(address: str, realm: Realm) -> dict[str, object]:
    options = {"realm": address, "service": token_realm.SERVICE, "issuer": token_realm.ISSUER}
    return {"type": "token", "options": {**options, "rootcertbundle": str(realm.certificate)}}


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost that also is the authority to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, key_file = folder / "server.pem", folder / "server-key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, key_file


def _answers(address: str, ca_file: Path) -> bool:
    context = ssl.create_default_context(cafile=ca_file)
    try:
        urllib.request.urlopen(address, context=context, timeout=5).close()  # noqa: S310 (https)
    except OSError:
        return False
    return True
