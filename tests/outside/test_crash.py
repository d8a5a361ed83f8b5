"""Killed at any moment, the registry loses nothing it acknowledged and shows nothing half done."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from real.invariants import check
from real.processes import wait_until
from real.registry import Cli, Registry
from real.writers import Writers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Record = Callable[[str, object], None]

WRITERS = 6
ROUNDS, TRIED, SECONDS = 12, 200, 180  # at least that often, until enough was tried, but no longer


@pytest.fixture
def crashing(tmp_path: Path) -> Iterator[Registry]:
    with Registry(tmp_path) as registry:
        owner = Cli(registry.start(), tmp_path / "owner")
        owner.login().ok()
        owner.trust("enabled").ok()
        owner.grant("AcrImageSigner", "admin@myregistry.local").ok()
        yield registry


def test_kill_9_at_random_points_of_hundreds_of_pushes_and_publishes(
    crashing: Registry, record_property: Record
) -> None:
    seed = time.time_ns()
    chance = random.Random(seed)  # noqa: S311 (when to kill, not a secret)
    writers = Writers(crashing, WRITERS)
    known, rounds, end = writers.known, 0, time.monotonic() + SECONDS
    while rounds < ROUNDS or (known.pushes < TRIED and time.monotonic() < end):
        rounds += 1
        writers.start()
        time.sleep(chance.uniform(0.3, 2.5))
        crashing.kill()
        writers.join()
        assert not writers.unexpected, (seed, writers.unexpected[:3])
        crashing.start()
        check(crashing, writers.known)
    record_property(
        "kill -9",
        f"{rounds} times during {known.pushes} pushes, {len(known.deleted)} deletions "
        f"and {known.publishes} publishes",
    )
    assert known.pushes >= TRIED
    assert known.publishes >= TRIED


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(crashing: Registry) -> None:
    writers = Writers(crashing, WRITERS)
    writers.start()
    before = _workers(crashing)
    time.sleep(1)
    os.kill(before[0], signal.SIGKILL)
    wait_until(
        "the worker is replaced",
        lambda: len(_workers(crashing)) == len(before) and before[0] not in _workers(crashing),
    )
    writers.join()
    assert not writers.unexpected, writers.unexpected[:3]
    check(crashing, writers.known)


def _workers(registry: Registry) -> list[int]:
    children = Path(f"/proc/{registry.pid}/task/{registry.pid}/children").read_text()
    return [int(child) for child in children.split()]
