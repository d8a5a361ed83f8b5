from __future__ import annotations

from typing import TYPE_CHECKING

from memory_images import MemoryImage, Told
from remote_registry import RemoteRegistry
from sealyard.client.registry.remote_image import RemoteSource, RemoteTarget
from sealyard.client.transfer.copy import copy_image
from sealyard.client.transfer.progress import Outcome
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from sealyard.client.images.base import ImageSource, ImageTarget


def test_an_image_goes_into_a_registry_and_out_of_it_again() -> None:
    registry, image = RemoteRegistry(), MemoryImage()
    amd64 = image.add_image(b"for amd64", b"shared")
    arm64 = image.add_image(b"for arm64", b"shared", architecture="arm64")
    top = image.add_index(
        (amd64, {"os": "linux", "architecture": "amd64"}),
        (arm64, {"os": "linux", "architecture": "arm64"}),
    )
    target: ImageTarget = RemoteTarget(registry.repository())
    with target:
        assert copy_image(image, target) == top
        target.finish(top, None)
    assert registry.tags == {}
    source: ImageSource = RemoteSource(registry.repository(), top.digest)
    back = RemoteTarget(registry.repository("team/copy"))
    with source, back:
        assert copy_image(source, back) == top
    copied = {digest for name, digest in registry.manifests if name == "team/copy"}
    assert copied == {top.digest, amd64.digest, arm64.digest}


def test_a_tag_that_moves_is_looked_up_once() -> None:
    registry, image = RemoteRegistry(), MemoryImage()
    top = image.add_image(b"layer")
    registry.add_manifest(image.manifest(top), top.media_type, tag="1.0")
    source = RemoteSource(registry.repository(), "1.0")
    assert source.top() == top
    registry.add_manifest(b"{}", top.media_type, tag="1.0")
    assert source.top() == top
    assert source.manifest(top) == image.manifest(top)


def test_one_token_is_enough_for_a_push() -> None:
    registry, image = RemoteRegistry(), MemoryImage()
    image.add_image(b"one", b"two", b"three")
    with RemoteTarget(registry.repository()) as target:
        copy_image(image, target)
    assert [request.url.path for request in registry.requests].count("/token") == 1


def test_blobs_of_a_repository_beside_it_are_mounted() -> None:
    registry, image, told = RemoteRegistry(), MemoryImage(), Told()
    image.add_image(b"one", b"two")
    registry.add_blob(b"one", "team/base")
    with RemoteTarget(registry.repository(), ("team/app", "team/base")) as target:
        copy_image(image, target, progress=told)
    assert told.outcomes[Digest.of(b"one")] is Outcome.MOUNTED
    assert told.outcomes[Digest.of(b"two")] is Outcome.COPIED
    assert registry.blobs["team/app", Digest.of(b"one")] == b"one"
