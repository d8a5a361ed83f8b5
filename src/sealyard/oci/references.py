"""Names: of repositories, of tags, and of images as people write them.

A repository name, or a tag, that has passed here is a plain ``str`` everywhere below; nothing else
calls itself one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Self

from sealyard.oci.digest import Digest
from sealyard.oci.errors import (
    InvalidImageReferenceError,
    InvalidRepositoryNameError,
    InvalidTagError,
)

_MAX_REPOSITORY_NAME: Final = 255
_MAX_HOST: Final = 261  # a name of 255 and a port
# OCI Distribution 1.1, "Pulling manifests": the grammars of <name> and of a tag.
_REPOSITORY_NAME = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOCKER_HUB: Final = "docker.io"
_DOCKER_HUB_NAMES: Final = frozenset({_DOCKER_HUB, "index.docker.io"})
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:.]+\])(?::[0-9]{{1,5}})?")


def is_repository_name(text: str) -> bool:
    """Tell whether ``text`` can be the name of a repository."""
    return len(text) <= _MAX_REPOSITORY_NAME and _REPOSITORY_NAME.fullmatch(text) is not None


def repository_name(text: str) -> str:
    """Read the name of a repository; raise ``InvalidRepositoryNameError``."""
    if not is_repository_name(text):
        raise InvalidRepositoryNameError(text)
    return text


def is_tag(text: str) -> bool:
    """Tell whether ``text`` can be a tag."""
    return _TAG.fullmatch(text) is not None


def tag(text: str) -> str:
    """Read a tag; raise ``InvalidTagError``."""
    if not is_tag(text):
        raise InvalidTagError(text)
    return text


def tag_or_digest(text: str) -> str | Digest:
    """Read what stands for ``<tag-or-digest>`` in a path.

    A colon makes it a digest, which no tag can hold. Raise ``InvalidDigestError`` or
    ``InvalidTagError``.
    """
    return Digest.parse(text) if ":" in text else tag(text)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image as people name it: ``host[:port]/repository[:tag][@digest]``.

    At least one of ``tag`` and ``digest`` is there; a text with neither means the tag ``latest``,
    as docker has it.
    """

    host: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a text that names its host; raise ``InvalidReferenceError``, ``InvalidDigestError``.

        Whoever writes short names, which mean an image of Docker Hub, calls ``familiar``.
        """
        name, at, digest = text.partition("@")
        host, slash, path = name.partition("/")
        if not slash or not is_host(host):
            raise InvalidImageReferenceError(text)
        repository, colon, tag_text = path.partition(":")
        if at and not digest:
            raise InvalidImageReferenceError(text)
        named = tag(tag_text) if colon else (None if digest else "latest")
        return cls(
            host, repository_name(repository), named, Digest.parse(digest) if digest else None
        )

    @classmethod
    def familiar(cls, text: str) -> Self:
        """Read a text as the docker command does; raise as ``parse``.

        A name without a host is one of Docker Hub, and there a name without a slash one of its
        ``library``: ``alpine`` means ``docker.io/library/alpine:latest``.
        """
        name = text.partition("@")[0]
        host, slash, path = name.partition("/")
        if not slash or not is_host(host):
            host, path, rest = _DOCKER_HUB, name, text
        else:
            rest = text[len(host) + 1 :]
        if host in _DOCKER_HUB_NAMES:
            host, rest = _DOCKER_HUB, rest if "/" in path else f"library/{rest}"
        try:
            return cls.parse(f"{host}/{rest}")
        except InvalidImageReferenceError as error:
            raise InvalidImageReferenceError(text) from error

    @property
    def gun(self) -> str:
        """The name under which trust data speaks of the repository: ``host[:port]/repository``."""
        return f"{self.host}/{self.repository}"

    def with_tag(self, name: str) -> Self:
        """Return another tag of the same repository; raise ``InvalidTagError``."""
        return replace(self, tag=tag(name), digest=None)

    def __str__(self) -> str:
        text = self.gun
        if self.tag is not None:
            text += f":{self.tag}"
        return text if self.digest is None else f"{text}@{self.digest}"


def is_host(text: str) -> bool:
    """Tell whether ``text`` is ``host`` or ``host:port``, and not the name of an image."""
    # docker's rule: without a dot, a port or "localhost" the first part is not a host.
    named = "." in text or ":" in text or text == "localhost"
    return named and len(text) <= _MAX_HOST and _HOST.fullmatch(text) is not None
