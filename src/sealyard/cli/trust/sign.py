"""``sealyard trust sign`` and ``sealyard trust revoke``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sealyard.cli.commands import Yes, group, plain
from sealyard.cli.image_options import (
    CaFile,
    PassphraseFile,
    PlainHttp,
    named_tag,
    plain_hosts,
)
from sealyard.cli.terminal import Terminal
from sealyard.errors import SealyardError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from sealyard.client.client import Client
    from sealyard.client.trust.publisher import Revocation

sign_app = group("Sign an image.")
revoke_app = group("Take signatures back.")


class NotTaggedError(SealyardError):
    """What is signed is a tag; the sentences are docker's."""


class StillSignedError(SealyardError):
    """A tag is signed by roles whose keys are not here."""


@plain(sign_app, "sign")
def sign(
    terminal: Terminal,
    images: Annotated[list[str], typer.Argument(metavar="REF", help="IMAGE:TAG, any number.")],
    local: Annotated[
        bool, typer.Option("--local", help="Push the image of the Engine, and sign that.")
    ] = False,
    signer: Annotated[
        str | None,
        typer.Option(
            "--signer", metavar="NAME", help="Sign as this one; default: all whose keys are here."
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
    ca_file: CaFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Sign tags as what the registry holds under them: images, or indexes of several platforms.

    No image is needed on this machine.
    """
    references = [_tagged(image) for image in images]
    with terminal.client(
        ca_file=ca_file,
        passphrase_file=passphrase_file,
        plain_http=plain_hosts(plain_http, *references),
    ) as client:
        for reference in references:
            if local:
                _push(client, reference, signer)
            else:
                _sign(client, reference, signer)
            print(f"Successfully signed {reference}", flush=True)


def _sign(client: Client, reference: ImageReference, signer: str | None) -> None:
    from sealyard.client.signing import sign_in_registry  # noqa: PLC0415 (only where it is used: a start is to be quick)

    print(f"Signing and pushing trust metadata for {reference}", flush=True)
    publisher = client.publisher(reference, signer)
    signing = sign_in_registry(client.repository(reference), publisher, reference)
    if signing.initialised:
        print(f"Finished initializing signed repository for {reference}")


def _push(client: Client, reference: ImageReference, signer: str | None) -> None:
    from sealyard.client.push_sources import PushSources  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.pushing import Pushing  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.transfer.progress import SILENT  # noqa: PLC0415 (only where it is used: a start is to be quick)

    print(
        f"Signing and pushing trust data for local image {reference}, may overwrite remote trust "
        "data",
        flush=True,
    )
    repository = client.repository(reference)
    images = PushSources(client.surroundings, repository).one(reference, None)
    pushing = Pushing(repository, client.publisher(reference, signer), SILENT)
    if pushing.push(images).initialised:
        print(f"Finished initializing signed repository for {reference}")


@plain(revoke_app, "revoke")
def revoke(
    terminal: Terminal,
    image: Annotated[
        str, typer.Argument(metavar="REF", help="IMAGE:TAG, or IMAGE for all of its tags.")
    ],
    yes: Yes = False,
    passphrase_file: PassphraseFile = None,
    ca_file: CaFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Take a tag, or all tags, out of every role whose key is here.

    Whoever pulls with content trust finds them no more. Roles whose keys are elsewhere are named.
    """
    reference = ImageReference.familiar(image)
    if reference.digest is not None:
        message = "cannot use a digest reference for IMAGE:TAG"
        raise NotTaggedError(message)
    tag = named_tag(image)
    if tag is None:
        question = f"Please confirm you would like to delete all signature data for {image}?"
        terminal.confirm(question, yes=yes)
    with terminal.client(
        ca_file=ca_file,
        passphrase_file=passphrase_file,
        plain_http=plain_hosts(plain_http, reference),
    ) as client:
        publisher = client.publisher(reference)
        done = publisher.revoke_all() if tag is None else [publisher.revoke(tag)]
    print(f"Successfully deleted signature for {image}" if not _left(done) else _partly(image))
    if _left(done):
        raise StillSignedError("\n".join(_left(done)))


def _partly(image: str) -> str:
    return f"Deleted the signatures for {image} that the keys on this machine had made"


def _left(done: list[Revocation]) -> list[str]:
    return [
        f"{one.tag} is still signed in {', '.join(one.left_in)}, whose keys are not here: have "
        "who holds them revoke it too"
        for one in done
        if one.left_in
    ]


def _tagged(image: str) -> ImageReference:
    reference = ImageReference.familiar(image)
    if reference.digest is not None:
        message = "cannot use a digest reference for IMAGE:TAG"
        raise NotTaggedError(message)
    if named_tag(image) is None:
        message = f"no tag specified for {image}"
        raise NotTaggedError(message)
    return reference
