"""``sealyard trust reset``: trust a repository afresh after its root was replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sealyard.cli.commands import Yes, group, plain
from sealyard.cli.image_options import CaFile, NoTofu, PinFile
from sealyard.cli.terminal import Terminal
from sealyard.cli.trust.root_report import reported
from sealyard.client.trust.reset import TrustReset
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from sealyard.client.trust.reset import Roots

app = group("Trust a repository afresh.")


@plain(app, "reset")
def reset(
    terminal: Terminal,
    repository: Annotated[str, typer.Argument(metavar="REPO", help="HOST[:PORT]/NAME.")],
    yes: Yes = False,
    ca_file: CaFile = None,
    pins_file: PinFile = None,
    no_tofu: NoTofu = False,
) -> None:
    """Clear what this machine trusts of a repository, after its root was replaced on purpose.

    Shows the root that is trusted here and the one that the server has now, and asks. Keys and
    other repositories are left alone.
    """
    reference = ImageReference.familiar(repository)
    with terminal.client(ca_file=ca_file, pins_file=pins_file, no_tofu=no_tofu) as client:
        trust = TrustReset(
            client.service(reference), client.cache(reference), client.pins, client.clock()
        )
        roots = trust.roots()
        if roots.trusted is None and not roots.unreadable:
            terminal.say(f"Nothing is trusted here of {reference.gun}; there is nothing to reset.")
            return
        terminal.say(_compared(reference.gun, roots))
        terminal.confirm(_question(reference.gun, roots), yes=yes)
        trust.start_afresh(roots.shown)
    print(f"Trust in {reference.gun} was reset")


def _compared(gun: str, roots: Roots) -> str:
    text = f"Root of {gun} that this machine trusts:\n"
    text += f"  unreadable: {roots.unreadable}\n" if roots.unreadable else ""
    text += reported(roots.trusted) if roots.trusted is not None else ""
    text += "Root that the server has now:\n"
    return text + (reported(roots.shown) if roots.shown is not None else "  none\n")


def _question(gun: str, roots: Roots) -> str:
    if roots.shown is None:
        return f"The server has no trust data of {gun}: this forgets what was trusted here."
    if roots.same_keys:
        return (
            f"Both have the same keys. This forgets which versions of {gun} were seen here, so "
            "older ones could be believed again."
        )
    return (
        f"From now on the server's root speaks for {gun}. Compare its root key with the publisher "
        "over another way than this server: after an attack it would look just the same."
    )
