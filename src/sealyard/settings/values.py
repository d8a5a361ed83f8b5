"""How the text of a setting becomes a value: one reader per kind, each with its bounds.

A reader raises ``ValueError`` with a sentence that says what would be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_UNITS_OF_TIME: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}
_UNITS_OF_SIZE: Final = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_NAME = re.compile(r"[a-zA-Z0-9]{5,50}")
_HOST = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\]")
_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port to listen on or to be reached at."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``host:port``; raise ``ValueError`` otherwise."""
        host, colon, port = text.rpartition(":")
        if not colon or not _HOST.fullmatch(host) or not port.isdecimal():
            message = f"{text!r} is not HOST:PORT, for instance localhost:5443"
            raise ValueError(message)
        if not 0 <= int(port) <= _MAX_PORT:
            message = f"port {port} is not between 0 and {_MAX_PORT}"
            raise ValueError(message)
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def text(value: str) -> str:
    """Take a text as it is."""
    return value


def path(value: str) -> Path:
    """Read a path; a relative one is below the present folder."""
    return Path(value).expanduser().absolute()


def registry_name(value: str) -> str:
    """Read a registry name as Azure spells them."""
    if not _NAME.fullmatch(value):
        message = f"{value!r} is not a registry name: 5 to 50 letters and digits"
        raise ValueError(message)
    return value


def login_server(value: str) -> str:
    """Read a host name with or without a port, in lower case."""
    host, _, port = value.partition(":") if not value.startswith("[") else (value, "", "")
    if not _HOST.fullmatch(host) or (port and not port.isdecimal()):
        message = f"{value!r} is not a host name with or without :PORT"
        raise ValueError(message)
    return value.lower()


def many(read: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    """Make a reader of comma-separated lists out of a reader of one entry."""
    return lambda value: tuple(read(part.strip()) for part in value.split(",") if part.strip())


def switch(value: str) -> bool:
    """Read ``on`` or ``off``."""
    if value not in {"on", "off"}:
        message = f"{value!r} is neither on nor off"
        raise ValueError(message)
    return value == "on"


def choice(*allowed: str) -> Callable[[str], str]:
    """Make a reader of one of the ``allowed`` words."""

    def read(value: str) -> str:
        if value not in allowed:
            message = f"{value!r} is none of {', '.join(allowed)}"
            raise ValueError(message)
        return value

    return read


def url(*schemes: str) -> Callable[[str], str]:
    """Make a reader of URLs with one of the ``schemes``; the empty text stands for the default."""

    def read(value: str) -> str:
        if value and value.partition("://")[0] not in schemes:
            message = f"only {', '.join(schemes)} URLs can be used"
            raise ValueError(message)
        return value

    return read


def _within(value: int, least: int, most: int, spell: Callable[[int], str]) -> int:
    if not least <= value <= most:
        message = f"{spell(value)} is not between {spell(least)} and {spell(most)}"
        raise ValueError(message)
    return value


def count(least: int, most: int) -> Callable[[str], int]:
    """Make a reader of whole numbers from ``least`` to ``most``."""

    def read(value: str) -> int:
        if not value.isdecimal():
            message = f"{value!r} is not a whole number"
            raise ValueError(message)
        return _within(int(value), least, most, str)

    return read


def _measure(units: Mapping[str, int], least: str, most: str, example: str) -> Callable[[str], int]:
    pattern = re.compile(rf"(\d{{1,12}})\s*({'|'.join(units)})")

    def parse(value: str) -> int:
        match = pattern.fullmatch(value)
        if match is None:
            message = f"{value!r} is not a measure such as {example}"
            raise ValueError(message)
        return int(match[1]) * units[match[2]]

    def read(value: str) -> int:
        number = parse(value)
        if not parse(least) <= number <= parse(most):
            message = f"{value} is not between {least} and {most}"
            raise ValueError(message)
        return number

    return read


def duration(least: str, most: str) -> Callable[[str], int]:
    """Make a reader of durations (``90s``, ``14d``) that gives seconds."""
    return _measure(_UNITS_OF_TIME, least, most, "90s, 10m, 12h, 14d or 3y")


def size(least: str, most: str) -> Callable[[str], int]:
    """Make a reader of sizes (``4MiB``) that gives bytes."""
    return _measure(_UNITS_OF_SIZE, least, most, "65536, 512KiB, 4MiB or 1GiB")
