"""``sealyard trust signer``: who may sign in a repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sealyard.cli.commands import command, group, plain
from sealyard.cli.image_options import CaFile, PassphraseFile
from sealyard.cli.terminal import Terminal
from sealyard.client.errors import LastSignerError, ReleasesUnsignedError
from sealyard.client.trust.private_files import read_bounded
from sealyard.client.trust.status import trust_status
from sealyard.errors import SealyardError
from sealyard.oci.references import ImageReference
from sealyard.trust.errors import KeyFileError
from sealyard.trust.public_key_file import MOST_BYTES, read_public_key

if TYPE_CHECKING:
    from sealyard.trust.keys import PublicKey

app = group("Who may sign in a repository.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The signer's name.")]
Repository = Annotated[str, typer.Argument(metavar="REPO", help="HOST[:PORT]/NAME.")]
Repositories = Annotated[
    list[str], typer.Argument(metavar="REPO", help="HOST[:PORT]/NAME, any number.")
]
Keys = Annotated[
    list[Path],
    typer.Option("--key", metavar="FILE", help="A public key or certificate; repeatable."),
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Also the last one; do not ask.")]


class SignerCommandError(SealyardError):
    """A command on signers cannot be done; the sentence is all there is."""


@plain(app, "add")
def add(
    terminal: Terminal,
    name: Name,
    repositories: Repositories,
    key: Keys,
    passphrase_file: PassphraseFile = None,
    ca_file: CaFile = None,
) -> None:
    """Let somebody sign, with the keys they have handed over."""
    keys = [_public_key(file) for file in key]
    with terminal.client(ca_file=ca_file, passphrase_file=passphrase_file) as client:
        for repository in repositories:
            reference = ImageReference.familiar(repository)
            print(f'Adding signer "{name}" to {repository}...', flush=True)
            done = client.signers(reference).add(name, keys)
            if done.initialised:
                print(f"Initializing signed repository for {repository}...")
                print(f'Successfully initialized "{reference.gun}"')
            print(f"Successfully added signer: {name} to {repository}", flush=True)


@plain(app, "remove")
def remove(
    terminal: Terminal,
    name: Name,
    repositories: Repositories,
    force: Force = False,
    passphrase_file: PassphraseFile = None,
    ca_file: CaFile = None,
) -> None:
    """Take somebody's right to sign; what others have released is signed by them again."""
    with terminal.client(ca_file=ca_file, passphrase_file=passphrase_file) as client:
        for repository in repositories:
            signers = client.signers(ImageReference.familiar(repository))
            print(f'Removing signer "{name}" from {repository}...', flush=True)
            try:
                gone = signers.remove(name, force=force)
            except (LastSignerError, ReleasesUnsignedError) as error:
                terminal.confirm(_last(name, repository, error), yes=False, flag="--force")
                gone = signers.remove(name, force=True)
            print(f"Successfully removed {name} from {repository}", flush=True)
            if gone.only_theirs:
                tags = ", ".join(gone.only_theirs)
                terminal.say(
                    f"Nobody but {name} has signed: {tags}. Sign them yourself, or revoke them "
                    f"with: sealyard trust revoke {repository}:TAG"
                )
            if gone.unreadable:
                terminal.say(
                    f"No tag of {repository} can be pulled with content trust until a remaining "
                    f"signer has signed it again with: sealyard trust sign {repository}:TAG"
                )


@plain(app, "rotate")
def rotate(
    terminal: Terminal,
    name: Name,
    repositories: Repositories,
    key: Keys,
    passphrase_file: PassphraseFile = None,
    ca_file: CaFile = None,
) -> None:
    """Replace the keys of a signer in one step.

    What the signer has signed is signed again, so the new private key has to be here. If it is
    elsewhere: `signer add` it as a second key, have its holder sign, and rotate after that.
    """
    keys = [_public_key(file) for file in key]
    with terminal.client(ca_file=ca_file, passphrase_file=passphrase_file) as client:
        for repository in repositories:
            client.signers(ImageReference.familiar(repository)).rotate(name, keys)
            print(f"Successfully rotated the keys of {name} in {repository}", flush=True)


@command(app, "list", {"Signer": "name", "Keys": "keys"})
def show(
    terminal: Terminal, repository: Repository, ca_file: CaFile = None
) -> list[dict[str, Any]]:
    """List the signers of a repository, with the ids of their keys."""
    with terminal.client(ca_file=ca_file) as client:
        trusted = client.reader(ImageReference.familiar(repository)).refresh()
    signers = trust_status(trusted, ()).signers
    return [{"name": name, "keys": list(keys)} for name, keys in sorted(signers.items())]


def _last(name: str, repository: str, error: LastSignerError | ReleasesUnsignedError) -> str:
    return (
        f'The signer "{name}" signed the last released version of {repository}. Removing this '
        f"signer will make {repository} unpullable. {error}."
    )


def _public_key(file: Path) -> PublicKey:
    try:
        return read_public_key(read_bounded(file, MOST_BYTES))
    except (OSError, KeyFileError) as error:
        message = f"could not read public key from {file}: {error}"
        raise SignerCommandError(message) from error
