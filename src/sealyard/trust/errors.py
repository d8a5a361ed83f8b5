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
    ├── FileMissingError             a file that its parent names is not to be had
    ├── FileTooLargeError            a file is longer than it may be
    ├── WalkTooLongError             more roots or delegations than anybody follows
    ├── RollbackError · ExpiredMetadataError
    ├── PinMismatchError             not the root that is pinned
    │   └── NothingPinnedError       no pin, and trust on first use is switched off
    ├── InvalidPinError              a pin that cannot be meant
    ├── InvalidPolicyError           a policy that cannot be meant
    ├── DelegationUnusableError      a delegation that has to be asked cannot be believed
    └── NotSignedError               no valid trust data for this name
        └── PolicyUnmetError         signed, but not by those whom the policy wants

``InvalidUpdateError`` and its children carry the names that notary's clients know
(``ErrValidation``, ``ErrBadRoot``, …): only under those do they show the sentence to a person.

Private keys are no trust data, and no server ever sees one of a publisher::

    PrivateKeyError
    ├── KeyFileError                 the file holds no key, or one that is not valid
    ├── KeysNotHeldError             too few of a role's private keys are here to sign for it
    ├── NoSigningRoleError           no signer of the repository has its key here
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
    "DelegationUnusableError",
    "ExpiredMetadataError",
    "FileMissingError",
    "FileTooLargeError",
    "HashMismatchError",
    "InvalidPinError",
    "InvalidPolicyError",
    "InvalidRoleNameError",
    "InvalidUpdateError",
    "KeyFileError",
    "KeyFormatError",
    "KeysNotHeldError",
    "MetadataContentError",
    "MetadataFormatError",
    "NoSigningRoleError",
    "NotSignedError",
    "NothingPinnedError",
    "PinMismatchError",
    "PolicyUnmetError",
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


class FileMissingError(TrustError):
    """``name`` is not there, although ``parent`` names it as the file of ``role``."""

    def __init__(self, role: str, name: str, parent: str) -> None:
        super().__init__(f"{name} is not to be had, although the {parent} names it")
        self.role = role
        self.name = name
        self.parent = parent


class FileTooLargeError(TrustError):
    """The file of ``role`` is longer than the ``limit`` of bytes that it may have."""

    def __init__(self, role: str, limit: int) -> None:
        super().__init__(f"{role} is longer than the {limit} bytes that it may have")
        self.role = role
        self.limit = limit


class WalkTooLongError(TrustError):
    """There are more of ``what`` than the ``limit`` that a client follows."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"there are more than {limit} {what}")
        self.what = what
        self.limit = limit


def _short(ids: tuple[str, ...]) -> str:
    return ", ".join(one[:12] for one in ids) or "unknown"


class PinMismatchError(TrustError):
    """The root of ``gun`` is not among the ones that are pinned for it.

    ``keys`` are the ids of its root keys with their certificates, ``bare`` without.
    """

    def __init__(
        self, gun: str, keys: tuple[str, ...], reason: str = "", bare: tuple[str, ...] = ()
    ) -> None:
        super().__init__(
            "could not validate the path to a trusted root: unable to match any certificates to "
            f"trust_pinning config: the root of {gun} (root key {_short(bare)}, certificate "
            f"{_short(keys)}) is not the pinned one{f' ({reason})' if reason else ''}; compare it "
            "with its publisher before you trust it"
        )
        self.gun = gun
        self.keys = keys


class NothingPinnedError(PinMismatchError):
    """Nothing is pinned for ``gun``, and trust on first use is switched off."""

    def __init__(self, gun: str, keys: tuple[str, ...], bare: tuple[str, ...] = ()) -> None:
        super().__init__(gun, keys)
        shown = ", ".join(bare) or "unknown"
        message = (
            "could not validate the path to a trusted root: invalid trust pinning specified: "
            f"nothing is pinned for {gun}, and trust on first use is switched off; its root key "
            f"is {shown} (certificate {_short(keys)}): compare it with its publisher, then: "
            f"sealyard trust pin add {gun} --root-key ID"
        )
        self.args = (message,)


class InvalidPinError(TrustError):
    """What is to be pinned for ``pattern`` cannot be meant."""

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(f"the pin for {pattern[:300]!r} cannot be used: {reason}")
        self.pattern = pattern


class InvalidPolicyError(TrustError):
    """A policy for pulls that cannot be meant."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the policy cannot be used: {reason}")
        self.reason = reason


class DelegationUnusableError(TrustError):
    """Nobody can tell what ``role`` says of ``target``: its file is not to be believed.

    Never answered from a role behind it: that would be what an attacker wants. ``cause`` is what
    is wrong with the file.
    """

    def __init__(self, role: str, target: str, cause: TrustError) -> None:
        super().__init__(
            f"{target} cannot be looked up, because {role} is asked first and cannot be believed: "
            f"{cause}"
        )
        self.role = role
        self.target = target
        self.cause = cause


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


class PolicyUnmetError(NotSignedError):
    """``name`` is signed, but the policy wants ``required`` of others.

    ``signers`` are those who vouch for it. ``wanted`` are those who may be counted; nobody in
    particular if it is empty. ``unusable`` says for a wanted one why nobody can tell.
    """

    def __init__(
        self,
        name: str,
        signers: tuple[str, ...],
        wanted: tuple[str, ...],
        required: int,
        unusable: tuple[str, ...] = (),
    ) -> None:
        super().__init__(name)
        whom = f"{required} of {', '.join(wanted)}" if wanted else f"{required} signers"
        causes = "".join(f"; {cause}" for cause in unusable)
        message = (
            f"No valid trust data for {name}: the policy wants it signed by {whom}, and it is "
            f"signed by {', '.join(signers) or 'nobody but the administrator'}{causes}; ask those "
            "who are missing to sign it"
        )
        self.args = (message,)
        self.signers = signers
        self.wanted = wanted
        self.required = required
        self.unusable = unusable


class KeysNotHeldError(PrivateKeyError):
    """Too few of the private keys ``keyids`` are here to sign for ``role``."""

    def __init__(self, role: str, keyids: tuple[str, ...]) -> None:
        super().__init__(
            f"could not find necessary signing keys for {role}, at least one of these keys must "
            f"be available: {', '.join(keyids) or 'none is named'}; restore it with sealyard trust "
            "key restore FILE, or have somebody sign who holds it"
        )
        self.role = role
        self.keyids = keyids


class NoSigningRoleError(PrivateKeyError):
    """The repository has signers, ``roles``, and none of their keys is here."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        names = ", ".join(role.removeprefix("targets/") for role in roles) or "nobody"
        super().__init__(
            f"no valid signing keys for delegation roles: the signers are {names}; load the key "
            "of one of them with sealyard trust key load FILE --name NAME, or have yours added "
            "with sealyard trust signer add"
        )
        self.roles = roles
