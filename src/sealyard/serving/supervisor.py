"""The supervisor: prepares the data folder, starts the workers, and keeps them running.

    supervisor ── fork ─▶ preparation (first start, migrations; then gone, with its memory)
               ── fork ─▶ worker 1 ┐
               ── fork ─▶ worker 2 ┴─ accept on the same sockets

It imports nothing of the server itself, so it costs next to no memory, and it has one thread, so
it may fork at any time. SIGTERM and SIGINT drain and stop; SIGHUP loads new certificates.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TextIO

from sealyard.errors import SealyardError
from sealyard.serving.folder import hold
from sealyard.serving.sockets import listen
from sealyard.settings import Address
from sealyard.version import VERSION

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from sealyard.settings import Settings

_RESTART_PAUSE: Final = 1.0
_GIVE_UP_AFTER: Final = 5  # workers in a row that died before they were ready


@dataclass(slots=True)
class _Worker:
    number: int
    process: int
    ready: int  # read end of a pipe: one byte when it serves, end of file when it dies


class Supervisor:
    """Runs one server until it is told to stop."""

    def __init__(self, settings: Settings, stream: TextIO | None = None) -> None:
        self._settings = settings
        self._stream = stream or sys.stderr
        self._workers: dict[int, _Worker] = {}
        self._stopping = False
        self._gave_up = False
        self._announced = False
        self._failures = 0
        self._selector = selectors.DefaultSelector()
        self._sockets: list[socket.socket] = []
        self._lock = -1
        self._alive = os.pipe()  # workers notice by its end of file that the supervisor is gone

    def run(self) -> int:
        """Serve until stopped; return the exit code."""
        try:
            self._lock = hold(self._settings.data_dir)
            self._sockets = listen(self._settings.listen)
            self._settings = replace(self._settings, listen=self._bound())
        except SealyardError as error:
            self._say(f"error: {error}")
            return 1
        self._fresh_counters()
        code = self._in_child(self._prepare)
        if code != 0:
            return code
        self._watch_signals()
        for number in range(1, self._settings.workers + 1):
            self._start(number)
        return self._watch()

    def _bound(self) -> Address:
        return Address(self._settings.listen.host, self._sockets[0].getsockname()[1])

    def _fresh_counters(self) -> None:
        # Where the workers add up their metrics; read when their client library is imported.
        folder = self._settings.data_dir / "run" / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)

    def _prepare(self) -> int:
        from sealyard.bootstrap.prepare import prepare  # noqa: PLC0415 (in the child only: its memory goes with it)

        return prepare(self._settings, say=self._say)

    def _serve(self, ready: Callable[[], None]) -> int:
        from sealyard.serving.worker import serve  # noqa: PLC0415 (in the child only)

        return serve(self._settings, self._sockets, alive=self._alive[0], ready=ready)

    def _start(self, number: int) -> None:
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reading)
            os.close(self._alive[1])
            for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(signal_number, signal.SIG_DFL)
            signal.set_wakeup_fd(-1)
            _leave(lambda: self._serve(lambda: _tell(writing)))
        os.close(writing)
        self._workers[reading] = _Worker(number, process, reading)
        self._selector.register(reading, selectors.EVENT_READ)

    def _in_child(self, work: Callable[[], int]) -> int:
        process = os.fork()
        if process == 0:
            _leave(work)
        _, status = os.waitpid(process, 0)
        return os.waitstatus_to_exitcode(status)

    def _watch_signals(self) -> None:
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: None)
        self._selector.register(reading, selectors.EVENT_READ)

    def _watch(self) -> int:
        while self._workers:
            for key, _ in self._selector.select():
                worker = self._workers.get(key.fd)
                if worker is None:
                    self._on_signals(os.read(key.fd, 64))
                elif os.read(key.fd, 1):
                    self._on_ready()
                else:
                    self._on_death(worker)
        return 1 if self._gave_up else 0

    def _on_signals(self, numbers: bytes) -> None:
        for number in numbers:
            if number == signal.SIGHUP:
                self._signal_workers(signal.SIGHUP)
                continue
            if not self._stopping:
                self._say("stopping: requests under way may finish")
            self._stopping = True
            self._signal_workers(signal.SIGTERM)

    def _signal_workers(self, number: signal.Signals) -> None:
        for worker in self._workers.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.process, number)

    def _on_ready(self) -> None:
        self._failures = 0
        if self._announced:
            return
        self._announced = True
        scheme = "https" if self._settings.tls else "http"
        self._say(f"Sealyard {VERSION}, registry {self._settings.name}")
        self._say(f"listening on {scheme}://{self._settings.listen}")

    def _on_death(self, worker: _Worker) -> None:
        self._selector.unregister(worker.ready)
        os.close(worker.ready)
        del self._workers[worker.ready]
        _, status = os.waitpid(worker.process, 0)
        if self._stopping:
            return
        self._failures += 1
        code = os.waitstatus_to_exitcode(status)
        self._say(f"worker {worker.number} ended with {code}")
        if self._failures >= _GIVE_UP_AFTER or not self._announced:
            self._say("error: the workers do not stay up; see the lines above")
            self._stopping = self._gave_up = True
            self._signal_workers(signal.SIGTERM)
            return
        # It may have committed a change that it could no longer announce to the others.
        self._in_child(self._forget_caches)
        time.sleep(_RESTART_PAUSE)
        self._start(worker.number)

    def _forget_caches(self) -> int:
        from sealyard.bootstrap.parts import shared_generations  # noqa: PLC0415 (in the child only)

        shared_generations(self._settings).touch_everything()
        return 0

    def _say(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def _tell(descriptor: int) -> None:
    os.write(descriptor, b"+")


def _leave(work: Callable[[], int]) -> None:
    """Run ``work`` in a forked child and end the child with its code, whatever happens."""
    code = 1
    try:
        code = work()
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # noqa: BLE001 (the last line of a process: say it and end)
        import traceback  # noqa: PLC0415 (rarely needed)

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
