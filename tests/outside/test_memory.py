"""What is pushed passes through the registry's memory, it does not gather there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from real.memory import Memory, Watch, memory_of
from real.processes import program, run
from real.registry import OWNER_PASSWORD, Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Record = Callable[[str, object], None]

LIMIT = 200_000_000  # bytes, resident, all processes of the server together
GB = 1_000_000_000
NEEDED = 19 * GB  # on the disk while the test runs


@pytest.fixture
def roomy(tmp_path: Path) -> Iterator[Registry]:
    """Start a registry where there is room for what is pushed; make the room free again."""
    free = shutil.disk_usage(tmp_path).free
    assert free > NEEDED, f"this test writes 18 GB; {tmp_path} has {free / GB:.0f} GB free"
    with Registry(tmp_path) as registry:
        yield registry.start()


def test_10_gb_and_then_8_times_1_gb_at_once_stay_under_200_mb(
    roomy: Registry, tmp_path: Path, record_property: Record
) -> None:
    record_property("memory at rest", memory_of(roomy.pid))
    for what, sizes in (
        ("one push of 10 GB", [10 * GB]),
        ("8 parallel pushes of 1 GB", [GB] * 8),
    ):
        most, speed = _pushed(roomy, tmp_path, sizes)
        record_property(what, f"{most}, {speed / 1e6:.0f} MB/s")
        assert 0 < most.resident < LIMIT, f"{what}: {most}"


def _pushed(registry: Registry, folder: Path, sizes: list[int]) -> tuple[Memory, float]:
    """Push blobs of these sizes at once; return the most memory, and the bytes per second."""
    names = [f"of-{len(sizes)}-{number}" for number in range(len(sizes))]
    with ThreadPoolExecutor(len(sizes)) as threads:
        files = list(threads.map(lambda name, size: _file(folder / name, size), names, sizes))
        started = time.monotonic()
        with Watch(registry.pid) as watch:
            list(threads.map(lambda name, file: _push(registry, name, *file), names, files))
        seconds = time.monotonic() - started
    return watch.most, sum(sizes) / seconds


def _file(path: Path, size: int) -> tuple[Path, str]:
    """Make a file that takes no room on the disk; return it with its digest."""
    with path.open("wb") as file:
        file.write(path.name.encode())
        file.truncate(size)
    with path.open("rb") as file:
        return path, "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _push(registry: Registry, repository: str, file: Path, digest: str) -> None:
    """Push as docker does: one streamed PATCH of unknown length, then a PUT."""
    where = _sent(registry, "POST", f"/v2/{repository}/blobs/uploads/", "Content-Length: 0")
    streamed = ("Transfer-Encoding: chunked", "Expect:")
    where = _sent(registry, "PATCH", where, *streamed, upload=file)
    glue = "&" if "?" in where else "?"
    stored = _sent(registry, "PUT", f"{where}{glue}digest={digest}", "Content-Length: 0")
    assert stored.endswith(f"/v2/{repository}/blobs/{digest}")


def _sent(
    registry: Registry, method: str, path: str, *headers: str, upload: Path | None = None
) -> str:
    url = path if path.startswith("https://") else registry.url + path
    command = [program("curl"), "--silent", "--show-error", "--fail", "--request", method]
    command += ["--cacert", str(registry.ca), "--config", "-", "--dump-header", "-"]
    command += ["--output", os.devnull, url]
    for header in headers:
        command += ["--header", header]
    if upload is not None:
        command += ["--upload-file", str(upload)]
    user = f'user = "admin:{OWNER_PASSWORD}"\n'
    answer = run(command, {"PATH": os.environ["PATH"]}, given=user, seconds=600).ok()
    return str(re.findall(r"(?im)^location:\s*(\S+)", answer.out)[-1])
