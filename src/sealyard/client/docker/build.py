"""What a ``docker build`` takes images from, and how it is run with signed digests instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from sealyard.client.docker.dockerfile import resolved_dockerfile
from sealyard.client.docker.dockerfile_lines import Dockerfile
from sealyard.client.docker.errors import ArgumentsNotReadError
from sealyard.oci.errors import OciError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sealyard.client.docker.arguments import Arguments
    from sealyard.client.docker.rewriting import Resolve

STDIN: Final = "-"
IGNORED: Final = ".dockerignore"

_IMAGE_CONTEXT: Final = "docker-image://"
_REMOTE: Final = ("http://", "https://", "git://", "git@", "ssh://", "github.com/")
_COMMAND: Final = "build"
_FRONTEND: Final = "BUILDKIT_SYNTAX"


@dataclass(frozen=True, slots=True)
class Build:
    """A build whose context is the folder ``context``; ``dockerfile`` is ``None`` for stdin.

    ``arguments`` are those that were given without ``--file`` and the trust flag, with every image
    among them by its digest. ``build_args`` are given from outside, ``contexts`` the names that
    mean something else than an image.
    """

    context: Path
    dockerfile: Path | None
    arguments: tuple[str, ...]
    build_args: Mapping[str, str]
    contexts: tuple[str, ...]

    def resolved(self, text: str, resolve: Resolve) -> str:
        """Return the Dockerfile ``text`` with signed digests; raise as ``resolved_dockerfile``."""
        name = str(self.dockerfile or "Dockerfile")
        return resolved_dockerfile(name, text, resolve, self.build_args, self.contexts)

    @property
    def ignore_file(self) -> Path | None:
        """The file of ignored paths that belongs to this Dockerfile alone, if there is one."""
        if self.dockerfile is None:
            return None
        own = self.dockerfile.with_name(self.dockerfile.name + IGNORED)
        return own if own.is_file() else None


def has_heredocs(text: str) -> bool:
    """Tell whether a Dockerfile uses here-documents, which only BuildKit reads as such."""
    file = Dockerfile("Dockerfile", text)
    list(file.instructions())
    return file.has_heredocs


def build(arguments: Arguments, environment: Mapping[str, str], resolve: Resolve) -> Build:
    """Read the words behind ``docker build``.

    Raise ``ArgumentsNotReadError`` for whatever brings in images that are not verified here, or
    sends the result away unsigned.
    """
    _check(arguments)
    if len(arguments.positions) != 1:
        _refuse("it needs one context, a folder")
    context = arguments.words[arguments.positions[0]]
    if context == STDIN or context.startswith(_REMOTE) or not Path(context).is_dir():
        _refuse(f"the context {context[:80]!r} is not a folder; fetch it, and build there")
    given = arguments.values("f", "file")
    if given and given[-1].startswith(_REMOTE):
        _refuse("the Dockerfile is elsewhere; fetch it, and name the file")
    dockerfile = None
    if not given or given[-1] != STDIN:
        dockerfile = Path(given[-1]) if given else Path(context) / "Dockerfile"
    contexts = [value.partition("=")[0] for value in arguments.values("build-context")]
    return Build(
        Path(context),
        dockerfile,
        tuple(_rewritten(arguments, resolve)),
        _build_args(arguments.values("build-arg"), environment),
        tuple(contexts),
    )


def _check(arguments: Arguments) -> None:
    outputs = arguments.values("o", "output")
    pushes = any("type=registry" in one or "push=true" in one for one in outputs)
    if arguments.is_on("push") or pushes:
        reason = "it would push what nobody signed; build without --push, then: sealyard push"
        _refuse(reason)
    if arguments.values("cache-from"):
        _refuse("what --cache-from brings in is not signed; leave it out")
    for value in arguments.values("build-context"):
        source = value.partition("=")[2]
        if source.startswith((*_REMOTE, "oci-layout://")):
            _refuse(f"the build context {value[:80]!r} is not a folder or a signed image")
    for value in arguments.values("build-arg"):
        if value.partition("=")[0] == _FRONTEND:
            reason = f"{_FRONTEND} names a program to be pulled; write `# syntax=` into the file"
            _refuse(reason)


def _build_args(given: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if equals:
            found[name] = value
        elif name in environment:
            found[name] = environment[name]
    return found


def _rewritten(arguments: Arguments, resolve: Resolve) -> list[str]:
    """Return the words without file and trust flag, named images by their digests."""
    words = list(arguments.words)
    for option in arguments.options:
        name, _, source = option.value.partition("=")
        if option.name == "build-context" and source.startswith(_IMAGE_CONTEXT):
            signed = f"{name}={_IMAGE_CONTEXT}{_signed(source, resolve)}"
            words[option.start : option.stop] = [f"--build-context={signed}"] + [""] * (
                option.stop - option.start - 1
            )
    dropped = {
        position
        for option in arguments.options
        if option.name in {"f", "file", "disable-content-trust"}
        for position in range(option.start, option.stop)
    }
    return [word for at, word in enumerate(words) if at not in dropped and word]


def _signed(source: str, resolve: Resolve) -> str:
    try:
        return resolve(ImageReference.familiar(source.removeprefix(_IMAGE_CONTEXT)))
    except OciError as error:
        raise ArgumentsNotReadError(_COMMAND, str(error)) from error


def _refuse(reason: str) -> NoReturn:
    raise ArgumentsNotReadError(_COMMAND, reason)
