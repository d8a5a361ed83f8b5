"""Certificates of service principals, and the assertions signed with them that were seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, delete, insert, select
from sqlalchemy.exc import IntegrityError

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

principal_certificates = Table(
    "principal_certificates",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("object_id", Text, nullable=False),
    Column("sha1", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "object_id"),
)

spent_assertions = Table(
    "spent_assertions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
)


@dataclass(frozen=True, slots=True)
class PrincipalCertificate:
    """One certificate of one service principal.

    ``sha1`` and ``sha256`` are its thumbprints in hex, by which assertions name it;
    ``certificate`` is DER. It counts from ``starts_at`` until ``expires_at``.
    """

    key_id: str
    object_id: str
    sha1: str
    sha256: str
    certificate: bytes
    display_name: str
    starts_at: datetime
    expires_at: datetime

    def is_valid_at(self, now: datetime) -> bool:
        """Tell whether it counts at ``now``."""
        return self.starts_at <= now < self.expires_at


class CertificateStore:
    """Certificates over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, certificate: PrincipalCertificate) -> None:
        """Insert ``certificate``."""
        self._connection.execute(
            insert(principal_certificates).values(
                key_id=certificate.key_id,
                object_id=certificate.object_id,
                sha1=certificate.sha1,
                sha256=certificate.sha256,
                certificate=certificate.certificate,
                display_name=certificate.display_name,
                starts_at=to_column(certificate.starts_at),
                expires_at=to_column(certificate.expires_at),
            )
        )

    def find(self, key_id: str) -> PrincipalCertificate | None:
        """Return the certificate with that id."""
        found = self._all(principal_certificates.c.key_id == key_id)
        return found[0] if found else None

    def of(self, object_id: str) -> list[PrincipalCertificate]:
        """Return the certificates of one principal, the first to end first."""
        return self._all(principal_certificates.c.object_id == object_id)

    def delete(self, key_id: str) -> None:
        """Delete one certificate."""
        self._connection.execute(
            delete(principal_certificates).where(principal_certificates.c.key_id == key_id)
        )

    def delete_all(self, object_id: str) -> None:
        """Delete the certificates of one principal."""
        self._connection.execute(
            delete(principal_certificates).where(principal_certificates.c.object_id == object_id)
        )

    def spend(self, assertion_hash: bytes, expires_at: datetime, now: datetime) -> bool:
        """Remember an assertion until it ends; tell whether it was new. Forget what has ended."""
        self._connection.execute(
            delete(spent_assertions).where(spent_assertions.c.expires_at <= to_column(now))
        )
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    insert(spent_assertions).values(
                        hash=assertion_hash, expires_at=to_column(expires_at)
                    )
                )
        except IntegrityError:
            return False
        return True

    def _all(self, condition: Any) -> list[PrincipalCertificate]:  # noqa: ANN401 (SQLAlchemy's column expression)
        statement = (
            select(principal_certificates)
            .where(condition)
            .order_by(principal_certificates.c.expires_at, principal_certificates.c.key_id)
        )
        return [_certificate(row) for row in self._connection.execute(statement)]


def _certificate(row: Row[Any]) -> PrincipalCertificate:
    return PrincipalCertificate(
        row.key_id,
        row.object_id,
        row.sha1,
        row.sha256,
        row.certificate,
        row.display_name,
        from_column(row.starts_at),
        from_column(row.expires_at),
    )
