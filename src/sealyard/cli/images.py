"""``sealyard list``, ``inspect`` and ``delete``: what is in a registry, of any make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sealyard.cli.commands import Yes, command, group
from sealyard.cli.image_options import (
    CaFile,
    DisableContentTrust,
    DockerFlags,
    PlainHttp,
    Reference,
    content_trust,
    plain_hosts,
)
from sealyard.cli.terminal import Terminal
from sealyard.errors import SealyardError
from sealyard.oci.references import ImageReference, is_host

if TYPE_CHECKING:
    from sealyard.client.client import Client

list_app = group("See what is in a registry.")
inspect_app = group("Look at an image in a registry.")
delete_app = group("Delete an image in a registry.")

Place = Annotated[
    str, typer.Argument(metavar="REPO|HOST", help="HOST[:PORT]/NAME for its tags, or HOST[:PORT].")
]
Named = Annotated[
    str, typer.Argument(metavar="REF", help="HOST[:PORT]/NAME:TAG, or …@DIGEST with all its tags.")
]


@command(list_app, "list")
def list_images(
    terminal: Terminal, place: Place, ca_file: CaFile = None, plain_http: PlainHttp = False
) -> list[str]:
    """List the tags of a repository, or the repositories of a registry."""
    from sealyard.client.registry.listing import repositories  # noqa: PLC0415 (only where it is used: a start is to be quick)

    host = place.rstrip("/")
    if is_host(host):
        hosts = frozenset({host}) if plain_http else frozenset()
        with terminal.client(ca_file=ca_file, plain_http=hosts) as client:
            return list(repositories(client.origins.registry(host)))
    named = ImageReference.familiar(place)
    with terminal.client(ca_file=ca_file, plain_http=plain_hosts(plain_http, named)) as client:
        return list(client.repository(named).tags())


@command(inspect_app, "inspect", cls=DockerFlags)
def inspect(
    terminal: Terminal,
    reference: Reference,
    disable_content_trust: DisableContentTrust = None,
    ca_file: CaFile = None,
    plain_http: PlainHttp = False,
) -> dict[str, Any]:
    """Show an image's manifest, and its configuration or the platforms it is for.

    With content trust (DOCKER_CONTENT_TRUST=1) a tag is shown only if it is signed, as its signers
    have it.
    """
    from sealyard.client.registry import inspection  # noqa: PLC0415 (only where it is used: a start is to be quick)

    named = ImageReference.familiar(reference)
    with terminal.client(ca_file=ca_file, plain_http=plain_hosts(plain_http, named)) as client:
        wanted = named.digest or named.tag or "latest"
        if named.digest is None and content_trust(terminal, disable_content_trust):
            wanted = client.resolve(named).digest
        shown = inspection.inspect(client.repository(named), wanted)
    return {"name": str(named), **shown}


@command(delete_app, "delete")
def delete(
    terminal: Terminal,
    reference: Named,
    yes: Yes = False,
    ca_file: CaFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Delete a tag, or a digest with all its tags. A signature stays: see `sealyard trust revoke`.

    Other tags of the same image stay where a tag is deleted, and so do its bytes.
    """
    named = ImageReference.familiar(reference)
    if named.digest is None and not reference.endswith(f":{named.tag}"):
        message = "name what is to be deleted: a tag, or a digest"
        raise typer.BadParameter(message)
    what = f"the image {named} with all its tags" if named.digest else f"the tag {named}"
    terminal.confirm(f"This deletes {what}.", yes=yes)
    with terminal.client(ca_file=ca_file, plain_http=plain_hosts(plain_http, named)) as client:
        signed = _is_signed(client, named)
        _delete(client, named)
    terminal.say(f"Deleted {what}.")
    if signed:
        terminal.say(
            f"It is still signed, and still pulled by those with content trust: sealyard trust "
            f"revoke {named}"
        )


def _is_signed(client: Client, named: ImageReference) -> bool:
    """Tell whether the trust data still vouches for a tag; what cannot be read does not."""
    if named.digest is not None:
        return False
    try:
        client.resolve(named)
    except SealyardError:
        return False
    return True


def _delete(client: Client, named: ImageReference) -> None:
    repository = client.repository(named)
    if named.digest is not None:
        repository.delete_manifest(named.digest)
    elif named.tag is not None:
        repository.delete_tag(named.tag)
