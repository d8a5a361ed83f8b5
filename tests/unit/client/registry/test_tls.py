from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sealyard.client.registry.errors import CertificateFileError
from sealyard.client.registry.tls import Certificates

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

HOST = "registry.test:5443"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def authority(name: str) -> tuple[str, str]:
    """Return a certificate and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), own.decode()


def believed(context: ssl.SSLContext) -> set[str]:
    """Return the names of the authorities that were loaded (the system's may load later)."""
    loaded = [x509.load_der_x509_certificate(raw) for raw in context.get_ca_certs(binary_form=True)]
    names = {one.subject.rfc4514_string().removeprefix("CN=") for one in loaded}
    return {name for name in names if name.startswith("test ")}


def test_authorities_come_from_every_place(tmp_path: Path) -> None:
    mine, machine = tmp_path / "mine", tmp_path / "machine"
    for folder, name in ((mine, "test mine"), (machine, "test machine")):
        (folder / HOST).mkdir(parents=True)
        (folder / HOST / "ca.crt").write_text(authority(name)[0])
    (mine / "other.test").mkdir()
    (mine / "other.test" / "ca.crt").write_text(authority("test other")[0])
    (tmp_path / "given.pem").write_text(authority("test given")[0])
    certificates = Certificates(
        folders=(mine, machine, tmp_path / "missing"),
        files=(tmp_path / "given.pem",),
        remembered={HOST: authority("test remembered")[0], "third.test": "not looked at"},
    )
    names = {"test mine", "test machine", "test given", "test remembered"}
    assert believed(certificates.context(HOST)) == names
    assert believed(certificates.context("unheard.test")) == {"test given"}


def test_what_a_command_gives_counts_only_where_the_command_goes(tmp_path: Path) -> None:
    (tmp_path / "given.pem").write_text(authority("test given")[0])
    certificates = Certificates(folders=(), given=(tmp_path / "given.pem",))
    assert believed(certificates.context(HOST)) == {"test given"}
    assert believed(certificates.context(HOST, is_named=False)) == set()


def test_every_connection_is_verified() -> None:
    context = Certificates().context(HOST)
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.minimum_version.name == "TLSv1_2"


def test_our_own_certificate_is_shown_where_one_was_put(tmp_path: Path) -> None:
    (tmp_path / HOST).mkdir()
    certificate, key = authority("test client")
    (tmp_path / HOST / "client.cert").write_text(certificate)
    (tmp_path / HOST / "client.key").write_text(key)
    Certificates(folders=(tmp_path,)).context(HOST)
    (tmp_path / HOST / "client.key").write_text(authority("test another")[1])
    with pytest.raises(CertificateFileError, match=r"client\.cert"):
        Certificates(folders=(tmp_path,)).context(HOST)


def test_a_file_without_a_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / HOST).mkdir()
    (tmp_path / HOST / "ca.crt").write_text("nothing")
    with pytest.raises(CertificateFileError, match=r"ca\.crt"):
        Certificates(folders=(tmp_path,)).context(HOST)
    with pytest.raises(CertificateFileError, match=r"missing\.pem"):
        Certificates(folders=(), files=(tmp_path / "missing.pem",)).context(HOST)
    with pytest.raises(CertificateFileError, match="remembered"):
        Certificates(folders=(), remembered={HOST: "nothing"}).context(HOST)


def test_the_place_for_a_certificate_is_the_first_one(tmp_path: Path) -> None:
    assert Certificates(folders=(tmp_path,)).place_for(HOST) == tmp_path / HOST / "ca.crt"
