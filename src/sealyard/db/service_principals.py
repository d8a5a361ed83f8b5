"""Service principals of the directory: machines, which sign in with an appId and a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

service_principals = Table(
    "service_principals",
    metadata,
    Column("object_id", Text, primary_key=True),
    Column("app_id", Text, nullable=False, unique=True),
    Column("application_id", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "display_name"),
)

# Every name is one principal's: `--assignee <name>` must not be a matter of luck.
service_principal_names = Table(
    "service_principal_names",
    metadata,
    Column("name", Text, primary_key=True),
    Column(
        "object_id",
        Text,
        ForeignKey("service_principals.object_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Index(None, "object_id"),
)


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """One service principal.

    ``application_id`` is the object id of its application, which Microsoft Graph keeps apart from
    the principal's own. ``names`` are its servicePrincipalNames, the appId first. ``epoch`` counts
    the changes that make older tokens worthless.
    """

    object_id: str
    app_id: str
    application_id: str
    display_name: str
    names: tuple[str, ...]
    enabled: bool
    epoch: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ServicePrincipalFilter:
    """Which service principals to list; an empty field matches everything."""

    name: str = ""
    app_id: str = ""
    display_name: str = ""
    display_name_prefix: str = ""
    after: str = ""


class ServicePrincipalStore:
    """Service principals over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, principal: ServicePrincipal) -> None:
        """Insert ``principal`` and its names; a taken one raises ``IntegrityError``."""
        self._connection.execute(
            insert(service_principals).values(
                object_id=principal.object_id,
                app_id=principal.app_id,
                application_id=principal.application_id,
                display_name=principal.display_name,
                enabled=principal.enabled,
                epoch=principal.epoch,
                created_at=to_column(principal.created_at),
            )
        )
        self._add_names(principal.object_id, principal.names)

    def by_id(self, object_id: str) -> ServicePrincipal | None:
        """Return the service principal with that object id."""
        return self._one(service_principals.c.object_id == object_id)

    def by_app_id(self, app_id: str) -> ServicePrincipal | None:
        """Return the service principal with that appId."""
        return self._one(service_principals.c.app_id == app_id)

    def by_application_id(self, application_id: str) -> ServicePrincipal | None:
        """Return the service principal of the application with that object id."""
        return self._one(service_principals.c.application_id == application_id)

    def by_name(self, name: str) -> ServicePrincipal | None:
        """Return the service principal that has ``name`` among its servicePrincipalNames."""
        named = select(service_principal_names.c.object_id).where(
            service_principal_names.c.name == name
        )
        return self._one(service_principals.c.object_id == named.scalar_subquery())

    def page(self, wanted: ServicePrincipalFilter, limit: int) -> list[ServicePrincipal]:
        """Return at most ``limit`` matching ones by object id, after ``wanted.after``."""
        table = service_principals
        statement = select(table).order_by(table.c.object_id).limit(limit)
        statement = statement.where(table.c.object_id > wanted.after)
        if wanted.app_id:
            statement = statement.where(table.c.app_id == wanted.app_id)
        if wanted.display_name:
            statement = statement.where(table.c.display_name == wanted.display_name)
        if wanted.display_name_prefix:
            statement = statement.where(
                table.c.display_name.startswith(wanted.display_name_prefix, autoescape=True)
            )
        if wanted.name:
            names = service_principal_names
            named = select(names.c.object_id).where(names.c.name == wanted.name)
            statement = statement.where(table.c.object_id.in_(named))
        rows = self._connection.execute(statement).all()
        return [_principal(row, self._names(row.object_id)) for row in rows]

    def set_display_name(self, object_id: str, display_name: str) -> None:
        """Change how the principal is shown."""
        self._change(object_id, display_name=display_name)

    def set_names(self, object_id: str, names: Sequence[str]) -> None:
        """Replace the names; one that another principal has raises ``IntegrityError``."""
        table = service_principal_names
        self._connection.execute(delete(table).where(table.c.object_id == object_id))
        self._add_names(object_id, names)

    def set_enabled(self, object_id: str, *, enabled: bool) -> None:
        """Let the principal sign in, or not; older tokens become worthless either way."""
        self._change(object_id, enabled=enabled, epoch=service_principals.c.epoch + 1)

    def advance_epoch(self, object_id: str) -> None:
        """Make every token that the principal holds worthless."""
        self._change(object_id, epoch=service_principals.c.epoch + 1)

    def delete(self, object_id: str) -> None:
        """Delete the principal and its names."""
        table = service_principal_names
        self._connection.execute(delete(table).where(table.c.object_id == object_id))
        self._connection.execute(
            delete(service_principals).where(service_principals.c.object_id == object_id)
        )

    def _add_names(self, object_id: str, names: Sequence[str]) -> None:
        rows = [{"name": name, "object_id": object_id} for name in dict.fromkeys(names)]
        self._connection.execute(insert(service_principal_names), rows)

    def _names(self, object_id: str) -> list[str]:
        table = service_principal_names
        return list(
            self._connection.execute(
                select(table.c.name).where(table.c.object_id == object_id).order_by(table.c.name)
            ).scalars()
        )

    def _change(self, object_id: str, **values: object) -> None:
        self._connection.execute(
            update(service_principals)
            .where(service_principals.c.object_id == object_id)
            .values(**values)
        )

    def _one(self, condition: Any) -> ServicePrincipal | None:  # noqa: ANN401 (SQLAlchemy's column expression)
        row = self._connection.execute(select(service_principals).where(condition)).one_or_none()
        return None if row is None else _principal(row, self._names(row.object_id))


def _principal(row: Row[Any], names: Sequence[str]) -> ServicePrincipal:
    return ServicePrincipal(
        object_id=row.object_id,
        app_id=row.app_id,
        application_id=row.application_id,
        display_name=row.display_name,
        names=(row.app_id, *(name for name in names if name != row.app_id)),
        enabled=row.enabled,
        epoch=row.epoch,
        created_at=from_column(row.created_at),
    )
