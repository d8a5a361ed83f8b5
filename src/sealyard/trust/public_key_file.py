"""Public keys as signers hand them over: ``NAME.pub`` of docker, or a certificate in PEM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sealyard.trust.errors import KeyFileError, KeyFormatError
from sealyard.trust.keys import ECDSA_X509, RSA_X509, PublicKey
from sealyard.trust.pem import Block, blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BYTES: Final = 64 * 1024

_PUBLIC, _CERTIFICATE = "PUBLIC KEY", "CERTIFICATE"


def read_public_key(raw: bytes) -> PublicKey:
    """Return the key in ``raw``, as delegations hold it; raise ``KeyFileError``.

    docker takes ECDSA and RSA keys for signers, and so does this: it would refuse the others.
    """
    if len(raw) > MOST_BYTES:
        message = f"it is larger than {MOST_BYTES} bytes, so it holds no public key"
        raise KeyFileError(message)
    found = [block for block in blocks(raw) if block.label in {_PUBLIC, _CERTIFICATE}]
    if not found:
        message = "it holds no PUBLIC KEY and no CERTIFICATE in PEM"
        raise KeyFileError(message)
    try:
        return _read(found)
    except (KeyFormatError, ValueError) as error:
        message = f"its key cannot be used: {error}"
        raise KeyFileError(message) from error


def _read(found: Sequence[Block]) -> PublicKey:
    if found[0].label == _CERTIFICATE:
        chain = b"".join(Block(one.label, one.content).encoded() for one in found)
        for keytype in (ECDSA_X509, RSA_X509):
            try:
                PublicKey(keytype, chain).verifying()
            except KeyFormatError:
                continue
            return PublicKey(keytype, chain)
    key = load_der_public_key(found[0].content)
    if not isinstance(key, EllipticCurvePublicKey | RSAPublicKey):
        message = "it is neither an ECDSA nor an RSA key"
        raise KeyFormatError(message)
    public = PublicKey.of(key)
    public.verifying()
    return public
