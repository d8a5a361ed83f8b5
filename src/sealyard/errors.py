"""The root of every error that Sealyard raises on purpose.

Errors are named by who is to blame and carry data, not prose for one protocol; the doors
(``api``, ``portal``, ``cli``) turn them into a status, a code and a sentence in one table each.
Each floor declares its own branch beside the code that raises it::

    SealyardError
    ├── OciError            sealyard.oci.errors       the image or its name is wrong
    ├── TrustError          sealyard.trust.errors     the trust data is wrong
    ├── PrivateKeyError     sealyard.trust.errors     a private key cannot be had from its file
    ├── AccessError         sealyard.access.errors    the caller may not
    ├── UseCaseError        sealyard.errors           the request cannot be met now
    ├── UnavailableError    sealyard.errors           an outside thing does not answer
    ├── SettingsError       sealyard.settings         the operator's settings are wrong
    └── ClientError         sealyard.client.errors    the other side, seen from our client
"""

from __future__ import annotations

__all__ = [
    "BlobUnknownError",
    "ConflictError",
    "DirectoryObjectExistsError",
    "DirectoryObjectUnknownError",
    "LimitExceededError",
    "LockedError",
    "ManifestBlobUnknownError",
    "ManifestInUseError",
    "ManifestUnknownError",
    "NameUnknownError",
    "RangeNotSatisfiableError",
    "ReadLockedError",
    "SealyardError",
    "TooManyRequestsError",
    "UnavailableError",
    "UploadOffsetError",
    "UploadUnknownError",
    "UseCaseError",
]


class SealyardError(Exception):
    """Any failure that Sealyard foresees.

    ``str()`` of it is a sentence for a person: the cause, then, where there is one, the next step.
    It never contains a secret.
    """


class UseCaseError(SealyardError):
    """The request is well formed and allowed, but cannot be met in the present state."""


class NameUnknownError(UseCaseError):
    """No repository of that name is in the registry."""

    def __init__(self, repository: str) -> None:
        super().__init__(f"repository {repository} is not known to this registry")
        self.repository = repository


class ManifestUnknownError(UseCaseError):
    """The repository holds no manifest under that tag or digest."""

    def __init__(self, repository: str, reference: str) -> None:
        super().__init__(f"{repository} holds no manifest {reference}")
        self.repository = repository
        self.reference = reference


class BlobUnknownError(UseCaseError):
    """The repository does not hold that blob, whether or not another one does."""

    def __init__(self, repository: str, digest: str) -> None:
        super().__init__(f"{repository} holds no blob {digest}")
        self.repository = repository
        self.digest = digest


class ManifestBlobUnknownError(UseCaseError):
    """A manifest names blobs or manifests that its repository does not hold."""

    def __init__(self, repository: str, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"{repository} does not hold what the manifest names: push it first, or mount it"
        )
        self.repository = repository
        self.missing = missing


class ManifestInUseError(UseCaseError):
    """The thing to be deleted is still named by another manifest of the repository."""

    def __init__(self, digest: str, user: str) -> None:
        super().__init__(f"{digest} is still named by manifest {user}; delete that one first")
        self.digest = digest
        self.user = user


class LockedError(UseCaseError):
    """Somebody locked the repository, or an image in it, against what is asked.

    ``reference`` is the tag or digest that is locked, empty for the repository as a whole;
    ``attribute`` is what has to be true again.
    """

    def __init__(self, repository: str, reference: str, attribute: str) -> None:
        at = "@" if ":" in reference else ":"
        place = f"{repository}{at}{reference}" if reference else repository
        option = "--image" if reference else "--repository"
        switch = attribute.removesuffix("Enabled")
        super().__init__(
            f"{place} is locked ({attribute} is false); who may change its attributes lifts that "
            f"with: az acr repository update --name <registry> {option} {place} "
            f"--{switch}-enabled true"
        )
        self.repository = repository
        self.reference = reference
        self.attribute = attribute


class ReadLockedError(LockedError):
    """Somebody locked it against being read."""

    def __init__(self, repository: str, reference: str) -> None:
        super().__init__(repository, reference, "readEnabled")


class UploadUnknownError(UseCaseError):
    """There is no open upload of that id in the repository."""

    def __init__(self, upload: str) -> None:
        super().__init__(
            f"upload {upload} is not open; it was finished, cancelled or left for too long: "
            "start a new one"
        )
        self.upload = upload


class UploadOffsetError(UseCaseError):
    """A chunk does not continue where the upload stands.

    ``offset`` is the number of bytes received so far, so the next chunk starts there.
    """

    def __init__(self, upload: str, offset: int) -> None:
        super().__init__(f"the chunk does not start at {offset}, where upload {upload} stands")
        self.upload = upload
        self.offset = offset


class RangeNotSatisfiableError(UseCaseError):
    """None of the bytes asked for exist; ``size`` is how many there are."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the range lies outside the {size} bytes that there are")
        self.size = size


class LimitExceededError(UseCaseError):
    """An input is larger than the limit, which a setting may raise."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what} is over the limit of {limit}")
        self.what = what
        self.limit = limit


class TooManyRequestsError(UseCaseError):
    """The caller has to wait; ``retry_after`` says how many seconds."""

    def __init__(self, what: str, retry_after: int) -> None:
        super().__init__(f"{what}; try again in {retry_after} s")
        self.retry_after = retry_after


class ConflictError(UseCaseError):
    """Somebody else changed the same thing first, or the state forbids the change."""


class DirectoryObjectUnknownError(UseCaseError):
    """No user, service principal, role or assignment of that name or id."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name}")
        self.kind = kind
        self.name = name


class DirectoryObjectExistsError(ConflictError):
    """A user, service principal or assignment like that exists already."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"a {kind} {name} exists already")
        self.kind = kind
        self.name = name


class UnavailableError(SealyardError):
    """Something outside the process (disk, database, key file) does not answer as it should."""
