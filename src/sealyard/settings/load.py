"""Putting the settings together out of a file, the environment and flags."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sealyard.errors import SealyardError
from sealyard.settings.table import SETTINGS, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sealyard.settings.values import Address


class SettingsError(SealyardError):
    """A setting cannot be used; ``setting`` is its name as the file spells it."""

    def __init__(self, setting: str, source: str, reason: str) -> None:
        super().__init__(f"setting {setting} ({source}): {reason}")
        self.setting = setting
        self.source = source
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, validated. Durations are seconds, sizes bytes."""

    data_dir: Path
    listen: Address
    name: str
    login_servers: tuple[str, ...]
    gun_prefixes: tuple[str, ...]
    workers: int
    tls: bool
    tls_certificate: Path | None
    tls_key: Path | None
    database_url: str
    blobs_url: str
    master_key: str | None
    master_key_file: Path | None
    admin_password: str | None
    token_lifetime: int
    refresh_token_lifetime: int
    management_token_lifetime: int
    registry_key_algorithm: str
    snapshot_lifetime: int
    timestamp_lifetime: int
    max_root_lifetime: int
    max_targets_lifetime: int
    max_publish_size: int
    max_manifest_size: int
    max_page_size: int
    max_open_uploads: int
    upload_lifetime: int
    password_checks: int
    cache_size: int
    drain_time: int
    log_format: str
    log_level: str

    @property
    def origins(self) -> tuple[str, ...]:
        """The login servers, the one the registry names itself by first."""
        return self.login_servers or (str(self.listen),)


Sources = dict[str, tuple[str, str]]  # by setting: its text, and the file, variable or flag

_BY_NAME: Final = {setting.name: setting for setting in SETTINGS}


def load(
    flags: Mapping[str, str], environment: Mapping[str, str], config: Path | None = None
) -> Settings:
    """Put the settings together; raise ``SettingsError`` naming the first that cannot be used.

    ``flags`` and the file are keyed by the settings' names; ``config`` is the file of ``--config``.
    """
    return settle(collect(flags, environment, config))


def collect(
    flags: Mapping[str, str], environment: Mapping[str, str], config: Path | None = None
) -> Sources:
    """Find each setting's text and where it came from, the strongest source winning."""
    sources = _file(config) if config is not None else {}
    sources |= _variables(environment)
    sources |= {name: (text, _BY_NAME[name].flag) for name, text in flags.items()}
    return sources


def settle(sources: Sources) -> Settings:
    """Read and check the collected texts; raise ``SettingsError`` as ``load`` does."""
    values = {setting.name: _value(setting, sources) for setting in SETTINGS}
    settings = Settings(**values)
    _check_together(settings, sources)
    return settings


def _file(path: Path) -> Sources:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = "config"
        raise SettingsError(msg, str(path), f"cannot be read: {error}") from error
    found = {}
    for name, value in content.items():
        if name not in _BY_NAME:
            raise SettingsError(name, str(path), "there is no such setting")
        found[name] = (_toml_text(name, value, path), str(path))
    return found


def _toml_text(name: str, value: object, path: Path) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    raise SettingsError(name, str(path), "neither a text, a whole number, a switch nor a list")


def _variables(environment: Mapping[str, str]) -> Sources:
    return {
        setting.name: (environment[setting.variable], setting.variable)
        for setting in SETTINGS
        if environment.get(setting.variable)
    }


def _value(setting: Setting, sources: Sources) -> Any:  # noqa: ANN401 (each setting has its own type; Settings checks nothing at run time)
    text, source = sources.get(setting.name, (setting.default, "default"))
    if text is None:
        return None
    try:
        return setting.read(text)
    except ValueError as error:
        reason = "the value cannot be used" if setting.secret else str(error)
        raise SettingsError(setting.name, source, reason) from None


def _check_together(settings: Settings, sources: Sources) -> None:
    def source(name: str) -> str:
        return sources.get(name, ("", "default"))[1]

    if (settings.tls_certificate is None) != (settings.tls_key is None):
        reason = "tls_certificate and tls_key are given together or not at all"
        msg = "tls_certificate"
        raise SettingsError(msg, source("tls_certificate"), reason)
    if settings.master_key and settings.master_key_file:
        reason = "give either master_key or master_key_file"
        msg = "master_key"
        raise SettingsError(msg, source("master_key"), reason)
    if settings.timestamp_lifetime > settings.snapshot_lifetime:
        reason = "a timestamp cannot be valid for longer than the snapshot it names"
        msg = "timestamp_lifetime"
        raise SettingsError(msg, source("timestamp_lifetime"), reason)
