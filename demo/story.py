"""``make demo``: the article's story on a throw-away registry, told step by step.

Switch content trust on, be refused, be granted the role, sign, pull what is signed and nothing
else, look at who signed, back the keys up, lose every signature by switching off. Everything is
done by the ``sealyard`` command, as it would be typed; no docker is needed.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from image import write_layout

_PASSWORD = "a password for the demo"  # noqa: S105 (of a registry that lives for seconds)
_SEALYARD = str(Path(sys.executable).with_name("sealyard"))


@dataclass(frozen=True, slots=True)
class Done:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


class Stage:
    """A running registry, and the people who use it: each with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.server = f"localhost:{probe.getsockname()[1]}"
        self.folder = folder
        self.ca = folder / "data" / "tls" / "ca.pem"
        self._log = folder / "server.log"
        command = [_SEALYARD, "serve", "--data-dir", str(folder / "data"), "--listen", self.server]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                command,
                env={**os.environ, "SEALYARD_ADMIN_PASSWORD": _PASSWORD},
                stdout=log,
                stderr=log,
            )
        self._wait()

    def close(self) -> None:
        """Stop the registry."""
        self._process.terminate()
        self._process.wait(60)

    def person(self, name: str) -> Person:
        """Return somebody with sign-ins, keys and trust data of their own."""
        return Person(self, self.folder / name)

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while "listening on" not in self._log.read_text():
            if self._process.poll() is not None or time.monotonic() > end:
                raise SystemExit(self._log.read_text())
            time.sleep(0.1)


class Person:
    """Somebody at a shell where ``DOCKER_CONTENT_TRUST`` is set, as in the article."""

    def __init__(self, stage: Stage, home: Path) -> None:
        self._stage = stage
        self.home = home
        self._env = {
            **os.environ,
            "SEALYARD_CONFIG_DIR": str(home / "sealyard"),
            "DOCKER_CONFIG": str(home / "docker"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "DOCKER_CONTENT_TRUST": "1",
            "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": "a passphrase for the root key",
            "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "a passphrase for the other keys",
        }

    def __call__(self, *arguments: str, given: str | None = None) -> str:
        """Run a command that succeeds, shown as it would be typed; return what it printed."""
        done = self._run(arguments, given)
        if done.code:
            message = f"that failed:\n{done.err}"
            raise SystemExit(message)
        return done.out.strip()

    def refused(self, *arguments: str, saying: str) -> None:
        """Run a command that has to fail with 1 and a message that holds ``saying``."""
        done = self._run(arguments, None)
        if done.code != 1 or saying not in done.err:
            message = f"that should have been refused: {done}"
            raise SystemExit(message)
        _show(done.err)

    def login(self, name: str, password: str, *more: str) -> None:
        """Sign in to the registry."""
        where = ("--server", f"https://{self._stage.server}", "--ca-file", str(self._stage.ca))
        self("login", *where, "--username", name, *more, "--password-stdin", given=password)

    def shown(self, *arguments: str) -> None:
        """Run a command and show what it prints."""
        _show(self(*arguments))

    def _run(self, arguments: tuple[str, ...], given: str | None) -> Done:
        typed = " ".join(arguments).replace(str(self._stage.folder), "…")
        print(f"  $ sealyard {typed}")
        done = subprocess.run(  # noqa: S603 (our own program)
            [_SEALYARD, *arguments],
            env=self._env,
            input=given or "",
            text=True,
            check=False,
            capture_output=True,
        )
        return Done(done.returncode, done.stdout, done.stderr)


def _show(text: str) -> None:
    for line in text.strip().splitlines():
        print(f"    {line}")


def tell(stage: Stage) -> None:
    """Tell the story; whatever goes otherwise than told ends it with an error."""
    image = f"{stage.server}/myimage"
    owner, consumer = stage.person("owner"), stage.person("consumer")
    for name, text in (("v1", "the first version"), ("unsigned", "something else")):
        write_layout(stage.folder / name, name, text)

    print("\n1. Sign in as the first Owner, and switch content trust on.")
    owner.login("admin", _PASSWORD)
    update = ("acr", "config", "content-trust", "update", "-r", "myregistry", "--status")
    owner(*update, "enabled")

    print(
        "\n2. An Owner may push, but does not sign until granted the role; no tag is left behind."
    )
    push = ("push", f"{image}:v1", "--from", f"oci:{stage.folder / 'v1'}")
    owner.refused(*push, saying="AcrImageSigner")
    owner(
        "push",
        f"{image}:unsigned",
        "--from",
        f"oci:{stage.folder / 'unsigned'}",
        "--disable-content-trust",
    )
    _same(owner("list", image, "-o", "tsv").splitlines(), ["unsigned"])

    print("\n3. Grant the role to a user and to a service principal, as the article does.")
    registry = owner("acr", "show", "--name", "myregistry", "--query", "id", "-o", "tsv")
    user = owner("account", "show", "--query", "user.name", "--output", "tsv")
    robot = json.loads(
        owner(
            "ad",
            "sp",
            "create-for-rbac",
            "--name",
            "builder",
            "--role",
            "AcrPush",
            "--scopes",
            registry,
        )
    )
    for assignee in (user, robot["appId"]):
        owner(
            "role",
            "assignment",
            "create",
            "--scope",
            registry,
            "--role",
            "AcrImageSigner",
            "--assignee",
            assignee,
        )

    print("\n4. Push a trusted image: keys are made, the tag is signed, then it is set.")
    owner.shown(*push)

    print("\n5. Pull with content trust: the signed tag by its digest, no other.")
    consumer.login("admin", _PASSWORD)
    consumer.shown("pull", f"{image}:v1", "--to", f"oci:{stage.folder / 'pulled'}")
    consumer.refused(
        "pull",
        f"{image}:unsigned",
        "--to",
        f"oci:{stage.folder / 'nothing'}",
        saying="No valid trust data for unsigned",
    )
    if (stage.folder / "nothing").exists():
        message = "something was written although nobody signed it"
        raise SystemExit(message)

    print("\n6. See who signed what, and back the keys up.")
    consumer.shown("trust", "inspect", "--pretty", image)
    secret = stage.folder / "passphrase"
    secret.write_text("a passphrase for the backup\n")
    secret.chmod(0o600)
    backup = str(stage.folder / "keys.backup")
    owner.shown("trust", "key", "backup", backup, "--passphrase-file", str(secret))

    print("\n7. Switch off: every signature is gone for good, the images stay.")
    owner(*update, "disabled", "--yes")
    stage.person("newcomer").login("admin", _PASSWORD)
    stage.person("newcomer").refused(
        "pull", f"{image}:v1", "--to", f"oci:{stage.folder / 'nothing'}", saying="trust data"
    )
    owner("pull", f"{image}:v1", "--to", f"oci:{stage.folder / 'again'}", "--disable-content-trust")
    print("\nThe story ends as the article tells it.")


def _same(found: list[str], expected: list[str]) -> None:
    if found != expected:
        message = f"expected {expected}, found {found}"
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
