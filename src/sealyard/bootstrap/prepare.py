"""What is done once before the workers start: keys, certificates, migrations, the first Owner."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sealyard.bootstrap.parts import certificate_files, database, sealer
from sealyard.db.schema import bring_up_to_date
from sealyard.errors import SealyardError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealyard.settings import Settings


def prepare(settings: Settings, say: Callable[[str], None]) -> int:
    """Make everything ready for the workers; return the exit code, having said what is wrong."""
    os.umask(0o077)
    try:
        _prepare(settings, say)
    except SealyardError as error:
        say(f"error: {error}")
        return 1
    return 0


def _prepare(settings: Settings, say: Callable[[str], None]) -> None:
    if settings.tls:
        certificate_files(settings).context()
    sealed = sealer(settings)
    rows = database(settings)
    bring_up_to_date(rows)
    rows.close()
    _ = sealed, say
