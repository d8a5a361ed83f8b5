"""The Docker Engine: what images it holds, exporting, pulling, loading and naming them.

Docker Engine API, https://docs.docker.com/reference/api/engine/.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import msgspec

from sealyard.client.images.content import pieces_of
from sealyard.client.images.engine_connection import EngineConnection, EngineVersion
from sealyard.client.images.engine_messages import EngineStep, steps
from sealyard.client.images.errors import EngineRefusedError, EngineUnavailableError
from sealyard.client.images.limits import PIECE_BYTES
from sealyard.oci.errors import InvalidReferenceError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    import httpx

    from sealyard.client.images.engine_address import EngineAddress
    from sealyard.client.images.registry_auth import RegistryAuth
    from sealyard.client.transfer.platform import Platform
    from sealyard.oci.digest import Digest

    PullProgress = Callable[[EngineStep], None]


class _RootFs(msgspec.Struct, frozen=True, rename="pascal"):
    layers: tuple[str, ...] = ()


class EngineImage(msgspec.Struct, frozen=True, rename="pascal"):
    """One image of the Engine.

    ``id`` is the digest of its config, or, in a containerd image store, of its manifest or index.
    ``root_fs.layers`` are the diff ids.
    """

    id: str
    repo_tags: tuple[str, ...] | None = None
    repo_digests: tuple[str, ...] | None = None
    os: str = ""
    architecture: str = ""
    variant: str = ""
    size: int = 0
    root_fs: _RootFs = msgspec.field(default_factory=_RootFs, name="RootFS")


class _Info(msgspec.Struct, rename="pascal"):
    system_time: str = ""


class _Listed(msgspec.Struct, rename="pascal"):
    repo_tags: list[str] | None = None


class Engine:
    """One Docker Engine. A context manager; safe for several threads."""

    def __init__(
        self, address: EngineAddress, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Connect to nothing yet; ``transport`` stands for the network."""
        self._connection = EngineConnection(address, transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        """Close the connections."""
        self._connection.__exit__(*details)

    def version(self) -> EngineVersion:
        """Return what the Engine says of itself; raise ``EngineError``."""
        return self._connection.version()

    def system_time(self) -> str:
        """Return the time on the Engine's machine, in RFC 3339; raise ``EngineError``."""
        return str(self._connection.json("/info", _Info).system_time)

    def inspect(self, name: str) -> EngineImage:
        """Return what is known of an image; raise ``EngineImageMissingError``, ``EngineError``."""
        image: EngineImage = self._connection.json(
            f"/images/{_quoted(name)}/json", EngineImage, image=name
        )
        return image

    def images(self, repository: str) -> list[str]:
        """Return the tags that the Engine holds of ``host/repository``, in order of name."""
        listed: list[_Listed] = self._connection.json("/images/json", list[_Listed])
        found = {name for image in listed for name in image.repo_tags or ()}
        return sorted(tag for name in found if (tag := _tag_in(repository, name)) is not None)

    @contextmanager
    def export(self, name: str) -> Iterator[Iterator[bytes]]:
        """Give the bytes of an image's archive, as ``docker save`` writes it.

        Raise ``EngineImageMissingError``, ``EngineError``.
        """
        path = f"/images/{_quoted(name)}/get"
        with self._connection.send("GET", path, image=name) as answer:
            yield answer.iter_bytes(PIECE_BYTES)

    def pull(
        self,
        repository: str,
        digest: Digest,
        auth: RegistryAuth | None,
        *,
        platform: Platform | None = None,
        on_progress: PullProgress,
    ) -> None:
        """Have the Engine fetch ``repository@digest``; it judges the bytes by that digest.

        ``auth`` is lent to it for this. Raise ``EngineRefusedError`` with the Engine's own
        sentence, ``EngineUnavailableError``.
        """
        params = {"fromImage": repository, "tag": str(digest)}
        if platform is not None:
            params["platform"] = str(platform)
        headers = {} if auth is None else self._lent(auth)
        with self._connection.send(
            "POST", "/images/create", params=params, headers=headers
        ) as answer:
            for step in steps(answer.iter_bytes()):
                on_progress(step)

    def tag(self, source: str, name: str) -> None:
        """Give the image ``source`` the name ``host/repository:tag`` as well."""
        reference = ImageReference.familiar(name)
        params = {"repo": reference.gun, "tag": reference.tag or "latest"}
        path = f"/images/{_quoted(source)}/tag"
        with self._connection.send("POST", path, image=source, params=params):
            return

    def load(self, archive: BinaryIO) -> list[str]:
        """Load an archive; return the Engine's sentences; raise ``EngineError``."""
        headers = {"Content-Type": "application/x-tar"}
        with self._connection.send(
            "POST",
            "/images/load",
            params={"quiet": "1"},
            headers=headers,
            content=pieces_of(archive),
        ) as answer:
            return [step.status for step in steps(answer.iter_bytes()) if step.status]

    def _lent(self, auth: RegistryAuth) -> dict[str, str]:
        address = self._connection.address
        if not address.is_private:
            reason = (
                f"the credential for {auth.host} would cross the network in the clear; use TLS "
                "(DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH)"
            )
            raise EngineUnavailableError(address.text, reason)
        return auth.header()


def _quoted(name: str) -> str:
    """Return a name for a path; a name that could leave the path is nobody's."""
    if not name or ".." in name.split("/"):
        reason = f"invalid reference format: {name[:200]!r}"
        raise EngineRefusedError(reason)
    return quote(name, safe="/:@")


def _tag_in(repository: str, name: str) -> str | None:
    try:
        reference = ImageReference.familiar(name)
    except InvalidReferenceError:  # "<none>:<none>" of an older Engine
        return None
    return reference.tag if reference.gun == repository else None
