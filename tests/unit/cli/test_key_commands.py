"""``sealyard trust key``, with the words of docker 28.2.2 where docker has the command."""

from __future__ import annotations

import io
import shutil
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from sealyard.cli.main import main
from sealyard.cli.terminal import Terminal

if TYPE_CHECKING:
    from types import ModuleType

DATA = Path(__file__).parents[2] / "data" / "trust"
PASSPHRASE = "a passphrase of tests"
ID = "[0-9a-f]{7}"
GUN = "localhost:5443/probe/app"


@dataclass
class Ran:
    code: int
    out: str
    err: str


class Desk:
    """Somebody with a home folder, who answers through a pipe."""

    def __init__(
        self, home: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.home = home
        self.private = home / ".docker" / "trust" / "private"
        self._patch = patch
        self._capsys = capsys
        patch.setenv("HOME", str(home))
        patch.setitem(sys.modules, "keyring", cast("ModuleType", None))  # as if not installed
        for name in ("DOCKER_CONFIG", "SEALYARD_ASKPASS"):
            patch.delenv(name, raising=False)
        for kind in ("ROOT", "REPOSITORY"):
            patch.delenv(f"DOCKER_CONTENT_TRUST_{kind}_PASSPHRASE", raising=False)
        patch.chdir(home)

    def run(self, *arguments: str, given: str = "", **variables: str) -> Ran:
        self._capsys.readouterr()
        with self._patch.context() as patch:
            patch.setattr("sys.stdin", io.StringIO(given))
            for name, value in variables.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as exited:
                main(["trust", "key", *arguments], Terminal(self.home / "config"))
        told = self._capsys.readouterr()
        return Ran(int(exited.value.code or 0), told.out, told.err)

    def done(self, *arguments: str, given: str = "", **variables: str) -> str:
        ran = self.run(*arguments, given=given, **variables)
        assert ran.code == 0, ran.err
        return ran.out

    def refused(self, *arguments: str, given: str = "", **variables: str) -> str:
        ran = self.run(*arguments, given=given, **variables)
        assert ran.code == 1, ran.out
        return ran.err.strip()

    def roles(self) -> list[str]:
        """Return the roles of the keys as ``list`` shows them."""
        return [line.split()[0] for line in self.done("list").splitlines()[1:]]

    def fetch(self, name: str, mode: int = 0o600) -> Path:
        """Put a sample into the home folder."""
        path = Path(shutil.copy(DATA / "keys" / name, self.home))
        path.chmod(mode)
        return path


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    return Desk(tmp_path, monkeypatch, capsys)


def test_a_key_is_generated_with_dockers_lines(desk: Desk) -> None:
    out = desk.done("generate", "alice", given=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    [file] = desk.private.iterdir()
    short = file.name[:7]
    assert out == (
        "Generating key for alice...\n"
        f"Enter passphrase for new alice key with ID {short}: \n"
        f"Repeat passphrase for new alice key with ID {short}: \n"
        "Successfully generated and loaded private key. Corresponding public key available: "
        f"{desk.home}/alice.pub\n"
    )
    public = desk.home / "alice.pub"
    assert public.read_text().startswith("-----BEGIN PUBLIC KEY-----\nrole: alice\n\n")
    assert public.stat().st_mode & 0o777 == 0o600
    assert desk.roles() == ["alice"]


def test_dockers_variable_answers(desk: Desk) -> None:
    passphrase = {"DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "short"}
    assert "Enter" not in desk.done("generate", "alice", **passphrase)


def test_a_key_is_generated_into_another_folder(desk: Desk) -> None:
    (desk.home / "public").mkdir()
    desk.done("generate", "bob", "--dir", "public", given=f"{PASSPHRASE}\n" * 2)
    assert (desk.home / "public" / "bob.pub").exists()


def test_generating_is_refused_in_dockers_words(desk: Desk) -> None:
    (desk.home / "alice.pub").touch()
    assert desk.refused("generate", "alice") == (
        f'public key file already exists: "{desk.home}/alice.pub"'
    )
    assert desk.refused("generate", "zed", "--dir", "/nowhere") == (
        'public key path does not exist: "/nowhere"'
    )
    assert desk.refused("generate", "Carol") == (
        'key name "Carol" must start with lowercase alphanumeric characters and can include "-" '
        'or "_" after the first character'
    )
    assert desk.roles() == []


def test_without_anybody_to_ask_nothing_is_generated(desk: Desk) -> None:
    told = desk.refused("generate", "alice")
    assert "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE" in told
    assert "--passphrase-file" in told
    assert not (desk.home / "alice.pub").exists()


def test_a_key_is_loaded_with_dockers_lines(desk: Desk) -> None:
    file = desk.fetch("docker/7047b9464237abd98971e67adb25c1638efaa46ad7bae8883b620d3b602daa0e.key")
    out = desk.done("load", file.name, given=f"repopass123\n{PASSPHRASE}\n{PASSPHRASE}\n")
    assert out.splitlines() == [
        f'Loading key from "{file.name}"...',
        "Enter passphrase for encrypted key: ",
        "Enter passphrase for new alice key with ID 7047b94: ",
        "Repeat passphrase for new alice key with ID 7047b94: ",
        f"Successfully imported key from {file.name}",
    ]
    assert desk.roles() == ["alice"]


def test_loading_is_refused_in_dockers_words(desk: Desk) -> None:
    file = desk.fetch("docker/alice.pub", 0o644)
    exposed = "private key file alice.pub must not be readable or writable by others"
    assert desk.refused("load", "alice.pub") == f"refusing to load key from alice.pub: {exposed}"
    file.chmod(0o600)
    assert desk.refused("load", "alice.pub").startswith("error importing key from alice.pub: ")
    assert desk.refused("load", "nofile") == (
        "refusing to load key from nofile: stat nofile: no such file or directory"
    )
    assert desk.refused("load", "--name", "Bad", "alice.pub").startswith('key name "Bad" must')


def test_the_list_shows_role_repository_id_and_file(desk: Desk) -> None:
    shutil.copytree(DATA / "keys" / "docker", desk.private)
    lines = desk.done("list").splitlines()
    assert lines[0].split() == ["ROLE", "GUN", "KEY", "ID", "LOCATION"]
    assert len(lines) == 10
    [app] = [line for line in lines if GUN in line]
    assert app.split()[0] == "targets"
    assert app.endswith(".key")


def test_keys_are_backed_up_and_restored(desk: Desk) -> None:
    shutil.copytree(DATA / "keys" / "docker", desk.private)
    out = desk.done("backup", "kept", given=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert "Backed up 9 keys, 0 roots to kept." in out
    assert desk.refused("backup", "kept").startswith("kept exists already")
    shutil.rmtree(desk.private)
    assert "Restored 9 keys" in desk.done("restore", "kept", given=f"wrong\n{PASSPHRASE}\n")
    next(desk.private.glob("*.key")).write_text("changed")
    assert "--force" in desk.refused("restore", "kept", given=f"{PASSPHRASE}\n")
    desk.done("restore", "kept", "--force", given=f"{PASSPHRASE}\n")


def test_dockers_variables_do_not_open_a_backup(desk: Desk) -> None:
    shutil.copytree(DATA / "keys" / "docker", desk.private)
    variable = {"DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "for repositories"}
    told = desk.refused("backup", "kept", **variable)
    assert "no passphrase for the backup key: give --passphrase-file" in told
    assert not (desk.home / "kept").exists()


def test_a_check_ends_with_one_where_a_key_is_missing(desk: Desk) -> None:
    shutil.copytree(DATA / "keys" / "docker", desk.private)
    tuf = desk.home / ".docker" / "trust" / "tuf" / GUN / "metadata"
    shutil.copytree(DATA / "docker-push-basic", tuf)
    out = desk.done("check", GUN)
    assert out.startswith(f"{GUN}\n")
    assert "everything that is needed is here" in out
    for root in desk.private.glob("2ce3dac3*"):
        root.unlink()
    ran = desk.run("check")
    assert ran.code == 1
    assert "missing: the root key 2ce3dac3" in ran.out


def test_a_check_of_nothing_finds_everything_missing(desk: Desk) -> None:
    """Whoever watches over a signing machine wants to hear that its folder is gone."""
    ran = desk.run("check")
    assert (ran.code, ran.out) == (
        1,
        "missing: no keys and no trust data of any repository are here\n",
    )
    shutil.copytree(DATA / "keys" / "docker", desk.private)
    ran = desk.run("check")
    assert ran.code == 1
    assert "its trust data is not here, which says what is needed" in ran.out
    assert desk.run("check", GUN).code == 1, "who names a repository wants to sign there"


def test_a_passphrase_is_changed(desk: Desk) -> None:
    shutil.copytree(DATA / "keys" / "docker", desk.private)
    given = f"repopass123\n{PASSPHRASE}\n{PASSPHRASE}\n"
    assert "Successfully updated passphrase" in desk.done("passwd", "7047b94", given=given)
    desk.refused("passwd", "7047b94", given="repopass123\n" * 4)
    assert "is not in" in desk.refused("passwd", "ffffffff")


def test_a_key_is_removed_only_by_who_means_it(desk: Desk) -> None:
    shutil.copytree(DATA / "keys" / "docker", desk.private)
    assert "--yes" in desk.refused("remove", "7047b94")
    assert "alice" in desk.roles()
    assert "Removed the alice key 7047b94" in desk.done("remove", "7047b94", "--yes")
    assert "alice" not in desk.roles()


def test_the_keyring_is_an_extra(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(DATA / "keys" / "docker", desk.private)
    kept: dict[str, str] = {}
    assert "sealyard[keyring]" in desk.refused("remember", "7047b94")
    monkeypatch.setitem(sys.modules, "keyring", cast("ModuleType", InMemory(kept)))
    assert "remembers" in desk.done("remember", "7047b94", given="repopass123\n")
    [(keyid, passphrase)] = kept.items()
    assert keyid.startswith("7047b94")
    assert passphrase == "repopass123"
    desk.done("remember", "7047b94")


class InMemory:
    """A keyring."""

    __spec__ = ModuleSpec("keyring", None)

    def __init__(self, kept: dict[str, str]) -> None:
        self._kept = kept

    def get_password(self, service_name: str, username: str) -> str | None:
        assert service_name
        return self._kept.get(username)

    def set_password(self, service_name: str, username: str, password: str) -> None:
        assert service_name
        self._kept[username] = password
