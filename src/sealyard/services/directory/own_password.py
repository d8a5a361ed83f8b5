"""Changing one's own password: for whoever was given one by an Owner and wants one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.errors import InvalidCredentialsError
from sealyard.access.principals import PrincipalKind
from sealyard.db.activity import ActivityStore
from sealyard.services.directory.passwords import acceptable
from sealyard.services.directory.users import replace_password
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.services.directory.passwords import Passwords
    from sealyard.services.directory.sign_in import SignIn


class OwnPasswordService:
    """Lets users change their passwords themselves."""

    def __init__(
        self,
        database: Database,
        sign_in: SignIn,
        passwords: Passwords,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._sign_in = sign_in
        self._passwords = passwords
        self._clock = clock

    async def change(self, caller: Caller, current: str, wanted: str) -> None:
        """Replace the caller's password and end its sign-ins, this one too.

        The present password has to be shown again: a token that was stolen does not take the
        account over. Raise ``InvalidCredentialsError``, ``TooManyRequestsError`` or
        ``InvalidNameError``.
        """
        principal = caller.principal
        if principal.kind is not PrincipalKind.USER:
            raise InvalidCredentialsError
        shown = await self._sign_in.with_password(principal.name, current, caller.address)
        hashed = await self._passwords.hash(acceptable(wanted, principal.name))

        def work(transaction: Transaction) -> None:
            now = self._clock()
            shown.standing(transaction.connection, now)  # it may have been changed meanwhile
            replace_password(transaction, principal.object_id, hashed, now)
            ActivityStore(transaction.connection).record(
                done(caller, now, "user.password", user=principal.name)
            )

        await self._database.write(work)
