"""The conformance suite for trust servers, run against two of them.

Debian's notary-server shows that the suite is right about the protocol: it is examined by the
same cases, under the profile that records its own behaviour, with and without sign-in. Then
Sealyard is held to the stricter profile.
"""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
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
from token_realm import Realm

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITE = Path(__file__).parents[1] / "conformance" / "trust"
USERNAME, PASSWORD = "examiner", "a password for one test"
# How many cases notary-server is known to fail when it is held to the strict profile. A suite
# that stops noticing them has gone blind.
KNOWN_DIFFERENCES = 35


@dataclass(frozen=True, slots=True)
class Server:
    """A running trust server, and how to reach it."""

    port: int
    ca_file: Path
    signed_in: bool

    def examine(self, report: Path, *options: str) -> dict[str, Any]:
        """Run the suite; return its JSON report, with the exit code as ``code``."""
        command = [sys.executable, str(SUITE), "--server", f"https://localhost:{self.port}"]
        command += ["--gun-prefix", f"localhost:{self.port}/conformance"]
        command += ["--ca-file", str(self.ca_file), "--json", str(report), *options]
        if self.signed_in:
            command += ["--username", USERNAME, "--password-stdin"]
        done = subprocess.run(
            command, input=PASSWORD, text=True, capture_output=True, check=False, timeout=300
        )
        assert not done.stderr, done.stderr
        return {**json.loads(report.read_text()), "code": done.returncode, "lines": done.stdout}


def _of(result: dict[str, Any], verdict: str) -> dict[str, str]:
    """Return the cases that ended so, each with its reason."""
    return {case["name"]: case["reason"] for case in result["cases"] if case["verdict"] == verdict}


@pytest.fixture(params=["open", "signed-in"])
def notary_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    program = shutil.which("notary-server")
    assert program, "notary-server is not installed: apt-get install notary"
    with ExitStack() as running:
        certificate, key = _certificate(tmp_path)
        options: dict[str, object] = {}
        if request.param == "signed-in":
            realm = Realm(USERNAME, PASSWORD, certificate, key)
            options["auth"] = _token_option(
                running.enter_context(token_realm.serving(realm)), realm
            )
        port = _free_port()
        config = _config(tmp_path, port, certificate, key, options)
        running.enter_context(_running([program, "-config", str(config)], tmp_path / "log"))
        _wait_for(f"https://localhost:{port}/_notary_server/health", certificate)
        yield Server(port, certificate, signed_in=bool(options))


def test_notary_server_answers_as_recorded(notary_server: Server, tmp_path: Path) -> None:
    result = notary_server.examine(tmp_path / "report.json", "--peer", "notary-server")
    assert not _of(result, "failed")
    assert result["code"] == 0
    # Without sign-in only the cases about signing in have nothing to ask.
    left_out = {name.partition("/")[0] for name in _of(result, "left out")}
    assert left_out == (set() if notary_server.signed_in else {"authentication"})


def test_the_strict_profile_notices_what_notary_server_lets_through(
    notary_server: Server, tmp_path: Path
) -> None:
    result = notary_server.examine(tmp_path / "report.json", "--profile", "strict")
    failed = set(_of(result, "failed"))
    assert len(failed) >= KNOWN_DIFFERENCES
    assert failed <= {case["name"] for case in result["cases"] if case["differs"]}
    assert result["code"] == 1


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


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield
        finally:
            process.terminate()


def _wait_for(address: str, ca_file: Path, seconds: float = 20) -> None:
    context = ssl.create_default_context(cafile=ca_file)
    ends = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, context=context, timeout=5).close()  # noqa: S310 - https, made above
        except OSError:
            assert time.monotonic() < ends, f"{address} does not answer"
            time.sleep(0.1)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
