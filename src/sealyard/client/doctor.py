"""The doctor: whether this machine verifies what it pulls, and can sign what it pushes.

Each check looks at one thing and answers with findings: what is, in a sentence, and what to do
about it. A check that fails is a finding too; none ends the others.
"""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import ClientError, ConnectionFailedError, TrustDataMissingError
from sealyard.client.registry.errors import CertificateRefusedError
from sealyard.client.registry.origins import Origins
from sealyard.client.registry.tls import MACHINE_FOLDER, Certificates
from sealyard.client.trust.changelist import staged
from sealyard.client.trust.key_check import check_keys
from sealyard.client.trust.passphrases import DockerVariables
from sealyard.client.trust.private_files import is_exposed, read_bounded
from sealyard.errors import SealyardError
from sealyard.trust.errors import PrivateKeyError, TrustError
from sealyard.trust.instants import parse_instant
from sealyard.trust.key_file import MOST_BYTES, read_key_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sealyard.client.client import Client
    from sealyard.client.images.engine import Engine
    from sealyard.client.trust.key_store import KeyEntry
    from sealyard.oci.references import ImageReference

SKEW: Final = timedelta(minutes=1)

_LAST_WITH_TRUST: Final = 28
_MOST_KEYS: Final = 50  # that are tried with the passphrases of the variables
_PING: Final = "/v2/"
_PING_BYTES: Final = 64 * 1024
_ANSWERS: Final = (200, 401, 404)


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: ``about`` what, how it is, and what to do about it."""

    about: str
    state: State
    text: str
    remedy: str = ""


class Doctor:
    """Looks at one machine, and with a ``host`` or a ``repository`` at the way to a registry.

    ``engine`` makes what is asked for the Engine's version and time; ``interactive`` tells whether
    a person could be asked for passphrases.
    """

    def __init__(
        self,
        client: Client,
        engine: Callable[[], Engine],
        host: str = "",
        repository: ImageReference | None = None,
        *,
        interactive: bool = True,
    ) -> None:
        self._interactive = interactive
        self._client = client
        self._engine_here = engine
        self._host = repository.host if repository is not None else host
        self._repository = repository

    def findings(
        self, docker_version: str, docker_major: int | None, *, replaced: bool = False
    ) -> Iterator[Finding]:
        """Yield what was found; ``docker_version`` is what the docker command says of itself.

        ``replaced`` tells that a script of that name, which calls sealyard, is found first.
        """
        if replaced:
            text = f"the command docker is sealyard docker, and behind it {docker_version}"
            yield Finding("docker command", State.OK, text)
        else:
            yield from self._docker(docker_version, docker_major)
        yield self._switch()
        yield from self._keys()
        yield from self._engine()
        if self._host:
            yield from self._server()
        if self._repository is not None:
            yield from self._trust_data(self._repository)

    def _docker(self, version: str, major: int | None) -> Iterator[Finding]:
        about = "docker command"
        if major is None:
            text = f"no docker command answers ({version or 'none on the PATH'})"
            yield Finding(about, State.OK, f"{text}; sealyard needs none")
        elif major > _LAST_WITH_TRUST:
            text = f"{version} ignores DOCKER_CONTENT_TRUST: it pulls and pushes unverified"
            remedy = (
                "use sealyard pull and push, or sealyard docker …, for scripts under the name of "
                "docker (docs/client.md)"
            )
            yield Finding(about, State.PROBLEM, text, remedy)
        else:
            text = (
                f"{version} honours content trust for pull, push, run and create; its builds with "
                "BuildKit, and compose, ignore it"
            )
            yield Finding(about, State.OK, text, "sealyard docker build; sealyard trust resolve")

    def _switch(self) -> Finding:
        about = "content trust"
        if self._client.surroundings.content_trust:
            return Finding(about, State.OK, "DOCKER_CONTENT_TRUST is on in this shell")
        text = (
            "DOCKER_CONTENT_TRUST is off in this shell: nothing is verified unless a flag says so"
        )
        return Finding(about, State.WARNING, text, "export DOCKER_CONTENT_TRUST=1")

    def _keys(self) -> Iterator[Finding]:
        entries = self._client.keys.entries()
        about = "keys"
        exposed = [entry.path for entry in entries if is_exposed(entry.path)]
        for path in exposed:
            text = f"{path} can be read or changed by others"
            yield Finding(about, State.PROBLEM, text, f"chmod 600 {path}")
        if not entries:
            yield Finding(about, State.OK, "there are no signing keys here: images can be pulled")
        elif not exposed:
            yield Finding(about, State.OK, f"{len(entries)} signing keys, for their owner only")
        for entry in entries[:_MOST_KEYS]:
            yield from self._passphrase(entry)

    def _passphrase(self, entry: KeyEntry) -> Iterator[Finding]:
        """Try docker's variable on a key; whoever has no variable is asked when it is used."""
        surroundings = self._client.surroundings
        variables = DockerVariables(
            surroundings.root_passphrase, surroundings.repository_passphrase
        )
        about = "passphrases"
        try:
            file = read_key_file(read_bounded(entry.path, MOST_BYTES))
            if not file.is_encrypted:
                text = f"{entry.label} is not locked with a passphrase"
                yield Finding(about, State.WARNING, text, f"sealyard trust key passwd {entry.id}")
                return
            file.unlock(variables.existing(entry.label, 0))
        except PrivateKeyError:
            text = f"{entry.label.variable} does not open {entry.label}"
            remedy = "correct the variable, or unset it to be asked"
            yield Finding(about, State.PROBLEM, text, remedy)
        except SealyardError:
            yield from self._asked(entry)
        else:
            yield Finding(about, State.OK, f"{entry.label.variable} opens {entry.label}")

    def _asked(self, entry: KeyEntry) -> Iterator[Finding]:
        """Say so if nobody could answer for a key: no variable, no program, no terminal."""
        if self._client.surroundings.askpass is None and not self._interactive:
            text = f"nothing here answers for {entry.label}"
            remedy = f"set {entry.label.variable}, or SEALYARD_ASKPASS"
            yield Finding("passphrases", State.WARNING, text, remedy)

    def _engine(self) -> Iterator[Finding]:
        about = "Docker Engine"
        try:
            with self._engine_here() as engine:
                version, now = engine.version(), engine.system_time()
        except ClientError as error:
            yield Finding(about, State.WARNING, str(error))
            return
        yield Finding(about, State.OK, f"version {version.version} answers")
        try:
            yield self._clock(about, parse_instant(now))
        except ValueError:
            return  # an Engine that does not say its time

    def _server(self) -> Iterator[Finding]:
        about = f"registry {self._host}"
        try:
            headers = self._ping(self._client.origins)
        except ConnectionFailedError as error:
            yield Finding(about, State.PROBLEM, str(error))
            return
        except ClientError as error:
            yield Finding(about, State.PROBLEM, str(error), "sealyard login, or docker login")
            return
        yield Finding(about, State.OK, "it answers, and its certificate is trusted by sealyard")
        with suppress(ValueError, TypeError, OverflowError):  # no time, or one without a zone
            yield self._clock(about, parsedate_to_datetime(headers))
        folder = self._client.surroundings.docker_folder / "tls"
        yield self._trusted_by("docker command", folder)
        if self._client.surroundings.docker_host.startswith("unix:"):
            yield self._trusted_by("Docker Engine", MACHINE_FOLDER)
        yield self._signed_in()

    def _ping(self, origins: Origins) -> str:
        """Ask the registry whether it is there; return the date that it says it is."""
        origin = origins.registry(self._host)
        answer = origin.fetch("GET", _PING, scopes=(), limit=_PING_BYTES, accept_status=_ANSWERS)
        return str(answer.headers.get("Date", ""))

    def _trusted_by(self, whom: str, folder: Path) -> Finding:
        """Look whether the server's certificate is trusted with the files of docker's alone."""
        about = f"registry {self._host}"
        if _is_loopback(self._host):
            text = f"the {whom} does not verify certificates of this machine's own addresses"
            return Finding(about, State.OK, text)
        file = self._client.surroundings.certificate_file
        certificates = Certificates((folder,), () if file is None else (file,))
        origins = Origins(certificates, lambda _host: None, transport=self._client.transport)
        try:
            self._ping(origins)
        except CertificateRefusedError:
            text = f"its certificate is not trusted by the {whom}"
            remedy = f"copy the registry's CA to {folder / self._host / 'ca.crt'}"
            return Finding(about, State.PROBLEM, text, remedy)
        except ClientError:
            pass  # it answers; who is signed in plays no part here
        finally:
            origins.close()
        return Finding(about, State.OK, f"its certificate is trusted by the {whom}")

    def _signed_in(self) -> Finding:
        about = f"registry {self._host}"
        try:
            credential = self._client.credential(self._host)
        except ClientError as error:
            return Finding(about, State.PROBLEM, str(error))
        if credential is None:
            remedy = f"sealyard login --server https://{self._host}, or docker login {self._host}"
            return Finding(about, State.WARNING, "nobody is signed in to it from here", remedy)
        if not self._client.docker_knows(self._host):
            text = "sealyard is signed in and docker is not: docker and its Engine pull nothing"
            remedy = f"sealyard acr login -n REGISTRY, or docker login {self._host}"
            return Finding(about, State.WARNING, text, remedy)
        name = f" as {credential.name}" if credential.name.strip("0-") else ""
        return Finding(about, State.OK, f"signed in{name}")

    def _trust_data(self, repository: ImageReference) -> Iterator[Finding]:
        about = f"trust data of {repository.gun}"
        try:
            trusted = self._client.reader(repository).refresh()
        except TrustDataMissingError as error:
            yield Finding(about, State.WARNING, str(error), "push a signed tag, if you may")
            return
        except (TrustError, ClientError) as error:
            yield Finding(about, State.PROBLEM, str(error))
            return
        tags = sum(len(file.content.targets) for file in trusted.targets.values())
        yield Finding(
            about, State.OK, f"verified; {tags} signed names, root {trusted.root.version}"
        )
        folder = self._client.surroundings.trust_folder
        for check in check_keys(self._client.keys, folder, [repository.gun], self._client.clock()):
            for found in check.findings:
                state = State.PROBLEM if found.needed else State.OK
                yield Finding(about, state, found.text)
        left = staged(folder, repository.gun)
        if left:
            text = f"{len(left)} changes were staged by docker or notary and never published"
            remedy = f"docker's next push would sign them: notary reset {repository.gun} --all"
            yield Finding(about, State.WARNING, text, remedy)

    def _clock(self, about: str, theirs: datetime) -> Finding:
        skew = abs(self._client.clock() - theirs)
        if skew <= SKEW:
            return Finding(about, State.OK, "its clock and this one agree")
        seconds = int(skew.total_seconds())
        text = f"its clock and this one differ by {seconds} s: what is valid here may not be there"
        return Finding(about, State.WARNING, text, "let both be set by NTP")


def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"
