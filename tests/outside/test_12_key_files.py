"""One folder of keys, used in turn by docker, notary, openssl and Sealyard."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from real.content import SMALL
from real.engine import REPOSITORY_PASSPHRASE, ROOT_PASSPHRASE, docker
from real.notary import PASSPHRASE
from real.processes import Done, environment, program, run
from real.registry import SEALYARD

if TYPE_CHECKING:
    from real.engine import Docker
    from real.notary import Notary

SAMPLES = Path(__file__).parents[1] / "data" / "trust" / "keys"
DOCKERS = {
    "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": ROOT_PASSPHRASE,
    "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": REPOSITORY_PASSPHRASE,
}


class Keys:
    """``sealyard trust key``, ``docker trust key`` and ``notary key`` in one home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.trust = home / ".docker" / "trust"
        self.env = environment(home, **DOCKERS)
        self._notary = {
            f"NOTARY_{role}_PASSPHRASE": ROOT_PASSPHRASE
            if role == "ROOT"
            else REPOSITORY_PASSPHRASE
            for role in ("ROOT", "TARGETS", "SNAPSHOT", "DELEGATION")
        }

    def sealyard(self, *arguments: str | Path, given: str | None = None, **variables: str) -> Done:
        command = [SEALYARD, "trust", "key", *arguments]
        return run(command, self.env | variables, given=given, cwd=self.home)

    def docker(self, *arguments: str | Path, **variables: str) -> Done:
        command = [docker(), "trust", "key", *arguments]
        return run(command, self.env | variables, cwd=self.home)

    def notary(self, *arguments: str | Path, **variables: str) -> Done:
        command = [program("notary"), "-d", self.trust, "key", *arguments]
        return run(command, self.env | self._notary | variables, cwd=self.home)

    def ids(self) -> dict[str, str]:
        """Return the ids of the keys by their roles, as Sealyard lists them."""
        lines = self.sealyard("list").ok().out.splitlines()[1:]
        return {line.split()[0]: Path(line.split()[-1]).stem for line in lines}

    def openssl(self, *arguments: str | Path) -> None:
        run([program("openssl"), *arguments], self.env, cwd=self.home).ok()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def test_docker_and_notary_unlock_a_key_that_sealyard_made(keys: Keys) -> None:
    keys.sealyard("generate", "alice").ok()
    keyid = keys.ids()["alice"]
    assert keyid in keys.notary("list").ok().out
    loaded = keys.docker("load", keys.trust / "private" / f"{keyid}.key", "--name", "alice")
    assert "Successfully imported key" in loaded.ok().out
    wrong = {"DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "something else"}
    keys.docker("load", keys.trust / "private" / f"{keyid}.key", **wrong).refused(
        "could not decrypt key"
    )
    keys.notary("passwd", keyid, NOTARY_DELEGATION_PASSPHRASE="something else").refused()
    keys.notary("passwd", keyid).ok()


def test_sealyard_unlocks_what_notary_locked_anew(keys: Keys) -> None:
    keys.sealyard("generate", "alice").ok()
    keyid = keys.ids()["alice"]
    before = (keys.trust / "private" / f"{keyid}.key").read_bytes()
    keys.notary("passwd", keyid).ok()
    assert (keys.trust / "private" / f"{keyid}.key").read_bytes() != before
    new = f"{REPOSITORY_PASSPHRASE} new\n"
    keys.sealyard("passwd", keyid, given=new * 2).ok()
    keys.notary("passwd", keyid).refused()
    keys.notary("passwd", keyid, NOTARY_DELEGATION_PASSPHRASE=new.strip()).ok()


def test_sealyard_lists_and_unlocks_what_docker_generated(keys: Keys) -> None:
    keys.docker("generate", "bob").ok()
    assert (keys.home / "bob.pub").exists()
    assert keys.sealyard("list").ok().out.splitlines()[1].startswith("bob ")
    file = keys.home / "new"
    file.write_text("chosen anew")
    file.chmod(0o600)
    keys.sealyard("passwd", keys.ids()["bob"], "--new-passphrase-file", file).ok()
    keys.notary("passwd", keys.ids()["bob"], NOTARY_DELEGATION_PASSPHRASE="chosen anew").ok()


def test_notary_exports_and_imports_what_sealyard_made(keys: Keys, tmp_path: Path) -> None:
    keys.sealyard("generate", "alice").ok()
    keys.notary("export", "-o", tmp_path / "export.pem").ok()
    other = Keys(tmp_path / "other")
    (tmp_path / "export.pem").chmod(0o600)
    other.sealyard("load", tmp_path / "export.pem").ok()
    assert other.ids() == keys.ids()
    third = Keys(tmp_path / "third")
    third.notary("import", tmp_path / "export.pem").ok()
    assert third.ids() == keys.ids()
    third.notary("passwd", third.ids()["alice"]).ok()


@pytest.mark.parametrize(
    "kind",
    [
        ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        ("EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
        ("EC", "-pkeyopt", "ec_paramgen_curve:P-521"),
        ("RSA", "-pkeyopt", "rsa_keygen_bits:3072"),
    ],
    ids=["P-256", "P-384", "P-521", "RSA"],
)
def test_keys_of_openssl_are_loaded_and_notary_unlocks_them(
    keys: Keys, kind: tuple[str, ...]
) -> None:
    file = keys.home / "made.key"
    locked = ("-aes-256-cbc", "-pass", f"pass:{REPOSITORY_PASSPHRASE}")
    keys.openssl("genpkey", "-algorithm", *kind, *locked, "-out", file)
    file.chmod(0o600)
    keys.sealyard("load", file, "--name", "carol").ok()
    keys.notary("passwd", keys.ids()["carol"]).ok()


def test_docker_says_it_loaded_a_locked_key_and_keeps_nothing_while_sealyard_does(
    keys: Keys,
) -> None:
    file = keys.home / "bobt.key"
    shutil.copy(next((SAMPLES / "docker").glob("d0edfdcf*.key")), file)
    file.chmod(0o600)
    passphrase = {"DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "repopass123"}
    assert "Successfully imported key" in keys.docker("load", file, **passphrase).ok().out
    assert keys.ids() == {}
    keys.sealyard("load", file, **passphrase).ok()
    assert list(keys.ids()) == ["bobt"]


@pytest.mark.parametrize("command", ["generate", "load"])
def test_at_a_terminal_both_say_the_same(tmp_path: Path, command: str) -> None:
    shown = []
    for index, start in enumerate(([docker()], [str(SEALYARD)])):
        keys = Keys(tmp_path / str(index))
        env = environment(keys.home)
        keys.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-out", "made.key")  # fmt: skip
        (keys.home / "made.key").chmod(0o600)
        argument = "alice" if command == "generate" else "made.key"
        screen = pexpect.spawn(
            start[0], ["trust", "key", command, argument], env=env, cwd=str(keys.home),
            encoding="utf-8", timeout=60, dimensions=(24, 240),
        )  # fmt: skip
        seen = ""
        for typed in ("short", "a long passphrase", "a different one", *["a long passphrase"] * 2):
            screen.expect(": $")
            seen += str(screen.before) + str(screen.after)
            screen.sendline(typed)
        screen.expect(pexpect.EOF)
        seen += str(screen.before)
        screen.wait()
        assert screen.exitstatus == 0
        [kept] = (keys.trust / "private").glob("*.key")
        shown.append(seen.replace(kept.stem[:7], "ID").replace(str(keys.home), "HOME"))
    assert shown[0].splitlines() == shown[1].splitlines()


@pytest.mark.usefixtures("signers")
def test_docker_signs_with_a_root_key_that_came_out_of_a_backup(publisher: Docker) -> None:
    publisher.sign(SMALL, "keys/first:1").ok()
    keys = Keys(publisher.home)
    before = keys.ids()["root"]
    backup = publisher.home / "backup"
    phrase = "the passphrase of the backup\n"
    keys.sealyard("backup", backup, given=phrase * 2).ok()
    shutil.rmtree(publisher.trust_folder)
    keys.sealyard("restore", backup, given=phrase).ok()
    changed = f"{ROOT_PASSPHRASE} changed"
    keys.sealyard("passwd", before, given=f"{changed}\n" * 2).ok()

    publisher.sign(SMALL, "keys/first:2").ok()
    publisher("tag", SMALL, publisher.name("keys/second:1")).ok()
    signed = publisher.trusted(
        "push", publisher.name("keys/second:1"), DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=changed
    )
    assert "Finished initializing" in signed.ok().out
    assert keys.ids()["root"] == before, "no second root key was made"
    checked = keys.sealyard("check", publisher.name("keys/second")).ok().out
    assert "everything that is needed is here" in checked
    (publisher.trust_folder / "private" / f"{before}.key").unlink()
    missing = keys.sealyard("check", publisher.name("keys/second"))
    missing.refused(f"missing: the root key {before} is missing")


@pytest.mark.usefixtures("signers")
def test_notary_publishes_with_a_root_key_that_sealyard_loaded(notary: Notary) -> None:
    home = notary.trust.parent
    file = home / "root.pem"
    kind = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    run([program("openssl"), "genpkey", *kind, "-out", file], notary.env).ok()
    file.write_text(file.read_text().replace("KEY-----\n", "KEY-----\nrole: root\n\n", 1))
    file.chmod(0o600)
    variables = {
        "DOCKER_CONFIG": str(home),
        "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": PASSPHRASE,
    }
    run([SEALYARD, "trust", "key", "load", file], notary.env | variables).ok()
    notary("init", "-p", notary.gun("keys/by-notary")).ok()
    listed = notary("key", "list").ok().out
    assert len([line for line in listed.splitlines() if line.startswith("root ")]) == 1
