"""Root certificates: a key pair becomes an ``ecdsa-x509`` or ``rsa-x509`` one.

The clients make them self-signed, with the repository's GUN as common name, for ten years,
for code signing, not as an authority. Every one of these can be bent here.
"""

from __future__ import annotations

import base64
import warnings
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from notary_conformance.keys import KeyPair, PublicKey

# The ASN.1 upper bound of a common name. GUNs are often longer and clients do not mind.
_NAME_BOUND = 64


@dataclass(frozen=True, slots=True)
class CertificateForm:
    """What a certificate says besides its key; the defaults are what the clients make."""

    common_name: str
    starts: timedelta = timedelta(hours=-1)
    ends: timedelta = timedelta(days=3650)
    authority: bool = False


def certified(key: KeyPair, form: CertificateForm, *, more: tuple[bytes, ...] = ()) -> KeyPair:
    """Return ``key`` under its certificate type; ``more`` are PEM certificates put after it."""
    pem = b"".join((certificate(key, form), *more))
    named = PublicKey(f"{key.named.keytype}-x509", base64.b64encode(pem).decode())
    return replace(key, named=named)


def certificate(key: KeyPair, form: CertificateForm) -> bytes:
    """Return a self-signed certificate as PEM."""
    name = _name(form.common_name)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name)
        .public_key(key.private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + form.starts)
        .not_valid_after(now + form.ends)
        .add_extension(_usage(form), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .add_extension(x509.BasicConstraints(ca=form.authority, path_length=None), critical=True)
    )
    made = builder.sign(key.private, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def _name(common_name: str) -> x509.Name:
    if len(common_name) <= _NAME_BOUND:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    # Without its checks the library still warns of a long name.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        long = x509.NameAttribute(NameOID.COMMON_NAME, common_name, _validate=False)
    return x509.Name([long])


def _usage(form: CertificateForm) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=True,
        key_cert_sign=form.authority,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
