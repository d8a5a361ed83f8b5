"""What locks ask of a publish: trust data may not say that a locked tag is another image.

Verified pulls take a tag to be what its trust data says, so whoever could publish another digest
for a tag that is locked against being moved would have moved it for all who verify; in a repository
that is locked, that holds for every name. To sign what is there, and to withdraw a signature, is
free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.db.locks import Lock
from sealyard.db.repositories import RepositoryStore
from sealyard.db.tags import TagStore
from sealyard.db.trust_files import TrustFileStore
from sealyard.errors import LockedError
from sealyard.oci.digest import Digest
from sealyard.services.registry.signed_tags import targets_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from sealyard.services.trust.state import Change
    from sealyard.trust.metadata import FileInfo


def require_locked_tags_to_stay(connection: Connection, change: Change) -> None:
    """Pass if ``change`` says nothing new and wrong of a tag that is locked; raise ``LockedError``.

    For the transaction that stores it. What a file said already it may go on saying: it is signed
    anew as a whole whenever anything in it changes.
    """
    repository = change.name.repository
    held = RepositoryStore(connection).find_to_change(repository)
    if held is None:
        return
    whole = Lock.WRITE in held.locks
    present = TagStore(connection).digests(held.id, only_locked=not whole)
    if not present and not whole:
        return
    for file in change.new:
        if file.role != "targets" and not file.role.startswith("targets/"):
            continue
        said = targets_of(file.raw)
        before: Mapping[str, FileInfo] | None = None
        for tag in said if whole else said.keys() & present.keys():
            if _is(said[tag], present.get(tag)):
                continue
            if before is None:
                before = _stored(connection, change.name.gun, file.role)
            if before.get(tag) != said[tag]:
                raise LockedError(repository, "" if whole else tag, Lock.WRITE.attribute)


def _is(target: FileInfo, text: str | None) -> bool:
    if text is None:
        return False
    digest = Digest.parse(text)
    said = target.hashes.get(digest.algorithm)
    return said is not None and said.hex() == digest.hex


def _stored(connection: Connection, gun: str, role: str) -> Mapping[str, FileInfo]:
    file = TrustFileStore(connection).current(gun, role)
    return {} if file is None else targets_of(file.content)
