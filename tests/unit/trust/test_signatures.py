"""Signatures: counted per key, judged by the key's own algorithm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sealyard.trust.errors import KeyFormatError, SignatureError, ThresholdNotMetError
from sealyard.trust.keys import ECDSA, ED25519, RSA, PublicKey
from sealyard.trust.signatures import Signature, verify_role
from trust_owner import KeyPair

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGE = b'{"signed":"text"}'
P256 = KeyPair.bare()
P384 = KeyPair.bare(ec.generate_private_key(ec.SECP384R1()))
P521 = KeyPair.bare(ec.generate_private_key(ec.SECP521R1()))
RSA_PAIR = KeyPair.bare(rsa.generate_private_key(65537, 2048))
EDDSA = KeyPair.bare(ed25519.Ed25519PrivateKey.generate())
CERTIFIED = KeyPair.certified()
CERTIFIED_RSA = KeyPair.certified(private=rsa.generate_private_key(65537, 2048))
METHODS = {
    P256.id: "ecdsa",
    P384.id: "ecdsa",
    P521.id: "ecdsa",
    RSA_PAIR.id: "rsapss",
    EDDSA.id: "eddsa",
    CERTIFIED.id: "ecdsa",
    CERTIFIED_RSA.id: "rsapss",
}
ALL = [P256, P384, P521, RSA_PAIR, EDDSA, CERTIFIED, CERTIFIED_RSA]


def made(pair: KeyPair, method: str | None = None, message: bytes = MESSAGE) -> Signature:
    return Signature(pair.id, METHODS[pair.id] if method is None else method, pair.sign(message))


def verify(signatures: list[Signature], *pairs: KeyPair, threshold: int = 1) -> None:
    keys = {pair.id: pair.public for pair in pairs}
    verify_role("targets", MESSAGE, signatures, keys, threshold)


@pytest.mark.parametrize("pair", ALL, ids=lambda pair: pair.public.keytype)
def test_every_kind_of_key_verifies(pair: KeyPair) -> None:
    verify([made(pair)], pair)
    verify([made(pair, METHODS[pair.id].upper())], pair)
    with pytest.raises(ThresholdNotMetError):
        verify([made(pair, message=b"other")], pair)


@pytest.mark.parametrize("pair", ALL, ids=lambda pair: pair.public.keytype)
@pytest.mark.parametrize("label", ["ecdsa", "eddsa", "rsapss", "rsapkcs1v15", "none", ""])
def test_a_label_that_does_not_fit_the_key_makes_the_signature_worthless(
    pair: KeyPair, label: str
) -> None:
    if label == METHODS[pair.id]:
        return
    with pytest.raises(ThresholdNotMetError):
        verify([made(pair, label)], pair)


def test_rsa_verifies_in_both_paddings() -> None:
    private = RSA_PAIR.private
    assert isinstance(private, rsa.RSAPrivateKey)
    old = private.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    verify([Signature(RSA_PAIR.id, "rsapkcs1v15", old)], RSA_PAIR)
    verify([made(RSA_PAIR, "pycrypto-pkcs#1 pss")], RSA_PAIR)


def test_the_asn_1_form_of_an_ecdsa_signature_is_not_notarys() -> None:
    private = P256.private
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    der = private.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(ThresholdNotMetError):
        verify([Signature(P256.id, "ecdsa", der)], P256)


def test_each_key_counts_once() -> None:
    with pytest.raises(ThresholdNotMetError) as caught:
        verify([made(P256), made(P256), made(P256)], P256, EDDSA, threshold=2)
    assert (caught.value.valid, caught.value.threshold) == (1, 2)
    verify([made(P256), made(EDDSA)], P256, EDDSA, threshold=2)


def test_a_bad_signature_does_not_spoil_a_good_one_by_the_same_key() -> None:
    verify([made(P256, message=b"other"), made(P256)], P256)


def test_unknown_keys_are_passed_over() -> None:
    verify([made(EDDSA), made(P256)], P256)
    with pytest.raises(ThresholdNotMetError):
        verify([made(EDDSA)], P256)


def test_no_signatures_at_all_are_told_apart() -> None:
    with pytest.raises(SignatureError, match="tuf: data has no signatures"):
        verify([], P256)


def test_an_id_that_is_not_the_one_of_its_key_is_an_error() -> None:
    wrong = "00" * 32
    signature = Signature(wrong, "ecdsa", P256.sign(MESSAGE))
    with pytest.raises(SignatureError, match="key ID is not valid"):
        verify_role("targets", MESSAGE, [signature], {wrong: P256.public}, 1)


def test_one_key_under_two_ids_cannot_meet_a_threshold_of_two() -> None:
    keys = {P256.id: P256.public, "00" * 32: P256.public}
    signatures = [made(P256), Signature("00" * 32, "ecdsa", P256.sign(MESSAGE))]
    with pytest.raises(ThresholdNotMetError):
        verify_role("targets", MESSAGE, signatures, keys, 2)


def _small_rsa() -> PublicKey:
    return PublicKey.of(rsa.generate_private_key(65537, 1024).public_key())  # noqa: S505 (refused)


def _other_curve() -> PublicKey:
    return PublicKey.of(ec.generate_private_key(ec.SECP256K1()).public_key())


def _unknown_type() -> PublicKey:
    return PublicKey("hss", P256.public.public)


def _lying_type() -> PublicKey:
    return PublicKey(RSA, P256.public.public)


def _rubbish() -> PublicKey:
    return PublicKey(ECDSA, b"rubbish")


def _short_ed25519() -> PublicKey:
    return PublicKey(ED25519, b"short")


def _empty_certificate() -> PublicKey:
    return PublicKey("ecdsa-x509", b"")


@pytest.mark.parametrize(
    "make",
    [
        _small_rsa,
        _other_curve,
        _unknown_type,
        _lying_type,
        _rubbish,
        _short_ed25519,
        _empty_certificate,
    ],
)
def test_unusable_keys_verify_nothing(make: Callable[[], PublicKey]) -> None:
    key = make()
    with pytest.raises(KeyFormatError):
        key.verifying()
    signature = Signature(key.id, "ecdsa", b"0" * 64)
    with pytest.raises(ThresholdNotMetError):
        verify_role("targets", MESSAGE, [signature], {key.id: key}, 1)


def test_an_rsa_key_in_pem_is_read() -> None:
    private = RSA_PAIR.private
    assert isinstance(private, rsa.RSAPrivateKey)
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = PublicKey(RSA, pem)
    signature = Signature(key.id, "pycrypto-pkcs#1 pss", RSA_PAIR.sign(MESSAGE))
    verify_role("targets", MESSAGE, [signature], {key.id: key}, 1)


@pytest.mark.parametrize("pair", [CERTIFIED, CERTIFIED_RSA], ids=["ecdsa", "rsa"])
def test_the_canonical_id_is_the_one_of_the_bare_key(pair: KeyPair) -> None:
    assert pair.public.canonical_id == KeyPair.bare(pair.private).id
    assert KeyPair.bare(pair.private).public.canonical_id == KeyPair.bare(pair.private).id
