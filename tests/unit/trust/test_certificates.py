"""Root certificates: for which GUN a key may stand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from sealyard.trust.certificates import check_current, check_root_key, common_name, stands_for
from sealyard.trust.errors import CertificateError, KeyFormatError
from sealyard.trust.keys import ECDSA_X509, PublicKey
from trust_owner import GUN, NOW, KeyPair, certificate_for


def test_the_certificate_names_the_gun() -> None:
    key = KeyPair.certified().public
    check_root_key(key, GUN)
    check_current(key, NOW)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_common_names_of_any_length_and_script_are_read(name: str) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    assert common_name(certificate_for(name, private, NOW, 1)) == name


@pytest.mark.parametrize(
    ("name", "gun", "covered"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/bc", False),
        ("a/*", "a/b/c", True),
        ("a/*", "ab/c", False),
        ("*", "anything", True),
        ("a/b", "A/b", False),
        ("", "a", False),
    ],
)
def test_a_name_covers_itself_or_a_prefix(name: str, gun: str, *, covered: bool) -> None:
    assert stands_for(name, gun) is covered


def test_another_name_is_refused_by_name() -> None:
    with pytest.raises(CertificateError, match="is for localhost:5443/x, not for"):
        check_root_key(KeyPair.certified("localhost:5443/x").public, GUN)


def test_a_bare_key_is_no_root_key() -> None:
    with pytest.raises(CertificateError, match="has no certificate"):
        check_root_key(KeyPair.bare().public, GUN)


def test_an_expired_certificate_is_refused_today_but_was_good_then() -> None:
    key = KeyPair.certified(starts=timedelta(days=-10), days=9).public
    check_root_key(key, GUN)
    with pytest.raises(CertificateError, match="expired on 2026-11-22"):
        check_current(key, NOW)


@pytest.mark.parametrize(("hours", "good"), [(23, True), (25, False)])
def test_a_certificate_may_start_up_to_a_day_from_now(hours: int, *, good: bool) -> None:
    key = KeyPair.certified(starts=timedelta(hours=hours)).public
    if good:
        check_current(key, NOW)
    else:
        with pytest.raises(CertificateError, match="not valid before"):
            check_current(key, NOW)


def _pem(*pairs: KeyPair) -> PublicKey:
    return PublicKey(ECDSA_X509, b"".join(pair.public.public for pair in pairs))


def test_authorities_may_follow_the_one_leaf() -> None:
    leaf, authority = KeyPair.certified(), KeyPair.certified(authority=True)
    check_root_key(_pem(leaf, authority), GUN)
    for wrong in (_pem(authority), _pem(authority, leaf), _pem(leaf, leaf)):
        with pytest.raises(CertificateError, match=r"lea[vf]"):
            check_root_key(wrong, GUN)


def test_a_certificate_signed_over_sha_1_is_refused() -> None:
    # The library no longer signs over SHA-1, so the two places that name the algorithm
    # (ecdsa-with-SHA256 → ecdsa-with-SHA1) are rewritten; nobody checks this signature.
    private = ec.generate_private_key(ec.SECP256R1())
    long_gun = GUN + "a" * 100  # so that both lengths take two bytes
    der = certificate_for(long_gun, private, NOW, 10).public_bytes(Encoding.DER)
    sha256, sha1 = bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06072a8648ce3d0401")
    assert der.count(sha256) == 2
    shorter = _shortened(der.replace(b"\x30\x0a" + sha256, b"\x30\x09" + sha1))
    pem = x509.load_der_x509_certificate(shorter).public_bytes(Encoding.PEM)
    with pytest.raises(CertificateError, match="signed over sha1"):
        check_root_key(PublicKey(ECDSA_X509, pem), long_gun)


def _shortened(der: bytes) -> bytes:
    """Correct the lengths of the certificate and of its signed part after the rewriting."""
    assert der[:2] == b"\x30\x82"
    assert der[4:6] == b"\x30\x82"
    signed = int.from_bytes(der[6:8]) - 1
    return b"\x30\x82" + (len(der) - 4).to_bytes(2) + b"\x30\x82" + signed.to_bytes(2) + der[8:]


def test_rubbish_is_refused_as_a_key() -> None:
    with pytest.raises(KeyFormatError):
        check_root_key(PublicKey(ECDSA_X509, b"-----BEGIN CERTIFICATE-----\n"), GUN)
