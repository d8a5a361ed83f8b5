"""Debian's notary-server, which keeps what it has in memory."""

from __future__ import annotations

import json
import os
import ssl
import urllib.request
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from real.processes import Running, free_port, program, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class NotaryServer:
    """``notary-server`` over TLS on a free port; ``options`` go into its configuration."""

    def __init__(
        self, folder: Path, certificate: Path, key: Path, options: Mapping[str, object]
    ) -> None:
        self.port = free_port()
        self.server = f"localhost:{self.port}"
        self.url = f"https://{self.server}"
        self.ca = certificate
        config = folder / "notary-server.json"
        config.write_text(json.dumps({**self._described(certificate, key), **options}))
        command = [program("notary-server"), "-config", str(config)]
        self._running = Running(command, os.environ, folder / "notary-server.log")
        try:
            wait_until("notary-server is up", self._answers)
        except AssertionError:
            self._running.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._running.stop()

    def _described(self, certificate: Path, key: Path) -> dict[str, object]:
        tls = {"tls_cert_file": str(certificate), "tls_key_file": str(key)}
        return {
            "server": {"http_addr": f"127.0.0.1:{self.port}", **tls},
            "trust_service": {
                "type": "local",
                "key_algorithm": "ecdsa",
                "hostname": "",
                "port": "",
            },
            "storage": {"backend": "memory"},
            "repositories": {"gun_prefixes": [f"{self.server}/"]},
            "logging": {"level": "error"},
        }

    def _answers(self) -> bool:
        address = f"{self.url}/_notary_server/health"
        context = ssl.create_default_context(cafile=self.ca)
        try:
            urllib.request.urlopen(address, context=context, timeout=5).close()  # noqa: S310 (https)
        except OSError:
            return False
        return True


def certificate_files(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost that also is the authority to trust, and its key."""
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
