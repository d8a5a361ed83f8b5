"""Private keys: what signs trust data.

A private key is filed under the id of its bare public key, also where that key stands in trust data
inside a certificate (``PublicKey.canonical_id``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sealyard.trust.keys import PublicKey
from sealyard.trust.signatures import raw_ecdsa_size

SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | Ed25519PrivateKey

_SHA256 = hashes.SHA256()
_PSS = PSS(MGF1(_SHA256), _SHA256.digest_size)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs, known to be one of the kinds that verifiers accept.

    Making one of a weak key (RSA below 2048 bits, an odd curve) raises ``KeyFormatError``.
    """

    signing: SigningKey = field(repr=False, compare=False)
    public: PublicKey = field(init=False)

    def __post_init__(self) -> None:
        public = PublicKey.of(self.signing.public_key())
        public.verifying()
        object.__setattr__(self, "public", public)

    @classmethod
    def generate_ecdsa(cls) -> Self:
        """Make a key on P-256, the only kind that docker makes and every client reads."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @property
    def id(self) -> str:
        """The id under which the key is filed, in lower-case hex."""
        return self.public.id

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message`` in the form that metadata files hold.

        r‖s for ECDSA (SHA-256 with every curve), PSS with SHA-256 and 32 bytes of salt for RSA,
        plain EdDSA (notary-v1 C.2).
        """
        if isinstance(self.signing, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self.signing.sign(message, ec.ECDSA(_SHA256)))
            size = raw_ecdsa_size(self.signing.public_key())
            return r.to_bytes(size) + s.to_bytes(size)
        if isinstance(self.signing, rsa.RSAPrivateKey):
            return self.signing.sign(message, _PSS, _SHA256)
        return self.signing.sign(message)
