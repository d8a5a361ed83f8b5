"""The guide says what is true: its commands are run, in order, as one shell session."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from real.content import SMALL
from real.engine import REPOSITORY_PASSPHRASE, ROOT_PASSPHRASE, docker
from real.processes import run
from real.registry import NAME, OWNER_PASSWORD, SEALYARD

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.engine import Docker
    from real.registry import Registry

GUIDE = Path(__file__).parents[2] / "docs" / "content-trust.md"


def test_every_command_of_the_content_trust_guide_works(
    registry: Registry, new_docker: Callable[[str], Docker], folder: Path
) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 8
    reader = new_docker("reader")
    programs = folder / "bin"
    programs.mkdir()
    for name, found in (("docker", docker()), ("sealyard", str(SEALYARD))):
        (programs / name).symlink_to(shutil.which(found) or found)
    environment = {
        **reader.env,
        "PATH": f"{programs}:{reader.env['PATH']}",
        "SERVER": registry.server,
        "REGISTRY": NAME,
        "CA": str(registry.ca),
        "IMAGE": SMALL,
        "OWNER_PASSWORD": OWNER_PASSWORD,
        "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": ROOT_PASSPHRASE,
        "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": REPOSITORY_PASSPHRASE,
    }
    script = "set -euo pipefail\nset -x\n" + "\n".join(blocks)
    done = run(["bash", "-c", script], environment, cwd=reader.home).ok()
    assert "Successfully signed" in done.out
    assert "Successfully deleted signature" in done.out
