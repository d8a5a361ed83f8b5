"""``sealyard trust key``: docker's commands for signing keys, and those that docker lacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sealyard.cli.commands import Yes, group, plain
from sealyard.cli.image_options import PassphraseFile
from sealyard.cli.passphrase_prompt import new_passphrases, passphrases
from sealyard.cli.terminal import Terminal
from sealyard.cli.trust.key_report import listed, reported
from sealyard.cli.trust.key_rotate import add_rotate
from sealyard.client.trust.backup import Places, back_up, restore
from sealyard.client.trust.cache import guns
from sealyard.client.trust.key_check import check_keys
from sealyard.client.trust.key_loading import DEFAULT_NAME, checked_name, load_keys
from sealyard.client.trust.key_store import KeyStore
from sealyard.client.trust.keyring_store import system_keyring
from sealyard.client.trust.private_files import create_private
from sealyard.errors import SealyardError
from sealyard.oci.references import ImageReference
from sealyard.trust.key_file import public_key_file

if TYPE_CHECKING:
    from sealyard.client.trust.backup import Summary
    from sealyard.client.trust.passphrases import Passphrases

app = group("Signing keys: made, loaded, listed, backed up, checked.")

add_rotate(app)

KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id, or how it begins.")]
NewPassphraseFile = Annotated[
    Path | None,
    typer.Option("--new-passphrase-file", metavar="FILE", help="The passphrase from now on."),
]
_PINS: Final = "pins.toml"


class KeyCommandError(SealyardError):
    """A command on keys cannot be done; the sentence is all there is."""


@plain(app, "generate")
def generate(
    terminal: Terminal,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The signer's name.")],
    folder: Annotated[
        Path | None,
        typer.Option("--dir", help="Where NAME.pub is written; default: the current folder."),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Generate and load a signing key-pair."""
    target = Path.cwd() if folder is None else folder
    public_file = target / f"{checked_name(name)}.pub"
    if not target.exists():
        message = f'public key path does not exist: "{target}"'
        raise KeyCommandError(message)
    if public_file.exists():
        message = f'public key file already exists: "{public_file}"'
        raise KeyCommandError(message)
    print(f"Generating key for {name}...", flush=True)
    key = _store(terminal, passphrases(terminal.surroundings, passphrase_file)).create(name)
    create_private(public_file, public_key_file(key, name))
    print(
        "Successfully generated and loaded private key. Corresponding public key available: "
        f"{public_file}"
    )


@plain(app, "load")
def load(
    terminal: Terminal,
    file: Annotated[Path, typer.Argument(metavar="KEYFILE", help="A private key, in PEM.")],
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            help=f"The signer's name; default: what the file says, else {DEFAULT_NAME}.",
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Load a private key file for signing."""
    wanted = None if name is None else checked_name(name)
    print(f'Loading key from "{file}"...', flush=True)
    answers = passphrases(terminal.surroundings, passphrase_file)
    load_keys(file, _store(terminal, answers), answers, wanted)
    print(f"Successfully imported key from {file}")


@plain(app, "list")
def show(terminal: Terminal) -> None:
    """List the private keys on this machine."""
    print(listed(_store(terminal).entries()))


@plain(app, "backup")
def backup(
    terminal: Terminal,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write all keys, and whom this machine trusts, into one encrypted file."""
    answers = passphrases(terminal.surroundings, passphrase_file)
    try:
        done = back_up(_places(terminal), file, answers, terminal.clock())
    except FileExistsError as error:
        message = f"{file} exists already: name a new file"
        raise KeyCommandError(message) from error
    print(f"Backed up {_counted(done)} to {file}. Keep it, and its passphrase, elsewhere.")


@plain(app, "restore")
def restore_keys(
    terminal: Terminal,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A backup, or a tar of ~/.docker/trust/private.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that differ from those in the backup.")
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Put the keys of a backup where they belong."""
    answers = passphrases(terminal.surroundings, passphrase_file)
    done = restore(_places(terminal), file, answers, terminal.say, force=force)
    print(f"Restored {_counted(done)} from {file}")


@plain(app, "check")
def check(
    terminal: Terminal,
    repositories: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REPO]...", help="Default: all that this machine knows."),
    ] = None,
) -> None:
    """Say which keys are here, which are missing for what, and what expires when."""
    store = _store(terminal)
    folder = terminal.surroundings.trust_folder
    named = [ImageReference.familiar(text).gun for text in repositories or ()]
    noted = {entry.gun for entry in store.entries() if entry.gun}
    checks = check_keys(store, folder, named or sorted({*guns(folder), *noted}), terminal.clock())
    print(reported(checks, len(store.entries())))
    if not checks or not all(one.is_complete and (one.holds_keys or not named) for one in checks):
        raise typer.Exit(1)


@plain(app, "passwd")
def passwd(
    terminal: Terminal,
    keyid: KeyId,
    passphrase_file: PassphraseFile = None,
    new_passphrase_file: NewPassphraseFile = None,
) -> None:
    """Change the passphrase of a key."""
    answers = new_passphrases(terminal.surroundings, passphrase_file, new_passphrase_file)
    store = _store(terminal, answers)
    entry = store.change_passphrase(store.match(keyid).id)
    print(f"Successfully updated passphrase for {entry.label}")


@plain(app, "remember")
def remember(terminal: Terminal, keyid: KeyId, passphrase_file: PassphraseFile = None) -> None:
    """Keep a key's passphrase in the system's keyring, so that nobody is asked for it."""
    keyring = system_keyring()
    if keyring is None:
        message = "the keyring is an extra: pip install 'sealyard[keyring]'"
        raise KeyCommandError(message)
    store = _store(terminal, passphrases(terminal.surroundings, passphrase_file))
    entry = store.match(keyid)
    keyring.store(entry.label, store.passphrase(entry.id))
    print(f"The keyring remembers the passphrase for {entry.label}")


@plain(app, "remove")
def remove(terminal: Terminal, keyid: KeyId, yes: Yes = False) -> None:
    """Remove a key from this machine."""
    store = _store(terminal)
    entry = store.match(keyid)
    terminal.confirm(
        f"This removes {entry.label}. Without a backup nobody can sign with it again.", yes=yes
    )
    store.remove(entry.id)
    print(f"Removed {entry.label}")


def _store(terminal: Terminal, answers: Passphrases | None = None) -> KeyStore:
    folder = terminal.surroundings.trust_folder
    return KeyStore(folder, answers or passphrases(terminal.surroundings, None), terminal.say)


def _places(terminal: Terminal) -> Places:
    surroundings = terminal.surroundings
    return Places(surroundings.trust_folder, surroundings.config_folder / _PINS)


def _counted(summary: Summary) -> str:
    keys = "1 key" if summary.keys == 1 else f"{summary.keys} keys"
    roots = "1 root" if summary.roots == 1 else f"{summary.roots} roots"
    return f"{keys}, {roots}" + (" and the pins" if summary.pins else "")
