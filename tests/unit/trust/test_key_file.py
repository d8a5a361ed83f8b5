"""Key files of docker and notary are read, and what is written is what docker would write."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from sealyard.trust import pbes2, pem
from sealyard.trust.errors import KeyFileError, PrivateKeyError, WrongPassphraseError
from sealyard.trust.key_file import (
    MOST_BYTES,
    KeyFile,
    public_key_file,
    read_key_file,
    read_key_files,
    write_key_file,
)
from sealyard.trust.pbes2 import Pbes2
from sealyard.trust.pkcs8 import private_info, read_private_info
from sealyard.trust.private_key import PrivateKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealyard.trust.private_key import SigningKey

KEYS = Path(__file__).parents[2] / "data" / "trust" / "keys"
NOTARY = {"root": "nroot1234", "targets": "ntarg1234", "snapshot": "nsnap1234"}
PASSPHRASES: dict[str, Callable[[str], str]] = {
    "docker": lambda role: "rootpass123" if role == "root" else "repopass123",
    "notary": lambda role: NOTARY.get(role, "ndele1234"),
    "mixed-keytypes": lambda role: NOTARY.get(role, "ndele1234"),
    "notary-0.1": lambda _: "randompass",
    "notary-0.3": lambda _: "password",
}
FILES = sorted(KEYS.rglob("*.key"))
MODERN = [file for file in FILES if not file.relative_to(KEYS).parts[0].startswith("notary-0")]
EC, RSA = PrivateKey.generate_ecdsa(), PrivateKey(rsa.generate_private_key(65537, 2048))
EVERY_KIND: dict[str, SigningKey] = {
    "P-256": EC.signing,
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "RSA": RSA.signing,
    "Ed25519": Ed25519PrivateKey.generate(),
}


def passphrase_of(path: Path, file: KeyFile) -> str:
    return PASSPHRASES[path.relative_to(KEYS).parts[0]](file.role)


def name_of(path: Path) -> str:
    return str(path.relative_to(KEYS))[:40]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_key_of_others_is_read_and_is_the_one_of_its_name(path: Path) -> None:
    file = read_key_file(path.read_bytes())
    assert file.is_encrypted
    assert file.unlock(passphrase_of(path, file)).id == path.stem.partition("_")[0]


def test_an_export_holds_several_keys() -> None:
    path = KEYS / "notary" / "export.pem"
    files = read_key_files(path.read_bytes())
    assert {file.role for file in files} == {"root", "targets", "snapshot", "targets/erin"}
    for file in files:
        key = file.unlock(passphrase_of(path, file))
        assert file.block.headers["path"].endswith(key.id)


def test_role_and_gun_are_taken_from_the_headers() -> None:
    [file] = [one for one in map(_read, MODERN) if one.gun == "localhost:5443/probe/app"]
    assert file.role == "targets"
    assert {one.role for one in map(_read, MODERN)} >= {"root", "alice", "carol", "bobt"}
    assert _read(next((KEYS / "notary-0.1").rglob("*_root.key"))).role == ""


def _read(path: Path) -> KeyFile:
    return read_key_file(path.read_bytes())


@pytest.mark.parametrize("path", MODERN, ids=name_of)
def test_what_is_written_is_byte_for_byte_what_docker_wrote(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = path.read_bytes()
    file = read_key_file(raw)
    written = Pbes2.read(file.block.content)
    drawn = iter([written.salt, written.iv])
    monkeypatch.setattr("secrets.token_bytes", lambda _size: next(drawn))
    passphrase = passphrase_of(path, file)
    again = write_key_file(
        file.unlock(passphrase),
        role=file.role,
        gun=file.gun,
        passphrase=passphrase,
        iterations=2048,
    )
    assert again == raw


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_wrong_passphrase_is_noticed_and_shown_nowhere(path: Path) -> None:
    file = read_key_file(path.read_bytes())
    right = passphrase_of(path, file)
    for wrong in (right + " ", right.upper(), "", "x" * 500):
        with pytest.raises(WrongPassphraseError) as caught:
            file.unlock(wrong)
        assert not wrong.strip() or wrong not in str(caught.value)


def test_a_wrong_passphrase_is_noticed_also_where_the_padding_is_right_by_chance() -> None:
    raw = write_key_file(EC, role="alice", gun=None, passphrase="right", iterations=1)
    file = read_key_file(raw)
    sealed = Pbes2.read(file.block.content)
    fooled = 0
    for number in range(2000):
        with pytest.raises(WrongPassphraseError):
            file.unlock(f"wrong {number}")
        try:
            sealed.open(f"wrong {number}")
        except WrongPassphraseError:
            continue
        fooled += 1
    assert fooled, "the padding alone would have let some through"


@settings(max_examples=40)
@given(
    kind=st.sampled_from(sorted(EVERY_KIND)),
    passphrase=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    role=st.sampled_from(["root", "targets", "alice", "targets/erin"]),
    gun=st.none() | st.just("localhost:5443/team/ünï"),
)
def test_what_is_written_is_read_again(
    kind: str, passphrase: str, role: str, gun: str | None
) -> None:
    key = PrivateKey(EVERY_KIND[kind])
    file = read_key_file(
        write_key_file(key, role=role, gun=gun, passphrase=passphrase, iterations=3)
    )
    assert (file.role, file.gun) == (role, gun)
    assert file.unlock(passphrase) == key


def test_it_takes_work_to_try_a_passphrase() -> None:
    file = read_key_file(write_key_file(EC, role="root", gun=None, passphrase="long enough"))
    written = Pbes2.read(file.block.content)
    assert written.iterations == pbes2.ITERATIONS >= 100 * 2048
    assert len(written.salt) == 8


def test_two_files_of_one_key_share_nothing_secret() -> None:
    one, other = (Pbes2.read(read_key_file(_written("same")).block.content) for _ in range(2))
    assert one.salt != other.salt
    assert one.iv != other.iv


def _written(passphrase: str, role: str = "alice") -> bytes:
    return write_key_file(EC, role=role, gun=None, passphrase=passphrase, iterations=2)


def test_no_key_is_written_in_the_open() -> None:
    with pytest.raises(KeyFileError, match="without a passphrase"):
        _written("")


@pytest.mark.parametrize("role", ["a\nb", "a\rgun: x", "\x00"])
def test_a_header_cannot_be_smuggled_in(role: str) -> None:
    with pytest.raises(KeyFileError):
        _written("passphrase", role)


@settings(max_examples=200)
@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_damaged_file_is_refused_or_opens_the_same_key(position: int, bit: int) -> None:
    raw = bytearray(_FIXED)
    raw[position % len(raw)] ^= 1 << bit
    try:
        key = read_key_file(bytes(raw)).unlock("passphrase")
    except PrivateKeyError:
        return
    assert key == EC


_FIXED = write_key_file(EC, role="alice", gun="h/n", passphrase="passphrase", iterations=2)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(KeyFileError):
        read_key_file(raw)
    block = pem.Block("ENCRYPTED PRIVATE KEY", raw)
    with pytest.raises(KeyFileError):
        read_key_file(block.encoded())
    with pytest.raises(PrivateKeyError):
        read_key_file(pem.Block("PRIVATE KEY", raw).encoded()).unlock("")


def test_a_file_larger_than_any_key_is_not_looked_at() -> None:
    with pytest.raises(KeyFileError, match="larger than"):
        read_key_file(_FIXED + b"\n" * MOST_BYTES)


def test_a_file_that_asks_for_endless_work_is_refused() -> None:
    sealed = Pbes2(b"saltsalt", pbes2.MOST_ITERATIONS + 1, bytes(16), bytes(16))
    with pytest.raises(KeyFileError, match="over the limit"):
        read_key_file(pem.Block("ENCRYPTED PRIVATE KEY", sealed.encoded()).encoded())


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_keys_in_the_open_are_read(kind: str, form: PrivateFormat) -> None:
    signing = EVERY_KIND[kind]
    if kind == "Ed25519":
        form = PrivateFormat.PKCS8
    raw = signing.private_bytes(Encoding.PEM, form, NoEncryption())
    file = read_key_file(raw)
    assert not file.is_encrypted
    assert file.unlock("") == PrivateKey(signing)


@pytest.mark.parametrize("kind", ["P-256", "RSA"])
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_keys_that_other_programs_encrypted_are_read(kind: str, form: PrivateFormat) -> None:
    signing = EVERY_KIND[kind]
    raw = signing.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"passphrase"))
    file = read_key_file(raw)
    assert file.unlock("passphrase") == PrivateKey(signing)
    with pytest.raises(WrongPassphraseError):
        file.unlock("Passphrase")


@pytest.mark.parametrize("cipher", ["-aes128", "-aes192", "-aes256", "-des3"])
def test_every_old_cipher_of_openssl_is_read(cipher: str, tmp_path: Path) -> None:
    plain = tmp_path / "plain.pem"
    plain.write_bytes(EC.signing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["openssl", "ec", "-in", str(plain), cipher, "-passout", "pass:passphrase"]
    made = subprocess.run(command, capture_output=True, check=True).stdout
    assert b"DEK-Info" in made
    file = read_key_file(made)
    assert file.unlock("passphrase") == EC
    with pytest.raises(WrongPassphraseError):
        file.unlock("another one")


@pytest.mark.parametrize("info", ["AES-256-CBC", "AES-256-CBC,00", "RC4,0011223344556677", ""])
def test_an_unknown_old_cipher_is_refused(info: str) -> None:
    headers = {"DEK-Info": info, "Proc-Type": "4,ENCRYPTED"}
    file = read_key_file(pem.Block("EC PRIVATE KEY", bytes(16), headers).encoded())
    with pytest.raises(KeyFileError, match="unknown or damaged"):
        file.unlock("passphrase")


def test_parameters_before_the_key_are_passed_over() -> None:
    raw = pem.Block("EC PARAMETERS", b"x").encoded() + _FIXED
    assert read_key_file(raw).unlock("passphrase") == EC


def test_lines_may_end_as_windows_ends_them() -> None:
    assert read_key_file(_FIXED.replace(b"\n", b"\r\n")).unlock("passphrase") == EC


def test_a_public_point_that_is_not_the_keys_is_noticed() -> None:
    other = private_info(PrivateKey.generate_ecdsa())
    mixed = private_info(EC)[:-65] + other[-65:]
    with pytest.raises(KeyFileError, match="public key is not that"):
        read_private_info(mixed)


@pytest.mark.parametrize("value", [b"\0" * 32, b"\xff" * 32])
def test_a_number_outside_the_curve_is_refused(value: bytes) -> None:
    der = private_info(EC)
    start = der.index(b"\x04\x20") + 2
    with pytest.raises(KeyFileError, match="not one of its curve"):
        read_private_info(der[:start] + value + der[start + 32 :])


def test_rsa_numbers_that_do_not_belong_together_are_refused() -> None:
    info = asn1_keys.PrivateKeyInfo.load(private_info(RSA))
    info["private_key"].parsed["prime1"] = info["private_key"].parsed["prime1"].native + 2
    with pytest.raises(KeyFileError, match="do not belong together"):
        read_private_info(info.dump(force=True))


def test_an_ed25519_key_whose_halves_do_not_fit_is_refused() -> None:
    one, other = (private_info(PrivateKey(Ed25519PrivateKey.generate())) for _ in range(2))
    with pytest.raises(KeyFileError, match="public key is not that"):
        read_private_info(one[:-32] + other[-32:])


def test_a_weak_key_is_refused() -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 (too small on purpose)
    raw = weak.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(KeyFileError, match="1024 bits"):
        read_key_file(raw).unlock("")


def test_a_file_shows_nothing_of_its_key() -> None:
    file = read_key_file(
        EC.signing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    assert "content" not in repr(file)


def test_the_public_file_is_the_one_that_docker_writes() -> None:
    raw = (KEYS / "docker" / "alice.pub").read_bytes()
    private = next(path for path in MODERN if _read(path).role == "alice")
    assert public_key_file(_read(private).unlock("repopass123"), "alice") == raw
