"""Who the Docker Engine is to be at a registry, in the header that its API has for it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from sealyard.client.registry.docker_config import Credential

HEADER: Final = "X-Registry-Auth"


@dataclass(frozen=True, slots=True)
class RegistryAuth:
    """A credential for ``host[:port]``, to be lent to the Engine for one request."""

    host: str
    credential: Credential

    def header(self) -> dict[str, str]:
        """Return the header; Docker Engine API, "Authentication": base64url over JSON."""
        fields = {"serveraddress": self.host}
        if self.credential.identity_token:
            fields["identitytoken"] = self.credential.identity_token
        else:
            fields["username"] = self.credential.name
            fields["password"] = self.credential.password
        return {HEADER: base64.urlsafe_b64encode(msgspec.json.encode(fields)).decode("ascii")}
