"""The reference of what a server answers: the routes of one that never listens."""

from __future__ import annotations

import tempfile

from sealyard.bootstrap.application import Application
from sealyard.bootstrap.description.document import document
from sealyard.bootstrap.prepare import prepare
from sealyard.settings import load


def reference() -> str:
    """Return the OpenAPI document of this version; a data folder is made for it and removed."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load(
            {"data_dir": folder, "tls": "off", "password_checks": "1"},
            {"SEALYARD_ADMIN_PASSWORD": "nobody ever signs in with this"},
            None,
        )
        if prepare(settings, lambda _text: None):
            message = "a server for the reference cannot be prepared"
            raise RuntimeError(message)
        application = Application(settings)
        try:
            return document(application.routes())
        finally:
            application.close()
