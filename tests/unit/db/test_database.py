"""The database: writes stand or fall alone, readers see whole states, stamps follow commits."""

from __future__ import annotations

import asyncio
import fcntl
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from sealyard.db.database import Database, Transaction
from sealyard.db.generations import Generations
from sealyard.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

_things = Table(
    "things",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("size", Integer, nullable=False),
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", Generations.private())
    database.write_now(lambda transaction: _things.create(transaction.connection))
    yield database
    database.close()


def _add(transaction: Transaction, name: str) -> str:
    transaction.connection.execute(insert(_things).values(name=name, size=1))
    transaction.touch(f"thing/{name}")
    return name


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(_things)).scalar_one()


def test_a_write_is_seen_by_the_next_read(database: Database) -> None:
    assert database.write_now(lambda transaction: _add(transaction, "a")) == "a"
    assert database.read_now(_count) == 1


def test_writes_of_one_batch_stand_or_fall_alone(database: Database) -> None:
    async def add(name: str) -> str:
        return await database.write(lambda transaction: _add(transaction, name))

    async def story() -> list[str | BaseException]:
        writes = (add(name) for name in ("a", "b", "a", "c"))
        return await asyncio.gather(*writes, return_exceptions=True)

    first, second, again, third = asyncio.run(story())
    assert (first, second, third) == ("a", "b", "c")
    assert isinstance(again, IntegrityError)
    assert database.read_now(_count) == 3


def test_whatever_a_work_raises_undoes_it(database: Database) -> None:
    class RefusedError(Exception):
        pass

    def work(transaction: Transaction) -> None:
        _add(transaction, "a")
        raise RefusedError

    with pytest.raises(RefusedError):
        database.write_now(work)
    assert database.read_now(_count) == 0


def test_a_broken_transaction_fails_only_who_broke_it(database: Database) -> None:
    def breaks(transaction: Transaction) -> str:
        _add(transaction, "lost")
        statement = "simulated"
        raise OperationalError(statement, None, Exception("database or disk is full"))

    async def story() -> tuple[str | BaseException, str | BaseException, str | BaseException]:
        return await asyncio.gather(
            database.write(lambda transaction: _add(transaction, "a")),
            database.write(breaks),
            database.write(lambda transaction: _add(transaction, "b")),
            return_exceptions=True,
        )

    first, broken, last = asyncio.run(story())
    assert (first, last) == ("a", "b")
    assert isinstance(broken, UnavailableError)
    assert "disk is full" in str(broken)
    assert database.read_now(_count) == 2


def test_a_topic_is_stamped_after_the_commit_and_no_other(database: Database) -> None:
    generations = database.generations
    before = generations.stamp("thing/a"), generations.stamp("thing/b")
    database.write_now(lambda transaction: _add(transaction, "a"))
    assert generations.stamp("thing/a") != before[0]
    assert generations.stamp("thing/b") == before[1]


def test_a_failed_write_stamps_nothing(database: Database) -> None:
    database.write_now(lambda transaction: _add(transaction, "a"))
    before = database.generations.stamp("thing/a")
    with pytest.raises(IntegrityError):
        database.write_now(lambda transaction: _add(transaction, "a"))
    assert database.generations.stamp("thing/a") == before


def test_another_process_sees_the_same_stamps(tmp_path: Path) -> None:
    one, other = Generations.shared(tmp_path / "g"), Generations.shared(tmp_path / "g")
    before = other.stamp("topic")
    one.touch("topic")
    assert other.stamp("topic") == one.stamp("topic") != before


def test_a_dead_worker_makes_everything_stale() -> None:
    generations = Generations.private()
    before = [generations.stamp(f"t{number}") for number in range(50)]
    generations.touch_everything()
    after = [generations.stamp(f"t{number}") for number in range(50)]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_a_read_that_may_be_long_runs_beside_the_loop(database: Database) -> None:
    database.write_now(lambda transaction: _add(transaction, "a"))
    assert asyncio.run(database.read_aside(_count)) == 1


def test_writers_of_several_processes_stand_in_line(database: Database, tmp_path: Path) -> None:
    async def story() -> bool:
        with (tmp_path / "test.db-line").open("r+") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            waiting = asyncio.ensure_future(
                database.write(lambda transaction: _add(transaction, "a"))
            )
            done, _ = await asyncio.wait([waiting], timeout=0.05)
            assert not done
        return await waiting == "a"

    assert asyncio.run(story())
