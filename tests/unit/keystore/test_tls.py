"""The local authority stays, the server's certificate follows the names and the calendar."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from sealyard.keystore.tls import CertificateFiles, CertificateUnusableError, local_certificate

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _certificate(files: CertificateFiles) -> x509.Certificate:
    return x509.load_pem_x509_certificate(files.chain.read_bytes())


def test_the_certificate_covers_every_host_and_is_signed_by_the_authority(tmp_path: Path) -> None:
    files = local_certificate(tmp_path, ["localhost", "127.0.0.1", "[::1]", "localhost"], NOW)
    certificate = _certificate(files)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == ["localhost", "127.0.0.1", "::1"]
    authority = x509.load_pem_x509_certificate((tmp_path / "ca.pem").read_bytes())
    certificate.verify_directly_issued_by(authority)


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    local_certificate(tmp_path, ["localhost"], NOW)
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("ca.key", "server.key")} == {
        0o600
    }


def test_a_fitting_certificate_is_kept(tmp_path: Path) -> None:
    first = _certificate(local_certificate(tmp_path, ["localhost"], NOW))
    again = _certificate(local_certificate(tmp_path, ["localhost"], NOW + timedelta(days=30)))
    assert first == again


@pytest.mark.parametrize(
    ("hosts", "days"), [(["localhost", "registry.example"], 0), (["localhost"], 350)]
)
def test_a_new_name_or_a_near_end_renews_the_certificate_under_the_same_authority(
    tmp_path: Path, hosts: list[str], days: int
) -> None:
    first = _certificate(local_certificate(tmp_path, ["localhost"], NOW))
    authority = (tmp_path / "ca.pem").read_bytes()
    again = _certificate(local_certificate(tmp_path, hosts, NOW + timedelta(days=days)))
    assert again != first
    assert (tmp_path / "ca.pem").read_bytes() == authority


def test_the_context_speaks_tls_1_2_or_newer(tmp_path: Path) -> None:
    context = local_certificate(tmp_path, ["localhost"], NOW).context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_files_that_are_no_certificate_are_refused_by_name(tmp_path: Path) -> None:
    files = CertificateFiles(tmp_path / "chain.pem", tmp_path / "key.pem")
    files.chain.write_text("nonsense")
    files.key.write_text("nonsense")
    with pytest.raises(CertificateUnusableError, match=r"chain\.pem"):
        files.context()
