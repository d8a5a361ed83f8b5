"""``sealyard docker``: the docker command, with content trust whatever docker makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from sealyard.cli.commands import plain
from sealyard.cli.terminal import Terminal

if TYPE_CHECKING:
    from sealyard.client.docker.arguments import Arguments, Invocation

app = typer.Typer(add_completion=False)

_TRUST: Final = "trust"
_ELSEWHERE: Final = (
    "this command fetches or sends images in a way that is not verified here; name its images by "
    "digest (sealyard trust resolve FILE), and run it with DOCKER_CONTENT_TRUST=0"
)


class PassedOn(TyperCommand):
    """A command all of whose words are docker's, also ``--`` and ``--help``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (typer's own)
        """Take every word as it is."""
        return super().parse_args(ctx, ["--", *args])


@plain(app, "docker", cls=PassedOn)
def docker(
    terminal: Terminal,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="…", help="What docker would be given.")
    ] = None,
) -> None:
    """Run docker, with content trust for pull, push, run, create and build.

    From 29 on docker ignores DOCKER_CONTENT_TRUST; here it is honoured with any docker: images are
    verified, and docker is told their digests. What cannot be verified is not run. Without content
    trust everything is docker's own.
    """
    from sealyard.client.docker.arguments import invocation  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.docker.errors import UnverifiableError  # noqa: PLC0415 (only where it is used: a start is to be quick)

    words = arguments or []
    on = terminal.surroundings.content_trust
    flagged = any(word.startswith("--disable-content-trust") for word in words)
    try:
        call = invocation(words)
        trusting = _is_trusting(call, on=on)
    except UnverifiableError:
        if on or flagged:
            raise
        _docker(words)
    else:
        if trusting:
            _verified(terminal, call)
        _docker(words, trust_is_off=on or flagged)


def _is_trusting(call: Invocation, *, on: bool) -> bool:
    """Tell whether content trust is on: the flag of the command wins, as docker has it."""
    from sealyard.client.docker.arguments import TRUST_FLAG  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.docker.flags import VERIFIED  # noqa: PLC0415 (only where it is used: a start is to be quick)

    if call.path not in VERIFIED:
        return on
    if not on and not any(word.startswith(f"--{TRUST_FLAG}") for word in call.rest):
        return False  # docker's own affair, with whatever flags it has
    read = _read(call)
    return not read.is_on(TRUST_FLAG) if read.values(TRUST_FLAG) else on


def _read(call: Invocation) -> Arguments:
    from sealyard.client.docker import flags  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.docker.arguments import read  # noqa: PLC0415 (only where it is used: a start is to be quick)

    known = {
        "pull": flags.PULL,
        "push": flags.PUSH,
        "run": flags.RUN,
        "create": flags.RUN,
        "build": flags.BUILD,
    }
    kind = flags.VERIFIED[call.path]
    return read(kind, call.rest, known[kind])


def _verified(terminal: Terminal, call: Invocation) -> None:
    """Run a command with content trust on, if it is one that has to do with it."""
    from sealyard.cli.docker_verified import VerifiedDocker  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.docker.errors import ArgumentsNotReadError  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.docker.flags import HARMLESS, VERIFIED  # noqa: PLC0415 (only where it is used: a start is to be quick)

    first = call.path.partition("/")[0]
    if first == _TRUST:
        _sealyard([_TRUST, *call.command[1:], *call.rest])
    if {call.path, first} & {"", *HARMLESS} or _asks_for_help(call):
        return
    if call.path not in VERIFIED:
        raise ArgumentsNotReadError(call.path.replace("/", " "), _ELSEWHERE)
    given = _read(call)
    verified = VerifiedDocker(terminal, call, given)
    {
        "pull": verified.pull,
        "push": verified.push,
        "run": verified.run,
        "create": verified.run,
        "build": verified.build,
    }[VERIFIED[call.path]]()


def _asks_for_help(call: Invocation) -> bool:
    """Tell whether docker would only show what there is: a group alone, or ``--help`` first."""
    from sealyard.client.docker.flags import GROUPS  # noqa: PLC0415 (only where it is used: a start is to be quick)

    return call.rest[:1] == ("--help",) or (call.path in GROUPS and not call.rest)


def _docker(words: list[str], *, trust_is_off: bool = False) -> None:
    """Become docker; with ``trust_is_off`` docker is not to verify a second time."""
    from sealyard.cli.docker_process import become_docker  # noqa: PLC0415 (only where it is used: a start is to be quick)

    become_docker(words, trust_is_off=trust_is_off)


def _sealyard(words: list[str]) -> None:
    from sealyard.cli.main import main  # noqa: PLC0415 (each imports the other)

    main(words)
