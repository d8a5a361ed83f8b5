"""Evidence: weighed against the rows as they are now, whatever it was worth before."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD
from sealyard.access.errors import InvalidCredentialsError
from sealyard.services.directory.evidence import PasswordEvidence
from sealyard.services.directory.principal_secrets import NewSecret

if TYPE_CHECKING:
    from directory_setup import DirectorySetup
    from sealyard.services.directory.evidence import Evidence, Standing


def _weigh(directory: DirectorySetup, evidence: Evidence) -> Standing:
    now = directory.clock()
    return directory.database.read_now(lambda connection: evidence.standing(connection, now))


def test_a_secret_that_ended_is_worth_nothing(directory: DirectorySetup) -> None:
    async def shown() -> PasswordEvidence:
        made = await directory.service_principals.create(directory.owner, "builder")
        wanted = NewSecret(expires_at=directory.clock() + timedelta(minutes=1))
        secret = await directory.secrets.add(directory.owner, made.app_id, wanted)
        return await directory.sign_in.with_password(made.app_id, secret.text, ADDRESS)

    evidence = asyncio.run(shown())
    assert _weigh(directory, evidence).secret_ends_at == directory.clock() + timedelta(minutes=1)
    directory.clock.move(minutes=1)
    with pytest.raises(InvalidCredentialsError):
        _weigh(directory, evidence)


def test_one_principals_secret_is_no_evidence_for_another(directory: DirectorySetup) -> None:
    async def shown() -> PasswordEvidence:
        await directory.users.create(directory.owner, "alice@x.y")
        return await directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ADDRESS)

    evidence = asyncio.run(shown())
    alice = directory.caller("alice").principal.object_id
    with pytest.raises(InvalidCredentialsError):
        _weigh(directory, PasswordEvidence(alice, evidence.key_id))
    with pytest.raises(InvalidCredentialsError):
        _weigh(directory, PasswordEvidence(evidence.object_id, "another"))


def test_a_password_is_remembered_for_a_while_and_not_for_ever(directory: DirectorySetup) -> None:
    evidence = asyncio.run(directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ADDRESS))
    standing = _weigh(directory, evidence)
    assert standing.expires_at == directory.clock() + timedelta(minutes=15)
    assert standing.secret_ends_at is None
