from __future__ import annotations

import pytest

from sealyard.client.registry.addresses import of_one_house


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("registry.test", "registry.test"),
        ("registry-1.docker.io", "auth.docker.io"),
        ("registry.gitlab.com", "gitlab.com"),
        ("gitlab.com", "registry.gitlab.com"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
    ],
)
def test_hosts_under_one_parent_are_of_one_house(one: str, other: str) -> None:
    assert of_one_house(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("registry.test", "tokens.test"),
        ("docker.io", "docker.io.evil.example"),
        ("docker.io", "evildocker.io"),
        ("a.docker.io", "b.a.docker.io.example"),
        ("10.0.0.5", "11.0.0.5"),
        ("[::1]", "[::2]"),
        ("localhost", "registry.test"),
    ],
)
def test_others_are_not(one: str, other: str) -> None:
    assert not of_one_house(one, other)
