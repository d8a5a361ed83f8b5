"""The first start and the way back in, on a data folder of its own."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from sealyard.bootstrap import prepare as preparation
from sealyard.bootstrap.recovery import NoRegistryHereError, reset_password
from sealyard.errors import DirectoryObjectUnknownError
from sealyard.settings import Settings, load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    flags = {"data_dir": str(tmp_path / "data"), "admin_password": "a-long-first-password"}
    (tmp_path / "data" / "run").mkdir(parents=True)
    return load(flags, {})


def _prepare(settings: Settings) -> tuple[int, list[str]]:
    said: list[str] = []
    return preparation.prepare(settings, said.append), said


def test_the_first_start_makes_keys_certificates_database_and_owner(settings: Settings) -> None:
    code, said = _prepare(settings)
    assert code == 0
    assert said == [
        "first start: the first Owner is admin@myregistry.local, with the password that was given"
    ]
    made = {str(path.relative_to(settings.data_dir)) for path in settings.data_dir.rglob("*.*")}
    assert {"keys/master.key", "tls/ca.pem", "tls/server.pem", "sealyard.db"} <= made


def test_the_given_password_is_said_nowhere(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    _, said = _prepare(settings)
    out, err = capfd.readouterr()
    assert "a-long-first-password" not in "".join([out, err, *said])


def test_a_made_up_password_is_not_printed_into_a_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    code, said = _prepare(load({"data_dir": str(tmp_path)}, {}))
    kept = tmp_path / "keys" / "first-password"
    password = kept.read_text().strip()
    assert code == 0
    assert kept.stat().st_mode & 0o777 == 0o600
    assert str(kept) in said[0]
    assert password not in "".join([*capfd.readouterr(), *said])


def test_a_password_that_cannot_be_one_is_told_by_the_name_of_its_setting(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    code, said = _prepare(load({"data_dir": str(tmp_path), "admin_password": "short"}, {}))
    assert code == 1
    assert "SEALYARD_ADMIN_PASSWORD" in said[0]
    assert "short" not in said[0].replace("SEALYARD_ADMIN_PASSWORD", "")


def test_the_second_start_changes_and_says_nothing(settings: Settings) -> None:
    _prepare(settings)
    before = (settings.data_dir / "keys" / "master.key").read_bytes()
    assert _prepare(settings) == (0, [])
    assert (settings.data_dir / "keys" / "master.key").read_bytes() == before


def test_another_master_key_is_noticed_at_the_start(settings: Settings) -> None:
    _prepare(settings)
    key = settings.data_dir / "keys" / "master.key"
    key.write_bytes(base64.b64encode(bytes(32)))
    code, said = _prepare(settings)
    assert code == 1
    assert "is this the master key of this data" in said[0]


def test_a_locked_out_owner_comes_back_in(settings: Settings) -> None:
    _prepare(settings)
    owner = reset_password(settings, "admin", None)
    assert owner.user_principal_name == "admin@myregistry.local"
    assert owner.password
    assert reset_password(settings, "admin", "another-long-password").password is None


def test_only_a_known_user_of_a_registry_that_is_there_comes_back(
    settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(NoRegistryHereError):
        reset_password(load({"data_dir": str(tmp_path / "elsewhere")}, {}), "admin", None)
    _prepare(settings)
    with pytest.raises(DirectoryObjectUnknownError):
        reset_password(settings, "nobody", None)
