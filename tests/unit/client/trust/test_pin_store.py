"""Pins in files: what is written is read again, and a wrong file is never taken for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from sealyard.client.errors import NotFoundError, TrustFileError
from sealyard.client.trust.pin_store import PinStore, read_pins, written
from sealyard.trust.pins import Pin, Pins
from trust_owner import NOW, KeyPair, certificate_for

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = "1" * 64, "2" * 64
PIN = Pin("registry.example/team/*", frozenset({ONE}), frozenset({TWO, ONE}))


def authority() -> bytes:
    private = ec.generate_private_key(ec.SECP256R1())
    made = certificate_for("CA", private, NOW, 10, authority=True)
    return made.public_bytes(Encoding.PEM)


@pytest.fixture
def store(tmp_path: Path) -> PinStore:
    return PinStore(tmp_path / "config")


def test_without_a_file_nothing_is_pinned(store: PinStore) -> None:
    assert store.pins() == Pins()
    assert store.pins(tofu=False) == Pins((), tofu=False)


def test_what_is_added_is_there_for_its_owner_only(store: PinStore) -> None:
    ca = Pin("b.example/*", authority=authority())
    for pin in (PIN, ca):
        store.add(pin)
    assert store.pins() == Pins((PIN, ca))
    assert store.path.stat().st_mode & 0o777 == 0o600
    store.remove(PIN.pattern)
    assert store.pins() == Pins((ca,))
    with pytest.raises(NotFoundError):
        store.remove(PIN.pattern)


def test_pins_of_one_repository_are_taken_together(store: PinStore) -> None:
    store.add(Pin("a.example/app", frozenset({ONE})))
    store.add(Pin("a.example/app", frozenset({TWO})))
    assert store.pins().entries == (Pin("a.example/app", frozenset({ONE, TWO})),)


def test_adding_leaves_what_a_person_wrote(store: PinStore) -> None:
    store.path.parent.mkdir()
    store.path.write_text(
        f'# ours\ntrust-on-first-use = false\n[[pin]]\nrepository = "a*"\nroot-keys = ["{ONE}"]'
    )
    store.add(PIN)
    assert store.path.read_text().startswith("# ours\n")
    pins = store.pins()
    assert not pins.tofu
    assert [pin.pattern for pin in pins.entries] == ["a*", PIN.pattern]
    store.remove("a*")
    assert store.pins() == Pins((PIN,), tofu=False)


def test_a_file_of_somebody_else_adds_to_the_own_pins(store: PinStore, tmp_path: Path) -> None:
    store.add(PIN)
    theirs = tmp_path / "theirs.toml"
    theirs.write_text(written(Pins((Pin("c*", frozenset({ONE})),), tofu=False)))
    assert store.pins(extra=theirs).entries == (PIN, Pin("c*", frozenset({ONE})))
    assert not store.pins(extra=theirs).tofu
    with pytest.raises(TrustFileError, match="No such file"):
        store.pins(extra=tmp_path / "none.toml")


def test_a_ca_may_be_in_a_file_beside(tmp_path: Path) -> None:
    pem = authority()
    (tmp_path / "ca.pem").write_bytes(pem)
    path = tmp_path / "pins.toml"
    path.write_text('[[pin]]\nrepository = "a*"\nca-file = "ca.pem"\n')
    assert read_pins(path).entries == (Pin("a*", authority=pem),)
    assert read_pins(path) == read_again(tmp_path, read_pins(path))


def read_again(folder: Path, pins: Pins) -> Pins:
    path = folder / "again.toml"
    path.write_text(written(pins))
    return read_pins(path)


@pytest.mark.parametrize("pattern", ['a"b*', "a\\b*", "é*", "a\x7f*", "a\tb*"])
def test_any_name_survives_being_written(tmp_path: Path, pattern: str) -> None:
    pins = Pins((Pin(pattern, frozenset({ONE})),))
    assert read_again(tmp_path, pins) == pins


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "pin = 3",
        "pins = []",
        "trust-on-first-use = 'no'",
        '[[pin]]\nrepository = "a*"',
        f'[[pin]]\nroot-keys = ["{ONE}"]',
        f'[[pin]]\nrepository = "a*"\nrootkeys = ["{ONE}"]',
        '[[pin]]\nrepository = "a*"\nroot-keys = ["12"]',
        '[[pin]]\nrepository = "a*"\nca = "nonsense"',
        '[[pin]]\nrepository = "a*"\nca-file = "none.pem"',
        "#" * 1_100_000,
    ],
)
def test_a_file_that_cannot_be_understood_is_never_no_pins(store: PinStore, text: str) -> None:
    store.path.parent.mkdir()
    store.path.write_text(text)
    for use in (store.pins, lambda: store.add(PIN), lambda: store.remove("a*")):
        with pytest.raises(TrustFileError, match=r"pins\.toml cannot be used"):
            use()
    assert store.path.read_text() == text


def test_a_file_that_is_no_text_is_told(store: PinStore) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(b"\xff\xfe")
    with pytest.raises(TrustFileError):
        store.pins()


def test_keys_are_pinned_by_what_they_are(store: PinStore) -> None:
    key = KeyPair.certified().public
    store.add(Pin("a*", frozenset({key.id}), frozenset({key.canonical_id})))
    assert store.path.read_text().endswith(
        f'root-keys = [\n    "{key.canonical_id}",\n]\ncertificates = [\n    "{key.id}",\n]\n'
    )
