"""The parts that keep and serve trust data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sealyard.api.trust.door import TrustDoor, TrustServices
from sealyard.api.trust.files import TrustFiles
from sealyard.bootstrap.parts import now
from sealyard.services.policy.content_trust import trust_enabled
from sealyard.services.ready_cache import ReadyCache
from sealyard.services.trust.changefeed import TrustChangeFeed
from sealyard.services.trust.deletion import TrustDeletion
from sealyard.services.trust.keys import TrustKeys
from sealyard.services.trust.publishing import TrustPublishing
from sealyard.services.trust.reading import TrustReading
from sealyard.services.trust.renewal import TrustRenewal
from sealyard.services.trust.state import SigningRules
from sealyard.trust.limits import Lifetimes, TrustLimits

if TYPE_CHECKING:
    from sealyard.api.challenges import Challenges
    from sealyard.db.database import Database
    from sealyard.keystore.sealing import Sealer
    from sealyard.services.directory.authentication import Authenticator
    from sealyard.settings import Settings


@dataclass(frozen=True, slots=True)
class Trust:
    """Joined once for each worker."""

    rules: SigningRules
    keys: TrustKeys
    renewal: TrustRenewal
    deletion: TrustDeletion

    @classmethod
    def over(cls, settings: Settings, rows: Database, key: Sealer) -> Trust:
        """Join them over the database."""
        rules = SigningRules(_lifetimes(settings), _limits(settings))
        keys = TrustKeys(rows, key, now, settings.registry_key_algorithm)
        return cls(
            rules=rules,
            keys=keys,
            renewal=TrustRenewal(rows, keys, now, rules),
            deletion=TrustDeletion(rows, now),
        )

    def door(
        self,
        settings: Settings,
        rows: Database,
        authenticator: Authenticator,
        challenges: Challenges,
    ) -> TrustDoor:
        """Put the door in front of them."""
        limits = self.rules.limits
        reading = TrustReading(rows, self.renewal, now, limits)
        services = TrustServices(
            files=TrustFiles(
                reading,
                ReadyCache(rows.generations, settings.cache_size // 2),
                rows.generations,
                now,
            ),
            publishing=TrustPublishing(rows, self.keys, now, self.rules, trust_enabled),
            keys=self.keys,
            deletion=self.deletion,
            changes=TrustChangeFeed(rows),
        )
        return TrustDoor(services, authenticator, challenges, gun_prefixes(settings), limits)


def gun_prefixes(settings: Settings) -> tuple[str, ...]:
    """Return what may stand before a repository's name, each with its slash."""
    named = (*settings.origins, *settings.gun_prefixes)
    return tuple(prefix if prefix.endswith("/") else f"{prefix}/" for prefix in named)


def _lifetimes(settings: Settings) -> Lifetimes:
    return Lifetimes(
        snapshot=timedelta(seconds=settings.snapshot_lifetime),
        timestamp=timedelta(seconds=settings.timestamp_lifetime),
    )


def _limits(settings: Settings) -> TrustLimits:
    targets = timedelta(seconds=settings.max_targets_lifetime)
    return TrustLimits(
        upload_bytes=settings.max_publish_size,
        file_bytes=settings.max_publish_size,
        root_lifetime=timedelta(seconds=settings.max_root_lifetime),
        targets_lifetime=targets,
        snapshot_lifetime=targets,
    )
