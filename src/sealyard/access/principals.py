"""Who acts: users, service principals, scoped tokens, the admin user, and who has not said.

Groups act only through their members.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from sealyard.access.errors import InvalidNameError

_MAX_NAME: Final = 256
# RFC 5321's atoms without the characters that have a meaning in URLs, Basic credentials or shells.
_USER_PRINCIPAL_NAME = re.compile(
    r"(?P<local>[a-z0-9](?:[a-z0-9._+'-]{0,62}[a-z0-9_])?)"
    r"@(?P<domain>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)"
)
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class PrincipalKind(StrEnum):
    """The kinds of identity, spelled as Azure's ``principalType`` where Azure has it."""

    USER = "User"
    SERVICE_PRINCIPAL = "ServicePrincipal"
    GROUP = "Group"
    SCOPED_TOKEN = "ScopedToken"  # noqa: S105 (the name of a kind)
    ADMIN_USER = "AdminUser"
    ANONYMOUS = "Anonymous"


@dataclass(frozen=True, slots=True)
class Principal:
    """One identity. ``name`` is a user principal name or an appId; ``object_id`` never changes."""

    object_id: str
    name: str
    kind: PrincipalKind


ANONYMOUS: Final = Principal("", "anonymous", PrincipalKind.ANONYMOUS)


@dataclass(frozen=True, slots=True)
class UserPrincipalName:
    """A user's name, ``local@domain``, in lower case: names that differ in case are one name."""

    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``local@domain``; raise ``InvalidNameError`` otherwise."""
        # Only ASCII: other letters (the Kelvin sign) become ASCII ones in lower case.
        usable = text.isascii() and len(text) <= _MAX_NAME
        match = _USER_PRINCIPAL_NAME.fullmatch(text.lower()) if usable else None
        if match is None:
            what, reason = "user name", "it has to look like alice@example.com"
            raise InvalidNameError(what, reason)
        return cls(match["local"], match["domain"])

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def is_guid(text: str) -> bool:
    """Tell whether ``text`` has the form of an object id or appId, in lower case."""
    return _GUID.fullmatch(text) is not None
