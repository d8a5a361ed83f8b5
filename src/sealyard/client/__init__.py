"""Sealyard's client as a library: resolve, pull, push and sign images that somebody vouches for.

::

    from sealyard.client import Client, Surroundings

    with Client(Surroundings.from_environment(os.environ, Path.home())) as client:
        print(client.resolve("registry.example/app:1.0").pinned)

It installs without the server (``pip install sealyard``), prints nothing and reads no environment
of its own. Every error is a ``SealyardError``; its text is a sentence with the cause and the next
step. ``docs/library.md`` has examples that are run by the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sealyard.client.client import Client
    from sealyard.client.errors import (
        ClientError,
        ConnectionFailedError,
        ServerRefusedError,
        SigningFailedError,
        TrustDataMissingError,
    )
    from sealyard.client.pulling import Wanted
    from sealyard.client.pushing import Push, Pushed
    from sealyard.client.resolving import Resolved
    from sealyard.client.surroundings import Surroundings
    from sealyard.client.trust.inspection import Inspection
    from sealyard.client.trust.key_store import KeyEntry, KeyStore
    from sealyard.client.trust.passphrases import DockerVariables, KeyLabel, Passphrases
    from sealyard.client.trust.pin_store import read_pins
    from sealyard.client.trust.publisher import Revocation, SignedTag, Signing
    from sealyard.errors import SealyardError
    from sealyard.oci.digest import Digest
    from sealyard.oci.references import ImageReference
    from sealyard.trust.errors import NotSignedError, PolicyUnmetError, TrustError
    from sealyard.trust.pins import Pin, Pins
    from sealyard.trust.policy import PullPolicy

# Where each public name is at home: imported when it is asked for, so that a program that only
# resolves tags does not wait for what pushes images.
_HOMES = {
    "Client": "sealyard.client.client",
    "ClientError": "sealyard.client.errors",
    "ConnectionFailedError": "sealyard.client.errors",
    "Digest": "sealyard.oci.digest",
    "DockerVariables": "sealyard.client.trust.passphrases",
    "ImageReference": "sealyard.oci.references",
    "Inspection": "sealyard.client.trust.inspection",
    "KeyEntry": "sealyard.client.trust.key_store",
    "KeyLabel": "sealyard.client.trust.passphrases",
    "KeyStore": "sealyard.client.trust.key_store",
    "NotSignedError": "sealyard.trust.errors",
    "Passphrases": "sealyard.client.trust.passphrases",
    "Pin": "sealyard.trust.pins",
    "Pins": "sealyard.trust.pins",
    "PolicyUnmetError": "sealyard.trust.errors",
    "PullPolicy": "sealyard.trust.policy",
    "Push": "sealyard.client.pushing",
    "Pushed": "sealyard.client.pushing",
    "Resolved": "sealyard.client.resolving",
    "Revocation": "sealyard.client.trust.publisher",
    "SealyardError": "sealyard.errors",
    "ServerRefusedError": "sealyard.client.errors",
    "SignedTag": "sealyard.client.trust.publisher",
    "Signing": "sealyard.client.trust.publisher",
    "SigningFailedError": "sealyard.client.errors",
    "Surroundings": "sealyard.client.surroundings",
    "TrustDataMissingError": "sealyard.client.errors",
    "TrustError": "sealyard.trust.errors",
    "Wanted": "sealyard.client.pulling",
    "read_pins": "sealyard.client.trust.pin_store",
}

__all__ = [
    "Client",
    "ClientError",
    "ConnectionFailedError",
    "Digest",
    "DockerVariables",
    "ImageReference",
    "Inspection",
    "KeyEntry",
    "KeyLabel",
    "KeyStore",
    "NotSignedError",
    "Passphrases",
    "Pin",
    "Pins",
    "PolicyUnmetError",
    "PullPolicy",
    "Push",
    "Pushed",
    "Resolved",
    "Revocation",
    "SealyardError",
    "ServerRefusedError",
    "SignedTag",
    "Signing",
    "SigningFailedError",
    "Surroundings",
    "TrustDataMissingError",
    "TrustError",
    "Wanted",
    "read_pins",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 (whatever the name stands for)
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 (only here)

    return getattr(import_module(_HOMES[name]), name)
