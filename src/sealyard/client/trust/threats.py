"""Attacks in plain words: what an error about trust data may mean, and what to do about it.

The sentences begin as docker's do, for users search the web for them. The attacks are those of
TUF's own list (theupdateframework.io, "Security"), under its names.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from sealyard.trust.errors import (
    BadHierarchyError,
    CertificateError,
    ExpiredMetadataError,
    FileMissingError,
    FileTooLargeError,
    HashMismatchError,
    KeyFormatError,
    MetadataFormatError,
    NotSignedError,
    PinMismatchError,
    RollbackError,
    SignatureError,
    TrustError,
    WalkTooLongError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

E = TypeVar("E", bound=TrustError)

_MALICIOUS: Final = "Warning: potential malicious behavior - "


class Threat(StrEnum):
    """What somebody may be trying."""

    ROLLBACK = "rollback"
    FREEZE = "freeze"
    MIX_AND_MATCH = "mix-and-match"
    WRONG_SIGNATURE = "arbitrary software, with a wrong signature"
    WRONG_ROOT = "a root that nobody vouches for"
    ENDLESS_DATA = "endless data"
    EXTRANEOUS_DATA = "extraneous data"
    GARBAGE = "arbitrary data"


class _Words(NamedTuple):
    """How an error is told: what stands before it, its threat, and the next step."""

    before: str
    threat: Threat
    step: str


_OWNER = "ask the publisher of {gun} to sign it again"
_REGISTRY = "try again later; if it stays, ask who runs the registry"
_WORDS: Final[Mapping[type[TrustError], _Words]] = {
    RollbackError: _Words(
        f"{_MALICIOUS}trust data version is lower than expected for remote repository {{gun}}: ",
        Threat.ROLLBACK,
        f"{_REGISTRY}, it may have been restored from an old backup",
    ),
    ExpiredMetadataError: _Words(
        "Error: remote repository {gun} out-of-date: ",
        Threat.FREEZE,
        "check the clock of this machine, and ask who runs the registry or publishes {gun}",
    ),
    HashMismatchError: _Words(
        f"{_MALICIOUS}trust data of {{gun}} does not fit together: ",
        Threat.MIX_AND_MATCH,
        _REGISTRY,
    ),
    FileMissingError: _Words(
        "Error: trust data missing for remote repository {gun}: ",
        Threat.MIX_AND_MATCH,
        _REGISTRY,
    ),
    SignatureError: _Words(
        f"{_MALICIOUS}trust data has insufficient signatures for remote repository {{gun}}: ",
        Threat.WRONG_SIGNATURE,
        f"{_REGISTRY}, or publishes {{gun}}",
    ),
    CertificateError: _Words(
        f"{_MALICIOUS}the root of {{gun}} is not to be trusted: ",
        Threat.WRONG_ROOT,
        "compare its root key with the publisher; if it was replaced on purpose: sealyard trust "
        "reset {gun}",
    ),
    FileTooLargeError: _Words(
        f"{_MALICIOUS}trust data of {{gun}} is too large: ", Threat.ENDLESS_DATA, _REGISTRY
    ),
    WalkTooLongError: _Words(
        f"{_MALICIOUS}trust data of {{gun}} goes on for too long: ",
        Threat.ENDLESS_DATA,
        f"{_REGISTRY}, or publishes {{gun}}",
    ),
    BadHierarchyError: _Words(
        f"{_MALICIOUS}trust data of {{gun}} does not fit together: ",
        Threat.EXTRANEOUS_DATA,
        _REGISTRY,
    ),
    KeyFormatError: _Words("trust data of {gun} cannot be used: ", Threat.GARBAGE, _OWNER),
    MetadataFormatError: _Words("trust data of {gun} cannot be read: ", Threat.GARBAGE, _REGISTRY),
}
_ROTATION: Final = "could not rotate trust to a new trusted root"
_SAID: Final = (NotSignedError, PinMismatchError)  # their sentences say everything already


def threat_of(error: TrustError) -> Threat | None:
    """Return what ``error`` may be a sign of, ``None`` if of nothing bad."""
    words = _words(error)
    return None if words is None else words.threat


def explained(error: E, gun: str) -> E:
    """Return ``error`` with a sentence about the repository ``gun``, the attack, the next step."""
    words = _words(error)
    if words is not None and not hasattr(error, "gun"):
        error.args = (
            f"{words.before.format(gun=gun)}{error} ({words.threat}); {words.step.format(gun=gun)}",
        )
        error.__dict__["gun"] = gun
    return error


def _words(error: TrustError) -> _Words | None:
    if isinstance(error, _SAID):
        return None
    if isinstance(error, SignatureError) and str(error).startswith(_ROTATION):
        return _WORDS[CertificateError]
    return next((words for kind, words in _WORDS.items() if isinstance(error, kind)), None)
