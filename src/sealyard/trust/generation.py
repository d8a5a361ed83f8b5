"""Making metadata files: exactly the bytes that notary's Go code would write.

The registry makes snapshots and timestamps with it; whoever holds the other keys makes the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from sealyard.trust.canonical import canonical, wire
from sealyard.trust.instants import format_instant
from sealyard.trust.keys import ECDSA, ECDSA_X509, ED25519, RSA, RSA_X509
from sealyard.trust.metadata import Content, FileInfo, Snapshot, Timestamp
from sealyard.trust.signatures import Signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sealyard.trust.keys import PublicKey

Signer = Callable[[str, bytes], bytes]
"""Given a key id and a message, returns the signature: r‖s for ECDSA, PSS for RSA, plain EdDSA."""

_METHODS = {
    ECDSA: "ecdsa",
    ECDSA_X509: "ecdsa",
    RSA: "rsapss",
    RSA_X509: "rsapss",
    ED25519: "eddsa",
}


def signed(content: Content, keys: Iterable[PublicKey], signer: Signer) -> bytes:
    """Return the file of ``content``, signed by each of ``keys``."""
    message = canonical(content)
    signatures = [
        Signature(keyid=key.id, method=_METHODS[key.keytype], sig=signer(key.id, message))
        for key in keys
    ]
    return file_bytes(content, signatures)


def file_bytes(content: Content, signatures: Iterable[Signature]) -> bytes:
    """Put ``content`` and finished ``signatures`` into a file."""
    listed = msgspec.json.encode(list(signatures))
    return b'{"signed":' + wire(content) + b',"signatures":' + listed + b"}"


def next_snapshot(
    previous: Snapshot | None, files: Mapping[str, bytes], version: int, expires: datetime
) -> Snapshot:
    """Return the snapshot that follows ``previous`` once ``files`` (role to bytes) are current.

    Entries of other roles stay, also of delegations that nobody declares any more: a snapshot
    that forgets a file looks to TUF clients like an attack.
    """
    meta = dict(previous.meta) if previous is not None else {}
    meta.update({role: FileInfo.of(raw) for role, raw in files.items()})
    return Snapshot(type="Snapshot", expires=format_instant(expires), meta=meta, version=version)


def next_timestamp(snapshot: bytes, version: int, expires: datetime) -> Timestamp:
    """Return the timestamp that makes the file ``snapshot`` current."""
    meta = {"snapshot": FileInfo.of(snapshot)}
    return Timestamp(type="Timestamp", expires=format_instant(expires), meta=meta, version=version)
