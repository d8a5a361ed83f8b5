"""Roots and their keys as people read them at a terminal, to compare them with the publisher."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sealyard.client.trust.reset import RootView
    from sealyard.trust.root_keys import RootKey


def reported(view: RootView) -> str:
    """Return the lines that describe a root, each ending in a newline."""
    head = f"  version {view.version}, expires {view.expires:%Y-%m-%d %H:%M} UTC\n"
    return head + "".join(key_lines(key) for key in view.keys)


def key_lines(key: RootKey) -> str:
    """Return the lines that describe one root key, each ending in a newline."""
    lines = [f"  root key          {key.canonical_id}", f"  certificate id    {key.certificate_id}"]
    if key.fingerprint:
        pairs = (key.fingerprint[at : at + 2] for at in range(0, len(key.fingerprint), 2))
        lines.append(f"  SHA-256           {':'.join(pairs).upper()}")
    if key.expires is not None:
        lines.append(f"  certificate until {key.expires:%Y-%m-%d}")
    return "\n".join(lines) + "\n"
