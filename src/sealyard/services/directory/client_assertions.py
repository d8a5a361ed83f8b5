"""Client assertions: signing in as a service principal with a certificate (RFC 7523).

The client signs a short statement with the certificate's private key. It is verified with the
certificate that *our* table has for that principal; a certificate that the statement brings along
(``x5c``) is passed over. Which algorithm counts is decided by our key, and each statement counts
once.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sealyard.access.errors import InvalidCredentialsError
from sealyard.access.principals import is_guid
from sealyard.db.certificates import CertificateStore
from sealyard.db.service_principals import ServicePrincipalStore
from sealyard.services.directory.evidence import CertificateEvidence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Connection

    from sealyard.db.certificates import PrincipalCertificate
    from sealyard.db.database import Database, Transaction

_MAX_CHARACTERS: Final = 16_384
_MAX_ID: Final = 256
_SKEW: Final = timedelta(minutes=5)
_LONGEST_LIFE: Final = timedelta(hours=1)  # MSAL's statements live for ten minutes
_RSA: Final = ("RS256", "PS256")
_EC: Final = ("ES256",)
_REQUIRED: Final = ["iss", "sub", "aud", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a verified assertion says besides who: its id, and when it ends."""

    jti: str
    expires_at: datetime


class ClientAssertions:
    """Checks statements of service principals."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def check(
        self, app_id: str, assertion: str, audiences: Collection[str]
    ) -> CertificateEvidence:
        """Return the evidence that ``app_id`` made the statement, for one of ``audiences``.

        Raise ``InvalidCredentialsError``, whatever is wrong with it.
        """
        if not is_guid(app_id.lower()) or len(assertion) > _MAX_CHARACTERS:
            raise InvalidCredentialsError
        now = self._clock()
        object_id, certificates = await self._database.read(
            lambda connection: _certificates(connection, app_id.lower(), now)
        )
        certificate, statement = _believed(assertion, app_id, audiences, certificates, now)
        spent = hashlib.sha256(f"{object_id}\n{statement.jti}".encode()).digest()

        def work(transaction: Transaction) -> bool:
            store = CertificateStore(transaction.connection)
            return store.spend(spent, statement.expires_at + _SKEW, now)

        if not await self._database.write(work):
            raise InvalidCredentialsError
        return CertificateEvidence(object_id, certificate.key_id)


def _certificates(
    connection: Connection, app_id: str, now: datetime
) -> tuple[str, list[PrincipalCertificate]]:
    principal = ServicePrincipalStore(connection).by_app_id(app_id)
    if principal is None or not principal.enabled:
        return "", []
    held = CertificateStore(connection).of(principal.object_id)
    return principal.object_id, [one for one in held if one.is_valid_at(now)]


def _believed(
    assertion: str,
    app_id: str,
    audiences: Collection[str],
    certificates: list[PrincipalCertificate],
    now: datetime,
) -> tuple[PrincipalCertificate, _Statement]:
    try:
        header = jwt.get_unverified_header(assertion)
    except jwt.InvalidTokenError as error:
        raise InvalidCredentialsError from error
    for certificate in certificates:
        if _is_named(header, certificate):
            payload = _payload(assertion, certificate)
            if payload is not None:
                return certificate, _statement(payload, app_id, audiences, now)
    raise InvalidCredentialsError


def _is_named(header: dict[str, Any], certificate: PrincipalCertificate) -> bool:
    """Tell whether the statement's header names ``certificate``; one without a name may be any."""
    for field, thumbprint in (("x5t#S256", certificate.sha256), ("x5t", certificate.sha1)):
        named = header.get(field)
        if named is not None:
            # RFC 7515, 2 has it without padding; MSAL pads.
            return isinstance(named, str) and named.rstrip("=") == _encoded(thumbprint)
    return True


def _encoded(thumbprint: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(thumbprint)).decode().rstrip("=")


def _payload(assertion: str, certificate: PrincipalCertificate) -> dict[str, Any] | None:
    """Return what the statement says if ``certificate`` has signed it."""
    key = x509.load_der_x509_certificate(certificate.certificate).public_key()
    algorithms: tuple[str, ...] = ()
    if isinstance(key, rsa.RSAPublicKey):
        algorithms = _RSA
    elif isinstance(key, ec.EllipticCurvePublicKey):
        algorithms = _EC
    else:  # none that was ever let in
        return None
    # The clock is the caller's; PyJWT would read its own. Who and for whom is looked at below.
    options: Any = {
        "require": _REQUIRED,
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
        "verify_aud": False,
    }
    try:
        return jwt.decode(assertion, key, algorithms=list(algorithms), options=options)
    except jwt.InvalidTokenError:
        return None


def _statement(
    payload: dict[str, Any], app_id: str, audiences: Collection[str], now: datetime
) -> _Statement:
    try:
        expires_at = datetime.fromtimestamp(payload["exp"], UTC)
        begins_at = datetime.fromtimestamp(payload.get("nbf", 0), UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidCredentialsError from error
    jti, audience = payload["jti"], payload["aud"]
    is_for_us = isinstance(audience, str) and audience.rstrip("/").lower() in audiences
    is_from_it = payload["iss"] == payload["sub"] and str(payload["sub"]).lower() == app_id.lower()
    is_now = begins_at - _SKEW <= now < expires_at <= now + _LONGEST_LIFE + _SKEW
    if not (is_for_us and is_from_it and is_now and isinstance(jti, str) and len(jti) <= _MAX_ID):
        raise InvalidCredentialsError
    return _Statement(jti, expires_at)
