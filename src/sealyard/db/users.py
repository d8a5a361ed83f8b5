"""Users of the directory: people, who sign in with a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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
    from datetime import datetime

    from sqlalchemy import Connection, Row

users = Table(
    "users",
    metadata,
    Column("object_id", Text, primary_key=True),
    Column("user_principal_name", Text, nullable=False, unique=True),
    Column("short_name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "short_name"),
)


@dataclass(frozen=True, slots=True)
class User:
    """One user. ``epoch`` counts the changes that make older tokens worthless."""

    object_id: str
    user_principal_name: str
    display_name: str
    enabled: bool
    epoch: int
    created_at: datetime

    @property
    def short_name(self) -> str:
        """The part before the ``@``."""
        return self.user_principal_name.partition("@")[0]


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users to list, by name; an empty field matches everything."""

    user_principal_name: str = ""
    display_name: str = ""
    display_name_prefix: str = ""
    after: str = ""


class UserStore:
    """Users over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, user: User) -> None:
        """Insert ``user``; a taken name raises ``IntegrityError``."""
        self._connection.execute(
            insert(users).values(
                object_id=user.object_id,
                user_principal_name=user.user_principal_name,
                short_name=user.short_name,
                display_name=user.display_name,
                enabled=user.enabled,
                epoch=user.epoch,
                created_at=to_column(user.created_at),
            )
        )

    def by_id(self, object_id: str) -> User | None:
        """Return the user with that object id."""
        return self._one(users.c.object_id == object_id)

    def by_principal_name(self, name: str) -> User | None:
        """Return the user with that name (lower case)."""
        return self._one(users.c.user_principal_name == name)

    def by_short_name(self, name: str) -> User | None:
        """Return the only user whose name begins ``name@``, ``None`` if there are more."""
        found = self._connection.execute(
            select(users).where(users.c.short_name == name).limit(2)
        ).all()
        return _user(found[0]) if len(found) == 1 else None

    def has_short_name(self, name: str) -> bool:
        """Tell whether there is a user, or are several, whose name begins ``name@``."""
        statement = select(users.c.object_id).where(users.c.short_name == name).limit(1)
        return self._connection.execute(statement).first() is not None

    def page(self, wanted: UserFilter, limit: int) -> list[User]:
        """Return at most ``limit`` matching users by name, after the name ``wanted.after``."""
        statement = select(users).order_by(users.c.user_principal_name).limit(limit)
        statement = statement.where(users.c.user_principal_name > wanted.after)
        if wanted.user_principal_name:
            statement = statement.where(users.c.user_principal_name == wanted.user_principal_name)
        if wanted.display_name:
            statement = statement.where(users.c.display_name == wanted.display_name)
        if wanted.display_name_prefix:
            statement = statement.where(
                users.c.display_name.startswith(wanted.display_name_prefix, autoescape=True)
            )
        return [_user(row) for row in self._connection.execute(statement)]

    def set_display_name(self, object_id: str, display_name: str) -> None:
        """Change how the user is shown."""
        self._change(object_id, display_name=display_name)

    def set_enabled(self, object_id: str, *, enabled: bool) -> None:
        """Let the user sign in, or not; older tokens become worthless either way."""
        self._change(object_id, enabled=enabled, epoch=users.c.epoch + 1)

    def advance_epoch(self, object_id: str) -> None:
        """Make every token that the user holds worthless."""
        self._change(object_id, epoch=users.c.epoch + 1)

    def delete(self, object_id: str) -> None:
        """Delete the user."""
        self._connection.execute(delete(users).where(users.c.object_id == object_id))

    def _change(self, object_id: str, **values: object) -> None:
        self._connection.execute(
            update(users).where(users.c.object_id == object_id).values(**values)
        )

    def _one(self, condition: Any) -> User | None:  # noqa: ANN401 (SQLAlchemy's column expression)
        row = self._connection.execute(select(users).where(condition)).one_or_none()
        return None if row is None else _user(row)


def _user(row: Row[Any]) -> User:
    return User(
        object_id=row.object_id,
        user_principal_name=row.user_principal_name,
        display_name=row.display_name,
        enabled=row.enabled,
        epoch=row.epoch,
        created_at=from_column(row.created_at),
    )
