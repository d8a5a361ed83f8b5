"""Referrers: the manifests that name another one as their subject, ready to be listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    LargeBinary,
    Table,
    Text,
    and_,
    select,
)

from sealyard.db.base import metadata
from sealyard.db.locks import Lock, is_free
from sealyard.db.manifests import manifests
from sealyard.db.repositories import repositories
from sealyard.db.upsert import insert_or_ignore

if TYPE_CHECKING:
    from sqlalchemy import Connection

# The subject need not be there: signatures may be pushed before what they sign.
referrers = Table(
    "referrers",
    metadata,
    Column("repository_id", BigInteger, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("artifact_type", Text, nullable=False),
    Column("descriptor", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["repository_id", "digest"],
        ["manifests.repository_id", "manifests.digest"],
        ondelete="CASCADE",
    ),
)


class ReferrerStore:
    """Referrers over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, repository: int, subject: str, digest: str, artifact_type: str, descriptor: bytes
    ) -> None:
        """Note that ``digest`` names ``subject``; ``descriptor`` is how a list shows it."""
        row = {
            "repository_id": repository,
            "subject": subject,
            "digest": digest,
            "artifact_type": artifact_type,
            "descriptor": descriptor,
        }
        insert_or_ignore(self._connection, referrers, row)

    def page(
        self, name: str, subject: str, artifact_type: str, after: str, limit: int
    ) -> list[tuple[str, bytes]]:
        """Return the digests and descriptors of what names ``subject``, in order of digests.

        Those whose digest sorts after ``after``, at most ``limit``; only those of
        ``artifact_type`` unless it is empty, and none that is locked against being listed.
        """
        statement = (
            select(referrers.c.digest, referrers.c.descriptor)
            .join(repositories, repositories.c.id == referrers.c.repository_id)
            .join(
                manifests,
                and_(
                    manifests.c.repository_id == referrers.c.repository_id,
                    manifests.c.digest == referrers.c.digest,
                ),
            )
            .where(
                repositories.c.name == name,
                referrers.c.subject == subject,
                referrers.c.digest > after,
                is_free(manifests.c.locks, Lock.LIST),
            )
            .order_by(referrers.c.digest)
            .limit(limit)
        )
        if artifact_type:
            statement = statement.where(referrers.c.artifact_type == artifact_type)
        return [(row.digest, row.descriptor) for row in self._connection.execute(statement)]
