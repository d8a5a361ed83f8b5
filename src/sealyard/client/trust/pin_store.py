"""Pins as people keep them: ``pins.toml`` beside the profile, and files that they pass around.

::

    trust-on-first-use = false              # only in a file; left out: true

    [[pin]]
    repository = "registry.example/team/*"  # or one repository in full
    root-keys = ["<64 hexadecimal digits>"] # ids of bare keys, as in ~/.docker/trust/private
    certificates = ["<64 …>"]               # ids of keys with their certificates, as docker shows
    ca-file = "team-ca.pem"                 # beside this file; or the PEM itself: ca = ...

Several pins of one repository are taken together. A file that cannot be understood is an error and
never no pins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.client.errors import NotFoundError, TrustFileError
from sealyard.client.trust.private_files import read_bounded, write_private
from sealyard.client.trust.toml_file import MAX_BYTES, read_toml, text, texts
from sealyard.trust.certificate_chains import read_authorities
from sealyard.trust.errors import CertificateError, InvalidPinError
from sealyard.trust.pins import Pin, Pins

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PIN_FILE: Final = "pins.toml"
_HEAD: Final = (
    "# The roots that may speak for repositories. `sealyard trust pin` writes this file: adding\n"
    "# leaves what is here as it is, removing writes it anew without its comments.\n"
)


class _Entry(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    repository: str
    root_keys: list[str] = []
    certificates: list[str] = []
    ca_file: str = ""
    ca: str = ""


class _File(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    trust_on_first_use: bool = True
    pin: list[_Entry] = []


class PinStore:
    """The pins of one person. ``folder`` is where their profile is."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / PIN_FILE

    def pins(self, *, extra: Path | None = None, tofu: bool = True) -> Pins:
        """Return all pins: those kept here and those of the file ``extra``.

        Trust on first use is on only if nobody switches it off. Raise ``TrustFileError``.
        """
        own = read_pins(self.path) if self.path.exists() else Pins()
        more = Pins() if extra is None else read_pins(extra)
        joined = own.joined(more.entries)
        return Pins(joined.entries, tofu and own.tofu and more.tofu)

    def add(self, pin: Pin) -> None:
        """Keep ``pin`` besides the others; raise ``TrustFileError``, ``OSError``."""
        before = ""
        if self.path.exists():
            read_pins(self.path)  # nothing is added to a file that is not understood
            before = read_bounded(self.path, MAX_BYTES).decode("utf-8").rstrip("\n") + "\n"
        write_private(self.path, f"{before or _HEAD}\n{_block(pin)}".encode())

    def remove(self, pattern: str) -> None:
        """Forget the pins of ``pattern``; raise ``NotFoundError`` if there are none."""
        pins = self.pins()
        left = pins.without(pattern)
        if left == pins:
            kind = "pin for"
            raise NotFoundError(kind, pattern, "sealyard trust pin list shows those there are")
        write_private(self.path, f"{_HEAD}{written(left)}".encode())


def read_pins(path: Path) -> Pins:
    """Read a file of pins; raise ``TrustFileError``."""
    found = read_toml(path, _File)
    try:
        entries = [_pin(entry, path) for entry in found.pin]
    except (InvalidPinError, CertificateError, OSError) as error:
        raise TrustFileError(path, str(error)) from error
    return Pins((), found.trust_on_first_use).joined(entries)


def written(pins: Pins) -> str:
    """Return the text of a file of ``pins``; certificates of authorities are in it."""
    head = "" if pins.tofu else "trust-on-first-use = false\n"
    return head + "".join(f"\n{_block(pin)}" for pin in pins.entries)


def _pin(entry: _Entry, path: Path) -> Pin:
    authority = entry.ca.encode()
    if entry.ca_file:
        authority += read_bounded(path.parent / entry.ca_file, MAX_BYTES)
    if authority:
        read_authorities(authority)
    return Pin(
        entry.repository, frozenset(entry.certificates), frozenset(entry.root_keys), authority
    )


def _block(pin: Pin) -> str:
    lines: list[str] = ["[[pin]]", f"repository = {text(pin.pattern)}"]
    lines += _listed("root-keys", pin.root_keys)
    lines += _listed("certificates", pin.certificates)
    if pin.authority:
        lines.append(f"ca = {text(pin.authority.decode('utf-8', 'replace'))}")
    return "\n".join(lines) + "\n"


def _listed(name: str, values: Iterable[str]) -> list[str]:
    found = sorted(values)
    return [f"{name} = {texts(found)}"] if found else []
