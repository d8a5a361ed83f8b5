"""Checking signatures as a client does: by the key's type, over the canonical form."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from notary_conformance.answer import disagree
from notary_conformance.canonical import Object, canonical
from notary_conformance.keys import PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Verifier = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


def key_of(described: object) -> PublicKey:
    """Read a key object; ``private`` has to be null."""
    if not isinstance(described, dict) or not isinstance(described.get("keyval"), dict):
        disagree(f"not a key: {described!r}")
    value = described["keyval"]
    if value.get("private") is not None:
        disagree("a public key came with something in its 'private'")
    return PublicKey(str(described.get("keytype")), str(value.get("public")))


def usable(key: PublicKey) -> Verifier:
    """Return ``key`` ready to verify; raise when its type or bytes are none of the API's."""
    raw = base64.b64decode(key.public, validate=True)
    if key.keytype == "ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(raw)
    loaded = (
        x509.load_pem_x509_certificates(raw)[0].public_key()
        if key.keytype in {"ecdsa-x509", "rsa-x509"}
        else serialization.load_der_public_key(raw)
    )
    if not isinstance(loaded, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        disagree(f"unusable key of type {key.keytype}")
    return loaded


def require_threshold(
    file: Object, keys: Mapping[str, PublicKey], threshold: int, role: str
) -> None:
    """Raise unless ``threshold`` different ``keys`` signed ``file``."""
    message = canonical(file["signed"])
    valid = {
        entry["keyid"]
        for entry in file["signatures"]
        if entry["keyid"] in keys and _holds(keys[entry["keyid"]], entry, message)
    }
    if len(valid) < threshold:
        disagree(f"{role}: {len(valid)} valid signatures of {threshold} needed")


def keys_named(ids: Iterable[str], described: Mapping[str, object]) -> dict[str, PublicKey]:
    """Return the keys with ``ids``; raise when one's content does not hash to its id."""
    found = {name: key_of(described.get(name)) for name in ids}
    for name, key in found.items():
        if key.id != name:
            disagree(f"key {name} has the content of {key.id}")
    return found


def _holds(key: PublicKey, entry: Mapping[str, str], message: bytes) -> bool:
    try:
        _verify(usable(key), entry["method"], base64.b64decode(entry["sig"]), message)
    except InvalidSignature:
        return False
    return True


def _verify(key: Verifier, method: str, raw: bytes, message: bytes) -> None:
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(raw, message)
    elif isinstance(key, rsa.RSAPublicKey):
        # The only choice that the label has: which padding an RSA key was used with.
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        chosen = padding.PKCS1v15() if method.lower() == "rsapkcs1v15" else pss
        key.verify(raw, message, chosen, hashes.SHA256())
    else:
        half = len(raw) // 2
        r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
