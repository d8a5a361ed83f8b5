"""``sealyard copy``: images between registries, folders, files and the Docker Engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from sealyard.cli.commands import plain
from sealyard.cli.image_options import (
    AllSigners,
    AllTags,
    CaFile,
    DisableContentTrust,
    DockerFlags,
    NoTofu,
    PassphraseFile,
    PinFile,
    PlatformOption,
    PolicyFile,
    Quiet,
    Signers,
    content_trust,
    plain_hosts,
)
from sealyard.cli.terminal import Terminal
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from sealyard.client.copying import Copied
    from sealyard.client.images.location import Location

app = typer.Typer(add_completion=False)

_FORMS: Final = ("oci:", "oci-archive:", "docker-archive:", "docker:")
_PLACE: Final = (
    "HOST[:PORT]/NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG], "
    "docker-archive:FILE[:NAME:TAG] or docker:NAME."
)

Source = Annotated[str, typer.Argument(metavar="SRC", help=f"From where: {_PLACE}")]
Destination = Annotated[str, typer.Argument(metavar="DST", help="Where to: one of the same.")]
Sign = Annotated[
    bool, typer.Option("--sign", help="Sign the copy; a signature does not move with an image.")
]
SourcePlainHttp = Annotated[
    bool, typer.Option("--src-plain-http", help="SRC is on this machine, without TLS.")
]
DestinationPlainHttp = Annotated[
    bool, typer.Option("--dst-plain-http", help="DST is on this machine, without TLS.")
]


@plain(app, "copy", cls=DockerFlags)
def copy(
    terminal: Terminal,
    source: Source,
    destination: Destination,
    all_tags: AllTags = False,
    platform: PlatformOption = None,
    sign: Sign = False,
    quiet: Quiet = False,
    disable_content_trust: DisableContentTrust = None,
    signer: Signers = None,
    all_signers: AllSigners = False,
    policy: PolicyFile = None,
    no_tofu: NoTofu = False,
    pins: PinFile = None,
    passphrase_file: PassphraseFile = None,
    ca_file: CaFile = None,
    source_plain_http: SourcePlainHttp = False,
    destination_plain_http: DestinationPlainHttp = False,
) -> None:
    """Copy an image without running it: only what is missing moves, and all of it is verified.

    With content trust (DOCKER_CONTENT_TRUST=1) a tag of a registry is only copied if it is signed
    there. The copy is not signed unless --sign says so: its name is another one.
    """
    from sealyard.cli.progress import shown_progress  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.cli.pull import check_pins, settled  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.copying import Beginning, Copying  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.transfer.platform import Platform  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.trust.policy_file import chosen_policy  # noqa: PLC0415 (only where it is used: a start is to be quick)

    here, there = _end(source), _end(destination)
    _check(here, there, all_tags=all_tags, sign=sign)
    trusting = isinstance(here, ImageReference) and content_trust(terminal, disable_content_trust)
    if (signer or policy) and not trusting:
        message = "--signer and --policy are about signed tags: set DOCKER_CONTENT_TRUST=1"
        raise typer.BadParameter(message)
    check_pins(trusting=trusting or sign, named=no_tofu or pins is not None)
    with (
        terminal.client(
            ca_file=ca_file,
            plain_http=_plain(here, source_plain_http) | _plain(there, destination_plain_http),
            passphrase_file=passphrase_file,
            pins_file=pins,
            no_tofu=no_tofu,
        ) as client,
        shown_progress(quiet=quiet) as progress,
    ):
        chosen = None if platform is None else Platform.parse(platform)
        copying = Copying(client, progress, chosen)
        if isinstance(here, ImageReference):
            wants = None
            if trusting:
                wants = chosen_policy(
                    here.gun, terminal.folder, file=policy, signers=signer or (), every=all_signers
                )
            beginning = Beginning(wanted=settled(client, here, wants, all_tags=all_tags))
        else:
            beginning = Beginning(place=here)
        if isinstance(there, ImageReference):
            copied = copying.to_registry(beginning, there, keep_tags=all_tags, sign=sign)
        else:
            copied = copying.to_place(beginning, there)
    _tell(terminal, copied, is_unsigned=trusting and not sign)


def _tell(terminal: Terminal, copied: list[Copied], *, is_unsigned: bool) -> None:
    for one in copied:
        name = one.reference
        print(one.top.digest if name is None else f"{name}@{one.top.digest}", flush=True)
        if name is not None and is_unsigned:
            terminal.say(
                f"{name} is not signed: a signature does not move with an image. Sign it with "
                f"`sealyard trust sign {name}`, or copy with --sign."
            )


def _end(text: str) -> ImageReference | Location:
    if not text.startswith(_FORMS):
        return ImageReference.familiar(text)
    from sealyard.client.images.location import Location  # noqa: PLC0415 (only where it is used: a start is to be quick)

    return Location.parse(text)


def _plain(end: ImageReference | Location, plain_http: bool) -> frozenset[str]:
    return plain_hosts(plain_http, end) if isinstance(end, ImageReference) else frozenset()


def _check(
    here: ImageReference | Location,
    there: ImageReference | Location,
    *,
    all_tags: bool,
    sign: bool,
) -> None:
    """Refuse what contradicts itself; raise ``typer.BadParameter``."""
    if sign and not isinstance(there, ImageReference):
        message = "--sign is for a copy in a registry"
        raise typer.BadParameter(message)
    if not all_tags:
        return
    if not isinstance(here, ImageReference) or here.digest is not None:
        message = "--all-tags is for a repository of a registry as SRC, without a digest"
        raise typer.BadParameter(message)
    if not isinstance(there, ImageReference) and there.name is not None:
        message = "--all-tags gives DST the names of the tags: name the folder or file alone"
        raise typer.BadParameter(message)
