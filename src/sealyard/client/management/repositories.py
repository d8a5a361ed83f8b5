"""Repositories, tags and manifests, over the registry's own tokens.

A management token opens no image: it is exchanged for a refresh token of the registry, and that
for a token with one scope (the way of `az acr login`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from sealyard.client.errors import NotFoundError, ServerRefusedError, UnexpectedAnswerError
from sealyard.oci import references
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sealyard.client.management.connection import Connection
    from sealyard.client.management.session import Session

Entry = dict[str, Any]
_NOT_FOUND: Final = 404
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Image:
    """``repository:tag`` or ``repository@digest`` as `--image` takes it; the tag may be latest."""

    repository: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; without a tag it means ``latest``, as in az.

        Raise an ``OciError``.
        """
        repository, at, digest = text.partition("@")
        if at:
            return cls(references.repository_name(repository), digest=str(Digest.parse(digest)))
        repository, _, tag = text.partition(":")
        return cls(references.repository_name(repository), references.tag(tag or "latest"))

    def __str__(self) -> str:
        """Return the text form."""
        at = f"@{self.digest}" if self.digest else f":{self.tag}"
        return self.repository + at


@dataclass(frozen=True, slots=True)
class ListOptions:
    """Which entries of a list: the first ``top`` (0: all), ``orderby`` time or name."""

    top: int = 0
    orderby: str = ""


class Repositories:
    """The repositories of the registry whose login server is ``service``."""

    def __init__(self, session: Session, service: str) -> None:
        self._session = session
        self._service = service
        self._refresh_token = ""

    @property
    def connection(self) -> Connection:
        """The connection to the registry."""
        return self._session.connection

    def names(self, top: int = 0) -> list[str]:
        """Return the repositories that this caller may pull from."""
        token = self.token("registry:catalog:*")
        return list(_first(self.pages("/v2/_catalog", token, "repositories", {}), top))

    def show(self, repository: str) -> Entry:
        """Return a repository's attributes; raise ``NotFoundError``."""
        path = f"/acr/v1/{references.repository_name(repository)}"
        missing = NotFoundError("repository", repository)
        return self._get(path, self._reading(repository), missing)

    def image(self, image: Image) -> Entry:
        """Return the attributes of a tag or of a manifest; raise ``NotFoundError``."""
        token = self._reading(image.repository)
        if image.digest:
            path, missing = f"_manifests/{image.digest}", NotFoundError("manifest", image.digest)
            return dict(self._get(f"/acr/v1/{image.repository}/{path}", token, missing)["manifest"])
        path, missing = (
            f"_tags/{image.tag}",
            NotFoundError("tag", f"{image.repository}:{image.tag}"),
        )
        return dict(self._get(f"/acr/v1/{image.repository}/{path}", token, missing)["tag"])

    def tags(self, repository: str, options: ListOptions) -> list[Entry]:
        """Return the tags of a repository."""
        return self._listed(repository, "tags", options)

    def manifests(self, repository: str, options: ListOptions) -> list[Entry]:
        """Return the manifests of a repository."""
        return self._listed(repository, "manifests", options)

    def deleted(self, path: str) -> list[Entry]:
        """Return what was deleted and is kept: Sealyard keeps nothing, and refuses in words."""
        found: list[Entry] = self.connection.json("GET", f"/acr/v1/_deleted/{path}")
        return found

    def trust(self, repository: str) -> list[Entry]:
        """Return the root of the repository's trust data under each name that it was signed by."""
        path = f"/acr/v1/{references.repository_name(repository)}/_trust"
        token = self.token(f"repository:{repository}:pull")
        roots: list[Entry] = self._get(path, token, NotFoundError("repository", repository))[
            "roots"
        ]
        return roots

    def update(self, place: str | Image, attributes: Mapping[str, bool]) -> Entry:
        """Change attributes of a repository or an image and return them all.

        Without any they are shown, as az does. Raise ``NotFoundError``.
        """
        if not attributes:
            return self.show(place) if isinstance(place, str) else self.image(place)
        name = place if isinstance(place, str) else place.repository
        path = f"/acr/v1/{references.repository_name(name)}"
        token = self.token(f"repository:{name}:metadata_write,metadata_read")
        if isinstance(place, str):
            return self._change(path, token, attributes, NotFoundError("repository", name))
        if place.digest:
            path, what = f"{path}/_manifests/{place.digest}", "manifest"
        else:
            path, what = f"{path}/_tags/{place.tag}", "tag"
        missing = NotFoundError(what, str(place))
        return dict(self._change(path, token, attributes, missing)[what])

    def untag(self, image: Image) -> None:
        """Delete a tag; the manifest stays."""
        path = f"/acr/v1/{image.repository}/_tags/{image.tag}"
        self._delete(
            path, image.repository, NotFoundError("tag", f"{image.repository}:{image.tag}")
        )

    def delete_manifest(self, repository: str, digest: str) -> None:
        """Delete a manifest and every tag that points to it."""
        path = f"/v2/{repository}/manifests/{digest}"
        self._delete(path, repository, NotFoundError("manifest", digest))

    def delete(self, repository: str) -> None:
        """Delete a repository with its images, tags and trust data."""
        missing = NotFoundError("repository", repository)
        path = f"/acr/v1/{references.repository_name(repository)}"
        self._delete(path, repository, missing)

    def _listed(self, repository: str, what: str, options: ListOptions) -> list[Entry]:
        params = {"orderby": options.orderby} if options.orderby else {}
        path = f"/acr/v1/{references.repository_name(repository)}/_{what}"
        token = self._reading(repository)
        try:
            return list(_first(self.pages(path, token, what, params), options.top))
        except ServerRefusedError as error:
            if error.status == _NOT_FOUND:
                kind = "repository"
                raise NotFoundError(kind, repository) from error
            raise

    def pages(self, path: str, token: str, what: str, params: Mapping[str, str]) -> Iterator[Any]:
        """Yield the entries of a list of the registry, page after page."""
        connection, following = self._session.connection, path
        asked: dict[str, Any] = {"params": {**params, "n": str(_PAGE)}}
        while following:
            page, links = connection.linked(following, headers=_bearer(token), **asked)
            try:
                yield from page[what]
            except (TypeError, KeyError) as error:
                reason = "its list has no entries"
                raise UnexpectedAnswerError(self._session.profile.server, reason) from error
            following, asked = links.get("next", {}).get("url", ""), {}

    def _get(self, path: str, token: str, missing: NotFoundError) -> Entry:
        try:
            found: Entry = self._session.connection.json("GET", path, headers=_bearer(token))
        except ServerRefusedError as error:
            if error.status == _NOT_FOUND:
                raise missing from error
            raise
        return found

    def _change(
        self, path: str, token: str, attributes: Mapping[str, bool], missing: NotFoundError
    ) -> Entry:
        headers = {**_bearer(token), "Content-Type": "application/json"}
        content = msgspec.json.encode(attributes)
        try:
            found: Entry = self.connection.json("PATCH", path, headers=headers, content=content)
        except ServerRefusedError as error:
            if error.status == _NOT_FOUND:
                raise missing from error
            raise
        return found

    def _delete(self, path: str, repository: str, missing: NotFoundError) -> None:
        token = self.token(f"repository:{repository}:delete,metadata_read")
        try:
            self._session.connection.json("DELETE", path, headers=_bearer(token))
        except ServerRefusedError as error:
            if error.status == _NOT_FOUND:
                raise missing from error
            raise

    def _reading(self, repository: str) -> str:
        return self.token(f"repository:{repository}:metadata_read")

    def refresh_token(self) -> str:
        """Return a refresh token of the registry, with which docker can sign in."""
        connection, profile = self._session.connection, self._session.profile
        if not self._refresh_token:
            form = {
                "grant_type": "access_token",
                "service": self._service,
                "tenant": profile.tenant_id,
                "access_token": self._session.registry_token(),
            }
            answer = connection.json("POST", "/oauth2/exchange", data=form)
            self._refresh_token = _field(answer, "refresh_token", profile.server)
        return self._refresh_token

    def token(self, scope: str) -> str:
        """Return a token of the registry with one scope."""
        connection, profile = self._session.connection, self._session.profile
        form = {
            "grant_type": "refresh_token",
            "service": self._service,
            "scope": scope,
            "refresh_token": self.refresh_token(),
        }
        answer = connection.json("POST", "/oauth2/token", data=form)
        return _field(answer, "access_token", profile.server)


def _field(answer: object, name: str, server: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str):
        reason = f"there is no {name} in its answer"
        raise UnexpectedAnswerError(server, reason)
    return value


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _first(entries: Iterator[Any], top: int) -> Iterator[Any]:
    return islice(entries, top) if top else entries
