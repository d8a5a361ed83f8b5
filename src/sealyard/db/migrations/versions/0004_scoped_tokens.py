"""Scope maps, the tokens made from them, the admin user and anonymous pull."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nobody pulls without signing in until that is switched on."""
    _make_scope_maps()
    _make_scoped_tokens()
    op.create_table(
        "admin_user",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=False),
        sa.Column("password2", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_user")),
    )
    op.add_column(
        "registry",
        sa.Column("anonymous_pull", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def _make_scope_maps() -> None:
    op.create_table(
        "scope_maps",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_scope_maps")),
    )


def _make_scoped_tokens() -> None:
    op.create_table(
        "scoped_tokens",
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope_map", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_scoped_tokens")),
        sa.UniqueConstraint("key", name=op.f("uq_scoped_tokens_key")),
    )
    op.create_index(op.f("ix_scoped_tokens_scope_map"), "scoped_tokens", ["scope_map"])
