"""Passphrases in the system's keyring: an optional extra, ``pip install 'sealyard[keyring]'``.

Nothing is ever put there unless somebody asks for it.
"""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Protocol, cast

from sealyard.client.trust.key_errors import (
    PassphraseMissingError,
    PassphraseSourceError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealyard.client.trust.passphrases import KeyLabel

_SERVICE: Final = "sealyard content trust"
_SOURCE: Final = "the system's keyring"


class Backend(Protocol):
    """What of the package ``keyring`` is used; under ``username`` stands the key's id."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """Return the secret, ``None`` if there is none."""

    def set_password(self, service_name: str, username: str, password: str) -> None:
        """Keep the secret."""


class KeyringStore:
    """The passphrases of keys in the system's keyring."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def existing(self, key: KeyLabel, attempt: int) -> str:
        """Return what was stored.

        One that is wrong is passed over, for it may be outdated; so is a keyring that does not
        work, for nobody named it.
        """
        if attempt or not key.id:
            raise PassphraseMissingError(key)
        try:
            with _mapped(key):
                found = self._backend.get_password(_SERVICE, key.id)
        except PassphraseSourceError as error:
            raise PassphraseMissingError(key) from error
        if not found:
            raise PassphraseMissingError(key)
        return found

    def new(self, key: KeyLabel) -> str:
        """Have no answer: a new passphrase comes from elsewhere."""
        raise PassphraseMissingError(key)

    def store(self, key: KeyLabel, passphrase: str) -> None:
        """Keep ``passphrase`` for ``key``; raise ``PassphraseSourceError``."""
        with _mapped(key):
            self._backend.set_password(_SERVICE, key.id, passphrase)


def system_keyring() -> KeyringStore | None:
    """Return the system's keyring, ``None`` if the extra is not installed."""
    return None if find_spec("keyring") is None else KeyringStore(_Package())


class _Package:
    """The package, imported when it is asked: most commands ask for no passphrase at all."""

    def get_password(self, service_name: str, username: str) -> str | None:
        return self._imported().get_password(service_name, username)

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self._imported().set_password(service_name, username, password)

    @staticmethod
    def _imported() -> Backend:
        return cast("Backend", importlib.import_module("keyring"))


@contextmanager
def _mapped(key: KeyLabel) -> Iterator[None]:
    """Turn whatever a keyring raises into an error of ours; its kinds depend on the system."""
    try:
        yield
    except Exception as error:
        reason = f"{type(error).__name__}: is it unlocked, and is there one?"
        raise PassphraseSourceError(key, _SOURCE, reason) from error
