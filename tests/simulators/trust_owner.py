"""The other side of a trust server, in memory: an owner who signs whatever a test asks for.

It keeps the private keys and the latest content of each role, and writes files as docker does.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from sealyard.trust.generation import next_snapshot, signed
from sealyard.trust.instants import format_instant
from sealyard.trust.keys import ECDSA_X509, RSA_X509, PublicKey
from sealyard.trust.metadata import (
    DelegationRole,
    Delegations,
    FileInfo,
    KeyObject,
    RoleKeys,
    Root,
    Targets,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sealyard.trust.metadata import Content

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

GUN = "localhost:5443/team/app"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DIGEST = bytes(range(32))


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key and the public key under which files know it."""

    private: PrivateKey
    public: PublicKey

    @classmethod
    def bare(cls, private: PrivateKey | None = None) -> KeyPair:
        """Make a key without a certificate; P-256 unless ``private`` is given."""
        private = private or ec.generate_private_key(ec.SECP256R1())
        return cls(private, PublicKey.of(private.public_key()))

    @classmethod
    def certified(  # noqa: PLR0913 (what a test varies about a certificate)
        cls,
        gun: str = GUN,
        *,
        private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
        now: datetime = NOW,
        days: int = 3650,
        starts: timedelta = timedelta(),
        authority: bool = False,
    ) -> KeyPair:
        """Make a key in a self-signed certificate for ``gun``."""
        private = private or ec.generate_private_key(ec.SECP256R1())
        certificate = certificate_for(gun, private, now + starts, days, authority=authority)
        kind = ECDSA_X509 if isinstance(private, ec.EllipticCurvePrivateKey) else RSA_X509
        return cls(private, PublicKey(kind, certificate.public_bytes(Encoding.PEM)))

    @property
    def id(self) -> str:
        """The key's id in files."""
        return self.public.id

    def sign(self, message: bytes) -> bytes:
        """Sign as notary does: r‖s, PSS, or plain EdDSA."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(message)
        if isinstance(self.private, rsa.RSAPrivateKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return self.private.sign(message, pss, hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        size = (self.private.curve.key_size + 7) // 8
        return r.to_bytes(size) + s.to_bytes(size)


def certificate_for(
    gun: str,
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    starts: datetime,
    days: int,
    *,
    authority: bool = False,
) -> x509.Certificate:
    """Make a root certificate as docker's client does; ``gun`` may be longer than X.509 allows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, gun, _validate=False)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(starts + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )


def sign_file(content: Content, keys: Iterable[KeyPair]) -> bytes:
    """Return the file of ``content`` signed by ``keys``."""
    pairs = {pair.id: pair for pair in keys}
    return signed(
        content,
        [pair.public for pair in pairs.values()],
        lambda keyid, text: pairs[keyid].sign(text),
    )


def target(number: int = 0) -> FileInfo:
    """Describe some manifest."""
    return FileInfo(hashes={"sha256": DIGEST}, length=523 + number)


@dataclass(slots=True)
class Owner:
    """Holds the root and targets keys of one GUN; the registry holds the other two.

    ``snapshot`` and ``timestamp`` are the registry's public keys, unless the owner is to keep the
    snapshot key itself (``snapshot_pair``).
    """

    snapshot: PublicKey
    timestamp: PublicKey
    gun: str = GUN
    now: datetime = NOW
    root_pair: KeyPair = field(init=False)
    targets_pair: KeyPair = field(default_factory=KeyPair.bare)
    signers: dict[str, list[KeyPair]] = field(default_factory=dict)
    root: Root = field(init=False)
    targets: dict[str, Targets] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root_pair = KeyPair.certified(self.gun, now=self.now)
        self.root = self._root(1)
        self.targets["targets"] = self.empty_targets()

    def _root(self, version: int) -> Root:
        keys = {
            "root": self.root_pair.public,
            "targets": self.targets_pair.public,
            "snapshot": self.snapshot,
            "timestamp": self.timestamp,
        }
        return Root(
            type="Root",
            consistent_snapshot=False,
            expires=format_instant(self.now + timedelta(days=3650)),
            keys={key.id: KeyObject.of(key) for key in keys.values()},
            roles={role: RoleKeys(keyids=[key.id], threshold=1) for role, key in keys.items()},
            version=version,
        )

    def empty_targets(self, version: int = 1) -> Targets:
        """Return the content of a targets file that names nothing."""
        expires = format_instant(self.now + timedelta(days=1095))
        return Targets(type="Targets", expires=expires, targets={}, version=version)

    def root_file(self, *extra: KeyPair) -> bytes:
        """Return the present root, signed by its root key and the ``extra`` ones."""
        return sign_file(self.root, [self.root_pair, *extra])

    def targets_file(self, role: str = "targets") -> bytes:
        """Return the present file of a targets role."""
        pairs = [self.targets_pair] if role == "targets" else self.signers[role]
        return sign_file(self.targets[role], pairs)

    def add(self, *names: str, role: str = "targets") -> bytes:
        """Add targets to a role, as the next version; return the file."""
        present = self.targets[role]
        more = {name: target(number) for number, name in enumerate(names)}
        return self.change(role, targets={**present.targets, **more})

    def change(self, role: str = "targets", **fields: object) -> bytes:
        """Set ``fields`` of a targets role, as the next version unless it is given."""
        present = self.targets[role]
        self.targets[role] = replace(present, **({"version": present.version + 1} | fields))
        return self.targets_file(role)

    def change_root(self, *extra: KeyPair, **fields: object) -> bytes:
        """Set ``fields`` of the root, as the next version unless it is given."""
        self.root = replace(self.root, **({"version": self.root.version + 1} | fields))
        return self.root_file(*extra)

    def rotate_root(self) -> bytes:
        """Give the root role to a new key; return the next root, signed by old and new."""
        before = self.root_pair
        self.root_pair = KeyPair.certified(self.gun, now=self.now)
        self.root = self._root(self.root.version + 1)
        return self.root_file(before)

    def rotate(self, **pairs: PublicKey) -> bytes:
        """Give base roles to other keys; return the next root."""
        for role, key in pairs.items():
            setattr(self, role, key)
        self.root = self._root(self.root.version + 1)
        return self.root_file()

    def rotate_targets(self) -> bytes:
        """Give the targets role to a new key; return the next root."""
        self.targets_pair = KeyPair.bare()
        self.root = self._root(self.root.version + 1)
        return self.root_file()

    def delegate(self, role: str, pairs: list[KeyPair] | None = None, *paths: str) -> bytes:
        """Declare ``role`` in its parent; return the parent's next file."""
        self.signers[role] = pairs if pairs is not None else [KeyPair.bare()]
        self.targets.setdefault(role, self.empty_targets(0))
        parent = role.rpartition("/")[0]
        present = self.targets[parent].delegations
        keys = {pair.id: KeyObject.of(pair.public) for pair in self.signers[role]}
        declared = DelegationRole(
            keyids=list(keys), name=role, threshold=1, paths=list(paths) or [""]
        )
        kept = [one for one in present.declared if one.name != role]
        return self.change(
            parent, delegations=Delegations(keys={**present.keys, **keys}, roles=[*kept, declared])
        )

    def snapshot_file(
        self, pair: KeyPair, version: int, files: Mapping[str, bytes], days: int = 1095
    ) -> bytes:
        """Return a snapshot of ``files`` as a client that keeps the snapshot key makes it."""
        content = next_snapshot(None, files, version, self.now + timedelta(days=days))
        return sign_file(content, [pair])
