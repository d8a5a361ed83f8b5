"""Replacing the keys of a repository: the root's, its own, and those that the registry holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.client.errors import PublishRefusedError
from sealyard.client.trust.held_keys import HeldKeys
from sealyard.trust.root_certificate import make_root_certificate

if TYPE_CHECKING:
    from sealyard.client.trust.editor import Editor, Published
    from sealyard.trust.draft import Draft
    from sealyard.trust.keys import PublicKey
    from sealyard.trust.private_key import PrivateKey


class Rotation:
    """Replaces keys of one repository; each needs its root key.

    Every method raises ``KeysNotHeldError`` if a key that has to sign is not here, a
    ``KeyHandlingError``, or what publishing raises.
    """

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def root(self, keyid: str | None = None) -> Published:
        """Replace the root key: by the key ``keyid`` that is here, else by a new one.

        The next root is signed by the old key and the new one, so whoever trusted the old one
        follows; the old one is needed no longer after that.
        """
        self._check("root")
        if keyid is not None:
            return self._replace("root", self._certified(self._editor.store.unlock(keyid)))
        return self._with_new("root", None)

    def targets(self) -> Published:
        """Replace the repository key by a new one, which signs again what the old one had."""
        self._check("root")
        return self._with_new("targets", self._editor.gun)

    def by_server(self, role: str) -> Published:
        """Have the server make a new key for ``snapshot`` or ``timestamp`` and use it.

        A snapshot key that was kept by a client is handed over that way.
        """
        self._check("root")
        return self._replace(role, self._editor.service.rotate_key(role))

    def _check(self, role: str) -> None:
        """Unlock the present keys of ``role``, before any new one is made; raise as the others."""
        held = HeldKeys(self._editor.store)
        draft = self._editor.draft_of(self._editor.reader.refresh_for_publishing())
        for key in draft.signing_keys(role, held.holds):
            held.unlock(key)

    def _with_new(self, role: str, gun: str | None) -> Published:
        store = self._editor.store
        key = store.create(role, gun)
        try:
            return self._replace(role, self._certified(key) if role == "root" else key.public)
        except PublishRefusedError:
            store.remove(key.id)  # it never came into use
            raise

    def _replace(self, role: str, key: PublicKey) -> Published:
        def change(draft: Draft) -> None:
            draft.replace_keys(role, key)

        return self._editor.change(change)

    def _certified(self, key: PrivateKey) -> PublicKey:
        return make_root_certificate(key, self._editor.gun, self._editor.clock())
