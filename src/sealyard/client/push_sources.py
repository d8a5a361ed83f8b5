"""What a push takes, and from where: one image or all tags of a repository."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sealyard.client.errors import NothingToPushError
from sealyard.client.images.engine import Engine
from sealyard.client.images.engine_address import EngineAddress
from sealyard.client.images.location import Location, open_source
from sealyard.client.pushing import Image

if TYPE_CHECKING:
    from sealyard.client.surroundings import Surroundings
    from sealyard.oci.references import ImageReference


def images_to_push(
    surroundings: Surroundings, named: ImageReference, place: str | None, *, all_tags: bool
) -> list[Image]:
    """Return the images that ``named`` stands for, to be opened when they have their turn.

    Without a ``place`` they come from the Engine, where they have the same names. Raise
    ``NothingToPushError`` if all tags are asked for and there are none, ``EngineError``, or
    what ``Location.parse`` raises.
    """
    text = f"docker:{named}" if place is None else place
    if not all_tags:
        location = Location.parse(text)
        return [Image(named, partial(open_source, location, surroundings))]
    if place is not None:
        found = Location.parse(place).tags()
        texts = {tag: f"{place}:{tag}" for tag in found}
    else:
        address = EngineAddress.parse(surroundings.docker_host, surroundings.docker_certificates)
        with Engine(address) as engine:
            found = engine.images(named.gun)
        texts = {tag: f"docker:{named.gun}:{tag}" for tag in found}
    if not texts:
        raise NothingToPushError(named.gun, place or "the Engine")
    return [
        Image(named.with_tag(tag), partial(open_source, Location.parse(text), surroundings))
        for tag, text in texts.items()
    ]
