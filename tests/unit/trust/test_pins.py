"""Pins decide which roots may speak for a repository, in notary's order and with its words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from sealyard.trust.errors import InvalidPinError, NothingPinnedError, PinMismatchError
from sealyard.trust.keys import ECDSA_X509, PublicKey
from sealyard.trust.limits import TrustLimits
from sealyard.trust.metadata import KeyObject, RoleKeys, Root
from sealyard.trust.pins import Pin, Pins
from sealyard.trust.signed_file import SignedFile, parse_root
from trust_owner import GUN, NOW, KeyPair, Owner, sign_file

OTHER = "0" * 64
MISMATCH = (
    "could not validate the path to a trusted root: unable to match any certificates to "
    "trust_pinning config"
)


@pytest.fixture
def owner() -> Owner:
    return Owner(KeyPair.bare().public, KeyPair.bare().public)


def root(owner: Owner, *signers: KeyPair) -> SignedFile[Root]:
    raw = sign_file(owner.root, signers or [owner.root_pair])
    return parse_root(raw, TrustLimits())


def judge(owner: Owner, *pins: Pin, tofu: bool = True, first_use: bool = True) -> None:
    Pins(pins, tofu).judge(GUN, root(owner), NOW, first_use=first_use)


def ids(*values: str) -> frozenset[str]:
    return frozenset(values)


def test_without_a_pin_the_first_root_is_trusted_unless_that_is_switched_off(owner: Owner) -> None:
    judge(owner)
    judge(owner, tofu=False, first_use=False)
    with pytest.raises(NothingPinnedError) as caught:
        judge(owner, tofu=False)
    assert "could not validate the path to a trusted root: invalid trust pinning" in str(
        caught.value
    )
    assert owner.root_pair.public.canonical_id in str(caught.value)
    assert owner.root_pair.id[:12] in str(caught.value)
    with pytest.raises(NothingPinnedError):
        judge(owner, Pin("localhost:5443/other", ids(OTHER)), tofu=False)


@pytest.mark.parametrize("pattern", [GUN, "localhost:5443/team/*", "localhost*", "*"])
def test_a_pin_is_a_certificate_or_a_root_key(owner: Owner, pattern: str) -> None:
    key = owner.root_pair.public
    for tofu in (True, False):
        judge(owner, Pin(pattern, ids(OTHER, key.id)), tofu=tofu)
        judge(owner, Pin(pattern, root_keys=ids(key.canonical_id)), tofu=tofu)
        # One id or the other, people mix them up; each is a hash of this very key.
        judge(owner, Pin(pattern, ids(key.canonical_id)), tofu=tofu)
        judge(owner, Pin(pattern, root_keys=ids(key.id)), tofu=tofu)
        for first_use in (True, False):
            for wrong in (Pin(pattern, ids(OTHER)), Pin(pattern, root_keys=ids(OTHER))):
                with pytest.raises(PinMismatchError) as caught:
                    judge(owner, wrong, tofu=tofu, first_use=first_use)
                assert str(caught.value).startswith(MISMATCH)
                assert caught.value.keys == (key.id,)


def test_the_most_specific_pin_decides_alone(owner: Owner) -> None:
    right, wrong = ids(owner.root_pair.id), ids(OTHER)
    judge(owner, Pin("localhost:5443/*", wrong), Pin("localhost:5443/team/*", right))
    judge(owner, Pin("localhost:5443/team/app*", wrong), Pin(GUN, right))
    for pins in (
        (Pin("localhost:5443/*", right), Pin("localhost:5443/team/*", wrong)),
        (Pin("localhost:5443/team/app*", right), Pin(GUN, wrong)),
    ):
        with pytest.raises(PinMismatchError):
            judge(owner, *pins)


def test_a_pattern_is_a_beginning_and_nothing_else(owner: Owner) -> None:
    for pattern in ("localhost:5443/team/ap", "ocalhost*", "LOCALHOST*"):
        judge(owner, Pin(pattern, ids(OTHER)))


def test_the_pinned_key_itself_must_have_signed(owner: Owner) -> None:
    """A root that names the pinned key beside one of the attacker's is signed by the latter."""
    attacker = KeyPair.certified()
    both = RoleKeys(keyids=[owner.root_pair.id, attacker.id], threshold=1)
    keys = {**owner.root.keys, attacker.id: KeyObject.of(attacker.public)}
    owner.root = replace(owner.root, keys=keys, roles={**owner.root.roles, "root": both})
    pins = Pins((Pin(GUN, ids(owner.root_pair.id)),))
    pins.judge(GUN, root(owner, owner.root_pair), NOW)
    with pytest.raises(PinMismatchError, match="the pinned key has not signed it"):
        pins.judge(GUN, root(owner, attacker), NOW)


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[str, ec.EllipticCurvePrivateKey],
    *,
    authority: bool,
    days: int = 100,
) -> bytes:
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer[0])]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    return built.sign(issuer[1], hashes.SHA256()).public_bytes(Encoding.PEM)


class Authority:
    """A CA with one CA below it, which issues root certificates."""

    def __init__(self, days: int = 100) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.below = ec.generate_private_key(ec.SECP256R1())
        own = ("CA", self.key)
        self.pem = certificate("CA", self.key, own, authority=True, days=days)
        self.between = certificate("below", self.below, own, authority=True)

    def issued(self, *, direct: bool) -> KeyPair:
        private = ec.generate_private_key(ec.SECP256R1())
        issuer = ("CA", self.key) if direct else ("below", self.below)
        leaf = certificate(GUN, private, issuer, authority=False)
        pem = leaf if direct else leaf + self.between
        return KeyPair(private, PublicKey(ECDSA_X509, pem))


def with_root_key(owner: Owner, pair: KeyPair) -> Owner:
    owner.root_pair = pair
    owner.rotate()
    return owner


@pytest.mark.parametrize("direct", [True, False])
def test_a_ca_stands_behind_what_it_issued(owner: Owner, *, direct: bool) -> None:
    authority = Authority()
    with_root_key(owner, authority.issued(direct=direct))
    judge(owner, Pin("localhost*", authority=authority.pem), tofu=False)
    judge(owner, Pin("localhost*", authority=Authority().pem + authority.pem))
    with pytest.raises(PinMismatchError, match="was not issued by the pinned CA"):
        judge(owner, Pin("localhost*", authority=Authority().pem))


def test_a_ca_does_not_stand_behind_anything_else(owner: Owner) -> None:
    authority = Authority()
    with pytest.raises(PinMismatchError, match="was not issued by the pinned CA"):
        judge(owner, Pin("*", authority=authority.pem))
    # The same names, but other keys: a chain is made of signatures.
    with_root_key(owner, Authority().issued(direct=False))
    with pytest.raises(PinMismatchError, match="was not issued by the pinned CA"):
        judge(owner, Pin("*", authority=authority.pem))


def test_a_ca_that_has_expired_or_may_not_issue_vouches_for_nothing(owner: Owner) -> None:
    authority = Authority(days=0)
    with_root_key(owner, authority.issued(direct=True))
    with pytest.raises(PinMismatchError, match="may issue others today"):
        Pins((Pin("*", authority=authority.pem),)).judge(GUN, root(owner), NOW + timedelta(days=1))
    leaf = authority.issued(direct=True).public.public
    with pytest.raises(PinMismatchError, match="may issue others today"):
        judge(owner, Pin("*", authority=leaf))
    with pytest.raises(PinMismatchError, match="cannot be read"):
        judge(owner, Pin("*", authority=b"nonsense"))


def test_a_pinned_key_is_asked_before_a_ca(owner: Owner) -> None:
    authority = Authority()
    with_root_key(owner, authority.issued(direct=True))
    with pytest.raises(PinMismatchError):
        judge(owner, Pin("localhost*", ids(OTHER)), Pin(GUN, authority=authority.pem))


@pytest.mark.parametrize(
    "wrong",
    [
        {"pattern": ""},
        {"pattern": "a*b"},
        {"pattern": "a**"},
        {"certificates": ids("12")},
        {"root_keys": ids("G" * 64)},
        {"certificates": ids(OTHER.upper().replace("0", "A"))},
        {"certificates": ids()},
    ],
)
def test_a_pin_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"pattern": GUN, "certificates": ids(OTHER), **wrong}
    with pytest.raises(InvalidPinError):
        Pin(**values)  # type: ignore[arg-type] # what a test varies


def test_pins_of_one_pattern_are_taken_together() -> None:
    one, two = Pin(GUN, ids("1" * 64)), Pin(GUN, ids("2" * 64), ids("3" * 64), b"ca")
    (joined,) = Pins((one,)).joined([two, two]).entries
    assert joined == Pin(GUN, ids("1" * 64, "2" * 64), ids("3" * 64), b"ca")
    assert Pins((one,), tofu=False).without(GUN) == Pins((), tofu=False)
