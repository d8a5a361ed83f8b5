"""Debian's docker-registry, which stores images and knows nothing of trust."""

from __future__ import annotations

import os
import ssl
import urllib.request
from typing import TYPE_CHECKING, Self

from real.processes import Running, free_port, program, wait_until

if TYPE_CHECKING:
    from pathlib import Path


class DockerRegistry:
    """``docker-registry`` over TLS on a free port, without sign-in."""

    def __init__(self, folder: Path, certificate: Path, key: Path) -> None:
        self.port = free_port()
        self.server = f"localhost:{self.port}"
        self.url = f"https://{self.server}"
        self.ca = certificate
        config = folder / "docker-registry.yml"
        config.write_text(
            "version: 0.1\n"
            "log: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder / 'images'}}}}}\n"
            "http:\n"
            f"  addr: 127.0.0.1:{self.port}\n"
            "  secret: of this test\n"
            f"  tls: {{certificate: {certificate}, key: {key}}}\n"
        )
        command = [program("docker-registry"), "serve", str(config)]
        self._running = Running(command, os.environ, folder / "docker-registry.log")
        try:
            wait_until("docker-registry is up", self._answers)
        except AssertionError:
            self._running.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._running.stop()

    def _answers(self) -> bool:
        context = ssl.create_default_context(cafile=self.ca)
        try:
            urllib.request.urlopen(f"{self.url}/v2/", context=context, timeout=5).close()  # noqa: S310 (https)
        except OSError:
            return False
        return True
