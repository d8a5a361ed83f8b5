"""The keys in docker's folder: found, unlocked, made, relocked, removed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from answers import PASSPHRASE, Answers
from sealyard.client.trust.key_errors import (
    AmbiguousKeyError,
    KeyDamagedError,
    KeyMissingError,
    PassphraseMissingError,
    PassphraseRefusedError,
)
from sealyard.client.trust.key_store import KeyStore
from sealyard.trust.key_file import read_key_file
from sealyard.trust.pbes2 import Pbes2
from sealyard.trust.private_key import PrivateKey
from sealyard.trust.signatures import Signature, is_good

DATA = Path(__file__).parents[3] / "data" / "trust" / "keys"
GUN = "localhost:5443/team/app"
DOCKER = Answers({"root": "rootpass123"}, others="repopass123")


class Desk:
    """Somebody with a trust folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "trust"
        self.answers = Answers()
        self.notices: list[str] = []

    def store(self, answers: Answers | None = None) -> KeyStore:
        """Open the folder as a new process does."""
        return KeyStore(self.folder, answers or self.answers, self.notices.append, iterations=2)

    def given(self, sample: str) -> KeyStore:
        """Put the keys of a sample there, as only their owner may read them."""
        shutil.copytree(DATA / sample, self.folder / "private")
        for path in self.folder.rglob("*.key"):
            path.chmod(0o600)
        return self.store()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_empty_folder_holds_no_keys(desk: Desk) -> None:
    assert desk.store().entries() == []
    assert desk.store().root_keys() == []
    assert desk.store().find("0" * 64) is None


def test_a_new_key_is_kept_for_its_owner_only(desk: Desk) -> None:
    key = desk.store().create("targets", GUN)
    [entry] = desk.store().entries()
    assert (entry.id, entry.role, entry.gun) == (key.id, "targets", GUN)
    assert entry.path == desk.folder / "private" / f"{key.id}.key"
    assert entry.path.stat().st_mode & 0o777 == 0o600
    assert entry.path.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in entry.path.parent.iterdir()] == [entry.path.name]
    assert desk.answers.asked == ["new repository"]


def test_a_key_is_unlocked_once_in_a_process(desk: Desk) -> None:
    key = desk.store().create("root")
    store = desk.store(answers := Answers())
    assert store.unlock(key.id) == store.unlock(key.id) == key
    assert answers.asked == ["root"]


def test_a_key_that_was_just_made_is_not_asked_for(desk: Desk) -> None:
    store = desk.store()
    key = store.create("alice")
    signature = store.signer(key.id, b"message")
    assert is_good(key.public, Signature(key.id, "ecdsa", signature), b"message")
    assert desk.answers.asked == ["new alice"]


@pytest.mark.parametrize("role", ["root", "alice"])
def test_only_keys_of_one_repository_note_its_gun(desk: Desk, role: str) -> None:
    desk.store().create(role, GUN)
    assert [entry.gun for entry in desk.store().entries()] == [None]


def test_root_keys_come_in_the_order_in_which_docker_takes_them(desk: Desk) -> None:
    store = desk.store()
    ids = sorted(store.create("root").id for _ in range(3))
    store.create("alice")
    assert [entry.id for entry in store.root_keys()] == ids


def test_the_keys_of_docker_are_all_unlocked(desk: Desk) -> None:
    desk.given("docker")
    store = desk.store(DOCKER)
    assert len(store.entries()) == 9
    for entry in store.entries():
        assert store.unlock(entry.id).id == entry.id


@pytest.mark.parametrize(
    ("sample", "passphrase", "expected"),
    [
        (
            "notary-0.1",
            "randompass",
            {
                ("root", None),
                ("targets", "docker.com/notary0.1/samplerepo"),
                ("snapshot", "docker.com/notary0.1/samplerepo"),
            },
        ),
        (
            "notary-0.3",
            "password",
            {
                ("root", None),
                ("targets", "docker.com/notary0.3/tst"),
                ("snapshot", "docker.com/notary0.3/tst"),
                ("targets/releases", None),
            },
        ),
    ],
)
def test_the_folders_of_old_notaries_are_read(
    desk: Desk, sample: str, passphrase: str, expected: set[tuple[str, str | None]]
) -> None:
    desk.given(sample)
    store = desk.store(Answers(others=passphrase))
    assert {(entry.role, entry.gun) for entry in store.entries()} == expected
    for entry in store.entries():
        assert store.find(entry.id) == entry
        assert store.unlock(entry.id).id == entry.id


def test_a_missing_key_says_what_to_do(desk: Desk) -> None:
    for keyid in ("0" * 64, "../../etc/passwd", ""):
        with pytest.raises(KeyMissingError, match="sealyard trust key restore"):
            desk.store().unlock(keyid)


def test_a_wrong_passphrase_unlocks_nothing(desk: Desk) -> None:
    key = desk.store().create("alice")
    wrong = Answers(others="not the passphrase", attempts=3)
    with pytest.raises(PassphraseRefusedError):
        desk.store(wrong).unlock(key.id)
    assert wrong.asked == ["alice"] * 4


def test_a_source_that_answers_wrongly_for_ever_is_left_alone(desk: Desk) -> None:
    key = desk.store().create("alice")
    wrong = Answers(others="not the passphrase", attempts=10_000)
    with pytest.raises(PassphraseRefusedError):
        desk.store(wrong).unlock(key.id)
    assert len(wrong.asked) == 10


def test_without_an_answer_the_message_names_key_variable_and_flag(desk: Desk) -> None:
    key = desk.store().create("targets", GUN)
    with pytest.raises(PassphraseMissingError) as caught:
        desk.store(Answers(others=None)).unlock(key.id)
    for part in (
        f"the repository key {key.id} of {GUN}",
        "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE",
        "--passphrase-file",
        "SEALYARD_ASKPASS",
    ):
        assert part in str(caught.value)


def test_a_file_with_another_key_than_its_name_says_is_refused(desk: Desk) -> None:
    store = desk.store()
    one, other = store.create("alice"), store.create("bob")
    private = desk.folder / "private"
    (private / f"{other.id}.key").replace(private / f"{one.id}.key")
    with pytest.raises(KeyDamagedError, match=f"it holds the key {other.id}"):
        desk.store().unlock(one.id)


def test_a_damaged_file_hides_no_other_key(desk: Desk) -> None:
    key = desk.store().create("alice")
    private = desk.folder / "private"
    (private / f"{'0' * 64}.key").write_text("no key")
    (private / "notes.key").write_text("no key")
    assert [entry.id for entry in desk.store().entries()] == [key.id]
    assert len(desk.notices) == 2
    with pytest.raises(KeyDamagedError):
        desk.store().unlock("0" * 64)


def test_a_file_that_others_may_read_is_noticed(desk: Desk) -> None:
    key = desk.store().create("alice")
    path = desk.folder / "private" / f"{key.id}.key"
    path.chmod(0o640)
    assert desk.store().unlock(key.id) == key
    [notice] = desk.notices
    assert f"chmod 600 {path}" in notice or "chmod 600" in notice


def test_a_key_in_the_open_takes_no_passphrase(desk: Desk) -> None:
    desk.given("docker")
    store = desk.store(DOCKER)
    [alice] = [entry for entry in store.entries() if entry.role == "alice"]
    key = store.unlock(alice.id)
    from_openssl = _in_the_open(key)
    alice.path.write_bytes(from_openssl)
    nobody = Answers(others=None)
    assert desk.store(nobody).unlock(alice.id) == key
    assert nobody.asked == []


def _in_the_open(key: PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 (only here)
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return key.signing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_passphrase_changes_and_nothing_else(desk: Desk) -> None:
    key = desk.store().create("targets", GUN)
    entry = desk.store(Answers({"repository": PASSPHRASE})).change_passphrase(key.id)
    assert (entry.role, entry.gun) == ("targets", GUN)
    before = entry.path.read_bytes()
    changed = Answers()
    changed.by_kind["repository"] = PASSPHRASE
    store = desk.store(changed)
    store.change_passphrase(key.id)
    assert entry.path.read_bytes() != before
    assert changed.asked == ["repository", "new repository"]
    assert desk.store().unlock(key.id) == key


def test_an_old_file_is_brought_into_todays_form_with_its_new_passphrase(desk: Desk) -> None:
    desk.given("notary-0.1")
    store = desk.store(Answers(others="randompass"))
    [old] = store.root_keys()
    entry = store.change_passphrase(old.id)
    assert entry.path == desk.folder / "private" / f"{old.id}.key"
    assert not old.path.exists()
    file = read_key_file(entry.path.read_bytes())
    assert file.role == "root"
    assert Pbes2.read(file.block.content).hash_name == "sha1"


def test_a_removed_key_is_gone_also_for_this_process(desk: Desk) -> None:
    store = desk.store()
    key = store.create("alice")
    store.remove(key.id)
    assert store.entries() == []
    with pytest.raises(KeyMissingError):
        store.unlock(key.id)
    with pytest.raises(KeyMissingError):
        store.remove(key.id)
    with pytest.raises(KeyMissingError):
        store.remove("")


def test_a_key_is_named_by_how_its_id_begins(desk: Desk) -> None:
    desk.given("docker")
    store = desk.store()
    assert store.match("7047b94").role == "alice"
    for beginning in ("7047b9", "", "ffffffff"):
        with pytest.raises(KeyMissingError):
            store.match(beginning)


def test_a_beginning_that_fits_two_keys_is_refused(desk: Desk) -> None:
    store = desk.store()
    path = desk.folder / "private" / f"{store.create('alice').id}.key"
    for tail in ("0", "1"):
        shutil.copy(path, path.with_name(f"{'ab' * 4}{tail * 56}.key"))
    with pytest.raises(AmbiguousKeyError, match="give more of the id"):
        store.match("ab" * 4)


def test_a_key_that_was_loaded_replaces_its_file(desk: Desk) -> None:
    key = PrivateKey.generate_ecdsa()
    store = desk.store()
    store.add(key, "alice")
    store.keep(key, "bob", GUN, "another passphrase")
    [entry] = desk.store().entries()
    assert (entry.role, entry.gun) == ("bob", None)
    assert (
        desk.store(Answers(others="another passphrase")).passphrase(key.id) == "another passphrase"
    )
