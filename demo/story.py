"""``make demo``: the article's story on a throw-away registry, told step by step.

Enable content trust, be refused, be granted the role, sign, pull what is signed and nothing else,
lose everything by switching off. No docker is needed: what docker would do is done by
``publisher.py`` and ``consumer.py`` beside this file.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from consumer import Consumer
from publisher import Publisher, RefusedError
from sealyard.trust.errors import TrustError

_PASSWORD = "a password for the demo"  # noqa: S105 (of a registry that lives for seconds)
_SEALYARD = str(Path(sys.executable).with_name("sealyard"))


class Stage:
    """A running registry, and the ``sealyard`` command signed in to it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.server = f"localhost:{probe.getsockname()[1]}"
        self.ca = folder / "data" / "tls" / "ca.pem"
        self._env = {**os.environ, "SEALYARD_CONFIG_DIR": str(folder / "config")}
        self._log = folder / "server.log"
        command = [_SEALYARD, "serve", "--data-dir", str(folder / "data"), "--listen", self.server]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                command,
                env={**self._env, "SEALYARD_ADMIN_PASSWORD": _PASSWORD},
                stdout=log,
                stderr=log,
            )
        self._wait()

    def close(self) -> None:
        """Stop the registry."""
        self._process.terminate()
        self._process.wait(60)

    def sealyard(self, *arguments: str, given: str | None = None) -> str:
        """Run one command, shown as it would be typed, and return what it printed."""
        print(f"  $ sealyard {' '.join(arguments)}")
        done = subprocess.run(  # noqa: S603 (our own program)
            [_SEALYARD, *arguments], env=self._env, input=given, text=True, check=True, stdout=-1
        )
        return done.stdout.strip()

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while "listening on" not in self._log.read_text():
            if self._process.poll() is not None or time.monotonic() > end:
                raise SystemExit(self._log.read_text())
            time.sleep(0.1)


def tell(stage: Stage) -> None:
    """Tell the story; whatever goes otherwise than told ends it with an error."""
    print("\n1. Sign in as the first Owner, and switch content trust on.")
    where = ("--server", f"https://{stage.server}", "--ca-file", str(stage.ca))
    stage.sealyard("login", *where, "--username", "admin", "--password-stdin", given=_PASSWORD)
    update = ("acr", "config", "content-trust", "update", "-r", "myregistry", "--status")
    stage.sealyard(*update, "enabled")

    publisher = Publisher(stage.server, stage.ca, "admin", _PASSWORD)
    consumer = Consumer(stage.server, stage.ca, "admin", _PASSWORD)
    print("\n2. Push two tags. An Owner may push, but does not sign until granted the role.")
    signed = publisher.push("myimage", "v1", b"the first version")
    publisher.push("myimage", "unsigned", b"something else")
    try:
        publisher.sign("myimage", "v1", signed)
    except RefusedError as refusal:
        print(f"  refused, as it should be: {refusal}")
    else:
        message = "an Owner without AcrImageSigner could sign"
        raise SystemExit(message)

    print("\n3. Grant the role, as the article does, and sign.")
    registry = stage.sealyard("acr", "show", "--name", "myregistry", "--query", "id", "-o", "tsv")
    user = stage.sealyard("account", "show", "--query", "user.name", "--output", "tsv")
    grant = ("--scope", registry, "--role", "AcrImageSigner", "--assignee", user)
    stage.sealyard("role", "assignment", "create", *grant)
    publisher.sign("myimage", "v1", signed)
    print(f"  signed {stage.server}/myimage:v1 as {signed}")

    print("\n4. Pull with content trust: the signed tag by its digest, no other.")
    print(f"  pulled myimage:v1@{consumer.pull('myimage', 'v1')}")
    _must_fail(consumer, "unsigned")

    print("\n5. Switch off: every signature is gone for good, the images stay.")
    stage.sealyard(*update, "disabled", "--yes")
    _must_fail(consumer, "v1")
    print("\nThe story ends as the article tells it.")


def _must_fail(consumer: Consumer, tag: str) -> None:
    try:
        consumer.pull("myimage", tag)
    except TrustError as error:
        print(f"  {error}")
    else:
        message = f"{tag} was pulled although nobody signed it"
        raise SystemExit(message)


def main() -> None:
    """Set the stage in a temporary folder, tell the story, clear up."""
    with tempfile.TemporaryDirectory(prefix="sealyard-demo-") as folder:
        stage = Stage(Path(folder))
        try:
            tell(stage)
        finally:
            stage.close()


if __name__ == "__main__":
    main()
