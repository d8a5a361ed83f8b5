"""A repository's owner: holds the keys, keeps the last published files, makes the next.

The makers return what a well-behaved client would publish next; a case bends one thing of
it. Nothing is remembered of an update until ``publish`` saw it accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from notary_conformance import metadata
from notary_conformance.answer import Answer, disagree
from notary_conformance.certificates import CertificateForm, certified
from notary_conformance.keys import KeyPair, PublicKey, ecdsa_key
from notary_conformance.metadata import Role, signed_file
from notary_conformance.multipart import parts_of
from notary_conformance.reader import OK
from notary_conformance.signatures import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notary_conformance.canonical import Object
    from notary_conformance.session import Collection

READ_STATE = ("root.json", "timestamp.json", "snapshot.json", "targets.json")
Files = dict[str, bytes]


@dataclass
class Owner:
    """The one who may sign for ``collection``. ``snapshot_key`` is None: the server has it."""

    collection: Collection
    targets_key: KeyPair = field(default_factory=ecdsa_key)
    second_targets_key: KeyPair | None = None
    snapshot_key: KeyPair | None = None
    published: Files = field(default_factory=dict)

    @cached_property
    def root_key(self) -> KeyPair:
        """Return the root key, in the certificate that clients would make."""
        return self.certified(ecdsa_key())

    @cached_property
    def server_timestamp(self) -> PublicKey:
        """Return the timestamp key the server gave."""
        return self.server_key("timestamp")

    @cached_property
    def server_snapshot(self) -> PublicKey:
        """Return the snapshot key the server gave."""
        return self.server_key("snapshot")

    def certified(self, key: KeyPair, **form: Any) -> KeyPair:  # noqa: ANN401 - passed on
        """Return ``key`` in a certificate for this GUN."""
        return certified(key, CertificateForm(**{"common_name": self.collection.gun, **form}))

    def server_key(self, role: str) -> PublicKey:
        """Ask the server which key it will sign ``role`` with."""
        answer = self.collection.get(f"{role}.key")
        if answer.status != OK:
            disagree(f"GET {role}.key: {answer.in_brief()}")
        return key_of(answer.json())

    def roles(self, **other: Role) -> dict[str, Role]:
        """Return the roles of the next root; ``other`` replaces some."""
        snapshot = self.snapshot_key.named if self.snapshot_key else self.server_snapshot
        usual = {
            "root": Role((self.root_key.named,)),
            "targets": Role((self.targets_key.named,)),
            "snapshot": Role((snapshot,)),
            "timestamp": Role((self.server_timestamp,)),
        }
        return {**usual, **other}

    def root(self, version: int = 1, **other: Role) -> Object:
        """Return the ``signed`` part of a root."""
        return metadata.root(self.roles(**other), version=version)

    def sign_root(self, signed: Object, *more: KeyPair) -> bytes:
        """Return a root signed by the owner's root key and ``more``."""
        return signed_file(signed, (self.root_key, *more))

    def sign_targets(self, signed: Object) -> bytes:
        """Return a targets file signed by the owner's targets key."""
        return signed_file(signed, (self.targets_key,))

    def targets(self, version: int = 2, **form: Any) -> bytes:  # noqa: ANN401 - passed on
        """Return a good targets file with one tag in it."""
        entries = {"1.0": metadata.target()}
        return self.sign_targets(metadata.targets(entries, version=version, **form))

    def snapshot(self, files: Mapping[str, bytes], version: int, **form: Any) -> bytes:  # noqa: ANN401 - passed on
        """Return a snapshot of the published files as ``files`` change them."""
        if self.snapshot_key is None:
            raise TypeError(self.snapshot_key)
        over = {**self.published, **files}
        over.pop("snapshot", None)
        return signed_file(metadata.snapshot(over, version=version, **form), (self.snapshot_key,))

    def first_files(self) -> Files:
        """Return what a client sends for a new repository."""
        files = {"root": self.sign_root(self.root()), "targets": self.targets(version=1)}
        if self.snapshot_key is not None:
            files["snapshot"] = self.snapshot(files, version=1)
        return files

    def post(self, files: Mapping[str, bytes]) -> Answer:
        """Send an update of whole files."""
        return self.collection.post(parts_of(files))

    def publish(self, files: Mapping[str, bytes]) -> None:
        """Send an update that has to be accepted."""
        answer = self.post(files)
        if answer.status != OK:
            disagree(f"a good update was refused: {answer.in_brief()}")
        self.published.update(files)

    def publish_first(self) -> None:
        """Make the repository."""
        self.publish(self.first_files())

    def state(self) -> dict[str, tuple[int, bytes]]:
        """Return what readers see now, to compare with later."""
        answers = {name: self.collection.get(name) for name in READ_STATE}
        return {name: (answer.status, answer.body) for name, answer in answers.items()}
