"""The beginning of a repository's trust data: a root, and targets that name nothing yet.

The root key is one for all repositories of a person, in a certificate for each; the repository key
is made for the repository; snapshot and timestamp keys are the server's (docker's choice, too).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.trust.draft import Draft
from sealyard.trust.root_certificate import make_root_certificate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.client.trust.key_store import KeyStore
    from sealyard.client.trust.service import TrustService
    from sealyard.trust.private_key import PrivateKey


@dataclass(frozen=True, slots=True)
class Initialisation:
    """Begins the trust data of the repository that ``service`` is about."""

    service: TrustService
    store: KeyStore
    clock: Callable[[], datetime]

    def root_key(self) -> PrivateKey:
        """Return the first root key that is here, made if there is none, as docker chooses it."""
        kept = self.store.root_keys()
        return self.store.unlock(kept[0].id) if kept else self.store.create("root")

    def repository_key(self) -> PrivateKey:
        """Return the repository key, made if there is none: an attempt that failed leaves one."""
        gun = self.service.gun
        kept = [key for key in self.store.entries() if (key.role, key.gun) == ("targets", gun)]
        return self.store.unlock(kept[0].id) if kept else self.store.create("targets", gun)

    def prepare(self) -> None:
        """Make or unlock the keys: whoever is asked for passphrases is asked now."""
        self.root_key()
        self.repository_key()

    def draft(self) -> Draft:
        """Return the first state; raise a ``KeyHandlingError``, ``ClientError``."""
        root, now = self.root_key(), self.clock()
        keys = {
            "root": make_root_certificate(root, self.service.gun, now),
            "targets": self.repository_key().public,
            "snapshot": self.service.key("snapshot"),
            "timestamp": self.service.key("timestamp"),
        }
        return Draft.first(keys, now)
