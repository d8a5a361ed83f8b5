"""The registry itself: its names in Azure's terms, and whether content trust is on. One row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    Table,
    Text,
    exists,
    false,
    insert,
    select,
    update,
)

from sealyard.db.admin_user import admin_user
from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

_ONLY = 1

registry = Table(
    "registry",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("subscription_id", Text, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("content_trust", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("tags", Text, nullable=False, server_default="{}"),
    Column("anonymous_pull", Boolean, nullable=False, server_default=false()),
)
_ROW = select(registry, exists().where(admin_user.c.id.is_not(None)).label("admin_user"))
_ANONYMOUS_PULL = select(registry.c.anonymous_pull)
_CONTENT_TRUST = select(registry.c.content_trust)  # made once: every publish asks


@dataclass(frozen=True, slots=True)
class RegistryRecord:
    """What the registry is called; the two ids are GUIDs made at first start.

    ``tags`` are Azure's resource tags, notes that people attach to it; they say nothing of images.
    ``admin_user`` tells whether there is one, ``anonymous_pull`` whether anybody may pull.
    """

    name: str
    subscription_id: str
    tenant_id: str
    content_trust: bool
    created_at: datetime
    tags: dict[str, str] = field(default_factory=dict)
    admin_user: bool = False
    anonymous_pull: bool = False

    @property
    def resource_id(self) -> str:
        """The registry's id in the Azure Resource Manager."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/sealyard/providers"
            f"/Microsoft.ContainerRegistry/registries/{self.name}"
        )

    @property
    def token_issuer(self) -> str:
        """The issuer that tokens of this registry name; it outlives renaming and new addresses."""
        return f"urn:sealyard:{self.tenant_id}"


class RegistryStore:
    """The registry's row over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, record: RegistryRecord) -> None:
        """Insert the row, at first start."""
        self._connection.execute(
            insert(registry).values(
                id=_ONLY,
                name=record.name,
                subscription_id=record.subscription_id,
                tenant_id=record.tenant_id,
                content_trust=record.content_trust,
                created_at=to_column(record.created_at),
            )
        )

    def find(self) -> RegistryRecord | None:
        """Return the row, ``None`` before the first start."""
        row = self._connection.execute(_ROW).one_or_none()
        if row is None:
            return None
        return RegistryRecord(
            name=row.name,
            subscription_id=row.subscription_id,
            tenant_id=row.tenant_id,
            content_trust=row.content_trust,
            created_at=from_column(row.created_at),
            tags=msgspec.json.decode(row.tags, type=dict[str, str]),
            admin_user=bool(row.admin_user),
            anonymous_pull=row.anonymous_pull,
        )

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Have these resource tags and no others."""
        encoded = msgspec.json.encode(tags).decode()
        self._connection.execute(update(registry).values(tags=encoded))

    def rename(self, name: str) -> None:
        """Call the registry ``name`` from now on."""
        self._connection.execute(update(registry).values(name=name))

    def content_trust(self) -> bool:
        """Return whether content trust is on."""
        return bool(self._connection.execute(_CONTENT_TRUST).scalar())

    def set_content_trust(self, *, enabled: bool) -> None:
        """Turn content trust on or off."""
        self._connection.execute(update(registry).values(content_trust=enabled))

    def anonymous_pull(self) -> bool:
        """Return whether anybody may pull without signing in."""
        return bool(self._connection.execute(_ANONYMOUS_PULL).scalar())

    def set_anonymous_pull(self, *, enabled: bool) -> None:
        """Let anybody pull, or not."""
        self._connection.execute(update(registry).values(anonymous_pull=enabled))
