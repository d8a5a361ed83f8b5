"""The keys that are held here, as trust data speaks of them.

A root key stands in trust data inside a certificate and so under another id than its private key
is filed under.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.trust.errors import KeyFormatError

if TYPE_CHECKING:
    from sealyard.client.trust.key_store import KeyStore
    from sealyard.trust.keys import PublicKey


class HeldKeys:
    """Which public keys can be signed for with ``store``, and signing with them."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._filed: dict[str, str] = {}

    def holds(self, key: PublicKey) -> bool:
        """Tell whether the private half of ``key`` is here; no passphrase is asked for."""
        try:
            self._filed[key.id] = key.canonical_id
        except KeyFormatError:  # of a kind that nobody here could have
            return False
        return self._store.find(self._filed[key.id]) is not None

    def unlock(self, key: PublicKey) -> None:
        """Ask for what it takes to sign with ``key``; raise as ``KeyStore.unlock``."""
        self._store.unlock(key.canonical_id)

    def sign(self, keyid: str, message: bytes) -> bytes:
        """Sign with a key that ``holds`` was asked about: a ``trust.generation.Signer``."""
        return self._store.signer(self._filed[keyid], message)
