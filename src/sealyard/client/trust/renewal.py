"""Signing again what is about to expire, or has, on the way of another change.

A root is renewed in its last half year, as docker does; docker leaves its certificate, which
expires with it, and then nobody can read the repository. Here the root key gets a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.client.trust.held_keys import HeldKeys
from sealyard.client.trust.key_errors import PassphraseError
from sealyard.trust.draft import RENEWED_WITHIN
from sealyard.trust.errors import KeysNotHeldError
from sealyard.trust.root_certificate import make_root_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealyard.client.trust.key_store import KeyStore
    from sealyard.trust.draft import Draft
    from sealyard.trust.trusted_set import TrustedSet


@dataclass(frozen=True, slots=True)
class Renewal:
    """Renews what the keys in ``store`` can sign; ``notice`` is told of the rest."""

    gun: str
    store: KeyStore
    notice: Callable[[str], None]

    def renew(self, draft: Draft, trusted: TrustedSet) -> None:
        """Have ``draft`` sign again what is due of ``trusted``, where the keys are here."""
        due = [error.role for error in trusted.expired if error.role in {"root", *draft.targets}]
        if trusted.root.expires - draft.now < RENEWED_WITHIN:
            due.append("root")
        for role in dict.fromkeys(due):
            if not self._can_sign(draft, role):
                # docker's sentence, for the role that it is about
                self.notice(f"{role} is nearing expiry, you should re-sign the role metadata")
                continue
            if role == "root":
                self._renew_certificate(draft)
            draft.sign_again(role)

    def _can_sign(self, draft: Draft, role: str) -> bool:
        held = HeldKeys(self.store)
        try:
            for key in draft.signing_keys(role, held.holds):
                held.unlock(key)
        except (KeysNotHeldError, PassphraseError):
            return False
        return True

    def _renew_certificate(self, draft: Draft) -> None:
        """Put the root key into a new certificate if the present one has not long to live."""
        keys = list(draft.root.role("root")[0].values())
        if len(keys) != 1:
            return  # whoever arranged several has to say which
        ends = keys[0].certificates()[0].not_valid_after_utc
        if ends - draft.now < RENEWED_WITHIN:
            private = self.store.unlock(keys[0].canonical_id)
            draft.replace_keys("root", make_root_certificate(private, self.gun, draft.now))
