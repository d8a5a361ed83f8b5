"""Private keys in DER: PKCS#8 as docker writes it, and the older forms inside and beside it.

Docker's ECDSA keys say version 1 although they lack the public key that this version stands for
(RFC 5958), so the cryptography library refuses them; they are taken apart here.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from sealyard.trust.der import (
    BIT_STRING,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    elements,
    encoded,
    integer,
    number,
    object_identifier,
    sequence,
    sole,
)
from sealyard.trust.errors import KeyFileError
from sealyard.trust.private_key import PrivateKey

_EC: Final = object_identifier("1.2.840.10045.2.1")
_RSA: Final = object_identifier("1.2.840.113549.1.1.1")
_ED25519: Final = object_identifier("1.3.101.112")  # RFC 8410: what openssl writes
_NOTARY_ED25519: Final = object_identifier("1.3.6.1.4.1.11591.15.1")  # what notary writes
_CURVES: Final[dict[bytes, ec.EllipticCurve]] = {
    object_identifier("1.2.840.10045.3.1.7"): ec.SECP256R1(),
    object_identifier("1.3.132.0.34"): ec.SECP384R1(),
    object_identifier("1.3.132.0.35"): ec.SECP521R1(),
}
_CURVE_FIELD, _POINT_FIELD = 0xA0, 0xA1  # [0] and [1] of an ECPrivateKey, RFC 5915
_SEED, _NOTARY_PRIVATE = 32, 96  # bytes; notary's: public key, seed, public key


def private_info(key: PrivateKey) -> bytes:
    """Return the PKCS#8 of ``key`` byte for byte as docker writes it."""
    signing = key.signing
    if isinstance(signing, ec.EllipticCurvePrivateKey):
        curve = next(oid for oid, one in _CURVES.items() if one.name == signing.curve.name)
        return _info(1, sequence(_EC, curve), _sec1(signing, curve))
    if isinstance(signing, rsa.RSAPrivateKey):
        inner = signing.private_bytes(
            Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
        return _info(0, sequence(_RSA), inner)
    public = key.public.public
    seed = signing.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return _info(0, sequence(_NOTARY_ED25519), public + seed + public)


def read_private_info(der: bytes) -> PrivateKey:
    """Read a PKCS#8.

    Raise ``DerError`` if it is none, ``KeyFileError`` if it is one with a key that is not valid,
    ``KeyFormatError`` if no verifier would accept the key.
    """
    fields = list(elements(sole(der, SEQUENCE)))[:3]  # attributes and a public key may follow
    if [tag for tag, _ in fields] != [INTEGER, SEQUENCE, OCTET_STRING]:
        message = "the elements are not those of a PKCS#8"
        raise DerError(message)
    algorithm = [encoded(tag, content) for tag, content in elements(fields[1][1])]
    private = fields[2][1]
    kind, parameter = algorithm[0] if algorithm else b"", algorithm[1] if algorithm[1:] else b""
    if kind == _EC:
        return read_sec1(private, parameter)
    if kind == _RSA:
        return read_pkcs1(private)
    if kind == _NOTARY_ED25519:
        return read_notary_ed25519(private)
    if kind == _ED25519:
        return _ed25519(sole(private, OCTET_STRING))
    message = "its kind of key is none of ECDSA, RSA and Ed25519"
    raise KeyFileError(message)


def read_sec1(der: bytes, curve: bytes = b"") -> PrivateKey:
    """Read an ECPrivateKey (RFC 5915); ``curve`` is the element that names it from outside."""
    fields = list(elements(sole(der, SEQUENCE)))
    if [tag for tag, _ in fields[:2]] != [INTEGER, OCTET_STRING] or number(fields[0][1]) != 1:
        message = "the elements are not those of an ECPrivateKey"
        raise DerError(message)
    optional = dict(fields[2:])
    named = _CURVES.get(curve or optional.get(_CURVE_FIELD, b""))
    if named is None:
        message = "its curve is none of P-256, P-384 and P-521"
        raise KeyFileError(message)
    try:
        key = ec.derive_private_key(int.from_bytes(fields[1][1]), named)
    except ValueError as error:
        message = "its number is not one of its curve"
        raise KeyFileError(message) from error
    _check_point(key, optional.get(_POINT_FIELD))
    return PrivateKey(key)


def read_pkcs1(der: bytes) -> PrivateKey:
    """Read an RSAPrivateKey (RFC 8017)."""
    list(elements(sole(der, SEQUENCE)))  # tells what is no key at all from a key that is not valid
    try:
        key = load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        message = "its RSA numbers do not belong together"
        raise KeyFileError(message) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        message = "it is not the RSA key that it claims to be"
        raise KeyFileError(message)
    return PrivateKey(key)


def read_notary_ed25519(private: bytes) -> PrivateKey:
    """Read notary's form: the public key, the seed, and the public key once more."""
    if len(private) != _NOTARY_PRIVATE:
        message = "the bytes are not those of an Ed25519 key"
        raise DerError(message)
    key = _ed25519(private[_SEED : 2 * _SEED])
    if private != key.public.public + private[_SEED : 2 * _SEED] + key.public.public:
        message = "its public key is not that of its private key"
        raise KeyFileError(message)
    return key


def _ed25519(seed: bytes) -> PrivateKey:
    if len(seed) != _SEED:
        message = "the bytes are not those of an Ed25519 key"
        raise DerError(message)
    return PrivateKey(Ed25519PrivateKey.from_private_bytes(seed))


def _info(version: int, algorithm: bytes, private: bytes) -> bytes:
    return sequence(integer(version), algorithm, encoded(OCTET_STRING, private))


def _sec1(key: ec.EllipticCurvePrivateKey, curve: bytes) -> bytes:
    size = (key.curve.key_size + 7) // 8
    return sequence(
        integer(1),
        encoded(OCTET_STRING, key.private_numbers().private_value.to_bytes(size)),
        encoded(_CURVE_FIELD, curve),
        encoded(_POINT_FIELD, encoded(BIT_STRING, b"\0", _point(key))),
    )


def _check_point(key: ec.EllipticCurvePrivateKey, field: bytes | None) -> None:
    """Raise unless the public point in the file, if there is one, is that of the private key."""
    points = {_point(key), _point(key, PublicFormat.CompressedPoint)}
    if field is not None and sole(field, BIT_STRING)[1:] not in points:
        message = "its public key is not that of its private key"
        raise KeyFileError(message)


def _point(
    key: ec.EllipticCurvePrivateKey, form: PublicFormat = PublicFormat.UncompressedPoint
) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, form)
