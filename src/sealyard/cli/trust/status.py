"""``sealyard trust status``: roles, signers, versions, until when, and what is staged."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sealyard.cli.commands import Output, group, plain
from sealyard.cli.image_options import CaFile, NoTofu, PinFile
from sealyard.cli.output import Format, render
from sealyard.cli.terminal import Terminal
from sealyard.client.printable import printable_lines
from sealyard.client.trust.changelist import staged
from sealyard.client.trust.status import trust_status
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.client.trust.status import RoleStatus, TrustStatus
    from sealyard.trust.root_keys import RootKey

app = group("The state of a repository's trust data.")

_COLUMNS: Final = {
    "Role": "role",
    "Version": "version",
    "Expires": "expires",
    "DaysLeft": "daysLeft",
    "Threshold": "threshold",
    "Keys": "join(', ', shortKeys)",
    "Tags": "names",
    "Problem": "problem",
}


@plain(app, "status")
def status(
    terminal: Terminal,
    repository: Annotated[str, typer.Argument(metavar="REPO", help="HOST[:PORT]/NAME.")],
    output: Output = Format.TABLE,
    ca_file: CaFile = None,
    pins_file: PinFile = None,
    no_tofu: NoTofu = False,
) -> None:
    """Show the roles of a repository: versions, expiries, keys, signers, what is staged here.

    What has expired is shown and not refused, unlike for a pull.
    """
    reference = ImageReference.familiar(repository)
    with terminal.client(ca_file=ca_file, pins_file=pins_file, no_tofu=no_tofu) as client:
        trusted = client.reader(reference).refresh_for_publishing()
        found = trust_status(trusted, staged(terminal.surroundings.trust_folder, reference.gun))
        now = client.clock()
    shape = _shape(found, now)
    if output is Format.TABLE:
        more = printable_lines(_more(found))
        print(render(shape["roles"], output, columns=_COLUMNS) + more, end="")
    else:
        print(render(shape, output, colour=sys.stdout.isatty()), end="")


def _shape(found: TrustStatus, now: datetime) -> dict[str, Any]:
    return {
        "gun": found.gun,
        "rootKeys": [root_key_shape(key) for key in found.root_keys],
        "roles": [_role(role, now) for role in found.roles],
        "signers": [{"name": name, "keys": list(keys)} for name, keys in found.signers.items()],
        "staged": [
            {"action": one.action, "role": one.role, "kind": one.kind, "name": one.name}
            for one in found.staged
        ],
    }


def root_key_shape(key: RootKey) -> dict[str, Any]:
    """Return a root key as a JSON value."""
    return {
        "id": key.certificate_id,
        "canonicalId": key.canonical_id,
        "certificateSha256": key.fingerprint or None,
        "certificateExpires": None if key.expires is None else _moment(key.expires),
    }


def _role(role: RoleStatus, now: datetime) -> dict[str, Any]:
    return {
        "role": role.role,
        "version": role.version,
        "expires": None if role.expires is None else _moment(role.expires),
        "daysLeft": None if role.expires is None else (role.expires - now).days,
        "threshold": role.threshold,
        "keys": list(role.keys),
        "shortKeys": [keyid[:12] for keyid in role.keys],
        "names": role.names,
        "problem": role.problem,
    }


def _more(found: TrustStatus) -> str:
    text = "".join(f"\nRoot key  {key.canonical_id}" for key in found.root_keys) + "\n"
    if found.signers:
        text += f"Signers   {', '.join(found.signers)}\n"
    if found.staged:
        text += f"\nStaged on this machine and not published ({len(found.staged)}):\n"
        text += "".join(
            f"  {one.action} {one.kind} {one.name} in {one.role}\n" for one in found.staged
        )
        text += "docker signs these with its next push; docker trust commands drop them\n"
    return text


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
