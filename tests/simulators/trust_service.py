"""The trust services of one worker over a real database in a folder, at a time that tests set."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.access.caller import Caller
from sealyard.access.principals import Principal, PrincipalKind
from sealyard.access.rights import Rights
from sealyard.db.activity import Activity, ActivityFilter, ActivityStore
from sealyard.db.database import Database
from sealyard.db.generations import Generations
from sealyard.db.schema import bring_up_to_date
from sealyard.keystore.sealing import Sealer
from sealyard.services.trust.changefeed import TrustChangeFeed
from sealyard.services.trust.collections import CollectionName
from sealyard.services.trust.deletion import TrustDeletion
from sealyard.services.trust.keys import TrustKeys
from sealyard.services.trust.publishing import TrustPublishing
from sealyard.services.trust.reading import TrustReading
from sealyard.services.trust.renewal import TrustRenewal
from sealyard.services.trust.state import SigningRules
from sealyard.trust.limits import Lifetimes, TrustLimits
from sealyard.trust.roles import RoleName
from sealyard.trust.trusted_set import TrustedSet
from sealyard.trust.update import UploadedFile
from trust_owner import GUN, NOW, Owner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

PREFIXES = ("localhost:5443/", "registry.example/")
NAME = CollectionName.parse(GUN, PREFIXES)
ADDRESS = "192.0.2.7"
SIGNER = {Action.PULL, Action.PUSH, Action.SIGN, Action.DELETE}


def caller(*actions: Action, name: str = "alice", access: Rights | None = None) -> Caller:
    """Return somebody who may do ``actions`` everywhere."""
    principal = Principal(f"id-of-{name}", name, PrincipalKind.USER)
    return Caller(principal, ADDRESS, Rights(frozenset(actions)), access)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.now

    def advance(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@dataclass
class Worker:
    """One worker; several of them over one ``folder`` and ``generations`` share the state."""

    folder: Path
    generations: Generations = field(default_factory=Generations.private)
    clock: Clock = field(default_factory=Clock)
    algorithm: str = "ecdsa"
    limits: TrustLimits = field(default_factory=TrustLimits)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    enabled: Callable[[], bool] = lambda: True

    def __post_init__(self) -> None:
        self.database = Database(self.folder / "test.db", self.generations)
        bring_up_to_date(self.database)
        rules = SigningRules(self.lifetimes, self.limits)
        database, clock = self.database, self.clock
        self.keys = TrustKeys(database, Sealer(bytes(32)), clock, self.algorithm)
        self.publishing = TrustPublishing(
            database, self.keys, clock, rules, lambda _connection: self.enabled()
        )
        self.renewal = TrustRenewal(database, self.keys, clock, rules)
        self.reading = TrustReading(database, self.renewal, clock, self.limits)
        self.deletion = TrustDeletion(database, clock)
        self.changes = TrustChangeFeed(database)

    def turn(self, *, enabled: bool) -> None:
        """Turn the content trust policy on or off, as seen by every worker."""
        self.enabled = lambda: enabled
        self.generations.touch("policy")

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    async def owner(self, name: CollectionName = NAME) -> Owner:
        """Return an owner who has asked for the registry's keys."""
        signer = caller(*SIGNER)
        snapshot = await self.keys.present(signer, name, "snapshot")
        timestamp = await self.keys.present(signer, name, "timestamp")
        return Owner(snapshot, timestamp, gun=name.gun, now=self.clock.now)

    async def published(self, name: CollectionName = NAME) -> Owner:
        """Return an owner who has published a root and targets."""
        owner = await self.owner(name)
        await self.publish(name, root=owner.root_file(), targets=owner.targets_file())
        return owner

    async def publish(
        self, name: CollectionName = NAME, who: Caller | None = None, /, **files: bytes
    ) -> None:
        """Publish; roles are spelled with ``__`` for the slash."""
        uploads = [
            UploadedFile(RoleName.parse(role.replace("__", "/")), raw)
            for role, raw in files.items()
        ]
        await self.publishing.publish(who or caller(*SIGNER), name, uploads)

    async def raw(self, role: str, name: CollectionName = NAME) -> bytes:
        """Return the current bytes of ``role``."""
        return (await self.reading.current(caller(Action.PULL), name, role)).content

    async def believed(self, name: CollectionName = NAME, *roles: str) -> TrustedSet:
        """Walk the current files as a fresh client does."""
        root = await self.raw("root", name)
        trusted = TrustedSet.on_first_use(name.gun, root, self.clock.now, self.limits)
        trusted.finish_roots()
        trusted.update_timestamp(await self.raw("timestamp", name))
        trusted.update_snapshot(await self.raw("snapshot", name))
        for role in ("targets", *roles):
            trusted.update_targets(await self.raw(role, name), role)
        return trusted

    def log(self) -> list[Activity]:
        """Return the activity log, oldest first."""

        def read(connection: Connection) -> list[Activity]:
            return ActivityStore(connection).page(ActivityFilter(), 1000)

        return self.database.read_now(read)[::-1]
