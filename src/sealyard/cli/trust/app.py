"""The group ``sealyard trust``: which commands there are, and where."""

from __future__ import annotations

from typing import Final

import typer

from sealyard.cli.lazy import Place, lazy_group

PLACES: Final = {
    "sign": Place("sealyard.cli.trust.sign", "sign_app"),
    "revoke": Place("sealyard.cli.trust.sign", "revoke_app"),
    "signer": Place("sealyard.cli.trust.signer"),
    "key": Place("sealyard.cli.trust.key"),
    "inspect": Place("sealyard.cli.trust.inspect"),
    "resolve": Place("sealyard.cli.trust.resolve"),
    "status": Place("sealyard.cli.trust.status"),
    "reset": Place("sealyard.cli.trust.reset"),
    "pin": Place("sealyard.cli.trust.pin"),
}

app = typer.Typer(
    cls=lazy_group(PLACES),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Signatures and keys: docker's commands, and those that docker lacks.",
)


@app.callback()
def trust() -> None:
    """Signatures and keys: docker's commands, and those that docker lacks."""
