"""The next state of a repository's trust data, as its owner makes it.

::

    Draft.first(…)  or  Draft.of(what is published)
        ─▶ add_target, remove_target, declare, withdraw, replace_keys, …
        ─▶ files(signer, holds): the files that have changed, signed, to be published together

Pure: the private keys stay behind a ``Signer``, the clock is a value. The files are those that
notary's Go code would write, so that docker and notary read them from any trust server.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from sealyard.trust.errors import BadHierarchyError, KeysNotHeldError
from sealyard.trust.generation import next_snapshot, signed
from sealyard.trust.instants import format_instant
from sealyard.trust.metadata import (
    DelegationRole,
    Delegations,
    KeyObject,
    RoleKeys,
    Root,
    Targets,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from sealyard.trust.generation import Signer
    from sealyard.trust.keys import PublicKey
    from sealyard.trust.metadata import FileInfo, Snapshot
    from sealyard.trust.trusted_set import TrustedSet

RELEASES: Final = "targets/releases"
EVERYTHING: Final = ("",)  # the prefix of every name
RENEWED_WITHIN: Final = timedelta(days=183)  # of a root's expiry: docker renews it then, too

_ROOT_LIFETIME: Final = timedelta(days=3650)  # docker's, notary-v1 C.3
_LIFETIME: Final = timedelta(days=1095)
_BASE: Final = ("root", "targets", "snapshot", "timestamp")


@dataclass(slots=True)
class Draft:
    """Contents by role, and which of them differ from what is published.

    ``published`` holds the version of each role that is; whoever declares a delegation anew of
    which the server still has a file adds it. ``before`` is the root that is published: its root
    keys have to sign a new one too.
    """

    now: datetime
    root: Root
    targets: dict[str, Targets]
    before: Root | None = None
    snapshot: Snapshot | None = None
    published: dict[str, int] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    @classmethod
    def first(cls, keys: Mapping[str, PublicKey], now: datetime) -> Draft:
        """Begin the trust data of a repository. ``keys`` has one for each of the base roles.

        That for ``root`` stands in a certificate for the GUN.
        """
        root = Root(
            type="Root",
            consistent_snapshot=False,  # notary fetches by hash all the same
            expires="",
            keys={key.id: KeyObject.of(key) for key in keys.values()},
            roles={role: RoleKeys(keyids=[keys[role].id], threshold=1) for role in _BASE},
            version=0,
        )
        return cls(now, root, {"targets": _empty()}, changed={"root", "targets"})

    @classmethod
    def of(cls, trusted: TrustedSet, now: datetime) -> Draft:
        """Begin with what is published."""
        files = trusted.targets.items()
        published = {role: file.version for role, file in files} | {"root": trusted.root.version}
        if trusted.snapshot is not None:
            published["snapshot"] = trusted.snapshot.version
        return cls(
            now,
            trusted.root.content,
            {role: file.content for role, file in files},
            before=trusted.root.content,
            snapshot=None if trusted.snapshot is None else trusted.snapshot.content,
            published=published,
        )

    @property
    def delegations(self) -> Delegations:
        """The delegations that ``targets`` declares."""
        return self.targets["targets"].delegations

    def target(self, role: str, name: str) -> FileInfo | None:
        """Return what ``role`` says of ``name``."""
        content = self.targets.get(role)
        return None if content is None else content.targets.get(name)

    def add_target(self, role: str, name: str, info: FileInfo) -> None:
        """Have ``role`` say that ``name`` is ``info``; what it says already is not said again."""
        content = self.targets.get(role) or _empty()
        if content.targets.get(name) != info:
            self.targets[role] = replace(content, targets={**content.targets, name: info})
            self.changed.add(role)

    def remove_target(self, role: str, name: str) -> None:
        """Have ``role`` say nothing of ``name`` any more."""
        content = self.targets.get(role)
        if content is not None and name in content.targets:
            left = {known: info for known, info in content.targets.items() if known != name}
            self.targets[role] = replace(content, targets=left)
            self.changed.add(role)

    def sign_again(self, role: str) -> None:
        """Publish ``role`` with a new expiry although nothing in it has changed."""
        if role not in self.targets and role != "root":
            self.targets[role] = _empty()
        self.changed.add(role)

    def declare(
        self, role: str, keys: Iterable[PublicKey], paths: Iterable[str] = EVERYTHING
    ) -> None:
        """Let ``keys``, besides those that already do, sign for ``role`` below ``targets``."""
        known = self.delegations.find(role)
        added = {key.id: KeyObject.of(key) for key in keys}
        if known is None:
            declared = DelegationRole(
                keyids=sorted(added), name=role, threshold=1, paths=list(paths)
            )
        else:
            # Without paths, as notary may leave a role, it could sign nothing.
            declared = replace(
                known,
                keyids=sorted({*(known.keyids or ()), *added}),
                paths=known.paths or list(paths),
            )
        self._delegate(declared, added)

    def replace_signing_keys(self, role: str, keys: Iterable[PublicKey]) -> None:
        """Let exactly ``keys`` sign for the delegation ``role``."""
        known = self.delegations.find(role)
        if known is None:
            message = f"{role} is not declared"
            raise BadHierarchyError(message, missing=role)
        new = {key.id: KeyObject.of(key) for key in keys}
        self._delegate(replace(known, keyids=sorted(new)), new)

    def withdraw(self, role: str) -> None:
        """Declare ``role`` no more: nobody asks it any longer, whatever it says."""
        left = [declared for declared in self.delegations.declared if declared.name != role]
        self._set_delegations(Delegations(keys=self.delegations.keys, roles=left))
        below = [name for name in self.targets if name == role or name.startswith(f"{role}/")]
        for name in below:
            del self.targets[name]
        self.changed.difference_update(below)

    def replace_keys(self, role: str, key: PublicKey) -> None:
        """Give the base role ``role`` to ``key`` alone.

        The keys of earlier roots stay in the file, as docker leaves them; what the old key of
        ``targets`` had signed is signed anew.
        """
        spec = self.root.roles[role]
        keys = {**self.root.keys, key.id: KeyObject.of(key)}
        roles = {**self.root.roles, role: RoleKeys(keyids=[key.id], threshold=1)}
        used = {keyid for one in roles.values() for keyid in one.keyids}
        if role != "root":
            for keyid in set(spec.keyids) - used:
                keys.pop(keyid, None)
        self.root = replace(self.root, keys=keys, roles=roles)
        self.changed.add("root")
        if role == "targets":
            self.changed.add("targets")

    def files(self, signer: Signer, holds: Callable[[PublicKey], bool]) -> dict[str, bytes]:
        """Return the changed files by role, each one version up, parents before children.

        ``holds`` tells which keys ``signer`` can sign with; it is asked for a key under the id that
        the file gives it. Raise ``KeysNotHeldError`` if they are too few for a role. A snapshot is
        among the files only where its key is held here and not by the registry.
        """
        order = sorted(self.changed, key=lambda role: (role != "root", role.count("/"), role))
        made = {role: self._file(role, signer, holds) for role in order}
        keys, _ = self.root.role("snapshot")
        if made and any(holds(key) for key in keys.values()):
            made["snapshot"] = self._snapshot(made, signer, holds)
        return made

    def signing_keys(self, role: str, holds: Callable[[PublicKey], bool]) -> list[PublicKey]:
        """Return the held keys that would sign ``role``; raise ``KeysNotHeldError`` if too few."""
        found: dict[str, PublicKey] = {}
        for keys, threshold in self._wanted(role):
            held = [key for key in keys.values() if holds(key)]
            if len(held) < threshold:
                raise KeysNotHeldError(role, tuple(_filed(key) for key in keys.values()))
            found |= {key.id: key for key in held}
        return list(found.values())

    def _wanted(self, role: str) -> list[tuple[dict[str, PublicKey], int]]:
        if role == "root":
            roots = [self.root] if self.before is None else [self.before, self.root]
            return [root.role("root") for root in roots]
        if role in _BASE:
            return [self.root.role(role)]
        parent = self.targets.get(role.rpartition("/")[0])
        declared = None if parent is None else parent.delegations.find(role)
        if parent is None or declared is None:
            message = f"{role} is not declared"
            raise BadHierarchyError(message, missing=role)
        return [parent.delegations.role_keys(declared)]

    def _file(self, role: str, signer: Signer, holds: Callable[[PublicKey], bool]) -> bytes:
        content = self.root if role == "root" else self.targets[role]
        lifetime = _ROOT_LIFETIME if role == "root" else _LIFETIME
        content = replace(
            content,
            version=self.published.get(role, 0) + 1,
            expires=format_instant(self.now + lifetime),
        )
        return signed(content, self.signing_keys(role, holds), signer)

    def _snapshot(
        self, files: Mapping[str, bytes], signer: Signer, holds: Callable[[PublicKey], bool]
    ) -> bytes:
        version = self.published.get("snapshot", 0) + 1
        content = next_snapshot(self.snapshot, files, version, self.now + _LIFETIME)
        return signed(content, self.signing_keys("snapshot", holds), signer)

    def _delegate(self, declared: DelegationRole, keys: Mapping[str, KeyObject]) -> None:
        before = self.delegations
        known = [one.name for one in before.declared]
        roles = [declared if one.name == declared.name else one for one in before.declared]
        if declared.name not in known:
            roles.append(declared)
        self._set_delegations(Delegations(keys={**before.keys, **keys}, roles=roles))

    def _set_delegations(self, delegations: Delegations) -> None:
        """Keep only keys that somebody uses: a removed signer's key is not shown any longer."""
        used = {keyid for role in delegations.declared for keyid in role.keyids or ()}
        keys = {keyid: key for keyid, key in delegations.keys.items() if keyid in used}
        new = Delegations(keys=keys, roles=delegations.roles)
        if new != self.delegations:
            self.targets["targets"] = replace(self.targets["targets"], delegations=new)
            self.changed.add("targets")


def _empty() -> Targets:
    return Targets(type="Targets", expires="", targets={}, version=0)


def _filed(key: PublicKey) -> str:
    """Return the id under which the private key would be filed."""
    return key.canonical_id
