from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from answers import PASSPHRASE, Answers
from sealyard.client.trust.key_errors import (
    KeyExposedError,
    KeyLoadError,
    KeyNameError,
    PassphraseRefusedError,
)
from sealyard.client.trust.key_loading import checked_name, load_keys
from sealyard.client.trust.key_store import KeyStore
from sealyard.trust.private_key import PrivateKey, SigningKey

DATA = Path(__file__).parents[3] / "data" / "trust" / "keys"
EC, RSA = PrivateKey.generate_ecdsa(), PrivateKey(rsa.generate_private_key(65537, 2048))
EXPORT = {
    "root": "nroot1234",
    "targets/erin": "ndele1234",
    "repository": "ntarg1234",
}


class Loading:
    """A trust folder, and a file from elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "from-elsewhere.key"
        self.answers = Answers()
        self.store = KeyStore(folder / "trust", self.answers, iterations=2)

    def given(self, raw: bytes | Path, mode: int = 0o600) -> None:
        if isinstance(raw, Path):
            shutil.copy(raw, self.file)
        else:
            self.file.write_bytes(raw)
        self.file.chmod(mode)

    def load(self, name: str | None = None, answers: Answers | None = None) -> list[str]:
        """Load the file; return the roles of what was kept."""
        entries = load_keys(self.file, self.store, answers or self.answers, name)
        return [entry.role for entry in entries]

    def kept(self) -> dict[str, str]:
        return {entry.role: entry.id for entry in self.store.entries()}


@pytest.fixture
def loading(tmp_path: Path) -> Loading:
    return Loading(tmp_path)


def pem(key: SigningKey, passphrase: bytes | None = None) -> bytes:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@pytest.mark.parametrize("key", [EC, RSA], ids=["EC", "RSA"])
def test_a_key_in_the_open_is_locked_and_kept(loading: Loading, key: PrivateKey) -> None:
    loading.given(pem(key.signing))
    assert loading.load("alice") == ["alice"]
    assert loading.kept() == {"alice": key.id}
    assert loading.answers.asked == ["new alice"]
    assert b"ENCRYPTED" in (loading.store.folder / f"{key.id}.key").read_bytes()


def test_without_a_name_it_is_called_as_docker_calls_it(loading: Loading) -> None:
    loading.given(pem(EC.signing))
    assert loading.load() == ["signer"]


def test_a_locked_key_is_unlocked_and_locked_anew(loading: Loading) -> None:
    loading.given(pem(EC.signing, b"the sender's"))
    loading.answers.by_kind["encrypted"] = "the sender's"
    assert loading.load("alice") == ["alice"]
    assert loading.answers.asked == ["encrypted", "new alice"]
    again = KeyStore(loading.store.folder.parent, Answers())
    assert again.passphrase(EC.id) == PASSPHRASE


def test_a_wrong_passphrase_loads_nothing(loading: Loading) -> None:
    loading.given(pem(EC.signing, b"the sender's"))
    with pytest.raises(PassphraseRefusedError):
        loading.load("alice")
    assert loading.kept() == {}


def test_a_file_of_docker_keeps_its_role_unless_a_name_is_given(loading: Loading) -> None:
    loading.given(
        DATA / "docker" / "7047b9464237abd98971e67adb25c1638efaa46ad7bae8883b620d3b602daa0e.key"
    )
    loading.answers.by_kind["encrypted"] = "repopass123"
    assert loading.load() == ["alice"]
    assert loading.load("zoe") == ["zoe"]


def test_an_export_of_notary_keeps_roles_guns_and_passphrases(loading: Loading) -> None:
    loading.given(DATA / "notary" / "export.pem")
    answers = ByRole(EXPORT | {"snapshot": "nsnap1234"})
    roles = loading.load(answers=answers)
    assert sorted(roles) == ["root", "snapshot", "targets", "targets/erin"]
    assert {entry.gun for entry in loading.store.entries()} == {None, "example.com/rsa"}
    assert not [question for question in answers.asked if question.startswith("new")]
    root = loading.store.root_keys()[0]
    assert KeyStore(loading.store.folder.parent, answers).passphrase(root.id) == "nroot1234"


class ByRole(Answers):
    """Somebody who tells targets from snapshot keys, as notary does."""

    def existing(self, key: object, attempt: int) -> str:
        role = getattr(key, "role", "")
        if role == "snapshot":
            return "nsnap1234"
        return super().existing(key, attempt)  # type: ignore[arg-type] # the label as it came


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644])
def test_a_file_that_others_may_touch_is_refused_in_dockers_words(
    loading: Loading, mode: int
) -> None:
    loading.given(pem(EC.signing), mode)
    with pytest.raises(KeyExposedError) as caught:
        loading.load()
    assert str(caught.value) == (
        f"refusing to load key from {loading.file}: private key file {loading.file} must not be "
        "readable or writable by others"
    )
    assert loading.kept() == {}


def test_a_missing_file_is_named_in_dockers_words(loading: Loading) -> None:
    with pytest.raises(KeyLoadError) as caught:
        loading.load()
    assert str(caught.value) == (
        f"refusing to load key from {loading.file}: stat {loading.file}: no such file or directory"
    )


def test_a_public_key_is_refused_and_the_right_command_named(loading: Loading) -> None:
    loading.given(DATA / "docker" / "alice.pub")
    with pytest.raises(KeyLoadError, match=r"not a supported private key.*signer add"):
        loading.load()


def test_an_ed25519_key_is_refused(loading: Loading) -> None:
    loading.given(pem(Ed25519PrivateKey.generate()))
    with pytest.raises(KeyLoadError, match="ECDSA and RSA"):
        loading.load()
    assert loading.kept() == {}


def test_a_key_that_nobody_would_accept_is_refused(loading: Loading) -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 (too small on purpose)
    loading.given(pem(weak))
    with pytest.raises(KeyLoadError, match="1024 bits"):
        loading.load()


@pytest.mark.parametrize("name", ["a", "7up", "alice_b-c", "0"])
def test_names_are_those_that_docker_takes(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "Alice", "-a", "_a", "a b", "a/b", "é", "a\n"])
def test_other_names_are_refused_in_dockers_words(name: str) -> None:
    with pytest.raises(KeyNameError, match="must start with lowercase alphanumeric characters"):
        checked_name(name)
