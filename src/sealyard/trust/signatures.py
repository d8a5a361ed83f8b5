"""Verifying signatures against the keys of a role.

The algorithm follows from the *key*. The label that an attacker can write beside the signature is
only allowed to choose between the two RSA paddings; a label that does not fit the key makes the
signature worthless (the first notary took the algorithm from the label, a finding of its audit).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sealyard.trust.errors import KeyFormatError, SignatureError, ThresholdNotMetError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from sealyard.trust.keys import PublicKey, VerifyingKey

_SHA256 = hashes.SHA256()
_PSS = PSS(MGF1(_SHA256), _SHA256.digest_size)
_PADDINGS: dict[str, PSS | PKCS1v15] = {
    "rsapss": _PSS,
    "pycrypto-pkcs#1 pss": _PSS,
    "rsapkcs1v15": PKCS1v15(),
}


class Signature(msgspec.Struct, frozen=True, gc=False):
    """One signature as a file lists it; the order of the fields is the order in the file."""

    keyid: str
    method: str
    sig: bytes


def verify_role(
    role: str,
    message: bytes,
    signatures: Sequence[Signature],
    keys: Mapping[str, PublicKey],
    threshold: int,
) -> None:
    """Raise unless ``threshold`` different ones of ``keys`` have signed ``message``.

    ``keys`` are the role's keys under the ids that the role gives them. Signatures by other keys
    are passed over. Raise ``SignatureError`` if there are none at all or an id is not the one of
    its key, ``ThresholdNotMetError`` if too few are good.
    """
    if not signatures:
        raise SignatureError(role, "tuf: data has no signatures")
    good: set[str] = set()
    for signature in signatures:
        key = keys.get(signature.keyid)
        if key is None or key.id in good:
            continue
        if key.id != signature.keyid:
            message_text = f"key ID is not valid for key content: {signature.keyid[:64]}"
            raise SignatureError(role, message_text)
        if is_good(key, signature, message):
            good.add(key.id)
            if len(good) >= threshold:
                return
    raise ThresholdNotMetError(role, len(good), threshold)


def is_good(key: PublicKey, signature: Signature, message: bytes) -> bool:
    """Tell whether ``signature`` is one by ``key`` over ``message``.

    For counting; whoever decides on trust calls ``verify_role``, which raises.
    """
    try:
        _verify(key.verifying(), signature, message)
    except (InvalidSignature, KeyFormatError):
        return False
    return True


def raw_ecdsa_size(key: EllipticCurvePublicKey) -> int:
    """Return the bytes of one half of a raw ECDSA signature: as wide as the curve."""
    return (key.curve.key_size + 7) // 8


def _verify(key: VerifyingKey, signature: Signature, message: bytes) -> None:
    method = signature.method.lower()
    if isinstance(key, EllipticCurvePublicKey):
        _verify_ecdsa(key, method, signature.sig, message)
    elif isinstance(key, Ed25519PublicKey):
        if method != "eddsa":
            raise InvalidSignature
        key.verify(signature.sig, message)
    else:
        _verify_rsa(key, method, signature.sig, message)


def _verify_ecdsa(key: EllipticCurvePublicKey, method: str, sig: bytes, message: bytes) -> None:
    size = raw_ecdsa_size(key)
    if method != "ecdsa" or len(sig) != 2 * size:
        raise InvalidSignature
    r, s = int.from_bytes(sig[:size]), int.from_bytes(sig[size:])
    key.verify(encode_dss_signature(r, s), message, ECDSA(_SHA256))


def _verify_rsa(key: RSAPublicKey, method: str, sig: bytes, message: bytes) -> None:
    padding = _PADDINGS.get(method)
    if padding is None:
        raise InvalidSignature
    key.verify(sig, message, padding, _SHA256)
