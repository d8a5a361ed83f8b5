"""Credential helpers: programs ``docker-credential-NAME`` that keep passwords for docker.

The protocol is one question on standard input and one answer on standard output; a secret is in
neither the arguments nor an error.
"""

from __future__ import annotations

import re
import subprocess
from typing import Final

import msgspec

from sealyard.client.registry.docker_config import Credential
from sealyard.client.registry.errors import CredentialHelperError

_TIMEOUT_SECONDS: Final = 30.0  # some ask the person
_MAX_REASON: Final = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# The sentence by which a helper says that it knows nothing of a server.
_UNKNOWN: Final = "credentials not found in native keychain"
# The user name that stands for "the secret is an identity token".
_TOKEN_USER: Final = "<token>"  # noqa: S105 (a user name)


class _Answer(msgspec.Struct, rename="pascal"):
    username: str = ""
    secret: str = ""


def ask(name: str, server: str, *, timeout: float = _TIMEOUT_SECONDS) -> Credential | None:
    """Ask the helper ``name`` about ``server``; ``None`` if it knows nothing.

    ``timeout`` is in seconds. Raise ``CredentialHelperError`` if it is missing, fails or hangs.
    """
    if _NAME.fullmatch(name) is None:  # it becomes part of a program's name
        raise CredentialHelperError(name, "that is not the name of a program")
    try:
        ran = subprocess.run(  # noqa: S603 (the program that docker's configuration names, no shell)
            [f"docker-credential-{name}", "get"],
            input=server.encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise CredentialHelperError(name, "it is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise CredentialHelperError(name, f"no answer in {timeout:g} s") from error
    except OSError as error:
        raise CredentialHelperError(name, str(error)) from error
    if ran.returncode:
        _expect_unknown(name, ran.stdout)
        return None
    return _read(name, ran.stdout)


def _expect_unknown(name: str, output: bytes) -> None:
    said = output.decode(errors="replace").strip()
    if _UNKNOWN not in said:
        raise CredentialHelperError(name, said[:_MAX_REASON] or "it failed without a word")


def _read(name: str, output: bytes) -> Credential | None:
    try:
        answer = msgspec.json.decode(output, type=_Answer)
    except (msgspec.DecodeError, RecursionError):
        # The answer holds a secret: it is not chained, and not shown.
        raise CredentialHelperError(name, "its answer is not JSON") from None
    if not answer.secret:
        return None
    if answer.username == _TOKEN_USER:
        return Credential("", identity_token=answer.secret)
    return Credential(answer.username, answer.secret)
