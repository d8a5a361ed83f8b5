"""``sealyard pull``: an image by the digest that its signers vouch for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sealyard.cli.commands import plain
from sealyard.cli.image_options import (
    AllSigners,
    AllTags,
    CaFile,
    DisableContentTrust,
    DockerFlags,
    NoTofu,
    PinFile,
    PlainHttp,
    PlatformOption,
    PolicyFile,
    Quiet,
    Reference,
    Signers,
    content_trust,
    plain_hosts,
)
from sealyard.cli.terminal import Terminal
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from sealyard.client.client import Client
    from sealyard.client.pulling import Wanted
    from sealyard.trust.policy import PullPolicy

app = typer.Typer(add_completion=False)

To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="PLACE",
        help="oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE; default: the Engine.",
    ),
]


@plain(app, "pull", cls=DockerFlags)
def pull(
    terminal: Terminal,
    reference: Reference,
    to: To = None,
    all_tags: AllTags = False,
    platform: PlatformOption = None,
    quiet: Quiet = False,
    disable_content_trust: DisableContentTrust = None,
    signer: Signers = None,
    all_signers: AllSigners = False,
    policy: PolicyFile = None,
    no_tofu: NoTofu = False,
    pins: PinFile = None,
    ca_file: CaFile = None,
    plain_http: PlainHttp = False,
) -> None:
    """Pull an image into the Docker Engine, or to a folder or file.

    With content trust (DOCKER_CONTENT_TRUST=1) a tag is only pulled if it is signed, by the digest
    that its signers vouch for; before that is verified no byte of it is fetched.
    """
    from sealyard.cli.pull_output import Pulls  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.trust.policy_file import chosen_policy  # noqa: PLC0415 (only where it is used: a start is to be quick)

    named = ImageReference.familiar(reference)
    trusting = content_trust(terminal, disable_content_trust)
    check_flags(named, all_tags=all_tags, trusting=trusting, policed=bool(signer or policy))
    check_pins(trusting=trusting, named=no_tofu or pins is not None)
    wants = chosen_policy(
        named.gun, terminal.folder, file=policy, signers=signer or (), every=all_signers
    )
    with terminal.client(
        ca_file=ca_file,
        plain_http=plain_hosts(plain_http, named),
        pins_file=pins,
        no_tofu=no_tofu,
    ) as client:
        wanted = settled(client, named, wants if trusting else None, all_tags=all_tags)
        with Pulls(client, to, platform, quiet=quiet) as pulls:
            for number, one in enumerate(wanted, 1):
                if trusting and named.digest is None:
                    pulls.announce(number, len(wanted), one)
                pulls.pull(one)


def check_flags(named: ImageReference, *, all_tags: bool, trusting: bool, policed: bool) -> None:
    """Refuse flags that contradict each other; raise ``typer.BadParameter``."""
    if all_tags and named.digest is not None:
        message = "all tags and one digest exclude each other"
        raise typer.BadParameter(message)
    if policed and not trusting:
        message = "--signer and --policy are about content trust: set DOCKER_CONTENT_TRUST=1"
        raise typer.BadParameter(message)
    if policed and named.digest is not None:
        message = "a digest is not signed, a tag is: --signer and --policy need a tag"
        raise typer.BadParameter(message)


def check_pins(*, trusting: bool, named: bool) -> None:
    """Refuse pins where no root is asked for; raise ``typer.BadParameter``."""
    if named and not trusting:
        message = "--no-tofu and --pins are about content trust: set DOCKER_CONTENT_TRUST=1"
        raise typer.BadParameter(message)


def settled(
    client: Client, named: ImageReference, policy: PullPolicy | None, *, all_tags: bool
) -> list[Wanted]:
    """Return which digests are to be pulled; without a policy there is no content trust.

    A digest that was given is what is pulled, as docker has it: it names its bytes by itself.
    """
    from sealyard.client.pulling import Wanted, unsigned_tag, unsigned_tags  # noqa: PLC0415 (only where it is used: a start is to be quick)

    if named.digest is not None:
        return [Wanted(named, named.digest)]
    if policy is None:
        repository = client.repository(named)
        if all_tags:
            return unsigned_tags(repository, named)
        return [unsigned_tag(repository, named)]
    if all_tags:
        return [Wanted(one.reference, one.digest) for one in client.signed_tags(named, policy)]
    return [Wanted(named, client.resolve(named, policy).digest)]
