from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from asn1crypto import pem, x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealyard.trust.certificates import check_current, check_root_key, common_name
from sealyard.trust.errors import CertificateError, KeyFormatError
from sealyard.trust.private_key import PrivateKey
from sealyard.trust.root_certificate import make_root_certificate

DATA = Path(__file__).parents[2] / "data" / "trust"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
GUN = "localhost:5443/probe/app"
KEY = PrivateKey.generate_ecdsa()


def _parsed(raw: bytes) -> x509.Certificate:
    return x509.Certificate.load(pem.unarmor(raw)[2])


def _of_docker() -> x509.Certificate:
    root = json.loads((DATA / "docker-push-basic" / "root.json").read_bytes())["signed"]
    [keyid] = root["roles"]["root"]["keyids"]
    return _parsed(base64.b64decode(root["keys"][keyid]["keyval"]["public"]))


def test_it_differs_from_dockers_only_in_key_number_dates_and_signature() -> None:
    ours, docker = _parsed(make_root_certificate(KEY, GUN, NOW).public), _of_docker()
    body, expected = ours["tbs_certificate"], docker["tbs_certificate"]
    for field in ("version", "signature", "issuer", "subject", "extensions"):
        assert body[field].dump() == expected[field].dump(), field
    info = "subject_public_key_info"
    assert body[info]["algorithm"].dump() == expected[info]["algorithm"].dump()
    lifetime = [
        one.native["not_after"] - one.native["not_before"]
        for one in (body["validity"], expected["validity"])
    ]
    assert lifetime == [timedelta(days=3650)] * 2
    assert ours["signature_algorithm"].dump() == docker["signature_algorithm"].dump()


@pytest.mark.parametrize(
    "gun", [GUN, "h.example/a_b", "h.example/" + "long/" * 40 + "name", "ex.com/Special_Name/ünï"]
)
def test_it_stands_for_its_gun_and_no_other(gun: str) -> None:
    wrapped = make_root_certificate(KEY, gun, NOW)
    check_root_key(wrapped, gun)
    check_current(wrapped, NOW)
    assert wrapped.canonical_id == KEY.id
    assert common_name(wrapped.certificates()[0]) == gun
    with pytest.raises(CertificateError):
        check_root_key(wrapped, f"{gun}x")


@pytest.mark.parametrize(
    ("signing", "keytype"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "ecdsa-x509"),
        (ec.generate_private_key(ec.SECP521R1()), "ecdsa-x509"),
        (rsa.generate_private_key(65537, 2048), "rsa-x509"),
    ],
)
def test_every_kind_of_root_key_signs_its_own_certificate(
    signing: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, keytype: str
) -> None:
    wrapped = make_root_certificate(PrivateKey(signing), GUN, NOW)
    [certificate] = wrapped.certificates()
    certificate.verify_directly_issued_by(certificate)
    assert wrapped.keytype == keytype


def test_two_certificates_of_one_key_have_different_numbers() -> None:
    numbers = {make_root_certificate(KEY, GUN, NOW).certificates()[0].serial_number for _ in "ab"}
    assert len(numbers) == 2


def test_its_dates_are_in_utc_also_beyond_2049() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5)))
    [certificate] = make_root_certificate(KEY, GUN, there, timedelta(days=20_000)).certificates()
    assert certificate.not_valid_before_utc == NOW
    assert certificate.not_valid_after_utc == NOW + timedelta(days=20_000)


def test_an_ed25519_key_cannot_be_a_root_key() -> None:
    with pytest.raises(KeyFormatError):
        make_root_certificate(PrivateKey(Ed25519PrivateKey.generate()), GUN, NOW)
