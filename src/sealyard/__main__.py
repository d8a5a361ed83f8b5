"""``python -m sealyard``: the same as the command ``sealyard``."""

from __future__ import annotations

from sealyard.cli.main import main

main()
