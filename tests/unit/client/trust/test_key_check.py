"""Which keys are here for a repository, by the trust data that docker left in the cache."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from answers import Answers
from sealyard.client.trust.cache import TrustCache
from sealyard.client.trust.key_check import RepositoryCheck, check_keys
from sealyard.client.trust.key_store import KeyStore

DATA = Path(__file__).parents[3] / "data" / "trust"
SIGNERS = "localhost:5444/team/svc"
BASIC = "localhost:5443/probe/app"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROOT, ALICE, CAROL = "2ce3dac3", "7047b946", "92d1e33c"


class Home:
    """A trust folder with the cached data of a sample, and some of docker's keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def cached(self, sample: str, gun: str) -> None:
        cache = TrustCache(self.folder, gun)
        for path in (DATA / sample).rglob("*.json"):
            cache.write(str(path.relative_to(DATA / sample).with_suffix("")), path.read_bytes())

    def holds(self, *beginnings: str) -> None:
        private = self.folder / "private"
        private.mkdir(exist_ok=True)
        for path in (DATA / "keys").rglob("*.key"):
            if path.name.startswith(beginnings):
                shutil.copy(path, private)

    def check(self, gun: str, now: datetime = NOW) -> RepositoryCheck:
        nobody = Answers(others=None)
        [found] = check_keys(KeyStore(self.folder, nobody), self.folder, [gun], now)
        assert nobody.asked == [], "a check needs no passphrase"
        return found


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def texts(found: RepositoryCheck) -> str:
    return "\n".join(finding.text for finding in found.findings)


def targets_key(gun: str) -> str:
    found = [
        path.stem
        for path in (DATA / "keys" / "docker").glob("*.key")
        if f"gun: {gun}\n" in path.read_text()
    ]
    return found[0]


def test_who_holds_every_key_is_told_so(home: Home) -> None:
    home.cached("docker-push-basic", BASIC)
    home.holds(ROOT, targets_key(BASIC))
    found = home.check(BASIC)
    assert found.is_complete
    assert found.holds_keys
    assert found.findings == ()
    root, targets = found.roles
    assert (root.role, targets.role) == ("root", "targets")
    assert root.held[0].startswith(ROOT)
    assert not root.absent
    assert root.certificate_expires is not None
    assert root.certificate_expires.year == 2036
    assert targets.expires is not None
    assert targets.expires.year == 2029


def test_an_owner_without_the_root_key_is_warned(home: Home) -> None:
    home.cached("docker-push-basic", BASIC)
    home.holds(targets_key(BASIC))
    found = home.check(BASIC)
    assert not found.is_complete
    assert ROOT in texts(found)
    assert "to renew the root" in texts(found)
    assert "sealyard trust key restore" in texts(found)


def test_an_owner_without_the_repository_key_is_warned(home: Home) -> None:
    home.cached("docker-push-basic", BASIC)
    home.holds(ROOT)
    found = home.check(BASIC)
    assert not found.is_complete
    assert "the targets key" in texts(found)
    assert "to sign tags" in texts(found)


def test_a_signer_needs_no_other_key_than_the_own_one(home: Home) -> None:
    home.cached("docker-trust-signers", SIGNERS)
    home.holds(ALICE)
    found = home.check(SIGNERS)
    assert found.is_complete
    held = {role.role: role.held for role in found.roles if role.held}
    assert list(held) == ["targets/alice"]
    assert "targets/releases" not in {role.role for role in found.roles}
    assert {role.role for role in found.roles} >= {"targets/alice", "targets/carol"}


def test_an_owner_who_is_no_signer_is_told_who_signs(home: Home) -> None:
    home.cached("docker-trust-signers", SIGNERS)
    home.holds(ROOT)
    assert "tags are signed by alice, carol" in texts(home.check(SIGNERS))


def test_a_consumer_needs_no_key(home: Home) -> None:
    home.cached("docker-push-basic", BASIC)
    found = home.check(BASIC)
    assert found.is_complete
    assert not found.holds_keys
    assert "can be pulled, not signed" in texts(found)


def test_what_expires_within_half_a_year_is_told_in_time(home: Home) -> None:
    home.cached("docker-push-basic", BASIC)
    home.holds(ROOT, targets_key(BASIC))
    soon = home.check(BASIC, datetime(2029, 10, 1, tzinfo=UTC))
    assert soon.is_complete
    assert "targets expires on 2029-11-22: sign any tag" in texts(soon)
    late = home.check(BASIC, datetime(2036, 12, 1, tzinfo=UTC))
    assert not late.is_complete
    assert f"root expired on 2036-11-20: sealyard trust key rotate {BASIC} root" in texts(late)
    assert "certificate expired on 2036-11-20" in texts(late)


def test_what_expires_matters_only_to_who_can_renew_it(home: Home) -> None:
    home.cached("docker-trust-signers", SIGNERS)
    home.holds(ALICE)
    late = texts(home.check(SIGNERS, datetime(2040, 1, 1, tzinfo=UTC)))
    assert "targets/alice expired" in late
    assert "carol" not in late
    assert "root" not in late


def test_without_trust_data_there_is_a_next_step(home: Home) -> None:
    found = home.check("localhost:5443/unknown")
    assert found.roles == ()
    assert "sealyard trust inspect" in texts(found)


def test_damaged_trust_data_is_told_and_not_judged(home: Home) -> None:
    TrustCache(home.folder, BASIC).write("root", b"{}")
    found = home.check(BASIC)
    assert found.roles == ()
    assert "cannot be read" in texts(found)


def test_a_snapshot_key_that_a_client_kept_is_that_clients_to_renew(home: Home) -> None:
    gun = "example.com/rsa"
    home.cached("mixed-keytypes", gun)
    home.holds("f0ec50c3", "e9d9097f", "23d199c5")
    assert "snapshot" not in {role.role for role in home.check(gun).roles}
    home.holds("89767d31")
    assert "snapshot" in {role.role for role in home.check(gun).roles}
    late = texts(home.check(gun, datetime(2031, 1, 1, tzinfo=UTC)))
    assert f"sealyard trust key rotate {gun} snapshot" in late
