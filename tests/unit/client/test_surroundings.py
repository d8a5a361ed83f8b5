from __future__ import annotations

from pathlib import Path

import pytest

from sealyard.client.errors import InvalidTrustServerError
from sealyard.client.surroundings import Surroundings, is_on

HOME = Path("/home/someone")


def test_without_variables_everything_is_where_docker_keeps_it() -> None:
    found = Surroundings.from_environment({}, HOME)
    assert found.trust_folder == HOME / ".docker" / "trust"
    assert found.config_folder == HOME / ".config" / "sealyard"
    assert found.cache_folder == HOME / ".cache" / "sealyard"
    assert found.docker_host == "unix:///var/run/docker.sock"
    assert not found.content_trust
    assert found.trust_server is None


def test_the_variables_move_the_folders() -> None:
    environment = {
        "DOCKER_CONFIG": "/d",
        "SEALYARD_CONFIG_DIR": "/s",
        "XDG_CONFIG_HOME": "/x",
        "XDG_CACHE_HOME": "/c",
    }
    found = Surroundings.from_environment(environment, HOME)
    assert found.trust_folder == Path("/d/trust")
    assert found.config_folder == Path("/s")
    assert found.cache_folder == Path("/c/sealyard")


def test_an_engine_over_tls_has_its_certificates_where_docker_keeps_them() -> None:
    secure = {"DOCKER_HOST": "tcp://engine:2376", "DOCKER_TLS_VERIFY": "1"}
    found = Surroundings.from_environment(secure, HOME)
    assert found.docker_host == "tcp://engine:2376"
    assert found.docker_certificates == HOME / ".docker"
    moved = Surroundings.from_environment(secure | {"DOCKER_CERT_PATH": "/certs"}, HOME)
    assert moved.docker_certificates == Path("/certs")


@pytest.mark.parametrize("text", ["1", "true", "True", "yes", "banana", "on"])
def test_whatever_go_does_not_take_for_false_switches_trust_on(text: str) -> None:
    assert is_on(text)


@pytest.mark.parametrize("text", ["", "0", "f", "F", "false", "FALSE", "False"])
def test_what_go_takes_for_false_leaves_trust_off(text: str) -> None:
    assert not is_on(text)


def test_one_trust_server_for_all_registries_may_be_named() -> None:
    environment = {"DOCKER_CONTENT_TRUST_SERVER": "https://notary.example:4443/prefix/"}
    found = Surroundings.from_environment(environment, HOME)
    assert found.trust_server == "https://notary.example:4443/prefix"


@pytest.mark.parametrize("text", ["http://notary.example", "notary.example", "https://"])
def test_a_trust_server_without_https_is_refused_in_dockers_words(text: str) -> None:
    with pytest.raises(InvalidTrustServerError, match="valid https URL required") as caught:
        Surroundings.from_environment({"DOCKER_CONTENT_TRUST_SERVER": text}, HOME)
    assert str(caught.value).endswith(text)


def test_neither_passphrases_nor_a_password_in_a_url_are_shown() -> None:
    found = Surroundings.from_environment(
        {
            "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": "a root secret",
            "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "another secret",
        },
        HOME,
    )
    assert found.root_passphrase == "a root secret"
    assert "secret" not in repr(found)
    with pytest.raises(InvalidTrustServerError) as caught:
        Surroundings.from_environment(
            {"DOCKER_CONTENT_TRUST_SERVER": "https://me:secret@notary.example"}, HOME
        )
    assert "secret" not in str(caught.value)
