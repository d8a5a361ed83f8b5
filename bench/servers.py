"""The servers that are measured: started, watched for processor time and memory, stopped."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSWORD = "a password for measuring"  # noqa: S105 (of a server that lives for minutes)
_TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a peer presents: Sealyard's own certificate, so that all handshakes are alike."""

    ca: Path
    chain: Path
    key: Path


@dataclass
class Server:
    """A running server and everything in its process tree."""

    name: str
    base: str
    ca: Path
    process: subprocess.Popen[bytes]
    authorization: str = ""
    peak: int = 0
    _watching: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        """Its host and port."""
        return self.base.partition("://")[2]

    def cpu(self) -> float:
        """Return the processor seconds that its processes have used so far."""
        return sum(_cpu(pid) for pid in self._tree())

    def watch_memory(self) -> None:
        """Keep ``peak`` at the most memory of all its processes together, in bytes."""
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()

    def stop(self) -> None:
        """End it."""
        self._watching.set()
        self.process.terminate()
        self.process.wait(60)

    def get(self, path: str) -> bytes:
        """Fetch a path with its authorization."""
        request = urllib.request.Request(self.base + path)  # noqa: S310 (a server of ours)
        if self.authorization:
            request.add_header("authorization", self.authorization)
        context = self.context() if self.base.startswith("https") else None
        with urllib.request.urlopen(request, context=context, timeout=60) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content

    def context(self) -> ssl.SSLContext:
        """Return what a client needs to trust it."""
        return ssl.create_default_context(cafile=str(self.ca))

    def use_password(self) -> None:
        """Send the Owner's name and password from now on, where the server wants to know."""
        if self.name == "sealyard":
            pair = f"admin:{PASSWORD}".encode()
            self.authorization = f"Basic {base64.b64encode(pair).decode()}"

    def use_token(self, scopes: Sequence[str]) -> None:
        """Send a fresh token for ``scopes`` from now on, where the server wants one."""
        if self.name == "sealyard":
            self.use_password()
            asked = "&".join(f"scope={scope}" for scope in scopes)
            token = json.loads(self.get(f"/oauth2/token?service={self.host}&{asked}"))["token"]
            self.authorization = f"Bearer {token}"

    def _tree(self) -> list[int]:
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            tasks = Path(f"/proc/{pid}/task/{pid}/children")
            if tasks.exists():
                waiting.extend(int(child) for child in tasks.read_text().split())
        return found

    def _watch(self) -> None:
        while not self._watching.wait(_SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(_resident(pid) for pid in self._tree()))


def sealyard(folder: Path, *, tls: bool = True) -> Server:
    """Start Sealyard on its defaults: two workers, authentication on."""
    port = _free_port()
    program = Path(sys.executable).with_name("sealyard")
    command = [str(program), "serve", "--data-dir", str(folder), "--listen", f"localhost:{port}"]
    command += ["--token-lifetime", "1h", "--tls", "on" if tls else "off"]
    env = {**os.environ, "SEALYARD_ADMIN_PASSWORD": PASSWORD}
    process = _start(command, folder.with_suffix(".log"), env)
    scheme = "https" if tls else "http"
    server = Server("sealyard", f"{scheme}://localhost:{port}", folder / "tls" / "ca.pem", process)
    _wait(server, "/readyz")
    return server


def certificate_of(folder: Path) -> Certificate:
    """Return the certificate that Sealyard made in its data folder."""
    tls = folder / "tls"
    return Certificate(tls / "ca.pem", tls / "server.pem", tls / "server.key")


def docker_registry(folder: Path, certificate: Certificate, *, tls: bool = True) -> Server:
    """Start Debian's docker-registry on files, without authentication."""
    port = _free_port()
    folder.mkdir()
    http = [f"  addr: 127.0.0.1:{port}", "  secret: measured"]
    if tls:
        http += ["  tls:", f"    certificate: {certificate.chain}", f"    key: {certificate.key}"]
    storage = [f"  filesystem: {{rootdirectory: {folder}}}", "  delete: {enabled: true}"]
    lines = ["version: 0.1", "log: {level: error, accesslog: {disabled: true}}"]
    lines += ["storage:", *storage, "http:", *http]
    config = folder / "config.yml"
    config.write_text("\n".join(lines) + "\n")
    command = [_program("docker-registry"), "serve", str(config)]
    process = _start(command, folder.with_suffix(".log"), dict(os.environ))
    base = f"{'https' if tls else 'http'}://localhost:{port}"
    server = Server("docker-registry", base, certificate.ca, process)
    _wait(server, "/v2/")
    return server


def notary_server(folder: Path, certificate: Certificate) -> Server:
    """Start Debian's notary-server on its memory store with its local signer."""
    port = _free_port()
    folder.mkdir()
    described = {
        "server": {
            "http_addr": f"127.0.0.1:{port}",
            "tls_cert_file": str(certificate.chain),
            "tls_key_file": str(certificate.key),
        },
        "trust_service": {"type": "local", "hostname": "", "port": "", "key_algorithm": "ecdsa"},
        "storage": {"backend": "memory"},
        "logging": {"level": "error"},
    }
    config = folder / "config.json"
    config.write_text(json.dumps(described))
    command = [_program("notary-server"), "-config", str(config)]
    process = _start(command, folder.with_suffix(".log"), dict(os.environ))
    server = Server("notary-server", f"https://localhost:{port}", certificate.ca, process)
    _wait(server, "/_notary_server/health")
    return server


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed: run make install-outside"
        raise SystemExit(message)
    return found


def _start(command: Sequence[str], log: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    with log.open("wb") as sink:
        return subprocess.Popen(command, stdout=sink, stderr=sink, env=env)  # noqa: S603 (a server of ours)


def _wait(server: Server, path: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            server.get(path)
        except (OSError, urllib.error.URLError) as error:
            if isinstance(error, urllib.error.HTTPError):
                return
            if time.monotonic() > end or server.process.poll() is not None:
                message = f"{server.name} does not answer"
                raise SystemExit(message) from error
            time.sleep(0.1)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(pid: int) -> int:
    """Return the process's share of memory: a page that two processes map counts half for each."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"^Pss: +(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found is not None else 0
