"""Secrets that the registry makes up: of service principals and tokens, and refresh tokens.

They hold 240 random bits or more, so a plain SHA-256 keeps them as well as a slow hash keeps a
password: there is nothing to guess. Checking one costs microseconds, which lets a build system sign
in with every request.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from sealyard.access.errors import InvalidCredentialsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sealyard.db.credentials import Credential

MAX_CHARACTERS: Final = 256
HINT_CHARACTERS: Final = 3
_SECRET_BYTES: Final = 30
_TOKEN_BYTES: Final = 36
# A fixed beginning lets scanners for leaked secrets find one.
_TOKEN_START: Final = "sealyard-refresh-"  # noqa: S105 (the part that is not secret)
_NOBODYS: Final = hashlib.sha256(b"").hexdigest()


def new_secret() -> str:
    """Make up a secret of a service principal, a scoped token or the admin user.

    It begins with a letter or a digit: one that began with a dash would be taken for an option.
    """
    while True:
        made = secrets.token_urlsafe(_SECRET_BYTES)
        if made[0].isalnum():
            return made


def new_refresh_token() -> str:
    """Make up a refresh token."""
    return _TOKEN_START + secrets.token_urlsafe(_TOKEN_BYTES)


def secret_hash(secret: str) -> str:
    """Return the hash under which a secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_hash(token: str) -> bytes:
    """Return the hash under which a refresh token is kept and found."""
    return hashlib.sha256(token.encode()).digest()


def matching(secret: str, held: Sequence[Credential]) -> Credential:
    """Return the one of ``held`` that ``secret`` belongs to; raise ``InvalidCredentialsError``.

    Takes as long whether or not there is one, and where ``held`` is empty.
    """
    presented = secret_hash(secret)
    found = None
    for credential in held:
        if hmac.compare_digest(presented, credential.hash):
            found = credential
    if not held:
        hmac.compare_digest(presented, _NOBODYS)
    if found is None:
        raise InvalidCredentialsError
    return found
