"""Pins: which roots may speak for a repository, told beforehand instead of believed at first use.

::

    certificates or root keys   of the exact GUN, else of the longest pattern that ends in *
    a CA                        of the longest prefix of the GUN
    trust on first use          unless it is switched off

The first line that has something to say decides alone (notary's order, its ``trust_pinning``). A
pin is asked for the present root at every walk, so a pinned key that is no longer the root's, or a
root that was trusted before the pin was made, is refused too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.trust.certificate_chains import check_issued
from sealyard.trust.errors import (
    CertificateError,
    InvalidPinError,
    KeyFormatError,
    NothingPinnedError,
    PinMismatchError,
    SignatureError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sealyard.trust.keys import PublicKey
    from sealyard.trust.metadata import Root
    from sealyard.trust.signed_file import SignedFile

_KEY_ID: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pin:
    """What is pinned for the repositories of ``pattern``: one GUN, or a prefix and ``*``.

    ``certificates`` are ids of root keys with their certificates, ``root_keys`` those of the bare
    keys; ``authority`` holds CA certificates in PEM, one of which has issued the root's.
    """

    pattern: str
    certificates: frozenset[str] = frozenset()
    root_keys: frozenset[str] = frozenset()
    authority: bytes = b""

    def __post_init__(self) -> None:
        if not self.pattern or "*" in self.pattern[:-1]:
            reason = "a repository is named in full, or by its beginning and one * at the end"
            raise InvalidPinError(self.pattern, reason)
        for keyid in self.certificates | self.root_keys:
            if _KEY_ID.fullmatch(keyid) is None:
                reason = f"{keyid[:80]!r} is no key id (64 hexadecimal digits)"
                raise InvalidPinError(self.pattern, reason)
        if not (self.certificates or self.root_keys or self.authority):
            reason = "it pins nothing: give a certificate id, a root key id or a CA"
            raise InvalidPinError(self.pattern, reason)

    @property
    def names_keys(self) -> bool:
        """Whether keys are pinned and not only a CA."""
        return bool(self.certificates or self.root_keys)

    def matches(self, gun: str) -> bool:
        """Tell whether the pin is about ``gun``."""
        return covers(self.pattern, gun)


@dataclass(frozen=True, slots=True)
class Pins:
    """All pins; ``tofu`` says whether an unpinned repository is trusted at first use."""

    entries: tuple[Pin, ...] = ()
    tofu: bool = True

    def judge(
        self, gun: str, root: SignedFile[Root], now: datetime, *, first_use: bool = True
    ) -> None:
        """Raise unless ``root`` may speak for ``gun``.

        Only pinned keys count, and enough of them must have signed it. ``first_use`` says that no
        root of the repository was trusted before. Raise ``PinMismatchError``, or
        ``NothingPinnedError`` at a first use that is switched off.
        """
        keys, threshold = root.content.role("root")
        by_keys = self._most_specific(gun, by_keys=True)
        pin = by_keys or self._most_specific(gun, by_keys=False)
        if pin is None:
            if first_use and not self.tofu:
                raise NothingPinnedError(gun, tuple(keys), _bare(keys))
            return
        good, reason = _pinned(pin, keys, now)
        if not good:
            raise PinMismatchError(gun, tuple(keys), reason, _bare(keys))
        try:
            root.verify(good, threshold)
        except SignatureError as error:
            reason = "the pinned key has not signed it"
            raise PinMismatchError(gun, tuple(keys), reason, _bare(keys)) from error

    def joined(self, more: Iterable[Pin]) -> Pins:
        """Return these pins and ``more``; pins of one pattern are taken together."""
        found: dict[str, Pin] = {}
        for pin in (*self.entries, *more):
            before = found.get(pin.pattern)
            found[pin.pattern] = pin if before is None else _merged(before, pin)
        return Pins(tuple(found.values()), self.tofu)

    def without(self, pattern: str) -> Pins:
        """Return these pins without those of ``pattern``."""
        return Pins(tuple(pin for pin in self.entries if pin.pattern != pattern), self.tofu)

    def _most_specific(self, gun: str, *, by_keys: bool) -> Pin | None:
        # An exact name has no star and so would lose by length to a pattern: it is asked first.
        if by_keys:
            found = [pin for pin in self.entries if pin.names_keys and pin.matches(gun)]
        else:
            found = [pin for pin in self.entries if pin.authority and pin.matches(gun)]
        return max(found, key=lambda pin: (pin.pattern == gun, len(pin.pattern)), default=None)


def covers(pattern: str, gun: str) -> bool:
    """Tell whether ``pattern``, a GUN or a prefix followed by ``*``, is about ``gun``."""
    if pattern.endswith("*"):
        return gun.startswith(pattern[:-1])
    return gun == pattern


def _pinned(
    pin: Pin, keys: dict[str, PublicKey], now: datetime
) -> tuple[dict[str, PublicKey], str]:
    """Return those of ``keys`` that ``pin`` speaks for, and why another one is not among them."""
    good: dict[str, PublicKey] = {}
    reasons: list[str] = []
    for keyid, key in keys.items():
        try:
            if _is_pinned(pin, key, now):
                good[keyid] = key
        except (CertificateError, KeyFormatError) as error:
            reasons.append(str(error))
    return good, reasons[0] if reasons else ""


def _is_pinned(pin: Pin, key: PublicKey, now: datetime) -> bool:
    if pin.names_keys:
        # The ids of the key itself and not the one in the file; `verify` refuses one that lies.
        # Either id stands for this key alone, so one that was put under the other name counts.
        return not {key.id, key.canonical_id}.isdisjoint(pin.certificates | pin.root_keys)
    check_issued(key, pin.authority, now)
    return True


def _bare(keys: dict[str, PublicKey]) -> tuple[str, ...]:
    """Return the ids of the bare keys, as far as they can be read; they are for a message."""
    found = []
    for key in keys.values():
        try:
            found.append(key.canonical_id)
        except (CertificateError, KeyFormatError):
            continue
    return tuple(found)


def _merged(one: Pin, other: Pin) -> Pin:
    authority = one.authority
    if other.authority and other.authority not in authority:
        authority += (b"\n" if authority else b"") + other.authority
    return Pin(
        one.pattern,
        one.certificates | other.certificates,
        one.root_keys | other.root_keys,
        authority,
    )
