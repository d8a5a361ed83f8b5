from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.client.registry.credential_helper import ask
from sealyard.client.registry.docker_config import Credential
from sealyard.client.registry.errors import CredentialHelperError

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = "credentials not found in native keychain"


def helper(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    program = folder / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_a_helper_is_asked_on_its_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"""printf '%s' "$*" > {tmp_path}/arguments; cat > {tmp_path}/input
echo '{{"ServerURL":"x","Username":"alice","Secret":"secret"}}'"""
    helper(tmp_path, monkeypatch, script)
    assert ask("test", "localhost:5443") == Credential("alice", "secret")
    assert (tmp_path / "arguments").read_text() == "get"
    assert (tmp_path / "input").read_text() == "localhost:5443"


def test_a_token_is_an_identity_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(tmp_path, monkeypatch, 'echo \'{"Username":"<token>","Secret":"kept"}\'')
    assert ask("test", "localhost:5443") == Credential("", identity_token="kept")


@pytest.mark.parametrize("script", [f"echo {UNKNOWN}; exit 1", "echo '{}'"])
def test_a_helper_may_know_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    helper(tmp_path, monkeypatch, script)
    assert ask("test", "localhost:5443") is None


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo locked; exit 1", "locked"),
        ("exit 3", "without a word"),
        ("echo secret of alice", "not JSON"),
        ("exec sleep 60", "no answer in 0.2 s"),
    ],
)
def test_a_helper_that_does_not_help_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    helper(tmp_path, monkeypatch, script)
    with pytest.raises(CredentialHelperError, match="docker-credential-test") as caught:
        ask("test", "localhost:5443", timeout=0.2)
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_helper_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(CredentialHelperError, match="is not installed"):
        ask("missing", "localhost:5443")


@pytest.mark.parametrize("name", ["../evil", "a b", "", "-x", "a/b"])
def test_what_is_no_name_of_a_program_is_not_run(name: str) -> None:
    with pytest.raises(CredentialHelperError, match="not the name of a program"):
        ask(name, "localhost:5443")
