"""The page on signing keys is run as it stands, on an empty home folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "keys.md"


def test_every_block_of_the_page_runs(tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```bash\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 6
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {
        "HOME": str(tmp_path),
        "PATH": programs,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    script = "set -euo pipefail\n" + "\n".join(blocks)
    ran = subprocess.run(
        ["bash", "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Successfully generated and loaded private key." in ran.stdout
    assert "Successfully updated passphrase for the alice key" in ran.stdout
    assert "Backed up 2 keys" in ran.stdout
    assert "Restored 2 keys" in ran.stdout
    kept = tmp_path / ".docker" / "trust" / "private"
    assert len(list(kept.glob("*.key"))) == 2
