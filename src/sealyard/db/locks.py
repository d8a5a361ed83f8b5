"""Locks: what may not be done with a repository, a tag or a manifest, whoever asks.

Each of them is one small number in its row, so that whoever reads or changes the row for something
else has its locks without another query.
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Column, Integer

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class Lock(IntFlag):
    """The locks that are set; Azure shows each one the other way round (``attribute``)."""

    DELETE = 1
    WRITE = 2
    READ = 4
    LIST = 8

    @property
    def attribute(self) -> str:
        """The attribute that is false while this one lock is set."""
        return _ATTRIBUTES[self]


NO_LOCKS: Final = Lock(0)
_ATTRIBUTES: Final = {
    Lock.DELETE: "deleteEnabled",
    Lock.WRITE: "writeEnabled",
    Lock.READ: "readEnabled",
    Lock.LIST: "listEnabled",
}
# What is not to be written is not to be deleted either (Azure: "write or delete operation").
KEPT: Final = Lock.DELETE | Lock.WRITE


def locks_of(number: int) -> Lock:
    """Read a row's number. Nearly all are 0, and to make a flag costs more than to read a row."""
    return Lock(number) if number else NO_LOCKS


def locks_column() -> Column[int]:
    """Make the column; rows of a database that knew no locks have none set."""
    return Column("locks", Integer, nullable=False, server_default="0")


def is_set(column: Column[Any], locks: Lock) -> ColumnElement[bool]:
    """Return the condition that any of ``locks`` is set."""
    return column.bitwise_and(int(locks)) != 0


def is_free(column: Column[Any], locks: Lock) -> ColumnElement[bool]:
    """Return the condition that none of ``locks`` is set."""
    return column.bitwise_and(int(locks)) == 0
