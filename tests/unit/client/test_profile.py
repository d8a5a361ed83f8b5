from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest

from sealyard.client.errors import NotSignedInError
from sealyard.client.management.profile import Profile, ProfileStore, config_folder

PROFILE = Profile(
    server="https://localhost:5443",
    user_name="alice@example.com",
    user_type="user",
    tenant_id="t",
    subscription_id="s",
    registry_name="myregistry",
    audience="https://localhost:5443",
    access_token="token",
    expires_at=1,
)


def test_a_profile_is_read_as_it_was_written(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "a" / "b")
    store.save(PROFILE)
    assert store.load() == PROFILE
    newer = msgspec.structs.replace(PROFILE, refresh_token="more")
    store.save(newer)
    assert store.load() == newer


def test_only_its_owner_may_read_it_whatever_the_mask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ProfileStore(tmp_path / "config").save(PROFILE)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "config").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "config" / "profile.json").stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ProfileStore(tmp_path)
    store.save(PROFILE)

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        store.save(msgspec.structs.replace(PROFILE, access_token="newer"))
    assert store.load() == PROFILE
    assert [file.name for file in tmp_path.iterdir()] == ["profile.json"]


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b"[]"])
def test_a_profile_that_cannot_be_read_is_no_sign_in(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "profile.json").write_bytes(content)
    with pytest.raises(NotSignedInError, match="sealyard login"):
        ProfileStore(tmp_path).load()


def test_the_folder_is_named_by_the_environment() -> None:
    assert config_folder({"SEALYARD_CONFIG_DIR": "/x"}) == Path("/x")
    assert config_folder({"XDG_CONFIG_HOME": "/y"}) == Path("/y/sealyard")
    assert config_folder({}) == Path("~/.config/sealyard").expanduser()
