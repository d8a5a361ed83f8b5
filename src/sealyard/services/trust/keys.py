"""The registry's keys for snapshots and timestamps: made on request, sealed, never let out.

Which key a client is given follows notary's SQL server: the one that the present root names, else
one that has not signed yet, else a new one. A rotated-in key is pending until a root names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.trust_files import TrustFileStore
from sealyard.db.trust_keys import TrustKeyRow, TrustKeyStore
from sealyard.keystore.sealing import SealBrokenError
from sealyard.services.operations.activity import done
from sealyard.services.trust.refusals import Refusals
from sealyard.trust.keys import ECDSA, ED25519, PublicKey
from sealyard.trust.limits import TrustLimits
from sealyard.trust.next_state import RegistryKeys
from sealyard.trust.signatures import raw_ecdsa_size
from sealyard.trust.signed_file import parse_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.keystore.sealing import Sealer
    from sealyard.services.trust.collections import CollectionName

_LIMITS = TrustLimits()


class TrustKeys:
    """Makes, hands out and uses the registry's keys. ``algorithm`` is that of new ones."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        clock: Callable[[], datetime],
        algorithm: str = ECDSA,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._algorithm = algorithm
        self._refusals = Refusals(database, clock)

    async def present(self, caller: Caller, name: CollectionName, role: str) -> PublicKey:
        """Return the key that signs ``role`` or would, making one if need be; needs ``PUSH``.

        Deliberately not ``SIGN``, nor content trust switched on: clients ask before they publish,
        and only the publish has an answer in which they show the reason of a refusal.
        """
        caller.require(Action.PUSH, name.repository)
        found = await self._database.read(
            lambda connection: self._named_or_unused(connection, name.gun, role)
        )
        return found or await self._make(caller, name, role, self._named_or_unused, "trust.key")

    async def pending(self, caller: Caller, name: CollectionName, role: str) -> PublicKey:
        """Return a key to replace the present one of ``role``; needs ``PUSH`` and ``SIGN``."""
        async with self._refusals.recorded(caller, name, "trust.key.rotate"):
            caller.require(Action.PUSH, name.repository)
            caller.require(Action.SIGN, name.repository)
        return await self._make(caller, name, role, self._unused, "trust.key.rotate")

    def signing(self, rows: Iterable[TrustKeyRow]) -> RegistryKeys:
        """Return the keys of one collection, ready to sign; opened when first used."""
        by_id = {row.key_id: row for row in rows}
        held = {keyid: PublicKey(row.algorithm, row.public_key) for keyid, row in by_id.items()}
        return RegistryKeys(held, lambda keyid, message: self._sign(by_id[keyid], message))

    def _sign(self, row: TrustKeyRow, message: bytes) -> bytes:
        place = _place(row)
        private = load_der_private_key(self._sealer.open(row.sealed_private_key, place), None)
        if isinstance(private, ed25519.Ed25519PrivateKey):
            return private.sign(message)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise SealBrokenError(place)
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
        size = raw_ecdsa_size(private.public_key())
        return r.to_bytes(size) + s.to_bytes(size)

    async def _make(
        self,
        caller: Caller,
        name: CollectionName,
        role: str,
        find: Callable[[Connection, str, str], PublicKey | None],
        kind: str,
    ) -> PublicKey:
        made = self._generated(name.gun, role)

        def work(transaction: Transaction) -> PublicKey:
            found = find(transaction.connection, name.gun, role)
            key = found or PublicKey(made.algorithm, made.public_key)
            if found is None:
                TrustKeyStore(transaction.connection).add(made)
            entry = done(caller, made.created_at, kind, name.repository, role=role, key=key.id)
            ActivityStore(transaction.connection).record(entry)
            return key

        return await self._database.write(work)

    def _generated(self, gun: str, role: str) -> TrustKeyRow:
        private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
        if self._algorithm == ED25519:
            private = ed25519.Ed25519PrivateKey.generate()
        else:
            private = ec.generate_private_key(ec.SECP256R1())
        public = PublicKey.of(private.public_key())
        plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return TrustKeyRow(
            gun=gun,
            role=role,
            key_id=public.id,
            algorithm=public.keytype,
            public_key=public.public,
            sealed_private_key=self._sealer.seal(plain, f"trust-key/{gun}/{role}/{public.id}"),
            created_at=self._clock(),
        )

    def _named_or_unused(self, connection: Connection, gun: str, role: str) -> PublicKey | None:
        root = TrustFileStore(connection).current(gun, "root")
        if root is not None:
            named = parse_root(root.content, _LIMITS).content.roles[role].keyids
            for row in TrustKeyStore(connection).of(gun):
                if row.key_id in named and row.role == role:
                    return PublicKey(row.algorithm, row.public_key)
        return self._unused(connection, gun, role)

    def _unused(self, connection: Connection, gun: str, role: str) -> PublicKey | None:
        for row in TrustKeyStore(connection).of(gun):
            if row.role == role and row.used_at is None and row.algorithm == self._algorithm:
                return PublicKey(row.algorithm, row.public_key)
        return None


def _place(row: TrustKeyRow) -> str:
    return f"trust-key/{row.gun}/{row.role}/{row.key_id}"
