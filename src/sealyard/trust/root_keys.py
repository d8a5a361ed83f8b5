"""The root keys of a repository, as people compare them with the publisher out of band.

A root key can be named in three ways, all of which identify it fully: by the id of its
certificate (what docker and notary show), by the id of the bare key (the name of its file among
the private keys, which stays when the certificate is renewed), and by the SHA-256 fingerprint of
the certificate (what openssl and browsers show).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from sealyard.trust.certificates import common_name
from sealyard.trust.errors import KeyFormatError

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.trust.keys import PublicKey
    from sealyard.trust.metadata import Root


@dataclass(frozen=True, slots=True)
class RootKey:
    """One root key; ids and fingerprint are lower-case hex.

    ``fingerprint``, ``subject`` and ``expires`` are those of its certificate: empty, and ``None``,
    for a key that has none or that cannot be read.
    """

    certificate_id: str
    canonical_id: str
    fingerprint: str = ""
    subject: str = ""
    expires: datetime | None = None


def root_keys(root: Root) -> list[RootKey]:
    """Return the keys of the root role, in the order of the file."""
    return [_described(keyid, key) for keyid, key in root.role("root")[0].items()]


def _described(keyid: str, key: PublicKey) -> RootKey:
    try:
        canonical_id = key.canonical_id
        leaf = key.certificates()[0] if key.is_certificate else None
    except KeyFormatError:
        return RootKey(keyid, keyid)
    if leaf is None:
        return RootKey(keyid, canonical_id)
    fingerprint = hashlib.sha256(leaf.public_bytes(Encoding.DER)).hexdigest()
    return RootKey(keyid, canonical_id, fingerprint, common_name(leaf), leaf.not_valid_after_utc)
