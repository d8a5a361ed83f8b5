"""The profile: to which server somebody signed in from this account, as whom, with what.

It holds secrets (tokens, and for service principals the secret, with which they sign in again), so
its file is the owner's alone (0600) and is replaced as a whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.client.errors import NotSignedInError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE: Final = "profile.json"


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sign-in. ``expires_at`` is in seconds since 1970; an empty text is "none"."""

    server: str
    user_name: str
    user_type: str
    tenant_id: str
    subscription_id: str
    registry_name: str
    audience: str
    access_token: str
    expires_at: int
    refresh_token: str = ""
    client_secret: str = ""
    ca_certificates: str = ""


class ProfileStore:
    """The file with the profile, in the folder ``$SEALYARD_CONFIG_DIR``."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE

    def load(self) -> Profile:
        """Return the profile; raise ``NotSignedInError`` if there is none that can be read."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Profile)
        except FileNotFoundError as error:
            reason = "nobody is signed in"
            raise NotSignedInError(reason) from error
        except (OSError, msgspec.DecodeError) as error:
            reason = f"{self._file} cannot be read"
            raise NotSignedInError(reason) from error

    def remembered_authorities(self) -> dict[str, str]:
        """Return the certificates that the sign-in was given, in PEM, by ``host[:port]``.

        Empty if nobody is signed in, or if none was needed.
        """
        try:
            profile = self.load()
        except NotSignedInError:
            return {}
        host = profile.server.partition("://")[2]
        return {host: profile.ca_certificates} if profile.ca_certificates else {}

    def save(self, profile: Profile) -> None:
        """Replace the profile, whole or not at all, readable by its owner only."""
        folder = self._file.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=_FILE, dir=folder)  # made with mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(profile)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def delete(self) -> bool:
        """Remove the profile; return whether there was one."""
        try:
            self._file.unlink()
        except FileNotFoundError:
            return False
        return True


def config_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the client's files: ``SEALYARD_CONFIG_DIR``, or the usual place."""
    named = environment.get("SEALYARD_CONFIG_DIR")
    if named:
        return Path(named).expanduser()
    base = environment.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path("~/.config").expanduser()) / "sealyard"
