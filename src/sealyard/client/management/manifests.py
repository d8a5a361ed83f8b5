"""Manifests as documents, and what refers to them; their attributes are in ``Repositories``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sealyard.client.errors import NotFoundError, ServerRefusedError, UnexpectedAnswerError
from sealyard.client.management.repositories import Entry, Image, ListOptions
from sealyard.oci import media_types

if TYPE_CHECKING:
    from sealyard.client.management.repositories import Repositories

_NOT_FOUND: Final = 404
_ACCEPT: Final = ", ".join((*media_types.IMAGES, media_types.OCI_ARTIFACT))


class Manifests:
    """Manifests of the repositories of one registry."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    def documents(self, repository: str, options: ListOptions) -> list[Entry]:
        """Return the manifests of a repository themselves."""
        found = self._repositories.manifests(repository, options)
        token = self._repositories.token(f"repository:{repository}:pull")
        return [
            self._decoded(self._raw(Image(repository, digest=one["digest"]), token))
            for one in found
        ]

    def document(self, image: Image) -> Entry:
        """Return a manifest; raise ``NotFoundError``."""
        return self._decoded(self.raw(image))

    def raw(self, image: Image) -> bytes:
        """Return a manifest byte for byte, as its digest is computed; raise ``NotFoundError``."""
        token = self._repositories.token(f"repository:{image.repository}:pull")
        return self._raw(image, token)

    def referrers(self, image: Image, artifact_type: str, *, recursive: bool) -> list[Entry]:
        """Return what names the manifest as its subject; with what names that, if ``recursive``."""
        digest = image.digest or self._repositories.image(image)["digest"]
        token = self._repositories.token(f"repository:{image.repository}:pull")
        found = self._referrers(image.repository, digest, token, artifact_type)
        seen = {digest}
        position = 0
        while recursive and position < len(found):  # what is found is looked into in its turn
            subject = found[position]["digest"]
            position += 1
            if subject not in seen:
                seen.add(subject)
                found += self._referrers(image.repository, subject, token, "")
        return found

    def _referrers(
        self, repository: str, digest: str, token: str, artifact_type: str
    ) -> list[Entry]:
        path = f"/v2/{repository}/referrers/{digest}"
        params = {"artifactType": artifact_type} if artifact_type else {}
        return list(self._repositories.pages(path, token, "manifests", params))

    def _raw(self, image: Image, token: str) -> bytes:
        path = f"/v2/{image.repository}/manifests/{image.digest or image.tag}"
        headers = {"Authorization": f"Bearer {token}", "Accept": _ACCEPT}
        try:
            _, content = self._repositories.connection.exchange("GET", path, headers=headers)
        except ServerRefusedError as error:
            if error.status == _NOT_FOUND:
                kind = "manifest"
                raise NotFoundError(kind, str(image)) from error
            raise
        return content

    def _decoded(self, content: bytes) -> Entry:
        try:
            found: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            reason = "its manifest is no JSON object"
            raise UnexpectedAnswerError(self._repositories.connection.server, reason) from error
        return found
