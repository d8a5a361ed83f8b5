"""``sealyard trust inspect``: docker's command, to the byte, but it tells why something fails."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sealyard.cli.commands import group, plain
from sealyard.cli.image_options import CaFile, NoTofu, PinFile
from sealyard.cli.terminal import Terminal
from sealyard.client.printable import printable, printable_json
from sealyard.client.trust.inspection import inspected
from sealyard.errors import SealyardError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sealyard.client.client import Client
    from sealyard.client.trust.inspection import Inspection

app = group("See what is signed, and by whom.")

_ADMIN: Final = "Repo Admin"
_ESCAPED: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}  # as Go's encoding/json does


class NotInspectedError(SealyardError):
    """Something of what was to be shown cannot be; the sentences are docker's, and the causes."""


@plain(app, "inspect")
def inspect(
    terminal: Terminal,
    images: Annotated[list[str], typer.Argument(metavar="REF", help="IMAGE[:TAG], any number.")],
    pretty: Annotated[bool, typer.Option("--pretty", help="Tables, for people.")] = False,
    ca_file: CaFile = None,
    pins_file: PinFile = None,
    no_tofu: NoTofu = False,
) -> None:
    """Return low-level information about keys and signatures."""
    with terminal.client(ca_file=ca_file, pins_file=pins_file, no_tofu=no_tofu) as client:
        if pretty:
            for number, image in enumerate(images):
                print("\n\n" if number else "", end="")
                print(_pretty(image, _looked_up(client, image)), end="")
            return
        found: list[dict[str, Any]] = []
        failures: list[str] = []
        for image in images:
            try:
                found.append(_shape(image, _looked_up(client, image)))
            except NotInspectedError as error:
                failures.append(str(error))
    print(_json(found))
    if failures:
        raise NotInspectedError("\n".join(failures))


def _looked_up(client: Client, image: str) -> Inspection:
    try:
        reference = ImageReference.familiar(image)
        return inspected(client.reader(reference).refresh(), _tag(image))
    except SealyardError as error:
        message = f"no signatures or cannot access {image}: {error}"
        raise NotInspectedError(message) from error


def _tag(image: str) -> str | None:
    """Return the tag that was written out; without one, or with a digest, all are meant."""
    name, at, _ = image.partition("@")
    _, colon, tag = name.rpartition("/")[2].partition(":")
    return tag if colon and not at else None


def _shape(image: str, found: Inspection) -> dict[str, Any]:
    tags = [
        {"SignedTag": row.tag, "Digest": row.digest, "Signers": list(row.signers) or [_ADMIN]}
        for row in found.tags
    ]
    signers = [_keys(name, keys) for name, keys in sorted(found.signers.items(), reverse=True)]
    admins = [_keys("Root", found.root_keys), _keys("Repository", found.repository_keys)]
    return {
        "Name": image,
        "SignedTags": tags,
        "Signers": signers,
        "AdministrativeKeys": admins,
    }


def _keys(name: str, keys: Sequence[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"Name": name}
    if keys:
        shown["Keys"] = [{"ID": keyid} for keyid in keys]
    return shown


def _json(found: list[dict[str, Any]]) -> str:
    text = printable_json(json.dumps(found, ensure_ascii=False, indent=4))
    return re.sub(r"[<>&]", lambda match: _ESCAPED[match[0]], text)


def _pretty(image: str, found: Inspection) -> str:
    text = f"\nSignatures for {image}\n\n" if found.tags else f"\nNo signatures for {image}\n\n"
    if found.tags:
        rows = [
            [row.tag, row.digest, ", ".join(sorted(row.signers)) or f"({_ADMIN})"]
            for row in found.tags
        ]
        text += _table(["SIGNED TAG", "DIGEST", "SIGNERS"], rows)
    if found.signers:
        text += f"\nList of signers and their keys for {image}\n\n"
        text += _table(
            ["SIGNER", "KEYS"],
            [
                [name, ", ".join(keyid[:12] for keyid in sorted(keys))]
                for name, keys in sorted(found.signers.items())
            ],
        )
    text += f"\nAdministrative keys for {image}\n\n"
    text += f"  Repository Key:\t{', '.join(sorted(found.repository_keys))}\n"
    return text + f"  Root Key:\t{', '.join(sorted(found.root_keys))}\n"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    """Write a table as docker does: columns of at least 10, three spaces between them."""
    lines = [heads, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(10, *(len(line[column]) + 3 for line in lines)) for column in range(len(heads))]
    widths[-1] = 0
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + "\n"
        for line in lines
    )
