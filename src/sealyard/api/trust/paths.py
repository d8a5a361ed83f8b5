"""The paths of notary's protocol.

::

    /v2/{gun}/_trust/tuf/                        publish (POST), delete (DELETE)
    /v2/{gun}/_trust/tuf/{role}.json             the current file
    /v2/{gun}/_trust/tuf/{role}.{sha256}.json    the file with that checksum
    /v2/{gun}/_trust/tuf/{n}.{role}.json         that version
    /v2/{gun}/_trust/tuf/{role}.key              the registry's key for snapshot or timestamp
    /v2/{gun}/_trust/changefeed                  what happened to one collection
    /v2/_trust/changefeed                        what happened in the registry

A GUN may hold slashes and whatever else its repository's name allows; it ends at the last
``/_trust/``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

LONGEST = 1024  # a GUN and a role of 255 characters each, a checksum, and the words between
_START = "/v2/"
_MARK = "/_trust/"
_ROLE = r"(?P<role>root|targets(?:/[^/\s.]+)*|snapshot|timestamp)"
_METADATA = re.compile(
    rf"tuf/(?:(?P<version>[0-9]+)\.)?{_ROLE}"
    r"(?:\.(?P<checksum>(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{96}|[0-9a-fA-F]{64})))?\.json"
)
_KEY = re.compile(r"tuf/(snapshot|timestamp)\.key")


class Kind(Enum):
    """What a path is about."""

    COLLECTION = auto()
    METADATA = auto()
    KEY = auto()
    CHANGES = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class TrustPath:
    """A path, taken apart. ``gun`` is empty for the registry's own change feed."""

    kind: Kind
    gun: str = ""
    role: str = ""
    version: str = ""
    checksum: str = ""


_NOTHING = TrustPath(Kind.NOTHING)


def parse(path: str) -> TrustPath:
    """Take ``path`` apart; its kind is ``NOTHING`` if no route has such a form."""
    if path == "/v2/_trust/changefeed":
        return TrustPath(Kind.CHANGES)
    gun, _, rest = path[len(_START) :].rpartition(_MARK)
    if not gun or "*" in gun or len(path) > LONGEST:
        return _NOTHING
    if rest == "tuf/":
        return TrustPath(Kind.COLLECTION, gun)
    if rest == "changefeed":
        return TrustPath(Kind.CHANGES, gun)
    match = _METADATA.fullmatch(rest)
    if match is not None:
        return _metadata(gun, match)
    key = _KEY.fullmatch(rest)
    return TrustPath(Kind.KEY, gun, key[1]) if key is not None else _NOTHING


def _metadata(gun: str, match: re.Match[str]) -> TrustPath:
    version, checksum = match["version"] or "", match["checksum"] or ""
    if version and checksum:
        return _NOTHING
    return TrustPath(Kind.METADATA, gun, match["role"], version, checksum)
