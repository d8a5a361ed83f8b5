"""Trust data: the metadata files of each collection, exactly as they came or were signed.

A *collection* is what a GUN names; ``repository`` is the image repository it belongs to. Its
``revision`` counts changes: whoever judged an upload against revision 7 may only store the result
while 7 is still there. All its current files change in one transaction, so a reader sees one set.

Root versions stay for ever: clients walk them one by one. Of the other roles the newest
superseded versions stay, and everything superseded within the last day, so that a client that has
read ``timestamp.json`` still finds the files it leads to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from sealyard.db.base import from_column, metadata, to_column
from sealyard.db.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

_KEPT_VERSIONS = 5
_KEPT_FOR = timedelta(days=1)

trust_collections = Table(
    "trust_collections",
    metadata,
    Column("gun", Text, primary_key=True),
    Column("repository", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("renew_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "repository"),
    Index(None, "renew_at"),
)

trust_files = Table(
    "trust_files",
    metadata,
    Column("gun", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("is_current", Boolean, nullable=False),
    Column("names", Integer, nullable=False),  # how many targets the file names
    Column("created_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    PrimaryKeyConstraint("gun", "role", "version"),
    Index(None, "gun", "role", "sha256"),
    Index(None, "gun", "is_current"),
    Index(None, "superseded_at"),
)

# Apart from the rows that say what is current: SQLite writes a whole row again when a flag in it
# changes, and with it a megabyte of targets.
trust_contents = Table(
    "trust_contents",
    metadata,
    Column("gun", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("gun", "role", "version"),
)


@dataclass(frozen=True, slots=True)
class TrustFile:
    """One file as it is served."""

    role: str
    version: int
    sha256: str
    content: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewTrustFile:
    """A file that becomes the current one of its role; ``names`` counts its targets."""

    role: str
    version: int
    sha256: str
    content: bytes
    names: int = 0


@dataclass(frozen=True, slots=True)
class CurrentFile:
    """What is current for a role; ``content`` is empty unless it was asked for."""

    role: str
    version: int
    sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a collection stands; its revision is 0 if there is none."""

    repository: str
    revision: int
    files: list[CurrentFile]


NOWHERE: Final = Standing("", 0, [])


class TrustFileStore:
    """Collections and their files over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing(self, gun: str, with_content: Collection[str]) -> Standing:
        """Return where the collection stands, with the content of the roles ``with_content``.

        Root, snapshot and timestamp always come with theirs.
        """
        rows = self._connection.execute(_STANDING, {"gun": gun}).all()
        if not rows:
            return NOWHERE
        files = [
            CurrentFile(
                role=row.role,
                version=row.version,
                sha256=row.sha256,
                content=row.content or self._content(gun, row.role, with_content),
            )
            for row in rows
        ]
        return Standing(rows[0].repository, rows[0].revision, files)

    def _content(self, gun: str, role: str, wanted: Collection[str]) -> bytes:
        found = self.current(gun, role) if role in wanted else None
        return b"" if found is None else found.content

    def exists(self, gun: str) -> bool:
        """Tell whether there is such a collection."""
        found = select(trust_collections.c.gun).where(trust_collections.c.gun == gun)
        return self._connection.execute(found).first() is not None

    def begin(self, gun: str, repository: str, *, renew_at: datetime, now: datetime) -> bool:
        """Make the collection; return whether it was not there yet.

        Its first revision is the time, above any revision of a collection that was deleted before:
        whoever judged against that one must not find its number again.
        """
        row = {
            "gun": gun,
            "repository": repository,
            "revision": to_column(now),
            "renew_at": to_column(renew_at),
            "created_at": to_column(now),
        }
        return insert_or_ignore(self._connection, trust_collections, row) == 1

    def advance(self, gun: str, revision: int, *, renew_at: datetime) -> bool:
        """Move the collection on from ``revision``; return whether it still stood there."""
        parameters = {"at_gun": gun, "at_revision": revision, "due": to_column(renew_at)}
        return self._connection.execute(_ADVANCE, parameters).rowcount == 1

    def postpone(self, gun: str, renew_at: datetime) -> None:
        """Have the collection looked at for renewal no earlier than ``renew_at``."""
        self._connection.execute(
            update(trust_collections)
            .where(trust_collections.c.gun == gun)
            .values(renew_at=to_column(renew_at))
        )

    def due(self, now: datetime, limit: int) -> list[str]:
        """Return at most ``limit`` GUNs whose renewal is due, the longest overdue first."""
        rows = self._connection.execute(
            select(trust_collections.c.gun)
            .where(trust_collections.c.renew_at <= to_column(now))
            .order_by(trust_collections.c.renew_at)
            .limit(limit)
        )
        return list(rows.scalars())

    def guns(self, repository: str | None = None) -> list[str]:
        """Return the GUNs of ``repository``, or all of them."""
        statement = select(trust_collections.c.gun).order_by(trust_collections.c.gun)
        if repository is not None:
            statement = statement.where(trust_collections.c.repository == repository)
        return list(self._connection.execute(statement).scalars())

    def current(self, gun: str, role: str) -> TrustFile | None:
        """Return the current file of ``role``."""
        return self._one(trust_files.c.gun == gun, trust_files.c.role == role, _CURRENT)

    def by_version(self, gun: str, role: str, version: int) -> TrustFile | None:
        """Return that version of ``role``."""
        files = trust_files.c
        return self._one(files.gun == gun, files.role == role, files.version == version)

    def by_sha256(self, gun: str, role: str, sha256: str) -> TrustFile | None:
        """Return the file of ``role`` with that lower-case hex digest."""
        files = trust_files.c
        return self._one(files.gun == gun, files.role == role, files.sha256 == sha256)

    def add(self, gun: str, new: Sequence[NewTrustFile], now: datetime) -> None:
        """Make ``new`` the current files of their roles."""
        moment = to_column(now)
        replaced = [{"at_gun": gun, "at_role": file.role, "moment": moment} for file in new]
        self._connection.execute(_SUPERSEDE, replaced)
        rows = [
            {
                "gun": gun,
                "role": file.role,
                "version": file.version,
                "sha256": file.sha256,
                "is_current": True,
                "names": file.names,
                "created_at": moment,
            }
            for file in new
        ]
        self._connection.execute(_ADD, rows)
        contents = [
            {"gun": gun, "role": file.role, "version": file.version, "content": file.content}
            for file in new
        ]
        self._connection.execute(_ADD_CONTENT, contents)

    def forget_superseded(self, now: datetime) -> int:
        """Delete what no client still looks for, in all collections; return how many files."""
        current = trust_files.alias()
        newest = (
            select(current.c.version)
            .where(
                current.c.gun == trust_files.c.gun,
                current.c.role == trust_files.c.role,
                current.c.is_current,
            )
            .scalar_subquery()
        )
        forgotten = (
            trust_files.c.superseded_at < to_column(now - _KEPT_FOR),
            trust_files.c.role != "root",
            trust_files.c.version < newest - _KEPT_VERSIONS,
        )
        files, contents = trust_files.c, trust_contents.c
        keys = select(files.gun, files.role, files.version).where(*forgotten)
        place = tuple_(contents.gun, contents.role, contents.version)
        self._connection.execute(delete(trust_contents).where(place.in_(keys)))
        return self._connection.execute(delete(trust_files).where(*forgotten)).rowcount

    def delete(self, guns: Sequence[str]) -> None:
        """Delete the collections and all their files."""
        for gun in guns:
            for table in (trust_contents, trust_files, trust_collections):
                self._connection.execute(delete(table).where(table.c.gun == gun))

    def delete_everything(self) -> None:
        """Delete every collection."""
        for table in (trust_contents, trust_files, trust_collections):
            self._connection.execute(delete(table))

    def count(self) -> tuple[int, int]:
        """Return how many repositories have trust data, and how many names are signed there."""
        repositories = select(func.count(trust_collections.c.repository.distinct()))
        names = select(func.coalesce(func.sum(trust_files.c.names), 0)).where(_CURRENT)
        return (
            self._connection.execute(repositories).scalar_one(),
            int(self._connection.execute(names).scalar_one()),
        )

    def _one(self, *conditions: Any) -> TrustFile | None:  # noqa: ANN401 (SQLAlchemy's expressions)
        row = self._connection.execute(_WITH_CONTENT.where(*conditions)).first()
        return None if row is None else _file(row)


_CURRENT = trust_files.c.is_current

_CONTENT_OF_FILE = and_(
    trust_contents.c.gun == trust_files.c.gun,
    trust_contents.c.role == trust_files.c.role,
    trust_contents.c.version == trust_files.c.version,
)
_WITH_CONTENT = select(trust_files, trust_contents.c.content).join(trust_contents, _CONTENT_OF_FILE)

# Made once: building a statement costs more than running it, and a publish runs these each time.
_SMALL = or_(*(trust_files.c.role == role for role in ("root", "snapshot", "timestamp")))
_STANDING = (
    select(
        trust_collections.c.repository,
        trust_collections.c.revision,
        trust_files.c.role,
        trust_files.c.version,
        trust_files.c.sha256,
        trust_contents.c.content,
    )
    .join(trust_files, trust_files.c.gun == trust_collections.c.gun)
    # The small files are always wanted; the others may be megabytes and seldom are.
    .outerjoin(trust_contents, and_(_CONTENT_OF_FILE, _SMALL))
    .where(trust_collections.c.gun == bindparam("gun"), _CURRENT)
)
_ADVANCE = (
    update(trust_collections)
    .where(
        trust_collections.c.gun == bindparam("at_gun"),
        trust_collections.c.revision == bindparam("at_revision"),
    )
    .values(revision=trust_collections.c.revision + 1, renew_at=bindparam("due"))
)
_SUPERSEDE = (
    update(trust_files)
    .where(
        trust_files.c.gun == bindparam("at_gun"),
        trust_files.c.role == bindparam("at_role"),
        _CURRENT,
    )
    .values(is_current=False, superseded_at=bindparam("moment"))
)
_ADD = insert(trust_files)
_ADD_CONTENT = insert(trust_contents)


def _file(row: Row[Any]) -> TrustFile:
    return TrustFile(
        role=row.role,
        version=row.version,
        sha256=row.sha256,
        content=row.content,
        created_at=from_column(row.created_at),
    )
