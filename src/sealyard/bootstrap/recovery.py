"""The way back in on the server's own machine, beside a running server or without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.bootstrap.parts import database, now
from sealyard.db.schema import bring_up_to_date
from sealyard.errors import UnavailableError
from sealyard.services.directory.first_owner import OwnerPassword, reset_owner_password
from sealyard.services.directory.passwords import Passwords

if TYPE_CHECKING:
    from sealyard.settings import Settings

__all__ = ["NoRegistryHereError", "OwnerPassword", "reset_password"]


class NoRegistryHereError(UnavailableError):
    """The data folder holds no registry."""


def reset_password(settings: Settings, user: str, password: str | None) -> OwnerPassword:
    """Set the password of ``user`` (generated without one) and make it Owner again.

    Raise ``NoRegistryHereError``, ``DirectoryObjectUnknownError`` or ``InvalidNameError``.
    """
    if not (settings.data_dir / "sealyard.db").exists() and not settings.database_url:
        message = f"{settings.data_dir} holds no registry; say which folder with --data-dir DIR"
        raise NoRegistryHereError(message)
    rows, passwords = database(settings), Passwords(1)
    try:
        bring_up_to_date(rows)
        return reset_owner_password(rows, passwords, now, user=user, password=password)
    finally:
        passwords.close()
        rows.close()
