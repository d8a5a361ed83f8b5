"""Leases: which of many workers does a chore, and until when nobody else need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Table, Text, or_, update

from sealyard.db.base import metadata, to_column
from sealyard.db.upsert import insert_or_ignore

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

trust_leases = Table(
    "trust_leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)


class TrustLeaseStore:
    """Leases over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take or prolong the lease ``name``; return whether ``holder`` has it ``until`` then."""
        row = {"name": name, "holder": holder, "expires_at": to_column(until)}
        if insert_or_ignore(self._connection, trust_leases, row):
            return True
        leases = trust_leases.c
        taken = self._connection.execute(
            update(trust_leases)
            .where(
                leases.name == name,
                or_(leases.holder == holder, leases.expires_at <= to_column(now)),
            )
            .values(holder=holder, expires_at=to_column(until))
        )
        return taken.rowcount == 1
