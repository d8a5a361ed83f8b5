"""``sealyard trust key rotate``: other keys for a repository."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sealyard.cli.commands import plain
from sealyard.cli.image_options import CaFile, PassphraseFile
from sealyard.cli.terminal import Terminal
from sealyard.errors import SealyardError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from sealyard.client.client import Client
    from sealyard.client.trust.rotation import Rotation


class NotARootKeyError(SealyardError):
    """The key that is to become a root key is somebody else's."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is no root key: name one that is, or none to have a new one made")


class Role(StrEnum):
    """Whose key is replaced; ``repository`` is what docker's prompts call ``targets``."""

    ROOT = "root"
    REPOSITORY = "repository"
    TARGETS = "targets"
    SNAPSHOT = "snapshot"
    TIMESTAMP = "timestamp"


_REGISTRYS: Final = frozenset({Role.SNAPSHOT, Role.TIMESTAMP})


def add_rotate(app: typer.Typer) -> None:
    """Add the command to the group ``app``."""

    @plain(app, "rotate")
    def rotate(
        terminal: Terminal,
        repository: Annotated[str, typer.Argument(metavar="REPO", help="HOST[:PORT]/NAME.")],
        role: Annotated[Role, typer.Argument(metavar="ROLE", help=" | ".join(Role))],
        key: Annotated[
            str | None,
            typer.Option(
                "--key", metavar="ID", help="A root key that is here; default: a new one."
            ),
        ] = None,
        server_managed: Annotated[
            bool,
            typer.Option("--server-managed", "-r", help="Say that the registry is to hold it."),
        ] = False,
        passphrase_file: PassphraseFile = None,
        ca_file: CaFile = None,
    ) -> None:
        """Replace the key of a role; whoever trusted the old one follows, and tags stay signed.

        The keys of snapshot and timestamp are the registry's: it makes new ones, also where a
        client had kept that of the snapshot.
        """
        if key is not None and role is not Role.ROOT:
            message = "--key is about the root key; the other keys are always new ones"
            raise typer.BadParameter(message)
        if server_managed and role not in _REGISTRYS:
            message = "the registry holds the keys of snapshot and timestamp, and no others"
            raise typer.BadParameter(message)
        reference = ImageReference.familiar(repository)
        with terminal.client(ca_file=ca_file, passphrase_file=passphrase_file) as client:
            keyid = None if key is None else _root_key(client, key)
            _rotate(client.rotation(reference), role, keyid)
        print(f"Successfully rotated {role} key for repository {reference.gun}")
        if role is Role.ROOT:
            terminal.say(
                f"The new root key is for {reference.gun} alone: other repositories keep theirs. "
                "Back it up now (sealyard trust key backup FILE). Whoever pinned the old one has "
                f"to pin the new one: sealyard trust pin export {reference.gun}"
            )


def _root_key(client: Client, beginning: str) -> str:
    entry = client.keys.match(beginning)
    if entry.role != "root":
        raise NotARootKeyError(str(entry.label))
    return entry.id


def _rotate(rotation: Rotation, role: Role, key: str | None) -> None:
    if role is Role.ROOT:
        rotation.root(key)
    elif role in {Role.REPOSITORY, Role.TARGETS}:
        rotation.targets()
    else:
        rotation.by_server(role.value)
