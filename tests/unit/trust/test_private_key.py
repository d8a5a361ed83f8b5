from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sealyard.trust.errors import KeyFormatError
from sealyard.trust.private_key import PrivateKey
from sealyard.trust.signatures import Signature, is_good

KEYS = {
    "P-256": (PrivateKey.generate_ecdsa(), "ecdsa", 64),
    "P-384": (PrivateKey(ec.generate_private_key(ec.SECP384R1())), "ecdsa", 96),
    "P-521": (PrivateKey(ec.generate_private_key(ec.SECP521R1())), "ecdsa", 132),
    "RSA": (PrivateKey(rsa.generate_private_key(65537, 2048)), "rsapss", 256),
    "Ed25519": (PrivateKey(Ed25519PrivateKey.generate()), "eddsa", 64),
}


@pytest.mark.parametrize("kind", KEYS)
@given(message=st.binary(max_size=200))
def test_a_signature_verifies_and_has_the_width_of_its_key(kind: str, message: bytes) -> None:
    key, method, size = KEYS[kind]
    signature = key.sign(message)
    assert len(signature) == size
    assert is_good(key.public, Signature(key.id, method, signature), message)
    assert not is_good(key.public, Signature(key.id, method, signature), message + b"!")


def test_a_key_is_filed_under_the_id_of_its_public_key() -> None:
    key, _, _ = KEYS["P-256"]
    assert key.id == key.public.id == key.public.canonical_id
    assert PrivateKey.generate_ecdsa().id != key.id


def test_a_key_shows_nothing_of_itself() -> None:
    key, _, _ = KEYS["P-256"]
    assert "PrivateKey(public=PublicKey(" in repr(key)


@pytest.mark.parametrize(
    "weak",
    [
        lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505 (too small on purpose)
        lambda: ec.generate_private_key(ec.SECP256K1()),
    ],
)
def test_a_key_that_no_verifier_accepts_is_refused(weak: object) -> None:
    assert callable(weak)
    with pytest.raises(KeyFormatError):
        PrivateKey(weak())
