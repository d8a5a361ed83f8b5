from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from memory_images import MemoryImage
from sealyard.client.images.begun_source import BegunSource
from sealyard.client.images.errors import EngineAnswerError

if TYPE_CHECKING:
    from sealyard.oci.descriptor import Descriptor

_PATIENCE = 10.0  # seconds


class SlowImage(MemoryImage):
    """An image whose top is known once ``go`` is set; ``closed`` says that it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go, self.closed = (threading.Event() for _ in range(3))

    def __exit__(self, *_details: object) -> None:
        self.closed.set()

    def top(self) -> Descriptor:
        self.asked.set()
        assert self.go.wait(_PATIENCE)
        if not self.tops:
            raise EngineAnswerError("nothing")  # noqa: EM101 (the reason itself)
        return super().top()


def test_the_work_begins_before_anybody_asks() -> None:
    image = SlowImage()
    top = image.add_image(b"layer")
    with BegunSource(image) as source:
        assert image.asked.wait(_PATIENCE)
        image.go.set()
        assert source.top() == top
        assert source.manifest(top) == image.content[top.digest]
    assert image.closed.is_set()


def test_what_goes_wrong_is_told_when_the_top_is_asked_for() -> None:
    image = SlowImage()
    image.go.set()
    with BegunSource(image) as source, pytest.raises(EngineAnswerError, match="nothing"):
        source.top()
    assert image.closed.is_set()


def test_whoever_leaves_early_does_not_wait_and_the_source_is_closed_later() -> None:
    image = SlowImage()
    image.add_image(b"layer")
    with BegunSource(image):
        pass
    assert not image.closed.is_set()
    image.go.set()
    assert image.closed.wait(_PATIENCE)
