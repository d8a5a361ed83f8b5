"""Loads: what a row does to a server, and how much of it was done in how long."""

from __future__ import annotations

import re
import selectors
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from servers import Server

CONNECTIONS = 8
# What docker's client, a Go program, would like first; curl would like AES-256 first.
_CIPHERS = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"


@dataclass(frozen=True, slots=True)
class Measured:
    """``count`` things done in ``wall`` seconds with ``cpu`` seconds of the server."""

    count: float
    wall: float
    cpu: float

    @property
    def wall_each(self) -> float:
        """Seconds for one."""
        return self.wall / self.count

    @property
    def cpu_each(self) -> float:
        """Processor seconds of the server for one."""
        return self.cpu / self.count


def measured(servers: Sequence[Server], work: Callable[[], float]) -> Measured:
    """Do ``work``, which returns how many things it did to ``servers``."""
    cpu, began = sum(server.cpu() for server in servers), time.perf_counter()
    count = work()
    wall = time.perf_counter() - began
    return Measured(count, wall, sum(server.cpu() for server in servers) - cpu)


def gets(
    server: Server,
    path: str,
    *,
    seconds: float,
    accept: str = "*/*",
    connections: int = CONNECTIONS,
) -> Measured:
    """Ask for the same thing again and again over several connections (wrk)."""
    return _wrk(server, path, f'wrk.headers["Accept"] = "{accept}"', seconds, connections)


def puts(server: Server, path: str, body: bytes, kind: str, *, seconds: float) -> Measured:
    """Put ``body`` under ever new names that begin with ``path`` (wrk)."""
    with tempfile.NamedTemporaryFile(suffix=".body") as file:
        file.write(body)
        file.flush()
        script = f"""
            local body = io.open("{file.name}", "rb"):read("*a")
            wrk.headers["Content-Type"] = "{kind}"
            local number = 0
            request = function()
                number = number + 1
                return wrk.format("PUT", "{path}" .. number, nil, body)
            end"""
        return _wrk(server, "/", script, seconds, CONNECTIONS)


def heads(server: Server, path: str, *, seconds: float, accept: str) -> Measured:
    """Ask for the head of the same thing again and again (wrk waits for bodies that HEAD has not).

    The answers have no body, so an answer ends where its head does.
    """
    asked = f"HEAD {path} HTTP/1.1\r\nHost: {server.host}\r\nAccept: {accept}\r\n"
    if server.authorization:
        asked += f"Authorization: {server.authorization}\r\n"
    message = asked.encode() + b"\r\n"

    def work() -> float:
        with ExitStack() as stack, selectors.DefaultSelector() as selector:
            for _ in range(CONNECTIONS):
                opened = stack.enter_context(_connected(server))
                opened.sendall(message)
                selector.register(opened, selectors.EVENT_READ)
            return _answered(selector, message, time.perf_counter() + seconds)

    return measured([server], work)


def _answered(selector: selectors.BaseSelector, message: bytes, end: float) -> float:
    count = 0
    while time.perf_counter() < end:
        for key, _ in selector.select(1):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
            assert answer.endswith(b"\r\n\r\n"), answer[-100:]
            count += 1
            connection.sendall(message)
    return count


def _connected(server: Server) -> socket.socket:
    host, _, port = server.host.partition(":")
    plain = socket.create_connection((host, int(port)), timeout=30)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not server.base.startswith("https"):
        return plain
    return server.context().wrap_socket(plain, server_hostname=host)


def _wrk(server: Server, path: str, script: str, seconds: float, connections: int) -> Measured:
    # As every Go client asks without being told to: docker, notary, containerd, skopeo.
    script = f'wrk.headers["Accept-Encoding"] = "gzip"\n{script}'
    if server.authorization:
        script = f'wrk.headers["Authorization"] = "{server.authorization}"\n{script}'
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script + "\n")
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout=30s"]
        command += ["-s", file.name, server.base + path]

        def work() -> float:
            done = _run(command)
            refused = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
            assert refused is None, f"{server.name} refused {refused} of {path}"
            found = re.search(r"(\d+) requests in", done)
            assert found is not None, done
            return float(found[1])

        return measured([server], work)


def download(server: Server, path: str) -> Measured:
    """Fetch one large thing once; the count is in GiB."""
    command = _curl(server, "--output", "/dev/null", "--write-out", "%{size_download}")
    return measured([server], lambda: int(_run([*command, server.base + path])) / 2**30)


def push_blob(server: Server, repository: str, file: Path, digest: str, *, chunked: bool) -> None:
    """Push a blob from a file: docker's way (one streamed PATCH), or with one PUT."""
    begin = _curl(server, "-X", "POST", "-H", "Content-Length: 0")
    location = _location(begin, server, f"{server.base}/v2/{repository}/blobs/uploads/")
    sent = ("-T", str(file), "-H", "Expect:", "-H", "Content-Type: application/octet-stream")
    last: tuple[str, ...] = sent
    if chunked:
        stream = _curl(server, "-X", "PATCH", "-H", "Transfer-Encoding: chunked", *sent)
        location = _location(stream, server, location)
        last = ("-H", "Content-Length: 0")
    glue = "&" if "?" in location else "?"
    _run([*_curl(server, "-X", "PUT", *last), f"{location}{glue}digest={digest}"])


def push_blobs(
    server: Server, repository: str, files: Sequence[tuple[Path, str]], *, chunked: bool
) -> Measured:
    """Push blobs side by side; the count is in GiB."""

    def work() -> float:
        with ThreadPoolExecutor(len(files)) as pool:
            for done in [
                pool.submit(push_blob, server, repository, file, digest, chunked=chunked)
                for file, digest in files
            ]:
                done.result()
        return sum(file.stat().st_size for file, _ in files) / 2**30

    return measured([server], work)


def _curl(server: Server, *arguments: str) -> list[str]:
    command = ["curl", "--silent", "--show-error", "--fail", "--http1.1"]
    if server.base.startswith("https"):
        command += ["--cacert", str(server.ca), "--tls13-ciphers", _CIPHERS]
    if server.authorization:
        command += ["--header", f"Authorization: {server.authorization}"]
    return [*command, *arguments]


def _location(command: list[str], server: Server, url: str) -> str:
    done = _run([*command, "--output", "/dev/null", "--dump-header", "-", url])
    where = str(re.findall(r"(?im)^location:\s*(\S+)", done)[-1])
    return where if where.startswith("http") else server.base + where


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (wrk and curl)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-1000:]}{done.stderr[-1000:]}"
    return done.stdout
