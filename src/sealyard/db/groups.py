"""Groups of the directory: principals that are given roles together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

groups = Table(
    "groups",
    metadata,
    Column("object_id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    # In lower case: names that differ in case are one name.
    Column("name", Text, nullable=False, unique=True),
    Column("mail_nickname", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

group_members = Table(
    "group_members",
    metadata,
    Column("group_id", Text, ForeignKey("groups.object_id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", Text, primary_key=True),
    Column("added_at", BigInteger, nullable=False),
    Index(None, "member_id"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """One group. ``display_name`` is its name; ``mail_nickname`` is kept for who sent it."""

    object_id: str
    display_name: str
    mail_nickname: str
    description: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Which groups to list; an empty field matches everything. ``after`` is a name."""

    display_name: str = ""
    display_name_prefix: str = ""
    mail_nickname: str = ""
    after: str = ""


class GroupStore:
    """Groups and their members over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, group: Group) -> None:
        """Insert ``group``; a second one of that name raises ``IntegrityError``."""
        self._connection.execute(
            insert(groups).values(
                object_id=group.object_id,
                display_name=group.display_name,
                name=group.display_name.lower(),
                mail_nickname=group.mail_nickname,
                description=group.description,
                created_at=to_column(group.created_at),
            )
        )

    def by_id(self, object_id: str) -> Group | None:
        """Return the group with that object id."""
        return self._one(groups.c.object_id == object_id)

    def by_name(self, name: str) -> Group | None:
        """Return the group of that name, in any case."""
        return self._one(groups.c.name == name.lower())

    def count(self) -> int:
        """Count the groups."""
        return self._connection.execute(select(func.count()).select_from(groups)).scalar_one()

    def page(self, wanted: GroupFilter, limit: int) -> list[Group]:
        """Return at most ``limit`` groups by name, in lower case."""
        statement = select(groups).where(groups.c.name > wanted.after.lower())
        if wanted.display_name:
            statement = statement.where(groups.c.name == wanted.display_name.lower())
        if wanted.display_name_prefix:
            prefix = wanted.display_name_prefix.lower()
            statement = statement.where(groups.c.name.startswith(prefix, autoescape=True))
        if wanted.mail_nickname:
            statement = statement.where(groups.c.mail_nickname == wanted.mail_nickname)
        statement = statement.order_by(groups.c.name).limit(limit)
        return [_group(row) for row in self._connection.execute(statement)]

    def change(self, object_id: str, *, display_name: str, description: str) -> None:
        """Set the name and the description."""
        self._connection.execute(
            update(groups)
            .where(groups.c.object_id == object_id)
            .values(display_name=display_name, name=display_name.lower(), description=description)
        )

    def delete(self, object_id: str) -> None:
        """Delete a group; its memberships go with it."""
        self._connection.execute(delete(groups).where(groups.c.object_id == object_id))

    def add_member(self, group_id: str, member_id: str, at: datetime) -> None:
        """Insert a membership; a second one raises ``IntegrityError``."""
        self._connection.execute(
            insert(group_members).values(
                group_id=group_id, member_id=member_id, added_at=to_column(at)
            )
        )

    def has_member(self, group_id: str, member_id: str) -> bool:
        """Tell whether ``member_id`` is a member."""
        statement = select(group_members.c.member_id).where(
            group_members.c.group_id == group_id, group_members.c.member_id == member_id
        )
        return self._connection.execute(statement).one_or_none() is not None

    def remove_member(self, group_id: str, member_id: str) -> None:
        """Delete a membership."""
        self._connection.execute(
            delete(group_members).where(
                group_members.c.group_id == group_id, group_members.c.member_id == member_id
            )
        )

    def members(self, group_id: str, limit: int, after: str = "") -> list[str]:
        """Return at most ``limit`` members' object ids, those after ``after``."""
        statement = (
            select(group_members.c.member_id)
            .where(group_members.c.group_id == group_id, group_members.c.member_id > after)
            .order_by(group_members.c.member_id)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())

    def of_member(self, member_id: str) -> list[str]:
        """Return the object ids of the groups that ``member_id`` is in."""
        statement = (
            select(group_members.c.group_id)
            .where(group_members.c.member_id == member_id)
            .order_by(group_members.c.group_id)
        )
        return list(self._connection.execute(statement).scalars())

    def forget_member(self, member_id: str) -> None:
        """Delete every membership of a principal."""
        self._connection.execute(
            delete(group_members).where(group_members.c.member_id == member_id)
        )

    def _one(self, condition: Any) -> Group | None:  # noqa: ANN401 (SQLAlchemy's column expression)
        row = self._connection.execute(select(groups).where(condition)).one_or_none()
        return None if row is None else _group(row)


def _group(row: Row[Any]) -> Group:
    return Group(
        row.object_id,
        row.display_name,
        row.mail_nickname,
        row.description,
        from_column(row.created_at),
    )
