"""``sealyard push``: upload, sign, and only then set the tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sealyard.cli.commands import plain
from sealyard.cli.image_options import (
    AllTags,
    CaFile,
    DisableContentTrust,
    DockerFlags,
    PassphraseFile,
    PlainHttp,
    PlatformOption,
    Quiet,
    Reference,
    content_trust,
    plain_hosts,
)
from sealyard.cli.terminal import Terminal
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from sealyard.client.pushing import Pushed

app = typer.Typer(add_completion=False)

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="PLACE",
        help="oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG] or "
        "docker:NAME; default: the image of the same name in the Engine.",
    ),
]


MountFrom = Annotated[
    list[str] | None,
    typer.Option(
        "--mount-from",
        metavar="NAME",
        help="A repository of the same registry that may hold layers already; repeatable.",
    ),
]


@plain(app, "push", cls=DockerFlags)
def push(
    terminal: Terminal,
    reference: Reference,
    source: From = None,
    mount_from: MountFrom = None,
    all_tags: AllTags = False,
    platform: PlatformOption = None,
    quiet: Quiet = False,
    disable_content_trust: DisableContentTrust = None,
    passphrase_file: PassphraseFile = None,
    ca_file: CaFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Push an image from the Docker Engine, or from a folder or file.

    With content trust (DOCKER_CONTENT_TRUST=1) it is uploaded by its digest, then signed, and only
    then gets its tag: a signing that fails leaves the tag as it was.
    """
    from sealyard.cli.progress import shown_progress  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.push_sources import PushSources  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.pushing import Pushing  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.transfer.platform import Platform  # noqa: PLC0415 (only where it is used: a start is to be quick)

    named = ImageReference.familiar(reference)
    chosen = None if platform is None else Platform.parse(platform)
    trusting = content_trust(terminal, disable_content_trust)
    with (
        terminal.client(
            ca_file=ca_file,
            plain_http=plain_hosts(plain_http, named),
            passphrase_file=passphrase_file,
        ) as client,
        shown_progress(quiet=quiet) as progress,
    ):
        pushing = Pushing(
            repository=client.repository(named),
            publisher=client.publisher(named) if trusting else None,
            progress=progress,
            platform=chosen,
            mount_from=tuple(mount_from or ()),
            before_signing=_say_nothing if quiet else _announce,
        )
        if not quiet:
            print(f"The push refers to repository [{named.gun}]", flush=True)
        sources = PushSources(client.surroundings, pushing.repository)
        images = sources.all_tags(named, source) if all_tags else sources.one(named, source)
        done = pushing.push(images)
    if done.initialised and not quiet:
        print(f'Finished initializing "{named.gun}"')
    for pushed in done.tags:
        _tell(pushed, quiet=quiet)


def _say_nothing() -> None:
    """Leave the announcement out."""


def _announce() -> None:
    print("Signing and pushing trust metadata", flush=True)


def _tell(pushed: Pushed, *, quiet: bool) -> None:
    if quiet:
        print(pushed.reference)
        return
    top = pushed.top
    if pushed.roles:
        print(f"Successfully signed {pushed.reference}")
    print(f"{pushed.reference.tag}: digest: {top.digest} size: {top.size}", flush=True)
