"""Settings: which source wins, and what each refusal says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.settings import SETTINGS, Address, SettingsError, load

if TYPE_CHECKING:
    from pathlib import Path


def test_without_any_source_the_defaults_serve_on_localhost() -> None:
    settings = load({}, {})
    assert settings.listen == Address("localhost", 5443)
    assert settings.name == "myregistry"
    assert settings.origins == ("localhost:5443",)
    assert settings.workers == 2


def test_a_flag_wins_over_a_variable_and_a_variable_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "sealyard.toml"
    file.write_text('name = "fromfile"\nworkers = 3\ntoken_lifetime = "10m"\n')
    environment = {"SEALYARD_NAME": "fromvariable", "SEALYARD_WORKERS": "4"}
    settings = load({"name": "fromflag"}, environment, file)
    assert (settings.name, settings.workers, settings.token_lifetime) == ("fromflag", 4, 600)


def test_lists_and_switches_read_alike_from_every_source(tmp_path: Path) -> None:
    file = tmp_path / "sealyard.toml"
    file.write_text('login_servers = ["a.example", "b.example:5443"]\ntls = false\n')
    from_file = load({}, {}, file)
    from_text = load({}, {"SEALYARD_LOGIN_SERVERS": "A.example, b.example:5443"})
    assert from_file.origins == from_text.origins == ("a.example", "b.example:5443")
    assert not from_file.tls


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("listen", "5443", "not HOST:PORT"),
        ("listen", "localhost:70000", "port 70000"),
        ("name", "ab", "5 to 50 letters and digits"),
        ("workers", "0", "between 1 and 64"),
        ("workers", "two", "not a whole number"),
        ("token_lifetime", "5", "such as 90s"),
        ("token_lifetime", "2d", "between 60s and 1h"),
        ("max_manifest_size", "1KiB", "between 64KiB and 64MiB"),
        ("login_servers", "https://a", "not a host name"),
        ("tls", "yes", "neither on nor off"),
        ("registry_key_algorithm", "rsa", "none of ecdsa, ed25519"),
    ],
)
def test_a_refusal_names_the_setting_its_source_and_what_is_wrong(
    name: str, text: str, says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        load({name: text}, {})
    assert caught.value.setting == name
    assert "(--" in str(caught.value)


def test_a_refused_secret_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        load({}, {"SEALYARD_DATABASE_URL": "mysql://root:hunter2@host/db"})
    assert "hunter2" not in str(caught.value)
    assert "SEALYARD_DATABASE_URL" in str(caught.value)


def test_an_unknown_setting_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sealyard.toml"
    file.write_text("worker = 3\n")
    with pytest.raises(SettingsError, match="no such setting"):
        load({}, {}, file)


@pytest.mark.parametrize("content", ["not toml at all", "tls_certificate = {a = 1}"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "sealyard.toml"
    file.write_text(content)
    with pytest.raises(SettingsError):
        load({}, {}, file)


@pytest.mark.parametrize(
    ("flags", "setting"),
    [
        ({"tls_certificate": "/a.pem"}, "tls_certificate"),
        ({"master_key": "x", "master_key_file": "/y"}, "master_key"),
        ({"timestamp_lifetime": "10d", "snapshot_lifetime": "1d"}, "timestamp_lifetime"),
    ],
)
def test_settings_that_exclude_each_other_are_refused(flags: dict[str, str], setting: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(flags, {})
    assert caught.value.setting == setting


def test_no_secret_has_a_flag_in_the_reference_or_is_repeatable() -> None:
    assert {row.name for row in SETTINGS if row.secret} == {
        "admin_password",
        "database_url",
        "master_key",
    }
