"""Certificates of service principals: which keys may sign in as them, and until when."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.db.certificates import CertificateStore, PrincipalCertificate
from sealyard.errors import DirectoryObjectUnknownError, LimitExceededError
from sealyard.services.directory.principal_secrets import end_sign_ins
from sealyard.services.directory.service_principals import (
    find_service_principal,
    record_principal,
)
from sealyard.services.directory.users import checked_display_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.db.service_principals import ServicePrincipal

MAX_CERTIFICATES: Final = 20  # of one service principal
_MAX_BYTES: Final = 16_384
_LEAST_RSA_BITS: Final = 2048
_WHAT: Final = "certificate"


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """A certificate to be added: DER or PEM, and until when it is to count at most."""

    raw: bytes
    display_name: str = ""
    expires_at: datetime | None = None


class PrincipalCertificateService:
    """What can be done with the certificates of service principals."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def show(self, caller: Caller, name: str) -> list[PrincipalCertificate]:
        """Return a service principal's certificates; needs ``DIRECTORY_READ``."""
        caller.require(Action.DIRECTORY_READ)
        return await self._database.read(
            lambda connection: CertificateStore(connection).of(
                find_service_principal(connection, name).object_id
            )
        )

    async def set(
        self,
        caller: Caller,
        name: str,
        *,
        kept: Collection[str],
        added: Sequence[NewCertificate],
    ) -> None:
        """Keep the certificates with the ids ``kept``, drop the others, add those that are new.

        Needs ``DIRECTORY_WRITE``. Sign-ins end if one is dropped. Raise ``InvalidNameError`` for
        what is no usable certificate, ``DirectoryObjectUnknownError``, ``LimitExceededError``.
        """
        caller.require(Action.DIRECTORY_WRITE)
        now = self._clock()

        def work(transaction: Transaction) -> None:
            store = CertificateStore(transaction.connection)
            principal = find_service_principal(transaction.connection, name)
            present = {one.key_id: one for one in store.of(principal.object_id)}
            wanted = {one.lower() for one in kept}
            for unknown in wanted - present.keys():
                raise DirectoryObjectUnknownError(_WHAT, unknown[:64])
            if len(wanted) + len(added) > MAX_CERTIFICATES:
                what = "the number of certificates of one service principal"
                raise LimitExceededError(what, MAX_CERTIFICATES)
            dropped = present.keys() - wanted
            for key_id in dropped:
                store.delete(key_id)
                _record(transaction, caller, now, "sp.certificate.remove", principal, key_id)
            for one in added:
                made = new_certificate(principal, one, now)
                store.add(made)
                _record(transaction, caller, now, "sp.certificate.add", principal, made.key_id)
            if dropped:
                end_sign_ins(transaction, principal.object_id)

        await self._database.write(work)


def new_certificate(
    principal: ServicePrincipal, wanted: NewCertificate, now: datetime
) -> PrincipalCertificate:
    """Make the row of a certificate; raise ``InvalidNameError`` if it could not sign in."""
    certificate = _parsed(wanted.raw)
    key = certificate.public_key()
    is_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS
    is_p256 = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    if not (is_rsa or is_p256):
        reason = f"its key is neither RSA of {_LEAST_RSA_BITS} bits or more nor ECDSA P-256"
        raise InvalidNameError(_WHAT, reason)
    ends = certificate.not_valid_after_utc
    if wanted.expires_at is not None:
        ends = min(ends, wanted.expires_at)
    if ends <= now:
        reason = "it has expired"
        raise InvalidNameError(_WHAT, reason)
    return PrincipalCertificate(
        key_id=str(uuid.uuid4()),
        object_id=principal.object_id,
        sha1=certificate.fingerprint(hashes.SHA1()).hex(),  # noqa: S303 (a name: ADFS's clients send it)
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        certificate=certificate.public_bytes(Encoding.DER),
        display_name=checked_display_name(wanted.display_name),
        starts_at=certificate.not_valid_before_utc,
        expires_at=ends,
    )


def _parsed(raw: bytes) -> x509.Certificate:
    if len(raw) > _MAX_BYTES:
        reason = f"it is longer than {_MAX_BYTES} bytes"
        raise InvalidNameError(_WHAT, reason)
    try:
        if raw.lstrip().startswith(b"-----BEGIN"):
            certificate = x509.load_pem_x509_certificate(raw)
        else:
            certificate = x509.load_der_x509_certificate(raw)
        certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        reason = "it is not an X.509 certificate in DER or PEM"
        raise InvalidNameError(_WHAT, reason) from error
    return certificate


def _record(  # noqa: PLR0913, PLR0917 (what is recorded)
    transaction: Transaction,
    caller: Caller,
    at: datetime,
    kind: str,
    principal: ServicePrincipal,
    key_id: str,
) -> None:
    record_principal(transaction, caller, at, kind, principal, key_id=key_id)
