"""What may not be deleted, overwritten, read or listed; the registry's resource tags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LOCKABLE = ("repositories", "manifests", "tags")


def upgrade() -> None:
    """Add the columns; what is there already is not locked."""
    for table in _LOCKABLE:
        op.add_column(table, sa.Column("locks", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_tags_locked",
        "tags",
        ["repository_id"],
        sqlite_where=sa.text("locks != 0"),
        postgresql_where=sa.text("locks != 0"),
    )
    op.add_column("registry", sa.Column("tags", sa.Text(), server_default="{}", nullable=False))
