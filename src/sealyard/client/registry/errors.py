"""What can go wrong between this program and a registry, besides what the client's tree names.

::

    ClientError
    ├── ConnectionFailedError
    │   ├── HostUnknownError         no address for the host's name
    │   ├── CertificateRefusedError  its certificate is not to be trusted
    │   ├── NotHttpError             what it sends is not HTTP, or has no end
    │   └── TooSlowError             it, or the way to it, takes longer than makes sense
    ├── UnexpectedAnswerError
    │   └── AnswerTooLongError       more bytes than such an answer may have
    ├── ManifestMissingError         the repository holds no manifest of that tag or digest
    ├── TagsStayError            the registry cannot delete a tag without its image
    ├── BlobMissingError             the repository does not hold that blob
    ├── PlainHttpError               http was asked for with a host that is not this machine
    └── LocalConfigurationError      a file or program of ours is wrong
        ├── CertificateFileError     a certificate file cannot be used
        ├── DockerConfigError        docker's config.json cannot be read
        └── CredentialHelperError    a credential helper is missing, fails or hangs
"""

from __future__ import annotations

from sealyard.client.errors import ClientError, ConnectionFailedError, UnexpectedAnswerError


class HostUnknownError(ConnectionFailedError):
    """No address is known for the host's name."""


class CertificateRefusedError(ConnectionFailedError):
    """The server's certificate is not to be trusted; nothing was sent to it."""


class NotHttpError(ConnectionFailedError):
    """What the server sends is not HTTP, or a head without an end."""


class TooSlowError(ConnectionFailedError):
    """The server, or the way to it, takes longer than makes sense."""


class AnswerTooLongError(UnexpectedAnswerError):
    """The server sends more than ``limit`` bytes where that is all there can be."""

    def __init__(self, server: str, limit: int) -> None:
        super().__init__(server, f"its answer is longer than {limit} bytes")
        self.limit = limit


class ManifestMissingError(ClientError):
    """The repository holds no manifest of that tag or digest."""

    def __init__(self, repository: str, reference: str) -> None:
        super().__init__(
            f"there is no image {reference} in {repository}; check its name, and with "
            f"`sealyard list {repository}` which tags there are"
        )
        self.repository = repository
        self.reference = reference


class TagsStayError(ClientError):
    """The registry cannot delete a tag without its image, as old ones cannot."""

    def __init__(self, repository: str, tag: str) -> None:
        super().__init__(
            f"this registry cannot delete the tag {tag} alone; to delete the image with all its "
            f"tags name its digest: {repository}@sha256:…"
        )
        self.repository = repository
        self.tag = tag


class BlobMissingError(ClientError):
    """The repository does not hold a blob that one of its manifests names."""

    def __init__(self, repository: str, digest: str) -> None:
        super().__init__(f"{repository} does not hold the blob {digest}; push the image again")
        self.repository = repository
        self.digest = digest


class PlainHttpError(ClientError):
    """Plain http was asked for with a host that is not this machine."""

    def __init__(self, host: str) -> None:
        super().__init__(f"plain http is for this machine only, not for {host}; use https")
        self.host = host


class LocalConfigurationError(ClientError):
    """A file or a program on this machine is not as it has to be."""


class CertificateFileError(LocalConfigurationError):
    """A certificate file cannot be used."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file} holds no certificate in PEM that can be used: {reason}")
        self.file = file


class DockerConfigError(LocalConfigurationError):
    """Docker's ``config.json`` cannot be read."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file} cannot be read: {reason}; correct it, or sign in again")
        self.file = file


class CredentialHelperError(LocalConfigurationError):
    """A credential helper is missing, fails or hangs."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"docker-credential-{name}, which docker's config.json names, does not help: {reason}; "
            "install it, or take its name out of the file and sign in again"
        )
        self.name = name
