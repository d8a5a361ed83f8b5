from __future__ import annotations

import fcntl
import os
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from sealyard.client.trust.folder_lock import LOCK_FILE, locked
from sealyard.client.trust.key_errors import FolderBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def another_client(folder: Path, pid: str) -> Iterator[None]:
    """Hold the lock as another process would; raise ``BlockingIOError`` if it is taken."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.pwrite(descriptor, pid.encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_free(folder: Path) -> bool:
    try:
        with another_client(folder, ""):
            return True
    except BlockingIOError:
        return False


def test_a_folder_is_made_and_the_lock_is_its_owners(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "trust"
    with locked(folder):
        assert (folder / LOCK_FILE).read_text() == str(os.getpid())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / LOCK_FILE).stat().st_mode & 0o777 == 0o600


def test_who_holds_it_may_take_it_again(tmp_path: Path) -> None:
    with locked(tmp_path):
        with locked(tmp_path):
            assert not is_free(tmp_path)
        assert not is_free(tmp_path)
    assert is_free(tmp_path)


def test_it_is_given_back_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path):
        raise KeyError
    assert is_free(tmp_path)


def test_whoever_waits_too_long_is_told_who_holds_it(tmp_path: Path) -> None:
    naps: list[float] = []
    with (
        another_client(tmp_path, "12345"),
        pytest.raises(FolderBusyError, match="process 12345"),
        locked(tmp_path, patience=0.35, pause=naps.append),
    ):
        pass
    assert 0.35 <= sum(naps) < 1
    with locked(tmp_path):
        assert not is_free(tmp_path)


def test_it_is_taken_as_soon_as_the_other_has_finished(tmp_path: Path) -> None:
    other = ExitStack()
    other.enter_context(another_client(tmp_path, "12345"))
    with locked(tmp_path, pause=lambda _: other.close()):
        assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())


def test_two_threads_take_turns(tmp_path: Path) -> None:
    order: list[str] = []

    def enter(name: str) -> None:
        with locked(tmp_path):
            order.extend([name, name])

    with locked(tmp_path):
        threads = [threading.Thread(target=enter, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        threads[0].join(0.1)
        assert threads[0].is_alive()
        order.append("first")
    for thread in threads:
        thread.join(10)
    assert order[0] == "first"
    assert sorted(order[1:]) == ["a", "a", "b", "b"]
    assert order[1] == order[2]
