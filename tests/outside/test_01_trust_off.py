"""With content trust off the registry serves everybody who is entitled; signing is refused."""

from __future__ import annotations

import hashlib
import json
import os
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from real.containers import Podman, Skopeo
from real.content import DEBIAN, SMALL
from real.interposer import Interposer
from real.registry import OWNER_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from real.engine import Docker
    from real.registry import Cli, Registry

PASSWORD = "a person's long password"


@pytest.fixture(scope="module")
def people(owner: Cli, new_docker: Callable[[str], Docker]) -> dict[str, Docker]:
    found = {}
    for name, role in (("pusher", "AcrPush"), ("puller", "AcrPull"), ("nobody", "")):
        owner.new_user(name, PASSWORD)
        if role:
            owner.grant(role, f"{name}@example.com").ok()
        found[name] = new_docker(name)
        found[name].login(name, PASSWORD).ok()
    return found


def test_who_may_push_pushes_a_debian_of_several_layers(people: dict[str, Docker]) -> None:
    pushed = people["pusher"].push(DEBIAN, "team/debian:1").ok()
    assert "digest: sha256:" in pushed.out
    assert pushed.out.count("Pushed") >= 3


def test_who_may_pull_pulls_it(people: dict[str, Docker]) -> None:
    people["puller"].forget("team/debian:1")
    assert (
        "Digest: sha256:"
        in people["puller"]("pull", people["puller"].name("team/debian:1")).ok().out
    )


def test_who_may_only_pull_does_not_push(people: dict[str, Docker]) -> None:
    people["puller"].push(SMALL, "team/small:1").refused("denied")


def test_who_may_nothing_does_not_pull(people: dict[str, Docker]) -> None:
    nobody = people["nobody"]
    nobody("pull", nobody.name("team/debian:1")).refused("denied")


def test_the_same_layers_are_mounted_into_another_repository(people: dict[str, Docker]) -> None:
    pushed = people["pusher"].push(DEBIAN, "team/second:1").ok()
    assert "Mounted from team/debian" in pushed.out
    assert "Pushed" not in pushed.out


def test_an_upload_goes_on_after_a_broken_connection_and_a_restart(
    registry: Registry, people: dict[str, Docker]
) -> None:
    del people
    content = bytes(range(256)) * 40_000
    with _signed_in(registry, "admin", OWNER_PASSWORD) as client:
        started = client.post(f"{registry.url}/v2/team/resumed/blobs/uploads/")
        where = registry.url + started.headers["location"]
        client.patch(where, content=content[:6_000_000]).raise_for_status()
    registry.kill()
    registry.start()
    with _signed_in(registry, "admin", OWNER_PASSWORD) as client:
        status = client.get(where)
        assert status.headers["range"] == "0-5999999"
        rest = {"content-range": f"6000000-{len(content) - 1}"}
        client.patch(where, content=content[6_000_000:], headers=rest).raise_for_status()
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        assert client.put(where, params={"digest": digest}).status_code == 201
        blob = client.get(f"{registry.url}/v2/team/resumed/blobs/{digest}")
        assert blob.content == content


def test_docker_goes_on_with_a_pull_where_its_connection_broke(
    registry: Registry, new_docker: Callable[[str], Docker], tmp_path: Path
) -> None:
    docker = new_docker("interrupted")
    docker.login("admin", OWNER_PASSWORD).ok()
    (tmp_path / "random").write_bytes(os.urandom(4_000_000))
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY random /random\n")
    docker("build", "-t", docker.name("team/random:1"), tmp_path).ok()
    docker("push", docker.name("team/random:1")).ok()
    docker.forget("team/random:1")
    between = Interposer(registry)
    docker.server = between.server
    docker.login("admin", OWNER_PASSWORD).ok()
    between.breaks = 2  # the image's configuration, and its layer
    docker("pull", docker.name("team/random:1")).ok()
    between.close()
    assert between.breaks == 0
    assert [asked for asked in between.ranges if not asked.startswith("bytes=0-")]


def test_skopeo_pushes_and_pulls(
    registry: Registry, people: dict[str, Docker], tmp_path: Path
) -> None:
    del people
    skopeo = Skopeo(registry, tmp_path)
    layout, copy = f"oci:{tmp_path}/layout:1", skopeo.image("team/by-skopeo:1")
    skopeo("copy", *skopeo.access("src-"), skopeo.image("team/debian:1"), layout).ok()
    skopeo("copy", *skopeo.access("dest-"), layout, copy).ok()
    seen = json.loads(skopeo("inspect", *skopeo.access(), copy).ok().out)
    assert len(seen["Layers"]) >= 3


def test_skopeo_deletes(registry: Registry, people: dict[str, Docker], tmp_path: Path) -> None:
    people["pusher"].push(SMALL, "team/short-lived:1").ok()
    skopeo = Skopeo(registry, tmp_path)
    image = skopeo.image("team/short-lived:1")
    skopeo("delete", *skopeo.access(), image).ok()
    skopeo("inspect", *skopeo.access(), image).refused("manifest unknown")


def test_podman_pulls_and_pushes(
    registry: Registry, people: dict[str, Docker], tmp_path: Path
) -> None:
    del people
    podman = Podman(registry, tmp_path)
    podman("pull", *podman.access(), podman.image("team/debian:1")).ok()
    copy = podman.image("team/by-podman:1")
    podman("push", *podman.access(), f"{registry.server}/team/debian:1", copy).ok()
    podman("pull", *podman.access(), copy).ok()
    podman.close()


def test_a_signed_push_is_refused_with_the_reason(publisher: Docker) -> None:
    refused = publisher.sign(SMALL, "team/small:signed")
    refused.refused("content trust is disabled", "--status enabled")


def test_a_tag_is_deleted_by_who_may_delete_and_by_nobody_else(
    owner: Cli, registry: Registry, people: dict[str, Docker]
) -> None:
    del people
    where = f"{registry.url}/v2/team/second/manifests/1"
    with _signed_in(registry, "pusher", PASSWORD) as client:
        assert client.delete(where).status_code == 403
        owner.grant("AcrDelete", "pusher@example.com").ok()
        assert client.delete(where).status_code == 202
        assert client.head(where).status_code == 404


def _signed_in(registry: Registry, name: str, password: str) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(registry.ca))
    return httpx.Client(verify=context, auth=(name, password), timeout=60)
