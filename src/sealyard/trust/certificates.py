"""The rules for root certificates: which ones may vouch for a GUN.

A root key is wrapped into a certificate whose common name is the GUN. The certificate's issuer
plays no part: it is the key that is pinned, the certificate only says for which GUN it stands.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import BasicConstraints, ExtensionNotFound

from sealyard.trust.der import SEQUENCE, SET, DerError, elements, sole
from sealyard.trust.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cryptography.x509 import Certificate

    from sealyard.trust.keys import PublicKey

_COMMON_NAME = bytes.fromhex("0603550403")  # the object identifier 2.5.4.3 in DER
_EARLY = timedelta(days=1)  # notary forgives clocks that are behind by a day
_TEXT_TAGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
_VERSION = 0xA0
_RSA_BITS = 2048


def check_root_key(key: PublicKey, gun: str) -> None:
    """Raise ``CertificateError`` unless ``key`` is a certificate that stands for ``gun``.

    This is what the *previous* root's keys have to meet; its certificates may have expired.
    """
    leaf = _only_leaf(key)
    name = common_name(leaf)
    if not stands_for(name, gun):
        message = f"its certificate is for {name[:200]}, not for {gun}"
        raise CertificateError(message)
    if isinstance(leaf.signature_hash_algorithm, hashes.SHA1 | hashes.MD5):
        message = f"its certificate is signed over {leaf.signature_hash_algorithm.name}"
        raise CertificateError(message)
    public = key.verifying()
    if isinstance(public, RSAPublicKey) and public.key_size < _RSA_BITS:
        message = f"its certificate has an RSA key of only {public.key_size} bits"
        raise CertificateError(message)


def check_current(key: PublicKey, now: datetime) -> None:
    """Raise ``CertificateError`` unless the certificate of ``key`` is within its dates."""
    leaf = _only_leaf(key)
    if now + _EARLY < leaf.not_valid_before_utc:
        message = f"its certificate is not valid before {leaf.not_valid_before_utc:%Y-%m-%d}"
        raise CertificateError(message)
    if now > leaf.not_valid_after_utc:
        message = f"its certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d}"
        raise CertificateError(message)


def stands_for(name: str, gun: str) -> bool:
    """Tell whether the common name ``name`` covers ``gun``: equal, or a prefix before ``*``."""
    if name.endswith("*"):
        return gun.startswith(name.rstrip("*"))
    return name == gun


def common_name(certificate: Certificate) -> str:
    """Return the subject's common name, however long; empty if there is none.

    Raise ``CertificateError`` if the subject is none.

    Read from the raw DER: X.509 allows 64 characters and libraries insist on it, while a GUN may
    have 255 and docker writes it all the same.
    """
    try:
        for tag, attribute in _attributes(certificate.tbs_certificate_bytes):
            if tag == SEQUENCE and attribute.startswith(_COMMON_NAME):
                text_tag, text = next(elements(attribute[len(_COMMON_NAME) :]), (0, b""))
                return text.decode(_TEXT_TAGS.get(text_tag, "latin-1"), "replace")
    except DerError as error:
        message = f"its certificate cannot be read: {error}"
        raise CertificateError(message) from error
    return ""


def _only_leaf(key: PublicKey) -> Certificate:
    if not key.is_certificate:
        message = f"a root key of type {key.keytype} has no certificate"
        raise CertificateError(message)
    leaves = [one for one in key.certificates() if not _is_authority(one)]
    if len(leaves) != 1:
        message = f"its certificates hold {len(leaves)} leaves instead of one"
        raise CertificateError(message)
    if key.certificates()[0] != leaves[0]:
        message = "its first certificate is not the leaf"
        raise CertificateError(message)
    return leaves[0]


def _is_authority(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except ExtensionNotFound:
        return False
    except ValueError as error:
        message = f"its certificate cannot be read: {error}"
        raise CertificateError(message) from error


def _attributes(tbs: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the attributes of the subject: [version] serial algorithm issuer validity *subject*."""
    fields = [element for element in elements(sole(tbs, SEQUENCE)) if element[0] != _VERSION]
    _, subject = fields[4]
    for tag, relative in elements(subject):
        if tag == SET:
            yield from elements(relative)
