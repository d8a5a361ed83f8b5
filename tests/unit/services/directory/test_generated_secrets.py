"""Secrets that the registry makes up can be given to any command line."""

from __future__ import annotations

from sealyard.services.directory.generated_secrets import new_secret


def test_a_secret_is_never_taken_for_an_option() -> None:
    made = [new_secret() for _ in range(2000)]
    assert all(secret[0].isalnum() for secret in made)
    assert len(set(made)) == len(made)
