"""The guides say what is true: their commands are run, in order, as one session each."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from real.content import SMALL
from real.engine import REPOSITORY_PASSPHRASE, ROOT_PASSPHRASE, docker
from real.processes import run
from real.registry import NAME, OWNER_PASSWORD, SEALYARD

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.engine import Docker
    from real.processes import Done
    from real.registry import Cli, Registry

DOCS = Path(__file__).parents[2] / "docs"


class Reader:
    """Somebody who types what a guide says."""

    def __init__(self, registry: Registry, person: Docker, programs: Path) -> None:
        self.home = person.home
        self._programs = programs
        programs.mkdir()
        for name, found in (("docker", docker()), ("sealyard", str(SEALYARD))):
            (programs / name).symlink_to(shutil.which(found) or found)
        self.environment = {
            **person.env,
            "PATH": f"{programs}:{person.env['PATH']}",
            "SEALYARD_CONFIG_DIR": str(person.home / "sealyard"),
            "SERVER": registry.server,
            "REGISTRY": NAME,
            "CA": str(registry.ca),
            "IMAGE": SMALL,
            "OWNER_PASSWORD": OWNER_PASSWORD,
            "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": ROOT_PASSPHRASE,
            "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": REPOSITORY_PASSPHRASE,
        }

    def types(self, page: str, least: int) -> Done:
        """Run every ``bash`` block of a page; there are at least so many."""
        script = "set -euo pipefail\nset -x\n" + "\n".join(blocks(page, "bash", least))
        return run(["bash", "-c", script], self.environment, cwd=self.home)


def blocks(page: str, language: str, least: int) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert len(found) >= least
    return found


@pytest.fixture(scope="module")
def new_reader(
    registry: Registry, new_docker: Callable[[str], Docker], folder: Path
) -> Callable[[str], Reader]:
    return lambda name: Reader(registry, new_docker(name), folder / f"bin-{name}")


def test_every_command_of_the_content_trust_guide_works(
    new_reader: Callable[[str], Reader],
) -> None:
    done = new_reader("guide").types("content-trust.md", 8).ok()
    assert "Successfully signed" in done.out
    assert "Successfully deleted signature" in done.out


def test_every_command_of_the_clients_guide_works(
    signers: Cli, new_reader: Callable[[str], Reader]
) -> None:
    del signers  # content trust is on, and the Owner may sign
    done = new_reader("client").types("client.md", 8).ok()
    assert done.out.count("Successfully signed") >= 1
    assert "FROM" in done.out


def test_every_example_of_the_library_works(
    signers: Cli, new_reader: Callable[[str], Reader], registry: Registry
) -> None:
    del signers
    reader = new_reader("library")
    begin = (
        f"printf '%s' \"$OWNER_PASSWORD\" | sealyard login --server https://{registry.server} "
        "--username admin --password-stdin --ca-file $CA -o none\n"
        "docker save $IMAGE > image.tar\n"
        "sealyard copy docker-archive:image.tar oci:layout:v1 --disable-content-trust -q\n"
    )
    run(["bash", "-euc", begin], reader.environment, cwd=reader.home).ok()
    examples = "\n".join(blocks("library.md", "python", 5))
    code = f"SERVER = {registry.server!r}\n{examples}"
    done = run([sys.executable, "-W", "error", "-c", code], reader.environment, cwd=reader.home)
    assert "No valid trust data for unsigned" in done.ok().out
    assert "targets" in done.out
