"""Public keys of trust data: their types, their ids, and the key object inside the bytes.

============ ============================== ===================================
type         public bytes                   signature methods that fit the type
============ ============================== ===================================
ecdsa        PKIX DER                       ecdsa
ecdsa-x509   PEM certificates, leaf first   ecdsa
rsa          PKIX DER (PEM is read too)     rsapss, rsapkcs1v15
rsa-x509     PEM certificates, leaf first   rsapss, rsapkcs1v15
ed25519      32 raw bytes                   eddsa
============ ============================== ===================================
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from sealyard.trust.canonical import canonical
from sealyard.trust.errors import KeyFormatError

if TYPE_CHECKING:
    from typing import Self

ECDSA = "ecdsa"
ECDSA_X509 = "ecdsa-x509"
RSA = "rsa"
RSA_X509 = "rsa-x509"
ED25519 = "ed25519"

_X509 = {ECDSA_X509: ECDSA, RSA_X509: RSA}
_CURVES = (SECP256R1, SECP384R1, SECP521R1)
_RSA_BITS = range(2048, 8192 + 1)  # below: breakable; above: slow enough to be a weapon
_ED25519_BYTES = 32
_REMEMBERED_KEYS = 1024

VerifyingKey = EllipticCurvePublicKey | RSAPublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as a metadata file holds it; whether it is usable shows only in ``verifying``.

    Notary's clients pass over keys of types they do not know, so having one is no fault.
    """

    keytype: str
    public: bytes
    id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _key_id(self.keytype, self.public))

    @classmethod
    def of(cls, key: VerifyingKey) -> Self:
        """Wrap a bare key of the cryptography library."""
        if isinstance(key, Ed25519PublicKey):
            return cls(ED25519, key.public_bytes(Encoding.Raw, PublicFormat.Raw))
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return cls(ECDSA if isinstance(key, EllipticCurvePublicKey) else RSA, der)

    @property
    def is_certificate(self) -> bool:
        """Whether the public bytes are certificates."""
        return self.keytype in _X509

    @property
    def canonical_id(self) -> str:
        """The id under which private keys are filed: that of the bare key in a certificate."""
        return PublicKey.of(self.verifying()).id if self.is_certificate else self.id

    def verifying(self) -> VerifyingKey:
        """Return the key for verifying; raise ``KeyFormatError`` if it is not usable."""
        return _verifying(self.keytype, self.public)

    def certificates(self) -> list[x509.Certificate]:
        """Return the certificates, in their order; raise ``KeyFormatError`` if there are none."""
        return _certificates(self.public)


@lru_cache(_REMEMBERED_KEYS)
def _key_id(keytype: str, public: bytes) -> str:
    encoded = base64.b64encode(public).decode()
    form = {"keytype": keytype, "keyval": {"private": None, "public": encoded}}
    return hashlib.sha256(canonical(form)).hexdigest()


@lru_cache(_REMEMBERED_KEYS)
def _verifying(keytype: str, public: bytes) -> VerifyingKey:
    try:
        key = _loaded(keytype, public)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        message = f"the {keytype[:20]} key cannot be read: {error}"
        raise KeyFormatError(message) from error
    return _fitting(keytype, key)


def _loaded(keytype: str, public: bytes) -> object:
    if keytype in _X509:
        return _certificates(public)[0].public_key()
    if keytype == ED25519:
        return Ed25519PublicKey.from_public_bytes(public)
    if keytype not in {ECDSA, RSA}:
        message = f"{keytype[:20]} is not a known key type"
        raise KeyFormatError(message)
    if public.startswith(b"-----BEGIN"):
        return load_pem_public_key(public)
    return load_der_public_key(public)


def _fitting(keytype: str, key: object) -> VerifyingKey:
    family = _X509.get(keytype, keytype)
    if family == ECDSA and isinstance(key, EllipticCurvePublicKey):
        if isinstance(key.curve, _CURVES):
            return key
        message = f"the curve {key.curve.name} is not one of P-256, P-384, P-521"
    elif family == RSA and isinstance(key, RSAPublicKey):
        if key.key_size in _RSA_BITS:
            return key
        message = f"an RSA key of {key.key_size} bits is not within 2048 to 8192"
    elif family == ED25519 and isinstance(key, Ed25519PublicKey):
        return key
    else:
        message = f"the key is not of the type {keytype[:20]} that it claims"
    raise KeyFormatError(message)


@lru_cache(_REMEMBERED_KEYS)
def _parsed_certificates(public: bytes) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(public))


def _certificates(public: bytes) -> list[x509.Certificate]:
    try:
        return list(_parsed_certificates(public))
    except (ValueError, UnsupportedAlgorithm) as error:
        message = f"the certificate cannot be read: {error}"
        raise KeyFormatError(message) from error
