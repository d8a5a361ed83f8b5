"""The content trust policy: on, signers may publish; off again, all trust data is gone for good.

Turning it off deletes the trust data of every repository together with the keys that the registry
holds for them, in the transaction that turns it off; images stay. Nothing can bring it back, so the
caller has to name the registry that it means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.registry import RegistryStore
from sealyard.errors import ConflictError
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction

TOPIC: Final = "policy"


@dataclass(frozen=True, slots=True)
class TrustLoss:
    """What is, or would be, lost: repositories with trust data, and signed tags in them."""

    repositories: int
    signatures: int


class ConfirmationMissingError(ConflictError):
    """Content trust is not turned off without saying so; ``loss`` is what that would delete."""

    def __init__(self, registry: str, loss: TrustLoss) -> None:
        super().__init__(
            f"disabling content trust deletes the trust data of {loss.repositories} repositories "
            f"({loss.signatures} signatures) and their registry-held keys for good; confirm "
            f"exactly that, for {registry}, or look again if it is not what you were shown"
        )
        self.registry = registry
        self.loss = loss


class TrustData(Protocol):
    """What the policy needs of the trust data."""

    def count(self, connection: Connection) -> TrustLoss:
        """Count what there is."""

    def delete_all(self, transaction: Transaction) -> TrustLoss:
        """Delete the trust data and registry-held keys of every repository; return the count."""


class ContentTrustService:
    """Shows and changes the policy."""

    def __init__(
        self, database: Database, trust_data: TrustData, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._trust_data = trust_data
        self._clock = clock

    async def status(self, caller: Caller) -> bool:
        """Return whether content trust is on; needs ``REGISTRY_READ``."""
        caller.require(Action.REGISTRY_READ)
        return await self._database.read(trust_enabled)

    async def loss(self, caller: Caller) -> TrustLoss:
        """Return what turning it off would delete; needs ``POLICY_WRITE``."""
        caller.require(Action.POLICY_WRITE)
        return await self._database.read_aside(self._trust_data.count)

    async def enable(self, caller: Caller) -> None:
        """Let signers publish from now on; needs ``POLICY_WRITE``."""
        caller.require(Action.POLICY_WRITE)

        def work(transaction: Transaction) -> None:
            store = RegistryStore(transaction.connection)
            if store.content_trust():
                return
            store.set_content_trust(enabled=True)
            self._record(transaction, caller, "policy.enable")

        await self._database.write(work)

    async def disable(
        self, caller: Caller, confirmation: str, seen: TrustLoss | None = None
    ) -> TrustLoss:
        """Turn content trust off and delete all trust data for good; needs ``POLICY_WRITE``.

        ``confirmation`` is the registry's name; ``seen`` is the loss that the person who confirmed
        was shown. Raise ``ConfirmationMissingError`` if the name is another one, or if more was
        signed since. Return what was deleted: nothing, if content trust was off already.
        """
        caller.require(Action.POLICY_WRITE)

        def work(transaction: Transaction) -> TrustLoss:
            store = RegistryStore(transaction.connection)
            if not store.content_trust():
                return TrustLoss(0, 0)
            self._require_confirmed(transaction.connection, confirmation, seen)
            lost = self._trust_data.delete_all(transaction)
            store.set_content_trust(enabled=False)
            self._record(
                transaction,
                caller,
                "policy.disable",
                repositories=lost.repositories,
                signatures=lost.signatures,
            )
            return lost

        return await self._database.write(work)

    def _require_confirmed(
        self, connection: Connection, confirmation: str, seen: TrustLoss | None
    ) -> None:
        record = RegistryStore(connection).find()
        name = "" if record is None else record.name
        loss = None if seen is None else self._trust_data.count(connection)
        if confirmation.lower() != name.lower() or loss != seen:
            raise ConfirmationMissingError(name, loss or self._trust_data.count(connection))

    def _record(
        self, transaction: Transaction, caller: Caller, kind: str, **detail: object
    ) -> None:
        transaction.touch(TOPIC)
        transaction.touch("access")
        entry = done(caller, self._clock(), kind, "", policy="content-trust", **detail)
        ActivityStore(transaction.connection).record(entry)


def trust_enabled(connection: Connection) -> bool:
    """Return whether content trust is on; read it in the transaction that depends on it."""
    return RegistryStore(connection).content_trust()
