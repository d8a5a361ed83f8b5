"""What cannot be met now about trust data.

::

    UseCaseError
    ├── TrustDataUnknownError      no such file
    ├── ForeignCollectionError     a GUN that does not belong to this registry
    └── ContentTrustDisabledError  the registry's policy is off
"""

from __future__ import annotations

from sealyard.errors import UseCaseError


class TrustDataUnknownError(UseCaseError):
    """The collection ``gun`` holds no such file."""

    def __init__(self, gun: str, what: str) -> None:
        super().__init__(f"{gun} has no {what}")
        self.gun = gun
        self.what = what


class ForeignCollectionError(UseCaseError):
    """The GUN starts with none of the ``prefixes`` that this registry serves."""

    def __init__(self, gun: str, prefixes: tuple[str, ...]) -> None:
        super().__init__(
            f"{gun[:255]} is not a name of this registry, whose names are "
            f"{' or '.join(f'{prefix}<repository>' for prefix in prefixes)}"
        )
        self.gun = gun
        self.prefixes = prefixes


class ContentTrustDisabledError(UseCaseError):
    """The registry does not take signatures at present."""

    def __init__(self) -> None:
        super().__init__(
            "content trust is disabled for this registry; an Owner can enable it with: "
            "sealyard acr config content-trust update -r NAME --status enabled"
        )
