"""The whole directory over a throw-away database, with a clock that tests turn."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from sealyard.access.caller import Caller
from sealyard.access.tokens import TokenUse
from sealyard.db.activity import Activity, ActivityFilter, ActivityStore
from sealyard.db.base import metadata
from sealyard.db.database import Database
from sealyard.db.generations import Generations
from sealyard.db.registry import RegistryRecord, RegistryStore
from sealyard.keystore.sealing import Sealer
from sealyard.services.directory.authentication import Authenticator
from sealyard.services.directory.first_owner import prepare_registry
from sealyard.services.directory.identities import by_any_name, load
from sealyard.services.directory.management_sign_in import ManagementSignIn
from sealyard.services.directory.own_password import OwnPasswordService
from sealyard.services.directory.passwords import Passwords
from sealyard.services.directory.principal_secrets import PrincipalSecretService
from sealyard.services.directory.rbac import RbacService
from sealyard.services.directory.role_assignments import RoleAssignmentService
from sealyard.services.directory.service_principals import ServicePrincipalService
from sealyard.services.directory.sign_in import SignIn
from sealyard.services.directory.throttle import Throttle, ThrottleLimits
from sealyard.services.directory.token_issue import TokenLifetimes, TokenService
from sealyard.services.directory.token_keys import TokenKeyLimits, TokenKeys
from sealyard.services.directory.users import UserService

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

OWNER = "admin@myregistry.local"
OWNER_PASSWORD = "the first owner's password"
ADDRESS = "192.0.2.1"
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    present: datetime = START

    def __call__(self) -> datetime:
        return self.present

    def move(self, **by: float) -> None:
        self.present += timedelta(**by)


@dataclass
class Worker:
    """What one worker process has of its own: it shares the database's rows and stamps."""

    database: Database
    clock: Clock
    record: RegistryRecord
    passwords: Passwords
    limits: ThrottleLimits = field(default_factory=ThrottleLimits)

    def __post_init__(self) -> None:
        issuer = self.record.token_issuer
        sealer = Sealer(bytes(32))
        self.keys = TokenKeys(self.database, sealer, self.clock, TokenKeyLimits())
        throttle = Throttle(self.database, self.clock, self.limits)
        self.sign_in = SignIn(self.database, self.passwords, throttle, self.clock)
        self.authenticator = Authenticator(
            self.database, self.sign_in, self.keys, self.clock, issuer=issuer
        )
        self.management_authenticator = Authenticator(
            self.database,
            self.sign_in,
            self.keys,
            self.clock,
            issuer=issuer,
            use=TokenUse.MANAGEMENT,
        )
        self.tokens = TokenService(
            self.database, self.keys, self.clock, issuer=issuer, lifetimes=TokenLifetimes()
        )
        self.management = ManagementSignIn(
            self.database,
            self.sign_in,
            self.tokens,
            self.keys,
            self.clock,
            issuer=issuer,
            tenant_id=self.record.tenant_id,
        )


class DirectorySetup(Worker):
    """A registry after its first start; ``second_worker`` is another process beside it."""

    @classmethod
    def started(cls, folder: Path, limits: ThrottleLimits | None = None) -> Self:
        generations = Generations.private()
        database = Database(folder / "sealyard.db", generations)
        database.write_now(lambda transaction: metadata.create_all(transaction.connection))
        clock, passwords = Clock(), Passwords(1)
        prepare_registry(database, passwords, clock, name="myregistry", password=OWNER_PASSWORD)
        record = database.read_now(lambda connection: RegistryStore(connection).find())
        assert record is not None
        return cls(database, clock, record, passwords, limits or ThrottleLimits())

    def __post_init__(self) -> None:
        super().__post_init__()
        self.users = UserService(self.database, self.passwords, self.clock)
        self.service_principals = ServicePrincipalService(self.database, self.clock)
        self.secrets = PrincipalSecretService(self.database, self.clock)
        self.own_passwords = OwnPasswordService(
            self.database, self.sign_in, self.passwords, self.clock
        )
        self.rbac = RbacService(self.database, self.clock)
        self.roles = RoleAssignmentService(self.database, self.clock)
        self.second_worker = self.fresh_worker()

    def fresh_worker(self) -> Worker:
        """Return a worker that remembers nothing yet."""
        return Worker(self.database, self.clock, self.record, self.passwords, self.limits)

    @property
    def owner(self) -> Caller:
        return self.caller(OWNER)

    def caller(self, name: str) -> Caller:
        """Return the principal of that name with its present rights."""

        def work(connection: Connection) -> Caller:
            identity = load(connection, by_any_name(connection, name).object_id)
            assert identity is not None, f"{name} is disabled"
            return Caller(identity.principal, ADDRESS, identity.rights)

        return self.database.read_now(work)

    def activity(self, kind: str = "") -> list[Activity]:
        """Return the log, newest first."""
        return self.database.read_now(
            lambda connection: ActivityStore(connection).page(ActivityFilter(kind=kind), 1000)
        )

    def close(self) -> None:
        self.passwords.close()
        self.database.close()


def basic(name: str, secret: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{name}:{secret}".encode())


def bearer(token: str) -> bytes:
    return b"Bearer " + token.encode()
