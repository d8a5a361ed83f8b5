"""The server's certificate: a local authority made at first start, and what it signs.

An operator with certificates of their own names them in the settings and none of this is used.
The authority's certificate is what clients are told to trust, so it stays when the server's is
renewed or a login server is added.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sealyard.errors import UnavailableError
from sealyard.keystore.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

_AUTHORITY_LIFE = timedelta(days=3650)
_SERVER_LIFE = timedelta(days=397)  # the longest that browsers accept
_RENEW_BEFORE = timedelta(days=60)
_CLOCK_SKEW = timedelta(hours=1)


class CertificateUnusableError(UnavailableError):
    """A certificate or key file cannot be used for TLS."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """The chain and key that the server presents, in PEM files."""

    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Make the server's TLS context: TLS 1.2 or newer, HTTP/1.1."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # All that is offered is strong; a client knows which of it its processor does best.
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
        context.set_alpn_protocols(["http/1.1"])
        self.load_into(context)
        return context

    def load_into(self, context: ssl.SSLContext) -> None:
        """Use the present files for new connections; raise ``CertificateUnusableError``."""
        try:
            context.load_cert_chain(self.chain, self.key)
        except (OSError, ssl.SSLError) as error:
            message = f"the certificate {self.chain} with key {self.key} cannot be used: {error}"
            raise CertificateUnusableError(message) from error


def local_certificate(folder: Path, hosts: Sequence[str], now: datetime) -> CertificateFiles:
    """Return a certificate for ``hosts`` by the authority in ``folder``, made where needed.

    ``folder`` then holds ``ca.pem``, ``ca.key``, ``server.pem`` and ``server.key``.
    """
    files = CertificateFiles(folder / "server.pem", folder / "server.key")
    if _usable(files, hosts, now):
        return files
    authority, authority_key = _authority(folder, now)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _server_certificate(hosts, key, authority, authority_key, now)
    chain = certificate.public_bytes(serialization.Encoding.PEM)
    write_whole(files.key, _pem(key))
    write_whole(files.chain, chain + authority.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return files


def _usable(files: CertificateFiles, hosts: Sequence[str], now: datetime) -> bool:
    if not (files.chain.exists() and files.key.exists()):
        return False
    certificate = x509.load_pem_x509_certificate(files.chain.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    fits = set(names) >= set(_names(hosts))
    return fits and certificate.not_valid_after_utc > now + _RENEW_BEFORE


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_file, key_file = folder / "ca.pem", folder / "ca.key"
    if certificate_file.exists() and key_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            message = f"{key_file} is not the key that this registry made"
            raise CertificateUnusableError(message)
        return x509.load_pem_x509_certificate(certificate_file.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sealyard local authority")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        _builder(name, name, key, now, _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    write_whole(key_file, _pem(key))
    write_whole(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return certificate, key


def _server_certificate(
    hosts: Sequence[str],
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sealyard registry")])
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    own_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        _builder(name, authority.subject, key, now, _SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(own_key, critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + life)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    return [_name(host) for host in dict.fromkeys(hosts)]


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
