"""Sign, then show: a tag that can be seen is a tag that was signed.

::

    keys and rights there? ─▶ upload by digest ─▶ sign the tags, publish ─▶ set the tags

docker sets the tag first and signs it afterwards, so a signing that fails leaves an unsigned tag
where a signed one was meant to be. Here a failure at any step leaves the tag as it was before. The
one thing that can be left over is a digest that no tag names, and, if the very last step fails, a
signature for a tag that still has to be set; the error says so.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.client.errors import CannotPushDigestError, ClientError, SignedButNotTaggedError
from sealyard.client.registry.remote_image import RemoteTarget
from sealyard.client.transfer.copy import copy_image
from sealyard.client.trust.publisher import Signing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sealyard.client.images.base import ImageSource
    from sealyard.client.registry.repository import RemoteRepository
    from sealyard.client.transfer.platform import Platform
    from sealyard.client.transfer.progress import Progress
    from sealyard.client.trust.publisher import Publisher
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.references import ImageReference


@dataclass(frozen=True, slots=True)
class Image:
    """What is to be pushed under a name. ``open`` is called once, when it has its turn."""

    reference: ImageReference
    open: Callable[[], ImageSource]


@dataclass(frozen=True, slots=True)
class Pushed:
    """A tag that is there now; ``roles`` have signed it, none without content trust."""

    reference: ImageReference
    top: Descriptor
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """What a push did; ``initialised`` if it began the repository's trust data."""

    tags: tuple[Pushed, ...]
    initialised: bool


@dataclass(frozen=True, slots=True)
class _Uploaded:
    """An image that is in the registry, by digest only."""

    reference: ImageReference
    top: Descriptor
    raw: bytes

    @property
    def tag(self) -> str:
        return self.reference.tag or "latest"


@dataclass(frozen=True, slots=True)
class Pushing:
    """How tags of one repository are pushed. Without a ``publisher`` they are not signed.

    ``mount_from`` names repositories of the same registry that may hold the same blobs.
    ``before_signing`` is called when everything is uploaded.
    """

    repository: RemoteRepository
    publisher: Publisher | None
    progress: Progress
    platform: Platform | None = None
    mount_from: tuple[str, ...] = ()
    before_signing: Callable[[], None] = lambda: None

    def push(self, images: Sequence[Image]) -> Push:
        """Upload ``images``, sign them in one publish where that is wanted, and set their tags.

        What is known to go wrong (a digest to push to, a key that is missing or stays locked, a
        right that was not granted) is raised before a byte is sent. Raise what ``copy_image`` and
        ``Publisher`` raise: no tag has changed then; or ``SignedButNotTaggedError``.
        """
        for image in images:
            if image.reference.digest is not None:
                raise CannotPushDigestError(str(image.reference))
        with ExitStack() as begun:
            # The first one is exported and compressed while keys are unlocked.
            first = [begun.enter_context(image.open()) for image in images[:1]]
            if self.publisher is not None:
                self.publisher.prepare([image.reference.tag or "latest" for image in images])
            uploaded = [self._upload(*both) for both in zip(images, first, strict=False)]
        uploaded += [self._opened_and_uploaded(image) for image in images[1:]]
        signing = self._sign(uploaded)
        roles = {signed.tag: signed.roles for signed in signing.tags}
        tags = tuple(self._tag(one, roles.get(one.tag, ())) for one in uploaded)
        return Push(tags, initialised=signing.initialised)

    def _opened_and_uploaded(self, image: Image) -> _Uploaded:
        with image.open() as source:
            return self._upload(image, source)

    def _upload(self, image: Image, source: ImageSource) -> _Uploaded:
        with RemoteTarget(self.repository, self.mount_from) as target:
            top = copy_image(source, target, platform=self.platform, progress=self.progress)
            return _Uploaded(image.reference, top, source.manifest(top))

    def _sign(self, uploaded: Sequence[_Uploaded]) -> Signing:
        if self.publisher is None:
            return Signing((), initialised=False)
        self.before_signing()
        wanted = {one.tag: (one.top.digest, one.top.size) for one in uploaded}
        return self.publisher.sign_many(wanted)

    def _tag(self, uploaded: _Uploaded, roles: tuple[str, ...]) -> Pushed:
        try:
            self.repository.put_manifest(uploaded.tag, uploaded.raw, uploaded.top.media_type)
        except ClientError as error:
            if self.publisher is None:
                raise
            raise SignedButNotTaggedError(str(uploaded.reference), error) from error
        return Pushed(uploaded.reference, uploaded.top, roles)
