"""Reading one metadata file: its exact bytes, its content, what its signatures cover.

Two kinds of refusal, because notary's clients are told them apart: ``MetadataFormatError`` for
bytes that are no metadata file at all, ``MetadataContentError`` for a file that breaks a rule of
its role.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from sealyard.trust import canonical
from sealyard.trust.canonical import InexpressibleError
from sealyard.trust.errors import (
    ExpiredMetadataError,
    MetadataContentError,
    MetadataFormatError,
)
from sealyard.trust.instants import parse_instant
from sealyard.trust.metadata import Common, Content, Root, Snapshot, Targets, Timestamp
from sealyard.trust.signatures import Signature, verify_role
from sealyard.trust.structure import check_structure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sealyard.trust.keys import PublicKey
    from sealyard.trust.limits import TrustLimits

C = TypeVar("C", Root, Targets, Snapshot, Timestamp)

_CUSTOM = b'"custom":'
_DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Envelope(msgspec.Struct):
    signed: msgspec.Raw
    signatures: list[Signature]


@dataclass(frozen=True, slots=True)
class SignedFile(Generic[C]):
    """One parsed file of ``role``; nothing about its signatures is known yet.

    ``exact`` says that the bytes are the canonical serialisation and nothing besides, so that
    every reader sees the same file whatever it does with it.
    """

    role: str
    raw: bytes
    content: C
    message: bytes
    signatures: list[Signature]
    expires: datetime
    exact: bool

    @property
    def version(self) -> int:
        """The version that the content states."""
        return self.content.version

    @property
    def sha256(self) -> str:
        """The lower-case hex digest of the raw bytes, under which the file is fetched."""
        return hashlib.sha256(self.raw).hexdigest()

    def verify(self, keys: Mapping[str, PublicKey], threshold: int) -> None:
        """Raise ``SignatureError`` unless ``threshold`` of ``keys`` have signed."""
        verify_role(self.role, self.message, self.signatures, keys, threshold)

    def check_extraneous(self) -> None:
        """Raise ``MetadataFormatError`` if the file holds members that no signature covers."""
        if self.exact:
            return
        members = msgspec.json.decode(self.raw, type=dict[str, msgspec.Raw])
        extraneous = sorted(members.keys() - {"signed", "signatures"})
        if extraneous:
            reason = f"it holds what nobody signed: {extraneous[0][:40]}"
            raise MetadataFormatError(self.role, reason)

    def check_expiry(self, now: datetime) -> None:
        """Raise ``ExpiredMetadataError`` if the file may not be believed any longer."""
        if now > self.expires:
            raise ExpiredMetadataError(self.role, self.expires)


def parse_root(raw: bytes, limits: TrustLimits) -> SignedFile[Root]:
    """Read a root file; raise ``MetadataFormatError`` or ``MetadataContentError``."""
    return _parse(raw, "root", Root, limits)


def parse_targets(raw: bytes, role: str, limits: TrustLimits) -> SignedFile[Targets]:
    """Read the file of ``targets`` or of a delegation; raise as ``parse_root``."""
    return _parse(raw, role, Targets, limits)


def parse_snapshot(raw: bytes, limits: TrustLimits) -> SignedFile[Snapshot]:
    """Read a snapshot file; raise as ``parse_root``."""
    return _parse(raw, "snapshot", Snapshot, limits)


def parse_timestamp(raw: bytes, limits: TrustLimits) -> SignedFile[Timestamp]:
    """Read a timestamp file; raise as ``parse_root``."""
    return _parse(raw, "timestamp", Timestamp, limits)


def _parse(raw: bytes, role: str, kind: type[C], limits: TrustLimits) -> SignedFile[C]:
    if len(raw) > limits.file_bytes:
        reason = f"{len(raw)} bytes are over the limit of {limits.file_bytes}"
        raise MetadataFormatError(role, reason)
    try:
        envelope = msgspec.json.decode(raw, type=_Envelope)
    except _DECODE_ERRORS as error:
        raise MetadataFormatError(role, str(error)) from error
    signed = bytes(envelope.signed)
    content = _content(signed, role, kind)
    expires = _expires(content, role)
    check_structure(content, role, limits)
    if len(envelope.signatures) > limits.signatures:
        reason = f"{len(envelope.signatures)} signatures are over the limit of {limits.signatures}"
        raise MetadataContentError(role, reason)
    try:
        message, is_canonical = _message(signed, content, limits)
    except (InexpressibleError, RecursionError) as error:
        raise MetadataContentError(role, str(error)) from error
    return SignedFile(
        role=role,
        raw=raw,
        content=content,
        message=message,
        signatures=envelope.signatures,
        expires=expires,
        exact=is_canonical and _is_bare(raw, signed, envelope.signatures),
    )


def _content(signed: bytes, role: str, kind: type[C]) -> C:
    try:
        return msgspec.json.decode(signed, type=kind)
    except _DECODE_ERRORS as error:
        try:
            common = msgspec.json.decode(signed, type=Common)
        except _DECODE_ERRORS as worse:
            raise MetadataFormatError(role, str(worse)) from worse
        if common.type != kind.__name__:
            reason = f"expected type {kind.__name__}, not {common.type[:40]}"
            raise MetadataContentError(role, reason) from error
        raise MetadataContentError(role, str(error)) from error


def _expires(content: Content, role: str) -> datetime:
    try:
        return parse_instant(content.expires)
    except ValueError as error:
        raise MetadataFormatError(role, str(error)) from error


def _message(signed: bytes, content: Content, limits: TrustLimits) -> tuple[bytes, bool]:
    """Return what the signatures cover, and whether the bytes are canonical.

    The short way: writing the typed content gives the same bytes, so nothing unknown, doubled or
    oddly written was in them. Otherwise everything is read again, strictly and untyped, because
    fields that this version does not know are signed all the same.
    """
    text = canonical.sorted_json(content)
    same = _same(signed, text)
    if not same:
        text = canonical.sorted_json(canonical.decode(signed, limits.nesting))
        same = _same(signed, text)
    elif isinstance(content, Targets) and _CUSTOM in signed:
        for info in content.targets.values():
            canonical.check(info.custom, limits.nesting)
    return canonical.raw_controls(text), same and not canonical.holds_controls(text)


def _same(signed: bytes, text: bytes) -> bool:
    return signed == text or signed == canonical.html_escaped(text)


def _is_bare(raw: bytes, signed: bytes, signatures: list[Signature]) -> bool:
    """Tell whether the file holds the two known members and not a byte more.

    An additional member would not be signed; one once made a collection unreadable for good
    (notary's audit of 2018, TUF-01-001).
    """
    tail = b',"signatures":' + msgspec.json.encode(signatures) + b"}"
    head = b'{"signed":'
    size = len(head) + len(signed) + len(tail)
    return len(raw) == size and raw.startswith(head) and raw.endswith(tail)
