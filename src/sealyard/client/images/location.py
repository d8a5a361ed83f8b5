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

from sealyard.client.images import oci_layout
from sealyard.client.images.errors import InvalidLocationError
from sealyard.client.images.layout_index import is_ref_name
from sealyard.client.images.oci_layout import OciLayoutSource, OciLayoutTarget
from sealyard.oci.errors import OciError
from sealyard.oci.references import ImageReference, is_tag

if TYPE_CHECKING:
    from sealyard.client.images.base import ImageSource, ImageTarget
    from sealyard.client.images.engine import Engine
    from sealyard.client.images.layer_memory import IsThere
    from sealyard.client.surroundings import Surroundings


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

    def tags(self) -> list[str]:
        """Return the tags of the images in a folder or archive, in order of name.

        Each may stand behind the place's last colon. Raise ``ImageFormError``.
        """
        if self.form is Form.OCI:
            found = oci_layout.names(self.path)
        elif self.form is Form.OCI_ARCHIVE:
            from sealyard.client.images import oci_archive  # noqa: PLC0415 (one form of many: a start is to be quick)

            found = oci_archive.names(self.path)
        elif self.form is Form.DOCKER_ARCHIVE:
            from sealyard.client.images import docker_archive  # noqa: PLC0415 (one form of many: a start is to be quick)

            found = [name.rpartition(":")[2] for name in docker_archive.names(self.path)]
        else:
            reason = "the tags of an Engine are asked for by repository"
            raise InvalidLocationError(str(self), reason)
        return sorted({name for name in found if is_tag(name)})

    def __str__(self) -> str:
        if self.form is Form.ENGINE:
            return f"{self.form}:{self.name}"
        return f"{self.form}:{self.path}" + (f":{self.name}" if self.name else "")


def is_location(text: str) -> bool:
    """Tell whether ``text`` begins with one of the words, and so is no image of a registry."""
    return text.partition(":")[0] in set(Form) and ":" in text


def engine_of(surroundings: Surroundings) -> Engine:
    """Return the Engine that docker would use here; raise ``EngineUnavailableError``."""
    from sealyard.client.images.engine import Engine  # noqa: PLC0415 (one form of many: a start is to be quick)
    from sealyard.client.images.engine_address import EngineAddress  # noqa: PLC0415 (one form of many: a start is to be quick)

    return Engine(EngineAddress.parse(surroundings.docker_host, surroundings.docker_certificates))


def open_source(
    location: Location, surroundings: Surroundings, is_there: IsThere | None = None
) -> ImageSource:
    """Open an image. One of docker's gets ready as soon as it is entered.

    ``is_there`` tells whether the target holds a blob: layers of docker's that were pushed before
    and are there still are not compressed again then. Raise ``ImageFormError``, ``EngineError``,
    ``DigestMismatchError``.
    """
    if location.form is Form.OCI:
        return OciLayoutSource(location.path, location.name)
    if location.form is Form.OCI_ARCHIVE:
        from sealyard.client.images.oci_archive import OciArchiveSource  # noqa: PLC0415 (one form of many: a start is to be quick)

        return OciArchiveSource.open(location.path, location.name)
    from sealyard.client.images.begun_source import BegunSource  # noqa: PLC0415 (one form of many: a start is to be quick)
    from sealyard.client.images.docker_source import docker_archive_source  # noqa: PLC0415 (one form of many: a start is to be quick)
    from sealyard.client.images.engine_source import EngineSource  # noqa: PLC0415 (one form of many: a start is to be quick)
    from sealyard.client.images.layer_memory import LayerMemory, LayersInTarget  # noqa: PLC0415 (one form of many: a start is to be quick)

    known = None
    if is_there is not None:
        known = LayersInTarget(LayerMemory(surroundings.cache_folder), is_there)
    if location.form is Form.DOCKER_ARCHIVE:
        return BegunSource(docker_archive_source(location.path, location.name, known))
    return BegunSource(EngineSource(engine_of(surroundings), location.name or "", known))


def open_target(location: Location, surroundings: Surroundings) -> ImageTarget:
    """Make a place ready to take images; archives are written anew.

    Raise ``ImageFormError``, ``InvalidLocationError`` for a name that only makes sense to read.
    """
    name, place = location.name, str(location.path)
    if location.form is Form.OCI:
        return OciLayoutTarget(location.path, _written(location))
    from sealyard.client.images.archive_target import ArchiveTarget  # noqa: PLC0415 (one form of many: a start is to be quick)
    from sealyard.client.images.docker_form import DockerArchiveForm  # noqa: PLC0415 (one form of many: a start is to be quick)
    from sealyard.client.images.engine_target import EngineTarget  # noqa: PLC0415 (one form of many: a start is to be quick)
    from sealyard.client.images.oci_archive import OciArchiveForm  # noqa: PLC0415 (one form of many: a start is to be quick)

    if location.form is Form.OCI_ARCHIVE:
        return ArchiveTarget(location.path, OciArchiveForm(place, _written(location)))
    reference = None if name is None else _reference(location, name)
    if location.form is Form.DOCKER_ARCHIVE:
        return ArchiveTarget(location.path, DockerArchiveForm(place, reference))
    return EngineTarget(engine_of(surroundings), reference)


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
