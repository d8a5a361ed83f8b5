"""Locks as columns: added to a filled database of the version before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from sealyard.db.database import Database, Transaction
from sealyard.db.generations import Generations
from sealyard.db.locks import NO_LOCKS
from sealyard.db.manifests import ManifestStore
from sealyard.db.registry import RegistryStore
from sealyard.db.repositories import RepositoryStore
from sealyard.db.schema import bring_up_to_date
from sealyard.db.tags import TagStore

if TYPE_CHECKING:
    from pathlib import Path

# What a server that knew no locks has written.
_FILLED = (
    "INSERT INTO registry VALUES (1, 'myregistry', 's', 't', 0, 1)",
    "INSERT INTO repositories (id, name, created_at) VALUES (1, 'team/app', 1)",
    "INSERT INTO manifests VALUES (1, 'sha256:a', 'm', '', '', NULL, 2, 1, X'7b7d')",
    "INSERT INTO tags VALUES (1, 'v1', 'sha256:a', 1, 1)",
)


def test_nothing_is_locked_that_was_there_before_there_were_locks(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db", Generations.private())
    fill(database)
    bring_up_to_date(database)

    def look(transaction: Transaction) -> None:
        connection = transaction.connection
        held = RepositoryStore(connection).find_to_change("team/app")
        assert held is not None
        assert held.locks == NO_LOCKS
        assert TagStore(connection).locks(held.id, "v1") == NO_LOCKS
        assert ManifestStore(connection).locks(held.id, "sha256:a") == NO_LOCKS
        record = RegistryStore(connection).find()
        assert record is not None
        assert record.tags == {}

    database.write_now(look)
    database.close()


def fill(database: Database) -> None:
    """Bring the database to the first revision and write into it."""
    with database.engine.connect() as connection:
        begun = connection.execution_options(sealyard_begin="BEGIN IMMEDIATE")
        with begun.begin():
            config = Config()
            config.set_main_option("script_location", "sealyard.db:migrations")
            config.attributes["connection"] = begun
            command.upgrade(config, "0001")
            for statement in _FILLED:
                begun.execute(text(statement))
