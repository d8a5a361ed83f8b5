"""The cache of ready answers: bounded, and never older than the last change."""

from __future__ import annotations

from sealyard.db.generations import Generations
from sealyard.services.ready_cache import ReadyCache


def test_an_answer_is_kept_until_its_topic_changes() -> None:
    generations = Generations.private()
    cache: ReadyCache[bytes] = ReadyCache(generations, 100_000)
    cache.put("key", "topic", generations.stamp("topic"), b"answer", 6)
    assert cache.get("key", "topic") == b"answer"
    generations.touch("topic")
    assert cache.get("key", "topic") is None


def test_an_answer_loaded_before_a_change_is_not_kept() -> None:
    generations = Generations.private()
    cache: ReadyCache[bytes] = ReadyCache(generations, 100_000)
    stamp = generations.stamp("topic")
    generations.touch("topic")
    cache.put("key", "topic", stamp, b"old", 3)
    assert cache.get("key", "topic") is None


def test_the_cache_stays_within_its_bytes() -> None:
    generations = Generations.private()
    cache: ReadyCache[bytes] = ReadyCache(generations, 10_000)
    for number in range(100):
        cache.put(number, "topic", generations.stamp("topic"), b"x" * 1000, 1000)
    held = [number for number in range(100) if cache.get(number, "topic") is not None]
    assert held == [93, 94, 95, 96, 97, 98, 99]


def test_one_huge_answer_does_not_push_out_all_others() -> None:
    generations = Generations.private()
    cache: ReadyCache[bytes] = ReadyCache(generations, 10_000)
    cache.put("small", "topic", generations.stamp("topic"), b"x", 1)
    cache.put("huge", "topic", generations.stamp("topic"), b"x" * 9000, 9000)
    assert cache.get("small", "topic") == b"x"
    assert cache.get("huge", "topic") is None
