"""What can be wrong with an image outside of a registry.

::

    ClientError
    ├── ImageFormError
    │   ├── InvalidLocationError      no place that images can come from or go to
    │   ├── MalformedImageError       a folder or archive against the rules of its form
    │   │   └── ContentMissingError   it does not hold what it names
    │   ├── ImageNotInFormError       it holds no image of that name
    │   ├── AmbiguousImageError       it holds several images, and none was named
    │   ├── UnsupportedContentError   nothing that can be written in that form
    │   ├── LayerForgottenError       the target lost a layer while the image was copied
    │   ├── StorageError              a file or folder cannot be read or written
    │   └── NotOpenError              a target is used outside of its with block
    └── EngineError
        ├── EngineUnavailableError    nobody answers at the Engine's address, or lets us in
        ├── EngineRefusedError        the Engine says no
        │   └── EngineImageMissingError   it has no such image
        └── EngineAnswerError         it answers with something else than was agreed
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.client.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sealyard.oci.digest import Digest

_NAMES_SHOWN: Final = 10


class ImageFormError(ClientError):
    """A folder or archive of images cannot be used as it is."""


class InvalidLocationError(ImageFormError):
    """Not a place that images can come from or go to."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(
            f"{text[:200]!r} is no place for an image: {reason}; write oci:DIR[:TAG], "
            "oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG] or docker:NAME"
        )
        self.text = text


class MalformedImageError(ImageFormError):
    """The folder or archive at ``place`` is against the rules of its form; nothing was taken."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place} cannot be used: {reason}")
        self.place = place
        self.reason = reason


class ContentMissingError(MalformedImageError):
    """``place`` names content that it does not hold."""

    def __init__(self, place: str, digest: Digest) -> None:
        super().__init__(place, f"it names {digest} and does not hold it; write it anew")
        self.digest = digest


class ImageNotInFormError(ImageFormError):
    """``place`` holds no image called ``name``; ``names`` are those that it holds."""

    def __init__(self, place: str, name: str, names: Sequence[str]) -> None:
        what = f"no image {name}" if name else "no image"
        super().__init__(f"there is {what} in {place}{_listed(names)}")
        self.place = place
        self.name = name
        self.names = tuple(names)


class AmbiguousImageError(ImageFormError):
    """``place`` holds several images that are meant; ``names`` are theirs."""

    def __init__(self, place: str, names: Sequence[str]) -> None:
        super().__init__(f"{place} holds several images; say which one{_listed(names)}")
        self.place = place
        self.names = tuple(names)


class UnsupportedContentError(ImageFormError):
    """The image is sound, but cannot be had in the form that was asked for."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place} cannot take this image: {reason}")
        self.place = place


class LayerForgottenError(ImageFormError):
    """The target had a layer when asked, and lost it before the image was complete."""

    def __init__(self, digest: Digest) -> None:
        super().__init__(
            f"the layer {digest} was there and is not any more; run the command again, which will "
            "upload it anew"
        )
        self.digest = digest


class StorageError(ImageFormError):
    """The file system said no."""

    def __init__(self, path: Path | str, error: OSError) -> None:
        super().__init__(f"{path}: {error.strerror or error}")
        self.path = path


class NotOpenError(ImageFormError):
    """A target was used before its with block, or after: a mistake of the program, not a user's."""

    def __init__(self, place: str) -> None:
        super().__init__(f"{place} is not open: an image is put into it within a with block")
        self.place = place


class EngineError(ClientError):
    """Something is wrong between this program and the Docker Engine."""


class EngineUnavailableError(EngineError):
    """Nobody answers at ``host``, or this account may not ask there."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"the Docker Engine at {host} cannot be used: {reason}")
        self.host = host
        self.reason = reason


class EngineRefusedError(EngineError):
    """The Engine refused; the sentence is its own."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(f"the Docker Engine refuses: {message}")
        self.message = message
        self.status = status


class EngineImageMissingError(EngineRefusedError):
    """The Engine has no image called ``name``."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.args = (f"An image does not exist locally with the tag: {name}",)
        self.name = name


class EngineAnswerError(EngineError):
    """What came from the Engine is not what its API says."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the Docker Engine does not answer as it should: {reason}")
        self.reason = reason


def _listed(names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"; it holds {shown}" + (f" and {more} more" if more > 0 else "")
