"""What Alembic runs: the revisions on the connection that ``db.schema`` hands over."""

from __future__ import annotations

from alembic import context

from sealyard.db.base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
