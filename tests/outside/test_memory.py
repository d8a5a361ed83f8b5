"""However large the pushes, the whole server stays under 200 MB of memory."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self

from real.processes import program
from real.registry import OWNER_PASSWORD, Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


LIMIT = 200_000_000
GB = 1_000_000_000


class Memory:
    """Watches the resident bytes of all processes of a server together."""

    def __init__(self, registry: Registry) -> None:
        self.peak = 0
        self._pid = registry.pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while not self._done.wait(0.1):
            pages = sum(int(file.read_text().split()[1]) for file in self._processes())
            self.peak = max(self.peak, pages * page)

    def _processes(self) -> Iterator[Path]:
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        for pid in (self._pid, *children):
            yield Path(f"/proc/{pid}/statm")


def test_a_push_of_10_gb_and_8_parallel_ones_of_1_gb(
    registry: Registry, folder: Path, record_property: Callable[[str, object], None]
) -> None:
    large, small = _file(folder / "large", 10 * GB), _file(folder / "small", GB)
    with Memory(registry) as memory:
        _push(registry, "memory/large", *large)
    record_property("10 GB push", memory.peak)
    assert memory.peak < LIMIT, f"{memory.peak / 1e6:.0f} MB during a push of 10 GB"
    with Memory(registry) as memory, ThreadPoolExecutor(8) as pool:
        names = [f"memory/parallel-{number}" for number in range(8)]
        list(pool.map(lambda name: _push(registry, name, *small), names))
    record_property("8 parallel pushes of 1 GB", memory.peak)
    assert memory.peak < LIMIT, f"{memory.peak / 1e6:.0f} MB during 8 pushes of 1 GB"


def _file(path: Path, size: int) -> tuple[Path, str]:
    """Make a file that takes no room on the disk; return it with its digest."""
    with path.open("wb") as file:
        file.truncate(size)
    with path.open("rb") as file:
        return path, "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _push(registry: Registry, repository: str, file: Path, digest: str) -> None:
    """Push as docker does: one streamed PATCH of unknown length, then a PUT."""
    location = _sent(registry, "POST", f"/v2/{repository}/blobs/uploads/", "Content-Length: 0")
    location = _sent(
        registry, "PATCH", location, "Transfer-Encoding: chunked", "Expect:", upload=file
    )
    glue = "&" if "?" in location else "?"
    _sent(registry, "PUT", f"{location}{glue}digest={digest}", "Content-Length: 0")


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
    done = subprocess.run(
        command, input=user, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return str(re.findall(r"(?im)^location:\s*(\S+)", done.stdout)[-1])
