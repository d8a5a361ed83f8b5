"""Docker's ``config.json``: who we are at which registry, and which program knows.

Nothing but the credentials is read, and nothing is written: that is `docker login`'s.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.client.registry.errors import DockerConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE: Final = "config.json"
_MAX_FILE: Final = 4 * 1024 * 1024
DOCKER_HUB_KEY: Final = "https://index.docker.io/v1/"
_DOCKER_HUB: Final = "docker.io"


class _Entry(msgspec.Struct, rename="lower"):
    auth: str | None = None
    username: str | None = None
    password: str | None = None
    identity_token: str | None = msgspec.field(name="identitytoken", default=None)


class _File(msgspec.Struct, rename="camel"):
    auths: dict[str, _Entry] | None = None
    cred_helpers: dict[str, str] | None = None
    creds_store: str | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """What somebody signs in to a registry with: a name and a password, or an identity token."""

    name: str
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """The credentials in the file, by host, and the helper programs that know others."""

    credentials: Mapping[str, Credential] = field(default_factory=dict)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""

    def knows(self, host: str) -> bool:
        """Tell whether there is a credential for ``host``, or a program that may have one."""
        return host in self.credentials or host in self.helpers or bool(self.store)

    @classmethod
    def load(cls, folder: Path) -> DockerConfig:
        """Read the file in ``folder``, which need not exist; raise ``DockerConfigError``."""
        file = folder / _FILE
        try:
            with file.open("rb") as opened:
                raw = opened.read(_MAX_FILE)
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise DockerConfigError(str(file), str(error)) from error
        try:
            found = msgspec.json.decode(raw, type=_File) if raw.strip() else _File()
            credentials = {
                host_of(key): _credential(entry) for key, entry in (found.auths or {}).items()
            }
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            # msgspec's message names the place and the type, never a value
            reason = (
                str(error) if isinstance(error, msgspec.DecodeError) else "an auth is no base64"
            )
            raise DockerConfigError(str(file), reason) from error
        helpers = {host_of(key): name for key, name in (found.cred_helpers or {}).items()}
        known = {host: one for host, one in credentials.items() if one is not None}
        return cls(known, helpers, found.creds_store or "")

    def helper(self, host: str) -> str:
        """Return the name of the helper program that knows about ``host``, empty for none."""
        return self.helpers.get(host) or self.store


def host_of(key: str) -> str:
    """Return the host that a key of the file means: old clients wrote URLs there."""
    host = key.rpartition("://")[2].partition("/")[0]
    return _DOCKER_HUB if host in {"index.docker.io", "registry-1.docker.io"} else host


def key_of(host: str) -> str:
    """Return the key under which docker keeps the credentials for ``host``."""
    return DOCKER_HUB_KEY if host == _DOCKER_HUB else host


def _credential(entry: _Entry) -> Credential | None:
    name, password = entry.username or "", entry.password or ""
    if entry.auth:
        name, password = _name_and_password(entry.auth)
    if not (entry.identity_token or (name and password)):
        return None  # what is left where a credential store keeps the rest
    return Credential(name, password, entry.identity_token or "")


def _name_and_password(auth: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(auth, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError from error
    name, _, password = text.partition(":")
    return name, password.strip("\x00")  # docker's own padding
