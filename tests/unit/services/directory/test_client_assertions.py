"""Signing in with a certificate: statements that count once, by keys that our table knows."""

from __future__ import annotations

import asyncio
import base64
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from directory_setup import START
from sealyard.access.errors import InvalidCredentialsError, InvalidNameError
from sealyard.services.directory.management_sign_in import Asked, ManagementTokens
from sealyard.services.directory.principal_certificates import (
    NewCertificate,
    PrincipalCertificateService,
)

if TYPE_CHECKING:
    from directory_setup import DirectorySetup

ENDPOINT = "https://localhost:5443/adfs/oauth2/token"
ARM = Asked("https://localhost:5443")
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(key: Key, days: int = 30) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "builder")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START - timedelta(days=365))
        .not_valid_after(START + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Machine:
    """A service principal with a certificate, and the key that belongs to it."""

    directory: DirectorySetup
    app_id: str
    key: Key
    raw: bytes

    def statement(self, key: Any = None, algorithm: str = "", **changed: Any) -> str:  # noqa: ANN401 (claims and keys of any kind)
        now = int(self.directory.clock().timestamp())
        claims = {
            "iss": self.app_id,
            "sub": self.app_id,
            "aud": ENDPOINT,
            "nbf": now,
            "exp": now + 600,
            "jti": str(uuid.uuid4()),
            **changed,
        }
        usual = "RS256" if isinstance(self.key, rsa.RSAPrivateKey) else "ES256"
        found = x509.load_der_x509_certificate(self.raw).fingerprint(hashes.SHA256())
        named = {"x5t#S256": base64.urlsafe_b64encode(found).decode().rstrip("=")}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key or self.key, algorithm or usual, headers=named)

    def sign_in(self, statement: str, app_id: str = "") -> ManagementTokens:
        door = self.directory.management
        return asyncio.run(
            door.sign_in_assertion(app_id or self.app_id, statement, ARM, {ENDPOINT})
        )

    def refused(self, statement: str, app_id: str = "") -> None:
        with pytest.raises(InvalidCredentialsError):
            self.sign_in(statement, app_id)


def machine(directory: DirectorySetup, key: Key = RSA_KEY, days: int = 30) -> Machine:
    made = asyncio.run(directory.service_principals.create(directory.owner, str(uuid.uuid4())))
    raw = certificate(key, days)
    asyncio.run(
        PrincipalCertificateService(directory.database, directory.clock).set(
            directory.owner, made.app_id, kept=(), added=(NewCertificate(raw),)
        )
    )
    return Machine(directory, made.app_id, key, raw)


@pytest.mark.parametrize(
    ("key", "algorithm"), [(RSA_KEY, "RS256"), (RSA_KEY, "PS256"), (EC_KEY, "ES256")]
)
def test_a_machine_signs_in_in_the_ways_of_msal(
    directory: DirectorySetup, key: Key, algorithm: str
) -> None:
    builder = machine(directory, key)
    tokens = builder.sign_in(builder.statement(algorithm=algorithm))
    assert tokens.principal.name == builder.app_id
    assert (tokens.refresh_token, tokens.id_token) == (None, None)


def test_a_statement_counts_once_on_whichever_worker(directory: DirectorySetup) -> None:
    builder = machine(directory)
    statement = builder.statement()
    builder.sign_in(statement)
    builder.refused(statement)
    other = directory.second_worker.management
    with pytest.raises(InvalidCredentialsError):
        asyncio.run(other.sign_in_assertion(builder.app_id, statement, ARM, {ENDPOINT}))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://login.example.com/adfs/oauth2/token"},
        {"aud": None},
        {"iss": "somebody else"},
        {"sub": None},
        {"jti": None},
        {"jti": "j" * 257},
        {"exp": None},
        {"exp": int(START.timestamp())},
        {"exp": int(START.timestamp()) + 86_400},
        {"exp": "soon"},
        {"exp": 10**30},
        {"nbf": int(START.timestamp()) + 3_600},
    ],
)
def test_a_statement_is_for_us_from_it_and_for_now(
    directory: DirectorySetup, changed: dict[str, Any]
) -> None:
    builder = machine(directory)
    builder.refused(builder.statement(**changed))


def test_another_key_or_no_key_signs_nobody_in(directory: DirectorySetup) -> None:
    builder = machine(directory)
    builder.refused(builder.statement(key=rsa.generate_private_key(65537, 2048)))
    # The algorithm is our key's, not the statement's: what all may read is no secret to sign with.
    builder.refused(builder.statement(key="s" * 64, algorithm="HS256"))
    unsigned = builder.statement().rpartition(".")[0] + "."
    builder.refused(unsigned)
    for raw in ("", "a", "a.b.c", "x" * 20_000):
        builder.refused(raw)


def test_a_statement_is_worth_nothing_for_another_principal(directory: DirectorySetup) -> None:
    builder, other = machine(directory), machine(directory, EC_KEY)
    builder.refused(builder.statement(), other.app_id)
    builder.refused(builder.statement(iss=other.app_id, sub=other.app_id), other.app_id)
    builder.refused(builder.statement(), "8e3af657-a8ff-443c-a75c-2fe8c4bcb635")


def test_a_certificate_counts_until_it_ends_or_is_dropped(directory: DirectorySetup) -> None:
    builder = machine(directory, days=2)
    builder.sign_in(builder.statement())
    certificates = PrincipalCertificateService(directory.database, directory.clock)
    dropped = machine(directory, EC_KEY)
    asyncio.run(certificates.set(directory.owner, dropped.app_id, kept=(), added=()))
    dropped.refused(dropped.statement())
    directory.clock.move(days=2)
    builder.refused(builder.statement())


def test_a_disabled_principal_does_not_sign_in(directory: DirectorySetup) -> None:
    builder = machine(directory)
    asyncio.run(
        directory.service_principals.set_enabled(directory.owner, builder.app_id, enabled=False)
    )
    builder.refused(builder.statement())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no certificate",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"\x30" * 20_000,
        certificate(RSA_KEY, days=-1),
        certificate(ec.generate_private_key(ec.SECP384R1())),
        certificate(rsa.generate_private_key(65537, 1024)),  # noqa: S505 (what is refused)
    ],
)
def test_what_could_not_sign_in_is_not_taken_for_a_certificate(
    directory: DirectorySetup, raw: bytes
) -> None:
    made = asyncio.run(directory.service_principals.create(directory.owner, "builder"))
    service = PrincipalCertificateService(directory.database, directory.clock)
    with pytest.raises(InvalidNameError):
        asyncio.run(
            service.set(directory.owner, made.app_id, kept=(), added=(NewCertificate(raw),))
        )
