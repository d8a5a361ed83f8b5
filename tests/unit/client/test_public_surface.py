"""What ``import sealyard.client`` offers is what it declares, and needs nothing of the server."""

from __future__ import annotations

import inspect
import subprocess
import sys

import sealyard.client


def test_every_declared_name_is_there_and_described() -> None:
    for name in sealyard.client.__all__:
        found = getattr(sealyard.client, name)
        assert inspect.getdoc(found), f"{name} has no description"
    assert sealyard.client.__all__ == sorted(sealyard.client.__all__)


def test_every_verb_of_the_client_says_what_it_raises() -> None:
    verbs = ("resolve", "signed_tags", "pull", "push", "sign", "revoke", "inspect")
    for verb in verbs:
        assert "aise" in (inspect.getdoc(getattr(sealyard.client.Client, verb)) or "")


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(sealyard.client, "unheard_of")


def test_it_needs_nothing_of_the_server() -> None:
    forbidden = ("sqlalchemy", "starlette", "uvicorn", "structlog", "argon2", "alembic", "jwt")
    code = (
        "import sys\n"
        f"for name in {forbidden!r}: sys.modules[name] = None\n"
        "import sealyard.client\n"
        "for name in sealyard.client.__all__: getattr(sealyard.client, name)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
