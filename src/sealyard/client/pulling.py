"""Verify, then pull: no byte of an image is fetched before its digest is known to be vouched for.

::

    content trust     tag ─▶ trust data ─▶ policy ─▶ digest ─▶ pull by digest ─▶ tag it
    without, or by digest                  tag ─▶ digest ─▶ pull by digest ─▶ tag it

What is fetched is always fetched by digest ("Behind the scenes" in the article), so that nobody on
the way can put anything else in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.client.registry.errors import ManifestMissingError
from sealyard.client.registry.remote_image import RemoteSource
from sealyard.client.transfer.copy import copy_image

if TYPE_CHECKING:
    from sealyard.client.images.base import ImageTarget
    from sealyard.client.images.engine import Engine, PullProgress
    from sealyard.client.images.registry_auth import RegistryAuth
    from sealyard.client.registry.repository import RemoteRepository
    from sealyard.client.transfer.platform import Platform
    from sealyard.client.transfer.progress import Progress
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.digest import Digest
    from sealyard.oci.references import ImageReference


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be pulled: the digest is settled, ``reference`` is what it will be called."""

    reference: ImageReference
    digest: Digest

    @property
    def pinned(self) -> str:
        """The image by its digest."""
        return f"{self.reference.gun}@{self.digest}"


def pull_to_target(
    wanted: Wanted,
    repository: RemoteRepository,
    target: ImageTarget,
    *,
    platform: Platform | None,
    progress: Progress,
) -> Descriptor:
    """Copy ``wanted`` into ``target``, which is open; return what the target now holds.

    Raise what ``copy_image`` raises; ``target`` shows nothing then.
    """
    with RemoteSource(repository, wanted.digest) as source:
        top = copy_image(source, target, platform=platform, progress=progress)
        target.finish(top, wanted.reference)
    return top


def pull_to_engine(
    wanted: Wanted,
    engine: Engine,
    auth: RegistryAuth | None,
    *,
    platform: Platform | None,
    progress: PullProgress,
) -> None:
    """Have the Engine pull ``wanted`` by its digest, and tag it; raise ``EngineError``."""
    engine.pull(wanted.reference.gun, wanted.digest, auth, platform=platform, on_progress=progress)
    if wanted.reference.tag is not None:
        engine.tag(wanted.pinned, f"{wanted.reference.gun}:{wanted.reference.tag}")


def unsigned_tag(repository: RemoteRepository, reference: ImageReference) -> Wanted:
    """Ask the registry what a tag stands for; raise ``ManifestMissingError``, ``ClientError``.

    Nobody vouches for the answer: this is for pulling without content trust.
    """
    tag = reference.tag or "latest"
    found = repository.describe(tag)
    if found is None:
        raise ManifestMissingError(reference.gun, tag)
    return Wanted(reference, found.digest)


def unsigned_tags(repository: RemoteRepository, reference: ImageReference) -> list[Wanted]:
    """Ask the registry for all tags of the repository, in its order; raise ``ClientError``."""
    named = [reference.with_tag(tag) for tag in repository.tags()]
    return [unsigned_tag(repository, one) for one in named]
