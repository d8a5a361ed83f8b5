"""One repository in a registry: its manifests, its tags, its blobs (OCI Distribution 1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import ServerRefusedError, UnexpectedAnswerError
from sealyard.client.registry import blob_download, blob_upload, listing
from sealyard.client.registry.errors import ManifestMissingError, TagsStayError
from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest, verify
from sealyard.oci.errors import InvalidDigestError, MalformedManifestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from sealyard.client.registry.origin import Origin
    from sealyard.client.registry.requests import Answer

MAX_MANIFEST: Final = 4 * 1024 * 1024  # OCI Distribution 1.1: what a registry has to take
_ACCEPT: Final = {"Accept": ", ".join(media_types.IMAGES)}
_OK: Final = 200
_NOT_FOUND: Final = 404
_NOT_ALLOWED: Final = 405
_CREATED: Final = frozenset({200, 201, 202})
_DELETED: Final = frozenset({200, 202, 204})


@dataclass(frozen=True, slots=True)
class RemoteManifest:
    """A manifest as it came: ``raw`` is known to have ``digest``."""

    raw: bytes
    media_type: str
    digest: Digest

    @property
    def descriptor(self) -> Descriptor:
        """What names it."""
        return Descriptor(self.media_type, self.digest, len(self.raw))


class RemoteRepository:
    """A repository ``name`` at ``origin``. For several threads."""

    def __init__(self, origin: Origin, name: str) -> None:
        self.origin = origin
        self.name = name
        self._pull = (f"repository:{name}:pull",)
        self._push = (f"repository:{name}:pull,push",)
        self._delete = (f"repository:{name}:delete",)

    def manifest(self, reference: str | Digest) -> RemoteManifest:
        """Return a manifest by tag or digest; raise ``ManifestMissingError``, ``ClientError``.

        Asked for by digest, the bytes are verified against it (``DigestMismatchError``); by tag
        they are what the registry says, which only a signature can judge.
        """
        answer = self.origin.fetch(
            "GET",
            self._path("manifests", str(reference)),
            scopes=self._pull,
            limit=MAX_MANIFEST,
            headers=_ACCEPT,
            accept_status=(_OK, _NOT_FOUND),
        )
        if answer.status == _NOT_FOUND:
            raise ManifestMissingError(self._shown, str(reference))
        digest = self._digest_of(answer, reference)
        return RemoteManifest(answer.body, self._media_type(answer.headers), digest)

    def describe(self, reference: str | Digest) -> Descriptor | None:
        """Return what names a manifest, without fetching it; ``None`` if there is none."""
        answer = self.origin.fetch(
            "HEAD",
            self._path("manifests", str(reference)),
            scopes=self._pull,
            limit=0,
            headers=_ACCEPT,
            accept_status=(_OK, _NOT_FOUND, _NOT_ALLOWED),
        )
        if answer.status == _NOT_FOUND:
            return None
        if answer.status == _NOT_ALLOWED:  # the answer to HEAD cannot say why: a lock, mostly
            return self.manifest(reference).descriptor
        said = answer.headers.get("Docker-Content-Digest", "")
        length = answer.headers.get("Content-Length", "")
        if not (said and length.isascii() and length.isdigit()):
            return self.manifest(reference).descriptor  # a registry may leave the headers out
        digest = self._parsed(said)
        if isinstance(reference, Digest):
            verify(digest, reference)
        return Descriptor(self._media_type(answer.headers), digest, int(length))

    def put_manifest(self, reference: str | Digest, raw: bytes, media_type: str) -> None:
        """Store a manifest under a tag or its digest; raise ``ServerRefusedError``."""
        if isinstance(reference, Digest):
            verify(Digest.of(raw, reference.algorithm), reference)
        self.origin.fetch(
            "PUT",
            self._path("manifests", str(reference)),
            scopes=self._push,
            limit=MAX_MANIFEST,
            headers={"Content-Type": media_type},
            content=raw,
            accept_status=_CREATED,
        )

    def delete_manifest(self, digest: Digest) -> None:
        """Delete a manifest with all its tags; raise ``ManifestMissingError``."""
        self._deleted(str(digest))

    def delete_tag(self, tag: str) -> None:
        """Delete a tag; its manifest stays. Raise ``ManifestMissingError``, ``TagsStayError``."""
        try:
            self._deleted(tag)
        except ServerRefusedError as error:
            # docker-registry 2 takes the tag for a digest that is none, others name it unsupported
            if error.code in {"DIGEST_INVALID", "UNSUPPORTED"}:
                raise TagsStayError(self._shown, tag) from error
            raise

    def tags(self) -> Iterator[str]:
        """Yield the tags, in the registry's order; raise ``NotFoundError`` for no repository."""
        return listing.tags(self.origin, self.name)

    def has_blob(self, digest: Digest) -> bool:
        """Tell whether the repository holds a blob."""
        return blob_download.exists(self.origin, self._path("blobs", str(digest)), self._pull)

    def mount(self, digest: Digest, from_repository: str) -> bool:
        """Have a blob of another repository of this registry here too; tell whether it is now."""
        scopes = (*self._push, f"repository:{from_repository}:pull")
        uploads = self._path("blobs", "uploads/")
        return blob_upload.mount(self.origin, uploads, scopes, digest, from_repository)

    def upload(self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]) -> None:
        """Store a blob; ``open_at`` yields its bytes from an offset on.

        A broken connection is taken up where the registry stands. The bytes are verified before
        the registry has all of them. Raise ``DigestMismatchError``, ``SizeMismatchError`` and
        ``ClientError``.
        """
        uploads = self._path("blobs", "uploads/")
        blob_upload.BlobUpload(self.origin, uploads, self._push, descriptor).run(open_at)

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a blob from ``offset`` on; a broken connection is taken up again.

        Read from the start they are verified: the iterator raises ``DigestMismatchError`` at its
        end, and before that nothing of it is to be believed. Raise ``BlobMissingError`` too.
        """
        return self._download(descriptor).pieces(offset)

    def unjudged_blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield the same without its digest being looked at: for whoever does that himself."""
        return self._download(descriptor).unjudged(offset)

    def authorize_push(self) -> None:
        """Get a token for pushing now, which all requests then share."""
        self.origin.authorize(self._push)

    @property
    def _shown(self) -> str:
        return f"{self.origin.server}/{self.name}"

    def _download(self, descriptor: Descriptor) -> blob_download.BlobDownload:
        path = self._path("blobs", str(descriptor.digest))
        return blob_download.BlobDownload(self.origin, path, self._pull, descriptor)

    def _path(self, kind: str, rest: str) -> str:
        return f"/v2/{self.name}/{kind}/{rest}"

    def _deleted(self, reference: str) -> None:
        try:
            self.origin.fetch(
                "DELETE",
                self._path("manifests", reference),
                scopes=self._delete,
                limit=MAX_MANIFEST,
                accept_status=_DELETED,
            )
        except ServerRefusedError as error:
            if error.status == _NOT_FOUND:
                raise ManifestMissingError(self._shown, reference) from error
            raise

    def _digest_of(self, answer: Answer, reference: str | Digest) -> Digest:
        if isinstance(reference, Digest):
            actual = Digest.of(answer.body, reference.algorithm)
            verify(actual, reference)
            return actual
        said = answer.headers.get("Docker-Content-Digest", "")
        if not said:
            return Digest.of(answer.body)
        expected = self._parsed(said)
        actual = Digest.of(answer.body, expected.algorithm)
        verify(actual, expected)
        return actual

    def _parsed(self, text: str) -> Digest:
        try:
            return Digest.parse(text)
        except InvalidDigestError as error:
            reason = "its Docker-Content-Digest is none"
            raise UnexpectedAnswerError(self.origin.server, reason) from error

    def _media_type(self, headers: httpx.Headers) -> str:
        try:
            found = media_types.of_manifest(headers.get("Content-Type", ""))
        except MalformedManifestError as error:
            reason = "what it sends is not a manifest"
            raise UnexpectedAnswerError(self.origin.server, reason) from error
        if not found:
            reason = "it does not say what kind of manifest it sends"
            raise UnexpectedAnswerError(self.origin.server, reason)
        return found
