"""One line of an error table: the status and the code that a door gives to a kind of error."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealyard.errors import SealyardError


class Line(NamedTuple):
    """How one kind of error goes over the wire."""

    status: int
    code: str


def line_for(table: Mapping[type[SealyardError], Line], error: SealyardError) -> Line:
    """Return the line of the error's class, or of the nearest class that it is derived from."""
    return next(table[kind] for kind in type(error).__mro__ if kind in table)
