"""Chains of certificates: whether a CA stands behind a root certificate.

Only for pins by a CA; otherwise the issuer of a root certificate plays no part. The rules of web
servers (names in extensions, short lives) do not fit here, so the chain is followed by itself:
signature by signature, with dates and the right to issue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import BasicConstraints, ExtensionNotFound, KeyUsage

from sealyard.trust.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from cryptography.x509 import Certificate

    from sealyard.trust.keys import PublicKey

_MAX_DEPTH: Final = 8
_MAX_INTERMEDIATES: Final = 16


def check_issued(key: PublicKey, authority: bytes, now: datetime) -> None:
    """Raise ``CertificateError`` unless ``key``'s certificate comes from ``authority``.

    ``authority`` holds CA certificates in PEM; the intermediates are those beside the leaf.
    """
    anchors = read_authorities(authority)
    leaf, *between = key.certificates()
    issuers = [one for one in between[:_MAX_INTERMEDIATES] if _may_issue(one, now)]
    trusted = [one for one in anchors if _may_issue(one, now)]
    if not trusted:
        message = "no certificate of the pinned CA may issue others today"
        raise CertificateError(message)
    if not _reaches([leaf], trusted, issuers):
        message = "its certificate was not issued by the pinned CA"
        raise CertificateError(message)


def read_authorities(pem: bytes) -> list[Certificate]:
    """Read the CA certificates of a pin; raise ``CertificateError`` if there are none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        message = f"the pinned CA cannot be read: {error}"
        raise CertificateError(message) from error


def _reaches(
    chain: Sequence[Certificate], anchors: Iterable[Certificate], issuers: Sequence[Certificate]
) -> bool:
    last = chain[-1]
    if any(last == anchor or _issued(last, anchor) for anchor in anchors):
        return True
    if len(chain) >= _MAX_DEPTH:
        return False
    return any(
        _reaches([*chain, issuer], anchors, issuers)
        for issuer in issuers
        if issuer not in chain and _issued(last, issuer)
    )


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_issue(certificate: Certificate, now: datetime) -> bool:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return False
    try:
        extensions = certificate.extensions
        if not extensions.get_extension_for_class(BasicConstraints).value.ca:
            return False
        return extensions.get_extension_for_class(KeyUsage).value.key_cert_sign
    except ExtensionNotFound as missing:
        return missing.oid == KeyUsage.oid
    except ValueError:
        return False
