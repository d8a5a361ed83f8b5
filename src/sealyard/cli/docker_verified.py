"""docker's commands with content trust: what Sealyard verifies, and then lets docker do."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from sealyard.cli.docker_process import become_docker, run_docker
from sealyard.client.docker.build import IGNORED, build, has_heredocs
from sealyard.client.docker.errors import ArgumentsNotReadError
from sealyard.client.docker.resolving import SignedDigests
from sealyard.client.surroundings import is_on
from sealyard.client.trust.policy_file import chosen_policy
from sealyard.oci.errors import OciError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from sealyard.cli.terminal import Terminal
    from sealyard.client.client import Client
    from sealyard.client.docker.arguments import Arguments, Invocation
    from sealyard.client.docker.build import Build
    from sealyard.client.resolving import Resolved
    from sealyard.trust.policy import PullPolicy

_ID = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
_MOST_BYTES: Final = 4 * 1024 * 1024


class VerifiedDocker:
    """One call of docker, ``given`` behind its command, with content trust on."""

    def __init__(self, terminal: Terminal, call: Invocation, given: Arguments) -> None:
        self._terminal = terminal
        self._call = call
        self._given = given

    def pull(self) -> None:
        """Pull by the digest that the signatures vouch for, then tag, as docker did."""
        reference = self._one_image()
        options = self._given.without("a", "all-tags", "disable-content-trust")
        options = [word for word in options if word != self._word(0)]
        if reference.digest is not None:
            self._docker(["pull", *options, self._word(0)])
        every = self._given.is_on("a", "all-tags")
        wanted = self._signed_tags(reference) if every else [self._signed(reference)]
        quiet = self._given.is_on("q", "quiet")
        before = self._call.before.words
        for number, one in enumerate(wanted, 1):
            if not quiet:
                print(f"Pull ({number} of {len(wanted)}): {one.reference}@{one.digest}")
            run_docker([*before, "pull", *options, one.pinned])
            run_docker([*before, "tag", one.pinned, str(one.reference)])
            if not quiet:
                print(f"Tagging {one.pinned} as {one.reference}", file=sys.stderr)
            print(one.reference)
        sys.exit(0)

    def push(self) -> None:
        """Push as Sealyard does: sign first, then show the tag."""
        from sealyard.cli.main import main  # noqa: PLC0415 (each imports the other)

        self._check_engine()
        main(["push", "--no-disable-content-trust", *self._given.without("disable-content-trust")])

    def run(self) -> None:
        """Run or create a container of the image by its digest."""
        for mount in self._given.values("mount"):
            if "type=image" in mount.replace(" ", ""):
                self._refuse("an image that is mounted is not verified here; leave the mount out")
        if not self._given.positions:
            self._refuse("it names no image")
        at = self._given.positions[0]
        words = list(self._given.words)
        if _ID.fullmatch(words[at]) is None:
            reference = self._reference(words[at])
            if reference.digest is None:
                words[at] = self._signed(reference).pinned
        dropped = {
            position
            for option in self._given.options
            if option.name == "disable-content-trust"
            for position in range(option.start, option.stop)
        }
        kept = [word for position, word in enumerate(words) if position not in dropped]
        self._docker([*self._call.command, *kept])

    def build(self) -> None:
        """Build from a Dockerfile whose images are named by their signed digests."""
        with self._terminal.client() as client:
            digests = SignedDigests(client, self._policy)
            asked = build(self._given, os.environ, digests)
            text = self._dockerfile(asked)
            self._check_builder(text)
            new = asked.resolved(text, digests)
        with tempfile.TemporaryDirectory(prefix="sealyard-build-") as folder:
            file = Path(folder) / "Dockerfile"
            file.write_text(new, encoding="utf-8")
            if asked.ignore_file is not None:
                ignored = Path(folder) / f"Dockerfile{IGNORED}"
                ignored.write_bytes(asked.ignore_file.read_bytes())
            words = [*self._call.before.words, *self._call.command, "--file", str(file)]
            run_docker([*words, *asked.arguments])
        sys.exit(0)

    def _dockerfile(self, asked: Build) -> str:
        try:
            if asked.dockerfile is None:
                raw = sys.stdin.buffer.read(_MOST_BYTES + 1)
            else:
                raw = asked.dockerfile.read_bytes()
            return raw.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._refuse(f"the Dockerfile cannot be read: {error}")

    def _check_builder(self, text: str) -> None:
        """Raise if the old builder would take a here-document for instructions."""
        if has_heredocs(text) and not is_on(os.environ.get("DOCKER_BUILDKIT", "1")):
            self._refuse("only BuildKit reads here-documents; unset DOCKER_BUILDKIT")

    def _check_engine(self) -> None:
        """Raise if docker would take the image from another Engine than Sealyard would."""
        for option in self._call.before.options:
            if option.name in {"H", "host"}:
                os.environ["DOCKER_HOST"] = option.value
            elif option.name not in {"D", "debug", "l", "log-level"}:
                self._refuse(f"--{option.name} is not understood here; set DOCKER_HOST instead")
        if os.environ.get("DOCKER_CONTEXT") and not os.environ.get("DOCKER_HOST"):
            self._refuse("DOCKER_CONTEXT is not understood here; set DOCKER_HOST instead")

    def _one_image(self) -> ImageReference:
        if len(self._given.positions) != 1:
            self._refuse("it needs one image")
        return self._reference(self._word(0))

    def _word(self, number: int) -> str:
        return self._given.words[self._given.positions[number]]

    def _reference(self, text: str) -> ImageReference:
        try:
            return ImageReference.familiar(text)
        except OciError as error:
            raise ArgumentsNotReadError(self._call.path, str(error)) from error

    def _signed(self, reference: ImageReference) -> Resolved:
        with self._terminal.client() as client:
            self._warn(client, reference)
            return client.resolve(reference, self._policy(reference))

    def _signed_tags(self, reference: ImageReference) -> list[Resolved]:
        with self._terminal.client() as client:
            self._warn(client, reference)
            return client.signed_tags(reference, self._policy(reference))

    def _warn(self, client: Client, reference: ImageReference) -> None:
        """Say what docker will not: that it is not signed in, where only sealyard is."""
        if client.credential(reference.host) is not None and not client.docker_knows(
            reference.host
        ):
            self._terminal.say(
                f"sealyard is signed in to {reference.host} and docker is not; if docker is "
                f"refused: sealyard acr login -n REGISTRY, or docker login {reference.host}"
            )

    def _policy(self, reference: ImageReference) -> PullPolicy:
        return chosen_policy(reference.gun, self._terminal.folder)

    def _docker(self, words: list[str]) -> NoReturn:
        become_docker([*self._call.before.words, *words], trust_is_off=True)

    def _refuse(self, reason: str) -> NoReturn:
        raise ArgumentsNotReadError(self._call.path.replace("/", " "), reason)
