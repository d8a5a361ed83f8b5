from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sealyard.access.actions import Action
from sealyard.access.caller import Caller
from sealyard.access.errors import DeniedError
from sealyard.access.principals import Principal, PrincipalKind
from sealyard.access.rights import Rights
from sealyard.db.activity import ActivityFilter, ActivityStore
from sealyard.db.database import Database
from sealyard.db.generations import Generations
from sealyard.db.repositories import RepositoryStore
from sealyard.db.schema import bring_up_to_date
from sealyard.errors import NameUnknownError
from sealyard.services.registry import topics
from sealyard.services.registry.deletion import Deletion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sealyard.db.database import Transaction

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def caller(*actions: Action) -> Caller:
    principal = Principal("id", "alice@example.com", PrincipalKind.USER)
    return Caller(principal, "192.0.2.1", Rights(frozenset(actions)))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "test.db", Generations.private())
    bring_up_to_date(made)
    made.write_now(lambda transaction: RepositoryStore(transaction.connection).ensure("app", NOW))
    yield made
    made.close()


def exists(database: Database) -> bool:
    found = database.read_now(lambda connection: RepositoryStore(connection).find("app"))
    return found is not None


def test_trust_data_goes_with_the_repository_and_the_log_says_who_did_it(
    database: Database,
) -> None:
    deleted: list[str] = []
    deletion = Deletion(database, lambda _, name: deleted.append(name), lambda: NOW)
    stamp = database.generations.stamp(topics.repository("app"))
    asyncio.run(deletion.delete(caller(Action.DELETE), "app"))
    assert deleted == ["app"]
    assert not exists(database)
    assert database.generations.stamp(topics.repository("app")) != stamp
    (entry,) = database.read_now(
        lambda connection: ActivityStore(connection).page(ActivityFilter(), 10)
    )
    assert (entry.kind, entry.repository) == ("repository.delete", "app")
    assert (entry.actor_name, entry.address) == ("alice@example.com", "192.0.2.1")


def test_a_repository_whose_trust_data_cannot_be_deleted_stays(database: Database) -> None:
    class StuckError(Exception):
        pass

    def stuck(_transaction: Transaction, _name: str) -> None:
        raise StuckError

    deletion = Deletion(database, stuck, lambda: NOW)
    with pytest.raises(StuckError):
        asyncio.run(deletion.delete(caller(Action.DELETE), "app"))
    assert exists(database)


def test_who_may_only_push_does_not_delete(database: Database) -> None:
    deletion = Deletion(database, lambda *_: None, lambda: NOW)
    with pytest.raises(DeniedError):
        asyncio.run(deletion.delete(caller(Action.PUSH, Action.PULL), "app"))
    assert exists(database)


def test_an_unknown_repository_is_told(database: Database) -> None:
    deletion = Deletion(database, lambda *_: None, lambda: NOW)
    with pytest.raises(NameUnknownError):
        asyncio.run(deletion.delete(caller(Action.DELETE), "unknown"))
