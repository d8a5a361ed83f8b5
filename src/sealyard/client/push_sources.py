"""What a push takes, and from where: one image or all tags of a repository."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sealyard.client.errors import NothingToPushError
from sealyard.client.images.location import Location, engine_of, open_source
from sealyard.client.pushing import Image
from sealyard.client.registry.remote_image import RemoteTarget

if TYPE_CHECKING:
    from sealyard.client.registry.repository import RemoteRepository
    from sealyard.client.surroundings import Surroundings
    from sealyard.oci.references import ImageReference


@dataclass(frozen=True, slots=True)
class PushSources:
    """Where the images come from that go to ``repository``."""

    surroundings: Surroundings
    repository: RemoteRepository

    def one(self, named: ImageReference, place: str | None) -> list[Image]:
        """Return the image to be pushed as ``named``: from ``place``, else from the Engine.

        Raise ``InvalidLocationError``; opening it raises what ``open_source`` does.
        """
        location = Location.parse(f"docker:{named}" if place is None else place)
        return [self._image(named, location)]

    def all_tags(self, named: ImageReference, place: str | None) -> list[Image]:
        """Return every tag that ``place``, or the Engine for this repository, has.

        Raise ``NothingToPushError`` if there are none, ``InvalidLocationError``,
        ``ImageFormError``, ``EngineError``.
        """
        if place is None:
            with engine_of(self.surroundings) as engine:
                tags = engine.images(named.gun)
            locations = {tag: Location.parse(f"docker:{named.with_tag(tag)}") for tag in tags}
        else:
            location = Location.parse(place)
            locations = {tag: replace(location, name=tag) for tag in location.tags()}
        if not locations:
            raise NothingToPushError(named.gun, place or "the Engine")
        return [self._image(named.with_tag(tag), location) for tag, location in locations.items()]

    def _image(self, reference: ImageReference, location: Location) -> Image:
        is_there = RemoteTarget(self.repository).has
        return Image(reference, partial(open_source, location, self.surroundings, is_there))
