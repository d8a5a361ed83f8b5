"""Options that the commands for images and signatures share, and how docker's odd one is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from sealyard.cli.terminal import Terminal
    from sealyard.oci.references import ImageReference

_DISABLE: Final = "--disable-content-trust"
# What Go's strconv.ParseBool knows: docker takes nothing else for the value of a flag.
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})

Reference = Annotated[str, typer.Argument(metavar="REF", help="An image: HOST[:PORT]/NAME[:TAG].")]
DisableContentTrust = Annotated[
    bool | None,
    typer.Option(
        f"{_DISABLE}/--no-disable-content-trust",
        help="Skip signing and verification; with =false the other way round. "
        "Default: skip them, unless DOCKER_CONTENT_TRUST is set.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")]
AllTags = Annotated[bool, typer.Option("--all-tags", "-a", help="All tags of the repository.")]
PlatformOption = Annotated[
    str | None,
    typer.Option("--platform", metavar="OS/ARCH[/VARIANT]", help="Only this one of an index."),
]
CaFile = Annotated[
    Path | None,
    typer.Option("--ca-file", metavar="FILE", help="A CA, in PEM, that the server may have."),
]
PlainHttp = Annotated[
    bool, typer.Option("--plain-http", help="Without TLS; only to a server on this machine.")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="The passphrase of the signing keys, or lines root=…, repository=…, SIGNER=…, ID=….",
    ),
]
NoTofu = Annotated[
    bool, typer.Option("--no-tofu", help="Refuse a repository whose root is not pinned.")
]
PinFile = Annotated[
    Path | None, typer.Option("--pins", metavar="FILE", help="Pins besides those of `trust pin`.")
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="Whose signatures a pull needs, in TOML."),
]
Signers = Annotated[
    list[str] | None,
    typer.Option("--signer", metavar="NAME", help="Wanted: signed by one of these; repeatable."),
]
AllSigners = Annotated[
    bool, typer.Option("--all-signers", help="Wanted: signed by each --signer, not only by one.")
]


class DockerFlags(TyperCommand):
    """A command that takes docker's ``--disable-content-trust[=true|false]``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (typer's own)
        """Put the flag with a value into the form that Typer knows."""
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [*(_flag(one) for one in args[:end]), *args[end:]])


def content_trust(terminal: Terminal, disabled: bool | None) -> bool:
    """Tell whether content trust is on: the flag wins over the variable, as docker has it."""
    return terminal.surroundings.content_trust if disabled is None else not disabled


def named_tag(image: str) -> str | None:
    """Return the tag that was written out; docker makes a difference where it was left out."""
    name = image.partition("@")[0]
    return name.rpartition("/")[2].partition(":")[2] or None


def plain_hosts(plain_http: bool, *references: ImageReference) -> frozenset[str]:
    """Return the hosts that ``--plain-http`` is about: those of the images that were named."""
    return frozenset(one.host for one in references) if plain_http else frozenset()


def _flag(argument: str) -> str:
    name, equals, value = argument.partition("=")
    if name != _DISABLE or not equals:
        return argument
    if value in _TRUE:
        return _DISABLE
    if value in _FALSE:
        return "--no-disable-content-trust"
    message = f'invalid argument "{value[:80]}" for "{_DISABLE}" flag: it is true or false'
    raise typer.BadParameter(message)
