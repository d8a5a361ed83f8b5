"""The keys that tokens are signed with: made, replaced when they are old, and shared by workers.

A key that was replaced verifies until the last token that it signed has expired.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from sealyard.access.tokens import SigningKey
from sealyard.db.token_keys import TokenKey, TokenKeyStore
from sealyard.keystore.sealing import SealBrokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.db.database import Database, Transaction
    from sealyard.keystore.sealing import Sealer

_TOPIC: Final = "token_keys"


@dataclass(frozen=True, slots=True)
class TokenKeyLimits:
    """When a key is replaced, and for how long after that it is believed.

    ``believed_for`` is at least the longest lifetime of a token.
    """

    replaced_after: timedelta = timedelta(days=30)
    believed_for: timedelta = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Loaded:
    stamp: int
    signing: SigningKey | None
    signing_since: datetime | None
    verifying: Mapping[str, ec.EllipticCurvePublicKey]


class TokenKeys:
    """The key that signs now, and those that are believed."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        clock: Callable[[], datetime],
        limits: TokenKeyLimits,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._limits = limits
        self._loaded: _Loaded | None = None

    async def signing(self) -> SigningKey:
        """Return the key to sign with, making one if there is none or it is old."""
        loaded = await self._load()
        if self._is_due(loaded.signing_since):
            await self._replace()
            loaded = await self._load()
        if loaded.signing is None:
            place = "the token keys"
            raise SealBrokenError(place)
        return loaded.signing

    async def verifying(self) -> Mapping[str, ec.EllipticCurvePublicKey]:
        """Return the public keys that are believed, by key id."""
        return (await self._load()).verifying

    def _is_due(self, since: datetime | None) -> bool:
        return since is None or self._clock() - since >= self._limits.replaced_after

    async def _load(self) -> _Loaded:
        stamp = self._database.generations.stamp(_TOPIC)
        if self._loaded is None or self._loaded.stamp != stamp:
            self._loaded = await self._database.read(
                lambda connection: self._open(connection, stamp)
            )
        return self._loaded

    def _open(self, connection: Connection, stamp: int) -> _Loaded:
        rows = TokenKeyStore(connection).everything()
        verifying = {}
        for row in rows:
            public_key = load_der_public_key(row.public_key)
            if isinstance(public_key, ec.EllipticCurvePublicKey):
                verifying[row.key_id] = public_key
        if not rows:
            return _Loaded(stamp, None, None, verifying)
        newest = rows[0]
        opened = self._sealer.open(newest.sealed_private_key, _place(newest.key_id))
        private_key = load_der_private_key(opened, None)
        if not isinstance(private_key, ec.EllipticCurvePrivateKey):
            raise SealBrokenError(_place(newest.key_id))
        signing = SigningKey(newest.key_id, private_key)
        return _Loaded(stamp, signing, newest.created_at, verifying)

    async def _replace(self) -> None:
        made = self._make()

        def work(transaction: Transaction) -> None:
            store = TokenKeyStore(transaction.connection)
            rows = store.everything()
            # Another worker may have done it while this one waited for the writer.
            if rows and not self._is_due(rows[0].created_at):
                return
            store.add(made)
            for replaced, by in zip(rows, [made, *rows], strict=False):
                if made.created_at - by.created_at >= self._limits.believed_for:
                    store.delete(replaced.key_id)
            transaction.touch(_TOPIC)

        await self._database.write(work)

    def _make(self) -> TokenKey:
        private_key = ec.generate_private_key(ec.SECP256R1())
        key_id = str(uuid.uuid4())
        plain = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return TokenKey(
            key_id=key_id,
            public_key=private_key.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            ),
            sealed_private_key=self._sealer.seal(plain, _place(key_id)),
            created_at=self._clock(),
        )


def _place(key_id: str) -> str:
    return f"token-key/{key_id}"
