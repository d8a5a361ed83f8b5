"""Pushing: a tag is set last, and only if it was signed; in between nobody sees anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest

from memory_images import MemoryImage
from publishing_machine import ONE, OTHER, Machine, PublishingServer, refused
from remote_registry import RemoteRegistry
from sealyard.client.errors import (
    CannotPushDigestError,
    ServerRefusedError,
    SignedButNotTaggedError,
    SigningFailedError,
)
from sealyard.client.pushing import Image, Push, Pushing
from sealyard.client.transfer.progress import SILENT
from sealyard.oci.references import ImageReference
from sealyard.trust.errors import NotSignedError
from trust_owner import GUN

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.oci.digest import Digest

NAME = GUN.partition("/")[2]


@dataclass
class Pusher:
    """Somebody with images and keys, who has content trust on while ``signs`` is set."""

    machine: Machine
    registry: RemoteRegistry = field(
        default_factory=lambda: RemoteRegistry(scheme="none", host=GUN.partition("/")[0])
    )
    signs: bool = True

    def push(self, *tags: str, content: bytes = b"a layer") -> Push:
        return self.pushing().push([image(tag, content + tag.encode()) for tag in tags])

    def pushing(self) -> Pushing:
        publisher = self.machine.publisher() if self.signs else None
        return Pushing(self.registry.repository(NAME), publisher, SILENT)

    def tagged(self) -> dict[str, Digest]:
        return {tag: digest for (_, tag), digest in self.registry.tags.items()}


def image(tag: str, layer: bytes) -> Image:
    source = MemoryImage()
    source.add_image(layer)
    return Image(ImageReference.familiar(f"{GUN}:{tag}"), lambda: source)


@pytest.fixture
def pusher(tmp_path: Path) -> Pusher:
    return Pusher(Machine(PublishingServer.empty(), tmp_path))


def test_what_is_pushed_is_signed_as_what_is_tagged(pusher: Pusher) -> None:
    done = pusher.push("v1", "v2")
    assert done.initialised
    assert [one.roles for one in done.tags] == [("targets",), ("targets",)]
    for one in done.tags:
        assert pusher.tagged()[str(one.reference.tag)] == one.top.digest
        assert pusher.machine.says(str(one.reference.tag)) == one.top.digest.hex
    assert pusher.machine.server.published == [["root", "targets"]], "in one publish"


def test_a_tag_is_set_after_everything_else(pusher: Pusher) -> None:
    seen: list[bool] = []
    pusher.machine.server.rivals.append(lambda: seen.append(bool(pusher.tagged())))
    pusher.push("v1")
    asked = pusher.registry.asked()
    assert seen == [False], "nobody sees the tag before it is signed"
    assert asked[-1] == f"PUT /v2/{NAME}/manifests/v1"
    assert f"/manifests/{pusher.tagged()['v1']}" in " ".join(asked[:-1])


def test_who_may_not_sign_uploads_nothing(pusher: Pusher) -> None:
    pusher.machine.server.refusal = refused("INVALID_UPDATE", "content trust is off")
    with pytest.raises(SigningFailedError, match="content trust is off"):
        pusher.push("v1")
    assert pusher.registry.asked() == []


def test_a_signing_that_fails_late_leaves_the_tags_as_they_were(pusher: Pusher) -> None:
    before = pusher.push("v1").tags[0].top.digest
    server = pusher.machine.server
    server.rivals.append(lambda: pusher.machine.sign("v1", OTHER))
    with pytest.raises(SigningFailedError, match="somebody else"):
        pusher.push("v1", "v2", content=b"another layer")
    assert pusher.tagged() == {"v1": before}
    assert pusher.machine.says("v1") == OTHER.hex
    with pytest.raises(NotSignedError):
        pusher.machine.pull("v2")


def test_a_tag_that_cannot_be_set_is_called_signed(pusher: Pusher) -> None:
    locked = {"errors": [{"code": "DENIED", "message": "the tag is locked"}]}
    pusher.registry.faults.append(
        lambda request: (
            httpx.Response(403, json=locked) if request.url.path.endswith("/manifests/v1") else None
        )
    )
    with pytest.raises(SignedButNotTaggedError, match=r"uploaded and signed.*the tag is locked"):
        pusher.push("v1")
    assert pusher.tagged() == {}


def test_without_content_trust_nothing_is_signed(pusher: Pusher) -> None:
    pusher.signs = False
    assert pusher.push("v1").tags[0].roles == ()
    assert pusher.machine.server.published == []
    pusher.registry.faults.append(
        lambda request: (
            httpx.Response(403, json={}) if request.url.path.endswith("/manifests/v2") else None
        )
    )
    with pytest.raises(ServerRefusedError):
        pusher.push("v2")


def test_nothing_is_pushed_to_a_digest(pusher: Pusher) -> None:
    named = ImageReference.familiar(f"{GUN}@{ONE}")
    with pytest.raises(CannotPushDigestError):
        pusher.pushing().push([Image(named, MemoryImage)])
    assert pusher.registry.asked() == []
