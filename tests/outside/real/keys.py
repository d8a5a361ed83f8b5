"""Keys that somebody else made, as files: what ``openssl`` writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path


def key_files(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """Make a P-256 key; return the files of the private key, the public key and a certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    files = (folder / f"{name}.key", folder / f"{name}.pub", folder / f"{name}.crt")
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.TraditionalOpenSSL
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    files[0].write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    files[1].write_bytes(key.public_key().public_bytes(pem, public))
    files[2].write_bytes(certificate_for(key, name))
    files[0].chmod(0o600)
    return files


def certificate_for(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, name: str) -> bytes:
    """Return a certificate that ``key`` signed for itself, as PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)
