"""``sealyard doctor``: in plain words, whether content trust works on this machine."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sealyard.cli.commands import Output, group, plain
from sealyard.cli.docker_process import docker_program, is_replaced
from sealyard.cli.docker_version import DockerVersion, docker_version
from sealyard.cli.image_options import CaFile
from sealyard.cli.output import Format, render
from sealyard.cli.terminal import Terminal
from sealyard.client.docker.errors import DockerMissingError
from sealyard.client.doctor import Doctor, Finding, State
from sealyard.client.images.location import engine_of
from sealyard.client.printable import printable_lines
from sealyard.errors import SealyardError
from sealyard.oci.references import ImageReference, is_host

if TYPE_CHECKING:
    from sealyard.client.client import Client

app = group("Whether content trust works on this machine.")


class ProblemsFoundError(SealyardError):
    """Something has to be done before content trust can be relied on."""


@plain(app, "doctor")
def doctor(
    terminal: Terminal,
    subject: Annotated[
        str | None,
        typer.Argument(metavar="[HOST|REPO]", help="HOST[:PORT], or HOST[:PORT]/NAME besides."),
    ] = None,
    output: Output = Format.TABLE,
    ca_file: CaFile = None,
) -> None:
    """Say whether this machine verifies what it pulls and can sign what it pushes.

    Looks at docker, keys, passphrases and clocks, and with a registry or a repository at
    certificates, sign-in and trust data. Exits with 1 if there is a problem.
    """
    version = _docker()
    with terminal.client(ca_file=ca_file) as client:
        examined = _examined(client, subject)
        found = []
        for one in examined.findings(version.text, version.major, replaced=is_replaced()):
            found.append(one)
            if output is Format.TABLE:
                print(printable_lines(_line(one)), flush=True)
    if output is not Format.TABLE:
        shown = render([_shape(one) for one in found], output, colour=sys.stdout.isatty())
        print(shown, end="")
    problems = sum(one.state is State.PROBLEM for one in found)
    if problems:
        message = f"{problems} problem{'s' if problems > 1 else ''} found"
        raise ProblemsFoundError(message)


def _examined(client: Client, subject: str | None) -> Doctor:
    host = subject if subject is not None and is_host(subject) else ""
    repository = None if subject is None or host else ImageReference.familiar(subject)
    engine = partial(engine_of, client.surroundings)
    return Doctor(client, engine, host, repository, interactive=sys.stdin.isatty())


def _docker() -> DockerVersion:
    try:
        return docker_version(docker_program())
    except DockerMissingError:
        return DockerVersion("", None)


def _line(finding: Finding) -> str:
    remedy = f"\n         {' ' * len(finding.about)}  {finding.remedy}" if finding.remedy else ""
    return f"{finding.state:8} {finding.about}: {finding.text}{remedy}"


def _shape(finding: Finding) -> dict[str, Any]:
    return {
        "about": finding.about,
        "state": finding.state.value,
        "text": finding.text,
        "remedy": finding.remedy,
    }
