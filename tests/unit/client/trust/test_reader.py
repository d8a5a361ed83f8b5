"""Reading trust data: which requests, which memory, which notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from hostile_trust_server import Consumer, HostileTrustServer
from sealyard.client.errors import ConnectionFailedError, TrustDataMissingError
from sealyard.client.registry.errors import CertificateRefusedError
from sealyard.trust.errors import RollbackError, SignatureError, TrustError
from sealyard.trust.policy import PullPolicy
from trust_owner import GUN, KeyPair

DATA = Path(__file__).parents[3] / "data" / "trust"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
IN_2016 = datetime(2016, 8, 1, tzinfo=UTC)


@pytest.fixture
def server() -> HostileTrustServer:
    return HostileTrustServer()


@pytest.fixture
def consumer(server: HostileTrustServer, tmp_path: Path) -> Consumer:
    return Consumer(server, tmp_path / "trust")


def test_a_fresh_client_walks_from_the_root_to_the_last_delegation(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    for role in ("targets/alice", "targets/releases"):
        server.publish(targets=server.owner.delegate(role))
    server.publish(targets__alice=server.owner.delegate("targets/alice/night"))
    server.publish(targets__alice__night=server.owner.add("v2", role="targets/alice/night"))
    server.publish(targets__releases=server.owner.add("v2", role="targets/releases"))
    consumer.refresh()
    roles = ("snapshot", "targets", "targets/alice", "targets/alice/night", "targets/releases")
    assert server.asked == [
        "root.json",
        "timestamp.json",
        *(server.name_of(role) for role in roles),
    ]


def test_with_a_cache_only_what_differs_is_fetched(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.publish(targets=server.owner.delegate("targets/releases"))
    server.publish(targets__releases=server.owner.add("v2", role="targets/releases"))
    consumer.refresh()
    server.asked.clear()
    consumer.refresh()
    assert server.asked == ["timestamp.json"]
    server.asked.clear()
    server.publish(targets__releases=server.owner.add("v3", role="targets/releases"))
    consumer.refresh()
    assert server.asked == [
        "timestamp.json",
        server.name_of("snapshot"),
        server.name_of("targets/releases"),
    ]


def test_the_cache_holds_the_bytes_that_came_where_docker_looks_for_them(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.publish(targets=server.owner.delegate("targets/releases"))
    server.publish(targets__releases=server.owner.add("v2", role="targets/releases"))
    consumer.refresh()
    folder = f"tuf/{GUN}/metadata"
    roles = ("root", "timestamp", "snapshot", "targets", "targets/releases")
    assert consumer.cached() == {f"{folder}/{role}.json": server.present(role) for role in roles}


def test_nothing_is_written_that_is_there_already(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.refresh()
    times = {path: path.stat().st_mtime_ns for path in consumer.folder.rglob("*.json")}
    server.publish(targets=server.owner.add("v2"))
    consumer.refresh()
    changed = {path.stem for path, at in times.items() if path.stat().st_mtime_ns != at}
    assert changed == {"targets", "snapshot", "timestamp"}


def test_a_client_that_was_overtaken_by_another_does_not_go_back(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    consumer.refresh()

    def overtaken(_request: httpx.Request) -> httpx.Response:
        old = server.present("timestamp")
        server.faults.clear()
        server.publish(targets=server.owner.add("v3"))
        Consumer(server, consumer.folder).refresh()
        return httpx.Response(200, content=iter([old]))

    server.publish(targets=server.owner.add("v2"))
    server.faults["timestamp.json"] = overtaken
    assert "v2" in consumer.refresh().targets["targets"].content.targets
    latest = next(consumer.folder.rglob("timestamp.json")).read_bytes()
    assert latest == server.registry.raw("timestamp")


def test_a_key_change_while_somebody_walks_is_got_over(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    """The root is the old one and the timestamp already the new one: once is forgiven."""
    old_root = server.present("root")
    registry = server.registry
    registry.timestamp = registry.hold(KeyPair.bare())
    server.publish(root=server.owner.rotate(timestamp=registry.timestamp.public))

    def once(_request: httpx.Request) -> httpx.Response:
        server.faults.clear()
        return httpx.Response(200, content=iter([old_root]))

    server.faults["root.json"] = once
    assert consumer.refresh().root.version == 2
    assert [name for name in server.asked if "timestamp" in name] == ["timestamp.json"] * 2


def test_a_walk_is_tried_again_once_and_not_for_ever(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.stamp(pair=KeyPair.bare())
    with pytest.raises(SignatureError):
        consumer.refresh()
    assert server.asked == ["root.json", "timestamp.json"] * 2


def test_a_certificate_that_is_not_to_be_trusted_is_not_the_absence_of_a_server(
    server: HostileTrustServer, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.refresh()
    reader = consumer.reader()

    def refused(*_arguments: object) -> bytes:
        name = "localhost:5443"
        raise CertificateRefusedError(name, "its certificate is refused")

    monkeypatch.setattr("sealyard.client.trust.service.TrustService.file", refused)
    with pytest.raises(ConnectionFailedError, match="its certificate is refused"):
        reader.refresh()
    assert consumer.notices == []
    assert server.asked


def test_an_owner_reads_what_has_expired_and_is_told(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.publish(targets=server.owner.delegate("targets/alice"))
    soon = "2026-11-23T11:00:00Z"
    server.seal(
        {
            "targets": server.owner.change(expires=soon),
            "targets/alice": server.owner.change("targets/alice", expires=soon),
        }
    )
    server.stamp(days=-1)
    with pytest.raises(TrustError, match="timestamp expired"):
        consumer.refresh()
    trusted = consumer.reader().refresh_for_publishing()
    roles = [error.role for error in trusted.expired]
    assert roles == ["timestamp", "targets", "targets/alice"]
    assert [notice.split()[0] for notice in consumer.notices] == roles
    assert not trusted.refused


def test_what_has_expired_is_told_once_though_the_walk_started_again(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    server.stamp(days=-1)
    old_root = server.present("root")
    server.publish(root=server.owner.change_root())
    server.stamp(days=-1)

    def once(_request: httpx.Request) -> httpx.Response:
        server.faults.clear()
        return httpx.Response(200, content=iter([old_root]))

    server.faults["root.json"] = once
    trusted = consumer.reader().refresh_for_publishing()
    assert (trusted.root.version, len(trusted.expired), len(consumer.notices)) == (2, 1, 1)


def test_an_owner_looks_for_a_newer_root_first_and_never_takes_the_cache_instead(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    reader = consumer.reader()
    reader.refresh()
    server.asked.clear()
    reader.refresh_for_publishing()
    assert server.asked == ["root.json", "timestamp.json"]
    server.go_down()
    with pytest.raises(ConnectionFailedError):
        reader.refresh_for_publishing()
    server.faults.clear()
    server.files.clear()
    with pytest.raises(TrustDataMissingError):
        reader.refresh_for_publishing()


def test_what_is_forgiven_to_an_owner_is_never_an_attack(
    server: HostileTrustServer, consumer: Consumer
) -> None:
    old = server.saved()
    server.publish(targets=server.owner.add("v2"))
    consumer.refresh()
    server.files = old
    with pytest.raises(RollbackError):
        consumer.reader().refresh_for_publishing()
    server.stamp(9, pair=KeyPair.bare())
    with pytest.raises(SignatureError):
        consumer.reader().refresh_for_publishing()


SAMPLES = [
    ("docker-push-basic", "localhost:5443/probe/app", NOW, "multi", "targets"),
    ("docker-trust-signers", "localhost:5444/team/svc", NOW, "9", "targets/releases"),
    ("mixed-keytypes", "example.com/rsa", NOW, "v1", "targets/erin"),
    ("special-chars", "ex.com/Special_Name/ünï", NOW, 'a<b>&"c\\d é', "targets"),
    ("notary-0.1", "docker.com/notary0.1/samplerepo", IN_2016, "LICENSE", "targets"),
    ("notary-0.3", "docker.com/notary0.3/tst", IN_2016, "hello", "targets/releases"),
]


def sample_server(sample: str) -> HostileTrustServer:
    server = HostileTrustServer()
    server.files.clear()
    folder = DATA / sample
    for path in folder.rglob("*.json"):
        server.put(str(path.relative_to(folder).with_suffix("")), path.read_bytes())
    return server


@pytest.mark.parametrize("row", SAMPLES, ids=[row[0] for row in SAMPLES])
def test_what_docker_and_notary_published_is_read_over_the_network_and_from_the_cache(
    row: tuple[str, str, datetime, str, str], tmp_path: Path
) -> None:
    sample, gun, now, name, role = row
    server = sample_server(sample)
    consumer = Consumer(server, tmp_path, gun=gun, now=now)
    for _ in range(2):
        trusted = consumer.refresh()
        assert trusted.lookup(name, (role,)).role == role
        assert not trusted.refused
        server.go_down()
    assert consumer.notices


def test_real_signers_are_counted(tmp_path: Path) -> None:
    server = sample_server("docker-trust-signers")
    consumer = Consumer(server, tmp_path, gun="localhost:5444/team/svc")
    trusted = consumer.refresh()
    found = {
        tag: PullPolicy.any_signer().judge(trusted, tag).signers
        for tag in trusted.targets["targets/releases"].content.targets
    }
    assert any(found.values())
    assert {name for names in found.values() for name in names} <= {"alice", "carol"}


def test_limits_are_the_callers(server: HostileTrustServer, consumer: Consumer) -> None:
    consumer.limits = replace(consumer.limits, timestamp_bytes=10)
    with pytest.raises(TrustError, match="timestamp is longer than the 10 bytes"):
        consumer.refresh()
    assert server.asked
