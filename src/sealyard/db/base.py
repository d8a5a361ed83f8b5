"""What all tables share: one metadata object, and how instants are kept.

Each noun has one module with its ``Table`` objects and one ``…Store`` class over a connection.
Instants are whole microseconds since 1970 in UTC, in columns named ``…_at``: both engines sort,
compare and index them without a word about time zones.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import MetaData

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def to_column(moment: datetime) -> int:
    """Turn an aware ``moment`` into microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_column(microseconds: int) -> datetime:
    """Turn microseconds since 1970 into an aware moment in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
