"""What a command finds around it: the folder of its files, the network, and the person.

Answers go to standard output and everything else to standard error, so that a script can take the
one and a person still reads the other.
"""

from __future__ import annotations

import getpass
import os
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from sealyard.client.management.profile import ProfileStore, config_folder
from sealyard.client.printable import printable_lines
from sealyard.errors import SealyardError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from sealyard.client.client import Client
    from sealyard.client.management.session import Session
    from sealyard.client.surroundings import Surroundings

_MAX_SECRET: Final = 4096


class NotConfirmedError(SealyardError):
    """Somebody had to agree, and did not or could not."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Terminal:
    """The surroundings of one command. ``transport`` takes the network's place in tests."""

    folder: Path = field(default_factory=lambda: config_folder(os.environ))
    clock: Callable[[], datetime] = _now
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep

    @property
    def profiles(self) -> ProfileStore:
        """Where it is kept who is signed in."""
        return ProfileStore(self.folder)

    def session(self) -> Session:
        """Return requests as who is signed in; raise ``NotSignedInError``."""
        # Only now: `--help` and wrong usage need no network.
        from sealyard.client.management.session import Session  # noqa: PLC0415 (only where it is used: a start is to be quick)

        return Session(self.profiles, self.clock, self.transport)

    @cached_property
    def surroundings(self) -> Surroundings:
        """What the environment says to a client; raise ``InvalidTrustServerError``."""
        from sealyard.client.surroundings import Surroundings  # noqa: PLC0415 (only where it is used: a start is to be quick)

        found = Surroundings.from_environment(os.environ, Path.home())
        return replace(found, config_folder=self.folder)

    def client(
        self,
        *,
        ca_file: Path | None = None,
        plain_http: frozenset[str] = frozenset(),
        passphrase_file: Path | None = None,
        pins_file: Path | None = None,
        no_tofu: bool = False,
    ) -> Client:
        """Return a client of this person's: who is asked for passphrases, what is pinned.

        ``plain_http`` are the hosts that ``--plain-http`` is about.
        """
        from sealyard.cli.passphrase_prompt import passphrases  # noqa: PLC0415 (only where it is used: a start is to be quick)
        from sealyard.client.client import Client  # noqa: PLC0415 (only where it is used: a start is to be quick)
        from sealyard.client.trust.pin_store import PinStore  # noqa: PLC0415 (only where it is used: a start is to be quick)

        return Client(
            self.surroundings,
            passphrases=passphrases(self.surroundings, passphrase_file),
            pins=PinStore(self.folder).pins(extra=pins_file, tofu=not no_tofu),
            clock=self.clock,
            notice=self.say,
            ca_file=ca_file,
            plain_http=plain_http,
            transport=self.transport,
        )

    def say(self, text: str) -> None:
        """Tell the person something that is not the answer."""
        print(printable_lines(text), file=sys.stderr)

    def confirm(self, question: str, *, yes: bool, flag: str = "--yes") -> None:
        """Pass if the person agrees, or did with ``flag``; raise ``NotConfirmedError``."""
        if yes:
            return
        if not sys.stdin.isatty():
            message = f"{question} Nobody is here to agree: add {flag} if that is meant"
            raise NotConfirmedError(message)
        self.say(question)
        print("Are you sure? (y/n): ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            message = "nothing was changed"
            raise NotConfirmedError(message)

    def secret(self, what: str, *, from_stdin: bool, file: Path | None) -> str | None:
        """Return a secret from standard input, a file or a prompt; ``None`` if there is none.

        A wrong file raises ``typer.BadParameter``.
        """
        if from_stdin and file is not None:
            message = "give the secret either on standard input or in a file"
            raise typer.BadParameter(message)
        if from_stdin:
            return _one_line(sys.stdin.read(_MAX_SECRET), what)
        if file is not None:
            try:
                with file.open(encoding="utf-8") as opened:
                    return _one_line(opened.read(_MAX_SECRET), what)
            except (OSError, UnicodeDecodeError) as error:
                message = f"{file} cannot be read: {error}"
                raise typer.BadParameter(message) from error
        if sys.stdin.isatty():
            return getpass.getpass(f"{what}: ") or None
        return None

    def two_secrets(self, *, from_stdin: bool) -> tuple[str, str]:
        """Return the present and the new password, from two lines of input or from prompts."""
        if from_stdin:
            lines = sys.stdin.read(2 * _MAX_SECRET).splitlines()
            if len(lines) != 2 or not all(lines):  # noqa: PLR2004 (two of them)
                message = "standard input has to hold two lines: the present and the new password"
                raise typer.BadParameter(message)
            return lines[0], lines[1]
        if not sys.stdin.isatty():
            message = "nobody is here to be asked: give both passwords with --password-stdin"
            raise typer.BadParameter(message)
        current = getpass.getpass("Present password: ")
        wanted = getpass.getpass("New password: ")
        if getpass.getpass("New password again: ") != wanted:
            message = "the two new passwords differ; nothing was changed"
            raise NotConfirmedError(message)
        return current, wanted


def _one_line(text: str, what: str) -> str:
    """Return ``text`` without the line's end that `echo` and editors add."""
    secret = text.rstrip("\r\n")
    if not secret:
        message = f"the {what} that was given is empty"
        raise typer.BadParameter(message)
    return secret
