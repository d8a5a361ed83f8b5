from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import keyring.backend
import keyring.backends.fail
import pytest

from answers import Answers
from sealyard.client.trust.key_errors import (
    PassphraseError,
    PassphraseMissingError,
    PassphraseRefusedError,
    PassphraseSourceError,
)
from sealyard.client.trust.keyring_store import KeyringStore, system_keyring
from sealyard.client.trust.passphrase_file import PassphraseFile
from sealyard.client.trust.passphrases import BACKUP_ROLE, Chained, DockerVariables, KeyLabel

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.client.trust.passphrases import Passphrases

ROOT = KeyLabel("1" * 64, "root")
TARGETS = KeyLabel("2" * 64, "targets", "localhost:5443/app")
ALICE = KeyLabel("3" * 64, "alice")
ERIN = KeyLabel("4" * 64, "targets/erin")
BACKUP = KeyLabel("", BACKUP_ROLE)


def answered(source: Passphrases, *keys: KeyLabel) -> list[str | None]:
    found: list[str | None] = []
    for key in keys:
        try:
            found.append(source.existing(key, 0))
        except PassphraseMissingError:
            found.append(None)
    return found


def test_keys_are_named_as_dockers_prompts_name_them() -> None:
    assert [key.shown for key in (ROOT, TARGETS, ALICE, KeyLabel("", "encrypted"))] == [
        "root key with ID 1111111",
        "repository key with ID 2222222",
        "alice key with ID 3333333",
        "encrypted key",
    ]


def test_dockers_variable_for_repositories_serves_signers_too() -> None:
    variables = DockerVariables("for root", "for others")
    expected = ["for root", "for others", "for others", "for others", None]
    assert answered(variables, ROOT, TARGETS, ALICE, ERIN, BACKUP) == expected
    assert variables.new(ALICE) == "for others"


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_variable_is_none(empty: str | None) -> None:
    assert answered(DockerVariables(empty, empty), ROOT, ALICE) == [None, None]


def test_a_wrong_variable_is_given_up_and_named() -> None:
    with pytest.raises(PassphraseRefusedError, match="DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"):
        DockerVariables("wrong").existing(ROOT, 1)
    with pytest.raises(PassphraseMissingError):
        DockerVariables(None).existing(ROOT, 1)


def test_a_variable_shows_no_passphrase() -> None:
    assert "secret" not in repr(DockerVariables("secret", "secret"))


def test_the_first_source_that_answers_is_taken() -> None:
    first, second = Answers({"root": "one"}, others=None), Answers(others="two")
    chain = Chained([first, second])
    assert answered(chain, ROOT, ALICE) == ["one", "two"]
    assert chain.new(ROOT) == "one"
    assert chain.new(ALICE) == "two"


def test_without_any_answer_nothing_is_made_up() -> None:
    chain = Chained([Answers(others=None)])
    with pytest.raises(PassphraseMissingError):
        chain.new(ROOT)
    assert answered(chain, ROOT) == [None]


def test_a_wrong_answer_ends_the_search() -> None:
    chain = Chained([Answers(others="wrong"), Answers()])
    chain.existing(ROOT, 0)
    with pytest.raises(PassphraseRefusedError):
        chain.existing(ROOT, 1)


class Keyring:
    """A system's keyring, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service_name: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self._check()
        self.kept[service_name, username] = password

    def _check(self) -> None:
        if self.broken:
            message = "no backend"
            raise RuntimeError(message)


def test_the_keyring_answers_for_what_was_stored_on_request() -> None:
    store = KeyringStore(Keyring())
    assert answered(store, ALICE) == [None]
    store.store(ALICE, "remembered")
    assert answered(store, ALICE, ROOT, KeyLabel("", "encrypted")) == ["remembered", None, None]
    with pytest.raises(PassphraseMissingError):
        store.new(ALICE)


def test_an_outdated_keyring_is_passed_over_and_the_next_source_starts_anew() -> None:
    store, person = KeyringStore(Keyring()), Answers(attempts=2)
    store.store(ALICE, "outdated")
    chain = Chained([Answers(others=None), store, person])
    assert [chain.existing(ALICE, attempt) for attempt in range(3)] == [
        "outdated",
        "a passphrase of tests",
        "a passphrase of tests",
    ]
    with pytest.raises(PassphraseRefusedError):
        chain.existing(ALICE, 3)
    assert chain.existing(ALICE, 0) == "outdated"


def test_a_keyring_that_does_not_work_stops_only_who_wants_to_store() -> None:
    backend = Keyring()
    backend.broken = True
    assert answered(KeyringStore(backend), ALICE) == [None]
    with pytest.raises(PassphraseSourceError, match="keyring"):
        KeyringStore(backend).store(ALICE, "secret")


class InMemoryBackend(keyring.backend.KeyringBackend):
    """A keyring of the package itself that keeps nothing on this machine."""

    priority = 1
    kept: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


def test_the_package_keyring_is_what_the_client_expects() -> None:
    keyring.set_keyring(InMemoryBackend())  # type: ignore[no-untyped-call] # the package's own
    store = system_keyring()
    assert store is not None
    assert answered(store, ALICE) == [None]
    store.store(ALICE, "remembered")
    assert answered(store, ALICE) == ["remembered"]
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call] # as well
    assert answered(store, ALICE) == [None], "without a keyring the next source is asked"
    with pytest.raises(PassphraseSourceError, match="NoKeyringError"):
        store.store(ALICE, "secret")


def passphrase_file(folder: Path, text: str, mode: int = 0o600) -> PassphraseFile:
    path = folder / "passphrases"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return PassphraseFile(path)


@pytest.mark.parametrize("text", ["one for all", "one for all\n", "# why\n\none for all\n"])
def test_a_file_of_one_line_serves_every_key(tmp_path: Path, text: str) -> None:
    file = passphrase_file(tmp_path, text)
    assert set(answered(file, ROOT, TARGETS, ALICE, ERIN, BACKUP)) == {"one for all"}


def test_a_file_of_lines_serves_each_key_its_own(tmp_path: Path) -> None:
    text = f"root=r=1\nrepository=p 2 \nalice=a3\n{'4' * 64}=e4\n"
    file = passphrase_file(tmp_path, text)
    assert answered(file, ROOT, TARGETS, ALICE, ERIN, BACKUP) == ["r=1", "p 2 ", "a3", "e4", None]
    assert answered(file, KeyLabel("5" * 64, "bob")) == ["p 2 "]
    assert answered(passphrase_file(tmp_path, "erin=e\n*=rest"), ERIN, ROOT) == ["e", "rest"]


def test_what_docker_and_notary_call_a_signer_is_the_same_line(tmp_path: Path) -> None:
    file = passphrase_file(tmp_path, "erin=secret\nroot=other")
    assert answered(file, ERIN, KeyLabel("5" * 64, "erin"), ALICE) == ["secret", "secret", None]


def test_a_wrong_line_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(PassphraseRefusedError, match="passphrases"):
        passphrase_file(tmp_path, "wrong").existing(ROOT, 1)


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("secret", 0o640, "chmod 600"),
        ("secret", 0o602, "chmod 600"),
        ("", 0o600, "empty"),
        ("x" * 100_000, 0o600, "larger"),
    ],
)
def test_a_file_that_is_not_fit_is_refused(tmp_path: Path, text: str, mode: int, says: str) -> None:
    file = passphrase_file(tmp_path, text, mode)
    with pytest.raises(PassphraseSourceError, match=says) as caught:
        file.existing(ROOT, 0)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "missing"
    with pytest.raises(PassphraseSourceError, match="No such file"):
        PassphraseFile(path).existing(ROOT, 0)
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(PassphraseError, match="not text"):
        PassphraseFile(path).existing(ROOT, 0)
