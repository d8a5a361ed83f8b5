"""Role assignments: who holds which role, in the registry or in one repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
)

from sealyard.db.base import from_column, metadata, to_column
from sealyard.db.groups import group_members
from sealyard.db.users import users

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

_REGISTRY = ""  # the repository column of an assignment in the whole registry

role_assignments = Table(
    "role_assignments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("object_id", Text, nullable=False),
    Column("role_id", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("object_id", "role_id", "repository"),
    Index(None, "role_id", "repository"),
)


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """One role of one principal; ``repository`` is ``None`` for the whole registry."""

    id: str
    object_id: str
    role_id: str
    repository: str | None
    created_by: str
    created_at: datetime


class RoleAssignmentStore:
    """Role assignments over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, assignment: RoleAssignment) -> None:
        """Insert ``assignment``; a second one of the same kind raises ``IntegrityError``."""
        self._connection.execute(
            insert(role_assignments).values(
                id=assignment.id,
                object_id=assignment.object_id,
                role_id=assignment.role_id,
                repository=assignment.repository or _REGISTRY,
                created_by=assignment.created_by,
                created_at=to_column(assignment.created_at),
            )
        )

    def find(self, assignment_id: str) -> RoleAssignment | None:
        """Return the assignment with that id."""
        found = self._all(role_assignments.c.id == assignment_id)
        return found[0] if found else None

    def find_same(
        self, object_id: str, role_id: str, repository: str | None
    ) -> RoleAssignment | None:
        """Return the assignment of that role to that principal in that place."""
        columns = role_assignments.c
        found = self._all(
            (columns.object_id == object_id)
            & (columns.role_id == role_id)
            & (columns.repository == (repository or _REGISTRY))
        )
        return found[0] if found else None

    def of(self, object_id: str) -> list[RoleAssignment]:
        """Return all assignments of one principal, without those of its groups."""
        return self._all(role_assignments.c.object_id == object_id)

    def reaching(self, object_id: str) -> list[RoleAssignment]:
        """Return all assignments of one principal and of the groups that it is in."""
        of_its_groups = select(group_members.c.group_id).where(
            group_members.c.member_id == object_id
        )
        return self._all(
            (role_assignments.c.object_id == object_id)
            | role_assignments.c.object_id.in_(of_its_groups)
        )

    def everything(self) -> list[RoleAssignment]:
        """Return all assignments, the oldest first."""
        return self._all(role_assignments.c.id == role_assignments.c.id)

    def delete(self, assignment_id: str) -> None:
        """Delete one assignment."""
        self._connection.execute(
            delete(role_assignments).where(role_assignments.c.id == assignment_id)
        )

    def delete_all(self, object_id: str) -> None:
        """Delete every assignment of one principal."""
        self._connection.execute(
            delete(role_assignments).where(role_assignments.c.object_id == object_id)
        )

    def enabled_users_with(self, role_id: str) -> int:
        """Count the users who may sign in and hold that role in the whole registry.

        Whether as themselves or as members of a group.
        """
        holders = (
            select(role_assignments.c.object_id)
            .where(role_assignments.c.role_id == role_id)
            .where(role_assignments.c.repository == _REGISTRY)
        )
        members = select(group_members.c.member_id).where(group_members.c.group_id.in_(holders))
        statement = (
            select(func.count())
            .select_from(users)
            .where(users.c.enabled)
            .where(users.c.object_id.in_(holders) | users.c.object_id.in_(members))
        )
        return self._connection.execute(statement).scalar_one()

    def _all(self, condition: Any) -> list[RoleAssignment]:  # noqa: ANN401 (SQLAlchemy's column expression)
        statement = (
            select(role_assignments)
            .where(condition)
            .order_by(role_assignments.c.created_at, role_assignments.c.id)
        )
        return [_assignment(row) for row in self._connection.execute(statement)]


def _assignment(row: Row[Any]) -> RoleAssignment:
    return RoleAssignment(
        id=row.id,
        object_id=row.object_id,
        role_id=row.role_id,
        repository=row.repository or None,
        created_by=row.created_by,
        created_at=from_column(row.created_at),
    )
