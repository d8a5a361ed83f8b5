"""The client's branch of the error tree: the other side, seen from here.

::

    ClientError
    ├── ConnectionFailedError    nobody answers, or its certificate is not to be trusted
    ├── ServerRefusedError       the server answers, and says no
    ├── UnexpectedAnswerError    the server answers with something else than was agreed
    ├── NotSignedInError         nobody has signed in from here, or not any more
    ├── NotFoundError            the server has nothing of that name
    ├── InvalidTrustServerError  DOCKER_CONTENT_TRUST_SERVER is not an https origin
    ├── CannotPushDigestError    what is pushed is a tag
    ├── NothingToPushError       all tags are to be pushed, and there are none
    ├── SignedButNotTaggedError  the last step of a signed push failed
    ├── UnusableTargetError      a signed name without a digest that images have
    ├── TrustDataMissingError    the trust server has no trust data for the repository
    │   └── TrustDataRemovedError   not any more: it was seen before
    ├── PublishRefusedError      the trust server refuses what was to be published
    ├── SigningFailedError       a tag could not be signed
    ├── RevocationFailedError    a signature could not be taken back
    ├── TagContendedError        somebody else signed the same tag at the same time
    ├── SignerNameError          nobody can sign under that name
    ├── SignerUnknownError       the repository has no such signer
    ├── LastSignerError          who is to be removed is the last one who signs
    ├── ReleasesUnsignedError    who is to be removed alone signed what is released
    └── TrustFileError           a file of pins or policies cannot be used
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.errors import SealyardError

if TYPE_CHECKING:
    from pathlib import Path


class ClientError(SealyardError):
    """Something went wrong between this program and a server."""


class ConnectionFailedError(ClientError):
    """No answer came; ``server`` is who was asked."""

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(f"{server} does not answer: {reason}")
        self.server = server


class ServerRefusedError(ClientError):
    """The server refused; ``status`` and ``code`` are its own, the message is its sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class UnexpectedAnswerError(ClientError):
    """The server answered with something that is no answer to the question."""

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(f"{server} does not answer as a Sealyard server would: {reason}")
        self.server = server


class NotSignedInError(ClientError):
    """Nobody has signed in from this account, or the sign-in has ended."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}; sign in with: sealyard login --server https://HOST:PORT --username NAME"
        )


class NotFoundError(ClientError):
    """The server has no ``kind`` called ``name``, or does not show it to this caller."""

    def __init__(self, kind: str, name: str, hint: str = "") -> None:
        super().__init__(f"there is no {kind} {name!r}{'; ' if hint else ''}{hint}")
        self.kind = kind
        self.name = name


class InvalidTrustServerError(ClientError):
    """``DOCKER_CONTENT_TRUST_SERVER`` is not an https origin; trust data never crosses http."""

    def __init__(self, text: str) -> None:
        scheme, separator, rest = text.rpartition("@")[2].rpartition("://")
        shown = f"{scheme}{separator}{rest}"[:200]  # without a password that stood in it
        super().__init__(f"valid https URL required for trust server, got {shown}")
        self.text = text


class CannotPushDigestError(ClientError):
    """Somebody wants to push to a digest; a digest is what comes out of it."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"cannot push a digest reference: {reference}; name a tag")
        self.reference = reference


class NothingToPushError(ClientError):
    """All tags of ``repository`` are to be pushed, but ``place`` has none."""

    def __init__(self, repository: str, place: str) -> None:
        super().__init__(f"{place} holds no image of {repository}: tag one first")
        self.repository = repository
        self.place = place


class SignedButNotTaggedError(ClientError):
    """The tag is signed, but the registry would not set it; consumers with trust can pull it."""

    def __init__(self, reference: str, cause: ClientError) -> None:
        super().__init__(
            f"{reference} is uploaded and signed, but the tag could not be set: {cause}; "
            "push again to set it"
        )
        self.reference = reference


class UnusableTargetError(ClientError):
    """A signed name that holds no sha256, by which an image could be fetched."""

    def __init__(self, tag: str) -> None:
        super().__init__(
            f"no valid hash, expecting sha256: what was signed as {tag} is not an image; ask its "
            "publisher to sign it again"
        )
        self.tag = tag


class TrustDataMissingError(ClientError):
    """The trust server ``server`` has no trust data for the repository ``gun``."""

    def __init__(self, gun: str, server: str) -> None:
        super().__init__(
            f"Error: remote trust data does not exist for {gun}: {server} does not have trust "
            f"data for {gun}"
        )
        self.gun = gun
        self.server = server


class TrustDataRemovedError(TrustDataMissingError):
    """Trust data of ``gun`` was seen before, and the trust server has none any more."""

    def __init__(self, gun: str, server: str) -> None:
        super().__init__(gun, server)
        message = (
            f"{self.args[0]}: it was there before and was removed, so what was signed cannot be "
            "told from what was not; ask who runs the registry. If it was removed on purpose: "
            f"sealyard trust reset {gun}"
        )
        self.args = (message,)


class PublishRefusedError(ClientError):
    """The trust server refuses trust data of ``gun``; ``code`` is its own, as ``VERSION``."""

    def __init__(self, gun: str, code: str, message: str) -> None:
        super().__init__(message)
        self.gun = gun
        self.code = code


class TrustFileError(ClientError):
    """The file ``path``, in which somebody says whom to trust, cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be used: {reason}; correct it, nothing is trusted until then"
        )
        self.path = path


class SigningFailedError(ClientError):
    """What was to be signed, ``references``, was not; the beginning is docker's."""

    def __init__(self, references: str, cause: SealyardError) -> None:
        super().__init__(f"failed to sign {references}: {cause}")
        self.references = references
        self.cause = cause


class RevocationFailedError(ClientError):
    """No signature was taken from ``references``; the beginning is docker's."""

    def __init__(self, references: str, cause: SealyardError) -> None:
        super().__init__(f"could not remove signature for {references}: {cause}")
        self.references = references
        self.cause = cause


class TagContendedError(ClientError):
    """While ``tag`` was being signed, somebody else signed it as something different."""

    def __init__(self, gun: str, tag: str) -> None:
        super().__init__(
            f"somebody else has signed {gun}:{tag} in the meantime, as another image: look at it "
            f"with sealyard trust inspect {gun}:{tag}, and push again if yours is meant"
        )
        self.gun = gun
        self.tag = tag


class SignerNameError(ClientError):
    """Nobody can sign as ``name``; the sentences are docker's."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "releases is a reserved keyword, use a different signer name"
            if name == "releases"
            else f'signer name "{name[:100]}" must start with lowercase alphanumeric characters '
            'and can include "-" or "_" after the first character'
        )
        self.name = name


class SignerUnknownError(ClientError):
    """The repository ``gun`` has no signer ``name``; ``known`` are those it has."""

    def __init__(self, gun: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"no signer {name} for repository {gun}; its signers are: {', '.join(known) or 'none'}"
        )
        self.gun = gun
        self.name = name
        self.known = known


class LastSignerError(ClientError):
    """``name`` is the last signer of ``gun``: what signers have released goes with it."""

    def __init__(self, gun: str, name: str) -> None:
        super().__init__(
            f"{name} is the last signer of {gun}: without one, nothing that signers have released "
            "can be pulled with content trust any more; add another signer first, or use --force"
        )
        self.gun = gun
        self.name = name


class ReleasesUnsignedError(ClientError):
    """Only ``name`` signed what ``gun`` has released, and no key of who is left is here."""

    def __init__(self, gun: str, name: str, left: tuple[str, ...]) -> None:
        super().__init__(
            f"the releases of {gun} are signed by {name} alone, and no key of {', '.join(left)} is "
            "here to sign them again: nobody could pull them until one of them has signed each tag "
            "anew; have one of them sign any tag first, which keeps them all, or use --force"
        )
        self.gun = gun
        self.name = name
        self.left = left
