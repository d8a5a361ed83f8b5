"""Freeze: old trust data is believed until it expires and not an hour longer, server or not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hostile_trust_server import too_slow
from sealyard.client.errors import (
    ConnectionFailedError,
    ServerRefusedError,
    TrustDataMissingError,
    TrustDataRemovedError,
)
from sealyard.trust.errors import ExpiredMetadataError
from trust_owner import GUN, NOW

if TYPE_CHECKING:
    from hostile_trust_server import Consumer, HostileTrustServer

NO_DATA = (
    f"Error: remote trust data does not exist for {GUN}: localhost:5443 does not have trust data "
    f"for {GUN}"
)
NOTICE = (
    "Error while downloading remote metadata, using cached timestamp - this might not be the "
    "latest version available remotely"
)


def test_an_expired_timestamp_is_not_believed(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    consumer.now = NOW + timedelta(days=15)
    said = f"Error: remote repository {GUN} out-of-date: timestamp expired at Mon Dec  7 12:00:00"
    with consumer.refuses(ExpiredMetadataError, said, "(freeze)", "check the clock"):
        consumer.pull()
    server.stamp(days=30)
    consumer.pull()


@pytest.mark.parametrize("role", ["root", "targets", "snapshot"])
def test_no_other_file_outlives_its_date_either(
    server: HostileTrustServer, consumer: Consumer, role: str
) -> None:
    soon = "2026-11-23T13:00:00Z"
    if role == "root":
        server.publish(root=server.owner.change_root(expires=soon))
    elif role == "targets":
        server.publish(targets=server.owner.change(expires=soon))
    consumer.pull()
    consumer.now = NOW + (timedelta(days=1100) if role == "snapshot" else timedelta(hours=2))
    server.owner.now = consumer.now
    if role == "snapshot":  # an owner who keeps signing does not help where the registry does not
        server.seal({"targets": server.owner.change(expires="2036-01-01T00:00:00Z")})
        server.put("snapshot", server.registry.files["snapshot"].raw)
        server.stamp(days=1200)
    with consumer.refuses(ExpiredMetadataError, f"{role} expired at", "(freeze)"):
        consumer.pull()


def test_without_a_server_the_cache_stands_in_and_says_so_each_time(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    server.go_down()
    for count in (1, 2):
        assert consumer.pull().role == "targets"
        assert len(consumer.notices) == count
        assert consumer.notices[-1].startswith(NOTICE)
        assert "at the latest until 2026-12-07 12:00 UTC" in consumer.notices[-1]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_fails_counts_as_none(
    server: HostileTrustServer, consumer: Consumer, status: int
) -> None:
    consumer.pull()
    server.go_down(status)
    consumer.pull()
    assert consumer.notices[0].startswith(NOTICE)
    consumer.now = NOW + timedelta(days=15)
    with consumer.refuses(ExpiredMetadataError, "freeze"):
        consumer.pull()


def test_a_warm_cache_is_not_believed_for_longer_than_its_timestamp_says(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    server.go_down()
    consumer.now = NOW + timedelta(days=14, seconds=1)
    said = ("timestamp expired", "(freeze)", "Nothing newer can be had: localhost:5443 does not")
    with consumer.refuses(ExpiredMetadataError, *said):
        consumer.pull()
    assert consumer.notices == []


def test_slow_retrieval_is_no_server_at_all(server: HostileTrustServer, consumer: Consumer) -> None:
    server.faults["timestamp.json"] = too_slow
    with consumer.refuses(ConnectionFailedError, "localhost:5443 does not answer"):
        consumer.pull()
    server.faults.clear()
    consumer.pull()
    server.faults["timestamp.json"] = too_slow
    consumer.pull()
    assert consumer.notices[0].startswith(NOTICE)
    consumer.now = NOW + timedelta(days=15)
    with consumer.refuses(ExpiredMetadataError, "freeze", "localhost:5443 does not answer"):
        consumer.pull()


def test_without_a_server_and_without_a_cache_there_is_nothing(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.go_down()
    with consumer.refuses(ConnectionFailedError, "localhost:5443 does not answer"):
        consumer.pull()


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "root"])
def test_half_a_cache_does_not_stand_in(
    server: HostileTrustServer, consumer: Consumer, role: str
) -> None:
    consumer.pull()
    next(consumer.folder.rglob(f"{role}.json")).unlink()
    server.go_down()
    with consumer.refuses(ConnectionFailedError):
        consumer.pull()
    assert consumer.notices == []


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_a_spoiled_cache_does_not_stand_in(
    server: HostileTrustServer, consumer: Consumer, role: str
) -> None:
    consumer.pull()
    path = next(consumer.folder.rglob(f"{role}.json"))
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":3'))
    path.write_bytes(path.read_bytes().replace(b'"version":2', b'"version":3'))
    server.go_down()
    with consumer.refuses(ConnectionFailedError):
        consumer.pull()
    server.faults.clear()
    consumer.pull()


@pytest.mark.parametrize("status", [400, 401, 403, 429])
def test_a_refusal_is_an_answer_and_never_replaced_by_the_cache(
    server: HostileTrustServer, consumer: Consumer, status: int
) -> None:
    consumer.pull()
    server.go_down(status)
    with consumer.refuses(ServerRefusedError, str(status)):
        consumer.pull()
    assert consumer.notices == []


def test_trust_data_that_was_removed_is_not_read_from_the_cache(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.pull()
    server.files.clear()
    removed = ("it was there before and was removed", f"sealyard trust reset {GUN}")
    with consumer.refuses(TrustDataRemovedError, NO_DATA, *removed):
        consumer.pull()
    assert consumer.notices == []


def test_a_repository_without_trust_data_is_told_as_docker_does(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.files.clear()
    with consumer.refuses(TrustDataMissingError):
        consumer.pull()
    with pytest.raises(TrustDataMissingError) as caught:
        consumer.pull()
    assert str(caught.value) == NO_DATA
