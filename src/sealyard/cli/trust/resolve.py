"""``sealyard trust resolve``: a file with its images by their signed digests, or one image."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sealyard.cli.commands import group, plain
from sealyard.cli.image_options import AllSigners, CaFile, NoTofu, PinFile, PolicyFile, Signers
from sealyard.cli.terminal import Terminal
from sealyard.client.docker.dockerfile import resolved_dockerfile
from sealyard.client.docker.resolving import SignedDigests
from sealyard.client.docker.yaml_images import resolved_yaml
from sealyard.client.trust.private_files import read_bounded
from sealyard.errors import SealyardError
from sealyard.oci.errors import OciError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from sealyard.trust.policy import PullPolicy

app = group("Name images by their signed digests.")

_MOST_BYTES: Final = 4 * 1024 * 1024
_YAML: Final = frozenset({".yml", ".yaml"})
# What stands in a manifest or compose file alone on its line, and in no Dockerfile.
_MANIFEST: Final = re.compile(r"^(apiVersion:|kind:|services:)", re.MULTILINE)


class FileNotReadError(SealyardError):
    """The file that was to be resolved cannot be read."""


@plain(app, "resolve")
def resolve(
    terminal: Terminal,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="FILE|REF", help="A Dockerfile, a compose file, a manifest; -; or an image."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: printed.")
    ] = None,
    build_arg: Annotated[
        list[str] | None,
        typer.Option("--build-arg", metavar="NAME=VALUE", help="For ARG before FROM; repeatable."),
    ] = None,
    yaml: Annotated[
        bool, typer.Option("--yaml", help="It is YAML, although its name does not say so.")
    ] = False,
    signer: Signers = None,
    all_signers: AllSigners = False,
    policy: PolicyFile = None,
    no_tofu: NoTofu = False,
    pins: PinFile = None,
    ca_file: CaFile = None,
) -> None:
    """Print a Dockerfile, compose file or Kubernetes manifest with its images by signed digests.

    Nothing else in it changes. It fails if one of the images is not signed, or if it cannot be
    told which images would be used. An image is printed as HOST/NAME@DIGEST.
    """
    from sealyard.client.trust.policy_file import chosen_policy  # noqa: PLC0415 (only where it is used: a start is to be quick)

    def wants(reference: ImageReference) -> PullPolicy:
        return chosen_policy(
            reference.gun, terminal.folder, file=policy, signers=signer or (), every=all_signers
        )

    file = Path(subject)
    image = None if subject == "-" or file.exists() else _image(subject)
    text = _read(file) if image is None else ""
    with terminal.client(ca_file=ca_file, pins_file=pins, no_tofu=no_tofu) as client:
        digests = SignedDigests(client, wants)
        if image is not None:
            new = f"{digests(image)}\n"
        elif yaml or file.suffix in _YAML or _MANIFEST.search(text):
            new = resolved_yaml(str(file), text, digests, os.environ)
        else:
            new = resolved_dockerfile(str(file), text, digests, _arguments(build_arg or []))
    if output is None:
        sys.stdout.write(new)
    else:
        output.write_text(new, encoding="utf-8")


def _image(text: str) -> ImageReference:
    """Read what is no file as an image; raise ``FileNotReadError`` if it is neither."""
    try:
        return ImageReference.familiar(text)
    except OciError as error:
        message = f"{text} is neither a file nor an image: {error}"
        raise FileNotReadError(message) from error


def _read(file: Path) -> str:
    try:
        raw = sys.stdin.buffer.read(_MOST_BYTES + 1) if str(file) == "-" else _bytes(file)
        return raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file} cannot be read: {error}"
        raise FileNotReadError(message) from error


def _bytes(file: Path) -> bytes:
    return read_bounded(file, _MOST_BYTES)


def _arguments(given: list[str]) -> dict[str, str]:
    """Read ``NAME=VALUE``; ``NAME`` alone means the environment's value, as docker has it."""
    pairs = (one.partition("=") for one in given)
    return {name: value if equals else os.environ.get(name, "") for name, equals, value in pairs}
