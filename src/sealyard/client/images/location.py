"""Places outside of a registry where images come from and go to, as people write them.

::

    oci:DIR[:TAG]                   an OCI image layout
    oci-archive:FILE[:TAG]          one in a tar file
    docker-archive:FILE[:NAME:TAG]  what docker save writes
    docker:NAME                     a Docker Engine

As with skopeo and podman a folder or file has no colon in its name. Where images are read, TAG may
be a digest, and NAME:TAG may be @N, counted from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sealyard.client.images import docker_archive, oci_archive, oci_layout
from sealyard.client.images.archive_target import ArchiveTarget
from sealyard.client.images.docker_form import DockerArchiveForm
from sealyard.client.images.docker_source import docker_archive_source
from sealyard.client.images.engine_source import EngineSource
from sealyard.client.images.engine_target import EngineTarget
from sealyard.client.images.errors import InvalidLocationError
from sealyard.client.images.layout_index import is_ref_name
from sealyard.client.images.oci_archive import OciArchiveForm, OciArchiveSource
from sealyard.client.images.oci_layout import OciLayoutSource, OciLayoutTarget
from sealyard.oci.errors import OciError
from sealyard.oci.references import ImageReference, is_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealyard.client.images.base import ImageSource, ImageTarget
    from sealyard.client.images.engine import Engine
    from sealyard.client.images.layer_memory import LayersInTarget


class Form(StrEnum):
    """What a place is, by the word before its first colon."""

    OCI = "oci"
    OCI_ARCHIVE = "oci-archive"
    DOCKER_ARCHIVE = "docker-archive"
    ENGINE = "docker"


@dataclass(frozen=True, slots=True)
class Location:
    """A place: ``path`` is a folder or file (not of an Engine), ``name`` an image in it."""

    form: Form
    path: Path
    name: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a place; raise ``InvalidLocationError``."""
        word, _, rest = text.partition(":")
        if word not in set(Form) or not rest:
            reason = "it has no form" if word not in set(Form) else "it has no name"
            raise InvalidLocationError(text, reason)
        form = Form(word)
        if form is Form.ENGINE:
            return cls(form, Path(), _checked(form, text, rest))
        path, colon, name = rest.partition(":")
        if not path or (colon and not name) or "\0" in path:
            reason = "a folder or file is missing, or the name behind it"
            raise InvalidLocationError(text, reason)
        return cls(form, Path(path).expanduser(), _checked(form, text, name) if colon else None)

    def __str__(self) -> str:
        if self.form is Form.ENGINE:
            return f"{self.form}:{self.name}"
        return f"{self.form}:{self.path}" + (f":{self.name}" if self.name else "")


def is_location(text: str) -> bool:
    """Tell whether ``text`` begins with one of the words, and so is no image of a registry."""
    return text.partition(":")[0] in set(Form) and ":" in text


def names_in(location: Location) -> list[str]:
    """Return the names of the images in a folder or archive, each of which ends with a tag.

    Any of them can be the ``name`` of a place. Raise ``ImageFormError``.
    """
    if location.form is Form.OCI:
        found = oci_layout.names(location.path)
    elif location.form is Form.OCI_ARCHIVE:
        found = oci_archive.names(location.path)
    elif location.form is Form.DOCKER_ARCHIVE:
        found = docker_archive.names(location.path)
    else:
        reason = "an Engine is asked for the tags of one repository"
        raise InvalidLocationError(str(location), reason)
    return sorted(name for name in set(found) if is_tag(name.rpartition(":")[2]))


def open_source(
    location: Location, engine: Callable[[], Engine], known: LayersInTarget | None = None
) -> ImageSource:
    """Open an image.

    ``engine`` is called for ``docker:`` only; the source closes it. Layers of docker's that are
    ``known`` are not compressed again. Raise ``ImageFormError``, ``EngineError``,
    ``DigestMismatchError``.
    """
    if location.form is Form.OCI:
        return OciLayoutSource(location.path, location.name)
    if location.form is Form.OCI_ARCHIVE:
        return OciArchiveSource.open(location.path, location.name)
    if location.form is Form.DOCKER_ARCHIVE:
        return docker_archive_source(location.path, location.name, known)
    return EngineSource(engine(), location.name or "", known)


def open_target(location: Location, engine: Callable[[], Engine]) -> ImageTarget:
    """Make a place ready to take images; archives are written anew.

    ``engine`` is called for ``docker:`` only; the target closes it. Raise ``ImageFormError``, and
    ``InvalidLocationError`` for a name that only makes sense to read.
    """
    name, place = location.name, str(location.path)
    if location.form is Form.OCI:
        return OciLayoutTarget(location.path, _written(location))
    if location.form is Form.OCI_ARCHIVE:
        form = OciArchiveForm(place, _written(location))
        return ArchiveTarget(location.path, form)
    reference = None if name is None else _reference(location, name)
    if location.form is Form.DOCKER_ARCHIVE:
        return ArchiveTarget(location.path, DockerArchiveForm(place, reference))
    return EngineTarget(engine(), reference)


def _checked(form: Form, text: str, name: str) -> str:
    if form is Form.DOCKER_ARCHIVE and name.startswith("@"):
        return name
    if form in {Form.OCI, Form.OCI_ARCHIVE}:
        if is_ref_name(name):
            return name
        reason = f"{name[:80]!r} is no name that an image can have there"
        raise InvalidLocationError(text, reason)
    try:
        ImageReference.familiar(name)
    except OciError as error:
        raise InvalidLocationError(text, str(error)) from error
    return name


def _written(location: Location) -> str | None:
    if location.name is not None and location.name.startswith("sha256:"):
        reason = "an image is written under a name, not a digest"
        raise InvalidLocationError(str(location), reason)
    return location.name


def _reference(location: Location, name: str) -> ImageReference:
    try:
        reference = ImageReference.familiar(name)
    except OciError as error:
        raise InvalidLocationError(str(location), str(error)) from error
    if reference.tag is None:
        reason = "an image is written under a name and tag"
        raise InvalidLocationError(str(location), reason)
    return reference
