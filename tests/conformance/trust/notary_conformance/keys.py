"""Key pairs as trust metadata names them: type, public text, id, and how each signs.

The id is the SHA-256 of the canonical key object with ``private`` null; the bytes of a
signature depend on the key's type alone.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from notary_conformance.canonical import Object, canonical

if TYPE_CHECKING:
    from collections.abc import Callable

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Curve = ec.SECP256R1 | ec.SECP384R1 | ec.SECP521R1


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What a metadata file says of a key."""

    keytype: str
    public: str

    def as_object(self) -> Object:
        """Return the key object as it stands in ``keys``."""
        return {"keytype": self.keytype, "keyval": {"private": None, "public": self.public}}

    @property
    def id(self) -> str:
        """Return the key id, lower-case hex."""
        return hashlib.sha256(canonical(self.as_object())).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key that the suite holds, and the method its signatures are labelled with."""

    named: PublicKey
    private: Private
    method: str

    @property
    def id(self) -> str:
        """Return the key id, lower-case hex."""
        return self.named.id

    def sign(self, message: bytes) -> bytes:
        """Return the signature bytes for ``message``."""
        return _SIGNING[self.method](self.private, message)

    def labelled(self, method: str) -> KeyPair:
        """Return the same key, signing by another ``method`` of its type."""
        return replace(self, method=method)


def ecdsa_key(curve: Curve | None = None) -> KeyPair:
    """Make an ECDSA key, on P-256 unless told otherwise."""
    private = ec.generate_private_key(curve or ec.SECP256R1())
    return KeyPair(PublicKey("ecdsa", _text(_pkix(private))), private, "ecdsa")


@cache
def rsa_key(bits: int = 2048) -> KeyPair:
    """Make an RSA key; one for each size in a run, because making them is slow."""
    private = rsa.generate_private_key(65537, bits)
    return KeyPair(PublicKey("rsa", _text(_pkix(private))), private, "rsapss")


def ed25519_key() -> KeyPair:
    """Make an Ed25519 key."""
    private = ed25519.Ed25519PrivateKey.generate()
    return KeyPair(
        PublicKey("ed25519", _text(private.public_key().public_bytes_raw())), private, "eddsa"
    )


def _pkix(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _sign_ecdsa(private: Private, message: bytes) -> bytes:
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
    width = (private.key_size + 7) // 8
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def _sign_ecdsa_der(private: Private, message: bytes) -> bytes:
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return private.sign(message, ec.ECDSA(hashes.SHA256()))


def _sign_pss(private: Private, message: bytes) -> bytes:
    assert isinstance(private, rsa.RSAPrivateKey)
    return private.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def _sign_pkcs1v15(private: Private, message: bytes) -> bytes:
    assert isinstance(private, rsa.RSAPrivateKey)
    return private.sign(message, padding.PKCS1v15(), hashes.SHA256())


def _sign_ed25519(private: Private, message: bytes) -> bytes:
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    return private.sign(message)


_SIGNING: dict[str, Callable[[Private, bytes], bytes]] = {
    "ecdsa": _sign_ecdsa,
    "ecdsa-der": _sign_ecdsa_der,
    "rsapss": _sign_pss,
    "rsapkcs1v15": _sign_pkcs1v15,
    "eddsa": _sign_ed25519,
}
