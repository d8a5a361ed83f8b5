"""Files that do not belong: mixed, swapped, altered, foreign, endless, with something added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec.structs import replace

from hostile_trust_server import LIMITS, HostileTrustServer, endless
from sealyard.trust.errors import (
    CertificateError,
    FileMissingError,
    FileTooLargeError,
    HashMismatchError,
    MetadataFormatError,
    NotSignedError,
    SignatureError,
    TrustError,
)
from sealyard.trust.generation import file_bytes
from sealyard.trust.metadata import FileInfo
from sealyard.trust.signed_file import parse_snapshot, parse_targets
from trust_owner import DIGEST, KeyPair, sign_file
from trust_registry import Registry

if TYPE_CHECKING:
    from hostile_trust_server import Consumer

MIXED = ("potential malicious behavior", "(mix-and-match)", "try again later")
OTHER = FileInfo(hashes={"sha256": DIGEST[::-1]}, length=523)


def sent(raw: bytes) -> httpx.Response:
    return httpx.Response(200, content=iter([raw]))


def test_arbitrary_software_signed_by_a_stranger_is_not_believed(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    content = replace(server.owner.targets["targets"], targets={"v1": OTHER}, version=9)
    server.seal({"targets": sign_file(content, [KeyPair.bare()])})
    said = (
        "potential malicious behavior - trust data has insufficient signatures",
        "valid signatures did not meet threshold for targets",
        "arbitrary software",
    )
    with consumer.refuses(SignatureError, *said):
        consumer.pull()


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "root"])
def test_no_role_is_believed_with_a_strangers_signature(
    server: HostileTrustServer, consumer: Consumer, role: str
) -> None:
    stranger = HostileTrustServer(Registry())
    if role == "root":
        server.publish(root=server.owner.change_root())
        raw = sign_file(server.owner.root, [KeyPair.certified()])
        server.put("root", raw)
        with consumer.refuses(SignatureError, "failed to validate integrity of roots"):
            consumer.pull()
        return
    raw = stranger.present(role)
    server.put(role, raw)
    if role == "snapshot":
        server.stamp()
    with consumer.refuses(SignatureError, f"threshold for {role}", "arbitrary software"):
        consumer.pull()


def test_unsigned_changes_are_noticed(server: HostileTrustServer, consumer: Consumer) -> None:
    file = parse_targets(server.present("targets"), "targets", LIMITS)
    raw = file_bytes(file.content, []).replace(b'"v1"', b'"v9"')
    server.seal({"targets": raw})
    with consumer.refuses(SignatureError, "tuf: data has no signatures"):
        consumer.pull("v9")


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_an_older_file_behind_a_newer_parent_is_a_mix(
    server: HostileTrustServer, consumer: Consumer, role: str
) -> None:
    old = server.present(role)
    server.publish(targets=server.owner.add("v2"))
    server.files[server.name_of(role)] = old
    with consumer.refuses(HashMismatchError, f"checksum for {role} did not match", *MIXED):
        consumer.pull()


def test_a_root_that_the_snapshot_does_not_name_is_a_mix(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    server.publish(root=server.owner.rotate_root())
    held_back = server.saved()["1.root.json"]
    server.files["root.json"] = held_back
    name = f"root.{server.registry.files['root'].sha256}.json"
    server.files[name] = held_back
    with consumer.refuses(HashMismatchError, "checksum for root did not match", *MIXED):
        consumer.pull()
    del server.files[name]
    with consumer.refuses(FileMissingError, f"{name} is not to be had", "(mix-and-match)"):
        consumer.pull()


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_a_file_behind_a_hash_that_is_not_there_is_told(
    server: HostileTrustServer, consumer: Consumer, role: str
) -> None:
    name = server.name_of(role)
    del server.files[name]
    with consumer.refuses(FileMissingError, "trust data missing for remote repository", name):
        consumer.pull()


def test_swapped_tags_are_not_believed(server: HostileTrustServer, consumer: Consumer) -> None:
    server.publish(
        targets=server.owner.change(
            targets={"v1": OTHER, "v2": FileInfo(hashes={"sha256": DIGEST}, length=1)}
        )
    )
    raw = server.present("targets")
    swapped = raw.replace(b'"v1"', b'"vX"').replace(b'"v2"', b'"v1"').replace(b'"vX"', b'"v2"')
    server.files[server.name_of("targets")] = swapped
    with consumer.refuses(HashMismatchError, *MIXED):
        consumer.pull()
    server.seal({"targets": swapped})
    with consumer.refuses(SignatureError, "arbitrary software"):
        consumer.pull()


def test_trust_data_of_another_repository_is_not_believed(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    foreign = HostileTrustServer(Registry(gun="localhost:5443/team/other"))
    server.files = foreign.files
    said = ("its certificate is for localhost:5443/team/other", "a root that nobody vouches for")
    with consumer.refuses(CertificateError, *said, "sealyard trust reset"):
        consumer.pull()


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets"])
def test_endless_data_is_cut_off(server: HostileTrustServer, consumer: Consumer, role: str) -> None:
    name = f"{role}.json" if role in {"root", "timestamp"} else server.name_of(role)
    server.faults[name] = endless
    with consumer.refuses(FileTooLargeError, f"{role} is longer than the", "(endless data)"):
        consumer.pull()


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_not_a_byte_more_is_read_than_the_parent_says(
    server: HostileTrustServer, consumer: Consumer, role: str
) -> None:
    raw = server.present(role)
    server.faults[server.name_of(role)] = lambda _request: sent(raw + b" ")
    with consumer.refuses(FileTooLargeError, f"{role} is longer than the {len(raw)} bytes"):
        consumer.pull()


def test_a_parent_that_allows_endless_data_is_not_obeyed(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    snapshot = parse_snapshot(server.present("snapshot"), LIMITS).content
    large = replace(snapshot.meta["targets"], length=2**50)
    lying = replace(snapshot, meta={**snapshot.meta, "targets": large}, version=9)
    server.put("snapshot", sign_file(lying, [server.registry.snapshot]))
    server.stamp()
    server.faults[server.name_of("targets")] = endless
    limit = LIMITS.file_bytes
    with consumer.refuses(FileTooLargeError, f"targets is longer than the {limit} bytes"):
        consumer.pull()


@pytest.mark.parametrize("more", [b"{}", b"\n\n[]", b"x", b"\0"])
def test_extraneous_data_behind_a_file_is_not_read_over(
    server: HostileTrustServer, consumer: Consumer, more: bytes
) -> None:
    server.files["timestamp.json"] = server.present("timestamp") + more
    with consumer.refuses(MetadataFormatError, "cannot be read: timestamp is not a metadata file"):
        consumer.pull()


@pytest.mark.parametrize("role", ["root", "timestamp", "targets"])
def test_extraneous_members_outside_of_what_is_signed_are_refused(
    server: HostileTrustServer, consumer: Consumer, role: str
) -> None:
    raw = server.present(role).replace(b'{"signed":', b'{"evil":{"v9":1},"signed":', 1)
    if role == "targets":
        server.seal({role: raw})
    server.files[f"{role}.json"] = raw
    with consumer.refuses(MetadataFormatError, f"{role} is not a", "what nobody signed: evil"):
        consumer.pull()


@pytest.mark.parametrize(
    "raw", [b"", b"<html>", b"[]", b"{}", b'{"signed":{},"signatures":[]}', b"[" * 100_000]
)
@pytest.mark.parametrize("role", ["root", "timestamp"])
def test_what_is_no_trust_data_at_all_is_told(
    server: HostileTrustServer, consumer: Consumer, role: str, raw: bytes
) -> None:
    server.files[f"{role}.json"] = raw
    with consumer.refuses(TrustError, "localhost:5443/team/app cannot be read", role):
        consumer.pull()


def test_a_tag_that_nobody_signed_is_told_as_docker_does(consumer: Consumer) -> None:
    with pytest.raises(NotSignedError) as caught:
        consumer.pull("v2")
    assert str(caught.value) == "No valid trust data for v2"
