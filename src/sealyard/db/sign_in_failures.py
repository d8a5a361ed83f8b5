"""Failed sign-ins by account and address: what wrong passwords are slowed by, on every worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, delete, func, select

from sealyard.db.base import from_column, metadata, to_column
from sealyard.db.upsert import insert_or_update

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("account", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", BigInteger, nullable=False),
    Index(None, "failed_at"),
)


@dataclass(frozen=True, slots=True)
class SignInFailures:
    """How often an account was tried in vain from one address, and when last."""

    account: str
    address: str
    failures: int
    failed_at: datetime


class SignInFailureStore:
    """Failed sign-ins over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, account: str, address: str) -> SignInFailures | None:
        """Return what is remembered of that account from that address."""
        table = sign_in_failures
        row = self._connection.execute(
            select(table).where(table.c.account == account, table.c.address == address)
        ).one_or_none()
        if row is None:
            return None
        return SignInFailures(row.account, row.address, row.failures, from_column(row.failed_at))

    def put(self, record: SignInFailures) -> None:
        """Insert or replace the record of its account and address."""
        row = {
            "account": record.account,
            "address": record.address,
            "failures": record.failures,
            "failed_at": to_column(record.failed_at),
        }
        insert_or_update(self._connection, sign_in_failures, row, key=("account", "address"))

    def forget(self, account: str, address: str) -> None:
        """Delete the record: the right password came."""
        table = sign_in_failures
        self._connection.execute(
            delete(table).where(table.c.account == account, table.c.address == address)
        )

    def forget_before(self, moment: datetime) -> None:
        """Delete the records whose last failure was before ``moment``."""
        table = sign_in_failures
        self._connection.execute(delete(table).where(table.c.failed_at < to_column(moment)))

    def count(self) -> int:
        """Return how many records there are."""
        return self._connection.execute(
            select(func.count()).select_from(sign_in_failures)
        ).scalar_one()

    def forget_oldest(self, count: int) -> None:
        """Delete the ``count`` records whose last failure is the longest ago."""
        table = sign_in_failures
        oldest = self._connection.execute(
            select(table.c.account, table.c.address).order_by(table.c.failed_at).limit(count)
        ).all()
        for row in oldest:
            self.forget(row.account, row.address)
