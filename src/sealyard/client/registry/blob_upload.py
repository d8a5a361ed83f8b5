"""Blobs into a registry: mounted, or sent, and taken up again where a connection broke.

OCI Distribution 1.1, "Pushing a blob in chunks": start an upload, send, ask after a failure where
the registry stands and go on from there, then say with the digest that all is there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import (
    ClientError,
    ConnectionFailedError,
    ServerRefusedError,
    UnexpectedAnswerError,
)
from sealyard.client.registry import retries
from sealyard.oci.errors import OciError
from sealyard.oci.verified import verified_before_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from sealyard.client.registry.origin import Origin
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.digest import Digest

_CREATED: Final = 201
_NOT_FOUND: Final = 404
_RANGE_WRONG: Final = 416
_MAY_GO_ON: Final = frozenset({408, _RANGE_WRONG, 500, 502, 503, 504})
_SMALL: Final = 1024 * 1024  # bytes that are sent together with the end: one request less
# What an attempt has to bring to count as one: a registry that breaks off after every byte is slow.
_PROGRESS: Final = 256 * 1024
_MAX_ANSWER: Final = 1024 * 1024
_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,18})", re.ASCII)
# How long a registry may think when all is there: some move the blob to where it stays only then.
_COMMIT_SECONDS: Final = 600.0
_BYTES: Final = {"Content-Type": "application/octet-stream"}


class BlobUpload:
    """One blob on its way to the uploads at ``uploads`` (a path)."""

    def __init__(
        self, origin: Origin, uploads: str, scopes: tuple[str, ...], descriptor: Descriptor
    ) -> None:
        self._origin = origin
        self._uploads = uploads
        self._scopes = scopes
        self._descriptor = descriptor
        self._location: str | None = None

    def run(self, open_at: Callable[[int], Iterator[bytes]]) -> None:
        """Send the blob, whose bytes ``open_at`` yields from an offset on.

        Raise ``DigestMismatchError`` or ``SizeMismatchError`` if they are others than announced,
        and ``ClientError``; what ``open_at`` raises is passed on.
        """
        failures, position = 0, 0
        while True:
            try:
                self._attempt(open_at, position)
            except (ConnectionFailedError, ServerRefusedError) as error:
                failures += 1
                self._origin.wait(self._pause(failures, error))
                standing = self._standing()
                failures = 0 if standing >= position + _PROGRESS else failures
                position = standing
            except OciError:
                cancel(self._origin, self._location, self._scopes)
                raise
            else:
                return

    def _attempt(self, open_at: Callable[[int], Iterator[bytes]], position: int) -> None:
        if self._location is None:
            self._start()
        length = self._descriptor.size - position

        def pieces() -> Iterator[bytes]:
            # What was sent before a failure is not read again: the registry verifies all of it.
            whole = position == 0
            return verified_before_end(open_at(0), self._descriptor) if whole else open_at(position)

        if position == 0 and length <= _SMALL:
            self._commit(b"".join(pieces()))
            return
        if length:
            self._send(pieces, position, length)
        self._commit(b"")

    def _start(self) -> None:
        with self._origin.send("POST", self._uploads, scopes=self._scopes, content=b"") as response:
            self._location = location(self._origin, response)

    def _send(self, pieces: Callable[[], Iterator[bytes]], position: int, length: int) -> None:
        headers = {**_BYTES, "Content-Length": str(length)}
        if position:
            headers["Content-Range"] = f"{position}-{position + length - 1}"
        with self._origin.send(
            "PATCH",
            self._location or "",
            scopes=self._scopes,
            headers=headers,
            content=pieces,
            retry=False,
            head_seconds=_COMMIT_SECONDS,
        ) as response:
            self._location = location(self._origin, response)

    def _commit(self, content: bytes) -> None:
        with self._origin.send(
            "PUT",
            self._location or "",
            scopes=self._scopes,
            headers=_BYTES,
            content=content,
            params={"digest": str(self._descriptor.digest)},
            retry=False,  # a second one would find no upload any more
            head_seconds=_COMMIT_SECONDS,
        ) as response:
            if response.status_code != _CREATED:
                reason = f"an upload ends with status {response.status_code}, not {_CREATED}"
                raise UnexpectedAnswerError(self._origin.server, reason)

    def _pause(self, failures: int, error: ConnectionFailedError | ServerRefusedError) -> float:
        """Return how many seconds to wait before going on; raise ``error`` if there is no going on.

        An upload that is not known any more is started again, once.
        """
        pause: float | None = None
        if isinstance(error, ConnectionFailedError) or (
            self._location is not None
            and (error.status in _MAY_GO_ON or (error.status == _NOT_FOUND and failures == 1))
        ):
            pause = retries.pause_before_going_on(failures, error)
        if pause is None:
            raise error
        return pause

    def _standing(self) -> int:
        """Return how many bytes the registry has, and forget an upload that it does not know."""
        if self._location is None:
            return 0
        try:
            with self._origin.send("GET", self._location, scopes=self._scopes) as response:
                found = _RANGE.fullmatch(response.headers.get("Range", ""))
                if "Location" in response.headers:
                    self._location = location(self._origin, response)
        except ServerRefusedError:
            found = None
        # "0-0" is what registries say for one byte and for none: then from the start.
        standing = int(found[1]) + 1 if found is not None else 0
        if not 1 < standing <= self._descriptor.size:
            self._location = None
            return 0
        return standing


def mount(
    origin: Origin, uploads: str, scopes: tuple[str, ...], digest: Digest, from_repository: str
) -> bool:
    """Ask the registry to take a blob from another of its repositories; tell whether it did.

    A registry that cannot, or where we may not, starts an upload instead, which is cancelled.
    """
    params = {"mount": str(digest), "from": from_repository}
    with origin.send("POST", uploads, scopes=scopes, content=b"", params=params) as response:
        if response.status_code == _CREATED:
            return True
        started = location(origin, response)
    cancel(origin, started, scopes)
    return False


def cancel(origin: Origin, where: str | None, scopes: tuple[str, ...]) -> None:
    """Give an upload up; a registry that does not care to hear that forgets it in time."""
    if where is None:
        return
    try:
        origin.fetch(
            "DELETE",
            where,
            scopes=scopes,
            limit=_MAX_ANSWER,
            accept_status=range(200, 600),
            retry=False,
        )
    except ClientError:
        return


def location(origin: Origin, response: httpx.Response) -> str:
    """Return where an upload goes on; raise ``UnexpectedAnswerError``."""
    found = response.headers.get("Location")
    if not found:
        reason = "it does not say where the upload goes on"
        raise UnexpectedAnswerError(origin.server, reason)
    return str(found)
