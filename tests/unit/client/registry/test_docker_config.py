from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from sealyard.client.registry.docker_config import Credential, DockerConfig, key_of
from sealyard.client.registry.errors import DockerConfigError

if TYPE_CHECKING:
    from pathlib import Path


def auth(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


def loaded(folder: Path, content: dict[str, Any] | bytes) -> DockerConfig:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    (folder / "config.json").write_bytes(raw)
    return DockerConfig.load(folder)


def test_no_file_means_nobody(tmp_path: Path) -> None:
    assert DockerConfig.load(tmp_path) == DockerConfig()
    assert loaded(tmp_path, b"") == DockerConfig()


def test_credentials_are_read_in_every_form(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        {
            "auths": {
                "localhost:5443": {"auth": auth("alice:pass:word")},
                "https://old.example/v1/": {"username": "bob", "password": "p"},
                "https://index.docker.io/v1/": {"auth": auth("carol:p")},
                "acr.example": {"auth": auth("0000:"), "identitytoken": "kept"},
                "stored.example": {},
                "padded.example": {"auth": auth("dave:p\0\0")},
            },
            "HttpHeaders": {"whatever": "else"},
        },
    )
    assert dict(config.credentials) == {
        "localhost:5443": Credential("alice", "pass:word"),
        "old.example": Credential("bob", "p"),
        "docker.io": Credential("carol", "p"),
        "acr.example": Credential("0000", "", "kept"),
        "padded.example": Credential("dave", "p"),
    }


def test_a_helper_of_the_host_comes_before_the_store_of_all(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        {"credHelpers": {"acr.example": "acr", "docker.io": "hub"}, "credsStore": "desktop"},
    )
    assert config.helper("acr.example") == "acr"
    assert config.helper("docker.io") == "hub"
    assert config.helper("other.example") == "desktop"


def test_docker_hub_has_a_key_of_its_own() -> None:
    assert key_of("docker.io") == "https://index.docker.io/v1/"
    assert key_of("localhost:5443") == "localhost:5443"


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"auths":[]}', b'{"auths":{"a.b":{"auth":"no base64 !"}}}', b"[" * 100_000],
)
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DockerConfigError, match=r"config\.json cannot be read"):
        loaded(tmp_path, content)


def test_an_error_does_not_show_what_is_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(DockerConfigError) as caught:
        loaded(tmp_path, b'{"auths":{"a.b":{"auth":"c2VjcmV0!","password":["hunter2"]}}}')
    assert "hunter2" not in str(caught.value)
    assert "c2VjcmV0" not in str(caught.value)
