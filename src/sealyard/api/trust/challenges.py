"""Challenges: where to get the token that an answer of 401 asks for, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sealyard.api.http import Request
    from sealyard.api.origins import Origins

PULL = "pull"
PUSH = "push,pull"
EVERYTHING = "*"
WHOLE_REGISTRY = "registry:catalog:*"


def challenge(request: Request, origins: Origins, scope: str, *, bad_token: bool = False) -> bytes:
    """Return a Bearer challenge for ``scope``, without a space after its commas.

    Docker's and notary's parsers take it either way; containerd's regular expression does not.
    """
    host = (request.header(b"host") or b"").decode("latin-1")
    fields = {
        "realm": f"{origins.url(host)}/oauth2/token",
        "service": origins.login_server(host),
        "scope": scope,
    }
    if bad_token:
        fields["error"] = "invalid_token"
    listed = ",".join(f'{name}="{value}"' for name, value in fields.items())
    return f"Bearer {listed}".encode("utf-8", "replace")


def repository_scope(gun: str, actions: str) -> str:
    """Return the scope for ``actions`` on a collection, as notary's clients ask for it."""
    return f"repository:{gun}:{actions}"
