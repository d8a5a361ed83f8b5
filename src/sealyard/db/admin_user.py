"""The admin user: one row while it is enabled, none otherwise.

Its passwords can be shown again, so they lie here sealed; ``credentials`` holds their hashes, with
which it signs in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

_ONLY = 1

admin_user = Table(
    "admin_user",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("object_id", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("password", LargeBinary, nullable=False),
    Column("password2", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
PASSWORD_NAMES = ("password", "password2")


@dataclass(frozen=True, slots=True)
class AdminUser:
    """The admin user; ``sealed`` holds its passwords by name, each sealed."""

    object_id: str
    epoch: int
    sealed: Mapping[str, bytes]
    created_at: datetime


class AdminUserStore:
    """The admin user over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self) -> AdminUser | None:
        """Return the admin user, ``None`` while it is not enabled."""
        row = self._connection.execute(select(admin_user)).one_or_none()
        if row is None:
            return None
        sealed = {"password": row.password, "password2": row.password2}
        return AdminUser(row.object_id, row.epoch, sealed, from_column(row.created_at))

    def add(self, admin: AdminUser) -> None:
        """Insert the row: it is enabled from now on."""
        self._connection.execute(
            insert(admin_user).values(
                id=_ONLY,
                object_id=admin.object_id,
                epoch=admin.epoch,
                created_at=to_column(admin.created_at),
                **admin.sealed,
            )
        )

    def replace_password(self, name: str, sealed: bytes) -> None:
        """Keep another password under ``name`` and make older registry tokens worthless."""
        values = {name: sealed, "epoch": admin_user.c.epoch + 1}
        self._connection.execute(update(admin_user).values(**values))

    def delete(self) -> None:
        """Delete the row: it is not enabled any more."""
        self._connection.execute(delete(admin_user))
