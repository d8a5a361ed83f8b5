"""Sign-ins on their way: device codes (RFC 8628) and authorization codes (RFC 6749, 4.1).

Both are kept as hashes, for minutes, and used once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

device_sign_ins = Table(
    "device_sign_ins",
    metadata,
    Column("device_code_hash", LargeBinary, primary_key=True),
    Column("user_code", Text, nullable=False, unique=True),
    Column("client_id", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("polled_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
    Index(None, "address"),
)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("object_id", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
)


@dataclass(frozen=True, slots=True)
class DeviceSignIn:
    """A device that waits for a person. ``outcome`` is empty until somebody has decided.

    ``address`` is where the device is, ``polled_at`` when it last asked.
    """

    device_code_hash: bytes
    user_code: str
    client_id: str
    scope: str
    address: str
    expires_at: datetime
    polled_at: datetime
    outcome: str = ""
    object_id: str = ""
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A person who has signed in on our page, on the way back to the client that asked."""

    code_hash: bytes
    object_id: str
    epoch: int
    client_id: str
    redirect_uri: str
    challenge: str
    scope: str
    nonce: str
    expires_at: datetime


class PendingSignInStore:
    """Device and authorization codes over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_device(self, device: DeviceSignIn) -> None:
        """Insert ``device``."""
        self._connection.execute(
            insert(device_sign_ins).values(
                device_code_hash=device.device_code_hash,
                user_code=device.user_code,
                client_id=device.client_id,
                scope=device.scope,
                address=device.address,
                outcome=device.outcome,
                object_id=device.object_id,
                epoch=device.epoch,
                polled_at=to_column(device.polled_at),
                expires_at=to_column(device.expires_at),
            )
        )

    def count_devices(self, address: str) -> tuple[int, int]:
        """Count the devices that wait: all of them, and those at ``address``."""
        counted = select(func.count()).select_from(device_sign_ins)
        everywhere = self._connection.execute(counted).scalar_one()
        here = counted.where(device_sign_ins.c.address == address)
        return everywhere, self._connection.execute(here).scalar_one()

    def device_by_code(self, device_code_hash: bytes) -> DeviceSignIn | None:
        """Return the device with that code."""
        return self._device(device_sign_ins.c.device_code_hash == device_code_hash)

    def device_by_user_code(self, user_code: str) -> DeviceSignIn | None:
        """Return the device whose person was told that code."""
        return self._device(device_sign_ins.c.user_code == user_code)

    def polled(self, device: DeviceSignIn, at: datetime) -> None:
        """Remember that the device asked."""
        self._change(device, polled_at=to_column(at))

    def decide(self, device: DeviceSignIn, outcome: str, object_id: str, epoch: int) -> None:
        """Write down what a person decided, and who."""
        self._change(device, outcome=outcome, object_id=object_id, epoch=epoch)

    def delete_device(self, device: DeviceSignIn) -> None:
        """Delete it: its code has been used."""
        self._connection.execute(
            delete(device_sign_ins).where(
                device_sign_ins.c.device_code_hash == device.device_code_hash
            )
        )

    def add_code(self, code: AuthorizationCode) -> None:
        """Insert an authorization code."""
        self._connection.execute(
            insert(authorization_codes).values(
                code_hash=code.code_hash,
                object_id=code.object_id,
                epoch=code.epoch,
                client_id=code.client_id,
                redirect_uri=code.redirect_uri,
                challenge=code.challenge,
                scope=code.scope,
                nonce=code.nonce,
                expires_at=to_column(code.expires_at),
            )
        )

    def take_code(self, code_hash: bytes) -> AuthorizationCode | None:
        """Return the authorization code with that hash, and delete it: it is good once."""
        chosen = authorization_codes.c.code_hash == code_hash
        row = self._connection.execute(select(authorization_codes).where(chosen)).one_or_none()
        if row is None:
            return None
        self._connection.execute(delete(authorization_codes).where(chosen))
        return AuthorizationCode(
            row.code_hash,
            row.object_id,
            row.epoch,
            row.client_id,
            row.redirect_uri,
            row.challenge,
            row.scope,
            row.nonce,
            from_column(row.expires_at),
        )

    def delete_expired(self, now: datetime) -> None:
        """Delete what nobody used in time."""
        for table in (device_sign_ins, authorization_codes):
            self._connection.execute(delete(table).where(table.c.expires_at <= to_column(now)))

    def _change(self, device: DeviceSignIn, **values: object) -> None:
        self._connection.execute(
            update(device_sign_ins)
            .where(device_sign_ins.c.device_code_hash == device.device_code_hash)
            .values(**values)
        )

    def _device(self, condition: Any) -> DeviceSignIn | None:  # noqa: ANN401 (SQLAlchemy's column expression)
        row = self._connection.execute(select(device_sign_ins).where(condition)).one_or_none()
        return None if row is None else _device(row)


def _device(row: Row[Any]) -> DeviceSignIn:
    return DeviceSignIn(
        device_code_hash=row.device_code_hash,
        user_code=row.user_code,
        client_id=row.client_id,
        scope=row.scope,
        address=row.address,
        expires_at=from_column(row.expires_at),
        polled_at=from_column(row.polled_at),
        outcome=row.outcome,
        object_id=row.object_id,
        epoch=row.epoch,
    )
