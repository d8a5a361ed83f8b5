"""The next state as its owner makes it, judged by the server's judge and a client's walk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sealyard.trust.draft import RELEASES, Draft
from sealyard.trust.errors import BadHierarchyError, KeysNotHeldError
from sealyard.trust.instants import parse_instant
from sealyard.trust.metadata import FileInfo, Targets
from sealyard.trust.trusted_set import TrustedSet
from trust_owner import GUN, NOW, KeyPair, target
from trust_registry import Registry

if TYPE_CHECKING:
    from sealyard.trust.keys import PublicKey

WIRE = Path(__file__).parents[2] / "data" / "trust" / "wire"
ALICE, BOB = "targets/alice", "targets/bob"


@dataclass
class Hands:
    """The private keys of somebody, and a registry that judges what they publish."""

    registry: Registry = field(default_factory=Registry)
    pairs: dict[str, KeyPair] = field(default_factory=dict)
    roles: tuple[str, ...] = ()

    def new(self, *, certified: bool = False) -> KeyPair:
        pair = KeyPair.certified() if certified else KeyPair.bare()
        self.pairs[pair.id] = pair
        return pair

    def holds(self, key: PublicKey) -> bool:
        return key.id in self.pairs

    def sign(self, keyid: str, message: bytes) -> bytes:
        return self.pairs[keyid].sign(message)

    def files(self, draft: Draft) -> dict[str, bytes]:
        return draft.files(self.sign, self.holds)

    def begin(self) -> Draft:
        keys = {
            "root": self.new(certified=True).public,
            "targets": self.new().public,
            "snapshot": self.registry.snapshot.public,
            "timestamp": self.registry.timestamp.public,
        }
        return Draft.first(keys, NOW)

    def publish(self, draft: Draft) -> list[str]:
        files = self.files(draft)
        self.registry.publish_files(files)
        return list(files)

    def believed(self) -> TrustedSet:
        return self.registry.believed(self.roles)

    def again(self) -> Draft:
        return Draft.of(self.believed(), self.registry.now)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def begun(hands: Hands) -> Hands:
    draft = hands.begin()
    draft.add_target("targets", "v1", target())
    hands.publish(draft)
    return hands


def signed_content(raw: bytes) -> dict[str, object]:
    content: dict[str, object] = json.loads(raw)["signed"]
    return content


def test_the_first_state_is_a_root_and_targets(hands: Hands) -> None:
    assert hands.publish(hands.begin()) == ["root", "targets"]
    trusted = hands.believed()
    assert (trusted.root.version, trusted.targets["targets"].version) == (1, 1)
    assert trusted.root.expires == NOW + timedelta(days=3650)
    assert trusted.targets["targets"].expires == NOW + timedelta(days=1095)


def test_only_what_has_changed_is_signed(begun: Hands) -> None:
    draft = begun.again()
    assert begun.files(draft) == {}
    draft.add_target("targets", "v1", target())
    draft.remove_target("targets", "v9")
    draft.remove_target("targets/nobody", "v1")
    draft.withdraw("targets/nobody")
    assert begun.files(draft) == {}
    draft.add_target("targets", "v2", target())
    assert begun.publish(draft) == ["targets"]
    assert set(begun.believed().targets["targets"].content.targets) == {"v1", "v2"}


def test_a_removed_target_is_gone_and_the_others_stay(begun: Hands) -> None:
    draft = begun.again()
    draft.add_target("targets", "v2", target())
    draft.remove_target("targets", "v1")
    begun.publish(draft)
    assert set(begun.believed().targets["targets"].content.targets) == {"v2"}


def test_a_delegation_signs_once_it_is_declared(begun: Hands) -> None:
    alice = begun.new()
    draft = begun.again()
    draft.declare(ALICE, [alice.public])
    draft.declare(RELEASES, [alice.public])
    for role in (ALICE, RELEASES):
        draft.add_target(role, "v2", target())
    assert begun.publish(draft) == ["targets", ALICE, RELEASES]
    begun.roles = (ALICE, RELEASES)
    assert begun.believed().lookup("v2", (RELEASES,)).role == RELEASES


def test_what_nobody_declares_cannot_be_signed(begun: Hands) -> None:
    for role in (ALICE, "targets/alice/night"):
        draft = begun.again()
        draft.add_target(role, "v2", target())
        with pytest.raises(BadHierarchyError, match=f"{role} is not declared"):
            begun.files(draft)
        with pytest.raises(BadHierarchyError):
            draft.replace_signing_keys(role, [begun.new().public])


def test_keys_are_added_beside_those_that_are_there(begun: Hands) -> None:
    first, second = begun.new(), begun.new()
    draft = begun.again()
    draft.declare(ALICE, [first.public], ["v"])
    draft.declare(ALICE, [second.public])
    declared = draft.delegations.find(ALICE)
    assert declared is not None
    assert declared.keyids == sorted([first.id, second.id])
    assert declared.paths == ["v"], "what a role may sign is not widened on the way"
    before = dict(draft.targets)
    draft.declare(ALICE, [first.public])
    assert draft.targets == before


def test_a_role_that_could_sign_nothing_gets_paths(begun: Hands) -> None:
    draft = begun.again()
    draft.declare(ALICE, [begun.new().public], [])
    draft.declare(ALICE, [begun.new().public])
    declared = draft.delegations.find(ALICE)
    assert declared is not None
    assert declared.covers("anything")


def test_keys_that_nobody_uses_are_not_shown(begun: Hands) -> None:
    alice, bob, both = begun.new(), begun.new(), begun.new()
    draft = begun.again()
    draft.declare(ALICE, [alice.public, both.public])
    draft.declare(BOB, [bob.public, both.public])
    draft.withdraw(ALICE)
    assert set(draft.delegations.keys) == {bob.id, both.id}
    draft.replace_signing_keys(BOB, [bob.public])
    assert set(draft.delegations.keys) == {bob.id}


def test_with_a_role_goes_what_is_below_it(begun: Hands) -> None:
    draft = begun.again()
    draft.declare(ALICE, [begun.new().public])
    for role in (ALICE, "targets/alice/night", "targets/alice2"):
        draft.sign_again(role)
    draft.withdraw(ALICE)
    assert set(draft.targets) == {"targets", "targets/alice2"}
    assert draft.changed == {"targets", "targets/alice2"}


def test_a_removed_role_that_comes_back_goes_on_where_it_ended(begun: Hands) -> None:
    alice = begun.new()
    draft = begun.again()
    draft.declare(ALICE, [alice.public])
    draft.add_target(ALICE, "v2", target())
    begun.publish(draft)
    begun.roles = (ALICE,)
    draft = begun.again()
    draft.withdraw(ALICE)
    begun.publish(draft)
    begun.roles = ()
    draft = begun.again()
    draft.published[ALICE] = 1
    draft.declare(ALICE, [alice.public])
    draft.add_target(ALICE, "v3", target())
    begun.publish(draft)
    assert begun.registry.files[ALICE].version == 2


def test_a_new_root_is_signed_by_the_key_before_and_the_new_one(begun: Hands) -> None:
    first = begun.believed().root
    for number in (2, 3, 4):
        draft = begun.again()
        draft.replace_keys("root", begun.new(certified=True).public)
        assert begun.publish(draft) == ["root"]
        assert begun.believed().root.version == number
    trusted = begun.believed()
    assert len(trusted.root.signatures) == 2
    assert set(first.content.roles["root"].keyids) < set(trusted.root.content.keys)
    assert _walked(begun, first.raw).root.version == 4


def _walked(begun: Hands, first: bytes) -> TrustedSet:
    """Follow the chain of roots from ``first``, as who has it in the cache."""
    trusted = TrustedSet.on_first_use(GUN, first, NOW, begun.registry.limits)
    for number in sorted(begun.registry.roots)[1:]:
        trusted.update_root(begun.registry.roots[number])
    trusted.finish_roots()
    trusted.update_timestamp(begun.registry.raw("timestamp"))
    return trusted


def test_new_targets_keys_sign_the_targets_in_the_same_publish(begun: Hands) -> None:
    old = begun.believed().root.content.roles["targets"].keyids
    draft = begun.again()
    draft.replace_keys("targets", begun.new().public)
    assert begun.publish(draft) == ["root", "targets"]
    content = begun.believed().root.content
    assert content.roles["targets"].keyids != old
    assert set(old).isdisjoint(content.keys)


@pytest.mark.parametrize("role", ["snapshot", "timestamp"])
def test_the_registrys_new_key_needs_only_a_new_root(begun: Hands, role: str) -> None:
    pair = begun.registry.hold(KeyPair.bare())
    draft = begun.again()
    draft.replace_keys(role, pair.public)
    assert begun.publish(draft) == ["root"]
    assert begun.believed().root.content.roles[role].keyids == [pair.id]


def test_who_holds_the_snapshot_key_sends_the_snapshot(begun: Hands) -> None:
    kept = begun.new()
    draft = begun.again()
    draft.replace_keys("snapshot", kept.public)
    draft.add_target("targets", "v2", target())
    assert begun.publish(draft) == ["root", "targets", "snapshot"]
    draft = begun.again()
    draft.add_target("targets", "v3", target())
    assert begun.publish(draft) == ["targets", "snapshot"]
    trusted = begun.believed()
    assert trusted.snapshot is not None
    assert set(trusted.snapshot.content.meta) == {"root", "targets"}
    assert begun.files(begun.again()) == {}


def test_the_missing_keys_are_named_under_the_ids_of_their_files(begun: Hands) -> None:
    root = begun.believed().root.content
    draft = begun.again()
    draft.sign_again("root")
    [keyid] = root.roles["root"].keyids
    pair = begun.pairs.pop(keyid)
    with pytest.raises(KeysNotHeldError) as caught:
        begun.files(draft)
    assert caught.value.role == "root"
    assert caught.value.keyids == (pair.public.canonical_id,)
    assert caught.value.keyids != (keyid,), "a private key is filed without its certificate"


def test_a_root_that_nobody_handed_on_is_not_signed(begun: Hands) -> None:
    """The next root needs the key before it, even if the new one is here."""
    [old] = begun.believed().root.content.roles["root"].keyids
    draft = begun.again()
    draft.replace_keys("root", begun.new(certified=True).public)
    del begun.pairs[old]
    with pytest.raises(KeysNotHeldError):
        begun.files(draft)


def test_no_version_is_ever_lowered_or_skipped(begun: Hands) -> None:
    for number in range(2, 5):
        draft = begun.again()
        draft.sign_again("targets")
        draft.sign_again("root")
        files = begun.files(draft)
        assert {signed_content(raw)["version"] for raw in files.values()} == {number}
        begun.publish(draft)


def test_the_files_are_written_as_docker_writes_them(hands: Hands) -> None:
    """Member for member in the order and the form of a first publish by docker 28.2.2."""
    draft = hands.begin()
    draft.add_target("targets", "1.0", target())
    ours, theirs = hands.files(draft), _parts("first-publish.multipart")
    assert set(ours) == set(theirs)
    for role, raw in theirs.items():
        assert _shape(ours[role]) == _shape(raw)
        assert b" " not in ours[role].replace(b"CERTIFICATE", b"")
        assert not ours[role].endswith(b"\n")


def test_delegations_are_written_as_docker_writes_them(begun: Hands) -> None:
    alice = begun.new()
    draft = begun.again()
    for role in (ALICE, RELEASES):
        draft.declare(role, [alice.public])
        draft.add_target(role, "2.0", target())
    ours, theirs = begun.files(draft), _parts("delegation-publish.multipart")
    assert set(theirs) <= {*ours, "targets/carol"}
    assert _shape(ours[RELEASES]) == _shape(theirs[RELEASES])


def _parts(name: str) -> dict[str, bytes]:
    raw = (WIRE / name).read_bytes()
    boundary = raw.partition(b"\r\n")[0]
    found = {}
    for part in raw.split(boundary)[1:-1]:
        head, _, body = part.partition(b"\r\n\r\n")
        role = head.partition(b'filename="')[2].partition(b'"')[0]
        found[role.decode()] = body.removesuffix(b"\r\n")
    return found


def _shape(raw: bytes) -> object:
    """Return the members in their order, with their kinds in place of what is ever another."""
    return _kinds(json.loads(raw, object_pairs_hook=_Members))


class _Members(list[tuple[str, object]]):
    """The members of an object, in the order of the bytes."""


def _kinds(value: object) -> object:
    if isinstance(value, _Members):
        named = [(_kind(name), _kinds(item)) for name, item in value]
        # Ids are in the order of their digits, which is another every time.
        return sorted(set(map(repr, named))) if all(name == "ID" for name, _ in named) else named
    if isinstance(value, list):
        return [_kinds(item) for item in value][:1]
    return _kind(value)


def _kind(value: object) -> object:
    if not isinstance(value, str):
        return type(value).__name__ if isinstance(value, int) else value
    if len(value) == 64 and set(value) <= set("0123456789abcdef"):
        return "ID"
    if value.startswith("20") and value.endswith("Z"):
        parse_instant(value)
        return "TIME"
    return value if len(value) < 40 and not value[:1].isdigit() and value[-1:] != "=" else "TEXT"


def test_contents_keep_what_others_wrote_into_them(begun: Hands) -> None:
    """Custom data of a target, which docker does not write, is not lost when another is added."""
    draft = begun.again()
    info = FileInfo(hashes={"sha256": bytes(32), "sha512": bytes(64)}, length=3, custom={"a": [1]})
    draft.add_target("targets", "with more", info)
    begun.publish(draft)
    draft = begun.again()
    draft.add_target("targets", "v2", target())
    begun.publish(draft)
    content = begun.believed().targets["targets"].content
    assert isinstance(content, Targets)
    assert content.targets["with more"] == info
