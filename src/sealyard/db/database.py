"""The database on its default engine: SQLite, one writer at a time, readers never blocked.

Reads run at once on the calling thread: a point read costs a few microseconds, a hop to a thread
and back costs many times that. Writes go to one thread per process, which takes all that are
waiting into one transaction, so that a hundred pushes share one fsync (group commit). Each write
stands or falls alone, behind its own savepoint.

    loop thread ── read(work) ──────────────────────────────▶ its own connection, one snapshot
    loop thread ── write(work) ─▶ queue ─▶ writer thread ─▶ BEGIN IMMEDIATE · savepoints · COMMIT
                                                             └▶ stamps of the touched topics
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool

from sealyard.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from sealyard.db.generations import Generations

T = TypeVar("T")

_BUSY_MILLISECONDS = 10_000
_BATCH = 64  # works in one transaction: enough to share an fsync, few enough to stay short
_ASIDE_THREADS = 2


@dataclass(slots=True)
class Transaction:
    """A write under way: its connection, and the topics whose stamps change once it is durable."""

    connection: Connection
    topics: set[str] = field(default_factory=set)

    def touch(self, topic: str) -> None:
        """Have ``topic`` stamped after the commit, before the writer hears of it."""
        self.topics.add(topic)


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Callable[[Transaction], T]
    outcome: Future[T]


@dataclass(slots=True)
class _Done:
    job: _Job[Any]
    result: Any = None
    error: BaseException | None = None


class Database:
    """One SQLite file, opened by every worker for itself."""

    def __init__(self, path: Path, generations: Generations) -> None:
        self.generations = generations
        self._engine = _engine(path)
        self._line = os.open(f"{path}-line", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._readers = threading.local()
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._aside = ThreadPoolExecutor(_ASIDE_THREADS, thread_name_prefix="db-read")
        self._opened: list[Connection] = []

    @property
    def engine(self) -> Engine:
        """The engine, for migrations."""
        return self._engine

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one consistent snapshot, on this thread: keep it short."""
        return self.read_now(work)

    async def read_aside(self, work: Callable[[Connection], T]) -> T:
        """Run a ``work`` that may take milliseconds (long lists) on another thread."""
        return await asyncio.get_running_loop().run_in_executor(self._aside, self.read_now, work)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction and return once it is on the disk.

        ``work`` may be run again if another write of the same batch broke the transaction, so it
        must do nothing but use the connection. Whatever it raises undoes it, and only it.
        Raise ``UnavailableError`` if the database does not take the write.
        """
        return await asyncio.wrap_future(self._submit(work))

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one consistent snapshot and return its result."""
        connection = self._reader()
        with _told_as_unavailable(), connection.begin():
            return work(connection)

    def write_now(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` as ``write`` does, blocking: for start-up, the command line and tests."""
        return self._submit(work).result()

    def close(self) -> None:
        """Finish the waiting writes and close every connection."""
        with self._starting:
            if self._writer is not None:
                self._jobs.put(None)
                self._writer.join()
                self._writer = None
        self._aside.shutdown()
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._engine.dispose()
        if self._line >= 0:
            os.close(self._line)
            self._line = -1

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._readers, "connection", None)
        if connection is None or connection.closed:
            with _told_as_unavailable():
                connection = self._engine.connect().execution_options(sealyard_begin="BEGIN")
            self._readers.connection = connection
            self._opened.append(connection)
        return connection

    def _submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        if self._writer is None:
            with self._starting:
                if self._writer is None:
                    self._writer = threading.Thread(
                        target=self._write_until_closed, name="db-write", daemon=True
                    )
                    self._writer.start()
        job = _Job(work, Future[T]())
        self._jobs.put(job)
        return job.outcome

    def _write_until_closed(self) -> None:
        while True:
            first = self._jobs.get()
            if first is None:
                return
            batch, last = self._waiting(first)
            self._commit(batch)
            if last:
                return

    def _waiting(self, first: _Job[Any]) -> tuple[list[_Job[Any]], bool]:
        batch = [first]
        while len(batch) < _BATCH:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False

    def _commit(self, batch: list[_Job[Any]]) -> None:
        try:
            with self._turn():
                done, topics = self._run(batch)
        except BaseException as error:  # noqa: BLE001 (each waiting caller gets it)
            if len(batch) == 1:
                batch[0].outcome.set_exception(_foreign(error))
                return
            for job in batch:  # one of them broke the transaction: each on its own
                self._commit([job])
            return
        for topic in topics:
            self.generations.touch(topic)
        for one in done:
            if one.error is not None:
                one.job.outcome.set_exception(one.error)
            else:
                one.job.outcome.set_result(one.result)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Stand in line with the writers of the other processes.

        SQLite has no line: whoever finds it locked asks again after a while, and who asks at the
        wrong moments waits for seconds, in the end for more than the busy timeout.
        """
        fcntl.flock(self._line, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._line, fcntl.LOCK_UN)

    def _run(self, batch: list[_Job[Any]]) -> tuple[list[_Done], set[str]]:
        connection = self._writing_connection()
        if len(batch) == 1:  # it needs no savepoint: what it raises undoes the transaction
            transaction = Transaction(connection)
            with connection.begin():
                result = batch[0].work(transaction)
            return [_Done(batch[0], result)], transaction.topics
        done: list[_Done] = []
        topics: set[str] = set()
        with connection.begin():
            for job in batch:
                transaction = Transaction(connection)
                try:
                    with connection.begin_nested():
                        result = job.work(transaction)
                except IntegrityError as error:
                    done.append(_Done(job, error=error))
                except DBAPIError:
                    raise  # disk full and the like undo the whole transaction
                except Exception as error:  # noqa: BLE001 (handed to the caller who gave the work)
                    done.append(_Done(job, error=error))
                else:
                    topics |= transaction.topics
                    done.append(_Done(job, result))
        return done, topics

    def _writing_connection(self) -> Connection:
        connection: Connection | None = getattr(self._readers, "writing", None)
        if connection is None or connection.closed:
            connection = self._engine.connect().execution_options(sealyard_begin="BEGIN IMMEDIATE")
            self._readers.writing = connection
            self._opened.append(connection)
        return connection


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "timeout": _BUSY_MILLISECONDS / 1000},
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: Any, _record: object) -> None:  # noqa: ANN401 (sqlite3's own)
        dbapi_connection.isolation_level = None  # BEGIN is ours to say
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a commit is an fsync: 201 means durable
            "foreign_keys=ON",
            f"busy_timeout={_BUSY_MILLISECONDS}",
            "cache_size=-4096",
            "temp_store=MEMORY",
            "journal_size_limit=67108864",
        ):
            dbapi_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options()["sealyard_begin"])

    return engine


def _foreign(error: BaseException) -> BaseException:
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return error
    told = UnavailableError(f"the database does not take the write ({error.orig}); try again")
    told.__cause__ = error
    return told


@contextmanager
def _told_as_unavailable() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        message = f"the database does not answer ({error.orig}); try again"
        raise UnavailableError(message) from error
