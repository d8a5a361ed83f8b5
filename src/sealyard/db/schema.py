"""The schema as a whole: every table, and how a database is brought up to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sealyard.db import (
    activity,
    admin_user,
    blobs,
    certificates,
    credentials,
    groups,
    manifests,
    pending_sign_ins,
    referrers,
    registry,
    repositories,
    role_assignments,
    scope_maps,
    scoped_tokens,
    seal_check,
    service_principals,
    sessions,
    sign_in_failures,
    tags,
    token_keys,
    trust_changes,
    trust_files,
    trust_keys,
    trust_leases,
    uploads,
    users,
)
from sealyard.db.base import metadata
from sealyard.errors import UnavailableError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from sealyard.db.database import Database

__all__ = [
    "SchemaTooNewError",
    "activity",
    "admin_user",
    "blobs",
    "bring_up_to_date",
    "certificates",
    "credentials",
    "groups",
    "manifests",
    "metadata",
    "pending_sign_ins",
    "referrers",
    "registry",
    "repositories",
    "role_assignments",
    "scope_maps",
    "scoped_tokens",
    "seal_check",
    "service_principals",
    "sessions",
    "sign_in_failures",
    "tags",
    "token_keys",
    "trust_changes",
    "trust_files",
    "trust_keys",
    "trust_leases",
    "uploads",
    "users",
]


class SchemaTooNewError(UnavailableError):
    """The database was written by a newer Sealyard."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database is at schema {revision}, which this version does not know: it was "
            "written by a newer Sealyard; start that one, or restore a backup made before"
        )
        self.revision = revision


def bring_up_to_date(database: Database) -> None:
    """Run the revisions that the database has not seen, all in one transaction.

    Raise ``SchemaTooNewError`` if it has seen more than this version knows.
    """
    with database.engine.connect() as connection:
        begun = connection.execution_options(sealyard_begin="BEGIN IMMEDIATE")
        with begun.begin():
            _run(begun)


def _run(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "sealyard.db:migrations")
    config.attributes["connection"] = connection
    present = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise SchemaTooNewError(present)
    command.upgrade(config, "head")
