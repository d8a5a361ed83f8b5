"""Collections: what a GUN names, and the image repository that its rights come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sealyard.access.assignments import is_repository_name
from sealyard.services.trust.errors import ForeignCollectionError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_GUN = 255  # notary's database column


@dataclass(frozen=True, slots=True)
class CollectionName:
    """A GUN of this registry, exactly as the client spells it, and its repository."""

    gun: str
    repository: str

    @classmethod
    def parse(cls, gun: str, prefixes: Sequence[str]) -> Self:
        """Read ``<prefix><repository>``; each prefix ends in a slash.

        Raise ``ForeignCollectionError`` for any other name.
        """
        if len(gun) <= _MAX_GUN:
            for prefix in prefixes:
                repository = gun[len(prefix) :]
                if gun[: len(prefix)].lower() == prefix.lower() and is_repository_name(repository):
                    return cls(gun, repository)
        raise ForeignCollectionError(gun, tuple(prefixes))

    @property
    def topic(self) -> str:
        """The topic that is touched whenever anything of the collection changes."""
        return topic(self.gun)


def topic(gun: str) -> str:
    """Return the topic of the collection ``gun``."""
    return f"trust/{gun}"
