"""``sealyard trust pin``: which roots may speak for repositories, instead of trust at first use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sealyard.cli.commands import Output, Yes, group, plain
from sealyard.cli.image_options import CaFile
from sealyard.cli.output import Format, render
from sealyard.cli.terminal import Terminal
from sealyard.cli.trust.root_report import reported
from sealyard.client.errors import NotFoundError, TrustDataMissingError
from sealyard.client.trust.pin_store import PinStore, written
from sealyard.client.trust.private_files import read_bounded
from sealyard.client.trust.reset import RootView, TrustReset
from sealyard.client.trust.toml_file import MAX_BYTES
from sealyard.oci.references import ImageReference
from sealyard.trust.certificate_chains import read_authorities
from sealyard.trust.limits import TrustLimits
from sealyard.trust.pins import Pin, Pins

if TYPE_CHECKING:
    from sealyard.client.client import Client

app = group("Which roots may speak for repositories, instead of trust at first use.")

Repository = Annotated[
    str,
    typer.Argument(metavar="REPO", help="HOST[:PORT]/NAME, or the beginning of names and one *."),
]
_COLUMNS: Final = {"Repository": "repository", "Kind": "kind", "Pinned": "id"}


@plain(app, "add")
def add(
    terminal: Terminal,
    repository: Repository,
    root_key: Annotated[
        list[str] | None,
        typer.Option("--root-key", metavar="ID", help="The id of a root key; repeatable."),
    ] = None,
    certificate: Annotated[
        list[str] | None,
        typer.Option(
            "--certificate", metavar="ID", help="The id of a root key as docker shows it."
        ),
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option("--ca", metavar="FILE", help="A CA that issues root certificates."),
    ] = None,
    yes: Yes = False,
    ca_file: CaFile = None,
) -> None:
    """Pin the root keys of a repository.

    Without a key it shows those that the server has now, and asks.
    """
    if root_key or certificate or authority is not None:
        raw = b"" if authority is None else read_bounded(authority, MAX_BYTES)
        if authority is not None:
            read_authorities(raw)
        pin = Pin(
            _pattern(repository), frozenset(certificate or ()), frozenset(root_key or ()), raw
        )
    else:
        pin = _shown(terminal, repository, ca_file, yes=yes)
    PinStore(terminal.folder).add(pin)
    print(f"Pinned {pin.pattern}")


@plain(app, "list")
def show(terminal: Terminal, output: Output = Format.TABLE) -> None:
    """List the pins."""
    pins = PinStore(terminal.folder).pins()
    print(render(_rows(pins), output, columns=_COLUMNS), end="")
    if not pins.tofu:
        terminal.say("Trust on first use is switched off: what is not pinned is refused.")
    elif not pins.entries:
        terminal.say("Nothing is pinned: the first root that is seen of a repository is trusted.")


@plain(app, "remove")
def remove(terminal: Terminal, repository: Repository) -> None:
    """Forget what is pinned for a repository, or for a pattern."""
    pattern = _pattern(repository)
    PinStore(terminal.folder).remove(pattern)
    print(f"Removed what was pinned for {pattern}")


@plain(app, "export")
def export(
    terminal: Terminal,
    repositories: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REPO", help="Those that are pinned or trusted here; default: all pins."
        ),
    ] = None,
) -> None:
    """Print pins as a file that others use with --pins.

    For a repository that is not pinned, the root that this machine trusts is taken.
    """
    pins = PinStore(terminal.folder).pins()
    if repositories:
        with terminal.client() as client:
            found = [_exported(client, pins, name) for name in repositories]
        pins = Pins().joined(found)
    print(written(pins).lstrip("\n"), end="")


def _pattern(repository: str) -> str:
    """Return what a pin is about: a pattern as it is, a name as trust data spells it."""
    return repository if repository.endswith("*") else ImageReference.familiar(repository).gun


def _shown(terminal: Terminal, repository: str, ca_file: Path | None, *, yes: bool) -> Pin:
    if repository.endswith("*"):
        message = "a pattern needs keys: give --root-key, --certificate or --ca"
        raise typer.BadParameter(message)
    reference = ImageReference.familiar(repository)
    with terminal.client(ca_file=ca_file) as client:
        service = client.service(reference)
        trust = TrustReset(service, client.cache(reference), Pins(), client.clock())
        view = trust.shown()
        if view is None:
            raise TrustDataMissingError(reference.gun, service.server)
    terminal.say(f"Root of {reference.gun}:\n{reported(view)}")
    terminal.confirm(
        "These root keys will speak for the repository. Compare them with the publisher over "
        "another way than this server.",
        yes=yes,
    )
    return Pin(reference.gun, root_keys=frozenset(key.canonical_id for key in view.keys))


def _exported(client: Client, pins: Pins, repository: str) -> Pin:
    pattern = _pattern(repository)
    for pin in pins.entries:
        if pin.pattern == pattern:
            return pin
    reference = ImageReference.familiar(repository.removesuffix("*"))
    raw = None if pattern.endswith("*") else client.cache(reference).read("root")
    if raw is None:
        kind = "pin or trusted root of"
        raise NotFoundError(kind, pattern, "pull from it once, or pin it")
    keys = RootView.of(raw, TrustLimits()).keys
    return Pin(pattern, root_keys=frozenset(key.canonical_id for key in keys))


def _rows(pins: Pins) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for pin in sorted(pins.entries, key=lambda one: one.pattern):
        kinds = (("root key", pin.root_keys), ("certificate", pin.certificates))
        for kind, ids in kinds:
            rows += [{"repository": pin.pattern, "kind": kind, "id": one} for one in sorted(ids)]
        if pin.authority:
            names = [one.subject.rfc4514_string() for one in read_authorities(pin.authority)]
            rows += [{"repository": pin.pattern, "kind": "CA", "id": name} for name in names]
    return rows
