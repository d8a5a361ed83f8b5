"""Putting signed digests in the place of image names, and nothing else in a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.client.docker.errors import FileNotResolvedError
from sealyard.oci.errors import OciError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from collections.abc import Iterable

Resolve = Callable[[ImageReference], str]
"""Given an image's name, returns it by its verified digest; raises if nobody vouches for it."""


@dataclass(frozen=True, slots=True)
class ImageUse:
    """An image that a file uses: ``image`` is its name, which stands at ``start`` to ``end``.

    ``line`` counts from 1.
    """

    image: str
    start: int
    end: int
    line: int


def replaced(name: str, text: str, uses: Iterable[ImageUse], resolve: Resolve) -> str:
    """Return ``text``, the file ``name``, with each of ``uses`` by its digest.

    What is named by a digest already stays as it is: a digest vouches for itself. Raise
    ``FileNotResolvedError`` for what is no image's name, and whatever ``resolve`` raises.
    """
    for use in sorted(uses, key=lambda use: use.start, reverse=True):
        reference = _reference(name, use)
        if reference.digest is None:
            text = text[: use.start] + resolve(reference) + text[use.end :]
    return text


def _reference(name: str, use: ImageUse) -> ImageReference:
    try:
        return ImageReference.familiar(use.image)
    except OciError as error:
        raise FileNotResolvedError(name, use.line, str(error)) from error
