"""Copying between any two ends: registries, folders, files, a Docker Engine.

A registry's image is copied by a digest that is settled before (``Wanted``), so that what was
verified is what moves. A signature does not move with an image: its name is another one then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sealyard.client.images.location import open_source, open_target
from sealyard.client.pushing import Image, Pushing
from sealyard.client.registry.remote_image import RemoteSource, RemoteTarget
from sealyard.client.transfer.copy import copy_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sealyard.client.client import Client
    from sealyard.client.images.base import ImageSource
    from sealyard.client.images.location import Location
    from sealyard.client.pulling import Wanted
    from sealyard.client.transfer.platform import Platform
    from sealyard.client.transfer.progress import Progress
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.references import ImageReference


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where images come from: what is wanted of a registry's repository, or a place."""

    place: Location | None = None
    wanted: Sequence[Wanted] = ()


@dataclass(frozen=True, slots=True)
class Copied:
    """An image that is there now; ``reference`` is its name if that is in a registry."""

    top: Descriptor
    reference: ImageReference | None


@dataclass(frozen=True, slots=True)
class Copying:
    """How images are copied."""

    client: Client
    progress: Progress
    platform: Platform | None = None

    def to_registry(
        self, beginning: Beginning, there: ImageReference, *, keep_tags: bool, sign: bool
    ) -> list[Copied]:
        """Copy to a repository; each image gets the tag of ``there``, or keeps its own.

        With ``sign`` the new tags are signed before they are set. Raise what ``Pushing.push`` does.
        """
        hosts = {one.reference.host: one.reference.repository for one in beginning.wanted}
        repository = self.client.repository(there)
        pushing = Pushing(
            repository=repository,
            publisher=self.client.publisher(there) if sign else None,
            progress=self.progress,
            platform=self.platform,
            mount_from=(hosts[there.host],) if there.host in hosts else (),
        )
        images = [
            Image(there.with_tag(tag) if keep_tags and tag is not None else there, opened)
            for tag, opened in self._opened(beginning, RemoteTarget(repository).has)
        ]
        return [Copied(one.top, one.reference) for one in pushing.push(images).tags]

    def to_place(self, beginning: Beginning, there: Location) -> list[Copied]:
        """Copy to a folder, file or Engine; raise what ``copy_image`` and the two ends do."""
        copied = []
        with open_target(there, self.client.surroundings) as target:
            names: list[ImageReference | None] = [one.reference for one in beginning.wanted]
            names = names or [None]
            for name, (_, opened) in zip(names, self._opened(beginning), strict=True):
                with opened() as source:
                    top = copy_image(source, target, platform=self.platform, progress=self.progress)
                    target.finish(top, name)
                    copied.append(Copied(top, None))
        return copied

    def _opened(
        self, beginning: Beginning, is_there: Callable[[Descriptor], bool] | None = None
    ) -> Iterator[tuple[str | None, Callable[[], ImageSource]]]:
        """Yield each image's tag, if it has one, and what opens it."""
        if beginning.place is not None:
            surroundings = self.client.surroundings
            yield None, partial(open_source, beginning.place, surroundings, is_there)
        for one in beginning.wanted:
            repository = self.client.repository(one.reference)
            yield one.reference.tag, partial(RemoteSource, repository, one.digest)
