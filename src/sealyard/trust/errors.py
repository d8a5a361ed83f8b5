"""What can be wrong with trust data, by who is to blame.

::

    TrustError
    ├── MetadataFormatError          the bytes are not a metadata file at all
    │   └── MetadataContentError     a metadata file that breaks the rules of its role
    ├── InvalidRoleNameError         no such role can exist
    ├── KeyFormatError               a public key or certificate that nobody can use
    ├── CertificateError             a root certificate that does not stand for this GUN
    ├── InvalidUpdateError           an upload that may not become the next state
    │   ├── BadHierarchyError · BadRootError · BadTargetsError · BadSnapshotError
    ├── StaleUpdateError             an upload at or below the version that is stored
    ├── SignatureError               a signature list that cannot be judged
    │   └── ThresholdNotMetError     too few of the role's keys have signed
    ├── HashMismatchError            a file is not the one that its parent names
    ├── RollbackError · ExpiredMetadataError · PinMismatchError
    └── NotSignedError               no valid trust data for this name

``InvalidUpdateError`` and its children carry the names that notary's clients know
(``ErrValidation``, ``ErrBadRoot``, …): only under those do they show the sentence to a person.

Private keys are no trust data, and no server ever sees one of a publisher::

    PrivateKeyError
    ├── KeyFileError                 the file holds no key, or one that is not valid
    └── WrongPassphraseError         nothing that could be a key comes out with this passphrase
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.errors import SealyardError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "BadHierarchyError",
    "BadRootError",
    "BadSnapshotError",
    "BadTargetsError",
    "CertificateError",
    "ExpiredMetadataError",
    "HashMismatchError",
    "InvalidRoleNameError",
    "InvalidUpdateError",
    "KeyFileError",
    "KeyFormatError",
    "MetadataContentError",
    "MetadataFormatError",
    "NotSignedError",
    "PinMismatchError",
    "PrivateKeyError",
    "RollbackError",
    "SignatureError",
    "StaleUpdateError",
    "ThresholdNotMetError",
    "TrustError",
    "WrongPassphraseError",
]


class TrustError(SealyardError):
    """Trust data, or what somebody wants to do with it, is wrong."""


class MetadataFormatError(TrustError):
    """The bytes of ``role`` are not a metadata file: not JSON, or not of its shape."""

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(f"{role} is not a metadata file: {reason}")
        self.role = role
        self.reason = reason


class MetadataContentError(MetadataFormatError):
    """A metadata file of ``role`` that breaks a rule of its role."""

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(role, reason)
        kind = role if role in {"root", "snapshot", "timestamp"} else "targets"
        self.args = (f"{kind} type metadata invalid: {reason}",)


class InvalidRoleNameError(TrustError):
    """``name`` is neither a base role nor a well-formed delegation."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name[:300]} is not the name of a role")
        self.name = name


class KeyFormatError(TrustError):
    """A public key that cannot be used for verifying."""


class CertificateError(TrustError):
    """A root certificate that does not stand for its GUN."""


class InvalidUpdateError(TrustError):
    """The upload as a whole may not become the next state."""


class BadHierarchyError(InvalidUpdateError):
    """The upload would leave a gap: the role ``missing`` has to come with it."""

    def __init__(self, message: str, missing: str) -> None:
        super().__init__(message)
        self.missing = missing


class BadRootError(InvalidUpdateError):
    """The uploaded root may not become the next root."""


class BadTargetsError(InvalidUpdateError):
    """An uploaded targets or delegation file may not become the next one."""


class BadSnapshotError(InvalidUpdateError):
    """The uploaded snapshot may not become the next one."""


class StaleUpdateError(TrustError):
    """``role`` was uploaded at ``version`` while ``stored`` is already there."""

    def __init__(self, role: str, version: int, stored: int) -> None:
        super().__init__(
            f"{role} version {version} is not newer than version {stored}, which is stored; "
            "fetch the present trust data and try again"
        )
        self.role = role
        self.version = version
        self.stored = stored


class SignatureError(TrustError):
    """The signatures of ``role`` cannot be judged, or are not there."""

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(reason)
        self.role = role


class ThresholdNotMetError(SignatureError):
    """``valid`` of the ``threshold`` keys that ``role`` needs have signed."""

    def __init__(self, role: str, valid: int, threshold: int) -> None:
        super().__init__(role, f"valid signatures did not meet threshold for {role}")
        self.valid = valid
        self.threshold = threshold


class HashMismatchError(TrustError):
    """The bytes of ``role`` are not those that its parent names.

    ``algorithm`` is ``length`` where already the number of bytes differs.
    """

    def __init__(self, role: str, algorithm: str, expected: str, actual: str) -> None:
        super().__init__(f"{algorithm} checksum for {role} did not match: expected {expected}")
        self.role = role
        self.algorithm = algorithm
        self.expected = expected
        self.actual = actual


class RollbackError(TrustError):
    """``role`` came at ``version``, below the ``trusted`` one that was seen before."""

    def __init__(self, role: str, version: int, trusted: int) -> None:
        super().__init__(
            f"{role} version {version} is lower than version {trusted}, which was already seen: "
            "somebody may be hiding newer trust data"
        )
        self.role = role
        self.version = version
        self.trusted = trusted


class ExpiredMetadataError(TrustError):
    """``role`` may not be believed any longer since ``expires``."""

    def __init__(self, role: str, expires: datetime) -> None:
        moment = f"{expires:%a %b} {expires.day:2d} {expires:%H:%M:%S UTC %Y}"
        super().__init__(f"{role} expired at {moment}")
        self.role = role
        self.expires = expires


class PinMismatchError(TrustError):
    """The root of ``gun`` is not among the ones that are pinned for it."""

    def __init__(self, gun: str, keys: tuple[str, ...]) -> None:
        super().__init__(
            f"the root of {gun} (key {', '.join(key[:12] for key in keys) or 'unknown'}) is not "
            "the pinned one: compare the key with its publisher before you trust it"
        )
        self.gun = gun
        self.keys = keys


class NotSignedError(TrustError):
    """There is no valid trust data for ``name``; never to be answered from anything unsigned."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No valid trust data for {name}")
        self.name = name


class PrivateKeyError(SealyardError):
    """A private key cannot be had from its file."""


class KeyFileError(PrivateKeyError):
    """A file that should hold a private key holds none, or one that is not valid."""


class WrongPassphraseError(PrivateKeyError):
    """The passphrase does not open the key; a damaged file looks the same."""

    def __init__(self) -> None:
        super().__init__("the passphrase does not open the key, or the key's file is damaged")
