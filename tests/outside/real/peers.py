"""Two servers of others, side by side: Debian's docker-registry and Debian's notary-server."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from real.docker_registry import DockerRegistry
from real.engine import Docker
from real.notary import Notary
from real.notary_server import NotaryServer, certificate_files

if TYPE_CHECKING:
    from pathlib import Path

    from real.engine import Engine


class Peers:
    """A registry for images and a server for their trust data, without sign-in.

    ``algorithm`` is that of the keys that the trust server makes.
    """

    def __init__(self, folder: Path, algorithm: str) -> None:
        certificate, key = certificate_files(folder)
        kind = {"type": "local", "key_algorithm": algorithm, "hostname": "", "port": ""}
        with ExitStack() as begun:
            self.images = begun.enter_context(DockerRegistry(folder, certificate, key))
            options = {
                "trust_service": kind,
                "repositories": {"gun_prefixes": [f"{self.images.server}/"]},
            }
            self.trust = begun.enter_context(NotaryServer(folder, certificate, key, options))
            self._running = begun.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._running.close()

    def docker(self, engine: Engine, home: Path) -> Docker:
        """Return somebody who trusts both servers."""
        docker = Docker(engine, self.images.server, self.images.ca, home)
        authority = home / ".docker" / "tls" / self.trust.server
        authority.mkdir(parents=True)
        shutil.copy(self.trust.ca, authority / "ca.crt")
        docker.env["DOCKER_CONTENT_TRUST_SERVER"] = self.trust.url
        return docker

    def notary(self, home: Path, trust: Path | None = None) -> Notary:
        """Return notary for somebody; ``trust`` is a trust folder to be shared."""
        return Notary(self.trust, home, trust)
