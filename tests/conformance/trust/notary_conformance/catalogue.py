"""Every case there is, in the order of the API's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notary_conformance.case import Case
from notary_conformance.cases import (
    authentication,
    changefeed,
    client_snapshots,
    delegations,
    deletion,
    expiry,
    headers,
    malformed,
    probes,
    publishing,
    reading,
    root_certificates,
    root_rotation,
    roots,
    routes,
    server_files,
    server_keys,
    signing,
    targets,
    transfer,
    written_form,
)

if TYPE_CHECKING:
    from types import ModuleType

_MODULES: tuple[ModuleType, ...] = (
    probes,
    routes,
    reading,
    headers,
    server_keys,
    publishing,
    transfer,
    server_files,
    malformed,
    written_form,
    roots,
    root_certificates,
    root_rotation,
    targets,
    signing,
    delegations,
    client_snapshots,
    expiry,
    deletion,
    changefeed,
    authentication,
)


def cases() -> list[Case]:
    """Return every case; names are unique."""
    found: list[Case] = []
    for module in _MODULES:
        for value in vars(module).values():
            if isinstance(value, Case):
                found.append(value)
            elif isinstance(value, tuple):
                found.extend(item for item in value if isinstance(item, Case))
    names = [case.name for case in found]
    if len(set(names)) != len(names):
        raise ValueError(sorted(name for name in set(names) if names.count(name) > 1))
    return found
