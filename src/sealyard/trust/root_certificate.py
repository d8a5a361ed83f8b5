"""The certificate that a root key is wrapped into: it says for which GUN the key stands.

Made element by element, as docker's certificates are (notary-v1 C.2), because a GUN may be longer
than the 64 characters that X.509 allows a common name and libraries insist on.
"""

from __future__ import annotations

import secrets
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sealyard.trust.der import (
    BIT_STRING,
    NULL,
    OCTET_STRING,
    SET,
    encoded,
    integer,
    object_identifier,
    sequence,
)
from sealyard.trust.errors import KeyFormatError
from sealyard.trust.keys import ECDSA_X509, RSA_X509, PublicKey
from sealyard.trust.pem import Block

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.trust.private_key import PrivateKey

LIFETIME: Final = timedelta(days=3650)  # as docker's

_BOOLEAN, _UTF8, _PRINTABLE, _UTC_TIME, _LONG_TIME = 0x01, 0x0C, 0x13, 0x17, 0x18
_VERSION_FIELD, _EXTENSIONS_FIELD = 0xA0, 0xA3
_VERSION_3 = 2
_SERIAL_BITS = 128
_LONG_YEARS = 2050  # from then on dates have four digits for the year (RFC 5280, 4.1.2.5)
_COMMON_NAME: Final = object_identifier("2.5.4.3")
_TRUE: Final = encoded(_BOOLEAN, b"\xff")
_PRINTABLE_CHARACTERS: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"
)
_RSA_SHA256: Final = sequence(object_identifier("1.2.840.113549.1.1.11"), encoded(NULL))
_ECDSA: Final[dict[str, tuple[bytes, hashes.HashAlgorithm]]] = {
    "secp256r1": (sequence(object_identifier("1.2.840.10045.4.3.2")), hashes.SHA256()),
    "secp384r1": (sequence(object_identifier("1.2.840.10045.4.3.3")), hashes.SHA384()),
    "secp521r1": (sequence(object_identifier("1.2.840.10045.4.3.4")), hashes.SHA512()),
}


def make_root_certificate(
    key: PrivateKey, gun: str, now: datetime, lifetime: timedelta = LIFETIME
) -> PublicKey:
    """Wrap ``key`` into a new self-signed certificate for ``gun``, valid from ``now``.

    The same key may stand for many GUNs, in a certificate for each. Raise ``KeyFormatError`` for an
    Ed25519 key: there is no type of key for one in a certificate.
    """
    signing = key.signing
    if not isinstance(signing, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        message = "a root key has to be an ECDSA or an RSA key"
        raise KeyFormatError(message)
    algorithm = _algorithm(signing)
    body = _body(signing, algorithm, gun, (now, now + lifetime))
    signature = encoded(BIT_STRING, b"\0", _signature(signing, body))
    certificate = Block("CERTIFICATE", sequence(body, algorithm, signature)).encoded()
    keytype = RSA_X509 if isinstance(signing, rsa.RSAPrivateKey) else ECDSA_X509
    return PublicKey(keytype, certificate)


def _body(
    signing: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    algorithm: bytes,
    gun: str,
    validity: tuple[datetime, datetime],
) -> bytes:
    """Return the part of the certificate that is signed."""
    name = _name(gun)
    return sequence(
        encoded(_VERSION_FIELD, integer(_VERSION_3)),
        integer(1 + secrets.randbits(_SERIAL_BITS)),
        algorithm,
        name,
        sequence(*map(_time, validity)),
        name,
        signing.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        encoded(_EXTENSIONS_FIELD, _extensions()),
    )


def _extensions() -> bytes:
    """Return what the key may be used for: signatures, code, and no certificates."""
    key_usage = encoded(BIT_STRING, b"\x05\xa0")  # digitalSignature and keyEncipherment
    code_signing = sequence(object_identifier("1.3.6.1.5.5.7.3.3"))
    return sequence(
        sequence(object_identifier("2.5.29.15"), _TRUE, encoded(OCTET_STRING, key_usage)),
        sequence(object_identifier("2.5.29.37"), encoded(OCTET_STRING, code_signing)),
        sequence(object_identifier("2.5.29.19"), _TRUE, encoded(OCTET_STRING, sequence())),
    )


def _name(gun: str) -> bytes:
    kind = _PRINTABLE if _PRINTABLE_CHARACTERS.issuperset(gun) else _UTF8
    return sequence(encoded(SET, sequence(_COMMON_NAME, encoded(kind, gun.encode()))))


def _time(moment: datetime) -> bytes:
    moment = moment.astimezone(UTC)
    if moment.year < _LONG_YEARS:
        return encoded(_UTC_TIME, f"{moment:%y%m%d%H%M%SZ}".encode())
    return encoded(_LONG_TIME, f"{moment:%Y%m%d%H%M%SZ}".encode())


def _algorithm(signing: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    if isinstance(signing, rsa.RSAPrivateKey):
        return _RSA_SHA256
    return _ECDSA[signing.curve.name][0]


def _signature(signing: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, body: bytes) -> bytes:
    if isinstance(signing, rsa.RSAPrivateKey):
        return signing.sign(body, padding.PKCS1v15(), hashes.SHA256())
    return signing.sign(body, ec.ECDSA(_ECDSA[signing.curve.name][1]))
