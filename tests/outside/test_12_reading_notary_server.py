"""Trust data in Debian's notary-server, made with the Notary CLI, read by Sealyard."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from real.keys import key_files
from real.notary import Notary
from real.notary_server import NotaryServer, certificate_files
from real.processes import Done, environment, run
from real.registry import SEALYARD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Reader:
    """Somebody with a home of their own who asks ``server`` anonymously."""

    server: NotaryServer
    home: Path

    def __call__(self, *arguments: str) -> Done:
        authority = self.home / ".docker" / "tls" / self.server.server
        authority.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.server.ca, authority / "ca.crt")
        return run([SEALYARD, "trust", *arguments], environment(self.home))

    def inspected(self, gun: str) -> dict[str, Any]:
        (found,) = json.loads(self("inspect", gun).ok().out)
        return dict(found)


@pytest.fixture(params=["ecdsa", "ed25519"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NotaryServer]:
    files = certificate_files(tmp_path)
    kind = {"type": "local", "key_algorithm": request.param, "hostname": "", "port": ""}
    with NotaryServer(tmp_path, *files, {"trust_service": kind}) as server:
        yield server


@pytest.fixture
def notary(server: NotaryServer, tmp_path: Path) -> Notary:
    return Notary(server, tmp_path / "notary")


@pytest.fixture
def reader(server: NotaryServer, tmp_path: Path) -> Reader:
    return Reader(server, tmp_path / "reader")


def test_tags_delegations_and_rotated_keys_are_read(
    notary: Notary, reader: Reader, tmp_path: Path
) -> None:
    gun, target = notary.gun("peer/app"), tmp_path / "target"
    target.write_text("something")
    notary("init", gun, "-p").ok()
    notary("add", gun, "1.0", target, "-p").ok()
    before = reader.inspected(gun)
    assert [tag["SignedTag"] for tag in before["SignedTags"]] == ["1.0"]

    private, _, certificate = key_files(tmp_path, "erin")
    for role in ("targets/erin", "targets/releases"):
        notary("delegation", "add", gun, role, certificate, "--all-paths", "-p").ok()
    notary("key", "import", private, "-r", "targets/releases", "-g", gun).ok()
    for role in ("targets/erin", "targets/releases"):
        notary("add", gun, "2.0", target, "-r", role, "-p").ok()
    for _ in range(3):
        notary("key", "rotate", gun, "root", given="yes\n").ok()
    for rotation in (["targets"], ["snapshot", "-r"], ["timestamp", "-r"]):
        notary("key", "rotate", gun, *rotation, given="yes\n").ok()
    after = reader.inspected(gun)
    signers = {tag["SignedTag"]: tag["Signers"] for tag in after["SignedTags"]}
    assert signers == {"1.0": ["Repo Admin"], "2.0": ["erin"]}
    assert [signer["Name"] for signer in after["Signers"]] == ["erin"]
    status = json.loads(reader("status", gun, "-o", "json").ok().out)
    assert {role["problem"] for role in status["roles"]} == {""}


def test_a_repository_that_was_deleted_and_begun_anew_is_compared_and_reset(
    notary: Notary, reader: Reader, server: NotaryServer, tmp_path: Path
) -> None:
    gun = notary.gun("peer/app")
    notary("init", gun, "-p").ok()
    reader.inspected(gun)
    notary("delete", gun, "--remote").ok()
    reader("inspect", gun).refused("it was there before and was removed")
    other = Notary(server, tmp_path / "other")
    other("init", gun, "-p").ok()
    reader("inspect", gun).refused("could not rotate trust to a new trusted root")
    reader("reset", gun, "--yes").ok()
    reader.inspected(gun)
