"""The parts that tell who somebody is: passwords, tokens and their keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sealyard.access.tokens import TokenUse
from sealyard.bootstrap.parts import now
from sealyard.services.directory.authentication import Authenticator
from sealyard.services.directory.management_sign_in import ManagementSignIn
from sealyard.services.directory.own_password import OwnPasswordService
from sealyard.services.directory.passwords import Passwords
from sealyard.services.directory.sign_in import SignIn
from sealyard.services.directory.throttle import Throttle, ThrottleLimits
from sealyard.services.directory.token_issue import TokenLifetimes, TokenService
from sealyard.services.directory.token_keys import TokenKeyLimits, TokenKeys

if TYPE_CHECKING:
    from sealyard.db.database import Database
    from sealyard.db.registry import RegistryRecord
    from sealyard.keystore.sealing import Sealer
    from sealyard.settings import Settings


@dataclass(frozen=True, slots=True)
class Identities:
    """Joined once for each worker."""

    passwords: Passwords
    registry: Authenticator
    management: Authenticator
    tokens: TokenService
    sign_in: ManagementSignIn
    own_passwords: OwnPasswordService

    @classmethod
    def over(
        cls, settings: Settings, rows: Database, key: Sealer, record: RegistryRecord
    ) -> Identities:
        """Join them over the database."""
        issuer = record.token_issuer
        passwords = Passwords(settings.password_checks)
        keys = TokenKeys(rows, key, now, TokenKeyLimits())
        sign_in = SignIn(rows, passwords, Throttle(rows, now, ThrottleLimits()), now)
        tokens = TokenService(rows, keys, now, issuer=issuer, lifetimes=_lifetimes(settings))

        def authenticator(use: TokenUse) -> Authenticator:
            return Authenticator(rows, sign_in, keys, now, issuer=issuer, use=use)

        return cls(
            passwords=passwords,
            registry=authenticator(TokenUse.REGISTRY),
            management=authenticator(TokenUse.MANAGEMENT),
            tokens=tokens,
            sign_in=ManagementSignIn(
                rows, sign_in, tokens, keys, now, issuer=issuer, tenant_id=record.tenant_id
            ),
            own_passwords=OwnPasswordService(rows, sign_in, passwords, now),
        )


def _lifetimes(settings: Settings) -> TokenLifetimes:
    return TokenLifetimes(
        registry=timedelta(seconds=settings.token_lifetime),
        management=timedelta(seconds=settings.management_token_lifetime),
        refresh=timedelta(seconds=settings.refresh_token_lifetime),
    )
