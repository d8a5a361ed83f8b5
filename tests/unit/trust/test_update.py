"""Uploads: what may be the next state, and the refusal of everything else, row by row.

The rows are those of notary's own validation, with what it says and what is stricter here.
"""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sealyard.trust.errors import (
    BadHierarchyError,
    BadRootError,
    BadSnapshotError,
    BadTargetsError,
    InvalidUpdateError,
    MetadataFormatError,
    StaleUpdateError,
)
from sealyard.trust.instants import format_instant
from sealyard.trust.keys import PublicKey
from sealyard.trust.metadata import Delegations, KeyObject, RoleKeys
from sealyard.trust.roles import RoleName
from sealyard.trust.signed_file import parse_snapshot
from sealyard.trust.update import UploadedFile, roles_needed
from trust_owner import GUN, NOW, KeyPair, Owner, sign_file, target
from trust_registry import LIMITS, Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealyard.trust.metadata import DelegationRole


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def owner(registry: Registry) -> Owner:
    return registry.owner()


@pytest.fixture
def published(registry: Registry, owner: Owner) -> Registry:
    registry.publish(root=owner.root_file(), targets=owner.targets_file())
    return registry


def refused(
    kind: type[InvalidUpdateError], text: str, registry: Registry, **files: bytes
) -> InvalidUpdateError:
    before = dict(registry.files)
    with pytest.raises(kind, match=re.escape(text)) as caught:
        registry.publish(**files)
    assert type(caught.value) is kind
    assert registry.files == before
    return caught.value


def test_a_first_publish_is_completed_by_snapshot_and_timestamp(
    registry: Registry, owner: Owner
) -> None:
    new = registry.publish(targets=owner.add("v1"), root=owner.root_file())
    assert [file.role for file in new] == ["root", "targets", "snapshot", "timestamp"]
    assert registry.believed().lookup("v1").role == "targets"


def test_later_publishes_need_only_what_changed(published: Registry, owner: Owner) -> None:
    published.publish(targets=owner.add("v1"))
    published.publish(targets=owner.add("v2"))
    trusted = published.believed()
    assert sorted(trusted.targets["targets"].content.targets) == ["v1", "v2"]
    assert trusted.versions() == {"root": 1, "timestamp": 3, "snapshot": 3, "targets": 3}


def test_an_empty_upload_changes_nothing(published: Registry) -> None:
    before = dict(published.files)
    assert published.publish() == ()
    assert published.files == before


def test_a_sent_timestamp_is_thrown_away(published: Registry, owner: Owner) -> None:
    new = published.publish(targets=owner.add("v1"), timestamp=b"not even JSON")
    assert [file.role for file in new] == ["targets", "snapshot", "timestamp"]
    published.believed()


def test_an_update_without_any_root_is_refused(registry: Registry, owner: Owner) -> None:
    text = "no pre-existing root and no root provided in update."
    refused(InvalidUpdateError, text, registry, targets=owner.targets_file())
    refused(InvalidUpdateError, text, registry)


def test_a_first_root_without_targets_is_refused(registry: Registry, owner: Owner) -> None:
    refused(InvalidUpdateError, "targets must be loaded first", registry, root=owner.root_file())


def test_a_first_root_may_have_version_2(registry: Registry, owner: Owner) -> None:
    registry.publish(root=owner.change_root(), targets=owner.targets_file())
    assert registry.files["root"].version == 2


def test_a_first_root_of_version_3_is_refused(registry: Registry, owner: Owner) -> None:
    text = "Root modifications must increment the version. Current 1, new 3"
    root, targets = owner.change_root(version=3), owner.targets_file()
    refused(BadRootError, text, registry, root=root, targets=targets)


def test_a_root_that_skips_a_version_is_refused(published: Registry, owner: Owner) -> None:
    text = "Root modifications must increment the version. Current 1, new 3"
    refused(BadRootError, text, published, root=owner.change_root(version=3))


def test_a_root_of_the_stored_version_is_stale(published: Registry, owner: Owner) -> None:
    with pytest.raises(StaleUpdateError):
        published.publish(root=owner.root_file())


@pytest.mark.parametrize("version", [0, 1])
def test_targets_at_or_below_the_stored_version_are_stale_or_senseless(
    published: Registry, owner: Owner, version: int
) -> None:
    with pytest.raises((StaleUpdateError, BadTargetsError)):
        published.publish(targets=owner.change(version=version))


def test_a_stale_refusal_says_both_versions(published: Registry, owner: Owner) -> None:
    with pytest.raises(StaleUpdateError) as caught:
        published.publish(targets=owner.change(version=1))
    assert (caught.value.role, caught.value.version, caught.value.stored) == ("targets", 1, 1)


def test_gaps_upward_are_fine(published: Registry, owner: Owner) -> None:
    published.publish(targets=owner.change(version=40))
    assert published.files["targets"].version == 40


def test_an_absurd_version_is_refused(published: Registry, owner: Owner) -> None:
    version = LIMITS.version_jump + 2
    refused(BadTargetsError, "leaps too far", published, targets=owner.change(version=version))


def test_a_version_below_one_is_refused(published: Registry, owner: Owner) -> None:
    text = "targets type metadata invalid: version cannot be less than one"
    refused(BadTargetsError, text, published, targets=owner.change(version=0))


@pytest.mark.parametrize(
    ("role", "kind"), [("root", BadRootError), ("targets", BadTargetsError)], ids=str
)
def test_a_wrong_type_is_refused(
    registry: Registry, owner: Owner, role: str, kind: type[InvalidUpdateError]
) -> None:
    files = {"root": owner.root_file(), "targets": owner.targets_file()}
    content = owner.root if role == "root" else owner.targets["targets"]
    files[role] = sign_file(replace(content, type="Bogus"), [owner.root_pair, owner.targets_pair])
    expected = role.capitalize()
    text = f"{role} type metadata invalid: expected type {expected}, not Bogus"
    refused(kind, text, registry, **files)


def test_a_snapshot_in_the_place_of_targets_is_refused(published: Registry) -> None:
    text = "expected type Targets, not Snapshot"
    refused(BadTargetsError, text, published, targets=published.raw("snapshot"))


def test_an_expired_root_is_refused(registry: Registry, owner: Owner) -> None:
    root = owner.change_root(expires="2026-11-22T03:14:38Z")
    text = "root expired at Sun Nov 22 03:14:38 UTC 2026"
    refused(BadRootError, text, registry, root=root, targets=owner.targets_file())


def test_expired_targets_are_refused(published: Registry, owner: Owner) -> None:
    targets = owner.change(expires="2026-11-02T03:14:38.5+02:00")
    text = "targets expired at Mon Nov  2 01:14:38 UTC 2026"
    refused(BadTargetsError, text, published, targets=targets)


def test_an_expired_snapshot_is_refused(published: Registry, owner: Owner) -> None:
    targets = owner.add("v1")
    files = {"root": published.raw("root"), "targets": targets}
    snapshot = owner.snapshot_file(published.snapshot, 2, files, days=-1)
    text = "snapshot expired at"
    refused(BadSnapshotError, text, published, targets=targets, snapshot=snapshot)


def test_lives_without_end_are_refused(registry: Registry, owner: Owner) -> None:
    far = format_instant(NOW + timedelta(days=36500))
    targets = owner.change(expires=far)
    text = "more than 1126 days from now"
    refused(BadTargetsError, text, registry, root=owner.root_file(), targets=targets)
    text = "more than 3681 days from now"
    root = owner.change_root(expires=far)
    refused(BadRootError, text, registry, root=root, targets=owner.targets_file())


def test_a_foreign_signature_is_refused(published: Registry, owner: Owner) -> None:
    owner.targets_pair = KeyPair.bare()
    text = "valid signatures did not meet threshold for targets"
    refused(BadTargetsError, text, published, targets=owner.add("v1"))


def test_an_empty_list_of_signatures_is_refused(published: Registry, owner: Owner) -> None:
    content = replace(owner.targets["targets"], version=2)
    targets = sign_file(content, [])
    refused(BadTargetsError, "tuf: data has no signatures", published, targets=targets)


def test_a_rotated_root_is_taken_when_old_and_new_key_have_signed(
    published: Registry, owner: Owner
) -> None:
    published.publish(root=owner.rotate_root())
    assert published.files["root"].version == 2
    trusted = published.believed()
    assert trusted.root.content.roles["root"].keyids == [owner.root_pair.id]


def test_a_root_not_signed_by_the_old_root_is_refused(published: Registry, owner: Owner) -> None:
    owner.rotate_root()
    text = (
        "could not rotate trust to a new trusted root: "
        "failed to validate data with current trusted certificates"
    )
    refused(BadRootError, text, published, root=owner.root_file())


def test_a_root_not_signed_by_itself_is_refused(published: Registry, owner: Owner) -> None:
    before = owner.root_pair
    owner.rotate_root()
    root = sign_file(owner.root, [before])
    text = "could not validate the path to a trusted root: failed to validate integrity of roots"
    refused(BadRootError, text, published, root=root)


def test_a_root_below_its_own_threshold_is_refused(registry: Registry, owner: Owner) -> None:
    spec = RoleKeys(keyids=[owner.root_pair.id], threshold=2)
    root = owner.change_root(roles={**owner.root.roles, "root": spec})
    text = "failed to validate integrity of roots"
    refused(BadRootError, text, registry, root=root, targets=owner.targets_file())


def _other_name(_owner: Owner) -> KeyPair:
    return KeyPair.certified("localhost:5443/team/other")


def _expired(_owner: Owner) -> KeyPair:
    return KeyPair.certified(starts=timedelta(days=-10), days=9)


def _without_certificate(_owner: Owner) -> KeyPair:
    return KeyPair.bare()


def _authority(_owner: Owner) -> KeyPair:
    return KeyPair.certified(authority=True)


@pytest.mark.parametrize("make", [_other_name, _expired, _without_certificate, _authority])
def test_a_root_key_that_does_not_stand_for_the_gun_is_refused(
    registry: Registry, owner: Owner, make: Callable[[Owner], KeyPair]
) -> None:
    owner.root_pair = make(owner)
    owner.rotate()
    text = (
        "could not validate the path to a trusted root: unable to retrieve valid leaf certificates"
    )
    root, targets = owner.root_file(), owner.targets_file()
    refused(BadRootError, text, registry, root=root, targets=targets)


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_a_root_without_one_of_the_roles_is_refused(
    registry: Registry, owner: Owner, role: str
) -> None:
    roles = {name: spec for name, spec in owner.root.roles.items() if name != role}
    root = owner.change_root(roles=roles)
    text = f"root type metadata invalid: missing {role} role specification"
    refused(BadRootError, text, registry, root=root, targets=owner.targets_file())


def test_a_threshold_below_one_is_refused(registry: Registry, owner: Owner) -> None:
    spec = RoleKeys(keyids=[owner.root_pair.id], threshold=0)
    root = owner.change_root(roles={**owner.root.roles, "root": spec})
    text = "root type metadata invalid: invalid threshold specified for root: 0"
    refused(BadRootError, text, registry, root=root, targets=owner.targets_file())


def test_a_key_id_without_its_key_is_refused(registry: Registry, owner: Owner) -> None:
    spec = RoleKeys(keyids=["00"], threshold=1)
    root = owner.change_root(roles={**owner.root.roles, "targets": spec})
    text = "key ID 00 specified in targets without corresponding key"
    refused(BadRootError, text, registry, root=root, targets=owner.targets_file())


def test_a_delegation_key_id_without_its_key_is_refused(published: Registry, owner: Owner) -> None:
    owner.delegate("targets/alice")
    declared = owner.targets["targets"].delegations
    targets = owner.change(delegations=Delegations(keys={}, roles=declared.roles))
    text = "specified in targets/alice without corresponding key"
    refused(BadTargetsError, text, published, targets=targets)


def test_a_key_under_a_foreign_id_is_refused(registry: Registry, owner: Owner) -> None:
    wrong = "11" * 32
    keys = {**owner.root.keys, wrong: owner.root.keys[owner.targets_pair.id]}
    roles = {**owner.root.roles, "targets": RoleKeys(keyids=[wrong], threshold=1)}
    root = owner.change_root(keys=keys, roles=roles)
    targets = owner.targets_file().replace(owner.targets_pair.id.encode(), wrong.encode())
    text = "key ID is not valid for key content"
    refused(BadRootError, text, registry, root=root, targets=targets)


@pytest.mark.parametrize("role", ["snapshot", "timestamp"])
def test_a_key_of_the_registry_under_other_content_is_refused(
    published: Registry, owner: Owner, role: str
) -> None:
    keyid = getattr(owner, role).id
    keys = {**owner.root.keys, keyid: KeyObject.of(KeyPair.bare().public)}
    text = f"key ID is not valid for key content: {keyid}"
    refused(BadRootError, text, published, root=owner.change_root(keys=keys))


def test_a_role_nobody_knows_may_name_what_it_likes(published: Registry, owner: Owner) -> None:
    mirrors = RoleKeys(keyids=["nowhere"], threshold=1)
    published.publish(root=owner.change_root(roles={**owner.root.roles, "mirrors": mirrors}))
    published.believed()


def test_a_delegation_key_under_other_content_is_refused(published: Registry, owner: Owner) -> None:
    owner.delegate("targets/alice")
    declared = owner.targets["targets"].delegations
    (keyid,) = declared.keys
    keys = {keyid: KeyObject.of(KeyPair.bare().public)}
    targets = owner.change(delegations=Delegations(keys=keys, roles=declared.roles), version=2)
    text = f"key ID is not valid for key content: {keyid}"
    refused(BadTargetsError, text, published, targets=targets)


def test_a_timestamp_key_that_the_registry_lacks_is_refused(
    registry: Registry, owner: Owner
) -> None:
    root = owner.rotate(timestamp=KeyPair.bare().public)
    text = "no timestamp keys exist on the server"
    refused(BadRootError, text, registry, root=root, targets=owner.targets_file())


def test_a_missing_snapshot_that_the_registry_cannot_make_is_refused(
    registry: Registry, owner: Owner
) -> None:
    root = owner.rotate(snapshot=KeyPair.bare().public)
    text = "server does not hold current snapshot key"
    error = refused(BadHierarchyError, text, registry, root=root, targets=owner.targets_file())
    assert isinstance(error, BadHierarchyError)
    assert error.missing == "snapshot"


def test_a_client_may_keep_the_snapshot_key(registry: Registry, owner: Owner) -> None:
    pair = KeyPair.bare()
    files = {"root": owner.rotate(snapshot=pair.public), "targets": owner.targets_file()}
    new = registry.publish(**files, snapshot=owner.snapshot_file(pair, 1, files))
    assert [file.role for file in new] == ["root", "targets", "snapshot", "timestamp"]
    registry.believed()


def test_the_snapshot_key_may_move_to_the_client_and_back(
    published: Registry, owner: Owner
) -> None:
    pair = KeyPair.bare()
    files = {"root": owner.rotate(snapshot=pair.public), "targets": published.raw("targets")}
    published.publish(root=files["root"], snapshot=owner.snapshot_file(pair, 2, files))
    published.believed()
    published.publish(root=owner.rotate(snapshot=published.snapshot.public))
    published.believed()
    assert published.files["snapshot"].version == 3


def test_a_snapshot_with_a_wrong_hash_is_refused(registry: Registry, owner: Owner) -> None:
    files = {"root": owner.root_file(), "targets": owner.targets_file()}
    snapshot = owner.snapshot_file(registry.snapshot, 1, {**files, "targets": b"other"})
    text = "sha512 checksum for targets did not match: expected "
    refused(BadSnapshotError, text, registry, **files, snapshot=snapshot)


def test_a_snapshot_that_would_cut_a_file_off_is_refused(registry: Registry, owner: Owner) -> None:
    files = {"root": owner.root_file(), "targets": owner.targets_file()}
    content = parse_snapshot(owner.snapshot_file(registry.snapshot, 1, files), LIMITS).content
    whole = content.meta["targets"].length
    for length in (whole - 1, whole + 1):
        entry = replace(content.meta["targets"], length=length)
        changed = replace(content, meta={**content.meta, "targets": entry})
        snapshot = sign_file(changed, [registry.snapshot])
        if length < whole:
            text = f"targets is {whole} bytes long, not {length}"
            refused(BadSnapshotError, text, registry, **files, snapshot=snapshot)
        else:
            registry.publish(**files, snapshot=snapshot)


def test_a_snapshot_with_a_wrong_hash_of_a_stored_file_is_refused(
    published: Registry, owner: Owner
) -> None:
    targets = owner.add("v1")
    files = {"root": b"not the stored one", "targets": targets}
    snapshot = owner.snapshot_file(published.snapshot, 2, files)
    text = "sha256 checksum for root did not match"
    refused(BadSnapshotError, text, published, targets=targets, snapshot=snapshot)


@pytest.mark.parametrize("role", ["root", "targets"])
def test_a_snapshot_without_one_of_its_entries_is_refused(
    registry: Registry, owner: Owner, role: str
) -> None:
    files = {"root": owner.root_file(), "targets": owner.targets_file()}
    named = {name: raw for name, raw in files.items() if name != role}
    snapshot = owner.snapshot_file(registry.snapshot, 1, named)
    text = f"snapshot type metadata invalid: missing {role} sha256 checksum information"
    refused(BadSnapshotError, text, registry, **files, snapshot=snapshot)


def test_a_snapshot_that_forgets_a_sent_delegation_is_refused(
    published: Registry, owner: Owner
) -> None:
    targets = owner.delegate("targets/alice")
    alice = owner.add("v1", role="targets/alice")
    files = {"root": published.raw("root"), "targets": targets}
    snapshot = owner.snapshot_file(published.snapshot, 2, files)
    with pytest.raises(BadSnapshotError, match="missing targets/alice sha256"):
        published.publish_files({"targets": targets, "targets/alice": alice, "snapshot": snapshot})


def test_a_snapshot_that_names_what_nobody_has_is_refused(
    published: Registry, owner: Owner
) -> None:
    targets = owner.add("v1")
    files = {"root": published.raw("root"), "targets": targets, "targets/ghost": b"{}"}
    snapshot = owner.snapshot_file(published.snapshot, 2, files)
    text = "it names targets/ghost, which is neither stored nor in this upload"
    refused(BadSnapshotError, text, published, targets=targets, snapshot=snapshot)


def test_a_stale_snapshot_is_refused(published: Registry, owner: Owner) -> None:
    targets = owner.add("v1")
    files = {"root": published.raw("root"), "targets": targets}
    snapshot = owner.snapshot_file(published.snapshot, 1, files)
    with pytest.raises(StaleUpdateError):
        published.publish(targets=targets, snapshot=snapshot)


def test_delegations_work_at_any_depth(published: Registry, owner: Owner) -> None:
    files = {}
    role = "targets"
    for name in ("a", "b", "c", "d"):
        files[role] = owner.delegate(f"{role}/{name}")
        role = f"{role}/{name}"
    files[role] = owner.add("deep", role=role)
    published.publish_files(dict(reversed(files.items())))
    roles = ("targets/a", "targets/a/b", "targets/a/b/c", "targets/a/b/c/d")
    trusted = published.believed(roles)
    assert trusted.find("deep", roles[-1]) is not None


def test_a_signer_publishes_below_stored_targets(published: Registry, owner: Owner) -> None:
    published.publish(targets=owner.delegate("targets/releases"))
    published.publish(targets__releases=owner.add("v1", role="targets/releases"))
    trusted = published.believed(("targets/releases",))
    assert trusted.lookup("v1").role == "targets/releases"


@pytest.mark.parametrize("role", ["targets/releases", "targets/a/b"])
def test_a_delegation_that_nobody_declares_is_refused(
    published: Registry, owner: Owner, role: str
) -> None:
    file = sign_file(owner.empty_targets(), [KeyPair.bare()])
    name = role.replace("/", "__")
    with pytest.raises(BadTargetsError, match="delegation does not exist"):
        published.publish(**{name: file})


@pytest.mark.parametrize("emptied", [[], None], ids=["empty", "null"])
def test_a_list_of_delegations_that_was_emptied_is_accepted_as_go_writes_it(
    published: Registry, owner: Owner, emptied: list[DelegationRole] | None
) -> None:
    published.publish(targets=owner.delegate("targets/a"))
    published.publish(targets=owner.change(delegations=Delegations(keys={}, roles=emptied)))
    with pytest.raises(BadTargetsError, match=r"invalid role targets/a\. delegation"):
        published.publish(targets__a=owner.add("v1", role="targets/a"))


def test_a_delegation_that_lost_its_last_key_is_accepted_as_go_writes_it(
    published: Registry, owner: Owner
) -> None:
    published.publish(targets=owner.delegate("targets/a"))
    (declared,) = owner.targets["targets"].delegations.declared
    keyless = Delegations(keys={}, roles=[replace(declared, keyids=None)])
    published.publish(targets=owner.change(delegations=keyless))
    text = "valid signatures did not meet threshold for targets/a"
    file = owner.add("v1", role="targets/a")
    refused(BadTargetsError, text, published, targets__a=file)


def test_a_delegation_whose_grandparent_dropped_its_parent_is_refused(
    published: Registry, owner: Owner
) -> None:
    files = {"targets": owner.delegate("targets/a"), "targets/a": owner.delegate("targets/a/b")}
    published.publish_files(files)
    published.publish(targets=owner.change(delegations=Delegations(keys={}, roles=[])))
    with pytest.raises(BadTargetsError, match=r"invalid role targets/a\. delegation"):
        published.publish(targets__a__b=owner.add("v1", role="targets/a/b"))


def test_a_delegation_signed_by_a_stranger_is_refused(published: Registry, owner: Owner) -> None:
    published.publish(targets=owner.delegate("targets/alice"))
    owner.signers["targets/alice"] = [KeyPair.bare()]
    text = "valid signatures did not meet threshold for targets/alice"
    file = owner.add("v1", role="targets/alice")
    refused(BadTargetsError, text, published, targets__alice=file)


@pytest.mark.parametrize("name", ["targets/a/b", "targets", "root", "targets/UPPER", "other/a"])
def test_a_declaration_of_anything_but_a_direct_child_is_refused(
    published: Registry, owner: Owner, name: str
) -> None:
    owner.delegate("targets/a")
    declared = owner.targets["targets"].delegations
    roles = [replace(declared.declared[0], name=name)]
    targets = owner.change(delegations=Delegations(keys=declared.keys, roles=roles))
    text = f"targets type metadata invalid: delegation role {name} invalid"
    refused(BadTargetsError, text, published, targets=targets)


def test_a_fraction_anywhere_is_refused(published: Registry, owner: Owner) -> None:
    info = replace(target(), custom={"score": [1.5]})
    text = "json: unsupported value: 1.5"
    refused(BadTargetsError, text, published, targets=owner.change(targets={"v1": info}))


def test_an_integer_beyond_2_to_the_53_is_refused(published: Registry, owner: Owner) -> None:
    info = replace(target(), custom={"count": 2**53 + 1})
    refused(BadTargetsError, "beyond 2^53", published, targets=owner.change(targets={"v1": info}))


def test_custom_data_is_taken(published: Registry, owner: Owner) -> None:
    info = replace(target(), custom={"build": [1, "x", None, True, {"é<&>": -5}]})
    published.publish(targets=owner.change(targets={"v1": info}))
    assert published.believed().lookup("v1").info.custom == info.custom


def test_a_new_root_that_orphans_the_stored_targets_is_refused(
    published: Registry, owner: Owner
) -> None:
    root = owner.rotate_targets()
    error = refused(BadHierarchyError, "send targets signed anew", published, root=root)
    assert isinstance(error, BadHierarchyError)
    assert error.missing == "targets"
    published.publish(root=root, targets=owner.add("v1"))
    published.believed()


def test_a_new_timestamp_key_signs_from_the_root_that_names_it(
    published: Registry, owner: Owner
) -> None:
    pending = published.hold(KeyPair.bare())
    published.publish(root=owner.rotate(timestamp=pending.public))
    timestamp = published.believed().timestamp
    assert timestamp is not None
    assert [signature.keyid for signature in timestamp.signatures] == [pending.id]


@pytest.mark.parametrize("role", ["targets", "targets/alice"])
def test_two_files_for_one_role_are_refused(published: Registry, owner: Owner, role: str) -> None:
    parts = [(role, owner.targets_file()), (role, owner.targets_file())]
    with pytest.raises(InvalidUpdateError, match=f"two files were sent for the role {role}"):
        published.publish_parts(parts)


def _spaced(raw: bytes) -> bytes:
    return raw.replace(b'"signed":', b'"signed": ', 1)


def _newline(raw: bytes) -> bytes:
    return raw + b"\n"


def _unsigned_member(raw: bytes) -> bytes:
    return raw[:-1] + b',"extra":1}'


def _unsigned_in_signature(raw: bytes) -> bytes:
    return raw.replace(b'"method"', b'"extra":1,"method"', 1)


def _reordered(raw: bytes) -> bytes:
    head, _, tail = raw[:-1].rpartition(b',"signatures":')
    return b'{"signatures":' + tail + b"," + head[1:] + b"}"


def _doubled_name(raw: bytes) -> bytes:
    return raw.replace(b'"version":2', b'"version":9,"version":2', 1)


def _spaced_inside(raw: bytes) -> bytes:
    return raw.replace(b'"version":2', b'"version": 2', 1)


def _escaped(raw: bytes) -> bytes:
    return raw.replace(b'"Targets"', rb'"\u0054argets"', 1)


@pytest.mark.parametrize(
    "spoil",
    [
        _spaced,
        _newline,
        _unsigned_member,
        _unsigned_in_signature,
        _reordered,
        _doubled_name,
        _spaced_inside,
        _escaped,
    ],
)
def test_bytes_that_are_not_canonical_are_refused(
    published: Registry, owner: Owner, spoil: Callable[[bytes], bytes]
) -> None:
    raw = owner.add("v1")
    spoiled = spoil(raw)
    assert spoiled != raw
    with pytest.raises(BadTargetsError):
        published.publish(targets=spoiled)
    published.publish(targets=raw)


def test_a_field_that_is_unknown_but_signed_is_taken(published: Registry, owner: Owner) -> None:
    raw = owner.add("v1")
    message = raw[len(b'{"signed":') : raw.rindex(b',"signatures":')]
    changed = message.replace(b'"targets":', b'"spare":{"b":[1]},"targets":', 1)
    signature = owner.targets_pair.sign(changed)
    published.publish(targets=_with_signature(raw.replace(message, changed), signature))
    published.believed()


def _with_signature(raw: bytes, signature: bytes) -> bytes:
    return re.sub(
        rb'"sig":"[^"]*"', b'"sig":"' + base64.b64encode(signature).replace(b"\\", b"") + b'"', raw
    )


def test_names_that_no_go_client_could_write_again_are_refused(
    published: Registry, owner: Owner
) -> None:
    targets = owner.add("line\nbreak")
    refused(BadTargetsError, "not in canonical form", published, targets=targets)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"{}", b'{"signed":1,"signatures":[]}'])
def test_bytes_that_are_no_metadata_are_malformed(published: Registry, raw: bytes) -> None:
    with pytest.raises(MetadataFormatError):
        published.publish(targets=raw)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":2', b'"version":"2"'),
        (b'"version":2', b'"version":2.5'),
        (b'"expires":"20', b'"expires":"x0'),
    ],
)
def test_a_malformed_header_is_malformed(
    published: Registry, owner: Owner, old: bytes, new: bytes
) -> None:
    with pytest.raises(MetadataFormatError):
        published.publish(targets=owner.add("v1").replace(old, new))


def test_too_many_files_signatures_or_bytes_are_refused(published: Registry, owner: Owner) -> None:
    parts = [(f"targets/r{number}", b"{}") for number in range(LIMITS.files + 1)]
    with pytest.raises(InvalidUpdateError, match="over the limit of 128"):
        published.publish_parts(parts)
    raw = owner.add("v1")
    one = raw[raw.rindex(b'{"keyid"') : -2]
    many = raw[:-2] + b"," + b",".join([one] * LIMITS.signatures) + b"]}"
    with pytest.raises(BadTargetsError, match="65 signatures"):
        published.publish(targets=many)
    with pytest.raises(MetadataFormatError, match="bytes are over the limit"):
        published.publish(targets=b" " * (LIMITS.file_bytes + 1))


def test_a_key_larger_than_any_is_refused(published: Registry, owner: Owner) -> None:
    huge = PublicKey("ecdsa", b"-" * (LIMITS.key_bytes + 1))
    keys = {huge.id: KeyObject.of(huge)}
    targets = owner.change(delegations=Delegations(keys=keys, roles=[]))
    refused(BadTargetsError, "over the limit of 16384", published, targets=targets)
    root = owner.change_root(keys={**owner.root.keys, **keys})
    refused(BadRootError, "over the limit of 16384", published, root=root)


def test_the_refusals_are_short_enough_for_clients(published: Registry, owner: Owner) -> None:
    name = "targets/" + "a" * 4000
    owner.delegate("targets/a")
    declared = owner.targets["targets"].delegations
    roles = [replace(declared.declared[0], name=name)]
    targets = owner.change(delegations=Delegations(keys=declared.keys, roles=roles))
    assert len(str(refused(BadTargetsError, "invalid", published, targets=targets))) < 400


def test_only_the_files_that_matter_are_read_from_the_store() -> None:
    def needed(*roles: str) -> set[str]:
        return roles_needed([UploadedFile(RoleName.parse(role), b"") for role in roles])

    always = {"root", "snapshot", "timestamp"}
    assert needed() == always
    assert needed("targets") == always
    assert needed("root") == always | {"targets"}
    assert needed("root", "targets") == always
    assert needed("targets/a/b") == always | {"targets", "targets/a"}
    assert needed("targets/a", "targets") == always


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-3, 40), min_size=1, max_size=8))
def test_stored_versions_only_ever_grow(versions: list[int]) -> None:
    registry = Registry()
    owner = registry.owner()
    registry.publish(root=owner.root_file(), targets=owner.targets_file())
    highest = 1
    for version in versions:
        try:
            registry.publish(targets=owner.change(version=version))
        except (StaleUpdateError, BadTargetsError):
            assert version <= highest
        else:
            assert version > highest
            highest = version
    trusted = registry.believed()
    assert trusted.targets["targets"].version == highest


def test_the_gun_is_the_one_of_the_certificate() -> None:
    registry = Registry(gun="localhost:5443/other")
    owner = Owner(registry.snapshot.public, registry.timestamp.public, gun=GUN)
    root, targets = owner.root_file(), owner.targets_file()
    text = "its certificate is for localhost:5443/team/app, not for localhost:5443/other"
    refused(BadRootError, text, registry, root=root, targets=targets)
