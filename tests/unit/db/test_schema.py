"""The schema: the revisions end in the declared tables, and a newer database is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from sealyard.db.database import Database, Transaction
from sealyard.db.generations import Generations
from sealyard.db.schema import SchemaTooNewError, bring_up_to_date, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", Generations.private())
    yield database
    database.close()


def test_the_revisions_end_in_the_declared_tables(database: Database) -> None:
    bring_up_to_date(database)
    differences = database.read_now(
        lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
    )
    assert differences == []


def test_running_them_again_changes_nothing(database: Database) -> None:
    bring_up_to_date(database)
    bring_up_to_date(database)


def test_a_database_of_a_newer_version_is_refused_in_words(database: Database) -> None:
    bring_up_to_date(database)

    def pretend(transaction: Transaction) -> None:
        transaction.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    database.write_now(pretend)
    with pytest.raises(SchemaTooNewError, match="newer Sealyard"):
        bring_up_to_date(database)
