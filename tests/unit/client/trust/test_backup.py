"""Keys into one encrypted file, and back onto an empty machine."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answers import PASSPHRASE, Answers
from sealyard.client.trust.backup import Places, Summary, back_up, restore
from sealyard.client.trust.backup_format import Archive, Work, seal, unseal
from sealyard.client.trust.cache import TrustCache
from sealyard.client.trust.folder_lock import LOCK_FILE
from sealyard.client.trust.key_archive import keys_in_tar
from sealyard.client.trust.key_errors import (
    BackupConflictError,
    BackupError,
    PassphraseRefusedError,
)
from sealyard.client.trust.key_store import KeyStore

DATA = Path(__file__).parents[3] / "data" / "trust" / "keys"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
QUICK = Work(log_n=10)
GUN = "localhost:5443/team/app"


class Machine:
    """A home folder."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / ".docker" / "trust", folder / "config" / "pins.toml")
        self.notices: list[str] = []

    def fill(self) -> None:
        shutil.copytree(DATA / "docker", self.places.trust / "private")
        shutil.copytree(DATA / "notary-0.1", self.places.trust / "private", dirs_exist_ok=True)
        TrustCache(self.places.trust, GUN).write("root", b"the root")
        TrustCache(self.places.trust, GUN).write("timestamp", b"not worth keeping")
        self.places.pins.parent.mkdir()
        self.places.pins.write_text("pins = 1")

    def files(self) -> dict[str, bytes]:
        """Return what is there, by name, but for the lock."""
        base = self.places.trust.parents[1]
        return {
            str(path.relative_to(base)): path.read_bytes()
            for path in base.rglob("*")
            if path.is_file() and not path.name.endswith(".lock")
        }

    def restore(self, file: Path, *, force: bool = False, passphrase: str = PASSPHRASE) -> Summary:
        answers = Answers(others=passphrase)
        return restore(self.places, file, answers, self.notices.append, force=force)


@pytest.fixture
def lost(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "lost")
    machine.fill()
    return machine


@pytest.fixture
def empty(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "new")


@pytest.fixture
def kept(lost: Machine, tmp_path: Path) -> Path:
    file = tmp_path / "backup"
    answers = Answers()
    assert back_up(lost.places, file, answers, NOW, QUICK) == Summary(keys=12, roots=1, pins=1)
    assert answers.asked == ["new backup"]
    return file


def test_keys_roots_and_pins_come_back_on_an_empty_machine(
    lost: Machine, empty: Machine, kept: Path
) -> None:
    assert empty.restore(kept) == Summary(keys=12, roots=1, pins=1)
    expected = lost.files()
    del (
        expected[f".docker/trust/tuf/{GUN}/metadata/timestamp.json"],
        expected[".docker/trust/private/alice.pub"],
    )
    assert empty.files() == expected
    assert (empty.places.trust / LOCK_FILE).exists(), "other clients had to wait"
    for path in empty.places.trust.rglob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600
    store = KeyStore(empty.places.trust, Answers({"root": "rootpass123"}, others="repopass123"))
    assert store.unlock(store.match("7047b94").id).id.startswith("7047b94")


def test_a_backup_is_its_owners_and_shows_nothing(lost: Machine, kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    raw = kept.read_bytes()
    assert raw.startswith(b"sealyard key backup 1\n")
    assert b"localhost" not in raw
    assert b"PRIVATE KEY" not in raw
    assert GUN.encode() not in raw
    assert lost.files()


def test_a_backup_replaces_no_file(lost: Machine, kept: Path) -> None:
    before = kept.read_bytes()
    with pytest.raises(FileExistsError):
        back_up(lost.places, kept, Answers(), NOW, QUICK)
    assert kept.read_bytes() == before


def test_without_keys_there_is_nothing_to_back_up(empty: Machine, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no keys"):
        back_up(empty.places, tmp_path / "backup", Answers(), NOW, QUICK)
    assert not (tmp_path / "backup").exists()


def test_a_wrong_passphrase_restores_nothing(empty: Machine, kept: Path) -> None:
    with pytest.raises(PassphraseRefusedError):
        empty.restore(kept, passphrase="wrong")
    assert empty.files() == {}


def test_the_same_files_may_be_there_already(lost: Machine, kept: Path) -> None:
    before = lost.files()
    lost.restore(kept)
    assert lost.files() == before


def test_files_that_differ_are_replaced_only_by_force(lost: Machine, kept: Path) -> None:
    before = lost.files()
    changed, gone, *_ = sorted((lost.places.trust / "private").glob("*.key"))
    changed.write_bytes(b"something else")
    gone.unlink()
    with pytest.raises(BackupConflictError, match="--force") as caught:
        lost.restore(kept)
    assert caught.value.names == (str(changed),)
    assert changed.read_bytes() == b"something else"
    assert not gone.exists(), "nothing at all is restored then"
    lost.restore(kept, force=True)
    assert lost.files() == before


@settings(max_examples=60)
@given(position=st.integers(0, 100_000), bit=st.integers(0, 7))
def test_a_backup_that_was_changed_anywhere_opens_nothing(position: int, bit: int) -> None:
    raw = bytearray(SEALED)
    raw[position % len(raw)] ^= 1 << bit
    try:
        assert unseal(bytes(raw), PASSPHRASE) is None
    except BackupError:
        return


ARCHIVE = Archive(made="2026-11-23T09:00:00Z", files={"private/a.key": b"key"})
SEALED = seal(ARCHIVE, PASSPHRASE, QUICK)


def test_a_backup_opens_with_its_passphrase_only() -> None:
    assert unseal(SEALED, PASSPHRASE) == ARCHIVE
    assert unseal(SEALED, PASSPHRASE + " ") is None
    assert seal(ARCHIVE, PASSPHRASE, QUICK) != SEALED


@pytest.mark.parametrize("work", [(31, 8, 1), (17, 255, 1), (17, 8, 255), (1, 1, 1)])
def test_a_backup_cannot_ask_for_endless_work(work: tuple[int, int, int]) -> None:
    start = len(b"sealyard key backup 1\n")
    with pytest.raises(BackupError, match="more work"):
        unseal(SEALED[:start] + bytes(work) + SEALED[start + 3 :], PASSPHRASE)


def test_a_backup_of_a_later_version_is_named_as_such(empty: Machine, tmp_path: Path) -> None:
    file = tmp_path / "later"
    file.write_bytes(SEALED.replace(b"backup 1", b"backup 2"))
    with pytest.raises(BackupError, match="this version of sealyard"):
        empty.restore(file)


@pytest.mark.parametrize(
    "name",
    [
        "private/../../evil.key",
        "/etc/passwd",
        "private/a.txt",
        "tuf/../metadata/root.json",
        "tuf/h/../../x/metadata/root.json",
        "tuf/h/metadata/targets.json",
        "private//a.key",
        "private/\0.key",
        "other/pins.toml",
    ],
)
def test_a_backup_puts_nothing_anywhere_else(empty: Machine, tmp_path: Path, name: str) -> None:
    file = tmp_path / "backup"
    archive = Archive(made="", files={name: KEY.read_bytes()})
    file.write_bytes(seal(archive, PASSPHRASE, QUICK))
    with pytest.raises(BackupError):
        empty.restore(file)
    assert empty.files() == {}


def test_a_backup_with_something_else_than_keys_is_refused(empty: Machine, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_bytes(SEALED)
    with pytest.raises(BackupError, match="no key file"):
        empty.restore(file)
    assert empty.files() == {}


def test_a_file_larger_than_any_backup_is_not_read(empty: Machine, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with file.open("wb") as sparse:
        sparse.truncate(65 * 1024 * 1024)
    with pytest.raises(BackupError, match="larger than"):
        empty.restore(file)


def tar(members: dict[str, bytes], *, packed: bool = True) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz" if packed else "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


KEY = min((DATA / "docker").glob("*.key"))
OLD = min((DATA / "notary-0.1" / "tuf_keys").rglob("*.key"))


@pytest.mark.parametrize(
    "above",
    ["root/.docker/trust/private/", "/home/a/.docker/trust/private/", "private/", "./private/",
     "./", "", "home/private/.docker/trust/private/"],
)  # fmt: skip
def test_the_articles_archive_is_restored(empty: Machine, tmp_path: Path, above: str) -> None:
    file = tmp_path / "docker_private_keys_backup.tar.gz"
    members = {above + KEY.name: KEY.read_bytes()} | ({above: b""} if above else {})
    file.write_bytes(tar(members))
    assert empty.restore(file) == Summary(keys=1, roots=0, pins=0)
    assert empty.files() == {f".docker/trust/private/{KEY.name}": KEY.read_bytes()}


def test_an_archive_need_not_be_packed() -> None:
    found = keys_in_tar(tar({f"private/{KEY.name}": KEY.read_bytes()}, packed=False), print)
    assert found == {KEY.name: KEY.read_bytes()}


def test_an_archive_of_an_old_notary_keeps_its_folders(empty: Machine, tmp_path: Path) -> None:
    name = OLD.relative_to(DATA / "notary-0.1")
    file = tmp_path / "old.tar.gz"
    file.write_bytes(tar({f"home/a/.docker/trust/private/{name}": OLD.read_bytes()}))
    empty.restore(file)
    assert empty.files() == {f".docker/trust/private/{name}": OLD.read_bytes()}


def test_other_files_in_an_archive_are_left_out_and_named(empty: Machine, tmp_path: Path) -> None:
    file = tmp_path / "all.tar"
    file.write_bytes(
        tar(
            {
                f"trust/private/{KEY.name}": KEY.read_bytes(),
                "trust/tuf/h/n/metadata/root.json": b"x",
            }
        )
    )
    empty.restore(file)
    assert list(empty.files()) == [f".docker/trust/private/{KEY.name}"]
    assert empty.notices == ["trust/tuf/h/n/metadata/root.json is no key file and was left out"]


@pytest.mark.parametrize(
    "name",
    [
        "private/../../evil.key",
        "../evil.key",
        "private/tuf_keys/../../../evil.key",
        "private/a\nb.key",
        "private/" + "a" * 2000 + ".key",
    ],
)
def test_an_archive_with_hostile_names_is_refused(name: str) -> None:
    with pytest.raises(BackupError, match="leads elsewhere"):
        keys_in_tar(tar({name: KEY.read_bytes()}), print)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.BLKTYPE]
)
def test_an_archive_with_links_or_devices_is_refused(kind: bytes) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo(f"private/{KEY.name}")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(BackupError, match="a link or a device"):
        keys_in_tar(file.getvalue(), print)


def test_an_archive_with_the_same_key_twice_is_refused() -> None:
    members = {f"private/{KEY.name}": b"1", f"a/private/{KEY.name}": b"2"}
    with pytest.raises(BackupError, match="twice"):
        keys_in_tar(tar(members), print)


def test_an_archive_with_a_file_too_large_for_a_key_is_refused() -> None:
    with pytest.raises(BackupError, match="no key"):
        keys_in_tar(tar({"private/a.key": b"x" * 100_000}), print)


def test_an_archive_with_too_many_files_is_refused() -> None:
    members = {f"private/{number}.key": b"" for number in range(10_001)}
    with pytest.raises(BackupError, match="more than 10000"):
        keys_in_tar(tar(members, packed=False), print)


def test_an_archive_that_unpacks_without_end_is_refused() -> None:
    bomb = gzip.compress(bytes(65 * 1024 * 1024), 9)
    with pytest.raises(BackupError, match="unpacks to more"):
        keys_in_tar(bomb, print)


@pytest.mark.parametrize(
    "raw", [b"", b"no archive", b"\x1f\x8b", tar({KEY.name: b"x" * 999})[:-40]]
)
def test_what_is_no_archive_restores_nothing(empty: Machine, tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "archive"
    file.write_bytes(raw)
    with pytest.raises(BackupError):
        empty.restore(file)
    assert empty.files() == {}


@given(st.binary(max_size=2000))
def test_any_bytes_are_an_archive_or_refused(raw: bytes) -> None:
    for one in (raw, b"\x1f\x8b" + raw, tar({KEY.name: b"x" * 600}, packed=False)[:512] + raw):
        try:
            keys_in_tar(one, print)
        except BackupError:
            continue
