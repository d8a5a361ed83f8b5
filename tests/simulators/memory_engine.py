"""A Docker Engine on the other side of our client, in memory: a function of a request."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from sealyard.client.images.engine import Engine
from sealyard.client.images.engine_address import EngineAddress
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from sample_images import Sample


@dataclass
class MemoryEngine:
    """``archives`` are what it exports, by name; ``ids`` are the images' ids.

    ``steps`` are the lines that it sends when it pulls or loads. ``loaded`` is what it was given.
    """

    version: str = "20.10.24"
    api: str = "1.41"
    oldest: str = "1.12"
    archives: dict[str, bytes] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    loaded: list[bytes] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def engine(self, host: str = "unix:///run/docker.sock") -> Engine:
        """Return our client's way to it."""
        return Engine(EngineAddress.parse(host), httpx.MockTransport(self.answer))

    def hold(self, name: str, one: Sample, archive: bytes) -> None:
        """Give it an image."""
        self.ids[name] = str(Digest.of(one.config))
        self.archives[self.ids[name]] = archive

    def asked(self) -> list[str]:
        """Return the requests so far, as ``METHOD /path``."""
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.requests.append(request)
        path = request.url.path
        if path == "/version":
            said = {"Version": self.version, "ApiVersion": self.api, "MinAPIVersion": self.oldest}
            return httpx.Response(200, json={**said, "Os": "linux", "Arch": "amd64"})
        prefix = f"/v{self.api}"
        assert path.startswith(prefix), path
        return self._images(request, path.removeprefix(prefix))

    def _images(self, request: httpx.Request, path: str) -> httpx.Response:
        if path == "/images/json":
            listed = [{"Id": image, "RepoTags": [name]} for name, image in self.ids.items()]
            return httpx.Response(200, json=[*listed, {"Id": "sha256:0", "RepoTags": None}])
        if path == "/images/load":
            self.loaded.append(request.read())
            return httpx.Response(200, content="".join(self.steps))
        if path == "/images/create":
            return httpx.Response(200, content="".join(self.steps))
        return self._image(*path.removeprefix("/images/").rpartition("/")[::2])

    def _image(self, name: str, verb: str) -> httpx.Response:
        if name not in self.ids and name not in self.archives:
            return httpx.Response(404, json={"message": f"No such image: {name}"})
        if verb == "get":
            return httpx.Response(200, content=self.archives[name])
        if verb == "tag":
            return httpx.Response(201)
        layers: list[str] = []
        document = {"Id": self.ids[name], "RepoTags": [name], "RootFS": {"Layers": layers}}
        return httpx.Response(200, content=json.dumps(document))
